#include "api/store.h"

#include "api/store_file.h"
#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

/* The columns of a summary, in the order in which store_read_summary() takes them. */
#define SUMMARY_COLUMNS                                                                            \
    "d.id, d.received_ms, d.verdict, ifnull(n.answer_status, d.answer_status), d.sequence, "       \
    "d.webhook_id, d.event_id, d.event_type, d.object_id, d.object_status, d.peer, d.method, "     \
    "d.target, d.reason, length(d.body), n.answer_us, n.attempts, n.on_demand, "                   \
    "n.forwarded"
#define SUMMARY_TABLES "deliveries d LEFT JOIN delivery_notes n ON n.delivery_id = d.id"

static const char *const SQL[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [BEGIN_READ] = "BEGIN",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [INSERT_DELIVERY] =
        "INSERT OR FAIL INTO deliveries (received_ms, verdict, answer_status, sequence, "
        "webhook_id, "
        "event_id, event_type, object_id, object_status, peer, method, target, reason, headers, "
        "body, event_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
        "?15, ?16)",
    [FIND_EVENT_KEY] = "SELECT id FROM event_keys_0 WHERE key = ?1 UNION ALL "
                       "SELECT id FROM event_keys_1 WHERE key = ?1 UNION ALL "
                       "SELECT id FROM event_keys_2 WHERE key = ?1",
    [DROP_EVENT_KEY_0] = "DELETE FROM event_keys_0 WHERE key BETWEEN ?1 AND ?2 AND id = ?3",
    [DROP_EVENT_KEY_1] = "DELETE FROM event_keys_1 WHERE key BETWEEN ?1 AND ?2 AND id = ?3",
    [DROP_EVENT_KEY_2] = "DELETE FROM event_keys_2 WHERE key BETWEEN ?1 AND ?2 AND id = ?3",
    [LOAD_EVENT] = "SELECT verdict, event_id, body FROM deliveries WHERE id = ?1",
    [COUNT_ATTEMPT] = "INSERT INTO delivery_notes (delivery_id, answer_us, attempts) "
                      "VALUES (?1, -1, 2) ON CONFLICT (delivery_id) DO UPDATE "
                      "SET attempts = max(ifnull(CAST(attempts AS INTEGER), 1), 1) + 1 "
                      "RETURNING attempts",
    [INSERT_ATTEMPT] = "INSERT INTO attempts (delivery_id, number, received_ms, peer, target, "
                       "webhook_id, signature, answer_status, answer_us, body, on_demand) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, -1, ?9, ?10)",
    [TRIM_ATTEMPTS] = "DELETE FROM attempts WHERE delivery_id = ?1 AND number <= ?2",
    [TRIM_ATTEMPT_BODIES] =
        "DELETE FROM attempts WHERE delivery_id = ?1 AND number <= (SELECT max(number) FROM"
        "  (SELECT number, sum(length(body)) OVER (ORDER BY number DESC) AS bytes"
        "    FROM attempts WHERE delivery_id = ?1) WHERE bytes > ?2)",
    [SET_ATTEMPT_TIME] =
        "UPDATE attempts SET answer_us = ?3 WHERE delivery_id = ?1 AND number = ?2",
    [DELETE_DELIVERY] = "DELETE FROM deliveries WHERE id = ?1",
    [DELETE_NOTES] = "DELETE FROM delivery_notes WHERE delivery_id = ?1",
    [DELETE_ATTEMPTS] = "DELETE FROM attempts WHERE delivery_id = ?1",
    [DELETE_FORWARD_TRIES] = "DELETE FROM forward_tries WHERE delivery_id = ?1",
    [DELETE_FORWARDS] = "DELETE FROM forwards WHERE delivery_id = ?1",
    [LOAD_ATTEMPTS] = "SELECT number, received_ms, peer, target, webhook_id, signature, "
                      "answer_status, answer_us, ifnull(length(body), -1), on_demand FROM attempts "
                      "WHERE delivery_id = ?1 AND number <= ?3 ORDER BY number DESC LIMIT ?2",
    [LOAD_ATTEMPT_BODY] = "SELECT ifnull(a.body, d.body) FROM attempts a JOIN deliveries d "
                          "ON d.id = a.delivery_id WHERE a.delivery_id = ?1 AND a.number = ?2",
    [ADD_COUNTS] = "UPDATE counts SET deliveries = deliveries + ?1, genuine = genuine + ?2, "
                   "repeats = repeats + ?3, refused_bytes = refused_bytes + ?4",
    [HAS_DELIVERY] = "SELECT 1 FROM deliveries WHERE id = ?1",
    /* VALUES: of an INSERT … SELECT, SQLite would keep a copy of each page it changes. */
    [SET_ANSWER_TIME] = "INSERT INTO delivery_notes (delivery_id, answer_us) VALUES (?1, ?2) "
                        "ON CONFLICT (delivery_id) DO UPDATE SET answer_us = excluded.answer_us",
    [NOTE_ON_DEMAND] =
        "INSERT INTO delivery_notes (delivery_id, answer_us, on_demand) VALUES (?1, -1, 1) "
        "ON CONFLICT (delivery_id) DO UPDATE SET on_demand = 1",
    [SET_ANSWER_STATUS] =
        "INSERT INTO delivery_notes (delivery_id, answer_us, answer_status) VALUES (?1, -1, ?2) "
        "ON CONFLICT (delivery_id) DO UPDATE SET answer_status = excluded.answer_status",
    [SET_ATTEMPT_STATUS] =
        "UPDATE attempts SET answer_status = ?2 WHERE delivery_id = ?1 AND number = ?3",
    [RECENT_DELIVERIES] = "SELECT " SUMMARY_COLUMNS " FROM " SUMMARY_TABLES
                          " WHERE d.id < ?1 ORDER BY d.id DESC LIMIT ?2",
    [DELIVERIES_AFTER] =
        "SELECT " SUMMARY_COLUMNS " FROM " SUMMARY_TABLES " WHERE d.id > ?1 ORDER BY d.id LIMIT ?2",
    [NOTES_AFTER] = "SELECT delivery_id, answer_us, attempts, forwarded, answer_status "
                    "FROM delivery_notes WHERE delivery_id > ?1 ORDER BY delivery_id",
    [DATA_VERSION] = "PRAGMA data_version",
    [LOAD_DELIVERY] =
        "SELECT " SUMMARY_COLUMNS ", d.headers, d.body FROM " SUMMARY_TABLES " WHERE d.id = ?1",
    [LOAD_COUNTS] = "SELECT deliveries, genuine, repeats, refused_bytes FROM counts",
    [LOAD_SUMMARY] = "SELECT " SUMMARY_COLUMNS " FROM " SUMMARY_TABLES " WHERE d.id = ?1",
    [LOAD_SEARCHED] = "SELECT " STORE_SEARCHED_COLUMNS " FROM deliveries d WHERE d.id = ?1",
    [NEWEST_DELIVERY] = "SELECT ifnull(max(id), 0) FROM deliveries",
    [OLDEST_DELIVERY] = "SELECT ifnull(min(id), 1) FROM deliveries",
    [LOAD_SEGMENT] = "SELECT complete, oldest_ms, newest_ms, smallest, largest, facets "
                     "FROM search_segments WHERE id = ?1",
    [LOAD_GRAMS] = "SELECT key & 0xFFFFFFFF, grams FROM search_grams "
                   "WHERE key BETWEEN ?2 AND ?1 ORDER BY key DESC LIMIT 1",
    [LATE_ANSWERS] = "SELECT delivery_id, answer_status FROM delivery_notes "
                     "WHERE delivery_id BETWEEN ?1 AND ?2 AND answer_status IS NOT NULL",
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
    [LOAD_ALL_ENDPOINTS] =
        "SELECT id, url, CASE WHEN retired_ms IS NULL THEN status ELSE 'deleted' END, categories, "
        "public_key, created_at FROM endpoints "
        "ORDER BY retired_ms IS NOT NULL, retired_ms DESC, number LIMIT ?1",
    [QUEUE_FORWARD] = "INSERT INTO forwards (delivery_id, attempt, kind, lane, state, queued_ms, "
                      "next_ms) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)",
    [FIND_FORWARDS] =
        "SELECT f.state, iif(f.attempt > 1, a.webhook_id, d.webhook_id), "
        "iif(f.attempt > 1, a.target, d.target) FROM forwards f "
        "JOIN deliveries d ON d.id = f.delivery_id "
        "LEFT JOIN attempts a ON a.delivery_id = f.delivery_id AND a.number = f.attempt "
        "WHERE f.delivery_id = ?1 AND f.state IN (1, 2)",
    [LOAD_LANE_NAMES] = "SELECT object_id, event_id, (SELECT ifnull(max(number), 1) FROM attempts "
                        "WHERE delivery_id = ?1), verdict FROM deliveries WHERE id = ?1",
    [LOAD_FORWARDS] = "SELECT id, attempt, kind, state, queued_ms, next_ms, tries FROM forwards "
                      "WHERE delivery_id = ?1 ORDER BY id DESC LIMIT ?2",
    [LOAD_FORWARD_TRIES] =
        "SELECT number, at_ms, took_us, status, error, answer FROM forward_tries "
        "WHERE delivery_id = ?1 AND forward_id = ?2 ORDER BY number LIMIT ?3",
    [COUNT_WAITING] =
        "SELECT count(*) FROM (SELECT 1 FROM forwards WHERE state = 1 ORDER BY id LIMIT ?1)",
    [WAITING_AFTER] = "SELECT id, lane, next_ms, kind FROM forwards WHERE state = 1 AND id > ?1 "
                      "ORDER BY id LIMIT ?2",
    [NEXT_IN_LANE] = "SELECT id, next_ms, kind FROM forwards WHERE state = 1 AND lane = ?1 "
                     "ORDER BY id LIMIT 1",
    [NEWEST_FORWARD] = "SELECT ifnull(max(id), 0) FROM forwards",
    [LOAD_FORWARD] = "SELECT delivery_id, attempt, kind, queued_ms FROM forwards WHERE id = ?1",
    [LOAD_FORWARD_PROGRESS] =
        "SELECT tries, failures, queued_ms FROM forwards WHERE id = ?1 AND delivery_id = ?2",
    [UPDATE_FORWARD] = "UPDATE forwards SET state = ?2, tries = ?3, failures = ?4, next_ms = ?5 "
                       "WHERE id = ?1",
    [NOTE_FORWARDED] = "INSERT INTO delivery_notes (delivery_id, answer_us, forwarded) "
                       "VALUES (?1, -1, ?2) "
                       "ON CONFLICT (delivery_id) DO UPDATE SET forwarded = excluded.forwarded",
    [INSERT_FORWARD_TRY] =
        "INSERT OR REPLACE INTO forward_tries (delivery_id, forward_id, number, at_ms, took_us, "
        "status, error, answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [TRIM_FORWARD_TRIES] =
        "DELETE FROM forward_tries WHERE delivery_id = ?1 AND forward_id = ?2 AND number <= ?3",
    [LOAD_FORWARD_TARGET] = "SELECT name, trouble FROM forward_target",
    [SET_FORWARD_TARGET] = "INSERT INTO forward_target (id, name, trouble) VALUES (1, ?1, ?2) "
                           "ON CONFLICT (id) DO UPDATE SET name = ?1, trouble = ?2",
    [NAME_EVENT] = "SELECT verdict, event_id FROM deliveries WHERE id = ?1",
    [LOAD_CLAIMS] = "SELECT " SUMMARY_COLUMNS " FROM deliveries d INDEXED BY claims "
                    "LEFT JOIN delivery_notes n ON n.delivery_id = d.id "
                    "WHERE d.verdict <> 0 AND d.event_id = ?1 ORDER BY d.id DESC LIMIT ?2",
    /* Of an empty store that has had rows: none of them is kept. */
    [LOAD_BEGINNING] = "SELECT id, received_ms FROM (SELECT id, received_ms FROM deliveries "
                       "ORDER BY id LIMIT 1) UNION ALL SELECT seq + 1, 9223372036854775807 FROM "
                       "sqlite_sequence WHERE name = 'deliveries' LIMIT 1",
    [END_LEFT_PERIODS] =
        "UPDATE receiving SET until_ms = max(began_ms, ifnull((SELECT received_ms FROM deliveries "
        "ORDER BY id DESC LIMIT 1), 0)) WHERE until_ms IS NULL",
    [FIND_PERIOD] = "SELECT 1 FROM receiving WHERE began_ms = ?1 AND until_ms IS NULL",
    [BEGIN_PERIOD] = "INSERT INTO receiving (began_ms) VALUES (?1)",
    [TRIM_PERIODS] = "DELETE FROM receiving WHERE id <= (SELECT max(id) FROM receiving) - ?1",
    [END_PERIOD] = "UPDATE receiving SET until_ms = max(began_ms, ?2) "
                   "WHERE until_ms IS NULL AND began_ms = ?1",
    [LOAD_PERIODS] =
        "SELECT began_ms, ifnull(until_ms, max(began_ms, ifnull((SELECT received_ms FROM "
        "deliveries ORDER BY id DESC LIMIT 1), 0))), until_ms IS NULL "
        "FROM receiving ORDER BY id DESC",
    [LOAD_ENDPOINT] = "SELECT id, url, status, categories, public_key, created_at FROM endpoints "
                      "WHERE retired_ms IS NULL AND id = ?1",
    [RETIRE_ENDPOINT] = "UPDATE endpoints SET retired_ms = ?2 WHERE retired_ms IS NULL AND id = ?1",
    [KNOWS_ENDPOINTS] = "SELECT 1 FROM endpoints LIMIT 1",
    [INSERT_ACTIVITY] = "INSERT INTO activity (token, who, outcome, at_ms, since_ms, ended_ms, "
                        "fields, webhook_id, text, before, after) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [END_ACTIVITY] = "UPDATE activity SET outcome = ?3, ended_ms = ?6, "
                     "webhook_id = ifnull(?8, webhook_id), text = ?9 "
                     "WHERE token = ?1 AND who = ?2 AND ended_ms = 0",
    [TRIM_ACTIVITY] = "DELETE FROM activity WHERE id <= (SELECT max(id) FROM activity) - ?1",
    [SETTLE_ACTIVITY] = "UPDATE activity SET outcome = 1, webhook_id = ?2, "
                        "text = text || '; Bridge shows it done' WHERE id = ?1",
    [OWN_UNDER_WAY] = "SELECT 1 FROM activity WHERE who = 1 AND fields <> 0 AND at_ms <= ?2 "
                      "AND (ended_ms >= ?3 OR (ended_ms = 0 AND at_ms > ?5)) "
                      "AND (webhook_id = ?1 OR (webhook_id IS NULL AND ?4)) LIMIT 1",
    [OWN_DELETED] = "SELECT 1 FROM activity WHERE who = 1 AND outcome = 1 AND fields & 16 "
                    "AND after = '' AND webhook_id = ?1 LIMIT 1",
    [OWN_UNCERTAIN] = "SELECT id, after, fields, webhook_id FROM activity WHERE who = 1 "
                      "AND outcome = 3 AND fields <> 0 AND at_ms > ?2 "
                      "AND (webhook_id = ?1 OR webhook_id IS NULL) ORDER BY id DESC LIMIT ?3",
    [LAST_SEEN] = "SELECT max(last_seen_ms) FROM endpoints WHERE ?1 IS NULL OR id = ?1",
    [NEWEST_ACTIVITY] = "SELECT ifnull(max(id), 0) FROM activity",
    [KEY_CHANGED] = "SELECT at_ms FROM activity WHERE webhook_id = ?1 AND fields & 8 "
                    "ORDER BY id DESC LIMIT 1", /* ACTIVITY_KEY */
    [LOAD_ACTIVITY] = "SELECT id, who, outcome, at_ms, since_ms, ended_ms, fields, webhook_id, "
                      "text, before, after FROM activity WHERE id > ?1 AND id < ?2 "
                      "ORDER BY id DESC LIMIT ?3",
};

/* --- opening --------------------------------------------------------------- */

struct store *store_open_as_it_is(const char *path, enum store_mode mode,
                                  struct store_file_state *state, struct error *error)
{
    struct store *store = calloc(1, sizeof *store);
    *state = (struct store_file_state){0};
    if (store == NULL || (store->path = strdup(path)) == NULL) {
        (void)error_set(error, "cannot open %s: out of memory", path);
        store_close(store);
        return NULL;
    }
    store->db = store_file_open(path, mode, state, error);
    if (store->db == NULL) {
        store_close(store);
        return NULL;
    }
    return store;
}

struct store *store_open(const char *path, enum store_mode mode, struct error *error)
{
    struct store_file_state state;
    struct store *store = store_open_as_it_is(path, mode, &state, error);
    if (store == NULL || state.version == STORE_SCHEMA_VERSION)
        return store;
    (void)error_set(error, "cannot %s %s: no receiver has set it up for this version yet",
                    mode == STORE_READ ? "read" : "write", path);
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(store->statements[i]);
    store_file_close(store->db, store->damaged);
    free(store->path);
    free(store);
}

bool store_damaged(const struct store *store)
{
    return store->damaged;
}

/* --- statements ------------------------------------------------------------ */

bool store_failed(struct store *store, const char *what, struct error *error)
{
    store->damaged = store->damaged || store_file_damaged(store->db);
    return store_file_error(store->db, what, store->path, error);
}

bool store_busy(const struct store *store)
{
    return (sqlite3_errcode(store->db) & 0xff) == SQLITE_BUSY;
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
    const struct store_counts *counts = &store->uncounted;
    if (counts->deliveries == 0 && counts->repeats == 0)
        return true;
    sqlite3_stmt *statement = store_prepare(store, ADD_COUNTS);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, counts->deliveries);
    (void)sqlite3_bind_int64(statement, 2, counts->genuine);
    (void)sqlite3_bind_int64(statement, 3, counts->repeats);
    (void)sqlite3_bind_int64(statement, 4, counts->refused_bytes);
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

/* --- counts ---------------------------------------------------------------- */

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
            .repeats = sqlite3_column_int64(statement, 2),
            .refused_bytes = sqlite3_column_int64(statement, 3),
        };
    bool read = code == SQLITE_ROW || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}
