/* What fails, what is gone, and what may be gone. */
#include "tests/unit/schedule_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(schedule_failures, .init = set_up, .fini = tear_down);

/* --- failures ------------------------------------------------------------------------------ */

Test(schedule_failures, after_a_failed_first_list_the_pauses_grow)
{
    const int64_t pauses[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        struct schedule_job job = expect_job("list");
        fail(&job, SCHEDULE_COMMON, -1);
        cr_assert_eq(schedule_retry_ms(&plan), now + pauses[i]);
        expect_pause(pauses[i]);
        now += pauses[i];
    }
    do_job("list");
    cr_assert_eq(schedule_retry_ms(&plan), SCHEDULE_NEVER);
    expect_pause(INTERVAL);
}

Test(schedule_failures, any_failure_of_the_list_pauses_all)
{
    do_job("list");
    set_endpoints(0, 1);
    now += INTERVAL;
    struct schedule_job job = expect_job("list");
    fail(&job, SCHEDULE_OWN, -1);
    expect_pause(500);
}

Test(schedule_failures, a_common_failure_pauses_all_and_then_the_list_goes_alone)
{
    do_job("list");
    set_endpoints(0, 3);
    schedule_focus(&plan, "w0", now);
    struct schedule_job job = expect_job("upcoming w0");
    fail(&job, SCHEDULE_COMMON, -1);
    expect_pause(500);
    now += 500;
    struct schedule_job list = expect_job("list");
    expect_pause(SCHEDULE_NEVER);
    succeed(&list);
    do_job("logs w0");
    do_job("logs w1 behind");
    expect_pause(SCHEDULE_BACKGROUND_MS);
}

Test(schedule_failures, an_answer_that_was_under_way_does_not_end_the_pause)
{
    do_job("list");
    set_endpoints(0, 2);
    schedule_focus(&plan, "w0", now);
    now += INTERVAL;
    struct schedule_job other = expect_job("upcoming w0");
    struct schedule_job logs = expect_job("logs w0");
    fail(&logs, SCHEDULE_COMMON, -1);
    succeed(&other);
    expect_pause(500);
    cr_assert_neq(schedule_retry_ms(&plan), SCHEDULE_NEVER);
}

Test(schedule_failures, a_list_that_was_under_way_is_asked_again_after_the_pause)
{
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    struct schedule_job list = expect_job("list");
    struct schedule_job upcoming = expect_job("upcoming w0");
    fail(&upcoming, SCHEDULE_COMMON, 30000);
    now += 10;
    succeed(&list);
    expect_pause(29990);
    now += 29990;
    do_job("list");
    cr_assert_eq(schedule_retry_ms(&plan), SCHEDULE_NEVER);
}

Test(schedule_failures, one_endpoints_own_failure_stops_nothing_else)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    struct schedule_job job = expect_job("logs w0");
    fail(&job, SCHEDULE_OWN, -1);
    cr_assert_eq(schedule_retry_ms(&plan), SCHEDULE_NEVER);
    now += INTERVAL;
    do_job("list");
    do_job("upcoming w0");
    job = expect_job("logs w0"); /* half of one interval, so the next regular time */
    fail(&job, SCHEDULE_OWN, -1);
    now += INTERVAL;
    do_job("list");
    do_job("upcoming w0");
    job = expect_job("logs w0");
    fail(&job, SCHEDULE_OWN, -1);
    /* Half of 20 s: one regular time is left out, and more from now on. */
    now += INTERVAL;
    do_job("list");
    do_job("upcoming w0");
    expect_pause(INTERVAL);
    now += INTERVAL;
    do_job("list");
    do_job("upcoming w0");
    do_job("logs w0");
    now += INTERVAL;
    do_job("list");
    do_job("upcoming w0");
    do_job("logs w0");
}

/* The list answers each time, so it is the endpoint's own trouble. */
static void fail_logs_for_an_hour(enum schedule_cause cause)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    unsigned failed = 0;
    unsigned upcoming = 0;
    unsigned lists = 0;
    for (int64_t end = now + 3600 * 1000; now < end;) {
        struct schedule_job job;
        int64_t when;
        while (schedule_next(&plan, now, &job, &when)) {
            upcoming += job.kind == SCHEDULE_UPCOMING;
            lists += job.kind == SCHEDULE_LIST;
            if (job.kind == SCHEDULE_LOGS) {
                failed++;
                fail(&job, cause, -1);
            } else {
                succeed(&job);
            }
            cr_assert_eq(schedule_retry_ms(&plan), SCHEDULE_NEVER);
        }
        now = when;
    }
    cr_assert_leq(failed, 3600u / (SCHEDULE_OWN_MAX_MS / 2000) + 8, "%u", failed);
    cr_assert_geq(upcoming, 3600u / 5 - 10, "%u", upcoming);
    cr_assert_leq(lists, 3600u / 5 + failed + 1, "%u", lists);
}

Test(schedule_failures, an_endpoint_that_always_fails_is_asked_less_and_less_and_stops_nothing_else)
{
    fail_logs_for_an_hour(SCHEDULE_UNCLEAR);
}

Test(schedule_failures, an_endpoint_that_is_always_missing_but_listed_is_asked_less_and_less)
{
    fail_logs_for_an_hour(SCHEDULE_MISSING);
}

Test(schedule_failures, an_unclear_failure_asks_the_list_alone_and_its_answer_lets_all_go_on)
{
    do_job("list");
    set_endpoints(0, 3);
    schedule_focus(&plan, "w0", now);
    now += SCHEDULE_SETTLE_MS;
    struct schedule_job job = expect_job("upcoming w0");
    fail(&job, SCHEDULE_UNCLEAR, -1);
    cr_assert_eq(schedule_retry_ms(&plan), SCHEDULE_NEVER);
    struct schedule_job list = expect_job("list");
    expect_pause(SCHEDULE_NEVER);
    succeed(&list);
    do_job("logs w0");
    do_job("logs w1 behind");
    expect_pause(SCHEDULE_BACKGROUND_MS);
}

Test(schedule_failures, an_unclear_failure_that_the_list_shares_is_common)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    now += SCHEDULE_SETTLE_MS;
    struct schedule_job job = expect_job("upcoming w0");
    fail(&job, SCHEDULE_UNCLEAR, -1);
    job = expect_job("list");
    fail(&job, SCHEDULE_UNCLEAR, -1);
    cr_assert_eq(schedule_retry_ms(&plan), now + 500);
    expect_pause(500);
    now += 500;
    do_job("list");
    cr_assert_eq(schedule_retry_ms(&plan), SCHEDULE_NEVER);
    do_job("logs w0");
}

Test(schedule_failures, a_list_that_was_under_way_does_not_end_the_doubt)
{
    do_job("list");
    set_endpoints(0, 2); /* w1 is due all the time */
    schedule_focus(&plan, "w0", now);
    now += INTERVAL;
    do_job("upcoming w0");
    struct schedule_job logs = expect_job("logs w0");
    struct schedule_job list = expect_job("list");
    fail(&logs, SCHEDULE_UNCLEAR, -1);
    succeed(&list);
    expect_pause(SCHEDULE_SETTLE_MS);
    now += SCHEDULE_SETTLE_MS;
    do_job("list");
    do_job("logs w1 behind");
}

Test(schedule_failures, a_call_that_was_under_way_in_the_doubt_may_fail_too)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    now += SCHEDULE_SETTLE_MS;
    struct schedule_job upcoming = expect_job("upcoming w0");
    struct schedule_job logs = expect_job("logs w0");
    fail(&upcoming, SCHEDULE_UNCLEAR, -1);
    struct schedule_job list = expect_job("list");
    fail(&logs, SCHEDULE_UNCLEAR, -1);
    succeed(&list);
    expect_pause(SCHEDULE_SETTLE_MS);
    now += SCHEDULE_SETTLE_MS;
    do_job("list");
    expect_pause(INTERVAL - SCHEDULE_SETTLE_MS);
}

Test(schedule_failures, retry_after_holds_for_everything_and_for_everyone)
{
    do_job("list");
    set_endpoints(0, 2);
    struct schedule_job job = expect_job("logs w0 behind");
    fail(&job, SCHEDULE_COMMON, 60000);
    expect_pause(60000);
    schedule_refresh(&plan, now);
    expect_pause(60000);
    schedule_focus(&plan, "w1", now);
    expect_pause(60000);
    now += 60000;
    do_job("list");
    do_job("upcoming w1");
}

Test(schedule_failures, a_retry_after_of_nothing_does_not_take_the_pause_away)
{
    struct schedule_job job = expect_job("list");
    fail(&job, SCHEDULE_COMMON, 0);
    expect_pause(500);
}

Test(schedule_failures, a_refresh_ends_an_ordinary_pause)
{
    struct schedule_job job = expect_job("list");
    fail(&job, SCHEDULE_COMMON, -1);
    now += 100;
    schedule_refresh(&plan, now);
    do_job("list");
    expect_pause(INTERVAL);
}

Test(schedule_failures, a_refused_key_is_tried_seldom)
{
    struct schedule_job job = expect_job("list");
    refuse_key(&job);
    expect_pause(SCHEDULE_SLOW_FIRST_MS / 2);
    for (int i = 0; i < 10; i++) {
        now = schedule_retry_ms(&plan);
        job = expect_job("list");
        refuse_key(&job);
    }
    expect_pause(SCHEDULE_SLOW_MAX_MS / 2);
}

/* --- what is gone ------------------------------------------------------------------------------
 */

Test(schedule_failures, a_forgotten_endpoint_is_not_asked_again_and_the_list_is)
{
    do_job("list");
    set_endpoints(0, 2);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    do_job("logs w0");
    do_job("logs w1 behind");
    now += 100;
    schedule_forget(&plan, "w0", now);
    do_job("list");
    set_endpoints(0, 2); /* a list may name it for a while */
    now += 100 * INTERVAL;
    do_job("list");
    do_job("logs w1 behind");
    expect_pause(INTERVAL);
    schedule_refresh(&plan, now);
    now += SCHEDULE_SETTLE_MS;
    do_job("list");
    expect_pause(INTERVAL);
}

/* --- what may be gone ---------------------------------------------------------------------- */

static void miss_logs_in_focus(void)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    now += SCHEDULE_SETTLE_MS;
    struct schedule_job job = expect_job("logs w0");
    fail(&job, SCHEDULE_MISSING, -1);
    do_job("list");
}

/* Not a loop of list, 404, list, 404 either. */
Test(schedule_failures, a_404_of_an_endpoint_that_is_still_listed_is_its_own_failure)
{
    miss_logs_in_focus();
    set_endpoints(0, 1);
    expect_pause(INTERVAL - SCHEDULE_SETTLE_MS);
    now += INTERVAL;
    do_job("upcoming w0");
    do_job("list");
    do_job("logs w0");
}

Test(schedule_failures, a_404_of_an_endpoint_that_is_no_longer_listed_drops_it)
{
    miss_logs_in_focus();
    set_endpoints(0, 0);
    expect_pause(INTERVAL);
    schedule_refresh(&plan, now);
    now += INTERVAL;
    do_job("list");
    expect_pause(INTERVAL);
}

Test(schedule_failures, a_404_stops_nothing_while_the_list_is_asked)
{
    do_job("list");
    set_endpoints(0, 2);
    schedule_focus(&plan, "w0", now);
    now += SCHEDULE_SETTLE_MS;
    struct schedule_job job = expect_job("upcoming w0");
    fail(&job, SCHEDULE_MISSING, -1);
    expect_job("logs w0");
    expect_job("list");
}

Test(schedule_failures, a_refresh_asks_what_answered_404_at_once)
{
    miss_logs_in_focus();
    now += SCHEDULE_SETTLE_MS;
    schedule_refresh(&plan, now);
    do_job("upcoming w0");
    do_job("list");
    do_job("logs w0");
}

Test(schedule_failures, a_refresh_asks_shown_rows_that_failed)
{
    do_job("list");
    set_endpoints(0, 3);
    show(0, 2);
    for (int i = 0; i < 3; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "logs w%d behind", i);
        struct schedule_job job = expect_job(expected);
        if (i == 1)
            succeed(&job);
        else
            fail(&job, SCHEDULE_OWN, -1);
        now += SCHEDULE_BACKGROUND_MS;
    }
    schedule_refresh(&plan, now);
    do_job("list");
    do_job("logs w0 behind");
    now += SCHEDULE_BACKGROUND_MS;
    expect_pause(INTERVAL - SCHEDULE_BACKGROUND_MS);
}

Test(schedule_failures, an_endpoint_that_left_the_list_is_dropped_also_while_it_is_asked)
{
    do_job("list");
    set_endpoints(0, 2);
    struct schedule_job job = expect_job("logs w0 behind");
    set_endpoints(1, 2);
    succeed(&job);
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w1 behind");
    cr_assert_eq(plan.in_flight, 0);
    cr_assert_eq(plan.background_in_flight, 0);
    set_endpoints(0, 0);
    now += 100 * INTERVAL;
    do_job("list");
    expect_pause(INTERVAL);
}

Test(schedule_failures, a_newer_list_keeps_what_is_known_of_an_endpoint)
{
    do_job("list");
    set_endpoints(0, 2);
    do_job("logs w0 behind");
    set_endpoints(0, 3);
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w1 behind");
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w2 behind");
}

Test(schedule_failures, a_cancelled_job_makes_room_and_is_due_again)
{
    struct schedule_job job = expect_job("list");
    expect_pause(SCHEDULE_NEVER);
    schedule_cancelled(&plan, &job);
    do_job("list");
}

Test(schedule_failures, ids_that_come_twice_or_are_too_long_are_asked_once_or_never)
{
    char too_long[SCHEDULE_ID_SIZE + 1];
    memset(too_long, 'x', SCHEDULE_ID_SIZE);
    too_long[SCHEDULE_ID_SIZE] = '\0';
    struct webhook items[] = {{.id = (char *)"w0"}, {.id = too_long}, {.id = (char *)"w0"}};
    struct webhook_list list = {.items = items, .count = 3};
    cr_assert(schedule_set_endpoints(&plan, &list));
    cr_assert_eq(plan.count, 1);
    schedule_focus(&plan, too_long, now);
    do_job("list");
    do_job("logs w0 behind");
    expect_pause(INTERVAL);
}
