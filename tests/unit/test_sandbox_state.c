/* The sandbox's queue: order, retries, stop and restart, sends, limits. */
#include "api/contract.h"
#include "api/sandbox_state.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const int64_t T0 = 1700000000000;

static struct sandbox_endpoint *subscribe(struct sandbox_state *state, uint32_t categories,
                                          bool from_beginning)
{
    struct sandbox_subscription subscription = {
        .url = "https://hooks.example.com/a",
        .categories = categories,
        .from_beginning = from_beginning,
        .public_pem = "a key",
    };
    struct sandbox_endpoint *endpoint = sandbox_state_create(state, &subscription, T0);
    cr_assert_not_null(endpoint);
    return endpoint;
}

static struct sandbox_endpoint *subscribe_all(struct sandbox_state *state)
{
    struct sandbox_endpoint *endpoint = subscribe(state, sandbox_categories_all(), true);
    endpoint->active = true;
    return endpoint;
}

static void happen(struct sandbox_state *state, int count)
{
    for (int i = 0; i < count; i++)
        cr_assert_not_null(sandbox_state_happen(state, NULL, T0));
}

/* Takes what is due and answers it; the sequence that was delivered, or 0. */
static int64_t deliver(struct sandbox_state *state, int64_t now_ms, const char *status)
{
    struct sandbox_attempt attempt;
    if (!sandbox_state_take(state, now_ms, &attempt))
        return 0;
    int64_t sequence = attempt.sequence;
    sandbox_state_finish(state, &attempt, now_ms, status, "ok", 2);
    return sequence;
}

Test(sandbox_state, an_active_endpoint_is_given_its_events_in_order)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    subscribe_all(state);
    happen(state, 20);
    for (int64_t n = 1; n <= 20; n++)
        cr_expect_eq(deliver(state, T0, n % 2 ? "200" : "204"), n);
    cr_expect_eq(deliver(state, T0 + 100000, "200"), 0);
    sandbox_state_free(state);
}

Test(sandbox_state, one_attempt_at_a_time)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    happen(state, 3);
    struct sandbox_attempt first, second;
    cr_assert(sandbox_state_take(state, T0, &first));
    cr_assert(sandbox_state_send(endpoint, sandbox_state_event_at(state, 3), T0));
    cr_expect_not(sandbox_state_take(state, T0 + 60000, &second));
    cr_expect_eq(sandbox_state_next_ms(state), INT64_MAX);
    sandbox_state_finish(state, &first, T0, "200", NULL, 0);
    cr_expect(sandbox_state_take(state, T0 + 60000, &second));
    cr_expect(second.is_send);
    sandbox_attempt_clear(&second);
    sandbox_state_free(state);
}

Test(sandbox_state, a_disabled_endpoint_queues_but_is_given_nothing)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    endpoint->active = false;
    happen(state, 15);
    const struct sandbox_event *events[CONTRACT_UPCOMING];
    cr_expect_eq(deliver(state, T0 + 1000, "200"), 0);
    cr_expect_eq(sandbox_state_upcoming(state, endpoint, UINT32_MAX, events, CONTRACT_UPCOMING),
                 10);
    cr_expect_eq(events[0]->sequence, 1);
    cr_expect_eq(events[9]->sequence, 10);
    endpoint->active = true;
    cr_expect_eq(deliver(state, T0 + 1000, "200"), 1);
    sandbox_state_free(state);
}

Test(sandbox_state, the_epoch_says_where_a_queue_begins)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    happen(state, 5);
    struct sandbox_endpoint *all = subscribe(state, sandbox_categories_all(), true);
    struct sandbox_endpoint *later = subscribe(state, sandbox_categories_all(), false);
    happen(state, 1);
    const struct sandbox_event *events[10];
    cr_expect_eq(sandbox_state_upcoming(state, all, UINT32_MAX, events, 10), 6);
    cr_expect_eq(sandbox_state_upcoming(state, later, UINT32_MAX, events, 10), 1);
    cr_expect_eq(events[0]->sequence, 6);
    sandbox_state_free(state);
}

Test(sandbox_state, only_subscribed_categories_are_queued)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe(state, sandbox_category_bit("transfer"), true);
    endpoint->active = true;
    sandbox_state_happen(state, "customer", T0);
    sandbox_state_happen(state, "transfer", T0);
    sandbox_state_happen(state, "card_account", T0);
    sandbox_state_happen(state, "transfer", T0);
    cr_expect_eq(deliver(state, T0, "200"), 2);
    cr_expect_eq(deliver(state, T0, "200"), 4);
    cr_expect_eq(deliver(state, T0, "200"), 0);
    sandbox_state_free(state);
}

Test(sandbox_state, a_failure_holds_the_queue_up_and_pauses_grow)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    subscribe_all(state);
    happen(state, 2);
    int64_t now = T0;
    static const int64_t pauses[] = {2000, 4000, 8000, 16000, 32000, 60000, 60000};
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        cr_expect_eq(deliver(state, now, "500"), 1);
        cr_expect_eq(sandbox_state_next_ms(state), now + pauses[i]);
        cr_expect_eq(deliver(state, now + pauses[i] - 1, "200"), 0);
        now += pauses[i];
    }
    cr_expect_eq(deliver(state, now, "200"), 1);
    cr_expect_eq(deliver(state, now, "200"), 2, "the rest goes on at once");
    sandbox_state_free(state);
}

static int64_t fail_until_stopped(struct sandbox_state *state)
{
    int64_t now = T0;
    int tries = 0;
    while (deliver(state, now, "timeout") != 0) {
        tries++;
        int64_t next = sandbox_state_next_ms(state);
        now = next == INT64_MAX ? now + 1000000 : next;
    }
    cr_expect_eq(tries, SANDBOX_TRIES_MAX);
    return now;
}

Test(sandbox_state, retries_end_and_a_send_that_succeeds_restarts_the_queue)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    happen(state, 3);
    int64_t now = fail_until_stopped(state);
    cr_expect(endpoint->stopped);

    cr_assert(sandbox_state_send(endpoint, sandbox_state_event_at(state, 3), now));
    cr_expect_eq(deliver(state, now, "500"), 0, "not immediate");
    now += SANDBOX_SEND_DELAY_MS;
    cr_expect_eq(deliver(state, now, "500"), 3);
    cr_expect_eq(deliver(state, now + 1000000, "200"), 0, "one attempt, and still stopped");

    cr_assert(sandbox_state_send(endpoint, sandbox_state_event_at(state, 3), now));
    now += SANDBOX_SEND_DELAY_MS;
    cr_expect_eq(deliver(state, now, "200"), 3);
    cr_expect_eq(deliver(state, now, "200"), 1, "the send has not touched the queue");
    cr_expect_eq(deliver(state, now, "200"), 2);
    cr_expect_eq(deliver(state, now, "200"), 3);
    sandbox_state_free(state);
}

Test(sandbox_state, a_send_works_while_disabled)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    endpoint->active = false;
    happen(state, 2);
    cr_assert(sandbox_state_send(endpoint, sandbox_state_event_at(state, 2), T0));
    cr_expect_eq(sandbox_state_next_ms(state), T0 + SANDBOX_SEND_DELAY_MS);
    cr_expect_eq(deliver(state, T0 + SANDBOX_SEND_DELAY_MS, "200"), 2);
    cr_expect_eq(deliver(state, T0 + SANDBOX_SEND_DELAY_MS, "200"), 0);
    for (int i = 0; i < SANDBOX_SENDS_MAX; i++)
        cr_assert(sandbox_state_send(endpoint, sandbox_state_event_at(state, 1), T0));
    cr_expect_not(sandbox_state_send(endpoint, sandbox_state_event_at(state, 1), T0));
    sandbox_state_free(state);
}

Test(sandbox_state, logs_are_newest_first_and_bounded)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    happen(state, SANDBOX_LOGS_MAX + 5);
    for (int64_t n = 0; n < SANDBOX_LOGS_MAX + 5; n++)
        cr_assert(deliver(state, T0 + n, "200"));
    cr_expect_eq(sandbox_endpoint_log(endpoint, 0)->created_ms, T0 + SANDBOX_LOGS_MAX + 4);
    cr_expect_eq(sandbox_endpoint_log(endpoint, SANDBOX_LOGS_MAX - 1)->created_ms, T0 + 5);
    cr_expect_null(sandbox_endpoint_log(endpoint, SANDBOX_LOGS_MAX));
    cr_expect_str_eq(sandbox_endpoint_log(endpoint, 0)->body, "ok");
    sandbox_state_free(state);
}

Test(sandbox_state, a_long_answer_is_cut)
{
    static char answer[SANDBOX_LOG_BODY_MAX * 4];
    memset(answer, 'x', sizeof answer);
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    happen(state, 1);
    struct sandbox_attempt attempt;
    cr_assert(sandbox_state_take(state, T0, &attempt));
    sandbox_state_finish(state, &attempt, T0, "200", answer, sizeof answer);
    cr_expect_eq(sandbox_endpoint_log(endpoint, 0)->body_length, SANDBOX_LOG_BODY_MAX);
    sandbox_state_free(state);
}

Test(sandbox_state, the_oldest_events_are_forgotten_delivered_or_not)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    happen(state, 1);
    cr_expect_eq(deliver(state, T0, "500"), 1);
    char oldest[SANDBOX_ID_SIZE];
    memcpy(oldest, sandbox_state_event_at(state, 1)->id, sizeof oldest);
    struct sandbox_attempt attempt;
    cr_assert(sandbox_state_take(state, T0 + 2000, &attempt));
    happen(state, SANDBOX_EVENTS_MAX);
    cr_expect_null(sandbox_state_event(state, oldest));
    cr_expect_eq(sandbox_state_first(state), 2);
    cr_expect_eq(strncmp(attempt.body, "{\"api_version\"", 14), 0, "it is still delivered whole");
    sandbox_state_finish(state, &attempt, T0 + 2000, "500", NULL, 0);
    cr_expect_eq(deliver(state, T0 + 2000, "200"), 2, "and holds nothing up");
    cr_expect_eq(endpoint->tries, 0);
    sandbox_state_free(state);
}

Test(sandbox_state, an_attempt_may_outlive_its_endpoint)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    happen(state, 1);
    struct sandbox_attempt attempt;
    cr_assert(sandbox_state_take(state, T0, &attempt));
    sandbox_state_delete(state, endpoint);
    sandbox_state_finish(state, &attempt, T0, "200", NULL, 0);
    cr_expect_eq(sandbox_state_endpoint_count(state), 0);
    sandbox_state_free(state);
}

Test(sandbox_state, endpoints_are_bounded_and_differ)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    for (int i = 0; i < SANDBOX_ENDPOINTS_MAX; i++)
        subscribe(state, 1, false);
    struct sandbox_subscription more = {.url = "https://a.example", .public_pem = "a key"};
    cr_expect_null(sandbox_state_create(state, &more, T0));
    for (size_t i = 1; i < SANDBOX_ENDPOINTS_MAX; i++)
        cr_expect_str_neq(sandbox_state_endpoint_at(state, i)->id,
                          sandbox_state_endpoint_at(state, i - 1)->id);
    sandbox_state_free(state);
}

Test(sandbox_state, events_come_at_the_rate_and_at_their_own_times)
{
    struct sandbox_state *often = sandbox_state_new(9, 60, T0);
    struct sandbox_state *once = sandbox_state_new(9, 60, T0);
    for (int64_t now = T0; now <= T0 + 120000; now += 100)
        sandbox_state_advance(often, now);
    sandbox_state_advance(once, T0 + 120000);
    int64_t end = sandbox_state_end(once);
    cr_expect(end > 100 && end < 140, "%d events in two minutes", (int)end);
    cr_expect_eq(sandbox_state_end(often), end);
    for (int64_t n = 1; n < end; n++)
        cr_expect_str_eq(sandbox_state_event_at(often, n)->json,
                         sandbox_state_event_at(once, n)->json);
    cr_expect_gt(sandbox_state_next_ms(once), T0 + 120000);
    sandbox_state_free(often);
    sandbox_state_free(once);
}

Test(sandbox_state, a_machine_that_slept_does_not_make_up_for_all_of_it)
{
    struct sandbox_state *state = sandbox_state_new(9, 600, T0);
    int64_t day = 24 * 3600 * INT64_C(1000);
    sandbox_state_advance(state, T0 + day);
    cr_expect_leq(sandbox_state_end(state), 1001);
    cr_expect_gt(sandbox_state_next_ms(state), T0 + day);
    sandbox_state_free(state);
}

Test(sandbox_state, a_reserve_is_kept_queued)
{
    struct sandbox_state *state = sandbox_state_new(1, 0, T0);
    struct sandbox_endpoint *endpoint = subscribe_all(state);
    endpoint->reserve = 4;
    happen(state, 4);
    cr_expect_eq(deliver(state, T0, "200"), 0);
    cr_expect_eq(sandbox_state_next_ms(state), INT64_MAX);
    happen(state, 1);
    cr_expect_eq(deliver(state, T0, "200"), 1);
    cr_expect_eq(deliver(state, T0, "200"), 0);
    sandbox_state_free(state);
}
