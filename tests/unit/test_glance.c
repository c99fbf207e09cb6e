#include "tui/glance.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000 };

#define NOW_MS (INT64_C(1000) * MINUTE_MS + 30000)

static struct glance glance;

static void add(int minutes_ago, bool verified, int64_t answer_us)
{
    glance_add(&glance, NOW_MS - (int64_t)minutes_ago * MINUTE_MS, verified, answer_us);
}

static const char *spark(size_t most)
{
    static char text[GLANCE_SPARK_SIZE];
    cr_expect_eq(glance_spark(&glance.shown, most, text),
                 most < GLANCE_MINUTES ? most : GLANCE_MINUTES);
    return text;
}

Test(glance, nothing_yet)
{
    glance_tick(&glance, NOW_MS);
    cr_expect_eq(glance.shown.arrivals, 0U);
    cr_expect_eq(glance.shown.p50_us, -1);
    cr_expect_str_eq(spark(99), "▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁");
    cr_expect_eq(glance.shown.last_minute, 0U);
}

Test(glance, minutes_are_counted_and_pass)
{
    for (int i = 0; i < 8; i++)
        add(2, true, 100);
    for (int i = 0; i < 4; i++)
        add(1, true, 100);
    add(0, true, 100);
    glance_tick(&glance, NOW_MS);
    cr_expect_str_eq(spark(4), "▁█▅▂");
    glance_tick(&glance, NOW_MS + MINUTE_MS);
    cr_expect_str_eq(spark(4), "█▅▂▁");
    glance_tick(&glance, NOW_MS + GLANCE_MINUTES * (int64_t)MINUTE_MS);
    cr_expect_str_eq(spark(99), "▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁", "all of them are over");
}

Test(glance, the_last_minute_slides)
{
    glance_tick(&glance, NOW_MS);
    for (int64_t second = 0; second < 70; second++)
        glance_add(&glance, NOW_MS + second * 1000, true, 100);
    glance_tick(&glance, NOW_MS + 69 * INT64_C(1000));
    cr_expect(glance.shown.last_minute >= 55 && glance.shown.last_minute <= 60, "%u",
              glance.shown.last_minute);
    glance_tick(&glance, NOW_MS + 100 * INT64_C(1000));
    cr_expect(glance.shown.last_minute >= 25 && glance.shown.last_minute <= 30, "%u",
              glance.shown.last_minute);
    glance_tick(&glance, NOW_MS + 131 * INT64_C(1000));
    cr_expect_eq(glance.shown.last_minute, 0U);
}

Test(glance, the_first_arrivals_are_counted_with_the_next_tick)
{
    add(0, true, 100);
    glance_tick(&glance, NOW_MS);
    add(0, false, 100);
    glance_tick(&glance, NOW_MS + 1000);
    cr_expect_eq(glance.shown.verified_percent, 50, "no share of before the second arrival");
}

Test(glance, what_is_older_than_the_window_or_of_no_time_is_in_no_minute)
{
    add(0, true, 100);
    add(GLANCE_MINUTES, true, 100);
    glance_add(&glance, -5, false, 100);
    glance_tick(&glance, NOW_MS);
    cr_expect_str_eq(spark(99), "▁▁▁▁▁▁▁▁▁▁▁▁▁▁█");
    cr_expect_eq(glance.shown.arrivals, 3U, "the shares count it");
}

Test(glance, a_clock_far_ahead_is_one_step)
{
    add(0, true, 100);
    glance_add(&glance, INT64_MAX / 2, true, 100);
    glance_tick(&glance, INT64_MAX / 2);
    cr_expect_str_eq(spark(2), "▁█");
}

Test(glance, shares_round_down_and_percentiles_are_of_what_was_answered)
{
    for (int i = 1; i <= 100; i++)
        add(0, i > 1, i * INT64_C(1000));
    add(0, true, -1);
    glance_tick(&glance, NOW_MS);
    cr_expect_eq(glance.shown.verified_percent, 99);
    cr_expect_eq(glance.shown.p50_us, 50000);
    cr_expect_eq(glance.shown.p95_us, 95000);
}

Test(glance, only_the_latest_count)
{
    for (int i = 0; i < GLANCE_RECENT; i++)
        add(0, false, 1000000);
    for (int i = 0; i < GLANCE_RECENT; i++)
        add(0, true, 10);
    glance_tick(&glance, NOW_MS);
    cr_expect_eq(glance.shown.arrivals, (size_t)GLANCE_RECENT);
    cr_expect_eq(glance.shown.verified_percent, 100);
    cr_expect_eq(glance.shown.p95_us, 10);
}

Test(glance, figures_settle)
{
    const size_t few = GLANCE_FEW;
    glance_tick(&glance, NOW_MS);
    for (size_t i = 0; i < few; i++)
        add(0, true, 10);
    glance_tick(&glance, NOW_MS + 1);
    cr_expect_eq(glance.shown.arrivals, few, "the first are shown at once");
    add(0, true, 10);
    glance_tick(&glance, NOW_MS + GLANCE_SETTLE_MS);
    cr_expect_eq(glance.shown.arrivals, few);
    glance_tick(&glance, NOW_MS + GLANCE_SETTLE_MS + 1);
    cr_expect_eq(glance.shown.arrivals, few + 1);
    add(0, true, 10);
    glance_tick(&glance, NOW_MS - MINUTE_MS);
    cr_expect_eq(glance.shown.arrivals, few + 2, "the clock was set back");
}
