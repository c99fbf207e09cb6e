/* Every test that sets no time limit gets this one: a test that hangs must fail, not wait for
   ever. Criterion's own `--timeout` only shortens limits that tests have set. */
#include <criterion/criterion.h>
#include <criterion/hooks.h>

#ifndef DEFAULT_TIMEOUT_S
#define DEFAULT_TIMEOUT_S 120.0
#endif

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    FOREACH_SET(struct criterion_suite_set * suite, tests->suites)
    {
        double limit = DEFAULT_TIMEOUT_S;
        if (suite->suite.data != NULL && suite->suite.data->timeout > 0)
            limit = suite->suite.data->timeout;
        FOREACH_SET(struct criterion_test * test, suite->tests)
        {
            if (test->data->timeout <= 0)
                test->data->timeout = limit;
        }
    }
}
