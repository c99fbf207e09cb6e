#include "tests/unit/schedule_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(schedule, .init = set_up, .fini = tear_down);

/* --- cadence ----------------------------------------------------------------------- */

Test(schedule, begins_with_the_list_and_asks_it_every_interval)
{
    do_job("list");
    expect_pause(INTERVAL);
    now += INTERVAL - 1;
    expect_pause(1);
    now += 1;
    do_job("list");
    expect_pause(INTERVAL);
}

Test(schedule, an_interval_counts_from_the_answer)
{
    struct schedule_job job = expect_job("list");
    expect_pause(SCHEDULE_NEVER);
    now += 3000;
    succeed(&job);
    expect_pause(INTERVAL);
}

Test(schedule, what_is_asked_again_and_again_goes_with_the_beat)
{
    schedule_beat(&plan, 1000, T0 - 3000);
    do_job("list");
    set_endpoints(0, 3);
    show(0, 3);
    schedule_focus(&plan, "w0", now);
    now += 20;
    do_job("upcoming w0");
    now += 30;
    do_job("logs w0");
    now += 40;
    do_job("logs w1 behind");
    now += 10;
    do_job("logs w2 behind");
    expect_pause(5000 - 100);
    cr_expect(schedule_is_beat(&plan, now + 5000 - 100));
    now += 5000 - 100;
    do_job("list");
    do_job("upcoming w0");
    do_job("logs w0");
    expect_pause(5000);
}

Test(schedule, the_beat_is_the_nearest_one)
{
    schedule_beat(&plan, 1000, T0);
    struct schedule_job job = expect_job("list");
    now += 499;
    succeed(&job);
    expect_pause(INTERVAL - 499);
    now += INTERVAL - 499;
    job = expect_job("list");
    now += 500;
    succeed(&job);
    expect_pause(INTERVAL + 500);
    schedule_beat(&plan, 1000, now + 400); /* the clock was set */
    expect_pause(INTERVAL + 400);
    schedule_beat(&plan, 1000, now + 7600); /* a beat may lie ahead, too */
    expect_pause(INTERVAL - 400);
    schedule_beat(&plan, 0, 0);
    expect_pause(INTERVAL);
    cr_expect_not(schedule_is_beat(&plan, now));
}

Test(schedule, the_beat_keeps_the_pause_in_the_background)
{
    schedule_beat(&plan, 1000, T0);
    do_job("list");
    set_endpoints(0, SCHEDULE_BURST + 3);
    show(0, SCHEDULE_BURST + 3);
    for (int i = 0; i <= SCHEDULE_BURST; i++) {
        struct schedule_job job = {0};
        int64_t when;
        cr_assert(schedule_next(&plan, now, &job, &when));
        succeed(&job);
    }
    expect_pause(1000);
    now += 1002; /* a tick is a little late */
    do_job("logs w13 behind");
    expect_pause(998);
}

Test(schedule, a_failure_is_not_moved_to_the_beat)
{
    schedule_beat(&plan, 1000, T0);
    struct schedule_job job = expect_job("list");
    fail(&job, SCHEDULE_COMMON, 7300);
    expect_pause(7300);
    cr_expect_eq(schedule_retry_ms(&plan), now + 7300);
}

Test(schedule, an_interval_below_the_least_is_the_least)
{
    schedule_init(&plan, 1);
    do_job("list");
    expect_pause(SCHEDULE_INTERVAL_MIN_MS);
}

Test(schedule, what_is_shown_is_asked_at_once_and_every_interval)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    do_job("logs w0");
    expect_pause(INTERVAL);
    now += INTERVAL;
    do_job("list");
    do_job("upcoming w0");
    do_job("logs w0");
    expect_pause(INTERVAL);
}

Test(schedule, an_endpoint_that_was_chosen_before_the_list_came_is_asked_when_it_has)
{
    schedule_focus(&plan, "w0", now);
    do_job("list");
    expect_pause(INTERVAL);
    set_endpoints(0, 1);
    do_job("upcoming w0");
    do_job("logs w0");
}

Test(schedule, at_most_two_are_in_flight_and_one_of_them_is_not_shown)
{
    do_job("list");
    set_endpoints(0, 3);
    struct schedule_job hidden = expect_job("logs w0 behind");
    now += 10 * INTERVAL;
    schedule_focus(&plan, "w2", now);
    struct schedule_job list = expect_job("list");
    expect_pause(SCHEDULE_NEVER);
    succeed(&list);
    expect_job("upcoming w2");
    succeed(&hidden);
    expect_job("logs w2");
    expect_pause(SCHEDULE_NEVER);
}

Test(schedule, one_slow_hidden_answer_does_not_hold_up_what_is_shown)
{
    do_job("list");
    set_endpoints(0, 3);
    expect_job("logs w0 behind"); /* and never comes back */
    for (int i = 0; i < 5; i++) {
        now += INTERVAL;
        do_job("list");
        expect_pause(INTERVAL);
    }
}

Test(schedule, the_hidden_are_asked_in_turn_one_a_background_pause)
{
    do_job("list");
    set_endpoints(0, 4);
    schedule_focus(&plan, "w1", now);
    do_job("upcoming w1");
    do_job("logs w1");
    do_job("logs w0 behind");
    expect_pause(SCHEDULE_BACKGROUND_MS);
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w2 behind");
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w3 behind");
    /* All have been asked: the next round waits for its period. */
    expect_pause(INTERVAL - 2 * SCHEDULE_BACKGROUND_MS);
    now = T0 + SCHEDULE_HIDDEN_FACTOR * INTERVAL;
    do_job("list");
    do_job("upcoming w1");
    do_job("logs w1");
    do_job("logs w0 behind");
}

Test(schedule, a_long_interval_slows_the_background_too)
{
    schedule_init(&plan, 60000);
    do_job("list");
    set_endpoints(0, 2);
    do_job("logs w0 behind");
    expect_pause(12000);
}

Test(schedule, shown_rows_go_before_hidden_ones_and_come_again_sooner)
{
    do_job("list");
    set_endpoints(0, 4);
    plan.burst_left = 0;
    show(2, 4);
    do_job("logs w2 behind");
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w3 behind");
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w0 behind");
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w1 behind");
    now = T0 + INTERVAL;
    do_job("list");
    now = T0 + 2 * INTERVAL;
    do_job("list");
    expect_pause(INTERVAL);
    now = T0 + SCHEDULE_SHOWN_FACTOR * INTERVAL;
    do_job("list");
    do_job("logs w2 behind");
    expect_pause(SCHEDULE_BACKGROUND_MS);
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w3 behind");
    expect_pause(INTERVAL - SCHEDULE_BACKGROUND_MS);
}

Test(schedule, a_shown_row_that_is_due_goes_before_a_hidden_one_that_waits_longer)
{
    do_job("list");
    set_endpoints(0, 2);
    do_job("logs w0 behind");
    now += 100;
    show(1, 2);
    plan.burst_left = 0;
    set_endpoints(0, 3); /* w2 was never asked either, but nobody sees it */
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w1 behind");
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w2 behind");
}

Test(schedule, the_first_screen_of_rows_comes_at_once_one_at_a_time)
{
    do_job("list");
    show(0, 12); /* before they are known */
    set_endpoints(0, 20);
    for (int i = 0; i < 12; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "logs w%d behind", i);
        struct schedule_job job = expect_job(expected);
        expect_pause(INTERVAL);
        succeed(&job);
    }
    expect_pause(SCHEDULE_BACKGROUND_MS);
    now += SCHEDULE_BACKGROUND_MS;
    do_job("logs w12 behind");
    expect_pause(SCHEDULE_BACKGROUND_MS);
}

Test(schedule, the_burst_is_bounded_and_comes_once)
{
    do_job("list");
    set_endpoints(0, 60);
    unsigned asked = 0;
    for (int screen = 0; screen < 3; screen++) {
        struct schedule_job job;
        int64_t when;
        show(20 * screen, 20 * screen + 20);
        for (; schedule_next(&plan, now, &job, &when); asked++)
            succeed(&job);
    }
    cr_assert_eq(asked, 1u + SCHEDULE_BURST, "%u", asked);
    expect_pause(SCHEDULE_BACKGROUND_MS);
}

Test(schedule, a_failing_row_does_not_burst)
{
    do_job("list");
    set_endpoints(0, 1);
    show(0, 1);
    struct schedule_job job = expect_job("logs w0 behind");
    fail(&job, SCHEDULE_OWN, -1);
    expect_pause(INTERVAL);
}

Test(schedule, rows_beyond_the_most_that_are_kept_count_as_hidden)
{
    show(0, SCHEDULE_SHOWN_MAX + 10);
    cr_assert_eq(plan.shown_count, (size_t)SCHEDULE_SHOWN_MAX);
    set_endpoints(0, SCHEDULE_SHOWN_MAX + 10);
    cr_assert(plan.endpoints[SCHEDULE_SHOWN_MAX - 1].shown);
    cr_assert(!plan.endpoints[SCHEDULE_SHOWN_MAX].shown);
    show(SCHEDULE_SHOWN_MAX, SCHEDULE_SHOWN_MAX + 1);
    cr_assert(!plan.endpoints[SCHEDULE_SHOWN_MAX - 1].shown);
    cr_assert(plan.endpoints[SCHEDULE_SHOWN_MAX].shown);
    show(0, 0);
    cr_assert(!plan.endpoints[SCHEDULE_SHOWN_MAX].shown);
}

/* A simulated hour: every job answers after `latency`. */
struct tally {
    unsigned total;
    unsigned list;
    unsigned focused;
    unsigned behind;
    unsigned most_a_second;
};

static struct tally simulate(int endpoints, int64_t latency, int64_t duration)
{
    struct tally tally = {0};
    struct schedule_job flying[SCHEDULE_IN_FLIGHT_MAX];
    int64_t done_at[SCHEDULE_IN_FLIGHT_MAX];
    unsigned count = 0;
    unsigned this_second = 0;
    int64_t second = now;
    set_endpoints(0, endpoints);
    schedule_focus(&plan, "w0", now);
    for (int64_t end = now + duration; now < end;) {
        struct schedule_job job;
        int64_t when;
        if (now - second >= 1000) {
            second = now;
            this_second = 0;
        }
        while (schedule_next(&plan, now, &job, &when)) {
            cr_assert_lt(count, (unsigned)SCHEDULE_IN_FLIGHT_MAX);
            flying[count] = job;
            done_at[count++] = now + latency;
            tally.total++;
            tally.list += job.kind == SCHEDULE_LIST;
            tally.behind += job.background;
            tally.focused += job.kind != SCHEDULE_LIST && !job.background;
            if (++this_second > tally.most_a_second)
                tally.most_a_second = this_second;
        }
        int64_t next = when;
        for (unsigned i = 0; i < count; i++)
            next = done_at[i] < next ? done_at[i] : next;
        cr_assert(next != SCHEDULE_NEVER && next > now, "time stands still");
        now = next;
        for (unsigned i = 0; i < count;) {
            if (done_at[i] > now) {
                i++;
                continue;
            }
            succeed(&flying[i]);
            flying[i] = flying[--count];
            done_at[i] = done_at[count];
        }
    }
    return tally;
}

Test(schedule, with_200_endpoints_the_rate_stays_bounded)
{
    enum { HOUR_S = 3600 };
    struct tally few = simulate(5, 50, HOUR_S * 1000);
    tear_down();
    set_up();
    struct tally many = simulate(200, 50, HOUR_S * 1000);
    tear_down();
    set_up();
    struct tally most = simulate(1000, 50, HOUR_S * 1000);

    /* Three on screen every 5.05 s, and at most one more a second. */
    unsigned on_screen = 3 * HOUR_S * 1000 / (INTERVAL + 50);
    cr_assert_leq(many.list + many.focused, on_screen + 3);
    cr_assert_geq(many.list + many.focused, on_screen - 3);
    cr_assert_leq(many.behind, (unsigned)HOUR_S);
    cr_assert_leq(many.total, on_screen + 3 + HOUR_S);
    cr_assert_leq(most.total, many.total + 10, "%u, %u", most.total, many.total);
    cr_assert_leq(many.most_a_second, 6u, "%u", many.most_a_second);
    /* Five endpoints do not fill the background's share: each is asked every 30 s. */
    cr_assert_leq(few.behind, 4u * HOUR_S / 30 + 4);
    cr_assert_geq(few.behind, 4u * HOUR_S / 31);
}

Test(schedule, shown_rows_do_not_raise_the_rate_of_200_endpoints)
{
    enum { HOUR_S = 3600 };
    show(0, 40);
    struct tally tally = simulate(200, 50, HOUR_S * 1000);
    unsigned on_screen = 3 * HOUR_S * 1000 / (INTERVAL + 50);
    cr_assert_leq(tally.behind, (unsigned)HOUR_S + SCHEDULE_BURST);
    cr_assert_leq(tally.total, on_screen + 3 + HOUR_S + SCHEDULE_BURST);
}

Test(schedule, ten_shown_rows_of_200_are_asked_every_three_intervals_and_the_others_still_are)
{
    show(0, 10); /* w0 is in focus */
    simulate(200, 50, 10 * 60 * 1000);
    for (size_t i = 1; i < 10; i++)
        cr_assert_geq(plan.endpoints[i].logs.answered_ms, now - 3 * INTERVAL - 2000, "%zu", i);
    for (size_t i = 10; i < plan.count; i++)
        cr_assert(plan.endpoints[i].logs.asked, "%zu", i);
}

Test(schedule, with_200_endpoints_each_is_asked_and_the_shown_one_most_often)
{
    do_job("list");
    struct tally tally = simulate(200, 50, 210 * 1000);
    cr_assert_geq(tally.behind, 199u);
    for (size_t i = 0; i < plan.count; i++)
        cr_assert(plan.endpoints[i].logs.asked || plan.endpoints[i].logs.in_flight, "%zu", i);
    cr_assert_geq(tally.focused, 2u * 210 / 6);
}

Test(schedule, a_slow_server_is_asked_less_not_more)
{
    struct tally tally = simulate(200, 4000, 3600 * 1000);
    cr_assert_leq(tally.total, 2u * 3600 / 4 + 2);
}

/* --- moving on the screen ------------------------------------------------------------- */

Test(schedule, fresh_answers_are_not_asked_again_when_they_come_on_screen)
{
    do_job("list");
    set_endpoints(0, 2);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    do_job("logs w0");
    do_job("logs w1 behind");
    now += SCHEDULE_FRESH_MS;
    schedule_focus(&plan, "w1", now);
    do_job("upcoming w1"); /* never asked so far */
    expect_pause(INTERVAL - SCHEDULE_FRESH_MS);
}

Test(schedule, older_answers_are_asked_at_once_when_they_come_on_screen)
{
    do_job("list");
    set_endpoints(0, 2);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    do_job("logs w0");
    do_job("logs w1 behind");
    now += SCHEDULE_FRESH_MS + 1;
    schedule_focus(&plan, "w1", now);
    do_job("upcoming w1");
    do_job("logs w1");
    schedule_focus(&plan, "w1", now); /* the same: nothing new */
    expect_pause(INTERVAL - SCHEDULE_FRESH_MS - 1);
}

Test(schedule, running_through_the_list_asks_only_where_it_ends)
{
    do_job("list");
    set_endpoints(0, 50);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    do_job("logs w0");
    do_job("logs w1 behind");
    char id[16];
    for (int i = 2; i < 30; i++) {
        now += 33; /* a keyboard repeats 30 times a second */
        (void)snprintf(id, sizeof id, "w%d", i);
        schedule_focus(&plan, id, now);
        struct schedule_job job;
        int64_t when;
        cr_assert(!schedule_next(&plan, now, &job, &when), "%d", i);
        cr_assert_leq(when, now + SCHEDULE_SETTLE_MS);
    }
    now += SCHEDULE_SETTLE_MS;
    do_job("upcoming w29");
    do_job("logs w29");
}

Test(schedule, no_endpoint_on_screen_is_only_the_list)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    do_job("logs w0");
    schedule_focus(&plan, NULL, now);
    now += INTERVAL;
    do_job("list");
    expect_pause(INTERVAL);
}

/* --- refresh ---------------------------------------------------------------------------- */

Test(schedule, a_refresh_asks_all_that_is_on_screen)
{
    do_job("list");
    set_endpoints(0, 1);
    schedule_focus(&plan, "w0", now);
    do_job("upcoming w0");
    do_job("logs w0");
    now += 1000;
    schedule_refresh(&plan, now);
    do_job("list");
    do_job("upcoming w0");
    do_job("logs w0");
    expect_pause(INTERVAL);
}

Test(schedule, a_refresh_while_it_is_asked_asks_once_more)
{
    struct schedule_job job = expect_job("list");
    schedule_refresh(&plan, now);
    schedule_refresh(&plan, now);
    expect_pause(SCHEDULE_NEVER);
    succeed(&job);
    expect_pause(SCHEDULE_SETTLE_MS);
    now += SCHEDULE_SETTLE_MS;
    do_job("list");
    expect_pause(INTERVAL);
}

Test(schedule, a_refresh_that_is_held_down_does_not_become_a_flood)
{
    unsigned asked = 0;
    for (int i = 0; i < 300; i++, now += 33) {
        struct schedule_job job;
        int64_t when;
        schedule_refresh(&plan, now);
        while (schedule_next(&plan, now, &job, &when)) {
            asked++;
            succeed(&job);
        }
    }
    cr_assert_leq(asked, 300u * 33 / SCHEDULE_SETTLE_MS + 1, "%u", asked);
    cr_assert_geq(asked, 30u);
}

/* --- what somebody waits for ----------------------------------------------------- */

static void want(int first, int end)
{
    char names[8][16];
    const char *ids[8];
    for (int i = first; i < end; i++) {
        (void)snprintf(names[i - first], sizeof names[0], "w%d", i);
        ids[i - first] = names[i - first];
    }
    schedule_want(&plan, ids, (size_t)(end - first), INTERVAL, now);
}

Test(schedule, what_is_waited_for_goes_first_and_without_pauses)
{
    do_job("list");
    set_endpoints(0, 5);
    do_job("logs w0 behind");
    want(2, 4);
    do_job("logs w2 behind");
    do_job("upcoming w2 behind");
    do_job("logs w3 behind");
    do_job("upcoming w3 behind");
    expect_pause(SCHEDULE_BACKGROUND_MS);
    want(2, 4);
    expect_pause(SCHEDULE_BACKGROUND_MS); /* it was answered just now */
    now += INTERVAL;
    want(2, 4);
    do_job("list");
    do_job("logs w2 behind");
}

Test(schedule, what_is_waited_for_goes_one_at_a_time_and_once)
{
    do_job("list");
    set_endpoints(0, 3);
    want(1, 3);
    struct schedule_job job = expect_job("logs w1 behind");
    struct schedule_job other;
    int64_t when;
    cr_expect_not(schedule_next(&plan, now, &other, &when));
    want(1, 2); /* it is under way */
    fail(&job, SCHEDULE_OWN, -1);
    do_job("upcoming w1 behind");
    do_job("logs w2 behind");
    do_job("upcoming w2 behind");
}

Test(schedule, what_is_waited_for_waits_for_the_list_in_trouble)
{
    do_job("list");
    set_endpoints(0, 2);
    struct schedule_job job = expect_job("logs w0 behind");
    fail(&job, SCHEDULE_COMMON, 30000);
    want(0, 2);
    struct schedule_job other;
    int64_t when;
    cr_expect_not(schedule_next(&plan, now, &other, &when));
    schedule_want(&plan, (const char *const[]){"unknown"}, 1, 0, now);
}
