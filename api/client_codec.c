#include "api/client_codec.h"

#include "api/buffer.h"
#include "api/json_text.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096, LIST_LIMIT_MAX = 500 };

bool api_result_clock_ahead(const struct api_result *result, int64_t now_ms, int64_t *ahead_ms)
{
    enum { HALF_A_SECOND_MS = 500 };
    if (result->server_date_ms < 0)
        return false;
    *ahead_ms = now_ms - result->latency_ms / 2 - (result->server_date_ms + HALF_A_SECOND_MS);
    return true;
}

bool api_call_changes(enum api_call call)
{
    return call == API_CREATE_WEBHOOK || call == API_UPDATE_WEBHOOK || call == API_DELETE_WEBHOOK ||
           call == API_SEND_EVENT;
}

/* --- the request --------------------------------------------------------------- */

static size_t characters(const char *utf8)
{
    size_t count = 0;
    for (; *utf8 != '\0'; utf8++)
        count += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return count;
}

static bool check_id(const char *what, const char *id, struct error *error)
{
    if (id == NULL || id[0] == '\0')
        return error_set(error, "the %s is missing", what);
    if (characters(id) > CONTRACT_ID_MAX)
        return error_set(error, "the %s is longer than %d characters", what, CONTRACT_ID_MAX);
    /* Dots need no encoding, and in a path these two would name another resource. */
    if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return error_set(error, "the %s cannot be %s", what, id);
    return true;
}

static void append_encoded(struct buffer *path, const char *text)
{
    char *encoded = curl_easy_escape(NULL, text, 0);
    if (encoded == NULL || !buffer_append_string(path, encoded))
        path->failed = true;
    curl_free(encoded);
}

static bool append_webhook(struct buffer *path, const char *id, const char *rest,
                           struct error *error)
{
    if (!check_id("webhook's id", id, error))
        return false;
    buffer_append_string(path, "/webhooks/");
    append_encoded(path, id);
    buffer_append_string(path, rest);
    return true;
}

static void append_query(struct buffer *path, const char *name, const char *value)
{
    if (value == NULL || path->failed) /* then there may be no data to look into */
        return;
    buffer_append_string(path, strchr(path->data, '?') == NULL ? "?" : "&");
    buffer_append_string(path, name);
    buffer_append_string(path, "=");
    append_encoded(path, value);
}

static bool append_events(struct buffer *path, const struct api_request *request,
                          struct error *error)
{
    if (request->limit < 0 || request->limit > LIST_LIMIT_MAX)
        return error_set(error, "the limit must be 1 to %d", LIST_LIMIT_MAX);
    if (request->starting_after != NULL && !check_id("event's id", request->starting_after, error))
        return false;
    if (request->ending_before != NULL && !check_id("event's id", request->ending_before, error))
        return false;
    buffer_append_string(path, "/webhook_events");
    if (request->limit > 0)
        buffer_printf(path, "?limit=%d", request->limit);
    append_query(path, "starting_after", request->starting_after);
    append_query(path, "ending_before", request->ending_before);
    append_query(path, "category", request->category);
    return true;
}

static bool build_create(const struct api_request *request, struct client_message *message,
                         struct buffer *path, struct error *error)
{
    if (request->url == NULL || request->epoch == NULL)
        return error_set(error, "a new webhook needs a URL and an epoch");
    message->method = "POST";
    message->idempotency_key = true;
    message->body = webhook_create_encode(request->url, request->epoch, request->categories);
    buffer_append_string(path, "/webhooks");
    return message->body != NULL || error_set(error, "out of memory");
}

static bool build_update(const struct api_request *request, struct client_message *message,
                         struct buffer *path, struct error *error)
{
    message->method = "PUT";
    message->body = webhook_update_encode(request->url, request->status, request->categories);
    return append_webhook(path, request->webhook_id, "", error) &&
           (message->body != NULL || error_set(error, "out of memory"));
}

static bool build_send(const struct api_request *request, struct client_message *message,
                       struct buffer *path, struct error *error)
{
    if (!check_id("event's id", request->event_id, error))
        return false;
    message->method = "POST";
    message->idempotency_key = true;
    message->body = event_send_encode(request->event_id);
    return append_webhook(path, request->webhook_id, "/send", error) &&
           (message->body != NULL || error_set(error, "out of memory"));
}

static bool build(const struct api_request *request, struct client_message *message,
                  struct buffer *path, struct error *error)
{
    message->method = "GET";
    switch (request->call) {
    case API_LIST_WEBHOOKS:
        buffer_append_string(path, "/webhooks");
        return true;
    case API_CREATE_WEBHOOK:
        return build_create(request, message, path, error);
    case API_UPDATE_WEBHOOK:
        return build_update(request, message, path, error);
    case API_DELETE_WEBHOOK:
        message->method = "DELETE";
        return append_webhook(path, request->webhook_id, "", error);
    case API_UPCOMING_EVENTS:
        if (!append_webhook(path, request->webhook_id, "/events", error))
            return false;
        append_query(path, "category", request->category);
        return true;
    case API_SEND_EVENT:
        return build_send(request, message, path, error);
    case API_LOGS:
        return append_webhook(path, request->webhook_id, "/logs", error);
    case API_LIST_EVENTS:
        return append_events(path, request, error);
    }
    return error_set(error, "no such call");
}

bool client_message_build(const struct api_request *request, struct client_message *message,
                          struct error *error)
{
    *message = (struct client_message){0};
    struct buffer path;
    buffer_init(&path, PATH_MAX_BYTES);
    if (!build(request, message, &path, error)) {
        buffer_clear(&path);
        return false;
    }
    message->path = buffer_take(&path, NULL);
    return message->path != NULL || error_set(error, "the request's path is too long");
}

void client_message_clear(struct client_message *message)
{
    free(message->path);
    free(message->body);
    *message = (struct client_message){0};
}

/* --- the answer ----------------------------------------------------------------- */

/* The message is for people, and no documented shape is required of it: an empty
   answer is one, a page of HTML from something in between is not. */
static bool decode_sent(const char *body, size_t length, struct api_result *result,
                        struct error *error)
{
    if (length > 0 && !json_valid(body, length))
        return error_set(error, "expected a message, got text that is not JSON");
    result->message = contract_message_decode(body, length);
    return true;
}

bool client_answer_decode(const char *body, size_t length, struct api_result *result,
                          struct error *error)
{
    switch (result->call) {
    case API_LIST_WEBHOOKS:
        return webhook_list_decode(body, length, &result->webhooks, error);
    case API_DELETE_WEBHOOK:
        if (length == 0) /* 204: deleted, and nothing more to say */
            return true;
        return webhook_decode(body, length, &result->webhook, error);
    case API_CREATE_WEBHOOK:
    case API_UPDATE_WEBHOOK:
        return webhook_decode(body, length, &result->webhook, error);
    case API_SEND_EVENT:
        return decode_sent(body, length, result, error);
    case API_UPCOMING_EVENTS:
    case API_LIST_EVENTS:
        return event_list_decode(body, length, &result->events, error);
    case API_LOGS:
        return log_list_decode(body, length, &result->logs, error);
    }
    return error_set(error, "no such call");
}

bool client_preview(const struct api_request *request, char *text, size_t size)
{
    struct client_message message;
    struct error error;
    if (!client_message_build(request, &message, &error))
        return false;
    (void)snprintf(text, size, "%s %s%s%s%s", message.method, message.path,
                   message.idempotency_key ? "\nIdempotency-Key: made when sent" : "",
                   message.body != NULL ? "\n" : "", message.body != NULL ? message.body : "");
    client_message_clear(&message);
    return true;
}
