/*
 * Decoding of the API's answers: every input goes to every decoder.
 *
 * What is decoded keeps what contract.h says: ids that are ids, texts in UTF-8 within their limit,
 * the exact bytes of events and log entries; a copy is the same, an event that is read again from
 * its own bytes is the same; and what cannot be decoded leaves nothing behind but a reason.
 */
#include "tests/fuzz/fuzz.h"

#include "api/client_codec.h"
#include "api/contract.h"
#include "api/delivery.h"
#include "api/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool zeroed(const void *object, size_t size)
{
    const unsigned char *byte = object;
    for (size_t i = 0; i < size; i++)
        if (byte[i] != 0)
            return false;
    return true;
}

static bool same(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static void check_text(const char *text)
{
    if (text == NULL)
        return;
    size_t length = strlen(text);
    FUZZ_CHECK(length <= CONTRACT_STRING_MAX && fuzz_is_utf8(text, length));
}

static void check_error(const struct error *error)
{
    FUZZ_CHECK(error->message[0] != '\0' && strchr(error->message, '\n') == NULL);
}

/* A decoder that failed has said why, and left nothing. */
static void check_failed(const void *object, size_t size, const struct error *error)
{
    FUZZ_CHECK(zeroed(object, size));
    check_error(error);
}

/* Exactly as it came: a whole JSON value that stands in the input. */
static void check_raw(const char *raw, size_t length, const char *json, size_t json_length)
{
    FUZZ_CHECK(raw != NULL && json_valid(raw, length));
    FUZZ_CHECK(memmem(json, json_length, raw, length) != NULL);
}

/* --- webhooks ------------------------------------------------------------- */

static bool same_list(const struct string_list *one, const struct string_list *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++)
        if (strcmp(one->items[i], other->items[i]) != 0)
            return false;
    return true;
}

static void check_webhook(const struct webhook *webhook)
{
    FUZZ_CHECK(contract_id_valid(webhook->id));
    check_text(webhook->url);
    check_text(webhook->status_text);
    check_text(webhook->public_key);
    check_text(webhook->created_at);
    FUZZ_CHECK(webhook->categories.count <= CONTRACT_LIST_MAX);
    for (size_t i = 0; i < webhook->categories.count; i++)
        check_text(webhook->categories.items[i]);
    FUZZ_CHECK(webhook->status == WEBHOOK_STATUS_UNKNOWN ||
               strcmp(webhook->status_text, webhook_status_name(webhook->status)) == 0);

    struct webhook copy;
    FUZZ_CHECK(webhook_copy(&copy, webhook));
    FUZZ_CHECK(same(copy.id, webhook->id) && same(copy.url, webhook->url) &&
               same(copy.status_text, webhook->status_text) &&
               same(copy.public_key, webhook->public_key) &&
               same(copy.created_at, webhook->created_at) && copy.status == webhook->status &&
               same_list(&copy.categories, &webhook->categories));
    webhook_clear(&copy);
    FUZZ_CHECK(zeroed(&copy, sizeof copy));
}

/* What is written for Bridge says what was meant. */
static void check_encoded(const struct webhook *webhook)
{
    char *body = webhook_create_encode(webhook->url != NULL ? webhook->url : "", "webhook_creation",
                                       &webhook->categories);
    FUZZ_CHECK(body != NULL && json_valid(body, strlen(body)));
    free(body);
    body = webhook_update_encode(webhook->url, webhook->status, &webhook->categories);
    FUZZ_CHECK((body == NULL) == (webhook->status == WEBHOOK_DELETED));
    if (body != NULL) {
        /* It has no id: put one in front to read it again. */
        char *answer = NULL;
        struct webhook again = {0};
        FUZZ_CHECK(json_valid(body, strlen(body)));
        FUZZ_CHECK(asprintf(&answer, "{\"id\":\"wep_1\"%s%s", body[1] == '}' ? "" : ",", body + 1) >
                   0);
        FUZZ_CHECK(webhook_decode(answer, strlen(answer), &again, NULL));
        FUZZ_CHECK(same(again.url, webhook->url) && again.status == webhook->status &&
                   same_list(&again.categories, &webhook->categories));
        webhook_clear(&again);
        free(answer);
    }
    free(body);
}

static void decode_webhooks(const char *json, size_t length)
{
    struct error error = {0};
    struct webhook webhook = {0};
    if (webhook_decode(json, length, &webhook, &error)) {
        check_webhook(&webhook);
        check_encoded(&webhook);
    } else {
        check_failed(&webhook, sizeof webhook, &error);
    }
    webhook_clear(&webhook);

    struct webhook_list list = {0};
    error.message[0] = '\0';
    if (!webhook_list_decode(json, length, &list, &error))
        check_failed(&list, sizeof list, &error);
    FUZZ_CHECK(list.count <= CONTRACT_LIST_MAX);
    for (size_t i = 0; i < list.count; i++)
        check_webhook(&list.items[i]);
    webhook_list_clear(&list);
}

/* --- events ----------------------------------------------------------------- */

static bool same_event(const struct event *one, const struct event *other)
{
    return same(one->id, other->id) && same(one->developer_id, other->developer_id) &&
           same(one->category, other->category) && same(one->type, other->type) &&
           same(one->object_id, other->object_id) &&
           same(one->object_status, other->object_status) &&
           same(one->created_at, other->created_at) && one->created_ms == other->created_ms &&
           one->sequence == other->sequence && one->raw_length == other->raw_length &&
           memcmp(one->raw, other->raw, one->raw_length) == 0;
}

static void check_event(const struct event *event, const char *json, size_t length)
{
    FUZZ_CHECK(contract_id_valid(event->id));
    check_text(event->developer_id);
    check_text(event->category);
    check_text(event->type);
    check_text(event->object_id);
    check_text(event->object_status);
    check_text(event->created_at);
    FUZZ_CHECK(event->created_ms == -1 || event->created_at != NULL);
    check_raw(event->raw, event->raw_length, json, length);

    struct event copy, again = {0};
    FUZZ_CHECK(event_copy(&copy, event) && same_event(&copy, event));
    FUZZ_CHECK(event_decode(event->raw, event->raw_length, &again, NULL));
    FUZZ_CHECK(same_event(&again, event));
    event_clear(&copy);
    event_clear(&again);

    /* A delivery's body is read alike. */
    struct delivery delivery = {.body = event->raw, .body_length = event->raw_length};
    delivery_read_event(&delivery);
    FUZZ_CHECK(same(delivery.event_id, event->id) && same(delivery.event_type, event->type) &&
               same(delivery.object_id, event->object_id) &&
               same(delivery.object_status, event->object_status) &&
               delivery.sequence == event->sequence);
    delivery.body = NULL;
    delivery_clear(&delivery);
}

static void decode_events(const char *json, size_t length)
{
    struct error error = {0};
    struct event event = {0};
    if (event_decode(json, length, &event, &error))
        check_event(&event, json, length);
    else
        check_failed(&event, sizeof event, &error);
    event_clear(&event);

    struct event_list list = {0};
    error.message[0] = '\0';
    if (!event_list_decode(json, length, &list, &error))
        check_failed(&list, sizeof list, &error);
    FUZZ_CHECK(list.count <= CONTRACT_LIST_MAX);
    for (size_t i = 0; i < list.count; i++)
        check_event(&list.items[i], json, length);
    event_list_clear(&list);
}

/* --- logs, and the rest -------------------------------------------------------- */

static void check_log(const struct log_entry *entry, const char *json, size_t length)
{
    check_text(entry->status_text);
    check_text(entry->event_id);
    check_text(entry->response_body);
    check_text(entry->created_at);
    check_raw(entry->raw, entry->raw_length, json, length);
    FUZZ_CHECK(log_entry_succeeded(entry) == (entry->status >= 200 && entry->status <= 299));
    struct log_entry copy;
    FUZZ_CHECK(log_entry_copy(&copy, entry));
    FUZZ_CHECK(copy.status == entry->status && same(copy.status_text, entry->status_text) &&
               same(copy.event_id, entry->event_id) &&
               same(copy.response_body, entry->response_body) &&
               same(copy.created_at, entry->created_at) && copy.created_ms == entry->created_ms);
    log_entry_clear(&copy);
}

static void decode_logs(const char *json, size_t length)
{
    struct error error = {0};
    struct log_list list = {0};
    if (!log_list_decode(json, length, &list, &error))
        check_failed(&list, sizeof list, &error);
    FUZZ_CHECK(list.count <= CONTRACT_LIST_MAX);
    for (size_t i = 0; i < list.count; i++)
        check_log(&list.items[i], json, length);
    log_list_clear(&list);
}

/* As the client has it: by call. */
static void decode_answers(const char *json, size_t length)
{
    for (enum api_call call = API_LIST_WEBHOOKS; call <= API_LIST_EVENTS; call++) {
        struct error error = {0};
        struct api_result result = {.call = call};
        if (!client_answer_decode(json, length, &result, &error))
            check_error(&error);
        webhook_clear(&result.webhook);
        webhook_list_clear(&result.webhooks);
        event_list_clear(&result.events);
        log_list_clear(&result.logs);
        check_text(result.message);
        free(result.message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    size_t json_length;
    fuzz_begin(&input, bytes, length);
    const char *json = fuzz_part(&input, &json_length);
    decode_webhooks(json, json_length);
    decode_events(json, json_length);
    decode_logs(json, json_length);
    decode_answers(json, json_length);
    char *message = contract_message_decode(json, json_length);
    check_text(message);
    free(message);
    fuzz_end(&input);
    return 0;
}
