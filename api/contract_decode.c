/*
 * Answers of the API into the contract's structs.
 *
 * A field that is absent, null or of another kind than expected is empty; only what names the
 * thing, its id, must be there.
 */
#include "api/contract.h"
#include "api/json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum outcome {
    READ,
    NOT_ONE, /* not what was expected: skipped in a list */
    NO_MEMORY,
};

/* One kind of thing that comes alone or in lists. */
struct kind {
    const char *one;
    const char *many;
    size_t size;
    /* Reads into a zeroed struct; whatever is in it unless READ is cleared by the caller. */
    enum outcome (*read)(struct json_value value, void *item);
    void (*clear)(void *item);
};

/* --- fields -------------------------------------------------------------------- */

static bool read_string(struct json_value value, char **string)
{
    return json_value_string(value, CONTRACT_STRING_MAX, string);
}

static enum outcome read_id(struct json_value value, char **id)
{
    if (value.kind != JSON_STRING)
        return NOT_ONE;
    if (!read_string(value, id))
        return NO_MEMORY;
    return contract_id_valid(*id) ? READ : NOT_ONE;
}

/* A time as it came, and read. */
static bool read_time(struct json_value value, char **text, int64_t *ms)
{
    *ms = -1;
    if (!read_string(value, text))
        return false;
    (void)contract_time_parse(*text, ms);
    return true;
}

static bool read_raw(struct json_value value, char **raw, size_t *length)
{
    *raw = strndup(value.text, value.length);
    *length = *raw != NULL ? value.length : 0;
    return *raw != NULL;
}

/* --- webhooks ------------------------------------------------------------------- */

static enum webhook_status read_status(const char *text)
{
    static const enum webhook_status documented[] = {
        WEBHOOK_DISABLED,
        WEBHOOK_ACTIVE,
        WEBHOOK_DELETED,
    };
    for (size_t i = 0; text != NULL && i < sizeof documented / sizeof documented[0]; i++)
        if (strcmp(text, webhook_status_name(documented[i])) == 0)
            return documented[i];
    return WEBHOOK_STATUS_UNKNOWN;
}

/* Some answers carry the two characters `\n` where the PEM has newlines. */
static void restore_newlines(char *pem)
{
    char *out = pem;
    for (const char *at = pem; *at != '\0'; at++) {
        if (at[0] == '\\' && at[1] == 'n') {
            *out++ = '\n';
            at++;
        } else {
            *out++ = *at;
        }
    }
    *out = '\0';
}

static bool read_public_key(struct json_value value, char **pem)
{
    if (!read_string(value, pem))
        return false;
    if (*pem != NULL)
        restore_newlines(*pem);
    return true;
}

static bool read_categories(struct json_value value, struct string_list *categories)
{
    struct json_scan walk;
    struct json_value name;
    struct json_value element;
    if (value.kind != JSON_ARRAY_BEGIN)
        return true;
    json_walk_begin(&walk, value);
    while (categories->count < CONTRACT_LIST_MAX && json_walk_next(&walk, &name, &element)) {
        char *category = NULL;
        if (element.kind != JSON_STRING)
            continue;
        bool added = read_string(element, &category) && string_list_add(categories, category);
        free(category);
        if (!added)
            return false;
    }
    return true;
}

static enum outcome read_webhook(struct json_value value, void *item)
{
    enum { ID, URL, STATUS, PUBLIC_KEY, CATEGORIES, CREATED_AT, FIELDS };
    struct json_field fields[FIELDS] = {
        [ID] = {.name = "id"},
        [URL] = {.name = "url"},
        [STATUS] = {.name = "status"},
        [PUBLIC_KEY] = {.name = "public_key"},
        [CATEGORIES] = {.name = "event_categories"},
        [CREATED_AT] = {.name = "created_at"},
    };
    struct webhook *webhook = item;
    json_fields_find(value, fields, FIELDS);

    enum outcome id = read_id(fields[ID].value, &webhook->id);
    if (id != READ)
        return id;
    if (!read_string(fields[URL].value, &webhook->url) ||
        !read_string(fields[STATUS].value, &webhook->status_text) ||
        !read_public_key(fields[PUBLIC_KEY].value, &webhook->public_key) ||
        !read_categories(fields[CATEGORIES].value, &webhook->categories) ||
        !read_string(fields[CREATED_AT].value, &webhook->created_at))
        return NO_MEMORY;
    webhook->status = read_status(webhook->status_text);
    return READ;
}

/* --- events ----------------------------------------------------------------------- */

static bool begins_with_category(const char *type, const char *category)
{
    size_t length = strlen(category);
    return strncmp(type, category, length) == 0 && (type[length] == '.' || type[length] == '\0');
}

static bool has_category(const char *type, const char *category)
{
    if (begins_with_category(type, category))
        return true;
    for (size_t i = 0; CONTRACT_CATEGORIES[i] != NULL; i++)
        if (begins_with_category(type, CONTRACT_CATEGORIES[i]))
            return true;
    return false;
}

/* Some answers carry the type without its category: "updated" for "transfer.updated". */
static bool complete_type(struct event *event)
{
    bool category = event->category != NULL && event->category[0] != '\0';
    bool type = event->type != NULL && event->type[0] != '\0';
    if (!category || !type || has_category(event->type, event->category))
        return true;
    char *whole = NULL;
    if (asprintf(&whole, "%s.%s", event->category, event->type) < 0)
        return false;
    free(event->type);
    event->type = whole;
    return true;
}

static enum outcome read_event(struct json_value value, void *item)
{
    enum {
        ID,
        DEVELOPER_ID,
        CATEGORY,
        TYPE,
        OBJECT_ID,
        OBJECT_STATUS,
        CREATED_AT,
        SEQUENCE,
        FIELDS,
    };
    struct json_field fields[FIELDS] = {
        [ID] = {.name = "event_id"},
        [DEVELOPER_ID] = {.name = "event_developer_id"},
        [CATEGORY] = {.name = "event_category"},
        [TYPE] = {.name = "event_type"},
        [OBJECT_ID] = {.name = "event_object_id"},
        [OBJECT_STATUS] = {.name = "event_object_status"},
        [CREATED_AT] = {.name = "event_created_at"},
        [SEQUENCE] = {.name = "event_sequence"},
    };
    struct event *event = item;
    json_fields_find(value, fields, FIELDS);

    enum outcome id = read_id(fields[ID].value, &event->id);
    if (id != READ)
        return id;
    if (!read_string(fields[DEVELOPER_ID].value, &event->developer_id) ||
        !read_string(fields[CATEGORY].value, &event->category) ||
        !read_string(fields[TYPE].value, &event->type) || !complete_type(event) ||
        !read_string(fields[OBJECT_ID].value, &event->object_id) ||
        !read_string(fields[OBJECT_STATUS].value, &event->object_status) ||
        !read_time(fields[CREATED_AT].value, &event->created_at, &event->created_ms) ||
        !read_raw(value, &event->raw, &event->raw_length))
        return NO_MEMORY;
    if (!json_value_integer(fields[SEQUENCE].value, &event->sequence) || event->sequence < 0)
        event->sequence = -1;
    return READ;
}

/* --- delivery logs ------------------------------------------------------------------ */

static int read_http_status(struct json_value value)
{
    enum { HTTP_STATUS_MAX = 999 }; /* three digits: RFC 9110, 15 */
    int64_t number;
    if (!json_value_integer(value, &number) || number < 0 || number > HTTP_STATUS_MAX)
        return 0;
    return (int)number;
}

static enum outcome read_log_entry(struct json_value value, void *item)
{
    enum { STATUS, EVENT_ID, RESPONSE_BODY, CREATED_AT, FIELDS };
    struct json_field fields[FIELDS] = {
        [STATUS] = {.name = "status"},
        [EVENT_ID] = {.name = "event_id"},
        [RESPONSE_BODY] = {.name = "response_body"},
        [CREATED_AT] = {.name = "created_at"},
    };
    struct log_entry *entry = item;
    json_fields_find(value, fields, FIELDS);

    enum outcome id = read_id(fields[EVENT_ID].value, &entry->event_id);
    if (id == NO_MEMORY)
        return id;
    if (id == NOT_ONE) {
        free(entry->event_id);
        entry->event_id = NULL;
    }
    if (!read_string(fields[STATUS].value, &entry->status_text) ||
        !json_value_text(fields[RESPONSE_BODY].value, CONTRACT_STRING_MAX, &entry->response_body) ||
        !read_time(fields[CREATED_AT].value, &entry->created_at, &entry->created_ms) ||
        !read_raw(value, &entry->raw, &entry->raw_length))
        return NO_MEMORY;
    entry->status = read_http_status(fields[STATUS].value);
    bool empty = entry->event_id == NULL && entry->status_text == NULL &&
                 entry->response_body == NULL && entry->created_at == NULL;
    return empty ? NOT_ONE : READ;
}

/* --- one of them, or a list ------------------------------------------------------------ */

static void clear_webhook(void *item)
{
    webhook_clear(item);
}

static void clear_event(void *item)
{
    event_clear(item);
}

static void clear_log_entry(void *item)
{
    log_entry_clear(item);
}

static const struct kind WEBHOOK = {
    "a webhook", "a list of webhooks", sizeof(struct webhook), read_webhook, clear_webhook,
};
static const struct kind EVENT = {
    "an event", "a list of events", sizeof(struct event), read_event, clear_event,
};
static const struct kind LOG_ENTRY = {
    "a log entry",  "a list of log entries", sizeof(struct log_entry),
    read_log_entry, clear_log_entry,
};

static bool parse(const char *json, size_t length, const char *expected, struct json_value *value,
                  struct error *error)
{
    size_t error_at;
    if (json_value_read(json, length, value, &error_at))
        return true;
    if (length == 0)
        return error_set(error, "expected %s, got nothing", expected);
    return error_set(error, "expected %s, got text that is not JSON (at byte %zu)", expected,
                     error_at);
}

static bool decode_one(const char *json, size_t length, const struct kind *kind, void *item,
                       struct error *error)
{
    struct json_value value;
    if (!parse(json, length, kind->one, &value, error))
        return false;
    enum outcome outcome = kind->read(value, item);
    if (outcome == READ)
        return true;
    kind->clear(item);
    if (outcome == NO_MEMORY)
        return error_set(error, "out of memory while reading %s", kind->one);
    return error_set(error, "expected %s, got JSON without its id", kind->one);
}

struct items {
    char *items;
    size_t count;
    size_t capacity;
    size_t skipped;
};

static void clear_items(struct items *items, const struct kind *kind)
{
    for (size_t i = 0; i < items->count; i++)
        kind->clear(items->items + i * kind->size);
    free(items->items);
    *items = (struct items){0};
}

/* Room for one more, zeroed; NULL when memory is out. */
static void *next_item(struct items *items, const struct kind *kind)
{
    if (items->count == items->capacity) {
        size_t capacity = items->capacity > 0 ? items->capacity * 2 : 16;
        char *grown = reallocarray(items->items, capacity, kind->size);
        if (grown == NULL)
            return NULL;
        items->items = grown;
        items->capacity = capacity;
    }
    return memset(items->items + items->count * kind->size, 0, kind->size);
}

static enum outcome add_item(struct items *items, const struct kind *kind, struct json_value value)
{
    void *item = items->count < CONTRACT_LIST_MAX ? next_item(items, kind) : NULL;
    if (item == NULL)
        return items->count < CONTRACT_LIST_MAX ? NO_MEMORY : NOT_ONE;
    enum outcome outcome = kind->read(value, item);
    if (outcome == READ)
        items->count++;
    else
        kind->clear(item);
    return outcome;
}

/* The array of {"data":[…]} or a bare one. `"data":null` is an empty list; an object without
   "data" is none, for taking some other answer for an empty list would make endpoints vanish. */
static bool find_list(struct json_value root, struct json_value *list)
{
    struct json_field data = {.name = "data"};
    *list = root;
    if (root.kind == JSON_ARRAY_BEGIN)
        return true;
    json_fields_find(root, &data, 1);
    *list = data.value;
    return list->kind == JSON_ARRAY_BEGIN || list->kind == JSON_NULL;
}

static bool decode_list(const char *json, size_t length, const struct kind *kind,
                        struct items *items, struct error *error)
{
    struct json_value root;
    struct json_value list;
    if (!parse(json, length, kind->many, &root, error))
        return false;
    if (!find_list(root, &list))
        return error_set(error, "expected %s, got JSON without an array of \"data\"", kind->many);

    struct json_scan walk;
    struct json_value name;
    struct json_value element;
    json_walk_begin(&walk, list);
    while (json_walk_next(&walk, &name, &element)) {
        enum outcome outcome = add_item(items, kind, element);
        if (outcome == NO_MEMORY) {
            clear_items(items, kind);
            return error_set(error, "out of memory while reading %s", kind->many);
        }
        items->skipped += outcome == NOT_ONE;
    }
    return true;
}

bool webhook_decode(const char *json, size_t length, struct webhook *webhook, struct error *error)
{
    return decode_one(json, length, &WEBHOOK, webhook, error);
}

bool event_decode(const char *json, size_t length, struct event *event, struct error *error)
{
    return decode_one(json, length, &EVENT, event, error);
}

bool event_decode_if_one(const char *json, size_t length, struct event *event, bool *found)
{
    struct json_value value;
    size_t error_at;
    *found = false;
    if (!json_value_read(json, length, &value, &error_at))
        return true;
    enum outcome outcome = read_event(value, event);
    if (outcome != READ)
        event_clear(event);
    *found = outcome == READ;
    return outcome != NO_MEMORY;
}

bool webhook_list_decode(const char *json, size_t length, struct webhook_list *list,
                         struct error *error)
{
    struct items items = {0};
    if (!decode_list(json, length, &WEBHOOK, &items, error))
        return false;
    *list = (struct webhook_list){(void *)items.items, items.count, items.skipped};
    return true;
}

bool event_list_decode(const char *json, size_t length, struct event_list *list,
                       struct error *error)
{
    struct items items = {0};
    if (!decode_list(json, length, &EVENT, &items, error))
        return false;
    *list = (struct event_list){(void *)items.items, items.count, items.skipped};
    return true;
}

bool log_list_decode(const char *json, size_t length, struct log_list *list, struct error *error)
{
    struct items items = {0};
    if (!decode_list(json, length, &LOG_ENTRY, &items, error))
        return false;
    *list = (struct log_list){(void *)items.items, items.count, items.skipped};
    return true;
}

char *contract_message_decode(const char *json, size_t length)
{
    struct json_field message = {.name = "message"};
    struct json_value root;
    size_t error_at;
    char *text = NULL;
    if (!json_value_read(json, length, &root, &error_at))
        return NULL;
    json_fields_find(root, &message, 1);
    if (message.value.kind != JSON_STRING || message.value.length == strlen("\"\""))
        return NULL;
    (void)read_string(message.value, &text);
    return text;
}
