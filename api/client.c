#include "api/client.h"

#include "api/backoff.h"
#include "api/client_codec.h"
#include "api/libcurl.h"
#include "api/transfer.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    UUID_SIZE = 37,
    WORDS_MAX = 8192,    /* of an error answer, before the key is looked for in them */
    KEY_REDACT_MIN = 8,  /* shorter keys are parts of ordinary words */
    PAUSE_MINUTES = 120, /* seconds from which a pause is told in minutes */
};

struct call {
    struct call *next;
    struct client *client;
    uint64_t handle;
    enum api_call kind;
    char *webhook_id; /* for a delete: its answer may not name it */
    struct client_message message;
    char idempotency_key[UUID_SIZE];
    unsigned attempts_allowed;
    unsigned attempts_made;
    uint64_t transfer;        /* 0: none under way */
    uv_timer_t timer;         /* the pause before a retry, or before a refusal is told */
    enum api_outcome refusal; /* with `error`, for on_refusal_due() */
    struct error error;
    client_done done;
    client_retrying retrying;
    void *context;
};

struct client {
    uv_loop_t *loop;
    struct transfer_pool *pool;
    struct client_config config; /* with the defaults filled in; its strings are the next two */
    char *base_url;
    char *api_key;
    struct call *calls;
    uint64_t last_handle;
    unsigned open; /* calls whose timer is not closed yet, and the pool */
    void (*closed)(void *context);
    void *closed_context;
};

static void attempt(struct call *call);
static void finish(struct call *call, struct api_result *result);

/* --- where the key may go ---------------------------------------------------------- */

static bool scheme_and_host_acceptable(CURLU *parts, struct error *error)
{
    char *scheme = NULL;
    char *host = NULL;
    bool known = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                 curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    bool ok = known && (strcmp(scheme, "https") == 0 ||
                        (strcmp(scheme, "http") == 0 && transfer_host_is_loopback(host)));
    curl_free(scheme);
    curl_free(host);
    if (!ok)
        error_set(error, "the API URL must begin with https:// (http:// only for this machine: "
                         "localhost, 127.0.0.1, [::1]), for the API key is sent there");
    return ok;
}

bool client_url_acceptable(const char *url, struct error *error)
{
    if (url == NULL || url[0] == '\0')
        return error_set(error, "the API URL is missing");
    if (strstr(url, ":///") != NULL) /* libcurl would take the path's first part for the host */
        return error_set(error, "the API URL names no host");
    if (strpbrk(url, "?#") != NULL)
        return error_set(error, "the API URL must not have a query or a fragment");
    if (!libcurl_load(error))
        return false;
    CURLU *parts = curl_url();
    if (parts == NULL)
        return error_set(error, "out of memory");
    bool ok = false;
    CURLUcode code =
        curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_USER_NOT_ALLOWED)
        error_set(error, "the API URL must not have a user or a password");
    else if (code != CURLUE_OK)
        error_set(error, "the API URL is not a URL (%s)", curl_url_strerror(code));
    else
        ok = scheme_and_host_acceptable(parts, error);
    curl_url_cleanup(parts);
    return ok;
}

/* Header values cannot hold control characters, and keys hold no blanks: such a key was pasted or
   read from a file with what stood around it. */
bool client_key_acceptable(const char *api_key, struct error *error)
{
    if (api_key == NULL || api_key[0] == '\0')
        return error_set(error, "BRIDGE_API_KEY is not set: the API key is missing");
    if (strlen(api_key) > CLIENT_KEY_MAX)
        return error_set(error, "BRIDGE_API_KEY is longer than %d bytes: no API key is",
                         CLIENT_KEY_MAX);
    if (strpbrk(api_key, " \t\r\n") != NULL)
        return error_set(error, "BRIDGE_API_KEY holds a line break or a blank: set it to the API "
                                "key alone, without what stands around it");
    for (const char *c = api_key; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return error_set(error, "BRIDGE_API_KEY holds a control character: set it to the API "
                                    "key alone");
    return true;
}

/* --- the client ------------------------------------------------------------------------ */

static void fill_in_defaults(struct client_config *config)
{
    if (config->connect_timeout_ms == 0)
        config->connect_timeout_ms = CLIENT_CONNECT_TIMEOUT_MS;
    if (config->timeout_ms == 0)
        config->timeout_ms = CLIENT_TIMEOUT_MS;
    if (config->retry_first_ms == 0)
        config->retry_first_ms = BACKOFF_FIRST_MS;
    if (config->answer_max == 0)
        config->answer_max = CLIENT_ANSWER_MAX;
}

static void client_free(struct client *client)
{
    if (client == NULL)
        return;
    if (client->api_key != NULL)
        explicit_bzero(client->api_key, strlen(client->api_key));
    free(client->api_key);
    free(client->base_url);
    free(client);
}

struct client *client_new(uv_loop_t *loop, const struct client_config *config, struct error *error)
{
    if (!client_url_acceptable(config->base_url, error) ||
        !client_key_acceptable(config->api_key, error))
        return NULL;
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL || (client->base_url = strdup(config->base_url)) == NULL ||
        (client->api_key = strdup(config->api_key)) == NULL) {
        error_set(error, "out of memory");
        goto failed;
    }
    for (size_t end = strlen(client->base_url); end > 0 && client->base_url[end - 1] == '/';)
        client->base_url[--end] = '\0';
    client->loop = loop;
    client->config = *config;
    client->config.base_url = client->base_url;
    client->config.api_key = client->api_key;
    fill_in_defaults(&client->config);
    client->pool = transfer_pool_new(loop, 1, error);
    if (client->pool == NULL)
        goto failed;
    client->open = 1;
    return client;

failed:
    client_free(client);
    return NULL;
}

/* --- starting a call --------------------------------------------------------------------- */

/* A random UUID (RFC 9562, 5.4). */
static void make_uuid(const struct ambient *ambient, char text[UUID_SIZE])
{
    uint64_t high = ambient_random_u64(ambient);
    uint64_t low = ambient_random_u64(ambient);
    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);     /* version 4 */
    low = (low & ~(UINT64_C(3) << 62)) | (UINT64_C(2) << 62); /* variant 10 */
    (void)snprintf(text, UUID_SIZE, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                   (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xffff, (unsigned)(low >> 48),
                   (unsigned long long)(low & 0xffffffffffff));
}

static void on_refusal_due(uv_timer_t *timer)
{
    struct call *call = timer->data;
    struct api_result result = {
        .call = call->kind,
        .outcome = call->refusal,
        .error = call->error,
        .retry_after_ms = -1,
        .server_date_ms = -1,
        .attempts = call->attempts_made,
    };
    finish(call, &result);
}

/* No callback before client_call() has returned: the refusal is told from the loop. */
static void refuse_later(struct call *call, enum api_outcome outcome)
{
    call->refusal = outcome;
    (void)uv_timer_start(&call->timer, on_refusal_due, 0, 0);
}

static bool prepare(struct call *call, const struct api_request *request)
{
    struct client *client = call->client;
    if (client->config.read_only && api_call_changes(request->call))
        return error_set(&call->error, "read-only: nothing is changed at Bridge");
    if (!client_message_build(request, &call->message, &call->error))
        return false;
    if (request->webhook_id != NULL && (call->webhook_id = strdup(request->webhook_id)) == NULL)
        return error_set(&call->error, "out of memory");
    if (call->message.idempotency_key)
        make_uuid(&client->config.ambient, call->idempotency_key);
    return true;
}

uint64_t client_call(struct client *client, const struct api_request *request, client_done done,
                     client_retrying retrying, void *context)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return 0;
    call->client = client;
    call->handle = ++client->last_handle;
    call->kind = request->call;
    call->attempts_allowed = request->attempts > 0 ? request->attempts : 1;
    call->done = done;
    call->retrying = retrying;
    call->context = context;
    (void)uv_timer_init(client->loop, &call->timer); /* cannot fail */
    call->timer.data = call;
    call->next = client->calls;
    client->calls = call;
    client->open++;
    if (prepare(call, request))
        attempt(call);
    else
        refuse_later(call, API_REFUSED);
    return call->handle;
}

/* --- what an answer means ------------------------------------------------------------------ */

/* A server may quote the key that it refuses; nobody else is to read it. */
static void redact(const struct client *client, char *text, size_t length)
{
    size_t key_length = strlen(client->api_key);
    if (key_length < KEY_REDACT_MIN)
        return;
    char *end = text + length;
    char *at = text;
    while ((at = memmem(at, (size_t)(end - at), client->api_key, key_length)) != NULL) {
        memset(at, '*', key_length);
        at += key_length;
    }
}

/* The key is looked for in more words than are kept, so that no part of it stays at the cut. */
static void set_words(const struct client *client, const struct transfer_result *transfer,
                      struct error *error)
{
    char words[WORDS_MAX];
    contract_error_decode(transfer->status, transfer->body, transfer->body_length, words,
                          sizeof words);
    redact(client, words, strlen(words));
    error_set(error, "%s", words);
}

static void judge_success(const struct call *call, const struct transfer_result *transfer,
                          struct api_result *result)
{
    struct error reason;
    if (client_answer_decode(transfer->body, transfer->body_length, result, &reason)) {
        result->outcome = API_OK;
        if (result->message != NULL)
            redact(call->client, result->message, strlen(result->message));
        return;
    }
    result->outcome = API_UNREADABLE;
    error_set(&result->error, "the answer cannot be read: %s", reason.message);
}

/* A deleted webhook whose answer did not say which, or was lost with the first try. */
static void fill_in_deleted(const struct call *call, struct api_result *result)
{
    if (call->kind != API_DELETE_WEBHOOK || result->outcome != API_OK || result->webhook.id != NULL)
        return;
    result->webhook.id = strdup(call->webhook_id);
    result->webhook.status = WEBHOOK_DELETED;
}

static int64_t asked_pause(const struct call *call, const struct transfer_result *transfer)
{
    int64_t now = ambient_wall_ms(&call->client->config.ambient);
    int64_t pause =
        backoff_retry_after_ms(header_list_find(&transfer->headers, "Retry-After"), now);
    if (pause < 0 && transfer->status == 429)
        pause =
            backoff_rate_reset_ms(header_list_find(&transfer->headers, "X-RateLimit-Reset"), now);
    return pause;
}

static void judge_status(const struct call *call, const struct transfer_result *transfer,
                         struct api_result *result)
{
    int status = transfer->status;
    if (status >= 200 && status < 300) {
        judge_success(call, transfer, result);
        return;
    }
    bool sent_before = call->attempts_made > 1 || transfer->sends > 1;
    if (status == 404 && call->kind == API_DELETE_WEBHOOK && sent_before) {
        result->outcome = API_OK;
        return;
    }
    set_words(call->client, transfer, &result->error);
    if (status == 429 || status >= 500) {
        result->outcome = API_UNAVAILABLE;
        result->retry_after_ms = asked_pause(call, transfer);
    } else if (status >= 400) {
        result->outcome = API_REFUSED;
    } else {
        result->outcome = API_UNREADABLE;
        struct error line = result->error;
        error_set(&result->error,
                  "%.400s (a redirect, which is not followed: is the API URL right?)",
                  line.message);
    }
}

static void judge(const struct call *call, const struct transfer_result *transfer,
                  struct api_result *result)
{
    *result = (struct api_result){
        .call = call->kind,
        .http_status = transfer->status,
        .retry_after_ms = -1,
        .latency_ms = transfer->elapsed_us / 1000,
        .server_date_ms = -1,
        .attempts = call->attempts_made,
    };
    if (transfer->failure != TRANSFER_OK) {
        result->outcome =
            transfer->failure == TRANSFER_TOO_LARGE ? API_UNREADABLE : API_UNAVAILABLE;
        result->error = transfer->error;
        return;
    }
    result->server_date_ms = backoff_http_date_ms(header_list_find(&transfer->headers, "Date"));
    judge_status(call, transfer, result);
    fill_in_deleted(call, result);
}

/* --- attempts and retries --------------------------------------------------------------------- */

static void on_retry_due(uv_timer_t *timer)
{
    attempt(timer->data);
}

static void tell_retrying(const struct call *call, const struct api_result *result,
                          int64_t pause_ms)
{
    if (call->retrying == NULL)
        return;
    int64_t seconds = pause_ms < 1000 ? 1 : (pause_ms + 999) / 1000;
    char line[ERROR_MAX + 64];
    (void)snprintf(line, sizeof line, "%s; next try in %lld s", result->error.message,
                   (long long)seconds);
    call->retrying(line, call->context);
}

/* `retrying` may cancel this call or close the client: nothing is touched after it. */
static void retry_later(struct call *call, const struct api_result *result)
{
    const struct client_config *config = &call->client->config;
    int64_t pause = backoff_pause_ms(call->attempts_made, config->retry_first_ms, BACKOFF_MAX_MS,
                                     ambient_random_u64(&config->ambient));
    if (pause < result->retry_after_ms)
        pause = result->retry_after_ms;
    (void)uv_timer_start(&call->timer, on_retry_due, (uint64_t)pause, 0);
    tell_retrying(call, result, pause);
}

static void result_clear(struct api_result *result)
{
    webhook_clear(&result->webhook);
    webhook_list_clear(&result->webhooks);
    event_list_clear(&result->events);
    log_list_clear(&result->logs);
    free(result->message);
}

static bool asks_for_too_long(const struct api_result *result)
{
    return result->retry_after_ms > CLIENT_PAUSE_MAX_MS;
}

/* Why a call that could have been retried ends. */
static void tell_end(const struct call *call, struct api_result *result)
{
    char tried[40] = "";
    char pause[64] = "";
    if (call->attempts_made > 1)
        (void)snprintf(tried, sizeof tried, " (tried %u times)", call->attempts_made);
    if (asks_for_too_long(result)) {
        int64_t seconds = (result->retry_after_ms + 999) / 1000;
        bool minutes = seconds >= PAUSE_MINUTES;
        (void)snprintf(pause, sizeof pause, "; Bridge asks to wait %lld %s",
                       (long long)(minutes ? (seconds + 59) / 60 : seconds), minutes ? "min" : "s");
    }
    struct error line = result->error;
    error_set(&result->error, "%.440s%s%s", line.message, tried, pause);
}

static void on_transfer(const struct transfer_result *transfer, void *context)
{
    struct call *call = context;
    call->transfer = 0;
    struct api_result result;
    judge(call, transfer, &result);
    bool final = result.outcome != API_UNAVAILABLE || transfer->failure == TRANSFER_IMPOSSIBLE ||
                 call->attempts_made >= call->attempts_allowed;
    if (!final && !asks_for_too_long(&result)) {
        retry_later(call, &result);
        result_clear(&result);
        return;
    }
    if (result.outcome == API_UNAVAILABLE && call->attempts_allowed > 1)
        tell_end(call, &result);
    finish(call, &result);
}

static bool add_headers(const struct call *call, struct header_list *headers)
{
    bool ok = header_list_add(headers, "Api-Key", call->client->api_key) &&
              header_list_add(headers, "Accept", "application/json") &&
              header_list_add(headers, "User-Agent", "bridgetop/" BRIDGETOP_VERSION);
    if (call->message.body != NULL)
        ok = ok && header_list_add(headers, "Content-Type", "application/json");
    if (call->message.idempotency_key)
        ok = ok && header_list_add(headers, "Idempotency-Key", call->idempotency_key);
    return ok;
}

static void headers_erase(struct header_list *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        explicit_bzero(headers->items[i].value, strlen(headers->items[i].value));
    header_list_clear(headers);
}

static void attempt(struct call *call)
{
    const struct client *client = call->client;
    struct header_list headers = {0};
    char *url = NULL;
    call->attempts_made++;
    if (asprintf(&url, "%s%s", client->base_url, call->message.path) < 0)
        url = NULL;
    if (url != NULL && add_headers(call, &headers)) {
        struct transfer_request request = {
            .method = call->message.method,
            .url = url,
            .headers = &headers,
            .body = call->message.body,
            .body_length = call->message.body == NULL ? 0 : strlen(call->message.body),
            .connect_timeout_ms = client->config.connect_timeout_ms,
            .timeout_ms = client->config.timeout_ms,
            .answer_max = client->config.answer_max,
            .urgent = api_call_changes(call->kind),
        };
        call->transfer = transfer_start(client->pool, &request, on_transfer, call);
    }
    if (call->transfer == 0) {
        error_set(&call->error, "out of memory");
        refuse_later(call, API_UNAVAILABLE);
    }
    headers_erase(&headers);
    free(url);
}

/* --- ending
 * ---------------------------------------------------------------------------------------- */

static void one_closed(struct client *client)
{
    if (--client->open > 0)
        return;
    void (*closed)(void *context) = client->closed;
    void *context = client->closed_context;
    client_free(client);
    if (closed != NULL)
        closed(context);
}

static void on_call_closed(uv_handle_t *handle)
{
    struct call *call = handle->data;
    struct client *client = call->client;
    client_message_clear(&call->message);
    free(call->webhook_id);
    free(call);
    one_closed(client);
}

static void call_end(struct call *call)
{
    struct client *client = call->client;
    for (struct call **at = &client->calls; *at != NULL; at = &(*at)->next) {
        if (*at == call) {
            *at = call->next;
            break;
        }
    }
    if (call->transfer != 0)
        transfer_cancel(client->pool, call->transfer);
    uv_close((uv_handle_t *)&call->timer, on_call_closed);
}

/* The call is out of the list first: whatever `done` does, it does not meet it again. */
static void finish(struct call *call, struct api_result *result)
{
    client_done done = call->done;
    void *context = call->context;
    call_end(call);
    done(result, context);
    result_clear(result);
}

void client_cancel(struct client *client, uint64_t handle)
{
    struct call *call = client->calls;
    while (call != NULL && call->handle != handle)
        call = call->next;
    if (call != NULL)
        call_end(call);
}

static void on_pool_closed(void *context)
{
    one_closed(context);
}

void client_close(struct client *client, void (*closed)(void *context), void *context)
{
    client->closed = closed;
    client->closed_context = context;
    while (client->calls != NULL)
        call_end(client->calls);
    transfer_pool_close(client->pool, on_pool_closed, client);
}
