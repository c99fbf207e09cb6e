#include "api/queue_trend.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { S = 1000, MINUTE = 60 * S };

static const int64_t T0 = INT64_C(1700000000000);
static struct queue_trend trend;
static char text[160];

/* So many wait, the first of them this one, made so long before. */
static void look(int64_t at_ms, size_t waiting, const char *first, int64_t age_ms)
{
    struct event events[CONTRACT_UPCOMING];
    for (size_t i = 0; i < CONTRACT_UPCOMING; i++)
        events[i] = (struct event){.id = (char *)first, .created_ms = T0 + at_ms - age_ms};
    struct event_list list = {.items = events, .count = waiting};
    queue_trend_look(&trend, &list, T0 + at_ms);
}

static bool grows(int64_t now_ms)
{
    return queue_trend_grows(&trend, T0 + now_ms, text, sizeof text);
}

static void set_up(void)
{
    trend = (struct queue_trend){0};
}

TestSuite(queue_trend, .init = set_up);

Test(queue_trend, nothing_is_known_at_first)
{
    cr_expect_not(grows(0));
    look(0, 3, "wh_1", MINUTE);
    look(59 * S, 9, "wh_1", MINUTE);
    cr_expect_not(grows(59 * S), "it is too soon");
    cr_expect_str_eq(text, "");
}

Test(queue_trend, more_wait_than_did)
{
    look(0, 3, "wh_1", MINUTE);
    look(2 * MINUTE, 7, "wh_1", 3 * MINUTE);
    cr_expect(grows(2 * MINUTE));
    cr_expect_str_eq(text, "grows: 3 waited 2 min ago, 7 now");
    look(3 * MINUTE, 10, "wh_1", 4 * MINUTE);
    cr_expect(grows(3 * MINUTE));
    cr_expect_str_eq(text, "grows: 3 waited 3 min ago, 10 or more now");
    look(4 * MINUTE, 3, "wh_9", MINUTE);
    cr_expect_not(grows(4 * MINUTE));
}

Test(queue_trend, what_comes_and_goes_is_no_growth)
{
    look(0, 1, "wh_1", S);
    look(MINUTE, 0, "", 0);
    look(2 * MINUTE, 5, "wh_5", S);
    cr_expect_not(grows(2 * MINUTE));
    look(3 * MINUTE + S, 5, "wh_9", S);
    cr_expect_not(grows(3 * MINUTE + S), "as many as there were");
}

Test(queue_trend, of_ten_the_age_of_the_first_tells)
{
    look(0, 10, "wh_1", 2 * MINUTE);
    look(5 * MINUTE, 10, "wh_5", 4 * MINUTE);
    cr_expect(grows(5 * MINUTE));
    cr_expect_str_eq(text, "falls behind: its first event is 4 min old, 5 min ago that was 2 min");
    look(6 * MINUTE, 10, "wh_6", 2 * MINUTE + 29 * S);
    cr_expect_not(grows(6 * MINUTE));
    set_up();
    look(0, 10, "wh_1", 2 * MINUTE);
    look(5 * MINUTE, 10, "wh_1", 7 * MINUTE);
    cr_expect_not(grows(5 * MINUTE), "it stands still: what is behind it is not known");
}

Test(queue_trend, what_was_not_looked_at_for_a_while_says_nothing)
{
    look(0, 3, "wh_1", MINUTE);
    look(2 * MINUTE, 7, "wh_1", 3 * MINUTE);
    cr_expect(grows(3 * MINUTE));
    cr_expect_not(grows(3 * MINUTE + S));
}

Test(queue_trend, it_looks_back_for_so_long)
{
    for (int64_t at = 0; at <= 60 * MINUTE; at += 5 * S)
        look(at, at < 45 * MINUTE ? 2 : 3, "wh_1", at);
    cr_expect_leq(trend.count, QUEUE_TREND_LOOKS);
    cr_expect_not(grows(60 * MINUTE), "%s", text);
    look(60 * MINUTE + 5 * S, 4, "wh_1", 0);
    cr_expect(grows(60 * MINUTE + 5 * S));
    cr_expect(strstr(text, "grows: 3 waited") != NULL, "%s", text);
}
