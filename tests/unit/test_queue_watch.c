#include "api/queue_watch.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, LOGS_MAX = 8 };

static const int64_t NOW = INT64_C(1700000000000);
static struct event events[2];
static struct log_entry entries[LOGS_MAX];
static struct event_list upcoming;
static struct log_list logs;

static void set_up(void)
{
    events[0] = (struct event){.id = (char *)"wh_1", .created_ms = NOW - HOUR};
    events[1] = (struct event){.id = (char *)"wh_2", .created_ms = NOW};
    upcoming = (struct event_list){.items = events, .count = 2};
    logs = (struct log_list){.items = entries};
}

TestSuite(queue_watch, .init = set_up);

static void attempt(const char *event, int status, int64_t ago_ms)
{
    entries[logs.count++] =
        (struct log_entry){.event_id = (char *)event, .status = status, .created_ms = NOW - ago_ms};
}

static struct queue_watch watch(void)
{
    return queue_watch_of(&upcoming, &logs);
}

static void expect(enum queue_state wanted, bool active, const char *words)
{
    char text[192];
    struct queue_watch now = watch();
    enum queue_state state = queue_state_of(&now, active, NOW);
    queue_describe(&now, state, NOW, text, sizeof text);
    cr_expect_eq(state, wanted, "%s", text);
    cr_expect_str_eq(text, words);
}

Test(queue_watch, what_is_not_known_and_what_is_empty)
{
    char text[64];
    struct queue_watch unknown = {0};
    cr_expect_eq(queue_state_of(&unknown, true, NOW), QUEUE_UNKNOWN);
    queue_describe(&unknown, QUEUE_UNKNOWN, NOW, text, sizeof text);
    cr_expect_str_eq(text, "not known yet");
    upcoming.count = 0;
    attempt("wh_1", 500, MINUTE);
    expect(QUEUE_EMPTY, true, "empty");
}

Test(queue_watch, a_disabled_endpoint_holds_its_queue)
{
    attempt("wh_1", 500, MINUTE);
    expect(QUEUE_HELD, false, "held: the endpoint is disabled; the first event waits for 1 h");
}

Test(queue_watch, a_young_event_flows_and_an_old_one_without_attempts_is_slow)
{
    expect(QUEUE_SLOW, true, "slow: the first event waits for 1 h, and no attempt is in the log");
    events[0].created_ms = NOW - QUEUE_SLOW_MS + 1;
    expect(QUEUE_FLOWS, true, "flows: the first event is 5 min old");
    events[0].created_ms = -1;
    expect(QUEUE_FLOWS, true, "flows: the first event is some time old");
}

Test(queue_watch, failures_of_the_first_event_are_counted)
{
    attempt("wh_0", 500, 50 * MINUTE);
    attempt("wh_1", 500, 7 * MINUTE);
    attempt(NULL, 500, 6 * MINUTE);
    expect(
        QUEUE_STUCK, true,
        "stuck: its first event failed 1 time in 7 min; the next attempt is not known yet, given "
        "up in 1 d 23 h");
    attempt("wh_1", 500, 6 * MINUTE);
    cr_expect_eq(watch().next_ms, NOW - 4 * MINUTE, "of two, twice the pause");
    attempt("wh_1", 0, 3 * MINUTE);
    cr_expect_eq(watch().failures, 3);
    cr_expect_eq(watch().next_ms, NOW - 3 * MINUTE + 9 * MINUTE, "it grew threefold");
    expect(QUEUE_STUCK, true,
           "stuck: its first event failed 3 times in 7 min; the next attempt in about 6 min, given "
           "up in 1 d 23 h");
}

Test(queue_watch, one_odd_pause_is_no_law)
{
    attempt("wh_1", 500, 20 * MINUTE);
    attempt("wh_1", 500, 20 * MINUTE - SECOND);
    attempt("wh_1", 500, 10 * MINUTE - SECOND);
    cr_expect_eq(watch().next_ms, NOW - 10 * MINUTE + SECOND + 40 * MINUTE, "four times at most");
    logs.count = 0;
    attempt("wh_1", 500, 30 * MINUTE);
    attempt("wh_1", 500, 10 * MINUTE);
    attempt("wh_1", 500, 9 * MINUTE);
    cr_expect_eq(watch().next_ms, NOW - 8 * MINUTE, "pauses do not shrink");
    expect(QUEUE_STUCK, true,
           "stuck: its first event failed 3 times in 30 min; the next attempt about now, given up "
           "in 1 d 23 h");
}

Test(queue_watch, a_success_by_hand_begins_anew)
{
    attempt("wh_1", 500, 7 * MINUTE);
    attempt("wh_1", 200, 6 * MINUTE);
    cr_expect_eq(watch().failures, 0);
    cr_expect_eq(watch().first_ms, -1);
    attempt("wh_1", 503, 5 * MINUTE);
    cr_expect_eq(watch().failures, 1);
    cr_expect_eq(watch().first_ms, NOW - 5 * MINUTE);
    cr_expect_eq(watch().next_ms, -1);
}

Test(queue_watch, after_two_days_it_is_given_up)
{
    attempt("wh_1", 500, QUEUE_RETRIES_MS - 1);
    struct queue_watch before = watch();
    cr_expect_eq(queue_left_ms(&before, NOW), 1);
    cr_expect_eq(queue_state_of(&before, true, NOW), QUEUE_STUCK);
    cr_expect_eq(queue_state_of(&before, true, NOW + 1), QUEUE_GIVEN_UP);
    entries[0].created_ms--;
    expect(QUEUE_GIVEN_UP, true,
           "given up: its first event failed for two days; Bridge delivers nothing until a send "
           "succeeds");
}

Test(queue_watch, the_log_alone_tells_when_one_event_fails_again_and_again)
{
    cr_expect_not(queue_watch_of_log(&logs).known);
    attempt("wh_0", 200, HOUR);
    attempt("wh_1", 500, 3 * MINUTE);
    cr_expect_not(queue_watch_of_log(&logs).known, "once may be by hand");
    attempt("wh_1", 500, 2 * MINUTE);
    struct queue_watch seen = queue_watch_of_log(&logs);
    cr_expect_eq(queue_state_of(&seen, true, NOW), QUEUE_STUCK);
    cr_expect_eq(seen.failures, 2U);
    cr_expect_eq(queue_state_of(&seen, true, NOW + QUEUE_RETRIES_MS), QUEUE_GIVEN_UP);
    attempt("wh_1", 200, MINUTE);
    cr_expect_not(queue_watch_of_log(&logs).known, "it went through");
    attempt("wh_2", 500, SECOND);
    cr_expect_not(queue_watch_of_log(&logs).known);
}
