#include "api/store_renew.h"

#include "api/store_file.h"
#include "api/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MODE = 0600, NAMES_TRIED = 100 };

/* --- names ------------------------------------------------------------------- */

/* "20240502-174819", and from the second try on "20240502-174819-2". */
static void stamp(int64_t now_ms, int attempt, char *text, size_t size)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char number[16] = "";
    if (attempt > 1)
        (void)snprintf(number, sizeof number, "-%d", attempt);
    if (gmtime_r(&seconds, &utc) == NULL)
        (void)snprintf(text, size, "undated%s", number);
    else
        (void)snprintf(text, size, "%04d%02d%02d-%02d%02d%02d%s", utc.tm_year + 1900,
                       utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, number);
}

/* Gives a file another name, which must be free. ENOENT: there is no such file. */
static int rename_to_free(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
}

/* --- the backup ---------------------------------------------------------------- */

static bool copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL)
        return false;
    (void)sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup) == SQLITE_OK; /* it syncs */
}

static bool copy_to(struct store *store, const char *name, struct error *error)
{
    sqlite3 *copy = NULL;
    if (mknod(name, S_IFREG | FILE_MODE, 0) != 0)
        return error_set(error, "cannot create %s: %m", name);
    bool made = sqlite3_open_v2(name, &copy, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                copy_pages(store->db, copy);
    if (!made)
        (void)error_set(error, "cannot write the backup %s: %s", name, sqlite3_errmsg(copy));
    (void)sqlite3_close(copy);
    return made;
}

/* It gets its name when it is whole. */
static bool back_up(struct store *store, int64_t version, int64_t now_ms, char **name,
                    struct error *error)
{
    char *part = NULL;
    char when[48];
    *name = NULL;
    if (asprintf(&part, "%s.backup-%ld.part", store->path, (long)getpid()) < 0)
        return error_set(error, "cannot back %s up: out of memory", store->path);
    (void)unlink(part);
    bool made = copy_to(store, part, error);
    int code = EEXIST;
    for (int i = 1; made && code == EEXIST && i <= NAMES_TRIED; i++) {
        stamp(now_ms, i, when, sizeof when);
        free(*name);
        *name = NULL;
        made = asprintf(name, "%s.v%lld-%s.backup", store->path, (long long)version, when) > 0 ||
               error_set(error, "cannot back %s up: out of memory", store->path);
        code = made ? rename_to_free(part, *name) : ENOMEM;
    }
    if (made && code != 0) {
        errno = code;
        made = error_set(error, "cannot back %s up as %s: %m", store->path, *name);
    }
    if (made)
        store_file_sync_parent(*name);
    else
        (void)unlink(part);
    free(part);
    return made;
}

/* --- from before version 3: an event had a row for each arrival ---------------------- */

static void event_key_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    int64_t key;
    const char *event_id = (const char *)sqlite3_value_text(values[0]);
    const void *body = sqlite3_value_blob(values[1]);
    size_t length = (size_t)sqlite3_value_bytes(values[1]);
    if (store_event_key(event_id, body, length, &key))
        sqlite3_result_int64(context, key);
    else
        sqlite3_result_error_nomem(context);
}

/* The first row of each event has its key; what is left over are repeats. */
static const char FIND_REPEATS[] =
    "INSERT INTO event_keys_2 (key, id) SELECT event_key(event_id, CASE WHEN event_id IS NULL THEN "
    "body END) AS k, min(id) FROM deliveries WHERE verdict = 0 GROUP BY k ORDER BY k;"
    "CREATE TEMP TABLE repeats AS SELECT id FROM deliveries WHERE verdict = 0 "
    "EXCEPT SELECT id FROM event_keys_2;"
    "UPDATE counts SET refused_bytes = (SELECT ifnull(sum(" STORE_ROW_BYTES "), 0) "
    "FROM deliveries WHERE verdict <> 0);";

static bool run_with_id(struct store *store, const char *sql, int64_t key, int64_t id)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK;
    if (done) {
        (void)sqlite3_bind_int64(statement, 1, id);
        if (sqlite3_bind_parameter_count(statement) > 1)
            (void)sqlite3_bind_int64(statement, 2, key);
        done = sqlite3_step(statement) == SQLITE_DONE;
    }
    (void)sqlite3_finalize(statement);
    return done;
}

/* Its row goes once it is an attempt of the first. */
static bool merge_repeat(struct store *store, int64_t id, struct error *error)
{
    struct delivery delivery;
    int64_t key;
    bool attached = false;
    if (!store_load_delivery(store, id, &delivery, error))
        return false;
    int64_t answer_us = delivery.answer_us;
    bool done = store_event_key(delivery.event_id, delivery.body, delivery.body_length, &key);
    for (int i = 0; done && !attached && i < EVENT_KEY_PROBES; i++)
        done = store_attach_attempt(store, &key, &delivery, &attached, error);
    if (done && !attached) {
        done = run_with_id(store, "INSERT OR IGNORE INTO event_keys_2 (id, key) VALUES (?1, ?2)",
                           key, id);
    } else if (done) {
        done = (answer_us < 0 ||
                store_set_answer_time(store, delivery.id, delivery.attempts, answer_us, error)) &&
               run_with_id(store, "DELETE FROM deliveries WHERE id = ?1", 0, id) &&
               run_with_id(store, "DELETE FROM delivery_notes WHERE delivery_id = ?1", 0, id);
        store->uncounted.deliveries--;
        store->uncounted.genuine--;
    }
    delivery_clear(&delivery);
    return done || store_failed(store, "migrate", error);
}

static bool merge_repeats(struct store *store, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_create_function_v2(store->db, "event_key", 2,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                   event_key_function, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(store->db, FIND_REPEATS, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(store->db, "SELECT id FROM temp.repeats ORDER BY id", -1, &statement,
                           NULL) != SQLITE_OK)
        return store_failed(store, "migrate", error);
    bool merged = true;
    int code = SQLITE_DONE;
    while (merged && (code = sqlite3_step(statement)) == SQLITE_ROW)
        merged = merge_repeat(store, sqlite3_column_int64(statement, 0), error);
    if (merged && code != SQLITE_DONE)
        merged = store_failed(store, "migrate", error);
    (void)sqlite3_finalize(statement);
    return merged;
}

/* --- migrating ------------------------------------------------------------------- */

/* Another program may have done it meanwhile: `from` is then this version. */
static bool raise_schema(struct store *store, struct error *error)
{
    int64_t from;
    bool done = store_begin(store, error) &&
                store_file_raise(store->db, store->path, &from, error) &&
                (from >= 3 || merge_repeats(store, error)) && store_commit(store, error);
    store->damaged = store->damaged || (!done && store_file_damaged(store->db));
    if (!done)
        store_rollback(store);
    (void)sqlite3_exec(store->db, "DROP TABLE IF EXISTS temp.repeats", NULL, NULL, NULL);
    return done;
}

/* So that the file can shrink later; where there is no room for that, it only reuses what is free.
 */
static void let_shrink(struct store *store)
{
    (void)sqlite3_exec(store->db, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM", NULL, NULL, NULL);
}

static bool migrate(struct store *store, int64_t version, int64_t now_ms, struct store_news *news,
                    struct error *error)
{
    char *backup = NULL;
    bool done = back_up(store, version, now_ms, &backup, error) && raise_schema(store, error);
    if (done) {
        let_shrink(store);
        news->kind = STORE_MIGRATED;
        (void)error_set(&news->line, "%s was brought up to schema %d; as it was: %s", store->path,
                        STORE_SCHEMA_VERSION, backup);
    }
    free(backup);
    return done;
}

/* --- setting aside ------------------------------------------------------------------ */

static bool is_taken(const char *aside)
{
    struct stat status;
    char *log = NULL;
    bool taken = asprintf(&log, "%s-wal", aside) < 0 || lstat(aside, &status) == 0 ||
                 lstat(log, &status) == 0;
    free(log);
    return taken;
}

/* The log first: a file without its log is whole as of an earlier moment, a log that is left behind
   would be taken for the new file's. */
static int move_aside(const char *path, const char *aside)
{
    static const char *const endings[] = {"-wal", "-shm", ""};
    int code = is_taken(aside) ? EEXIST : 0;
    for (size_t i = 0; code == 0 && i < sizeof endings / sizeof endings[0]; i++) {
        char *from = NULL;
        char *to = NULL;
        if (asprintf(&from, "%s%s", path, endings[i]) < 0 ||
            asprintf(&to, "%s%s", aside, endings[i]) < 0)
            code = ENOMEM;
        else
            code = rename_to_free(from, to);
        if (code == ENOENT && endings[i][0] != '\0')
            code = 0;
        free(from);
        free(to);
    }
    return code;
}

bool store_set_aside(const char *path, int64_t now_ms, struct store_news *news, struct error *error)
{
    char *aside = NULL;
    char when[48];
    int code = EEXIST;
    for (int i = 1; code == EEXIST && i <= NAMES_TRIED; i++) {
        stamp(now_ms, i, when, sizeof when);
        free(aside);
        if (asprintf(&aside, "%s.corrupt-%s", path, when) < 0)
            return error_set(error, "cannot set %s aside: out of memory", path);
        code = move_aside(path, aside);
    }
    errno = code;
    bool moved = code == 0 || error_set(error, "cannot set %s aside as %s: %m", path, aside);
    if (moved) {
        store_file_sync_parent(path);
        news->kind = STORE_SET_ASIDE;
        (void)error_set(&news->line, "%s is corrupt: set aside as %s, and a new one begun", path,
                        aside);
    }
    free(aside);
    return moved;
}

/* --- opening ----------------------------------------------------------------------------- */

/* What a receiver reads first. */
static bool is_readable(struct store *store, struct error *error)
{
    struct store_counts counts;
    struct webhook_list webhooks;
    if (!store_counts(store, &counts, error) || !store_load_webhooks(store, &webhooks, error))
        return false;
    webhook_list_clear(&webhooks);
    return true;
}

static struct store *open_and_migrate(const char *path, int64_t now_ms, struct store_news *news,
                                      bool *damaged, struct error *error)
{
    struct store_file_state state;
    struct store *store = store_open_as_it_is(path, STORE_WRITE, &state, error);
    *damaged = state.damaged;
    if (store == NULL)
        return NULL;
    bool ready = (state.version == STORE_SCHEMA_VERSION ||
                  migrate(store, state.version, now_ms, news, error)) &&
                 is_readable(store, error);
    if (ready)
        return store;
    *damaged = store->damaged;
    store_close(store);
    return NULL;
}

struct store *store_open_to_receive(const char *path, int64_t now_ms, struct store_news *news,
                                    struct error *error)
{
    bool damaged;
    *news = (struct store_news){0};
    struct store *store = open_and_migrate(path, now_ms, news, &damaged, error);
    if (store != NULL || !damaged || !store_set_aside(path, now_ms, news, error))
        return store;
    struct store_news of_new_file = {0};
    return open_and_migrate(path, now_ms, &of_new_file, &damaged, error);
}
