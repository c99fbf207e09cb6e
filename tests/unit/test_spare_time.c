#include "api/spare_time.h"

#include <criterion/criterion.h>

enum { NOW = 1000 * 1000, STEP = 2000 };

Test(spare_time, with_nothing_else_to_do_step_follows_step)
{
    struct spare_time spare = {0};
    cr_expect_leq(spare.next_us, NOW);
    spare_time_used(&spare, NOW, NOW + STEP);
    cr_expect_eq(spare.next_us, NOW + STEP);
}

Test(spare_time, between_work_it_takes_a_tenth)
{
    struct spare_time spare = {0};
    uint64_t now = NOW, used = 0;
    while (now < NOW + 1000 * 1000) {
        spare_time_worked(&spare, now);
        now += 300; /* nothing to do for a moment */
        if (spare.next_us <= now) {
            spare_time_used(&spare, now, now + STEP);
            now += STEP;
            used += STEP;
        }
    }
    cr_expect_leq(used, 102 * 1000);
    cr_expect_geq(used, 90 * 1000);
}

Test(spare_time, no_pause_outlasts_the_work)
{
    struct spare_time spare = {0};
    spare_time_worked(&spare, NOW);
    spare_time_used(&spare, NOW, NOW + 30 * 1000);
    cr_expect_eq(spare.next_us, NOW + SPARE_TIME_CALM_US);
    spare_time_used(&spare, NOW + 60 * 1000, NOW + 90 * 1000);
    cr_expect_eq(spare.next_us, NOW + 90 * 1000);
}
