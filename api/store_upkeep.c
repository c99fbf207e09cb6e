#include "api/store_upkeep.h"

#include "api/keep_export.h"
#include "api/segment.h"
#include "api/store_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_LEVELS = 2, GRAMS_A_STEP = 128, CACHE_KB = 1024 };

/* Keys are 63 bits: a part is one of 1 << shift ranges of them. */
static const struct key_level {
    int64_t max;
    int parts_bits;
    const char *count, *move, *purge, *clear;
} LEVELS[KEY_LEVELS] = {
    {STORE_KEYS_0_MAX, 2, "SELECT count(*) FROM event_keys_0",
     "INSERT INTO event_keys_1 (key, id) SELECT key, id FROM event_keys_0 "
     "WHERE key BETWEEN ?1 AND ?2 AND id >= ?3 ORDER BY key",
     "DELETE FROM event_keys_1 WHERE key BETWEEN ?1 AND ?2 AND id < ?3",
     "DELETE FROM event_keys_0 WHERE key BETWEEN ?1 AND ?2"},
    {STORE_KEYS_1_MAX, 6, "SELECT count(*) FROM event_keys_1",
     "INSERT INTO event_keys_2 (key, id) SELECT key, id FROM event_keys_1 "
     "WHERE key BETWEEN ?1 AND ?2 AND id >= ?3 ORDER BY key",
     "DELETE FROM event_keys_2 WHERE key BETWEEN ?1 AND ?2 AND id < ?3",
     "DELETE FROM event_keys_1 WHERE key BETWEEN ?1 AND ?2"},
};

/* What a look at the store finds. */
struct look {
    struct store_counts counts;
    int64_t oldest_id; /* one above the newest where there is none */
    int64_t oldest_ms;
    int64_t used_bytes;
    int64_t free_pages;
    int64_t oldest_segment; /* of the index; -1: none */
};

struct store_upkeep {
    struct store *store;
    struct store_keep keep;
    char *export_folder;
    int64_t keys[KEY_LEVELS]; /* how many there are, about */
    int part[KEY_LEVELS];     /* that moves on next */
    int64_t dead;             /* keys of rows that are gone, at most */
    int64_t deleted;
    struct look look;
};

/* --- statements ------------------------------------------------------------------ */

/* Seldom enough that they are not kept. Unused parameters are not bound. */
static sqlite3_stmt *prepare(struct store_upkeep *upkeep, const char *sql, int64_t one, int64_t two,
                             int64_t three)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(upkeep->store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return NULL;
    const int64_t values[] = {one, two, three};
    for (int i = 0; i < 3 && i < sqlite3_bind_parameter_count(statement); i++)
        (void)sqlite3_bind_int64(statement, i + 1, values[i]);
    return statement;
}

static bool run(struct store_upkeep *upkeep, const char *sql, int64_t one, int64_t two,
                int64_t three)
{
    sqlite3_stmt *statement = prepare(upkeep, sql, one, two, three);
    int code = SQLITE_ERROR;
    while (statement != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW)
        ;
    (void)sqlite3_finalize(statement);
    return code == SQLITE_DONE;
}

/* No row leaves it as it is. */
static bool query(struct store_upkeep *upkeep, const char *sql, int64_t *one, int64_t *two)
{
    sqlite3_stmt *statement = prepare(upkeep, sql, 0, 0, 0);
    int code = statement != NULL ? sqlite3_step(statement) : SQLITE_ERROR;
    if (code == SQLITE_ROW) {
        *one = sqlite3_column_int64(statement, 0);
        if (two != NULL)
            *two = sqlite3_column_int64(statement, 1);
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* --- from beginning to end ---------------------------------------------------------- */

struct store_upkeep *store_upkeep_open(const struct store_upkeep_config *config,
                                       struct error *error)
{
    struct store_upkeep *upkeep = calloc(1, sizeof *upkeep);
    if (upkeep == NULL || (config->export_folder != NULL &&
                           (upkeep->export_folder = strdup(config->export_folder)) == NULL)) {
        (void)error_set(error, "cannot keep %s within its bounds: out of memory", config->path);
        store_upkeep_close(upkeep);
        return NULL;
    }
    upkeep->keep = config->keep;
    upkeep->store = store_open(config->path, STORE_WRITE, error);
    if (upkeep->store == NULL) {
        store_upkeep_close(upkeep);
        return NULL;
    }
    char sql[80];
    (void)snprintf(sql, sizeof sql, "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -%d",
                   CACHE_KB);
    (void)sqlite3_exec(upkeep->store->db, sql, NULL, NULL, NULL);
    if (!query(upkeep, LEVELS[1].count, &upkeep->keys[1], NULL)) {
        (void)store_failed(upkeep->store, "read", error);
        store_upkeep_close(upkeep);
        return NULL;
    }
    (void)sqlite3_busy_timeout(upkeep->store->db, 0);
    return upkeep;
}

void store_upkeep_close(struct store_upkeep *upkeep)
{
    if (upkeep == NULL)
        return;
    store_close(upkeep->store);
    free(upkeep->export_folder);
    free(upkeep);
}

/* --- looking ---------------------------------------------------------------------------- */

static bool look_around(struct store_upkeep *upkeep)
{
    struct look *look = &upkeep->look;
    int64_t newest = 0, page_size = 0, pages = 0;
    *look = (struct look){.oldest_segment = -1};
    if (!store_counts(upkeep->store, &look->counts, NULL) ||
        !store_newest_id(upkeep->store, &newest, NULL))
        return false;
    look->oldest_id = newest + 1;
    look->oldest_ms = INT64_MAX;
    if (!query(upkeep, "SELECT id, received_ms FROM deliveries ORDER BY id LIMIT 1",
               &look->oldest_id, &look->oldest_ms) ||
        !query(upkeep, "SELECT id FROM search_segments ORDER BY id LIMIT 1", &look->oldest_segment,
               NULL) ||
        !query(upkeep, LEVELS[0].count, &upkeep->keys[0], NULL) ||
        !query(upkeep, "PRAGMA page_size", &page_size, NULL) ||
        !query(upkeep, "PRAGMA page_count", &pages, NULL) ||
        !query(upkeep, "PRAGMA freelist_count", &look->free_pages, NULL))
        return false;
    look->used_bytes = (pages - look->free_pages) * page_size;
    return true;
}

static int64_t refused_rows(const struct look *look)
{
    return look->counts.deliveries - look->counts.genuine;
}

static bool passes(int64_t value, int64_t limit, int quarters)
{
    return limit > 0 && value > limit / 4 * quarters + limit % 4;
}

/* Whether a bound is passed, by as many quarters of it as are above four. */
static bool refused_past(const struct look *look, int quarters)
{
    return passes(refused_rows(look), STORE_REFUSED_MAX, quarters) ||
           passes(look->counts.refused_bytes, STORE_REFUSED_BYTES, quarters);
}

bool store_upkeep_behind(const struct store_upkeep *upkeep)
{
    const struct look *look = &upkeep->look;
    return refused_past(look, 5) || passes(look->counts.deliveries, upkeep->keep.count, 5) ||
           passes(look->used_bytes, upkeep->keep.bytes, 5);
}

int64_t store_upkeep_deleted(const struct store_upkeep *upkeep)
{
    return upkeep->deleted;
}

int64_t store_upkeep_wait_ms(const struct store_upkeep *upkeep, int64_t now_ms)
{
    if (upkeep->keep.age_ms == 0 || upkeep->look.oldest_ms == INT64_MAX)
        return -1;
    int64_t wait = upkeep->look.oldest_ms + upkeep->keep.age_ms - now_ms;
    if (wait > STORE_UPKEEP_LATEST_MS)
        return STORE_UPKEEP_LATEST_MS;
    return wait > STORE_UPKEEP_AGAIN_MS ? wait : STORE_UPKEEP_AGAIN_MS;
}

/* --- keys --------------------------------------------------------------------------------- */

static bool keys_due(const struct store_upkeep *upkeep, int level)
{
    return upkeep->keys[level] > LEVELS[level].max ||
           (level == KEY_LEVELS - 1 && upkeep->dead > STORE_KEYS_1_MAX);
}

static bool move_keys(struct store_upkeep *upkeep, int level)
{
    const struct key_level *how = &LEVELS[level];
    int parts = 1 << how->parts_bits;
    int64_t width = INT64_C(1) << (63 - how->parts_bits);
    int64_t low = upkeep->part[level] * width;
    int64_t high = low + (width - 1);
    int64_t oldest = upkeep->look.oldest_id;
    if (!run(upkeep, how->move, low, high, oldest))
        return false;
    int64_t moved = sqlite3_changes64(upkeep->store->db);
    if (!run(upkeep, how->clear, low, high, 0))
        return false;
    int64_t cleared = sqlite3_changes64(upkeep->store->db);
    if (upkeep->dead > 0 && !run(upkeep, how->purge, low, high, oldest))
        return false;
    upkeep->keys[level] -= cleared;
    if (level + 1 < KEY_LEVELS)
        upkeep->keys[level + 1] += moved;
    upkeep->part[level] = (upkeep->part[level] + 1) % parts;
    if (level == KEY_LEVELS - 1 && upkeep->dead > 0)
        upkeep->dead -= upkeep->dead / (parts - upkeep->part[level] + 1) + 1;
    return true;
}

/* --- rows ---------------------------------------------------------------------------------- */

/* Chosen to be deleted, the oldest first. */
struct chosen {
    int64_t ids[STORE_UPKEEP_ROWS];
    size_t count;
    struct store_counts counts;
};

static bool choose(struct store_upkeep *upkeep, const char *sql, int64_t rows, int64_t bytes,
                   int64_t before_ms, struct chosen *chosen)
{
    sqlite3_stmt *statement =
        prepare(upkeep, sql, rows < STORE_UPKEEP_ROWS ? rows : STORE_UPKEEP_ROWS, 0, 0);
    int64_t taken = 0;
    int code = SQLITE_ERROR;
    while (statement != NULL && taken < bytes && chosen->count < STORE_UPKEEP_ROWS &&
           (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (sqlite3_column_int64(statement, 1) >= before_ms)
            break;
        int64_t size = sqlite3_column_int64(statement, 3);
        bool genuine = sqlite3_column_int64(statement, 2) == VERDICT_GENUINE;
        int64_t attempts = sqlite3_column_int64(statement, 4);
        chosen->ids[chosen->count++] = sqlite3_column_int64(statement, 0);
        chosen->counts.deliveries--;
        chosen->counts.genuine -= genuine;
        chosen->counts.refused_bytes -= genuine ? 0 : size;
        chosen->counts.repeats -= attempts > 1 ? attempts - 1 : 0;
        taken += size;
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

#define CHOSEN_COLUMNS "SELECT d.id, d.received_ms, d.verdict, " STORE_ROW_BYTES ", n.attempts "
#define WITH_NOTES     " LEFT JOIN delivery_notes n ON n.delivery_id = d.id "

static bool choose_refused(struct store_upkeep *upkeep, struct chosen *chosen)
{
    const struct look *look = &upkeep->look;
    int64_t rows = refused_rows(look) - STORE_REFUSED_MAX;
    int64_t bytes = look->counts.refused_bytes - STORE_REFUSED_BYTES;
    return choose(upkeep,
                  CHOSEN_COLUMNS "FROM deliveries d INDEXED BY not_genuine" WITH_NOTES
                                 "WHERE d.verdict <> 0 ORDER BY d.id LIMIT ?1",
                  bytes > 0 ? STORE_UPKEEP_ROWS : rows, rows > 0 ? STORE_UPKEEP_BYTES : bytes,
                  INT64_MAX, chosen);
}

static int64_t at_most(int64_t value, int64_t limit)
{
    return value < limit ? value : limit;
}

/* How many of the oldest rows are over one limit of `keep`, and which one: rows, bytes or age. */
static bool choose_old(struct store_upkeep *upkeep, int64_t now_ms, struct chosen *chosen)
{
    const struct look *look = &upkeep->look;
    const struct store_keep *keep = &upkeep->keep;
    int64_t rows = keep->count > 0 ? look->counts.deliveries - keep->count : 0;
    int64_t bytes = keep->bytes > 0 ? look->used_bytes - keep->bytes : 0;
    int64_t before_ms = INT64_MAX;
    if (rows > 0) {
        bytes = STORE_UPKEEP_BYTES;
    } else if (bytes > 0) {
        rows = STORE_UPKEEP_ROWS;
    } else {
        rows = STORE_UPKEEP_ROWS;
        bytes = STORE_UPKEEP_BYTES;
        before_ms = now_ms - keep->age_ms;
    }
    return choose(upkeep, CHOSEN_COLUMNS "FROM deliveries d" WITH_NOTES "ORDER BY d.id LIMIT ?1",
                  rows, at_most(bytes, STORE_UPKEEP_BYTES), before_ms, chosen);
}

static bool old_due(const struct store_upkeep *upkeep, int64_t now_ms)
{
    const struct look *look = &upkeep->look;
    const struct store_keep *keep = &upkeep->keep;
    return look->counts.deliveries > 0 &&
           ((keep->count > 0 && look->counts.deliveries > keep->count) ||
            (keep->bytes > 0 && look->used_bytes > keep->bytes) ||
            (keep->age_ms > 0 && look->oldest_ms < now_ms - keep->age_ms));
}

static bool delete_row(struct store_upkeep *upkeep, int64_t id)
{
    for (int which = DELETE_DELIVERY; which <= DELETE_FORWARDS; which++) {
        sqlite3_stmt *statement = store_prepare(upkeep->store, (enum statement)which);
        if (statement == NULL)
            return false;
        (void)sqlite3_bind_int64(statement, 1, id);
        if (!store_run(statement))
            return false;
    }
    return true;
}

static bool delete_chosen(struct store_upkeep *upkeep, const struct chosen *chosen)
{
    for (size_t i = 0; i < chosen->count; i++)
        if (!delete_row(upkeep, chosen->ids[i]))
            return false;
    upkeep->store->uncounted = chosen->counts;
    return true;
}

/* On disk, elsewhere, before the transaction that deletes them has been committed. */
static bool export_chosen(struct store_upkeep *upkeep, const struct chosen *chosen, int64_t now_ms,
                          struct error *error)
{
    struct keep_export export;
    if (!keep_export_begin(&export, upkeep->export_folder, now_ms, error))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < chosen->count; i++) {
        struct delivery delivery = {0};
        ok = store_load_delivery(upkeep->store, chosen->ids[i], &delivery, error) &&
             store_load_attempts(upkeep->store, &delivery, error) &&
             keep_export_add(&export, &delivery, error);
        delivery_clear(&delivery);
    }
    return keep_export_end(&export, ok, error) && ok;
}

/* --- steps ----------------------------------------------------------------------------------- */

static bool fail(struct store_upkeep *upkeep, struct error *error)
{
    return store_failed(upkeep->store, "tidy", error);
}

static bool step_rows(struct store_upkeep *upkeep, bool refused, int64_t now_ms,
                      struct error *error)
{
    struct chosen *chosen = calloc(1, sizeof *chosen);
    if (chosen == NULL)
        return error_set(error, "cannot tidy %s: out of memory", upkeep->store->path);
    bool done = (refused ? choose_refused(upkeep, chosen) : choose_old(upkeep, now_ms, chosen)) ||
                fail(upkeep, error);
    if (done && !refused && upkeep->export_folder != NULL)
        done = export_chosen(upkeep, chosen, now_ms, error);
    done = done && (delete_chosen(upkeep, chosen) || fail(upkeep, error));
    if (done) {
        upkeep->deleted += (int64_t)chosen->count;
        upkeep->dead -= chosen->counts.genuine;
    }
    free(chosen);
    return done;
}

/* Some chunks; with the last one the segment itself. */
static bool step_segment(struct store_upkeep *upkeep)
{
    int64_t segment = upkeep->look.oldest_segment;
    int64_t low = (int64_t)((uint64_t)segment << 32);
    int64_t high = (int64_t)((uint64_t)(segment + 1) << 32) - 1;
    if (!run(upkeep,
             "DELETE FROM search_grams WHERE key IN (SELECT key FROM search_grams "
             "WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3)",
             low, high, GRAMS_A_STEP))
        return false;
    return sqlite3_changes64(upkeep->store->db) == GRAMS_A_STEP ||
           run(upkeep, "DELETE FROM search_segments WHERE id = ?1", segment, 0, 0);
}

static bool segment_due(const struct look *look)
{
    return look->oldest_segment >= 0 && (look->oldest_segment + 1) * SEGMENT_ROWS < look->oldest_id;
}

/* One thing, the most urgent first; *idle when there is none. */
static bool do_one(struct store_upkeep *upkeep, int64_t now_ms, bool *idle, struct error *error)
{
    const struct look *look = &upkeep->look;
    if (keys_due(upkeep, 0))
        return move_keys(upkeep, 0) || fail(upkeep, error);
    if (keys_due(upkeep, 1))
        return move_keys(upkeep, 1) || fail(upkeep, error);
    if (refused_past(look, 4))
        return step_rows(upkeep, true, now_ms, error);
    if (old_due(upkeep, now_ms))
        return step_rows(upkeep, false, now_ms, error);
    if (segment_due(look))
        return step_segment(upkeep) || fail(upkeep, error);
    if (look->free_pages > STORE_FREE_PAGES + STORE_UPKEEP_PAGES)
        return run(upkeep, "PRAGMA incremental_vacuum(64)", 0, 0, 0) || fail(upkeep, error);
    *idle = true;
    return true;
}
_Static_assert(STORE_UPKEEP_PAGES == 64, "the statement says so in text");

/* Before anything is rolled back, which would succeed. */
static enum store_upkeep_result failure(const struct store_upkeep *upkeep)
{
    return store_busy(upkeep->store) ? STORE_UPKEEP_BUSY : STORE_UPKEEP_FAILED;
}

enum store_upkeep_result store_upkeep_step(struct store_upkeep *upkeep, int64_t now_ms,
                                           struct error *error)
{
    bool idle = false;
    if (!store_begin(upkeep->store, error))
        return failure(upkeep);
    bool done =
        (look_around(upkeep) || fail(upkeep, error)) && do_one(upkeep, now_ms, &idle, error);
    if (done && !idle && store_commit(upkeep->store, error))
        return STORE_UPKEEP_MORE;
    enum store_upkeep_result result = done && idle ? STORE_UPKEEP_IDLE : failure(upkeep);
    store_rollback(upkeep->store);
    return result;
}
