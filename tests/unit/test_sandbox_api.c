/* The sandbox's API: the contract's rules and errors, idempotency, paging. */
#include "api/contract.h"
#include "api/json_text.h"
#include "api/sandbox_api.h"
#include "api/sandbox_tunnel.h"
#include "api/signature.h"
#include "api/signing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t T0 = 1700000000000;

static struct sandbox_api api;
static struct sandbox_answer answer;
static unsigned posts;

static void open_api(void)
{
    api.state = sandbox_state_new(1, 0, T0);
    api.replays = sandbox_replays_new();
    sandbox_answer_init(&answer);
}

static void close_api(void)
{
    sandbox_answer_clear(&answer);
    sandbox_replays_free(api.replays);
    sandbox_state_free(api.state);
}

TestSuite(sandbox_api, .init = open_api, .fini = close_api);

static enum sandbox_need ask_with(const char *method, const char *target, const char *body,
                                  const char *api_key, const char *idempotency_key)
{
    struct sandbox_request request = {
        .method = method,
        .target = target,
        .api_key = api_key,
        .idempotency_key = idempotency_key,
        .body = body,
        .body_length = strlen(body),
        .now_ms = T0,
    };
    struct signing_key *key = NULL;
    sandbox_answer_clear(&answer);
    enum sandbox_need need = sandbox_api_answer(&api, &request, &key, &answer);
    if (need == SANDBOX_NEEDS_KEY) {
        key = signing_key_from_seed(sandbox_state_key_seed(api.state, 0), NULL);
        need = sandbox_api_answer(&api, &request, &key, &answer);
    }
    cr_expect_null(key);
    cr_expect(json_valid(answer.body.data, answer.body.length), "%s", answer.body.data);
    return need;
}

/* As a well-behaved client asks: every POST with a key of its own. */
static int ask(const char *method, const char *target, const char *body)
{
    char key[32];
    (void)snprintf(key, sizeof key, "key-%u", posts++);
    bool post = strcmp(method, "POST") == 0;
    ask_with(method, target, body, "a key", post ? key : NULL);
    return answer.status;
}

/* An endpoint without the time that a key takes. */
static struct sandbox_endpoint *endpoint(void)
{
    struct sandbox_subscription subscription = {
        .url = "https://hooks.example.com/a",
        .categories = sandbox_categories_all(),
        .public_pem = "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n",
    };
    return sandbox_state_create(api.state, &subscription, T0);
}

static const char *path_of(const struct sandbox_endpoint *of, const char *rest)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "/v0/webhooks/%s%s", of->id, rest);
    return path;
}

static bool says(const char *part)
{
    return strstr(answer.body.data, part) != NULL;
}

#define CREATE "{\"url\":\"https://a.example/x\",\"event_epoch\":\"webhook_creation\"}"

Test(sandbox_api, a_request_without_a_key_is_refused)
{
    static const char shape[] = "{\"code\":\"required\",\"location\":\"header\",\"name\":"
                                "\"Api-Key\",\"message\":\"Missing Api-Key header\"}";
    ask_with("GET", "/v0/webhooks", "", NULL, NULL);
    cr_expect_eq(answer.status, 401);
    cr_expect_str_eq(answer.body.data, shape);
    ask_with("GET", "/v0/nowhere", "", "", NULL);
    cr_expect_eq(answer.status, 401);
}

Test(sandbox_api, unknown_paths_and_methods)
{
    cr_expect_eq(ask("GET", "/v0/nowhere", ""), 404);
    cr_expect_eq(ask("GET", "/", ""), 404);
    cr_expect_eq(ask("GET", "/v0/webhooks/", ""), 404);
    cr_expect_eq(ask("GET", "/v0/webhooks/wep_1/events/more", ""), 404);
    cr_expect_eq(ask("PATCH", "/v0/webhooks", ""), 405);
    cr_expect_str_eq(answer.allow, "GET, POST");
    cr_expect_eq(ask("DELETE", "/v0/webhook_events", ""), 405);
}

Test(sandbox_api, an_endpoint_is_created_disabled_with_a_key_of_its_own)
{
    struct webhook webhook = {0};
    cr_expect_eq(ask("POST", "/v0/webhooks",
                     "{\"url\":\"https://a.example/x\",\"event_epoch\":\"beginning_of_time\","
                     "\"event_categories\":[\"transfer\",\"customer\"]}"),
                 201);
    cr_assert(webhook_decode(answer.body.data, answer.body.length, &webhook, NULL));
    cr_expect_eq(webhook.status, WEBHOOK_DISABLED);
    cr_expect_eq(strncmp(webhook.id, "wep_", 4), 0);
    cr_expect_str_eq(webhook.url, "https://a.example/x");
    cr_expect_eq(webhook.categories.count, 2);
    cr_expect(string_list_has(&webhook.categories, "transfer"));
    struct public_key *key =
        public_key_from_pem(webhook.public_key, strlen(webhook.public_key), NULL);
    cr_expect_not_null(key);
    public_key_free(key);
    webhook_clear(&webhook);

    struct webhook_list list = {0};
    cr_expect_eq(ask("GET", "/v0/webhooks", ""), 200);
    cr_assert(webhook_list_decode(answer.body.data, answer.body.length, &list, NULL));
    cr_expect_eq(list.count, 1);
    cr_expect(says("{\"count\":1,"));
    webhook_list_clear(&list);
}

Test(sandbox_api, what_is_wrong_with_a_creation_is_said)
{
    static const struct {
        const char *body;
        const char *said;
    } cases[] = {
        {"{\"event_epoch\":\"webhook_creation\"}", "\"key\":{\"url\":\"is required\"}"},
        {"{\"url\":\"http://a.example\",\"event_epoch\":\"webhook_creation\"}",
         "\"url\":\"must begin with https://\""},
        {"{\"url\":\"ftp://a.example\",\"event_epoch\":\"webhook_creation\"}", "\"url\":"},
        {"{\"url\":\"https://a.example/ x\",\"event_epoch\":\"webhook_creation\"}", "\"url\":"},
        {"{\"url\":\"https://me:pw@a.example\",\"event_epoch\":\"webhook_creation\"}",
         "\"url\":\"must not hold a user name\""},
        {"{\"url\":7,\"event_epoch\":\"webhook_creation\"}", "\"url\":\"must be a string\""},
        {"{\"url\":\"https://a.example\"}", "\"event_epoch\":\"is required\""},
        {"{\"url\":\"https://a.example\",\"event_epoch\":\"yesterday\"}", "\"event_epoch\":"},
        {"{\"url\":\"https://a.example\",\"event_epoch\":\"webhook_creation\","
         "\"event_categories\":[\"transfer\",\"teapot\"]}",
         "\"event_categories\":\"holds an unknown event category\""},
        {"{\"url\":\"https://a.example\",\"event_epoch\":\"webhook_creation\","
         "\"event_categories\":\"transfer\"}",
         "\"event_categories\":\"must be an array\""},
        {"[]", "not a JSON object"},
        {"{\"url\":", "not a JSON object"},
        {"", "not a JSON object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(ask("POST", "/v0/webhooks", cases[i].body), 400, "%s", cases[i].body);
        cr_expect(says(cases[i].said), "%s: %s", cases[i].body, answer.body.data);
        if (strstr(cases[i].said, "\":") != NULL)
            cr_expect(says("\"source\":{\"location\":\"body\",\"key\":{"));
    }
    cr_expect_eq(sandbox_state_endpoint_count(api.state), 0);
}

Test(sandbox_api, a_body_that_is_too_large_is_refused)
{
    char *body = calloc(1, SANDBOX_BODY_MAX + 2);
    memset(body, ' ', SANDBOX_BODY_MAX + 1);
    cr_expect_eq(ask("POST", "/v0/webhooks", body), 413);
    free(body);
}

Test(sandbox_api, post_needs_an_idempotency_key_and_put_takes_none)
{
    const char *path = path_of(endpoint(), "");
    ask_with("POST", "/v0/webhooks", CREATE, "a key", NULL);
    cr_expect_eq(answer.status, 400);
    cr_expect(says("\"name\":\"Idempotency-Key\""));
    ask_with("PUT", path, "{\"status\":\"active\"}", "a key", "some");
    cr_expect_eq(answer.status, 400);
    ask_with("PUT", path, "{\"status\":\"active\"}", "a key", NULL);
    cr_expect_eq(answer.status, 200);
}

Test(sandbox_api, a_repeated_post_is_answered_again_and_not_done_twice)
{
    ask_with("POST", "/v0/webhooks", CREATE, "a key", "same");
    cr_expect_eq(answer.status, 201);
    char *first = strdup(answer.body.data);
    ask_with("POST", "/v0/webhooks", CREATE, "a key", "same");
    cr_expect_eq(answer.status, 201);
    cr_expect_str_eq(answer.body.data, first);
    cr_expect_eq(sandbox_state_endpoint_count(api.state), 1);

    ask_with("POST", "/v0/webhooks",
             "{\"url\":\"https://b.example/x\",\"event_epoch\":\"webhook_creation\"}", "a key",
             "same");
    cr_expect_eq(answer.status, 400);
    cr_expect(says("idempotency_key_reused"));
    cr_expect_eq(sandbox_state_endpoint_count(api.state), 1);
    free(first);
}

Test(sandbox_api, a_refused_post_may_be_corrected_under_its_key)
{
    struct sandbox_endpoint *to = endpoint();
    const struct sandbox_event *event = sandbox_state_happen(api.state, NULL, T0);
    char body[64];
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", event->id);
    ask_with("POST", path_of(to, "/send"), "{}", "a key", "same");
    cr_expect_eq(answer.status, 400);
    ask_with("POST", path_of(to, "/send"), body, "a key", "same");
    cr_expect_eq(answer.status, 200);
    ask_with("POST", path_of(to, "/send"), body, "a key", "same");
    cr_expect_eq(answer.status, 200);
    cr_expect_eq(to->send_count, 1);
}

Test(sandbox_api, old_idempotency_keys_are_forgotten)
{
    struct sandbox_endpoint *to = endpoint();
    const struct sandbox_event *event = sandbox_state_happen(api.state, NULL, T0);
    char body[64], key[32];
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", event->id);
    for (int i = 0; i <= SANDBOX_REPLAYS_MAX; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        to->send_count = 0;
        ask_with("POST", path_of(to, "/send"), body, "a key", key);
        cr_assert_eq(answer.status, 200);
    }
    to->send_count = 0;
    ask_with("POST", path_of(to, "/send"), body, "a key", "k1");
    cr_expect_eq(to->send_count, 0, "the second is still known");
    ask_with("POST", path_of(to, "/send"), body, "a key", "k0");
    cr_expect_eq(to->send_count, 1, "the first is not");
}

Test(sandbox_api, only_a_disabled_endpoint_changes_its_url)
{
    struct sandbox_endpoint *of = endpoint();
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"url\":\"https://b.example/\"}"), 200);
    cr_expect(says("\"url\":\"https://b.example/\""));
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"status\":\"active\"}"), 200);
    cr_expect(says("\"status\":\"active\""));
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"url\":\"https://c.example/\"}"), 400);
    cr_expect(says("\"key\":{\"url\":"));
    cr_expect_eq(
        ask("PUT", path_of(of, ""), "{\"url\":\"https://c.example/\",\"status\":\"disabled\"}"),
        400);
    cr_expect(of->active, "a refused change changes nothing");
    cr_expect_str_eq(of->url, "https://b.example/");
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"url\":\"http://c.example/\"}"), 400);
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"event_categories\":[\"transfer\"]}"), 200);
    cr_expect_eq(of->categories, sandbox_category_bit("transfer"));
}

Test(sandbox_api, a_status_is_active_or_disabled)
{
    struct sandbox_endpoint *of = endpoint();
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"status\":\"deleted\"}"), 400);
    cr_expect(says("\"source\":{\"location\":\"body\",\"key\":{\"status\":"));
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"status\":\"paused\"}"), 400);
    cr_expect_eq(ask("PUT", path_of(of, ""), "{\"status\":1}"), 400);
    cr_expect_eq(sandbox_state_endpoint_count(api.state), 1);
}

Test(sandbox_api, after_a_deletion_every_call_answers_404)
{
    struct sandbox_endpoint *of = endpoint();
    char path[128], part[160];
    (void)snprintf(path, sizeof path, "%s", path_of(of, ""));
    cr_expect_eq(ask("DELETE", path, ""), 200);
    cr_expect(says("\"status\":\"deleted\""));
    cr_expect_eq(ask("DELETE", path, ""), 404);
    cr_expect_eq(ask("PUT", path, "{\"status\":\"active\"}"), 404);
    (void)snprintf(part, sizeof part, "%s/events", path);
    cr_expect_eq(ask("GET", part, ""), 404);
    (void)snprintf(part, sizeof part, "%s/logs", path);
    cr_expect_eq(ask("GET", part, ""), 404);
    (void)snprintf(part, sizeof part, "%s/send", path);
    cr_expect_eq(ask("POST", part, "{\"event_id\":\"x\"}"), 404);
    cr_expect_eq(ask("GET", "/v0/webhooks", ""), 200);
    cr_expect_str_eq(answer.body.data, "{\"count\":0,\"data\":[]}");
}

Test(sandbox_api, upcoming_events_are_the_next_ten_in_order)
{
    struct sandbox_endpoint *of = endpoint();
    for (int i = 0; i < 14; i++)
        sandbox_state_happen(api.state, i % 2 ? "customer" : "transfer", T0);
    struct event_list list = {0};
    cr_expect_eq(ask("GET", path_of(of, "/events"), ""), 200);
    cr_assert(event_list_decode(answer.body.data, answer.body.length, &list, NULL));
    cr_assert_eq(list.count, 10);
    for (size_t i = 0; i < list.count; i++)
        cr_expect_eq(list.items[i].sequence, (int64_t)i + 1);
    event_list_clear(&list);

    cr_expect_eq(ask("GET", path_of(of, "/events?category=customer"), ""), 200);
    cr_assert(event_list_decode(answer.body.data, answer.body.length, &list, NULL));
    cr_expect_eq(list.count, 7);
    event_list_clear(&list);
    cr_expect_eq(ask("GET", path_of(of, "/events?category=teapot"), ""), 400);
}

Test(sandbox_api, a_send_answers_a_message_and_leaves_the_queue_alone)
{
    struct sandbox_endpoint *of = endpoint();
    const struct sandbox_event *event = sandbox_state_happen(api.state, NULL, T0);
    char body[64];
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", event->id);
    cr_expect_eq(ask("POST", path_of(of, "/send"), body), 200);
    char *message = contract_message_decode(answer.body.data, answer.body.length);
    cr_expect_not_null(message);
    free(message);
    cr_expect_eq(of->cursor, 1);
    cr_expect_eq(ask("POST", path_of(of, "/send"), "{\"event_id\":\"wh_unknown\"}"), 404);
    cr_expect_eq(ask("POST", path_of(of, "/send"), "{\"event_id\":7}"), 400);
    for (size_t i = 1; i < SANDBOX_SENDS_MAX; i++)
        cr_assert_eq(ask("POST", path_of(of, "/send"), body), 200);
    cr_expect_eq(ask("POST", path_of(of, "/send"), body), 429);
    cr_expect_eq(answer.retry_after_s, 1);
}

static void log_attempt(struct sandbox_endpoint *of, int64_t now_ms, const char *status,
                        const char *body)
{
    struct sandbox_attempt attempt = {0};
    memcpy(attempt.endpoint_id, of->id, sizeof attempt.endpoint_id);
    (void)snprintf(attempt.event_id, sizeof attempt.event_id, "wh_%d", (int)(now_ms - T0));
    sandbox_state_finish(api.state, &attempt, now_ms, status, body, body ? strlen(body) : 0);
}

Test(sandbox_api, logs_carry_the_shapes_that_were_seen)
{
    struct sandbox_endpoint *of = endpoint();
    log_attempt(of, T0, "200", "{\"ok\":true}");
    log_attempt(of, T0 + 1, "502", "<html>\xff</html>");
    log_attempt(of, T0 + 2, "timeout", NULL);
    struct log_list logs = {0};
    cr_expect_eq(ask("GET", path_of(of, "/logs"), ""), 200);
    cr_expect(says("{\"count\":3,"));
    cr_expect(says("\"status\":200,") && says("\"status\":\"502\",") &&
              says("\"response_body\":null"));
    cr_assert(log_list_decode(answer.body.data, answer.body.length, &logs, NULL));
    cr_assert_eq(logs.count, 3);
    cr_expect_str_eq(logs.items[0].status_text, "timeout");
    cr_expect_eq(logs.items[1].status, 502);
    cr_expect_eq(logs.items[2].status, 200);
    cr_expect_str_eq(logs.items[2].response_body, "{\"ok\":true}");
    cr_expect_str_eq(logs.items[2].event_id, "wh_0");
    log_list_clear(&logs);
}

Test(sandbox_api, every_fourth_key_has_its_newlines_as_two_characters)
{
    for (int i = 0; i < 4; i++)
        endpoint();
    struct webhook_list list = {0};
    cr_expect_eq(ask("GET", "/v0/webhooks", ""), 200);
    cr_expect(says("KEY-----\\\\nabc\\\\n-----END"));
    cr_assert(webhook_list_decode(answer.body.data, answer.body.length, &list, NULL));
    cr_expect_str_eq(list.items[3].public_key, list.items[0].public_key);
    webhook_list_clear(&list);
}

/* --- paging ------------------------------------------------------------- */

static void expect_page(const char *query, int64_t newest, int64_t oldest)
{
    char target[256];
    struct event_list list = {0};
    (void)snprintf(target, sizeof target, "/v0/webhook_events%s", query);
    cr_expect_eq(ask("GET", target, ""), 200);
    cr_assert(event_list_decode(answer.body.data, answer.body.length, &list, NULL));
    cr_assert_eq((int64_t)list.count, newest - oldest + 1, "%s: %zu", query, list.count);
    for (size_t i = 0; i < list.count; i++)
        cr_expect_eq(list.items[i].sequence, newest - (int64_t)i, "%s", query);
    event_list_clear(&list);
}

Test(sandbox_api, events_are_paged_from_the_newest)
{
    char query[128];
    for (int i = 0; i < 130; i++)
        sandbox_state_happen(api.state, NULL, T0);
    expect_page("", 130, 31);
    expect_page("?limit=3", 130, 128);
    expect_page("?limit=500", 130, 1);
    const char *id = sandbox_state_event_at(api.state, 100)->id;
    (void)snprintf(query, sizeof query, "?starting_after=%s&limit=5", id);
    expect_page(query, 99, 95);
    (void)snprintf(query, sizeof query, "?limit=5&ending_before=%s", id);
    expect_page(query, 105, 101);
    (void)snprintf(query, sizeof query, "?ending_before=%s", id);
    expect_page(query, 130, 101);
    const char *last = sandbox_state_event_at(api.state, 1)->id;
    (void)snprintf(query, sizeof query, "?starting_after=%s", last);
    expect_page(query, 0, 1);
}

Test(sandbox_api, bad_queries_are_refused)
{
    static const char *const bad[] = {"limit=0",
                                      "limit=501",
                                      "limit=ten",
                                      "limit=",
                                      "starting_after=wh_unknown",
                                      "ending_before=wh_unknown",
                                      "category=teapot"};
    char target[128];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(target, sizeof target, "/v0/webhook_events?%s", bad[i]);
        cr_expect_eq(ask("GET", target, ""), 400, "%s", bad[i]);
        cr_expect(says("\"location\":\"query\""));
    }
    sandbox_state_happen(api.state, "liquidation_address.drain", T0);
    cr_expect_eq(ask("GET", "/v0/webhook_events?category=liquidation%5Faddress%2Edrain", ""), 200);
    cr_expect(says("{\"count\":1,"));
}

/* --- tunnels ------------------------------------------------------------ */

static void expect_mapped(const char *url, const char *expected)
{
    static const struct sandbox_tunnel tunnels[] = {
        {"https://hooks.example.com", "http://127.0.0.1:8787"},
        {"https://other.example:8443", "http://127.0.0.1:9000/base/"},
    };
    char *mapped = sandbox_tunnel_map(tunnels, 2, url);
    if (expected == NULL)
        cr_expect_null(mapped, "%s", url);
    else
        cr_expect_str_eq(mapped, expected);
    free(mapped);
}

Test(sandbox_tunnel, takes_a_url_below_its_origin_to_its_target)
{
    expect_mapped("https://hooks.example.com/webhooks/a?x=1&y=%20",
                  "http://127.0.0.1:8787/webhooks/a?x=1&y=%20");
    expect_mapped("https://HOOKS.example.com:443", "http://127.0.0.1:8787/");
    expect_mapped("https://other.example:8443/z", "http://127.0.0.1:9000/base/z");
    expect_mapped("https://other.example/z", NULL);
    expect_mapped("https://hooks.example.com.evil.example/", NULL);
    expect_mapped("http://hooks.example.com/", NULL);
    expect_mapped("nonsense", NULL);
}

Test(sandbox_tunnel, is_checked)
{
    static const struct {
        struct sandbox_tunnel tunnel;
        bool good;
    } cases[] = {
        {{"https://a.example", "http://127.0.0.1:1"}, true},
        {{"https://a.example/", "https://127.0.0.1:1/x"}, true},
        {{"http://a.example", "http://127.0.0.1:1"}, false},
        {{"https://a.example/x", "http://127.0.0.1:1"}, false},
        {{"https://a.example", "127.0.0.1:99999"}, false},
        {{"https://a.example", "ftp://127.0.0.1"}, false},
        {{"https://a.example", "http://127.0.0.1:1?x"}, false},
        {{"", ""}, false},
    };
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(sandbox_tunnel_check(&cases[i].tunnel, &error), cases[i].good, "%s=%s",
                     cases[i].tunnel.origin, cases[i].tunnel.target);
}
