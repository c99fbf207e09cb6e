#include "api/sandbox_api.h"

#include "api/contract.h"
#include "api/sandbox_json.h"
#include "api/sandbox_tunnel.h"
#include "api/signing.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_LIMIT_DEFAULT = 100, EVENTS_LIMIT_MAX = 500 };

struct call {
    const struct sandbox_api *api;
    const struct sandbox_request *request;
    struct sandbox_endpoint *endpoint; /* NULL where the path names none */
    struct signing_key **key;
    struct sandbox_answer *answer;
    enum sandbox_need need;
};

/* --- writing ------------------------------------------------------------ */

/* Some answers of the vendor's carry the two characters `\n` in the place of each newline. */
static void write_escaped_key(struct buffer *out, const char *pem)
{
    struct buffer escaped;
    buffer_init(&escaped, (size_t)2 * SANDBOX_BODY_MAX);
    for (const char *at = pem; *at != '\0'; at++) {
        if (*at == '\n')
            buffer_append_string(&escaped, "\\n");
        else
            buffer_append(&escaped, at, 1);
    }
    sandbox_json_member(out, "public_key", escaped.data);
    buffer_clear(&escaped);
}

static void write_webhook(struct buffer *out, const struct sandbox_endpoint *endpoint,
                          const char *status)
{
    buffer_append_string(out, "{");
    sandbox_json_member(out, "id", endpoint->id);
    sandbox_json_member(out, "url", endpoint->url);
    sandbox_json_member(out, "status", status);
    if (endpoint->key_is_escaped)
        write_escaped_key(out, endpoint->public_pem);
    else
        sandbox_json_member(out, "public_key", endpoint->public_pem);
    sandbox_json_name(out, "event_categories");
    buffer_append_string(out, "[");
    for (size_t i = 0; CONTRACT_CATEGORIES[i] != NULL; i++) {
        if (!(endpoint->categories & sandbox_category_bit(CONTRACT_CATEGORIES[i])))
            continue;
        sandbox_json_next(out);
        sandbox_json_string(out, CONTRACT_CATEGORIES[i]);
    }
    buffer_append_string(out, "]");
    sandbox_json_member_time(out, "created_at", endpoint->created_ms);
    buffer_append_string(out, "}");
}

static void answer_webhook(struct call *call, int status)
{
    call->answer->status = status;
    write_webhook(&call->answer->body, call->endpoint,
                  call->endpoint->active ? "active" : "disabled");
}

/* The contract has seen both: half of the numeric ones are sent as strings. */
static void write_log_status(struct buffer *out, const struct sandbox_log *log)
{
    sandbox_json_name(out, "status");
    bool number = log->status[strspn(log->status, "0123456789")] == '\0';
    if (number && log->created_ms % 2 == 0)
        buffer_append_string(out, log->status);
    else
        sandbox_json_string(out, log->status);
}

static void write_log(struct buffer *out, const struct sandbox_log *log)
{
    buffer_append_string(out, "{");
    write_log_status(out, log);
    sandbox_json_member(out, "event_id", log->event_id);
    sandbox_json_name(out, "response_body");
    if (log->body != NULL)
        sandbox_json_bytes(out, log->body, log->body_length);
    else
        buffer_append_string(out, "null");
    sandbox_json_member_time(out, "created_at", log->created_ms);
    buffer_append_string(out, "}");
}

static void write_event(struct buffer *out, const struct sandbox_event *event)
{
    sandbox_json_next(out);
    buffer_append(out, event->json, event->length);
}

/* --- what create and update have in common ------------------------------ */

static void check_url(const cJSON *item, struct sandbox_problems *problems)
{
    const char *url = cJSON_GetStringValue(item);
    const char *problem = url ? sandbox_url_problem(url) : "must be a string";
    if (problem != NULL)
        sandbox_problem_add(problems, "url", problem);
}

static uint32_t check_categories(const cJSON *list, struct sandbox_problems *problems)
{
    uint32_t categories = 0;
    const char *problem = cJSON_IsArray(list) ? NULL : "must be an array";
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const char *name = cJSON_GetStringValue(item);
        uint32_t bit = name ? sandbox_category_bit(name) : 0;
        if (bit == 0)
            problem = "holds an unknown event category";
        categories |= bit;
    }
    if (problem != NULL)
        sandbox_problem_add(problems, "event_categories", problem);
    /* The documentation does not say what none means: every one. */
    return categories != 0 ? categories : sandbox_categories_all();
}

/* --- the calls ---------------------------------------------------------- */

static void list_webhooks(struct call *call)
{
    struct buffer *out = &call->answer->body;
    size_t count = sandbox_state_endpoint_count(call->api->state);
    buffer_printf(out, "{\"count\":%zu,\"data\":[", count);
    for (size_t i = 0; i < count; i++) {
        const struct sandbox_endpoint *endpoint = sandbox_state_endpoint_at(call->api->state, i);
        sandbox_json_next(out);
        write_webhook(out, endpoint, endpoint->active ? "active" : "disabled");
    }
    buffer_append_string(out, "]}");
}

static void check_epoch(const char *epoch, struct sandbox_problems *problems)
{
    if (epoch == NULL)
        sandbox_problem_add(problems, "event_epoch", "is required");
    else if (strcmp(epoch, "webhook_creation") != 0 && strcmp(epoch, "beginning_of_time") != 0)
        sandbox_problem_add(problems, "event_epoch",
                            "must be webhook_creation or beginning_of_time");
}

static void create_endpoint(struct call *call, struct sandbox_subscription *subscription)
{
    if (sandbox_state_endpoint_count(call->api->state) >= SANDBOX_ENDPOINTS_MAX) {
        sandbox_answer_error(call->answer, 400, "bad_request", "Too many webhooks");
        return;
    }
    if (*call->key == NULL) {
        call->need = SANDBOX_NEEDS_KEY;
        return;
    }
    subscription->key = *call->key;
    subscription->public_pem = signing_key_public_pem(*call->key);
    *call->key = NULL;
    call->endpoint = sandbox_state_create(call->api->state, subscription, call->request->now_ms);
    if (call->endpoint == NULL)
        sandbox_answer_unexpected(call->answer);
    else
        answer_webhook(call, 201);
}

static void create_webhook(struct call *call)
{
    cJSON *body = sandbox_request_object(call->request, false, call->answer);
    if (body == NULL)
        return;
    struct sandbox_problems problems = {.location = "body"};
    const cJSON *url = cJSON_GetObjectItemCaseSensitive(body, "url");
    const char *epoch = sandbox_string_in(body, "event_epoch");
    const cJSON *categories = cJSON_GetObjectItemCaseSensitive(body, "event_categories");
    struct sandbox_subscription subscription = {.categories = sandbox_categories_all()};
    if (url == NULL)
        sandbox_problem_add(&problems, "url", "is required");
    else
        check_url(url, &problems);
    check_epoch(epoch, &problems);
    if (categories != NULL)
        subscription.categories = check_categories(categories, &problems);
    if (problems.count > 0) {
        sandbox_answer_problems(call->answer, &problems);
    } else {
        subscription.url = cJSON_GetStringValue(url);
        subscription.from_beginning = strcmp(epoch, "beginning_of_time") == 0;
        create_endpoint(call, &subscription);
    }
    cJSON_Delete(body);
}

/* Judged by the state before the request: only what is disabled now may change its URL. */
static void check_url_change(const struct sandbox_endpoint *endpoint, const cJSON *url,
                             struct sandbox_problems *problems)
{
    check_url(url, problems);
    if (endpoint->active && problems->count == 0 && strcmp(url->valuestring, endpoint->url) != 0)
        sandbox_problem_add(problems, "url", "can be changed only while the webhook is disabled");
}

static void check_status(const cJSON *item, struct sandbox_problems *problems)
{
    const char *status = cJSON_GetStringValue(item);
    if (status == NULL || (strcmp(status, "active") != 0 && strcmp(status, "disabled") != 0))
        sandbox_problem_add(problems, "status", "must be active or disabled");
}

static void apply_update(struct call *call, const char *url, const char *status, const cJSON *list,
                         uint32_t categories)
{
    if (url != NULL && !sandbox_endpoint_set_url(call->endpoint, url)) {
        sandbox_answer_unexpected(call->answer);
        return;
    }
    if (status != NULL)
        call->endpoint->active = strcmp(status, "active") == 0;
    if (list != NULL)
        call->endpoint->categories = categories;
    answer_webhook(call, 200);
}

static void update_webhook(struct call *call)
{
    cJSON *body = sandbox_request_object(call->request, false, call->answer);
    if (body == NULL)
        return;
    struct sandbox_problems problems = {.location = "body"};
    const cJSON *url = cJSON_GetObjectItemCaseSensitive(body, "url");
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(body, "status");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(body, "event_categories");
    uint32_t categories = 0;
    if (url != NULL)
        check_url_change(call->endpoint, url, &problems);
    if (status != NULL)
        check_status(status, &problems);
    if (list != NULL)
        categories = check_categories(list, &problems);
    if (problems.count > 0)
        sandbox_answer_problems(call->answer, &problems);
    else
        apply_update(call, cJSON_GetStringValue(url), cJSON_GetStringValue(status), list,
                     categories);
    cJSON_Delete(body);
}

static void delete_webhook(struct call *call)
{
    write_webhook(&call->answer->body, call->endpoint, "deleted");
    sandbox_state_delete(call->api->state, call->endpoint);
    call->endpoint = NULL;
}

/* False (and answered) when the query names a category that is none. */
static bool read_category(struct call *call, uint32_t *categories)
{
    char category[SANDBOX_QUERY_VALUE_SIZE];
    *categories = sandbox_categories_all();
    if (!sandbox_query_value(call->request->target, "category", category))
        return true;
    *categories = sandbox_category_bit(category);
    if (*categories != 0)
        return true;
    struct sandbox_problems problems = {.location = "query"};
    sandbox_problem_add(&problems, "category", "is an unknown event category");
    sandbox_answer_problems(call->answer, &problems);
    return false;
}

static void list_upcoming(struct call *call)
{
    uint32_t categories;
    if (!read_category(call, &categories))
        return;
    const struct sandbox_event *events[CONTRACT_UPCOMING];
    size_t count = sandbox_state_upcoming(call->api->state, call->endpoint, categories, events,
                                          CONTRACT_UPCOMING);
    buffer_append_string(&call->answer->body, "{\"data\":[");
    for (size_t i = 0; i < count; i++)
        write_event(&call->answer->body, events[i]);
    buffer_append_string(&call->answer->body, "]}");
}

static void queue_send(struct call *call, const char *event_id)
{
    const struct sandbox_event *event = sandbox_state_event(call->api->state, event_id);
    if (event == NULL) {
        sandbox_answer_error(call->answer, 404, "not_found", "Unknown event id");
    } else if (!sandbox_state_send(call->endpoint, event, call->request->now_ms)) {
        sandbox_answer_error(call->answer, 429, "rate_limited", "Too many events wait to be sent");
        call->answer->retry_after_s = 1;
    } else {
        sandbox_answer_message(call->answer, 200,
                               "The event has been queued and will be sent soon");
    }
}

static void send_event(struct call *call)
{
    cJSON *body = sandbox_request_object(call->request, false, call->answer);
    if (body == NULL)
        return;
    const char *event_id = sandbox_string_in(body, "event_id");
    if (event_id != NULL) {
        queue_send(call, event_id);
    } else {
        struct sandbox_problems problems = {.location = "body"};
        sandbox_problem_add(&problems, "event_id", "is required");
        sandbox_answer_problems(call->answer, &problems);
    }
    cJSON_Delete(body);
}

static void list_logs(struct call *call)
{
    struct buffer *out = &call->answer->body;
    size_t total = call->endpoint->log_total;
    buffer_printf(out, "{\"count\":%zu,\"data\":[",
                  total < SANDBOX_LOGS_MAX ? total : (size_t)SANDBOX_LOGS_MAX);
    const struct sandbox_log *log;
    for (size_t i = 0; (log = sandbox_endpoint_log(call->endpoint, i)) != NULL; i++) {
        sandbox_json_next(out);
        write_log(out, log);
    }
    buffer_append_string(out, "]}");
}

/* --- every event, paged ------------------------------------------------- */

struct page {
    int64_t before; /* events of sequences below this one… */
    int64_t after;  /* …and above this one */
    size_t limit;
    bool from_oldest; /* the page that ends just before a newer event */
};

static void read_limit(const char *target, struct page *page, struct sandbox_problems *problems)
{
    char text[SANDBOX_QUERY_VALUE_SIZE];
    page->limit = EVENTS_LIMIT_DEFAULT;
    if (!sandbox_query_value(target, "limit", text))
        return;
    char *end;
    unsigned long limit = strtoul(text, &end, 10);
    if (strspn(text, "0123456789") != strlen(text) || limit < 1 || limit > EVENTS_LIMIT_MAX)
        sandbox_problem_add(problems, "limit", "must be a number from 1 to 500");
    else
        page->limit = limit;
}

/* Newest first, as the vendor orders its lists: "after" an event are those that are older. */
static void read_cursors(const struct sandbox_state *state, const char *target, struct page *page,
                         struct sandbox_problems *problems)
{
    char after[SANDBOX_QUERY_VALUE_SIZE], before[SANDBOX_QUERY_VALUE_SIZE];
    bool has_after = sandbox_query_value(target, "starting_after", after);
    bool has_before = sandbox_query_value(target, "ending_before", before);
    const struct sandbox_event *newer = has_after ? sandbox_state_event(state, after) : NULL;
    const struct sandbox_event *older = has_before ? sandbox_state_event(state, before) : NULL;
    if (has_after && newer == NULL)
        sandbox_problem_add(problems, "starting_after", "is an unknown event id");
    if (has_before && older == NULL)
        sandbox_problem_add(problems, "ending_before", "is an unknown event id");
    page->before = newer ? newer->sequence : sandbox_state_end(state);
    page->after = older ? older->sequence : sandbox_state_first(state) - 1;
    page->from_oldest = has_before && !has_after;
}

static bool is_wanted(const struct sandbox_state *state, int64_t sequence, uint32_t categories)
{
    const struct sandbox_event *event = sandbox_state_event_at(state, sequence);
    return event != NULL && (sandbox_category_bit(event->category) & categories);
}

/* Where the page that ends just before an event begins, counted from that event. */
static void trim_to_oldest(const struct sandbox_state *state, struct page *page,
                           uint32_t categories)
{
    size_t count = 0;
    for (int64_t sequence = page->after + 1; sequence < page->before; sequence++) {
        count += is_wanted(state, sequence, categories);
        if (count == page->limit)
            page->before = sequence + 1;
    }
}

static void answer_page(struct call *call, const struct page *page, uint32_t categories)
{
    const struct sandbox_state *state = call->api->state;
    const struct sandbox_event *events[EVENTS_LIMIT_MAX];
    size_t count = 0;
    for (int64_t sequence = page->before - 1; sequence > page->after && count < page->limit;
         sequence--)
        if (is_wanted(state, sequence, categories))
            events[count++] = sandbox_state_event_at(state, sequence);
    struct buffer *out = &call->answer->body;
    buffer_printf(out, "{\"count\":%zu,\"data\":[", count);
    for (size_t i = 0; i < count; i++)
        write_event(out, events[i]);
    buffer_append_string(out, "]}");
}

static void list_events(struct call *call)
{
    struct sandbox_problems problems = {.location = "query"};
    struct page page;
    uint32_t categories;
    if (!read_category(call, &categories))
        return;
    read_limit(call->request->target, &page, &problems);
    read_cursors(call->api->state, call->request->target, &page, &problems);
    if (problems.count > 0) {
        sandbox_answer_problems(call->answer, &problems);
        return;
    }
    if (page.from_oldest)
        trim_to_oldest(call->api->state, &page, categories);
    answer_page(call, &page, categories);
}

/* --- from a request to its call ----------------------------------------- */

static const struct route {
    const char *method;
    const char *path;
    void (*answer)(struct call *call);
} ROUTES[] = {
    {"GET", "/v0/webhooks", list_webhooks},          {"POST", "/v0/webhooks", create_webhook},
    {"PUT", "/v0/webhooks/*", update_webhook},       {"DELETE", "/v0/webhooks/*", delete_webhook},
    {"GET", "/v0/webhooks/*/events", list_upcoming}, {"POST", "/v0/webhooks/*/send", send_event},
    {"GET", "/v0/webhooks/*/logs", list_logs},       {"GET", "/v0/webhook_events", list_events},
};

enum { ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0] };

/* NULL, and answered with 404 or 405, when there is no such call. */
static const struct route *find_route(const struct sandbox_request *request, char *id, size_t size,
                                      struct sandbox_answer *answer)
{
    struct buffer allow;
    buffer_init(&allow, sizeof answer->allow - 1);
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!sandbox_path_matches(request->target, ROUTES[i].path, id, size))
            continue;
        if (strcmp(request->method, ROUTES[i].method) == 0) {
            buffer_clear(&allow);
            return &ROUTES[i];
        }
        buffer_printf(&allow, "%s%s", allow.length ? ", " : "", ROUTES[i].method);
    }
    if (allow.length == 0) {
        sandbox_answer_error(answer, 404, "not_found", "There is no such path");
    } else {
        sandbox_answer_error(answer, 405, "method_not_allowed", "The path has no such method");
        memcpy(answer->allow, allow.data, allow.length + 1);
    }
    buffer_clear(&allow);
    return NULL;
}

static bool is_post(const struct sandbox_request *request)
{
    return strcmp(request->method, "POST") == 0;
}

/* Required on POST, not accepted on PUT. False when it has been answered. */
static bool check_idempotency_key(const struct sandbox_request *request,
                                  struct sandbox_answer *answer)
{
    const char *key = request->idempotency_key;
    bool given = key != NULL && key[0] != '\0';
    if (is_post(request) && !given)
        sandbox_answer_header_missing(answer, 400, "Idempotency-Key");
    else if (strcmp(request->method, "PUT") == 0 && key != NULL)
        sandbox_answer_error(answer, 400, "bad_request", "PUT does not accept an Idempotency-Key");
    else if (given && strlen(key) > SANDBOX_IDEMPOTENCY_KEY_MAX)
        sandbox_answer_error(answer, 400, "bad_request", "The Idempotency-Key is too long");
    else
        return true;
    return false;
}

/* Whether this POST was made before: it has been answered then. */
static bool is_replay(struct call *call)
{
    if (!is_post(call->request))
        return false;
    enum sandbox_replay replay =
        sandbox_replays_find(call->api->replays, call->request, call->answer);
    if (replay == SANDBOX_REPLAY_OTHER)
        sandbox_answer_error(call->answer, 400, "idempotency_key_reused",
                             "The Idempotency-Key was used for another request");
    return replay != SANDBOX_REPLAY_NONE;
}

static void answer_route(struct call *call, const struct route *route)
{
    if (is_replay(call))
        return;
    route->answer(call);
    bool done = call->need == SANDBOX_NEEDS_NOTHING && call->answer->status < 300;
    if (call->answer->body.failed)
        sandbox_answer_unexpected(call->answer);
    else if (done && is_post(call->request))
        sandbox_replays_add(call->api->replays, call->request, call->answer);
}

enum sandbox_need sandbox_api_answer(const struct sandbox_api *api,
                                     const struct sandbox_request *request,
                                     struct signing_key **key, struct sandbox_answer *answer)
{
    struct call call = {.api = api, .request = request, .key = key, .answer = answer};
    char id[CONTRACT_ID_MAX + 2] = "";
    if (request->api_key == NULL || request->api_key[0] == '\0') {
        sandbox_answer_header_missing(answer, 401, "Api-Key");
        return SANDBOX_NEEDS_NOTHING;
    }
    const struct route *route = find_route(request, id, sizeof id, answer);
    if (route == NULL || !check_idempotency_key(request, answer))
        return SANDBOX_NEEDS_NOTHING;
    call.endpoint = sandbox_state_endpoint(api->state, id);
    if (call.endpoint == NULL && strchr(route->path, '*') != NULL)
        sandbox_answer_error(answer, 404, "not_found", "Unknown webhook id");
    else
        answer_route(&call, route);
    return call.need;
}
