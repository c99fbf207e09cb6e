#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADERS_BYTES_MAX = 1024 * 1024, /* far above what a listener lets in */
    COLUMN_HEADERS = 19,             /* after those of a summary */
    COLUMN_BODY,
};

/* --- writing deliveries ------------------------------------------------------- */

static bool encode_headers(struct buffer *buffer, const struct header_list *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        store_encode_string(buffer, headers->items[i].name);
        store_encode_string(buffer, headers->items[i].value);
    }
    return !buffer->failed;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static void bind_delivery(sqlite3_stmt *statement, const struct delivery *delivery,
                          const struct buffer *headers, const int64_t *event_key)
{
    (void)sqlite3_bind_int64(statement, 1, delivery->received_ms);
    (void)sqlite3_bind_int(statement, 2, (int)delivery->verdict);
    (void)sqlite3_bind_int(statement, 3, delivery->answer_status);
    (void)sqlite3_bind_int64(statement, 4, delivery->sequence);
    store_bind_text(statement, 5, delivery->webhook_id);
    store_bind_text(statement, 6, delivery->event_id);
    store_bind_text(statement, 7, delivery->event_type);
    store_bind_text(statement, 8, delivery->object_id);
    store_bind_text(statement, 9, delivery->object_status);
    store_bind_text(statement, 10, or_empty(delivery->peer));
    store_bind_text(statement, 11, or_empty(delivery->method));
    store_bind_text(statement, 12, or_empty(delivery->target));
    store_bind_text(statement, 13, or_empty(delivery->reason));
    store_bind_blob(statement, 14, headers->data, headers->length);
    store_bind_blob(statement, 15, delivery->body, delivery->body_length);
    if (event_key != NULL)
        (void)sqlite3_bind_int64(statement, 16, *event_key);
}

static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* As STORE_ROW_BYTES has it. */
static size_t row_bytes(const struct delivery *delivery, const struct buffer *headers)
{
    return delivery->body_length + headers->length + length_of(delivery->target) +
           length_of(delivery->event_id) + length_of(delivery->event_type) +
           length_of(delivery->object_id) + length_of(delivery->object_status);
}

static void count_row(struct store *store, const struct delivery *delivery,
                      const struct buffer *headers)
{
    bool genuine = delivery->verdict == VERDICT_GENUINE;
    store->uncounted.deliveries++;
    store->uncounted.genuine += genuine;
    if (!genuine)
        store->uncounted.refused_bytes += (int64_t)row_bytes(delivery, headers);
}

/* In the row's notes, and not behind its body: lists are to read neither. */
static bool note_on_demand(struct store *store, const struct delivery *delivery)
{
    if (!delivery->on_demand)
        return true;
    sqlite3_stmt *statement = store_prepare(store, NOTE_ON_DEMAND);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, delivery->id);
    return store_run(statement);
}

/* *taken: the file has a row with that key, and takes no other. */
static bool insert_row(struct store *store, struct delivery *delivery, const int64_t *event_key,
                       bool *taken, struct error *error)
{
    bool inserted = false;
    struct buffer headers;
    *taken = false;
    buffer_init(&headers, HEADERS_BYTES_MAX);
    sqlite3_stmt *statement = store_prepare(store, INSERT_DELIVERY);
    if (statement == NULL) {
        (void)store_failed(store, "write", error);
        goto out;
    }
    if (!encode_headers(&headers, &delivery->headers)) {
        (void)error_set(error, "cannot write %s: headers too large, or out of memory", store->path);
        goto out;
    }
    bind_delivery(statement, delivery, &headers, event_key);
    inserted = store_run(statement);
    if (inserted) {
        delivery->id = sqlite3_last_insert_rowid(store->db);
        delivery->attempts = 1;
        count_row(store, delivery, &headers);
        inserted = note_on_demand(store, delivery) || store_failed(store, "write", error);
    } else if (event_key != NULL &&
               sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_TRIGGER) {
        *taken = true;
    } else {
        (void)store_failed(store, "write", error);
    }
out:
    buffer_clear(&headers);
    return inserted;
}

/* The row is tried first: most events are new, and the file itself looks whether they are. */
static bool insert_genuine(struct store *store, struct delivery *delivery, struct error *error)
{
    int64_t key;
    if (!store_event_key(delivery->event_id, delivery->body, delivery->body_length, &key))
        return error_set(error, "cannot write %s: out of memory", store->path);
    for (int probe = 0; probe < 2 * EVENT_KEY_PROBES; probe++) {
        bool taken, attached;
        if (insert_row(store, delivery, &key, &taken, error))
            return true;
        if (!taken || !store_attach_attempt(store, &key, delivery, &attached, error))
            return false;
        if (attached)
            return true;
    }
    return error_set(error, "cannot write %s: too many events have one key", store->path);
}

bool store_insert_delivery(struct store *store, struct delivery *delivery, struct error *error)
{
    bool taken;
    return delivery->verdict == VERDICT_GENUINE ? insert_genuine(store, delivery, error)
                                                : insert_row(store, delivery, NULL, &taken, error);
}

/* Whether the row is there: it may have been deleted meanwhile. */
static bool has_row(struct store *store, int64_t id, bool *there)
{
    sqlite3_stmt *statement = store_prepare(store, HAS_DELIVERY);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    *there = code == SQLITE_ROW;
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static bool set_time(struct store *store, int64_t id, int64_t attempt, int64_t answer_us)
{
    bool first = attempt <= 1, there = true;
    sqlite3_stmt *statement = store_prepare(store, first ? SET_ANSWER_TIME : SET_ATTEMPT_TIME);
    if (statement == NULL || (first && !has_row(store, id, &there)))
        return false;
    if (!there)
        return true;
    (void)sqlite3_bind_int64(statement, 1, id);
    (void)sqlite3_bind_int64(statement, 2, first ? answer_us : attempt);
    if (!first)
        (void)sqlite3_bind_int64(statement, 3, answer_us);
    return store_run(statement);
}

bool store_set_answer_time(struct store *store, int64_t id, int64_t attempt, int64_t answer_us,
                           struct error *error)
{
    return set_time(store, id, attempt, answer_us) || store_failed(store, "write", error);
}

static bool set_status(struct store *store, int64_t id, int64_t attempt, int status)
{
    bool first = attempt <= 1, there = true;
    sqlite3_stmt *statement = store_prepare(store, first ? SET_ANSWER_STATUS : SET_ATTEMPT_STATUS);
    if (statement == NULL || (first && !has_row(store, id, &there)))
        return false;
    if (!there)
        return true;
    (void)sqlite3_bind_int64(statement, 1, id);
    (void)sqlite3_bind_int(statement, 2, status);
    if (!first)
        (void)sqlite3_bind_int64(statement, 3, attempt);
    return store_run(statement);
}

bool store_set_answer_status(struct store *store, int64_t id, int64_t attempt, int status,
                             struct error *error)
{
    return set_status(store, id, attempt, status) || store_failed(store, "write", error);
}

/* --- reading deliveries -------------------------------------------------------- */

/* A file that was tampered with must not make anything genuine. */
static enum verdict read_verdict(sqlite3_stmt *statement, int column)
{
    int64_t verdict = sqlite3_column_int64(statement, column);
    bool known = sqlite3_column_type(statement, column) == SQLITE_INTEGER &&
                 verdict >= VERDICT_GENUINE && verdict <= VERDICT_FUTURE;
    return known ? (enum verdict)verdict : VERDICT_WRONG_SIGNATURE;
}

static char *borrow_text(sqlite3_stmt *statement, int column)
{
    return (char *)sqlite3_column_text(statement, column);
}

/* Only rows with repeats have a number written down. */
static int64_t read_attempts(sqlite3_stmt *statement, int column)
{
    int64_t attempts = sqlite3_column_int64(statement, column);
    return attempts >= 1 ? attempts : 1;
}

/* The strings are SQLite's, until the statement moves on. */
struct delivery store_read_summary(sqlite3_stmt *statement)
{
    return (struct delivery){
        .id = sqlite3_column_int64(statement, 0),
        .received_ms = sqlite3_column_int64(statement, 1),
        .verdict = read_verdict(statement, 2),
        .answer_status = sqlite3_column_int(statement, 3),
        .sequence = sqlite3_column_int64(statement, 4),
        .webhook_id = borrow_text(statement, 5),
        .event_id = borrow_text(statement, 6),
        .event_type = borrow_text(statement, 7),
        .object_id = borrow_text(statement, 8),
        .object_status = borrow_text(statement, 9),
        .peer = borrow_text(statement, 10),
        .method = borrow_text(statement, 11),
        .target = borrow_text(statement, 12),
        .reason = borrow_text(statement, 13),
        .body_length = (size_t)sqlite3_column_int64(statement, 14),
        .answer_us = sqlite3_column_type(statement, 15) == SQLITE_NULL
                         ? -1
                         : sqlite3_column_int64(statement, 15),
        .attempts = read_attempts(statement, 16),
        .on_demand = sqlite3_column_int64(statement, 17) != 0,
        .forwarded = store_read_forward_state(statement, 18),
    };
}

struct delivery store_read_searched(sqlite3_stmt *statement)
{
    enum { SEARCHED_BODY = 19 };
    struct delivery delivery = store_read_summary(statement);
    delivery.body = (char *)sqlite3_column_blob(statement, SEARCHED_BODY);
    delivery.body_length = (size_t)sqlite3_column_bytes(statement, SEARCHED_BODY);
    return delivery;
}

bool store_recent_deliveries(struct store *store, int64_t before, size_t limit,
                             bool (*each)(const struct delivery *summary, void *context),
                             void *context, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, RECENT_DELIVERIES);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, before);
    (void)sqlite3_bind_int64(statement, 2, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
    int code;
    bool more = true;
    while (more && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct delivery summary = store_read_summary(statement);
        more = each(&summary, context);
    }
    bool read = !more || code == SQLITE_DONE || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}

static bool read_headers(sqlite3_stmt *statement, struct header_list *headers)
{
    struct string_reader reader = store_read_strings(statement, COLUMN_HEADERS);
    const char *name;
    while ((name = store_next_string(&reader)) != NULL) {
        const char *value = store_next_string(&reader);
        if (value == NULL || !header_list_add(headers, name, value))
            return false;
    }
    return reader.at == reader.end;
}

static char *read_body(sqlite3_stmt *statement, size_t *length)
{
    const void *bytes = sqlite3_column_blob(statement, COLUMN_BODY);
    *length = (size_t)sqlite3_column_bytes(statement, COLUMN_BODY);
    char *body = malloc(*length + 1);
    if (body == NULL)
        return NULL;
    if (*length > 0)
        memcpy(body, bytes, *length);
    body[*length] = '\0';
    return body;
}

static bool read_whole(sqlite3_stmt *statement, struct delivery *delivery)
{
    struct delivery summary = store_read_summary(statement);
    *delivery = (struct delivery){0};
    bool read = delivery_copy_summary(delivery, &summary) &&
                read_headers(statement, &delivery->headers) &&
                (delivery->body = read_body(statement, &delivery->body_length)) != NULL;
    if (!read)
        delivery_clear(delivery);
    return read;
}

/* Steps to the one row that is asked for, and has it read. */
static bool load_one(struct store *store, enum statement which, int64_t id,
                     bool (*read)(sqlite3_stmt *statement, struct delivery *delivery),
                     struct delivery *delivery, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, id);
    bool loaded = false;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        loaded = read(statement, delivery) ||
                 error_set(error, "cannot read %s: delivery %lld is damaged, or out of memory",
                           store->path, (long long)id);
    else if (code == SQLITE_DONE)
        (void)error_set(error, "%s holds no delivery %lld", store->path, (long long)id);
    else
        (void)store_failed(store, "read", error);
    store_finish(statement);
    return loaded;
}

bool store_load_delivery(struct store *store, int64_t id, struct delivery *delivery,
                         struct error *error)
{
    return load_one(store, LOAD_DELIVERY, id, read_whole, delivery, error);
}

static bool read_summary(sqlite3_stmt *statement, struct delivery *delivery)
{
    struct delivery summary = store_read_summary(statement);
    return delivery_copy_summary(delivery, &summary);
}

bool store_load_summary(struct store *store, int64_t id, struct delivery *summary,
                        struct error *error)
{
    return load_one(store, LOAD_SUMMARY, id, read_summary, summary, error);
}

bool store_newest_id(struct store *store, int64_t *id, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, NEWEST_DELIVERY);
    if (statement == NULL)
        return store_failed(store, "read", error);
    bool read = sqlite3_step(statement) == SQLITE_ROW || store_failed(store, "read", error);
    if (read)
        *id = sqlite3_column_int64(statement, 0);
    store_finish(statement);
    return read;
}
