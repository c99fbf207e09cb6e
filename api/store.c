#include "api/store.h"

#include "api/store_file.h"
#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

enum { HEADERS_BYTES_MAX = 1024 * 1024 }; /* far above what a listener lets in */

/* The columns of a summary, in the order in which store_read_summary() takes them. */
#define SUMMARY_COLUMNS                                                                            \
    "d.id, d.received_ms, d.verdict, d.answer_status, d.sequence, d.webhook_id, d.event_id, "      \
    "d.event_type, d.object_id, d.object_status, d.peer, d.method, d.target, d.reason, "           \
    "length(d.body), a.answer_us"
#define SUMMARY_TABLES "deliveries d LEFT JOIN answer_times a ON a.delivery_id = d.id"

enum { COLUMN_HEADERS = 16, COLUMN_BODY };

static const char *const SQL[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [INSERT_DELIVERY] =
        "INSERT INTO deliveries (received_ms, verdict, answer_status, sequence, webhook_id, "
        "event_id, event_type, object_id, object_status, peer, method, target, reason, headers, "
        "body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [ADD_COUNTS] = "UPDATE counts SET deliveries = deliveries + ?1, genuine = genuine + ?2",
    [SET_ANSWER_TIME] = "INSERT OR REPLACE INTO answer_times (delivery_id, answer_us) "
                        "SELECT id, ?2 FROM deliveries WHERE id = ?1",
    [RECENT_DELIVERIES] = "SELECT " SUMMARY_COLUMNS " FROM " SUMMARY_TABLES
                          " WHERE d.id < ?1 ORDER BY d.id DESC LIMIT ?2",
    [LOAD_DELIVERY] =
        "SELECT " SUMMARY_COLUMNS ", d.headers, d.body FROM " SUMMARY_TABLES " WHERE d.id = ?1",
    [LOAD_COUNTS] = "SELECT deliveries, genuine FROM counts",
    [LOAD_SUMMARY] = "SELECT " SUMMARY_COLUMNS " FROM " SUMMARY_TABLES " WHERE d.id = ?1",
    [LOAD_SEARCHED] = "SELECT " STORE_SEARCHED_COLUMNS " FROM deliveries d WHERE d.id = ?1",
    [SCAN_SEARCHED] = "SELECT " STORE_SEARCHED_COLUMNS " FROM deliveries d "
                      "WHERE d.id BETWEEN ?1 AND ?2 ORDER BY d.id DESC",
    [NEWEST_DELIVERY] = "SELECT ifnull(max(id), 0) FROM deliveries",
    [LOAD_SEGMENT] = "SELECT complete, oldest_ms, newest_ms, smallest, largest, facets "
                     "FROM search_segments WHERE id = ?1",
    [LOAD_GRAMS] = "SELECT key & 0xFFFFFFFF, grams FROM search_grams "
                   "WHERE key BETWEEN ?2 AND ?1 ORDER BY key DESC LIMIT 1",
    [FORGET_LISTED] = "DELETE FROM temp.listed",
    [PUT_LISTED] = "INSERT OR IGNORE INTO temp.listed (id) VALUES (?1)",
    [PUT_ENDPOINT] = "INSERT INTO endpoints (id, url, status, categories, public_key, created_at, "
                     "first_seen_ms, last_seen_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) "
                     "ON CONFLICT (id) DO UPDATE SET url = excluded.url, status = excluded.status, "
                     "categories = excluded.categories, created_at = excluded.created_at, "
                     "public_key = ifnull(excluded.public_key, public_key), "
                     "last_seen_ms = excluded.last_seen_ms, retired_ms = NULL "
                     "WHERE retired_ms IS NOT NULL OR url IS NOT excluded.url "
                     "OR status IS NOT excluded.status OR categories IS NOT excluded.categories "
                     "OR created_at IS NOT excluded.created_at "
                     "OR public_key IS NOT ifnull(excluded.public_key, public_key) "
                     "OR abs(excluded.last_seen_ms - last_seen_ms) >= ?8",
    [RETIRE_ENDPOINTS] = "UPDATE endpoints SET retired_ms = ?1 WHERE retired_ms IS NULL "
                         "AND id NOT IN (SELECT id FROM temp.listed)",
    [LOAD_ENDPOINTS] = "SELECT id, url, status, categories, public_key, created_at FROM endpoints "
                       "WHERE retired_ms IS NULL ORDER BY number LIMIT ?1",
};

/* --- opening --------------------------------------------------------------- */

struct store *store_open(const char *path, enum store_mode mode, struct error *error)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(path)) == NULL) {
        (void)error_set(error, "cannot open %s: out of memory", path);
        store_close(store);
        return NULL;
    }
    store->db = store_file_open(path, mode, error);
    if (store->db == NULL) {
        store_close(store);
        return NULL;
    }
    return store;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(store->statements[i]);
    (void)sqlite3_close(store->db);
    free(store->path);
    free(store);
}

/* --- statements ------------------------------------------------------------ */

bool store_failed(struct store *store, const char *what, struct error *error)
{
    return store_file_error(store->db, what, store->path, error);
}

sqlite3_stmt *store_prepare(struct store *store, enum statement which)
{
    sqlite3_stmt **statement = &store->statements[which];
    if (*statement == NULL)
        (void)sqlite3_prepare_v3(store->db, SQL[which], -1, SQLITE_PREPARE_PERSISTENT, statement,
                                 NULL);
    return *statement;
}

/* The result of reset only repeats that of step. */
void store_finish(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

/* Steps to the end; sqlite3_errmsg() still tells of a failure afterwards. */
bool store_run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    store_finish(statement);
    return code == SQLITE_DONE;
}

bool store_run_plain(struct store *store, enum statement which)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    return statement != NULL && store_run(statement);
}

/* Binding copies nothing (SQLITE_STATIC), so it cannot run out of memory. */
void store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

void store_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t length)
{
    (void)sqlite3_bind_blob64(statement, index, length > 0 ? bytes : "", length, SQLITE_STATIC);
}

/* --- transactions ----------------------------------------------------------- */

/* SQLite goes on writing to a file that was deleted under it; nobody would ever find that. */
static bool check_in_place(struct store *store, struct error *error)
{
    int moved = 0;
    (void)sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return !moved || error_set(error, "cannot write %s: it was moved or deleted", store->path);
}

bool store_begin(struct store *store, struct error *error)
{
    store->uncounted = (struct store_counts){0};
    return check_in_place(store, error) &&
           (store_run_plain(store, BEGIN) || store_failed(store, "write", error));
}

static bool add_counts(struct store *store)
{
    if (store->uncounted.deliveries == 0)
        return true;
    sqlite3_stmt *statement = store_prepare(store, ADD_COUNTS);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, store->uncounted.deliveries);
    (void)sqlite3_bind_int64(statement, 2, store->uncounted.genuine);
    return store_run(statement);
}

bool store_commit(struct store *store, struct error *error)
{
    return (add_counts(store) && store_run_plain(store, COMMIT)) ||
           store_failed(store, "write", error);
}

void store_rollback(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db)) /* some failures have rolled back already */
        (void)store_run_plain(store, ROLLBACK);
}

/* --- lists of strings -------------------------------------------------------- */

void store_encode_string(struct buffer *buffer, const char *string)
{
    (void)buffer_append(buffer, string, strlen(string) + 1);
}

struct string_reader store_read_strings(sqlite3_stmt *statement, int column)
{
    const char *bytes = sqlite3_column_blob(statement, column);
    if (bytes == NULL) /* empty */
        bytes = "";
    return (struct string_reader){bytes, bytes + sqlite3_column_bytes(statement, column)};
}

const char *store_next_string(struct string_reader *reader)
{
    const char *string = reader->at;
    if (string == reader->end)
        return NULL;
    const char *nul = memchr(string, '\0', (size_t)(reader->end - string));
    if (nul == NULL)
        return NULL;
    reader->at = nul + 1;
    return string;
}

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
                          const struct buffer *headers)
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
}

bool store_insert_delivery(struct store *store, struct delivery *delivery, struct error *error)
{
    bool inserted = false;
    struct buffer headers;
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
    bind_delivery(statement, delivery, &headers);
    inserted = store_run(statement) || store_failed(store, "write", error);
    if (inserted) {
        delivery->id = sqlite3_last_insert_rowid(store->db);
        store->uncounted.deliveries++;
        store->uncounted.genuine += delivery->verdict == VERDICT_GENUINE;
    }
out:
    buffer_clear(&headers);
    return inserted;
}

bool store_set_answer_time(struct store *store, int64_t id, int64_t answer_us, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, SET_ANSWER_TIME);
    if (statement == NULL)
        return store_failed(store, "write", error);
    (void)sqlite3_bind_int64(statement, 1, id);
    (void)sqlite3_bind_int64(statement, 2, answer_us);
    return store_run(statement) || store_failed(store, "write", error);
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
    };
}

struct delivery store_read_searched(sqlite3_stmt *statement)
{
    enum { SEARCHED_BODY = 16 };
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

bool store_load_delivery(struct store *store, int64_t id, struct delivery *delivery,
                         struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_DELIVERY);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, id);
    bool loaded = false;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        loaded = read_whole(statement, delivery) ||
                 error_set(error, "cannot read %s: delivery %lld is damaged, or out of memory",
                           store->path, (long long)id);
    else if (code == SQLITE_DONE)
        (void)error_set(error, "%s holds no delivery %lld", store->path, (long long)id);
    else
        (void)store_failed(store, "read", error);
    store_finish(statement);
    return loaded;
}

bool store_counts(struct store *store, struct store_counts *counts, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_COUNTS);
    if (statement == NULL)
        return store_failed(store, "read", error);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *counts = (struct store_counts){
            .deliveries = sqlite3_column_int64(statement, 0),
            .genuine = sqlite3_column_int64(statement, 1),
        };
    bool read = code == SQLITE_ROW || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}
