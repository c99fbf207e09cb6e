/* When Bridge does not answer as it should: actions are retried without being done twice, refusals
   are told in Bridge's words, and an API that is away is said to be, until it is back. */
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct session session;
static char id[CONTRACT_ID_MAX + 1];
static char event[CONTRACT_ID_MAX + 1]; /* upcoming */

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(faults, .fini = tear_down, .timeout = 100);

static void start(void)
{
    session_begin(&session, (struct session_options){.width = 200, .height = 40});
    session_endpoint(&session, "/here", false, id);
    session_event(&session, "transfer", event);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "2 Upcoming", " 1 ─┐"));
    cr_assert(sandbox_client_forget(session.sandbox));
}

/* The changes on record are one request, made again and again: answered with these statuses (0:
   not at all), and with one and the same Idempotency-Key if it is a POST. */
static void expect_attempts(const char *method, const char *rest, const char *body,
                            const int *statuses, int count)
{
    char path[SESSION_PATH_SIZE];
    cJSON *changes = session_changes(&session);
    cr_expect_eq(cJSON_GetArraySize(changes), count, "%d changes are on record, not %d",
                 cJSON_GetArraySize(changes), count);
    const char *key = session_idempotency_key(cJSON_GetArrayItem(changes, 0));
    for (int i = 0; i < count && i < cJSON_GetArraySize(changes); i++) {
        const cJSON *request = cJSON_GetArrayItem(changes, i);
        cr_expect(session_is_request(request, method, session_path(path, id, rest), body));
        cr_expect_eq(session_status(request), statuses[i], "attempt %d", i);
        cr_expect_str_eq(session_idempotency_key(request), key, "attempt %d", i);
    }
    cJSON_Delete(changes);
}

static void expect_sent_after(const char *fault, const int *statuses, int count)
{
    char body[96], words[160];
    start();
    cr_assert(sandbox_client_fault(session.sandbox, fault));
    cr_assert(session_keys_show(&session, "s", "Send event"));
    cr_assert(screen_keys(session.screen, "y"));
    (void)snprintf(words, sizeof words, "sent %s to %s", event, id);
    cr_expect(session_shows(&session, words));
    cr_expect(screen_sent(session.screen, "; next try in"), "it said what it waited for");
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", event);
    expect_attempts("POST", "/send", body, statuses, count);
}

Test(faults, a_500_is_retried_with_the_same_idempotency_key)
{
    static const int STATUSES[] = {500, 500, 200};
    expect_sent_after("{\"kind\":\"500\",\"count\":2,\"method\":\"POST\",\"path\":\"/webhooks\"}",
                      STATUSES, 3);
}

Test(faults, an_answer_that_was_lost_does_not_send_twice)
{
    static const int STATUSES[] = {500, 200};
    expect_sent_after("{\"kind\":\"500\",\"method\":\"POST\",\"path\":\"/webhooks\","
                      "\"performed\":true}",
                      STATUSES, 2);
    cr_expect(session_shows_row(&session, "✓ verified", "/here"));
    cr_expect(session_follows(&session, "3 Deliveries", 1));
    (void)session_changes_after_poll(&session);
    cr_expect(session_shows(&session, "1 arrived, 0 refused"));
}

Test(faults, a_429_is_retried_when_it_says)
{
    char words[96];
    start();
    cr_assert(sandbox_client_fault(session.sandbox,
                                   "{\"kind\":\"429\",\"method\":\"PUT\",\"path\":\"/webhooks\","
                                   "\"retry_after\":3}"));
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_assert(screen_keys(session.screen, "y"));
    (void)snprintf(words, sizeof words, "%s is active", id);
    cr_expect(session_shows(&session, words));
    cr_expect(screen_sent(session.screen, "429 Too many requests (rate_limited); next try in 3 s"));
    static const int STATUSES[] = {429, 200};
    expect_attempts("PUT", "", "{\"status\":\"active\"}", STATUSES, 2);

    cJSON *changes = session_changes(&session);
    int64_t times[2] = {0};
    for (int i = 0; i < 2; i++) {
        const cJSON *at = cJSON_GetObjectItem(cJSON_GetArrayItem(changes, i), "received_at");
        cr_expect(contract_time_parse(cJSON_GetStringValue(at), &times[i]));
    }
    cr_expect(times[1] - times[0] >= 3000, "after %d ms", (int)(times[1] - times[0]));
    cJSON_Delete(changes);
}

Test(faults, a_connection_that_drops_is_tried_again)
{
    start();
    cr_assert(sandbox_client_fault(
        session.sandbox,
        "{\"kind\":\"drop\",\"count\":2,\"method\":\"PUT\",\"path\":\"/webhooks\"}"));
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_expect(session_keys_show(&session, "y", "is active: Bridge delivers to it"));
    static const int STATUSES[] = {0, 0, 200};
    expect_attempts("PUT", "", "{\"status\":\"active\"}", STATUSES, 3);
}

Test(faults, what_fails_each_time_is_given_up_and_told)
{
    start();
    cr_assert(sandbox_client_fault(
        session.sandbox,
        "{\"kind\":\"html\",\"count\":100,\"method\":\"PUT\",\"path\":\"/webhooks\"}"));
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_assert(screen_keys(session.screen, "y"));
    cr_expect(session_shows_row(&session, "could not enable", "502"));
    cr_expect(session_shows_row(&session, "○ disabled", id));
    static const int STATUSES[] = {502, 502, 502, 502};
    expect_attempts("PUT", "", "{\"status\":\"active\"}", STATUSES, 4);
}

Test(faults, a_refusal_is_told_in_Bridges_words_and_not_retried)
{
    char path[SESSION_PATH_SIZE];
    session_begin(&session, (struct session_options){.width = 200, .height = 40, .poll = "3600"});
    session_endpoint(&session, "/here", false, id);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "○ disabled", id));
    cr_assert_eq(
        sandbox_client_ask(session.sandbox, "DELETE", session_path(path, id, ""), NULL, NULL), 200);
    cr_assert(sandbox_client_forget(session.sandbox));
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_assert(screen_keys(session.screen, "y"));
    cr_expect(session_shows_row(&session, "could not enable", "Unknown webhook id"));
    cr_expect(screen_wait_no_text(session.screen, "/here", SESSION_LIMIT_MS), "the list is asked");
    static const int STATUSES[] = {404};
    expect_attempts("PUT", "", "{\"status\":\"active\"}", STATUSES, 1);
}

Test(faults, a_deletion_whose_answer_was_lost_is_a_deletion)
{
    char words[96];
    start();
    cr_assert(sandbox_client_fault(session.sandbox, "{\"kind\":\"drop\",\"method\":\"DELETE\","
                                                    "\"path\":\"/webhooks\",\"performed\":true}"));
    cr_assert(session_keys_show(&session, "D", "Delete endpoint"));
    cr_assert(session_keys_show(&session, id + strlen(id) - 4, "Enter delete it"));
    (void)snprintf(words, sizeof words, "%s is deleted", id);
    cr_expect(session_press_shows(&session, SCREEN_ENTER, words));
    static const int STATUSES[] = {0, 404};
    expect_attempts("DELETE", "", NULL, STATUSES, 2);
}

Test(faults, an_api_that_is_away_is_said_to_be_and_comes_back)
{
    char away[64];
    session_begin(&session, (struct session_options){.demo = true, .width = 200, .height = 40});
    session_open(&session, NULL);
    cr_assert(session_keys_show(&session, "j", "/webhooks/cards"));
    cr_assert(session_selects(&session, "/webhooks/cards"));

    session_api_stop(&session);
    (void)snprintf(away, sizeof away, "cannot reach 127.0.0.1:%u", (unsigned)session.api_port);
    cr_expect(session_shows_row(&session, away, "API fails, next try"));
    cr_expect(session_shows_row(&session, away, "last success"));
    cr_expect(session_selects(&session, "/webhooks/cards"), "what was known stays");
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "─ Endpoint wep_"));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "─ Endpoint wep_"));

    session_api_start(&session); /* the same seed: the same endpoints */
    cr_expect(session_shows(&session, "API ok"));
    cr_expect(session_selects(&session, "/webhooks/cards"));
    cr_expect(screen_wait_no_text(session.screen, "cannot reach", SESSION_LIMIT_MS));
}

Test(faults, an_api_that_was_never_there_is_waited_for)
{
    session_begin(&session, (struct session_options){.demo = true, .width = 200, .height = 40});
    session_api_stop(&session);
    session_open_away(&session, NULL);
    cr_expect(session_shows_row(&session, "API fails, next try", "cannot reach"));
    cr_expect(session_shows(&session, "listening 127.0.0.1"));
    session_api_start(&session);
    cr_assert(screen_keys(session.screen, "R"));
    cr_expect(session_shows(&session, "API ok"));
    cr_expect(session_shows(&session, "/webhooks/payments"));
}

Test(faults, a_poll_that_fails_is_told_in_words)
{
    start();
    cr_assert(sandbox_client_fault(session.sandbox,
                                   "{\"kind\":\"500\",\"count\":1000,\"path\":\"/webhooks\"}"));
    cr_expect(session_shows_row(&session, "API fails", "An expected error occurred"));
    cr_expect(session_shows_row(&session, "API fails", "next try in"));
    cr_assert(sandbox_client_fault(session.sandbox, "{\"kind\":\"none\",\"path\":\"/webhooks\"}"));
    cr_assert(screen_keys(session.screen, "R"));
    cr_expect(session_shows(&session, "API ok"));
}
