#include "api/backoff.h"
#include "api/schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL = 5000 };

/* Times begin anywhere; a steady clock's zero means nothing. */
static const int64_t T0 = 1000000;

static struct schedule plan;
static int64_t now;

static void set_up(void)
{
    now = T0;
    schedule_init(&plan, INTERVAL);
}

static void tear_down(void)
{
    schedule_clear(&plan);
}

TestSuite(schedule, .init = set_up, .fini = tear_down);

/* Endpoints "w0", "w1" and so on, from `first` up to below `end`. */
static void set_endpoints(int first, int end)
{
    struct webhook_list list = {.count = (size_t)(end - first)};
    list.items = calloc(list.count + 1, sizeof *list.items);
    for (int i = first; i < end; i++)
        cr_assert_gt(asprintf(&list.items[i - first].id, "w%d", i), 0);
    cr_assert(schedule_set_endpoints(&plan, &list));
    for (size_t i = 0; i < list.count; i++)
        free(list.items[i].id);
    free(list.items);
}

/* The rows of "w0", "w1" and so on are on screen, from `first` up to below `end`. */
static void show(int first, int end)
{
    char names[SCHEDULE_SHOWN_MAX + 10][16];
    const char *ids[SCHEDULE_SHOWN_MAX + 10];
    for (int i = first; i < end; i++) {
        (void)snprintf(names[i - first], sizeof names[0], "w%d", i);
        ids[i - first] = names[i - first];
    }
    schedule_show(&plan, ids, (size_t)(end - first));
}

static void describe(const struct schedule_job *job, char *text, size_t size)
{
    const char *const kinds[] = {"list", "upcoming", "logs"};
    (void)snprintf(text, size, "%s%s%s%s", kinds[job->kind], job->id[0] ? " " : "", job->id,
                   job->background ? " behind" : "");
}

/* The next job now is this one: "list", "logs w3 behind", … */
static struct schedule_job expect_job(const char *expected)
{
    struct schedule_job job = {0};
    int64_t when = 0;
    cr_assert(schedule_next(&plan, now, &job, &when), "nothing, next in %ld", (long)(when - now));
    char text[256];
    describe(&job, text, sizeof text);
    cr_assert_str_eq(text, expected);
    return job;
}

/* Nothing now; the next may start so many milliseconds from now. */
static void expect_pause(int64_t pause)
{
    struct schedule_job job = {0};
    int64_t when = 0;
    bool some = schedule_next(&plan, now, &job, &when);
    char text[256];
    describe(&job, text, sizeof text);
    cr_assert(!some, "%s", text);
    cr_assert_eq(when, pause == SCHEDULE_NEVER ? SCHEDULE_NEVER : now + pause, "%ld",
                 (long)(when - now));
}

static void succeed(const struct schedule_job *job)
{
    schedule_succeeded(&plan, job, now);
}

/* Starts and ends it in no time. */
static void do_job(const char *expected)
{
    struct schedule_job job = expect_job(expected);
    succeed(&job);
}

/* With no random bits a pause is half of what it doubles to. */
static void fail(const struct schedule_job *job, enum schedule_cause cause, int64_t retry_after)
{
    struct schedule_failure failure = {.cause = cause, .retry_after_ms = retry_after};
    schedule_failed(&plan, job, &failure, now, 0);
}

static void refuse_key(const struct schedule_job *job)
{
    struct schedule_failure failure = {
        .cause = SCHEDULE_COMMON, .slow = true, .retry_after_ms = -1};
    schedule_failed(&plan, job, &failure, now, 0);
}

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

/* --- failures ------------------------------------------------------------------------------ */

Test(schedule, after_a_failed_first_list_the_pauses_grow)
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

Test(schedule, any_failure_of_the_list_pauses_all)
{
    do_job("list");
    set_endpoints(0, 1);
    now += INTERVAL;
    struct schedule_job job = expect_job("list");
    fail(&job, SCHEDULE_OWN, -1);
    expect_pause(500);
}

Test(schedule, a_common_failure_pauses_all_and_then_the_list_goes_alone)
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

Test(schedule, an_answer_that_was_under_way_does_not_end_the_pause)
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

Test(schedule, a_list_that_was_under_way_is_asked_again_after_the_pause)
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

Test(schedule, one_endpoints_own_failure_stops_nothing_else)
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

Test(schedule, an_endpoint_that_always_fails_is_asked_less_and_less_and_stops_nothing_else)
{
    fail_logs_for_an_hour(SCHEDULE_UNCLEAR);
}

Test(schedule, an_endpoint_that_is_always_missing_but_listed_is_asked_less_and_less)
{
    fail_logs_for_an_hour(SCHEDULE_MISSING);
}

Test(schedule, an_unclear_failure_asks_the_list_alone_and_its_answer_lets_all_go_on)
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

Test(schedule, an_unclear_failure_that_the_list_shares_is_common)
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

Test(schedule, a_list_that_was_under_way_does_not_end_the_doubt)
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

Test(schedule, a_call_that_was_under_way_in_the_doubt_may_fail_too)
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

Test(schedule, retry_after_holds_for_everything_and_for_everyone)
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

Test(schedule, a_retry_after_of_nothing_does_not_take_the_pause_away)
{
    struct schedule_job job = expect_job("list");
    fail(&job, SCHEDULE_COMMON, 0);
    expect_pause(500);
}

Test(schedule, a_refresh_ends_an_ordinary_pause)
{
    struct schedule_job job = expect_job("list");
    fail(&job, SCHEDULE_COMMON, -1);
    now += 100;
    schedule_refresh(&plan, now);
    do_job("list");
    expect_pause(INTERVAL);
}

Test(schedule, a_refused_key_is_tried_seldom)
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

Test(schedule, a_forgotten_endpoint_is_not_asked_again_and_the_list_is)
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
Test(schedule, a_404_of_an_endpoint_that_is_still_listed_is_its_own_failure)
{
    miss_logs_in_focus();
    set_endpoints(0, 1);
    expect_pause(INTERVAL - SCHEDULE_SETTLE_MS);
    now += INTERVAL;
    do_job("upcoming w0");
    do_job("list");
    do_job("logs w0");
}

Test(schedule, a_404_of_an_endpoint_that_is_no_longer_listed_drops_it)
{
    miss_logs_in_focus();
    set_endpoints(0, 0);
    expect_pause(INTERVAL);
    schedule_refresh(&plan, now);
    now += INTERVAL;
    do_job("list");
    expect_pause(INTERVAL);
}

Test(schedule, a_404_stops_nothing_while_the_list_is_asked)
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

Test(schedule, a_refresh_asks_what_answered_404_at_once)
{
    miss_logs_in_focus();
    now += SCHEDULE_SETTLE_MS;
    schedule_refresh(&plan, now);
    do_job("upcoming w0");
    do_job("list");
    do_job("logs w0");
}

Test(schedule, a_refresh_asks_shown_rows_that_failed)
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

Test(schedule, an_endpoint_that_left_the_list_is_dropped_also_while_it_is_asked)
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

Test(schedule, a_newer_list_keeps_what_is_known_of_an_endpoint)
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

Test(schedule, a_cancelled_job_makes_room_and_is_due_again)
{
    struct schedule_job job = expect_job("list");
    expect_pause(SCHEDULE_NEVER);
    schedule_cancelled(&plan, &job);
    do_job("list");
}

Test(schedule, ids_that_come_twice_or_are_too_long_are_asked_once_or_never)
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
