#include "api/backoff.h"
#include "api/client.h"
#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char KEY[] = "sk-live-0123456789abcdef";
static const char WEBHOOK[] =
    "{\"id\":\"wep_123\",\"url\":\"https://a.example/h\",\"status\":\"disabled\","
    "\"public_key\":\"-----BEGIN PUBLIC KEY-----\\\\nAA\\\\n-----END PUBLIC KEY-----\","
    "\"event_categories\":[\"customer\"]}";

static uv_loop_t loop;
static struct http_script script;
static struct client *client;
static bool client_closed;
static uint64_t random_bits;

static int64_t fixed_wall(void *context)
{
    (void)context;
    return INT64_C(1714672099465);
}

static uint64_t fixed_steady(void *context)
{
    (void)context;
    return 0;
}

/* splitmix64: enough for identifiers that must differ. */
static uint64_t next_random(void *context)
{
    uint64_t *state = context;
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct client_config config_for(const char *base_url)
{
    return (struct client_config){
        .base_url = base_url,
        .api_key = KEY,
        .ambient = {.wall_ms = fixed_wall,
                    .steady_us = fixed_steady,
                    .random_u64 = next_random,
                    .context = &random_bits},
        .retry_first_ms = 2,
        .timeout_ms = 5000,
        .answer_max = 100000,
    };
}

static void note_closed(void *context)
{
    *(bool *)context = true;
}

static void set_up(void)
{
    uv_loop_init(&loop);
    http_script_start(&script, &loop);
    char base[128];
    (void)snprintf(base, sizeof base, "%s/v0", script.url);
    struct client_config config = config_for(base);
    struct error error;
    client = client_new(&loop, &config, &error);
    cr_assert_not_null(client, "%s", error.message);
}

static void tear_down(void)
{
    if (client != NULL)
        client_close(client, note_closed, &client_closed);
    http_script_stop(&script);
    run_dry(&loop);
    cr_assert(client_closed);
}

/* For tests that need a client of another kind than set_up() makes. */
static void make_again(const struct client_config *config)
{
    bool closed = false;
    client_close(client, note_closed, &closed);
    run_until(&loop, &closed);
    struct error error;
    client = client_new(&loop, config, &error);
    cr_assert_not_null(client, "%s", error.message);
}

TestSuite(client, .init = set_up, .fini = tear_down);

/* --- what a callback was told ---------------------------------------------------- */

struct told {
    bool done;
    unsigned calls;
    struct api_result result; /* its pointers are gone after the callback */
    size_t count;             /* of whichever list came */
    char id[64];
    char message[256];
    enum webhook_status status;
    unsigned pauses;
    char pause[ERROR_MAX + 64]; /* the last line before a retry */
};

static void tell(struct api_result *result, void *context)
{
    struct told *told = context;
    told->done = true;
    told->calls++;
    told->result = *result;
    told->count = result->webhooks.count + result->events.count + result->logs.count;
    told->status = result->webhook.status;
    (void)snprintf(told->id, sizeof told->id, "%s", result->webhook.id ? result->webhook.id : "");
    (void)snprintf(told->message, sizeof told->message, "%s",
                   result->message ? result->message : "");
    cr_assert_null(strstr(result->error.message, KEY), "the key in an error");
    cr_assert_null(strstr(told->message, KEY), "the key in a message");
}

static void tell_pause(const char *line, void *context)
{
    struct told *told = context;
    told->pauses++;
    (void)snprintf(told->pause, sizeof told->pause, "%s", line);
    cr_assert_null(strstr(line, KEY), "the key in a line");
}

static struct told ask(const struct api_request *request)
{
    struct told told = {0};
    cr_assert_neq(client_call(client, request, tell, tell_pause, &told), 0);
    cr_assert(!told.done, "a callback before client_call() returned");
    run_until(&loop, &told.done);
    cr_assert_eq(told.calls, 1);
    return told;
}

static const char *words(const struct told *told)
{
    return told->result.error.message;
}

static void expect(const struct told *told, enum api_outcome outcome, const char *part)
{
    cr_assert_eq(told->result.outcome, outcome, "%d: %s", (int)told->result.outcome, words(told));
    if (part != NULL)
        cr_assert_not_null(strstr(words(told), part), "%s", words(told));
}

static void expect_request(unsigned index, const char *method, const char *target)
{
    cr_assert_lt(index, script.request_count);
    cr_assert_str_eq(script.requests[index].method, method);
    cr_assert_str_eq(script.requests[index].target, target);
}

static const char *header_of(unsigned index, const char *name)
{
    static char values[4][256];
    static unsigned turn;
    char *value = values[turn++ % 4];
    return script_header(&script.requests[index], name, value, sizeof values[0]);
}

static const struct api_request LIST = {.call = API_LIST_WEBHOOKS, .attempts = 1};

static struct api_request removal(void)
{
    return (struct api_request){
        .call = API_DELETE_WEBHOOK, .webhook_id = "wep_123", .attempts = CLIENT_ACTION_ATTEMPTS};
}

static struct api_request sending(void)
{
    return (struct api_request){.call = API_SEND_EVENT,
                                .webhook_id = "wep_123",
                                .event_id = "wh_t8TAhPPYrRV2v8Asi9ed3sw",
                                .attempts = CLIENT_ACTION_ATTEMPTS};
}

/* --- each call of the contract ------------------------------------------------------- */

Test(client, lists_webhooks)
{
    char body[1024];
    (void)snprintf(body, sizeof body, "{\"count\":1,\"data\":[%s]}", WEBHOOK);
    http_script_answer(&script, 200, "Date: Thu, 02 May 2024 17:48:19 GMT\r\n", body);
    struct told told = ask(&LIST);
    expect(&told, API_OK, NULL);
    cr_assert_eq(told.count, 1);
    cr_assert_eq(told.result.http_status, 200);
    cr_assert_eq(told.result.attempts, 1);
    cr_assert_eq(told.result.server_date_ms, INT64_C(1714672099000));
    cr_assert_eq(told.result.retry_after_ms, -1);
    int64_t ahead_ms;
    told.result.latency_ms = 100;
    cr_expect(api_result_clock_ahead(&told.result, INT64_C(1714672100000), &ahead_ms));
    cr_expect_eq(ahead_ms, 1000 - 100 / 2 - 500, "halfway, and in the middle of the second");
    told.result.server_date_ms = -1;
    cr_expect_not(api_result_clock_ahead(&told.result, INT64_C(1714672100000), &ahead_ms));
    expect_request(0, "GET", "/v0/webhooks");
    cr_assert_str_eq(header_of(0, "Api-Key"), KEY);
    cr_assert_str_eq(header_of(0, "Accept"), "application/json");
    cr_assert_str_eq(header_of(0, "User-Agent"), "bridgetop/" BRIDGETOP_VERSION);
    cr_assert_null(header_of(0, "Idempotency-Key"));
    cr_assert_null(header_of(0, "Authorization"));
}

Test(client, reads_a_bare_array)
{
    char body[1024];
    (void)snprintf(body, sizeof body, "[%s,%s]", WEBHOOK, WEBHOOK);
    http_script_answer(&script, 200, NULL, body);
    struct told told = ask(&LIST);
    expect(&told, API_OK, NULL);
    cr_assert_eq(told.count, 2);
}

Test(client, creates)
{
    http_script_answer(&script, 201, NULL, WEBHOOK);
    char *items[] = {(char *)"customer", (char *)"transfer"};
    struct string_list categories = {.items = items, .count = 2};
    struct api_request request = {
        .call = API_CREATE_WEBHOOK,
        .url = "https://a.example/h",
        .epoch = "webhook_creation",
        .categories = &categories,
    };
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    cr_assert_str_eq(told.id, "wep_123");
    expect_request(0, "POST", "/v0/webhooks");
    cr_assert_str_eq(header_of(0, "Content-Type"), "application/json");
    const char *body = script.requests[0].body;
    cr_assert_not_null(strstr(body, "\"https://a.example/h\""), "%s", body);
    cr_assert_not_null(strstr(body, "\"event_epoch\":\"webhook_creation\""), "%s", body);
    cr_assert_not_null(strstr(body, "\"transfer\""), "%s", body);
}

Test(client, updates_without_an_idempotency_key)
{
    http_script_answer(&script, 200, NULL, WEBHOOK);
    struct api_request request = {
        .call = API_UPDATE_WEBHOOK, .webhook_id = "wep_123", .status = WEBHOOK_ACTIVE};
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    expect_request(0, "PUT", "/v0/webhooks/wep_123");
    cr_assert_str_eq(script.requests[0].body, "{\"status\":\"active\"}");
    cr_assert_null(header_of(0, "Idempotency-Key"));
}

Test(client, deletes)
{
    http_script_answer(&script, 200, NULL, "{\"id\":\"wep_123\",\"status\":\"deleted\"}");
    struct api_request request = removal();
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    cr_assert_eq(told.status, WEBHOOK_DELETED);
    expect_request(0, "DELETE", "/v0/webhooks/wep_123");
    cr_assert_null(header_of(0, "Idempotency-Key"));
}

Test(client, a_delete_without_a_body_names_what_was_deleted)
{
    http_script_answer(&script, 204, NULL, "");
    struct api_request request = removal();
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    cr_assert_str_eq(told.id, "wep_123");
    cr_assert_eq(told.status, WEBHOOK_DELETED);
}

Test(client, sends_an_event)
{
    http_script_answer(&script, 200, NULL, "{\"message\":\"Event is being sent\"}");
    struct api_request request = sending();
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    cr_assert_str_eq(told.message, "Event is being sent");
    expect_request(0, "POST", "/v0/webhooks/wep_123/send");
    cr_assert_str_eq(script.requests[0].body, "{\"event_id\":\"wh_t8TAhPPYrRV2v8Asi9ed3sw\"}");
}

Test(client, a_send_may_be_answered_without_words_but_not_with_a_page)
{
    http_script_answer(&script, 200, NULL, "{}");
    http_script_answer(&script, 202, NULL, "");
    http_script_answer(&script, 200, NULL, "<html>Log in to the network</html>");
    struct api_request request = sending();
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    told = ask(&request);
    expect(&told, API_OK, NULL);
    told = ask(&request);
    expect(&told, API_UNREADABLE, "expected a message");
}

Test(client, asks_for_upcoming_events_logs_and_all_events)
{
    http_script_answer(&script, 200, NULL, "{\"data\":[{\"event_id\":\"wh_1\"}]}");
    http_script_answer(&script, 200, NULL,
                       "{\"count\":1,\"data\":[{\"event_id\":\"wh_1\",\"status\":200}]}");
    http_script_answer(&script, 200, NULL, "{\"count\":0,\"data\":[]}");
    http_script_answer(&script, 200, NULL, "{\"count\":0,\"data\":[]}");
    struct api_request request = {.call = API_UPCOMING_EVENTS, .webhook_id = "wep_123"};
    struct told told = ask(&request);
    cr_assert_eq(told.count, 1);
    request.call = API_LOGS;
    told = ask(&request);
    cr_assert_eq(told.count, 1);
    request = (struct api_request){.call = API_LIST_EVENTS};
    told = ask(&request);
    expect(&told, API_OK, NULL);
    request = (struct api_request){.call = API_LIST_EVENTS,
                                   .limit = 500,
                                   .starting_after = "wh_1",
                                   .category = "liquidation_address.drain"};
    told = ask(&request);
    expect(&told, API_OK, NULL);
    expect_request(0, "GET", "/v0/webhooks/wep_123/events");
    expect_request(1, "GET", "/v0/webhooks/wep_123/logs");
    expect_request(2, "GET", "/v0/webhook_events");
    expect_request(3, "GET",
                   "/v0/webhook_events?limit=500&starting_after=wh_1"
                   "&category=liquidation_address.drain");
}

/* --- ids ------------------------------------------------------------------------------- */

Test(client, ids_are_percent_encoded)
{
    http_script_answer(&script, 200, NULL, "[]");
    struct api_request request = {.call = API_LOGS, .webhook_id = "a/b?c#d%e f&\xc3\xa9"};
    ask(&request);
    expect_request(0, "GET", "/v0/webhooks/a%2Fb%3Fc%23d%25e%20f%26%C3%A9/logs");
}

static void expect_refused(const struct api_request *request, const char *part)
{
    struct told told = ask(request);
    expect(&told, API_REFUSED, part);
    cr_assert_eq(told.result.http_status, 0);
    cr_assert_eq(script.accepted, 0);
}

Test(client, refuses_what_cannot_be_an_id)
{
    struct api_request request = {.call = API_LOGS, .attempts = CLIENT_ACTION_ATTEMPTS};
    expect_refused(&request, "the webhook's id is missing");
    request.webhook_id = "";
    expect_refused(&request, "the webhook's id is missing");
    request.webhook_id = "..";
    expect_refused(&request, "the webhook's id cannot be ..");
    request.webhook_id = ".";
    expect_refused(&request, "the webhook's id cannot be .");
    request.webhook_id = "a23456789012345678901234567890123456789012b";
    expect_refused(&request, "longer than 42 characters");
    request = sending();
    request.event_id = NULL;
    expect_refused(&request, "the event's id is missing");
    request = (struct api_request){.call = API_LIST_EVENTS, .limit = 501};
    expect_refused(&request, "the limit must be 1 to 500");
    request = (struct api_request){.call = API_CREATE_WEBHOOK, .url = "https://a.example"};
    expect_refused(&request, "needs a URL and an epoch");
}

Test(client, an_id_of_42_characters_is_one)
{
    http_script_answer(&script, 200, NULL, "[]");
    struct api_request request = {.call = API_LOGS,
                                  .webhook_id = "a23456789012345678901234567890123456789012"};
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
}

Test(client, read_only_refuses_every_change_and_asks_nobody)
{
    struct client_config config = config_for(script.url);
    config.read_only = true;
    make_again(&config);
    for (enum api_call call = API_LIST_WEBHOOKS; call <= API_LIST_EVENTS; call++) {
        if (!api_call_changes(call))
            continue;
        struct api_request request = sending();
        request.call = call;
        request.url = "https://a.example";
        request.epoch = "webhook_creation";
        expect_refused(&request, "read-only");
    }
    http_script_answer(&script, 200, NULL, "[]");
    struct told told = ask(&LIST);
    expect(&told, API_OK, NULL);
}

/* --- retries ------------------------------------------------------------------------------ */

static bool is_uuid_v4(const char *text)
{
    if (text == NULL || strlen(text) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL)
            return false;
    }
    return text[14] == '4' && strchr("89ab", text[19]) != NULL;
}

Test(client, retries_with_the_same_idempotency_key_and_takes_another_for_the_next_call)
{
    http_script_raw(&script, "", 0, SCRIPT_CLOSE);
    http_script_answer(&script, 503, NULL, "");
    http_script_answer(&script, 500, NULL, "{}");
    http_script_answer(&script, 200, NULL, "{\"message\":\"ok\"}");
    http_script_answer(&script, 200, NULL, "{\"message\":\"ok\"}");
    struct api_request request = sending();
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    cr_assert_eq(told.result.attempts, 4);
    cr_assert_eq(told.pauses, 3);
    const char *first = header_of(0, "Idempotency-Key");
    cr_assert(is_uuid_v4(first), "%s", first);
    for (unsigned i = 1; i < 4; i++) {
        cr_assert_str_eq(header_of(i, "Idempotency-Key"), first);
        cr_assert_str_eq(script.requests[i].body, script.requests[0].body);
    }
    ask(&request);
    const char *next = header_of(4, "Idempotency-Key");
    cr_assert(is_uuid_v4(next), "%s", next);
    cr_assert_str_neq(next, header_of(0, "Idempotency-Key"));
}

Test(client, gives_up_after_its_attempts_and_says_so)
{
    for (int i = 0; i < CLIENT_ACTION_ATTEMPTS; i++)
        http_script_answer(&script, 503, NULL, "");
    struct api_request request = sending();
    struct told told = ask(&request);
    expect(&told, API_UNAVAILABLE, "503 ");
    expect(&told, API_UNAVAILABLE, "(tried 4 times)");
    cr_assert_eq(told.result.http_status, 503);
    cr_assert_eq(script.request_count, (unsigned)CLIENT_ACTION_ATTEMPTS);
    cr_assert_not_null(strstr(told.pause, "503 "));
    cr_assert_not_null(strstr(told.pause, "; next try in 1 s"), "%s", told.pause);
}

Test(client, a_poll_is_not_retried)
{
    http_script_answer(&script, 500, NULL, "");
    struct told told = ask(&LIST);
    expect(&told, API_UNAVAILABLE, "500");
    cr_assert_null(strstr(words(&told), "tried"));
    cr_assert_eq(script.request_count, 1);
}

Test(client, other_4xx_are_final)
{
    const int statuses[] = {400, 401, 403, 404, 409, 422};
    for (unsigned i = 0; i < 6; i++) {
        http_script_answer(&script, statuses[i], NULL, "{}");
        struct api_request request = sending();
        struct told told = ask(&request);
        expect(&told, API_REFUSED, NULL);
        cr_assert_eq(told.result.http_status, statuses[i]);
        cr_assert_eq(script.request_count, i + 1);
    }
}

Test(client, a_retried_delete_that_is_answered_404_has_succeeded)
{
    http_script_raw(&script, "", 0, SCRIPT_CLOSE);
    http_script_answer(&script, 404, NULL, "{\"code\":\"not_found\",\"message\":\"no\"}");
    http_script_answer(&script, 404, NULL, "{\"code\":\"not_found\",\"message\":\"no\"}");
    struct api_request request = removal();
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    cr_assert_str_eq(told.id, "wep_123");
    cr_assert_eq(told.status, WEBHOOK_DELETED);
    told = ask(&request);
    expect(&told, API_REFUSED, "404");
}

/* libcurl itself repeats a request when a kept connection turns out to be closed. */
Test(client, a_delete_that_libcurl_repeated_and_that_is_answered_404_has_succeeded)
{
    http_script_answer(&script, 200, NULL, "[]");
    http_script_raw(&script, "", 0, SCRIPT_CLOSE);
    http_script_answer(&script, 404, NULL, "{\"code\":\"not_found\",\"message\":\"no\"}");
    ask(&LIST);
    struct api_request request = removal();
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
    cr_assert_eq(told.result.attempts, 1);
    cr_assert_eq(script.request_count, 3);
    cr_assert_eq(script.accepted, 2);
}

Test(client, waits_as_long_as_retry_after_asks)
{
    http_script_answer(&script, 429, "Retry-After: 1\r\n", "");
    http_script_answer(&script, 200, NULL, "{\"message\":\"ok\"}");
    struct api_request request = sending();
    uint64_t before = uv_hrtime();
    struct told told = ask(&request);
    uint64_t waited_ms = (uv_hrtime() - before) / 1000000;
    expect(&told, API_OK, NULL);
    cr_assert_geq(waited_ms, 990);
    cr_assert_not_null(strstr(told.pause, "429 "));
    cr_assert_not_null(strstr(told.pause, "next try in 1 s"), "%s", told.pause);
}

static void answer_429(const char *headers, int64_t pause)
{
    http_script_answer(&script, 429, headers, "");
    struct told told = ask(&LIST);
    expect(&told, API_UNAVAILABLE, "429");
    cr_assert_eq(told.result.retry_after_ms, pause, "%ld", (long)told.result.retry_after_ms);
}

Test(client, hands_on_what_the_server_asked_for)
{
    answer_429("Retry-After: 7\r\n", 7000);
    answer_429("Retry-After: Thu, 02 May 2024 17:48:29 GMT\r\n", 9535);
    answer_429("Retry-After: 86400\r\n", BACKOFF_RETRY_AFTER_MAX_MS);
    answer_429("Retry-After: nonsense\r\n", -1);
    answer_429("X-RateLimit-Reset: 30\r\n", 30000);
    answer_429("Retry-After: 7\r\nX-RateLimit-Reset: 30\r\n", 7000);
    answer_429(NULL, -1);
}

/* A person would take the program for dead; the poller obeys the pause by itself. */
Test(client, a_pause_that_is_longer_than_a_person_waits_ends_the_call)
{
    http_script_answer(&script, 429, "Retry-After: 900\r\n", "");
    struct api_request request = sending();
    struct told told = ask(&request);
    expect(&told, API_UNAVAILABLE, "429 ");
    expect(&told, API_UNAVAILABLE, "; Bridge asks to wait 15 min");
    cr_assert_null(strstr(words(&told), "tried"), "%s", words(&told));
    cr_assert_eq(told.result.retry_after_ms, 900 * 1000);
    cr_assert_eq(told.result.attempts, 1);
    cr_assert_eq(told.pauses, 0);
    cr_assert_eq(script.request_count, 1);

    http_script_answer(&script, 500, NULL, "");
    http_script_answer(&script, 503, "Retry-After: 61\r\n", "");
    told = ask(&request);
    expect(&told, API_UNAVAILABLE, " (tried 2 times); Bridge asks to wait 61 s");
    cr_assert_eq(script.request_count, 3);

    /* A poll waits outside: its words are the answer's alone. */
    http_script_answer(&script, 429, "Retry-After: 900\r\n", "");
    told = ask(&LIST);
    cr_assert_null(strstr(words(&told), "asks"), "%s", words(&told));
}

Test(client, the_longest_pause_that_a_person_waits_is_waited)
{
    http_script_answer(&script, 429, "Retry-After: 60\r\n", "");
    struct api_request request = sending();
    struct told told = {0};
    uint64_t handle = client_call(client, &request, tell, tell_pause, &told);
    run_until_count(&loop, &told.pauses, 1);
    cr_assert_not_null(strstr(told.pause, "; next try in 60 s"), "%s", told.pause);
    client_cancel(client, handle);
    cr_assert(!told.done);
}

/* --- what goes wrong on the way -------------------------------------------------------------- */

Test(client, an_answer_that_does_not_come_is_a_time_out)
{
    struct client_config config = config_for(script.url);
    config.timeout_ms = 500; /* connecting is over by then, also under valgrind */
    make_again(&config);
    struct told told = ask(&LIST);
    expect(&told, API_UNAVAILABLE, "no answer from 127.0.0.1:");
    cr_assert_eq(told.result.http_status, 0);
}

Test(client, a_dropped_connection_can_be_tried_again)
{
    http_script_raw(&script, "", 0, SCRIPT_RESET);
    http_script_answer(&script, 200, NULL, "[]");
    struct api_request request = LIST;
    request.attempts = 2;
    struct told told = ask(&request);
    expect(&told, API_OK, NULL);
}

Test(client, a_page_of_html_is_told_by_its_status_line)
{
    http_script_answer(&script, 502, "Content-Type: text/html\r\n",
                       "<html><body>upstream gone</body></html>");
    struct told told = ask(&LIST);
    expect(&told, API_UNAVAILABLE, "502 bad gateway");
    cr_assert_null(strchr(words(&told), '<'));
    http_script_answer(&script, 200, "Content-Type: text/html\r\n", "<html>log in</html>");
    told = ask(&LIST);
    expect(&told, API_UNREADABLE, "the answer cannot be read: expected a list of webhooks");
}

Test(client, an_answer_of_another_shape_says_what_was_expected)
{
    http_script_answer(&script, 200, NULL, "{\"webhooks\":[]}");
    struct told told = ask(&LIST);
    expect(&told, API_UNREADABLE, "expected a list of webhooks");
    http_script_answer(&script, 200, NULL, "");
    struct api_request request = {
        .call = API_UPDATE_WEBHOOK, .webhook_id = "wep_123", .status = WEBHOOK_ACTIVE};
    told = ask(&request);
    expect(&told, API_UNREADABLE, "expected a webhook");
}

Test(client, a_huge_answer_is_refused)
{
    struct client_config config = config_for(script.url);
    config.answer_max = 20;
    make_again(&config);
    http_script_answer(&script, 200, NULL, "[                    ]");
    struct told told = ask(&LIST);
    expect(&told, API_UNREADABLE, "larger than 20 bytes");
}

Test(client, a_redirect_is_not_followed_and_the_key_stays_here)
{
    struct http_script elsewhere;
    http_script_start(&elsewhere, &loop);
    char headers[128];
    (void)snprintf(headers, sizeof headers, "Location: %s/v0/webhooks\r\n", elsewhere.url);
    http_script_answer(&script, 302, headers, "");
    struct told told = ask(&LIST);
    expect(&told, API_UNREADABLE, "a redirect, which is not followed");
    cr_assert_eq(script.request_count, 1);
    cr_assert_eq(elsewhere.accepted, 0);
    http_script_stop(&elsewhere);
}

Test(client, bridges_own_words_reach_the_caller)
{
    http_script_answer(&script, 400, NULL,
                       "{\"code\":\"invalid_parameters\",\"message\":\"url must be https\"}");
    struct told told = ask(&LIST);
    expect(&told, API_REFUSED, "url must be https");
}

/* tell() and tell_pause() look for the key in everything they are told. */
Test(client, a_server_that_quotes_the_key_does_not_make_it_appear)
{
    char body[2048];
    (void)snprintf(body, sizeof body, "{\"code\":\"k\",\"message\":\"%s is no key, %s\"}", KEY,
                   KEY);
    http_script_answer(&script, 401, NULL, body);
    struct told told = ask(&LIST);
    expect(&told, API_REFUSED, "************************ is no key");

    /* One character of it spelled as JSON may. */
    (void)snprintf(body, sizeof body, "{\"message\":\"\\u0073%s is no key\"}", KEY + 1);
    http_script_answer(&script, 401, NULL, body);
    told = ask(&LIST);
    expect(&told, API_REFUSED, "************************ is no key");

    /* So far into the message that the line is cut inside the key. */
    for (int before = ERROR_MAX - 40; before < ERROR_MAX + 10; before++) {
        (void)snprintf(body, sizeof body, "{\"message\":\"%*s %s\"}", before, "x", KEY);
        for (char *c = body + 12; *c == ' '; c++)
            *c = 'x';
        http_script_answer(&script, 401, "Connection: close\r\n", body);
        told = ask(&LIST);
        cr_assert_null(strstr(words(&told), "sk-live"), "%s", words(&told));
        script.request_count = 0;
    }

    (void)snprintf(body, sizeof body, "{\"message\":\"sent with %s\"}", KEY);
    http_script_answer(&script, 200, NULL, body);
    struct api_request request = sending();
    told = ask(&request);
    cr_assert_str_eq(told.message, "sent with ************************");
}

/* --- one connection, many calls -----------------------------------------------------------------
 */

Test(client, many_calls_share_one_connection)
{
    enum { MANY = 20 };
    struct told told[MANY] = {0};
    for (int i = 0; i < MANY; i++) {
        http_script_answer(&script, 200, NULL, "[]");
        client_call(client, &LIST, tell, NULL, &told[i]);
    }
    for (int i = 0; i < MANY; i++)
        run_until(&loop, &told[i].done);
    cr_assert_eq(script.accepted, 1);
    cr_assert_eq(script.request_count, (unsigned)MANY);
}

Test(client, an_action_does_not_wait_behind_polls_that_hang)
{
    struct told polls[3] = {0};
    uint64_t handles[3];
    http_script_raw(&script, "", 0, SCRIPT_KEEP);
    http_script_answer(&script, 200, NULL, "{\"message\":\"ok\"}");
    for (int i = 0; i < 3; i++)
        handles[i] = client_call(client, &LIST, tell, NULL, &polls[i]);
    run_until_count(&loop, &script.request_count, 1);
    struct api_request request = sending();
    struct told action = ask(&request);
    expect(&action, API_OK, NULL);
    cr_assert_str_eq(script.requests[1].method, "POST");
    cr_assert_eq(script.request_count, 2);
    cr_assert_eq(script.accepted, 2);
    for (int i = 0; i < 3; i++)
        client_cancel(client, handles[i]);
    cr_assert(!polls[0].done && !polls[1].done && !polls[2].done);
}

/* --- cancelling and closing
 * ----------------------------------------------------------------------- */

Test(client, a_cancelled_call_is_silent_at_every_stage)
{
    struct told told[3] = {0};
    struct api_request refused = {.call = API_LOGS};
    uint64_t first = client_call(client, &refused, tell, NULL, &told[0]);
    client_cancel(client, first);
    client_cancel(client, first);
    client_cancel(client, 777);

    uint64_t second = client_call(client, &LIST, tell, NULL, &told[1]);
    run_until_count(&loop, &script.request_count, 1);
    client_cancel(client, second);

    http_script_answer(&script, 503, "Retry-After: 30\r\n", "");
    struct api_request request = sending();
    uint64_t third = client_call(client, &request, tell, tell_pause, &told[2]);
    run_until_count(&loop, &told[2].pauses, 1);
    client_cancel(client, third);

    http_script_answer(&script, 200, NULL, "[]");
    struct told last = ask(&LIST);
    expect(&last, API_OK, NULL);
    cr_assert(!told[0].done && !told[1].done && !told[2].done);
}

struct from_inside {
    struct told told;
    uint64_t handle;
};

static void cancel_inside(const char *line, void *context)
{
    struct from_inside *inside = context;
    tell_pause(line, &inside->told);
    client_cancel(client, inside->handle);
}

Test(client, a_call_may_be_cancelled_when_it_is_about_to_be_retried)
{
    http_script_answer(&script, 503, NULL, "");
    struct from_inside inside = {0};
    struct api_request request = sending();
    inside.handle = client_call(client, &request, tell, cancel_inside, &inside);
    run_until_count(&loop, &inside.told.pauses, 1);
    http_script_answer(&script, 200, NULL, "[]");
    ask(&LIST);
    cr_assert(!inside.told.done);
    cr_assert_eq(script.request_count, 2);
}

static void close_inside(struct api_result *result, void *context)
{
    tell(result, context);
    client_close(client, note_closed, &client_closed);
    cr_assert(!client_closed, "closed before the loop turned");
    client = NULL;
}

Test(client, a_callback_may_close_the_client)
{
    http_script_answer(&script, 200, NULL, "[]");
    struct told told = {0};
    struct told other = {0};
    client_call(client, &LIST, close_inside, NULL, &told);
    client_call(client, &LIST, tell, NULL, &other);
    run_until(&loop, &client_closed);
    cr_assert(told.done && !other.done);
}

Test(client, a_refusals_callback_may_close_the_client)
{
    struct api_request refused = {.call = API_LOGS};
    struct told told = {0};
    struct told other = {0};
    client_call(client, &refused, close_inside, NULL, &told);
    client_call(client, &refused, tell, NULL, &other);
    run_until(&loop, &client_closed);
    cr_assert_eq(told.done + other.done, 1);
}

Test(client, closing_ends_calls_without_a_callback)
{
    struct told told[2] = {0};
    client_call(client, &LIST, tell, NULL, &told[0]);
    client_call(client, &LIST, tell, NULL, &told[1]);
    run_until_count(&loop, &script.request_count, 1);
    client_close(client, note_closed, &client_closed);
    client = NULL;
    run_until(&loop, &client_closed);
    cr_assert(!told[0].done && !told[1].done);
}

/* --- where requests go ---------------------------------------------------------------------- */

Test(client_url, a_client_of_a_bad_url_or_key_is_not_made)
{
    struct error error = {0};
    struct client_config config = config_for("http://example.com");
    cr_assert_null(client_new(NULL, &config, &error));
    config = config_for("https://api.bridge.xyz/v0");
    config.api_key = "sk-secret\n";
    cr_assert_null(client_new(NULL, &config, &error));
    cr_assert_not_null(strstr(error.message, "BRIDGE_API_KEY"));
}

Test(client_url, a_trailing_slash_is_taken_off)
{
    uv_loop_init(&loop);
    http_script_start(&script, &loop);
    char base[128];
    (void)snprintf(base, sizeof base, "%s/v0/", script.url);
    struct client_config config = config_for(base);
    client = client_new(&loop, &config, NULL);
    http_script_answer(&script, 200, NULL, "[]");
    ask(&LIST);
    expect_request(0, "GET", "/v0/webhooks");
    tear_down();
}
