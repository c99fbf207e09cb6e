#include "api/store_activity.h"
#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    CATEGORIES_BYTES_MAX = 1024 * 1024, /* of one endpoint */
    SEEN_AGAIN_MS = 60 * 60 * 1000,     /* an unchanged endpoint is not rewritten more often */
};

/* Untrusted, possibly not UTF-8; lives until the statement moves on. */
static const char *column_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

/* --- writing --------------------------------------------------------------- */

/* What is listed goes into a table in memory, so that one statement finds what is not. */
static bool clear_listed(struct store *store, struct error *error)
{
    int made = sqlite3_exec(
        store->db, "CREATE TEMP TABLE IF NOT EXISTS listed (id TEXT NOT NULL PRIMARY KEY) STRICT",
        NULL, NULL, NULL);
    return (made == SQLITE_OK && store_run_plain(store, FORGET_LISTED)) ||
           store_failed(store, "write", error);
}

static bool put_listed(struct store *store, const char *id, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, PUT_LISTED);
    if (statement == NULL)
        return store_failed(store, "write", error);
    store_bind_text(statement, 1, id);
    return store_run(statement) || store_failed(store, "write", error);
}

static bool encode_categories(struct buffer *buffer, const struct string_list *categories)
{
    for (size_t i = 0; i < categories->count; i++)
        store_encode_string(buffer, categories->items[i]);
    return !buffer->failed;
}

static void bind_endpoint(sqlite3_stmt *statement, const struct webhook *webhook,
                          const struct buffer *categories, int64_t now_ms)
{
    const char *status = webhook->status_text;
    if (status == NULL)
        status = webhook_status_name(webhook->status);
    store_bind_text(statement, 1, webhook->id);
    store_bind_text(statement, 2, webhook->url);
    store_bind_text(statement, 3, status);
    store_bind_blob(statement, 4, categories->data, categories->length);
    store_bind_text(statement, 5, webhook->public_key);
    store_bind_text(statement, 6, webhook->created_at);
    (void)sqlite3_bind_int64(statement, 7, now_ms);
    (void)sqlite3_bind_int64(statement, 8, SEEN_AGAIN_MS);
}

bool store_put_webhook(struct store *store, const struct webhook *webhook, int64_t now_ms,
                       struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, PUT_ENDPOINT);
    if (statement == NULL)
        return store_failed(store, "write", error);
    bool put = false;
    struct buffer categories;
    buffer_init(&categories, CATEGORIES_BYTES_MAX);
    if (encode_categories(&categories, &webhook->categories)) {
        bind_endpoint(statement, webhook, &categories, now_ms);
        put = store_run(statement) || store_failed(store, "write", error);
    } else {
        (void)error_set(error, "cannot write %s: categories too large, or out of memory",
                        store->path);
    }
    buffer_clear(&categories);
    return put;
}

static bool retire_unlisted(struct store *store, int64_t now_ms, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, RETIRE_ENDPOINTS);
    if (statement == NULL)
        return store_failed(store, "write", error);
    (void)sqlite3_bind_int64(statement, 1, now_ms);
    return store_run(statement) || store_failed(store, "write", error);
}

static const struct webhook *find(const struct webhook_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id, id) == 0)
            return &list->items[i];
    return NULL;
}

static bool knows_endpoints(struct store *store, bool *knows, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, KNOWS_ENDPOINTS);
    if (statement == NULL)
        return store_failed(store, "read", error);
    int code = sqlite3_step(statement);
    *knows = code == SQLITE_ROW;
    bool read = code == SQLITE_ROW || code == SQLITE_DONE || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}

/* One of the list: what is not to be believed yet stays as it is. */
static bool put_one(struct store *store, const struct webhook_list *stored, bool knows,
                    const struct webhook *webhook, const struct list_times *times,
                    struct error *error)
{
    bool ours = false;
    return (!knows || store_note_difference(store, find(stored, webhook->id), webhook, times, &ours,
                                            error)) &&
           put_listed(store, webhook->id, error) &&
           (ours || store_put_webhook(store, webhook, times->answered_ms, error));
}

/* What the list does not name any more. Of one that was cut nothing can be said. */
static bool note_gone(struct store *store, const struct webhook_list *stored,
                      const struct webhook_list *list, const struct list_times *times,
                      struct error *error)
{
    bool noted = true;
    for (size_t i = 0; noted && list->skipped == 0 && i < stored->count; i++) {
        const struct webhook *was = &stored->items[i];
        bool ours = false;
        if (find(list, was->id) == NULL)
            noted = store_note_difference(store, was, NULL, times, &ours, error) &&
                    (!ours || put_listed(store, was->id, error));
    }
    return noted;
}

static bool put_webhooks(struct store *store, const struct webhook_list *list,
                         const struct list_times *times, struct error *error)
{
    struct webhook_list stored = {0};
    bool knows = false;
    bool put = clear_listed(store, error) && knows_endpoints(store, &knows, error) &&
               store_load_webhooks(store, &stored, error);
    for (size_t i = 0; put && i < list->count; i++)
        put = put_one(store, &stored, knows, &list->items[i], times, error);
    put = put && note_gone(store, &stored, list, times, error) &&
          retire_unlisted(store, times->answered_ms, error);
    webhook_list_clear(&stored);
    return put;
}

bool store_put_list(struct store *store, const struct webhook_list *list,
                    const struct list_times *times, struct error *error)
{
    bool alone = sqlite3_get_autocommit(store->db);
    if (alone && !store_begin(store, error))
        return false;
    bool put = put_webhooks(store, list, times, error);
    if (alone && put)
        put = store_commit(store, error);
    if (alone && !put)
        store_rollback(store);
    return put;
}

bool store_put_webhooks(struct store *store, const struct webhook_list *list, int64_t now_ms,
                        struct error *error)
{
    const struct list_times times = {.asked_ms = now_ms, .answered_ms = now_ms};
    return store_put_list(store, list, &times, error);
}

/* --- reading --------------------------------------------------------------- */

static enum webhook_status status_from_name(const char *name)
{
    for (int status = WEBHOOK_DISABLED; name != NULL && status <= WEBHOOK_DELETED; status++)
        if (strcmp(name, webhook_status_name((enum webhook_status)status)) == 0)
            return (enum webhook_status)status;
    return WEBHOOK_STATUS_UNKNOWN;
}

/* NULL stays NULL. False when memory is out. */
static bool copy_column(sqlite3_stmt *statement, int column, char **copy)
{
    const char *text = column_text(statement, column);
    *copy = text != NULL ? strdup(text) : NULL;
    return text == NULL || *copy != NULL;
}

static bool read_categories(sqlite3_stmt *statement, int column, struct string_list *categories)
{
    struct string_reader reader = store_read_strings(statement, column);
    const char *category;
    while ((category = store_next_string(&reader)) != NULL)
        if (!string_list_add(categories, category))
            return false;
    return true;
}

static bool read_webhook(sqlite3_stmt *statement, struct webhook *webhook)
{
    *webhook = (struct webhook){.status = status_from_name(column_text(statement, 2))};
    bool read = copy_column(statement, 0, &webhook->id) && webhook->id != NULL &&
                copy_column(statement, 1, &webhook->url) &&
                copy_column(statement, 2, &webhook->status_text) &&
                read_categories(statement, 3, &webhook->categories) &&
                copy_column(statement, 4, &webhook->public_key) &&
                copy_column(statement, 5, &webhook->created_at);
    if (!read)
        webhook_clear(webhook);
    return read;
}

static bool add_webhook(struct webhook_list *list, sqlite3_stmt *statement)
{
    struct webhook *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL)
        return false;
    list->items = items;
    if (!read_webhook(statement, &items[list->count]))
        return false;
    list->count++;
    return true;
}

static bool load_webhooks(struct store *store, enum statement which, struct webhook_list *list,
                          struct error *error)
{
    *list = (struct webhook_list){0};
    sqlite3_stmt *statement = store_prepare(store, which);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int(statement, 1, CONTRACT_LIST_MAX);
    int code;
    bool added = true;
    while (added && (code = sqlite3_step(statement)) == SQLITE_ROW)
        added = add_webhook(list, statement);
    if (!added)
        (void)error_set(error, "cannot read %s: out of memory", store->path);
    else if (code != SQLITE_DONE)
        added = store_failed(store, "read", error);
    store_finish(statement);
    if (!added)
        webhook_list_clear(list);
    return added;
}

bool store_load_webhooks(struct store *store, struct webhook_list *list, struct error *error)
{
    return load_webhooks(store, LOAD_ENDPOINTS, list, error);
}

bool store_load_all_webhooks(struct store *store, struct webhook_list *list, struct error *error)
{
    return load_webhooks(store, LOAD_ALL_ENDPOINTS, list, error);
}

bool store_load_webhook(struct store *store, const char *id, struct webhook *webhook, bool *known,
                        struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_ENDPOINT);
    if (statement == NULL)
        return store_failed(store, "read", error);
    store_bind_text(statement, 1, id);
    int code = sqlite3_step(statement);
    *known = code == SQLITE_ROW;
    bool read = code == SQLITE_ROW || code == SQLITE_DONE || store_failed(store, "read", error);
    if (*known && !read_webhook(statement, webhook))
        read = error_set(error, "cannot read %s: out of memory", store->path);
    store_finish(statement);
    return read;
}
