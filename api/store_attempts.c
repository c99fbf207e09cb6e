#include "api/sha256.h"
#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

/* --- which event ------------------------------------------------------------- */

/* The first bytes of a SHA-256: spread evenly, and the same wherever the file is written. */
bool store_event_key(const char *event_id, const void *body, size_t length, int64_t *key)
{
    unsigned char digest[SHA256_BYTES];
    const void *bytes = event_id != NULL ? event_id : body;
    if (!sha256(length > 0 || event_id != NULL ? bytes : "",
                event_id != NULL ? strlen(event_id) : length, digest))
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | digest[i];
    *key = (int64_t)(number >> 1); /* room to step over others */
    return true;
}

static bool query_id(struct store *store, int64_t key, int64_t *id)
{
    sqlite3_stmt *statement = store_prepare(store, FIND_EVENT_KEY);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, key);
    int code = sqlite3_step(statement);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_drop_event_key(struct store *store, int64_t first_key, int64_t id)
{
    for (int which = DROP_EVENT_KEY_0; which <= DROP_EVENT_KEY_2; which++) {
        sqlite3_stmt *statement = store_prepare(store, (enum statement)which);
        if (statement == NULL)
            return false;
        (void)sqlite3_bind_int64(statement, 1, first_key);
        (void)sqlite3_bind_int64(statement, 2, first_key + EVENT_KEY_PROBES - 1);
        (void)sqlite3_bind_int64(statement, 3, id);
        if (!store_run(statement))
            return false;
    }
    return true;
}

/* What the row is to a delivery that has its key. */
struct kinship {
    bool gone;      /* there is no such row */
    bool same;      /* it is the same event */
    bool same_body; /* and came with the same bytes */
};

static bool compare(struct store *store, int64_t id, const struct delivery *delivery,
                    struct kinship *kinship)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_EVENT);
    *kinship = (struct kinship){0};
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        bool genuine = sqlite3_column_type(statement, 0) == SQLITE_INTEGER &&
                       sqlite3_column_int64(statement, 0) == VERDICT_GENUINE;
        const char *event_id = (const char *)sqlite3_column_text(statement, 1);
        const void *body = sqlite3_column_blob(statement, 2);
        size_t length = (size_t)sqlite3_column_bytes(statement, 2);
        kinship->same_body = length == delivery->body_length &&
                             (length == 0 || memcmp(body, delivery->body, length) == 0);
        bool same_event = event_id != NULL && delivery->event_id != NULL
                              ? strcmp(event_id, delivery->event_id) == 0
                              : event_id == delivery->event_id && kinship->same_body;
        kinship->same = genuine && same_event;
    }
    kinship->gone = code == SQLITE_DONE;
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* --- writing ----------------------------------------------------------------- */

static bool count_attempt(struct store *store, int64_t id, int64_t *number)
{
    sqlite3_stmt *statement = store_prepare(store, COUNT_ATTEMPT);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, id);
    bool counted = sqlite3_step(statement) == SQLITE_ROW;
    if (counted)
        *number = sqlite3_column_int64(statement, 0);
    counted = counted && sqlite3_step(statement) == SQLITE_DONE;
    store_finish(statement);
    return counted;
}

static bool insert_attempt(struct store *store, int64_t id, int64_t number,
                           const struct delivery *delivery, bool same_body)
{
    sqlite3_stmt *statement = store_prepare(store, INSERT_ATTEMPT);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, id);
    (void)sqlite3_bind_int64(statement, 2, number);
    (void)sqlite3_bind_int64(statement, 3, delivery->received_ms);
    store_bind_text(statement, 4, delivery->peer != NULL ? delivery->peer : "");
    store_bind_text(statement, 5, delivery->target != NULL ? delivery->target : "");
    store_bind_text(statement, 6, delivery->webhook_id);
    store_bind_text(statement, 7, header_list_find(&delivery->headers, CONTRACT_SIGNATURE_HEADER));
    (void)sqlite3_bind_int(statement, 8, delivery->answer_status);
    if (!same_body)
        store_bind_blob(statement, 9, delivery->body, delivery->body_length);
    (void)sqlite3_bind_int(statement, 10, delivery->on_demand);
    return store_run(statement);
}

static bool trim(struct store *store, enum statement which, int64_t id, int64_t bound)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, id);
    (void)sqlite3_bind_int64(statement, 2, bound);
    return store_run(statement);
}

/* The oldest go. The bodies that are there are looked at when one comes: that is rare. */
static bool trim_attempts(struct store *store, int64_t id, int64_t number, bool same_body)
{
    return (number - 1 <= STORE_ATTEMPTS_KEPT ||
            trim(store, TRIM_ATTEMPTS, id, number - STORE_ATTEMPTS_KEPT)) &&
           (same_body || trim(store, TRIM_ATTEMPT_BODIES, id, STORE_ATTEMPT_BYTES_KEPT));
}

bool store_attach_attempt(struct store *store, int64_t *key, struct delivery *delivery,
                          bool *attached, struct error *error)
{
    struct kinship kinship;
    int64_t id, number;
    *attached = false;
    if (!query_id(store, *key, &id) || !compare(store, id, delivery, &kinship))
        return store_failed(store, "write", error);
    if (kinship.gone)
        return store_drop_event_key(store, *key, id) || store_failed(store, "write", error);
    if (!kinship.same) {
        ++*key;
        return true;
    }
    if (!count_attempt(store, id, &number) ||
        !insert_attempt(store, id, number, delivery, kinship.same_body) ||
        !trim_attempts(store, id, number, kinship.same_body))
        return store_failed(store, "write", error);
    delivery->id = id;
    delivery->attempts = number;
    store->uncounted.repeats++;
    *attached = true;
    return true;
}

/* --- reading ----------------------------------------------------------------- */

/* NULL stays NULL. */
static bool copy_column(sqlite3_stmt *statement, int column, char **copy)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    *copy = text != NULL ? strdup(text) : NULL;
    return text == NULL || *copy != NULL;
}

static bool read_attempt(sqlite3_stmt *statement, struct attempt *attempt)
{
    *attempt = (struct attempt){
        .number = sqlite3_column_int64(statement, 0),
        .received_ms = sqlite3_column_int64(statement, 1),
        .answer_status = sqlite3_column_int(statement, 6),
        .answer_us = sqlite3_column_int64(statement, 7),
        .body_length = sqlite3_column_int64(statement, 8),
        .on_demand = sqlite3_column_int64(statement, 9) != 0,
    };
    return copy_column(statement, 2, &attempt->peer) &&
           copy_column(statement, 3, &attempt->target) &&
           copy_column(statement, 4, &attempt->webhook_id) &&
           copy_column(statement, 5, &attempt->signature);
}

static void reverse(struct attempt_list *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        struct attempt swap = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = swap;
    }
}

static bool load_attempts(struct store *store, struct delivery *delivery, int64_t number,
                          size_t most, struct error *error)
{
    struct attempt_list list = {.items = calloc(most, sizeof *list.items)};
    sqlite3_stmt *statement = store_prepare(store, LOAD_ATTEMPTS);
    if (list.items == NULL || statement == NULL) {
        free(list.items);
        return statement == NULL ? store_failed(store, "read", error)
                                 : error_set(error, "cannot read %s: out of memory", store->path);
    }
    (void)sqlite3_bind_int64(statement, 1, delivery->id);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)most);
    (void)sqlite3_bind_int64(statement, 3, number);
    int code;
    bool read = true;
    while (read && (code = sqlite3_step(statement)) == SQLITE_ROW)
        read = read_attempt(statement, &list.items[list.count++]);
    if (!read)
        (void)error_set(error, "cannot read %s: out of memory", store->path);
    else if (code != SQLITE_DONE)
        read = store_failed(store, "read", error);
    store_finish(statement);
    attempt_list_clear(&delivery->repeats);
    reverse(&list);
    if (read)
        delivery->repeats = list;
    else
        attempt_list_clear(&list);
    return read;
}

bool store_load_attempts(struct store *store, struct delivery *delivery, struct error *error)
{
    return load_attempts(store, delivery, INT64_MAX, STORE_ATTEMPTS_KEPT, error);
}

bool store_load_attempt(struct store *store, struct delivery *delivery, int64_t number,
                        struct error *error)
{
    return load_attempts(store, delivery, number, 1, error);
}

bool store_load_attempt_body(struct store *store, int64_t id, int64_t number, char **body,
                             size_t *length, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_ATTEMPT_BODY);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, id);
    (void)sqlite3_bind_int64(statement, 2, number);
    int code = sqlite3_step(statement);
    bool loaded = false;
    if (code == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(statement, 0);
        *length = (size_t)sqlite3_column_bytes(statement, 0);
        *body = calloc(1, *length + 1);
        if (*body != NULL && *length > 0)
            memcpy(*body, bytes, *length);
        loaded = *body != NULL || error_set(error, "cannot read %s: out of memory", store->path);
    } else if (code == SQLITE_DONE) {
        (void)error_set(error, "%s holds no attempt %lld of delivery %lld", store->path,
                        (long long)number, (long long)id);
    } else {
        (void)store_failed(store, "read", error);
    }
    store_finish(statement);
    return loaded;
}
