#include "api/sandbox_control.h"

#include "api/contract.h"
#include "api/sandbox_json.h"
#include "api/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char method[16];
    char *target;
    char *idempotency_key;
    char *body;
    size_t body_length;
    int64_t received_ms;
    int status;
};

struct sandbox_control {
    struct sandbox_state *state;
    struct entry entries[SANDBOX_RECORD_MAX]; /* a ring: number modulo SANDBOX_RECORD_MAX */
    uint64_t first;
    uint64_t end;
    struct sandbox_fault faults[SANDBOX_FAULTS_MAX];
    size_t fault_count;
};

struct sandbox_control *sandbox_control_new(struct sandbox_state *state)
{
    struct sandbox_control *control = calloc(1, sizeof *control);
    if (control != NULL)
        control->state = state;
    return control;
}

/* --- the record --------------------------------------------------------- */

static void clear_entry(struct entry *entry)
{
    free(entry->target);
    free(entry->idempotency_key);
    free(entry->body);
    *entry = (struct entry){0};
}

static void forget_requests(struct sandbox_control *control)
{
    for (size_t i = 0; i < SANDBOX_RECORD_MAX; i++)
        clear_entry(&control->entries[i]);
    control->first = control->end;
}

void sandbox_control_free(struct sandbox_control *control)
{
    if (control == NULL)
        return;
    forget_requests(control);
    free(control);
}

uint64_t sandbox_control_record(struct sandbox_control *control,
                                const struct sandbox_request *request)
{
    struct entry *entry = &control->entries[control->end % SANDBOX_RECORD_MAX];
    size_t kept = request->body_length < SANDBOX_RECORD_BODY_MAX ? request->body_length
                                                                 : SANDBOX_RECORD_BODY_MAX;
    if (control->end - control->first == SANDBOX_RECORD_MAX)
        control->first++;
    clear_entry(entry);
    (void)snprintf(entry->method, sizeof entry->method, "%s", request->method);
    entry->target = strdup(request->target);
    entry->idempotency_key = request->idempotency_key ? strdup(request->idempotency_key) : NULL;
    entry->received_ms = request->now_ms;
    entry->body = malloc(kept + 1);
    if (entry->body != NULL) {
        memcpy(entry->body, request->body, kept);
        entry->body_length = kept;
    }
    return control->end++;
}

void sandbox_control_answered(struct sandbox_control *control, uint64_t number, int status)
{
    if (number >= control->first && number < control->end)
        control->entries[number % SANDBOX_RECORD_MAX].status = status;
}

static void write_entry(struct buffer *out, const struct entry *entry)
{
    buffer_append_string(out, "{");
    sandbox_json_member(out, "method", entry->method);
    sandbox_json_member(out, "path", entry->target);
    sandbox_json_member(out, "idempotency_key", entry->idempotency_key);
    sandbox_json_name(out, "body");
    sandbox_json_bytes(out, entry->body ? entry->body : "", entry->body_length);
    sandbox_json_member_integer(out, "status", entry->status);
    sandbox_json_member_time(out, "received_at", entry->received_ms);
    buffer_append_string(out, "}");
}

static void list_requests(const struct sandbox_control *control, struct sandbox_answer *answer)
{
    struct buffer *out = &answer->body;
    buffer_printf(out, "{\"count\":%zu,\"data\":[", (size_t)(control->end - control->first));
    for (uint64_t number = control->first; number < control->end; number++) {
        sandbox_json_next(out);
        write_entry(out, &control->entries[number % SANDBOX_RECORD_MAX]);
    }
    buffer_append_string(out, "]}");
}

/* --- faults ------------------------------------------------------------- */

static const char *const FAULT_NAMES[] = {"none", "slow", "429", "500", "drop", "html"};

enum { FAULT_NAME_COUNT = sizeof FAULT_NAMES / sizeof FAULT_NAMES[0] };

/* A path may be given with or without the API's prefix. */
static bool meets(const struct sandbox_fault *fault, const struct sandbox_request *request)
{
    static const char prefix[] = "/v0";
    const char *target = request->target;
    size_t length = strlen(fault->path);
    if (fault->method[0] != '\0' && strcmp(fault->method, request->method) != 0)
        return false;
    if (strncmp(target, fault->path, length) == 0)
        return true;
    return strncmp(target, prefix, strlen(prefix)) == 0 &&
           strncmp(target + strlen(prefix), fault->path, length) == 0;
}

static void remove_fault(struct sandbox_control *control, size_t index)
{
    control->fault_count--;
    memmove(&control->faults[index], &control->faults[index + 1],
            (control->fault_count - index) * sizeof control->faults[0]);
}

struct sandbox_fault sandbox_control_meet(struct sandbox_control *control,
                                          const struct sandbox_request *request)
{
    for (size_t i = 0; i < control->fault_count; i++) {
        struct sandbox_fault *fault = &control->faults[i];
        if (!meets(fault, request))
            continue;
        struct sandbox_fault met = *fault;
        if (--fault->count == 0)
            remove_fault(control, i);
        return met;
    }
    return (struct sandbox_fault){.kind = SANDBOX_FAULT_NONE};
}

void sandbox_fault_answer(const struct sandbox_fault *fault, struct sandbox_answer *answer)
{
    if (fault->kind == SANDBOX_FAULT_429) {
        sandbox_answer_error(answer, 429, "rate_limited", "Too many requests");
        answer->retry_after_s = fault->retry_after_s;
    } else if (fault->kind == SANDBOX_FAULT_500) {
        sandbox_answer_unexpected(answer);
    } else if (fault->kind == SANDBOX_FAULT_HTML) {
        sandbox_answer_clear(answer);
        answer->status = 502;
        answer->content_type = "text/html";
        buffer_append_string(&answer->body,
                             "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>"
                             "<h1>502 Bad Gateway</h1></body>\r\n</html>\r\n");
    }
}

static void write_fault(struct buffer *out, const struct sandbox_fault *fault)
{
    buffer_append_string(out, "{");
    sandbox_json_member(out, "kind", FAULT_NAMES[fault->kind]);
    sandbox_json_member_integer(out, "count", fault->count);
    sandbox_json_member(out, "method", fault->method);
    sandbox_json_member(out, "path", fault->path);
    sandbox_json_member_integer(out, "delay_ms", fault->delay_ms);
    sandbox_json_member_integer(out, "retry_after", fault->retry_after_s);
    sandbox_json_name(out, "performed");
    buffer_append_string(out, fault->performed ? "true}" : "false}");
}

static void list_faults(const struct sandbox_control *control, struct sandbox_answer *answer)
{
    struct buffer *out = &answer->body;
    buffer_printf(out, "{\"count\":%zu,\"data\":[", control->fault_count);
    for (size_t i = 0; i < control->fault_count; i++) {
        sandbox_json_next(out);
        write_fault(out, &control->faults[i]);
    }
    buffer_append_string(out, "]}");
}

/* A whole number from the least to the most; `absent` where there is none. */
static int64_t read_number(const cJSON *body, const char *name, int64_t absent, int64_t most,
                           struct sandbox_problems *problems)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, name);
    if (item == NULL)
        return absent;
    double number = cJSON_GetNumberValue(item);
    if (number >= 0 && number <= (double)most && number == (double)(int64_t)number)
        return (int64_t)number;
    sandbox_problem_add(problems, name, "must be a whole number in its range");
    return absent;
}

static void read_kind(const cJSON *body, struct sandbox_fault *fault,
                      struct sandbox_problems *problems)
{
    const char *kind = sandbox_string_in(body, "kind");
    size_t i = 0;
    while (i < FAULT_NAME_COUNT && (kind == NULL || strcmp(kind, FAULT_NAMES[i]) != 0))
        i++;
    if (i == FAULT_NAME_COUNT)
        sandbox_problem_add(problems, "kind", "must be slow, 429, 500, drop, html or none");
    else
        fault->kind = (enum sandbox_fault_kind)i;
}

static void read_text(const cJSON *body, const char *name, char *text, size_t size,
                      struct sandbox_problems *problems)
{
    const char *given = sandbox_string_in(body, name);
    if (given != NULL && strlen(given) >= size)
        sandbox_problem_add(problems, name, "is too long");
    else if (given != NULL)
        (void)snprintf(text, size, "%s", given);
}

static void read_fault(const cJSON *body, struct sandbox_fault *fault,
                       struct sandbox_problems *problems)
{
    enum { COUNT_MAX = 1000000, RETRY_AFTER_MAX = 24 * 3600, DELAY_MS = 3000 };
    *fault = (struct sandbox_fault){0};
    read_kind(body, fault, problems);
    fault->count = (unsigned)read_number(body, "count", 1, COUNT_MAX, problems);
    fault->delay_ms = read_number(body, "delay_ms", DELAY_MS, SANDBOX_FAULT_DELAY_MAX_MS, problems);
    fault->retry_after_s = read_number(body, "retry_after", 1, RETRY_AFTER_MAX, problems);
    if (cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(body, "retry_after")))
        fault->retry_after_s = -1;
    read_text(body, "path", fault->path, sizeof fault->path, problems);
    read_text(body, "method", fault->method, sizeof fault->method, problems);
    fault->performed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "performed"));
}

/* "none", or a count of 0, ends the faults of that path; any other is met after those before it. */
static bool apply_fault(struct sandbox_control *control, const struct sandbox_fault *fault)
{
    if (fault->kind == SANDBOX_FAULT_NONE || fault->count == 0) {
        for (size_t i = control->fault_count; i-- > 0;)
            if (strcmp(control->faults[i].path, fault->path) == 0)
                remove_fault(control, i);
        return true;
    }
    if (control->fault_count == SANDBOX_FAULTS_MAX)
        return false;
    control->faults[control->fault_count++] = *fault;
    return true;
}

static void put_fault(struct sandbox_control *control, const cJSON *body,
                      struct sandbox_answer *answer)
{
    struct sandbox_problems problems = {.location = "body"};
    struct sandbox_fault fault;
    read_fault(body, &fault, &problems);
    if (problems.count > 0)
        sandbox_answer_problems(answer, &problems);
    else if (!apply_fault(control, &fault))
        sandbox_answer_error(answer, 400, "bad_request", "Too many faults wait already");
    else
        list_faults(control, answer);
}

/* --- events and endpoints ----------------------------------------------- */

static void post_event(struct sandbox_control *control, const cJSON *body, int64_t now_ms,
                       struct sandbox_answer *answer)
{
    const char *category = sandbox_string_in(body, "category");
    if (category != NULL && sandbox_category_bit(category) == 0) {
        struct sandbox_problems problems = {.location = "body"};
        sandbox_problem_add(&problems, "category", "is an unknown event category");
        sandbox_answer_problems(answer, &problems);
        return;
    }
    const struct sandbox_event *event = sandbox_state_happen(control->state, category, now_ms);
    if (event == NULL) {
        sandbox_answer_unexpected(answer);
        return;
    }
    answer->status = 201;
    buffer_append(&answer->body, event->json, event->length);
}

static const char *const SIGNER_NAMES[] = {"official", "wrong_key", "stale", "single_hash",
                                           "tampered"};

enum { SIGNER_COUNT = sizeof SIGNER_NAMES / sizeof SIGNER_NAMES[0] };

static void write_endpoint(struct buffer *out, const struct sandbox_endpoint *endpoint)
{
    buffer_append_string(out, "{");
    sandbox_json_member(out, "id", endpoint->id);
    sandbox_json_member(out, "url", endpoint->url);
    sandbox_json_member(out, "status", endpoint->active ? "active" : "disabled");
    sandbox_json_member(out, "sign_with", SIGNER_NAMES[endpoint->sign_with]);
    sandbox_json_name(out, "fail_share");
    buffer_printf(out, "%.3f", endpoint->fail_share);
    sandbox_json_member_integer(out, "cursor", endpoint->cursor);
    sandbox_json_member_integer(out, "tries", endpoint->tries);
    sandbox_json_name(out, "stopped");
    buffer_append_string(out, endpoint->stopped ? "true}" : "false}");
}

static void list_endpoints(const struct sandbox_control *control, struct sandbox_answer *answer)
{
    size_t count = sandbox_state_endpoint_count(control->state);
    buffer_printf(&answer->body, "{\"count\":%zu,\"data\":[", count);
    for (size_t i = 0; i < count; i++) {
        sandbox_json_next(&answer->body);
        write_endpoint(&answer->body, sandbox_state_endpoint_at(control->state, i));
    }
    buffer_append_string(&answer->body, "]}");
}

static enum sandbox_signer read_signer(const cJSON *body, enum sandbox_signer now,
                                       struct sandbox_problems *problems)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, "sign_with");
    const char *name = cJSON_GetStringValue(item);
    if (item == NULL)
        return now;
    for (size_t i = 0; name != NULL && i < SIGNER_COUNT; i++)
        if (strcmp(name, SIGNER_NAMES[i]) == 0)
            return (enum sandbox_signer)i;
    sandbox_problem_add(problems, "sign_with",
                        "must be official, wrong_key, stale, single_hash or tampered");
    return now;
}

static double read_share(const cJSON *body, double now, struct sandbox_problems *problems)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, "fail_share");
    if (item == NULL)
        return now;
    double share = cJSON_GetNumberValue(item);
    if (share >= 0 && share <= 1)
        return share;
    sandbox_problem_add(problems, "fail_share", "must be a number from 0 to 1");
    return now;
}

/* NULL where none is given, too. */
static struct signing_key *read_key(const cJSON *body, struct sandbox_problems *problems)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, "private_key");
    const char *pem = cJSON_GetStringValue(item);
    struct signing_key *key = pem != NULL ? signing_key_from_pem(pem, strlen(pem), NULL) : NULL;
    if (item != NULL && key == NULL)
        sandbox_problem_add(problems, "private_key", "must be an RSA key of 2048 bits, PEM");
    return key;
}

static enum sandbox_need put_endpoint(struct sandbox_endpoint *endpoint, const cJSON *body,
                                      bool have_stray, struct sandbox_answer *answer)
{
    struct sandbox_problems problems = {.location = "body"};
    enum sandbox_signer signer = read_signer(body, endpoint->sign_with, &problems);
    double share = read_share(body, endpoint->fail_share, &problems);
    bool needs_stray = signer == SANDBOX_SIGN_WRONG_KEY && !have_stray;
    struct signing_key *key = needs_stray ? NULL : read_key(body, &problems);
    if (problems.count > 0) {
        signing_key_free(key);
        sandbox_answer_problems(answer, &problems);
        return SANDBOX_NEEDS_NOTHING;
    }
    if (needs_stray)
        return SANDBOX_NEEDS_STRAY_KEY;
    if (key != NULL && !sandbox_endpoint_set_key(endpoint, key)) {
        sandbox_answer_unexpected(answer);
        return SANDBOX_NEEDS_NOTHING;
    }
    endpoint->sign_with = signer;
    endpoint->fail_share = share;
    write_endpoint(&answer->body, endpoint);
    return SANDBOX_NEEDS_NOTHING;
}

/* Unlike Bridge's, these keys are for nothing but trying: `drill` signs with them. */
static void give_key(const struct sandbox_control *control, const char *id,
                     struct sandbox_answer *answer)
{
    const struct sandbox_endpoint *endpoint = sandbox_state_endpoint(control->state, id);
    if (endpoint == NULL || endpoint->key == NULL) {
        sandbox_answer_error(answer, 404, "not_found", "Unknown webhook id");
        return;
    }
    char *pem = signing_key_private_pem(endpoint->key);
    if (pem == NULL) {
        sandbox_answer_unexpected(answer);
        return;
    }
    answer->content_type = "text/plain";
    buffer_append_string(&answer->body, pem);
    free(pem);
}

/* --- from a request to its answer --------------------------------------- */

bool sandbox_control_owns(const char *target)
{
    static const char prefix[] = "/sandbox";
    size_t length = strlen(prefix);
    return strncmp(target, prefix, length) == 0 &&
           (target[length] == '\0' || strchr("/?#", target[length]) != NULL);
}

static bool is(const struct sandbox_request *request, const char *method, const char *path)
{
    return strcmp(request->method, method) == 0 &&
           sandbox_path_matches(request->target, path, NULL, 0);
}

static enum sandbox_need answer_with_body(struct sandbox_control *control,
                                          const struct sandbox_request *request, bool have_stray,
                                          struct sandbox_answer *answer)
{
    char id[CONTRACT_ID_MAX + 2] = "";
    enum sandbox_need need = SANDBOX_NEEDS_NOTHING;
    cJSON *body = sandbox_request_object(request, true, answer);
    if (body == NULL)
        return need;
    (void)sandbox_path_matches(request->target, "/sandbox/webhooks/*", id, sizeof id);
    struct sandbox_endpoint *endpoint = sandbox_state_endpoint(control->state, id);
    if (is(request, "PUT", "/sandbox/faults"))
        put_fault(control, body, answer);
    else if (is(request, "POST", "/sandbox/events"))
        post_event(control, body, request->now_ms, answer);
    else if (endpoint != NULL)
        need = put_endpoint(endpoint, body, have_stray, answer);
    else
        sandbox_answer_error(answer, 404, "not_found", "Unknown webhook id");
    cJSON_Delete(body);
    return need;
}

enum sandbox_need sandbox_control_answer(struct sandbox_control *control,
                                         const struct sandbox_request *request, bool have_stray,
                                         struct sandbox_answer *answer)
{
    char id[CONTRACT_ID_MAX + 2] = "";
    bool key =
        strcmp(request->method, "GET") == 0 &&
        sandbox_path_matches(request->target, "/sandbox/webhooks/*/private_key", id, sizeof id);
    if (key) {
        give_key(control, id, answer);
    } else if (is(request, "GET", "/sandbox/requests")) {
        list_requests(control, answer);
    } else if (is(request, "DELETE", "/sandbox/requests")) {
        forget_requests(control);
        sandbox_answer_message(answer, 200, "The record is empty");
    } else if (is(request, "GET", "/sandbox/faults")) {
        list_faults(control, answer);
    } else if (is(request, "DELETE", "/sandbox/faults")) {
        control->fault_count = 0;
        sandbox_answer_message(answer, 200, "There are no faults");
    } else if (is(request, "GET", "/sandbox/webhooks")) {
        list_endpoints(control, answer);
    } else if (is(request, "PUT", "/sandbox/faults") || is(request, "POST", "/sandbox/events") ||
               is(request, "PUT", "/sandbox/webhooks/*")) {
        return answer_with_body(control, request, have_stray, answer);
    } else {
        sandbox_answer_error(answer, 404, "not_found", "The control room has no such call");
    }
    return SANDBOX_NEEDS_NOTHING;
}
