/* What was owed and has not come: each rule finds its gap, and claims none where it is only not
   known. */
#include "api/reconcile.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define NOW    INT64_C(1700000000000)

enum { EVENTS = 12, ENDPOINTS = 3 };

static struct reconcile_event events[EVENTS];
static struct reconcile_endpoint endpoints[ENDPOINTS];
static struct reconcile_known known;
static struct gap_list gaps;
static struct reconcile_attempt attempts[ENDPOINTS][EVENTS];
static struct reconcile_arrival arrivals[EVENTS][ENDPOINTS];

/* One endpoint that is well, a store that has run for ten days, and one event of an hour ago that
   was owed and is nowhere. */
static void set_up(void)
{
    memset(events, 0, sizeof events);
    memset(endpoints, 0, sizeof endpoints);
    for (size_t i = 0; i < ENDPOINTS; i++) {
        (void)snprintf(endpoints[i].id, sizeof endpoints[i].id, "wep_%zu", i + 1);
        endpoints[i].active = endpoints[i].here = endpoints[i].log_known = true;
        endpoints[i].upcoming_known = true;
        endpoints[i].upcoming_ms = NOW;
        endpoints[i].since_ms = NOW - 240 * HOUR;
        endpoints[i].attempts = attempts[i];
        cr_assert(string_list_add(&endpoints[i].categories, "transfer"));
    }
    events[0] = (struct reconcile_event){
        .id = "wh_1", .category = "transfer", .sequence = 1, .created_ms = NOW - HOUR};
    known = (struct reconcile_known){
        .events = events,
        .event_count = 1,
        .endpoints = endpoints,
        .endpoint_count = 1,
        .began_ms = NOW - 240 * HOUR,
        .kept_from_ms = INT64_MIN,
        .young_ms = MINUTE,
        .slack_ms = MINUTE,
        .now_ms = NOW,
    };
}

static void tear_down(void)
{
    for (size_t i = 0; i < ENDPOINTS; i++)
        string_list_clear(&endpoints[i].categories);
    gap_list_clear(&gaps);
}

TestSuite(reconcile, .init = set_up, .fini = tear_down);

static void look(void)
{
    gap_list_clear(&gaps);
    cr_assert(reconcile(&known, &gaps));
}

static void expect_none(void)
{
    look();
    cr_expect_eq(gaps.count, 0, "%s: %s", gap_reason_name(gaps.items[0].reason), gaps.items[0].why);
}

static void expect_one(enum gap_reason reason, const char *why)
{
    look();
    cr_assert_eq(gaps.count, 1, "%zu", gaps.count);
    cr_expect_eq(gaps.items[0].reason, reason, "%s", gap_reason_name(gaps.items[0].reason));
    cr_expect_str_eq(gaps.items[0].why, why);
}

static void attempt(size_t endpoint, const char *event_id, const char *status)
{
    struct reconcile_attempt *next = &attempts[endpoint][endpoints[endpoint].attempt_count++];
    *next = (struct reconcile_attempt){.succeeded = status[0] == '2', .at_ms = NOW - HOUR};
    (void)snprintf(next->event_id, sizeof next->event_id, "%s", event_id);
    (void)snprintf(next->status, sizeof next->status, "%s", status);
}

/* One more for the endpoint (NULL: it is not known which). */
static void come(size_t event, const char *webhook_id, int64_t received_ms)
{
    struct reconcile_event *at = &events[event];
    size_t i = 0;
    at->stored = true;
    at->arrivals = arrivals[event];
    while (i < at->arrival_count && at->arrivals[i].webhook_id != webhook_id)
        i++;
    if (i == at->arrival_count)
        at->arrivals[at->arrival_count++] =
            (struct reconcile_arrival){.webhook_id = webhook_id, .received_ms = received_ms};
    at->arrivals[i].count++;
}

Test(reconcile, what_was_owed_and_is_nowhere_is_missing)
{
    expect_one(GAP_MISSING, "no attempt in the log");
    cr_expect_eq(gaps.items[0].event, 0);
    cr_expect_eq(gaps.items[0].endpoint, 0);
}

Test(reconcile, what_has_come_is_not)
{
    come(0, "wep_1", NOW);
    expect_none();
    arrivals[0][0].webhook_id = NULL; /* for whom is not known: it may have been for it */
    expect_none();
    arrivals[0][0].webhook_id = "wep_gone";
    expect_one(GAP_MISSING, "no attempt in the log");
    events[0].unplaced = 1; /* and once more, of which that is not known */
    expect_none();
}

Test(reconcile, a_category_that_is_not_taken_is_not_owed)
{
    events[0].category = "customer";
    expect_none();
    cr_expect_eq(gaps.undecided, 0);
    events[0].category = NULL;
    expect_none();
    string_list_clear(&endpoints[0].categories); /* then Bridge decides: it is not known */
    events[0].category = "transfer";
    expect_none();
    attempt(0, "wh_1", "502"); /* but the log says that it was meant for it */
    expect_one(GAP_FAILED, "502");
}

Test(reconcile, what_is_older_than_the_endpoint_is_not_owed)
{
    endpoints[0].since_ms = NOW - HOUR - 30 * 1000;
    expect_none();
    endpoints[0].since_ms = -1; /* not known */
    expect_none();
    endpoints[0].since_ms = NOW - HOUR - 2 * MINUTE;
    expect_one(GAP_MISSING, "no attempt in the log");
    endpoints[0].since_ms = NOW; /* created for all that ever happened: the log says so */
    attempt(0, "wh_1", "500");
    expect_one(GAP_FAILED, "500");
}

Test(reconcile, what_is_in_the_queue_waits)
{
    endpoints[0].upcoming_count = 1;
    (void)snprintf(endpoints[0].upcoming[0], sizeof endpoints[0].upcoming[0], "wh_1");
    expect_none();
    cr_expect_eq(gaps.undecided, 1, "it is to be looked at again");
    attempt(0, "wh_1", "502");
    expect_none();
    (void)snprintf(endpoints[0].upcoming[0], sizeof endpoints[0].upcoming[0], "wh_other");
    expect_one(GAP_FAILED, "502");
}

Test(reconcile, behind_ten_that_wait_there_may_be_more)
{
    for (size_t i = 0; i < CONTRACT_UPCOMING; i++)
        (void)snprintf(endpoints[0].upcoming[i], sizeof endpoints[0].upcoming[i], "wh_q%zu", i);
    endpoints[0].upcoming_count = CONTRACT_UPCOMING;
    endpoints[0].last_ms = NOW - 2 * HOUR;
    expect_none();
    endpoints[0].last_ms = -1; /* not known */
    expect_none();
    endpoints[0].last_ms = NOW - 30 * MINUTE; /* it would stand before that one */
    expect_one(GAP_MISSING, "no attempt in the log");
    endpoints[0].last_ms = NOW - 2 * HOUR;
    endpoints[0].upcoming_count = CONTRACT_UPCOMING - 1; /* that is all */
    expect_one(GAP_MISSING, "no attempt in the log");
}

Test(reconcile, where_the_queue_is_not_known_all_may_wait)
{
    endpoints[0].upcoming_known = false;
    expect_none();
    attempt(0, "wh_1", "502");
    expect_none();
}

Test(reconcile, what_is_young_is_not_judged)
{
    events[0].created_ms = NOW - 30 * 1000;
    expect_none();
    events[0].created_ms = NOW - 2 * MINUTE;
    expect_one(GAP_MISSING, "no attempt in the log");
    endpoints[0].upcoming_ms = NOW - 90 * 1000; /* nor by a queue as of when it was young */
    expect_none();
    events[0].created_ms = -1;
    expect_none();
}

Test(reconcile, a_disabled_endpoint_is_owed_nothing)
{
    endpoints[0].active = false;
    expect_none();
}

Test(reconcile, another_receivers_endpoint_is_not_ours)
{
    endpoints[0].here = false;
    expect_none();
    known.endpoint_count = 2; /* the second is here */
    look();
    cr_assert_eq(gaps.count, 1);
    cr_expect_eq(gaps.items[0].endpoint, 1);
}

Test(reconcile, a_log_that_is_not_known_says_nothing)
{
    endpoints[0].log_known = false;
    expect_none();
}

Test(reconcile, what_came_for_one_endpoint_is_missing_for_the_others)
{
    known.endpoint_count = 3;
    look();
    cr_expect_eq(gaps.count, 3, "each of them was owed it");
    come(0, "wep_2", NOW);
    look();
    cr_assert_eq(gaps.count, 2);
    cr_expect_eq(gaps.items[0].endpoint, 0);
    cr_expect_eq(gaps.items[1].endpoint, 2);
    cr_expect_eq(gaps.items[1].reason, GAP_MISSING);
    come(0, "wep_1", NOW);
    come(0, "wep_3", NOW); /* once for each is no repeat */
    expect_none();
    come(0, "wep_3", NOW);
    expect_one(GAP_REPEATED, "came 2 times: retries of what was not answered 200");
    cr_expect_eq(gaps.items[0].endpoint, 2);
}

Test(reconcile, what_is_older_than_the_store_is_not_missing_in_it)
{
    known.began_ms = NOW - HOUR - 30 * 1000;
    expect_none();
    known.began_ms = INT64_MAX; /* nobody has ever received */
    expect_none();
    known.began_ms = NOW - HOUR - 2 * MINUTE;
    expect_one(GAP_MISSING, "no attempt in the log");
}

Test(reconcile, what_may_have_been_deleted_is_not_missing)
{
    known.kept_from_ms = NOW - 30 * MINUTE;
    expect_none();
    known.kept_from_ms = NOW - 2 * HOUR;
    expect_one(GAP_MISSING, "no attempt in the log");
}

Test(reconcile, a_success_without_an_arrival_was_answered_elsewhere)
{
    attempt(0, "wh_1", "502");
    attempt(0, "wh_1", "204");
    expect_one(GAP_ANSWERED, "204 was answered, not here");
    attempt(0, "wh_1", "500"); /* sent again by hand */
    expect_one(GAP_FAILED, "500");
}

Test(reconcile, after_two_days_it_is_given_up)
{
    attempt(0, "wh_1", "502");
    attempt(0, "wh_other", "200");
    attempt(0, "wh_1", "timed out");
    expect_one(GAP_FAILED, "timed out 2 times");
    events[0].created_ms = NOW - 49 * HOUR;
    expect_one(GAP_GIVEN_UP, "timed out 2 times");
    endpoints[0].attempt_count = 0; /* the log is short */
    expect_one(GAP_NEVER, "no attempt in the log");
}

Test(reconcile, what_was_never_delivered_stays_so_whatever_becomes_of_its_endpoint)
{
    events[0].never = true;
    known.endpoint_count = 0;
    expect_one(GAP_NEVER, "in two days, or since");
    cr_expect_eq(gaps.items[0].endpoint, RECONCILE_NOBODY);
    come(0, "wep_1", NOW); /* sent by hand at last */
    expect_none();
}

/* --- what came ------------------------------------------------------------------------ */

/* Events "1", "2", … came in this order, a second apart; newest first in the list. */
static void arrive(const char *order)
{
    memset(arrivals, 0, sizeof arrivals);
    known.event_count = strlen(order);
    for (size_t i = 0; i < known.event_count; i++) {
        int64_t sequence = order[i] - '0';
        events[i] = (struct reconcile_event){
            .id = "wh",
            .category = "transfer",
            .sequence = sequence,
            .created_ms = NOW - HOUR + sequence,
        };
        come(i, "wep_1", NOW - HOUR + (int64_t)i * 1000);
    }
}

static void expect_disorder(const char *order, const char *late)
{
    char found[EVENTS + 1] = "";
    arrive(order);
    look();
    for (size_t i = 0; i < gaps.count; i++) {
        cr_expect_eq(gaps.items[i].reason, GAP_DISORDERED);
        found[i] = (char)('0' + events[gaps.items[i].event].sequence);
        found[i + 1] = '\0';
    }
    cr_expect_str_eq(found, late, "of %s: %s", order, found);
}

Test(reconcile, as_few_as_account_for_it_are_out_of_order)
{
    expect_disorder("12345", "");
    expect_disorder("12435", "4");
    expect_disorder("51234", "5"); /* one that was sent by hand, not four that came after it */
    expect_disorder("23451", "1");
    expect_disorder("1", "");
    expect_disorder("", "");
}

Test(reconcile, the_order_is_each_endpoints_own)
{
    arrive("1324");
    arrivals[1][0].webhook_id = "wep_2";
    known.endpoint_count = 2;
    string_list_clear(&endpoints[0].categories);
    string_list_clear(&endpoints[1].categories);
    expect_none();
    arrive("1324");
    events[1].sequence = -1; /* not known */
    expect_none();
    arrive("21");
    arrivals[1][0].received_ms = arrivals[0][0].received_ms; /* at one moment */
    expect_none();
}

Test(reconcile, what_came_more_than_once_is_told)
{
    arrive("12");
    come(1, "wep_1", NOW);
    come(1, "wep_1", NOW);
    expect_one(GAP_REPEATED, "came 3 times: retries of what was not answered 200");
    arrivals[1][0].again = 2;
    expect_one(GAP_REPEATED, "came 3 times, 2 after a 200: Bridge's own, or by hand elsewhere");
    cr_expect_eq(gaps.items[0].event, 1);
    cr_expect_not(gap_is_missing(GAP_REPEATED) || gap_is_missing(GAP_DISORDERED));
    events[1].unplaced = 7; /* of as many it is not known for whom they came */
    expect_one(GAP_REPEATED, "came at least 3 times");
}

/* Of two that came for whom is not known, each may have been another endpoint's. */
Test(reconcile, what_came_for_whom_is_not_known_is_no_repeat_by_itself)
{
    known.endpoint_count = 2;
    come(0, NULL, NOW);
    come(0, NULL, NOW);
    expect_none();
    come(0, NULL, NOW);
    expect_one(GAP_REPEATED, "came 3 times");
    cr_expect_eq(gaps.items[0].endpoint, RECONCILE_NOBODY);
}

Test(reconcile, what_was_sent_by_hand_is_neither_a_repeat_nor_in_disorder)
{
    arrive("12");
    come(1, "wep_1", NOW);
    arrivals[1][0].by_hand = 1;
    expect_none();
    come(1, "wep_1", NOW);
    expect_one(GAP_REPEATED,
               "came 3 times, 1 of them by hand: retries of what was not answered 200");
    arrivals[1][0].count = arrivals[1][0].by_hand = INT64_MAX / 2; /* the longest */
    arrivals[1][0].count = INT64_MAX;
    arrivals[1][0].again = 99;
    look();
    cr_expect_str_eq(gaps.items[0].why + strlen(gaps.items[0].why) - 9, "elsewhere");
    arrive("21");
    arrivals[1][0].by_hand = 1; /* the first, long after it was missing */
    arrivals[1][0].received_ms = -1;
    expect_none();
}
