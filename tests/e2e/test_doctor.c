/* What is said of a delivery that is not genuine, in the inspector, for each of the sender's ways.
 */
#include "api/signing.h"
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct session session;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
}

TestSuite(doctor, .fini = tear_down, .timeout = 200);

static void start(void)
{
    static const char *const MORE[] = {"--public-key", "key.pem", NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session,
                  (struct session_options){.listening_only = true, .width = 160, .height = 50});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, MORE);
    cr_assert(screen_keys(session.screen, "4"));
}

static void expect(enum sender_way way, const char *words)
{
    static unsigned number;
    char body[64], id[24];
    struct http_answer answer;
    struct error error;
    (void)snprintf(id, sizeof id, "wh_%u", ++number);
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", id);
    cr_assert(sender_deliver(sender, way, session.port, "/x", body, &answer, &error), "%s",
              error.message);
    cr_expect_eq(answer.status, 400);
    http_answer_clear(&answer);
    cr_assert(session_shows(&session, id));
    cr_assert(session_keys_show(&session, "4G\r", "Verification"));
    cr_expect(session_shows(&session, words));
    cr_expect(session_shows(&session, "to do"));
    cr_expect(screen_row_with(session.screen, "✓ verified", NULL) < 0, "a hint is no verdict");
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Verification"));
}

Test(doctor, the_inspector_says_why)
{
    start();
    expect(SENDER_SINGLE_HASH, "It is signed over one SHA-256");
    expect(SENDER_STALE, "t is 50 min");
    expect(SENDER_FUTURE, "that it may be ahead");
    expect(SENDER_NO_HEADER, "there is no X-Webhook-Signature header");
    expect(SENDER_BAD_HEADER, "cannot be read");
    expect(SENDER_TWO_HEADERS, "comes 2 times");
    expect(SENDER_WRONG_KEY, "No change that was tried makes it fit");
    session_quit(&session);
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Signed with the key of one endpoint, to the path of another. */
static void deliver_signed(const struct signing_key *key, const char *id)
{
    char body[64], header[2048], url[64];
    struct http_answer answer;
    struct error error;
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", id);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/here", session.port);
    char *value = signing_key_sign(key, now_ms(), body, strlen(body));
    (void)snprintf(header, sizeof header, CONTRACT_SIGNATURE_HEADER ": %s", value);
    const char *const headers[] = {header, NULL};
    const struct http_request request = {"POST", url, headers, body, strlen(body)};
    cr_assert(http_ask(&request, &answer, &error), "%s", error.message);
    cr_expect_eq(answer.status, 400);
    http_answer_clear(&answer);
    free(value);
}

static void expect_diagnosis(const char *id, const char *words)
{
    cr_assert(session_shows(&session, id));
    cr_assert(session_keys_show(&session, "4G\r", "Verification"));
    cr_expect(session_shows(&session, words), "%s", words);
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Verification"));
}

/* The keys that the sandbox's endpoints have, and the one of an endpoint that was deleted. */
Test(doctor, another_endpoints_key_and_one_of_an_endpoint_that_is_gone)
{
    char here[CONTRACT_ID_MAX + 1], there[CONTRACT_ID_MAX + 1], line[160], path[128];
    session_begin(&session, (struct session_options){.width = 200, .height = 50});
    session_endpoint(&session, "/here", true, here);
    session_endpoint(&session, "/there", true, there);
    struct signing_key *key = signing_key_generate(NULL);
    char *pem = signing_key_private_pem(key);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "private_key", pem);
    char *json = cJSON_PrintUnformatted(body);
    (void)snprintf(path, sizeof path, "/sandbox/webhooks/%s", there);
    cr_assert_eq(sandbox_client_ask(session.sandbox, "PUT", path, json, NULL), 200);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "● active", there));
    deliver_signed(key, "wh_others");
    (void)snprintf(line, sizeof line, "This is %s's signature, though it came to /here: its URL",
                   there);
    expect_diagnosis("wh_others", line);
    (void)snprintf(path, sizeof path, "/v0/webhooks/%s", there);
    cr_assert_eq(sandbox_client_ask(session.sandbox, "DELETE", path, NULL, NULL), 200);
    cr_assert(session_shows(&session, "is no longer there"));
    deliver_signed(key, "wh_old");
    (void)snprintf(line, sizeof line, "This is the signature of %s, an endpoint that is no longer",
                   there);
    expect_diagnosis("wh_old", line);
    cJSON_free(json);
    cJSON_Delete(body);
    free(pem);
    signing_key_free(key);
    session_quit(&session);
}
