/* Every test that sets no time limit gets this one: a test that hangs must fail, not wait for
   ever. Criterion's own `--timeout` only shortens limits that tests have set. Where everything is
   slow, TEST_TIMEOUT_FACTOR in the environment makes them all longer. */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdlib.h>

#ifndef DEFAULT_TIMEOUT_S
#define DEFAULT_TIMEOUT_S 120.0
#endif

static double factor(void)
{
    const char *text = getenv("TEST_TIMEOUT_FACTOR");
    double given = text != NULL ? strtod(text, NULL) : 1.0;
    return given > 1.0 ? given : 1.0;
}

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
            test->data->timeout *= factor();
        }
    }
}
