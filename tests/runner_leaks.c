/* Criterion's runner loses the record of a worker now and then (48 bytes, libcriterion 2.4.1). What
   it allocates is not looked at; every test has a process of its own, where leaks count. */
#if defined(__SANITIZE_ADDRESS__)

#include <criterion/hooks.h>
#include <sanitizer/lsan_interface.h>

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    (void)tests;
    __lsan_disable();
}

#else
typedef int runner_leaks_are_not_looked_for;
#endif
