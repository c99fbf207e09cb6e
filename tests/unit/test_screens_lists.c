/* Lists in every state that a key can bring them into: see screen_matrix.h. */
#include "tests/unit/screen_matrix.h"

SCREEN(marked, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "4g  ");
}

SCREEN(all_marked, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "3*");
}

SCREEN(question_send_marked, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "2*s");
}

SCREEN(sorted, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "oo");
}

SCREEN(sorted_reversed, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "4ooO");
}

SCREEN(wrapped, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "w");
}

SCREEN(times_other, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "3T");
}

SCREEN(times_third, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "3TT");
}

SCREEN(filter_of_two_panes, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "/pay<enter>4/veri<enter>");
}

SCREEN(production, .environment = ENVIRONMENT_PRODUCTION)
{
    driver_keys(driver, "");
}

SCREEN(new_rows_unseen, .environment = ENVIRONMENT_SANDBOX)
{
    for (int i = 4; i < 9; i++)
        driver_arrive(driver, i, i % 2 == 0 ? VERDICT_GENUINE : VERDICT_FUTURE);
}

SCREEN(detail_found, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "2<enter>/_id<enter>n");
}

SCREEN(compare_too_few, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "4=");
}
