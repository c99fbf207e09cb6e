/* What a store keeps: bounds of what is not genuine, retention, keys on their way, a file that
   shrinks. */
#include "api/store_upkeep.h"

#include "api/segment.h"
#include "api/store_index.h"
#include "api/store_private.h"
#include "api/store_search.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS   INT64_C(1714672099465) /* 2024-05-02 17:48:19 UTC */
#define EXPORTED "bridgetop-20240502.jsonl"
enum { STEP_MS = 1000 }; /* between two rows */

static struct store *store;
static int64_t arrived; /* rows so far: each came STEP_MS after the one before */

static void octets(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_int(context, sqlite3_value_bytes(values[0]));
}

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
    (void)sqlite3_exec(store->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    cr_assert_eq(
        sqlite3_create_function(store->db, "octets", 1, SQLITE_UTF8, NULL, octets, NULL, NULL),
        SQLITE_OK);
}

static void tear_down(void)
{
    store_close(store);
    place_remove();
}

TestSuite(store_upkeep, .init = set_up, .fini = tear_down, .timeout = 120);

/* --- helpers ------------------------------------------------------------------------ */

static int64_t query(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK, "%s", sql);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

static void run(const char *sql)
{
    cr_assert_eq(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(store->db));
}

static struct delivery put(int64_t event, enum verdict verdict, const char *body, size_t length)
{
    char event_id[32];
    struct error error = {0};
    (void)snprintf(event_id, sizeof event_id, "wh_%lld", (long long)event);
    struct delivery delivery = {
        .received_ms = NOW_MS - 1000000 + arrived++ * STEP_MS,
        .event_id = event_id,
        .event_type = (char *)"transfer.created",
        .body = (char *)body,
        .body_length = length,
        .verdict = verdict,
        .answer_status = 200,
        .answer_us = -1,
        .sequence = -1,
    };
    cr_assert(store_insert_delivery(store, &delivery, &error), "%s", error.message);
    return delivery;
}

static void put_many(size_t count, enum verdict verdict, const char *body, size_t length)
{
    struct error error = {0};
    cr_assert(store_begin(store, &error), "%s", error.message);
    for (size_t i = 0; i < count; i++)
        (void)put(arrived, verdict, body, length);
    cr_assert(store_commit(store, &error), "%s", error.message);
}

static void expect_true_counts(void)
{
    struct store_counts counts;
    cr_assert(store_counts(store, &counts, NULL));
    cr_expect_eq(counts.deliveries, query("SELECT count(*) FROM deliveries"));
    cr_expect_eq(counts.genuine, query("SELECT count(*) FROM deliveries WHERE verdict = 0"));
    cr_expect_eq(counts.refused_bytes,
                 query("SELECT ifnull(sum(length(body) + length(headers) + octets(target) + "
                       "octets(event_id) + octets(event_type) + octets(object_id) + "
                       "octets(object_status)), 0) FROM deliveries WHERE verdict <> 0"));
    cr_expect_eq(counts.repeats, query("SELECT ifnull(sum(attempts - 1), 0) FROM delivery_notes"));
    cr_expect_eq(query("SELECT count(*) FROM delivery_notes WHERE delivery_id NOT IN "
                       "(SELECT id FROM deliveries)"),
                 0);
    cr_expect_eq(query("SELECT count(*) FROM attempts WHERE delivery_id NOT IN "
                       "(SELECT id FROM deliveries)"),
                 0);
}

static struct store_upkeep *open_upkeep(struct store_keep keep, const char *folder)
{
    struct error error = {0};
    struct store_upkeep_config config = {.path = place.path, .keep = keep, .export_folder = folder};
    struct store_upkeep *upkeep = store_upkeep_open(&config, &error);
    cr_assert(upkeep != NULL, "%s", error.message);
    return upkeep;
}

/* Until nothing is left to be done; returns how many steps that took. */
static size_t finish(struct store_upkeep *upkeep)
{
    struct error error = {0};
    enum store_upkeep_result result;
    size_t steps = 0;
    while ((result = store_upkeep_step(upkeep, NOW_MS, &error)) == STORE_UPKEEP_MORE)
        cr_assert_lt(++steps, 100000, "it never ends");
    cr_assert_eq(result, STORE_UPKEEP_IDLE, "%s", error.message);
    return steps;
}

static void tidy(struct store_keep keep, const char *folder)
{
    struct store_upkeep *upkeep = open_upkeep(keep, folder);
    (void)finish(upkeep);
    store_upkeep_close(upkeep);
    expect_true_counts();
}

/* --- what is not genuine ---------------------------------------------------------------- */

Test(store_upkeep, of_what_is_not_genuine_the_newest_rows_are_kept)
{
    put_many(3, VERDICT_GENUINE, "{}", 2);
    put_many(STORE_REFUSED_MAX + 300, VERDICT_WRONG_SIGNATURE, "{}", 2);
    put_many(3, VERDICT_GENUINE, "{}", 2);
    int64_t newest = arrived;
    tidy((struct store_keep){0}, NULL);
    cr_expect_eq(query("SELECT count(*) FROM deliveries WHERE verdict <> 0"), STORE_REFUSED_MAX);
    cr_expect_eq(query("SELECT min(id) FROM deliveries WHERE verdict <> 0"), 3 + 300 + 1);
    cr_expect_eq(query("SELECT count(*) FROM deliveries WHERE verdict = 0"), 6);
    cr_expect_eq(query("SELECT max(id) FROM deliveries"), newest);
}

Test(store_upkeep, of_what_is_not_genuine_so_many_bytes_are_kept)
{
    enum { LARGE = 1 << 20, COUNT = STORE_REFUSED_BYTES / LARGE };
    char *body = calloc(1, LARGE);
    put_many(1, VERDICT_GENUINE, "{}", 2);
    cr_assert(store_begin(store, NULL));
    for (int i = 0; i < COUNT; i++)
        (void)put(100 + i, VERDICT_NO_HEADER, body,
                  LARGE - strlen("wh_100") - strlen("transfer.created"));
    cr_assert(store_commit(store, NULL));
    tidy((struct store_keep){0}, NULL); /* to the byte */
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 1 + COUNT);
    put_many(1, VERDICT_NO_HEADER, "x", 1);
    tidy((struct store_keep){0}, NULL);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 1 + COUNT);
    cr_expect_eq(query("SELECT min(id) FROM deliveries WHERE verdict <> 0"), 3);
    free(body);
}

/* Without a body: a path has the bytes, and what the body would have said that it is. */
Test(store_upkeep, of_what_is_not_genuine_paths_and_names_count_as_well)
{
    enum { LARGE = 32000, COUNT = STORE_REFUSED_BYTES / LARGE + 100 };
    char *text = malloc(LARGE + 1);
    memset(text, '/', LARGE);
    text[LARGE] = '\0';
    cr_assert(store_begin(store, NULL));
    for (int i = 0; i < COUNT; i++) {
        struct delivery delivery = {.received_ms = NOW_MS,
                                    .verdict = VERDICT_NO_HEADER,
                                    .answer_status = 400,
                                    .sequence = -1};
        char **places[] = {&delivery.target, &delivery.event_type, &delivery.object_id,
                           &delivery.object_status, &delivery.event_id};
        *places[i % 5] = text;
        cr_assert(store_insert_delivery(store, &delivery, NULL));
    }
    cr_assert(store_commit(store, NULL));
    expect_true_counts();
    tidy((struct store_keep){0}, NULL);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), STORE_REFUSED_BYTES / LARGE);
    free(text);
}

Test(store_upkeep, it_is_behind_a_quarter_past_a_bound)
{
    put_many(STORE_REFUSED_MAX * 5 / 4, VERDICT_NO_HEADER, "", 0);
    struct store_upkeep *upkeep = open_upkeep((struct store_keep){0}, NULL);
    cr_assert_eq(store_upkeep_step(upkeep, NOW_MS, NULL), STORE_UPKEEP_MORE);
    cr_expect_not(store_upkeep_behind(upkeep));
    put_many(STORE_UPKEEP_ROWS + 1, VERDICT_NO_HEADER, "", 0);
    cr_assert_eq(store_upkeep_step(upkeep, NOW_MS, NULL), STORE_UPKEEP_MORE);
    cr_expect(store_upkeep_behind(upkeep));
    (void)finish(upkeep);
    cr_expect_not(store_upkeep_behind(upkeep));
    store_upkeep_close(upkeep);
}

/* --- retention ---------------------------------------------------------------------------- */

Test(store_upkeep, nothing_genuine_goes_unless_it_is_asked_for)
{
    put_many(500, VERDICT_GENUINE, "{}", 2);
    tidy((struct store_keep){0}, NULL);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 500);
}

Test(store_upkeep, by_count)
{
    put_many(1000, VERDICT_GENUINE, "{}", 2);
    tidy((struct store_keep){.count = 300}, NULL);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 300);
    cr_expect_eq(query("SELECT min(id) FROM deliveries"), 701);
}

Test(store_upkeep, by_age)
{
    put_many(1000, VERDICT_GENUINE, "{}", 2); /* the first a million milliseconds ago */
    struct store_upkeep *upkeep = open_upkeep((struct store_keep){.age_ms = 500000}, NULL);
    (void)finish(upkeep);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 500);
    cr_expect_eq(query("SELECT min(received_ms) FROM deliveries"), NOW_MS - 500000);
    cr_expect_eq(store_upkeep_deleted(upkeep), 500);
    cr_expect_eq(store_upkeep_wait_ms(upkeep, NOW_MS), STORE_UPKEEP_AGAIN_MS);
    cr_expect_eq(store_upkeep_wait_ms(upkeep, NOW_MS - 100000), 100000);
    cr_expect_eq(store_upkeep_wait_ms(upkeep, NOW_MS - 100000000), STORE_UPKEEP_LATEST_MS);
    store_upkeep_close(upkeep);
    expect_true_counts();
}

static int64_t file_size(void)
{
    struct stat status;
    cr_assert_eq(stat(place.path, &status), 0);
    return status.st_size;
}

Test(store_upkeep, by_size_and_the_file_shrinks)
{
    enum { LARGE = 20000, KEEP = 8 * 1000 * 1000 };
    char *body = malloc(LARGE);
    memset(body, 'x', LARGE);
    for (int i = 0; i < 10; i++)
        put_many(100, VERDICT_GENUINE, body, LARGE);
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    cr_assert_gt(file_size(), 20 * 1000 * 1000);
    tidy((struct store_keep){.bytes = KEEP}, NULL);
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    int64_t slack = (int64_t)(STORE_FREE_PAGES + STORE_UPKEEP_PAGES) * STORE_PAGE_SIZE;
    cr_expect_leq(file_size(), KEEP + slack, "%lld", (long long)file_size());
    int64_t left = query("SELECT count(*) FROM deliveries");
    cr_expect(left > 200 && left < 400, "%lld", (long long)left);
    cr_expect_eq(query("SELECT max(id) FROM deliveries"), 1000);
    free(body);
}

Test(store_upkeep, attempts_and_notes_go_with_their_row)
{
    cr_assert(store_begin(store, NULL));
    struct delivery first = put(1, VERDICT_GENUINE, "{}", 2);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(put(1, VERDICT_GENUINE, "{}", 2).id, first.id);
    (void)put(2, VERDICT_GENUINE, "{}", 2);
    (void)put(2, VERDICT_GENUINE, "{}", 2);
    cr_assert(store_commit(store, NULL));
    tidy((struct store_keep){.count = 1}, NULL);
    cr_expect_eq(query("SELECT count(*) FROM attempts"), 1);
    cr_expect_eq(query("SELECT sum(attempts) FROM delivery_notes"), 2);
}

/* --- export first -------------------------------------------------------------------------- */

static char *read_exported(size_t *length)
{
    char name[128];
    char *text = NULL;
    (void)snprintf(name, sizeof name, "%s/" EXPORTED, place.directory);
    FILE *file = fopen(name, "r");
    cr_assert(file != NULL, "no %s", name);
    struct stat status;
    cr_assert_eq(fstat(fileno(file), &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600);
    size_t size = 0;
    ssize_t got = getdelim(&text, &size, '\0', file);
    *length = got > 0 ? (size_t)got : 0;
    (void)fclose(file);
    return text;
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; text != NULL && *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

Test(store_upkeep, what_goes_is_exported_first)
{
    cr_assert(store_begin(store, NULL));
    (void)put(1, VERDICT_GENUINE, "{\"a\":1}", 7);
    (void)put(1, VERDICT_GENUINE, "{\"a\":1}", 7);
    cr_assert(store_commit(store, NULL));
    put_many(400, VERDICT_GENUINE, "{}", 2);
    tidy((struct store_keep){.count = 200}, place.directory);
    put_many(50, VERDICT_GENUINE, "{}", 2);
    tidy((struct store_keep){.count = 200}, place.directory); /* the same day: the same file */
    size_t length;
    char *text = read_exported(&length);
    cr_expect_eq(lines_of(text), 251);
    cr_expect(strncmp(text, "{\"id\":1,", 8) == 0, "%.80s", text);
    cr_expect(strstr(text, "\"attempts\":2,\"repeats\":[{\"number\":2,") != NULL);
    cr_expect(strstr(text, "\"body\":\"{\\\"a\\\":1}\"}\n{\"id\":2,") != NULL);
    cr_expect_eq(query("SELECT min(id) FROM deliveries"), 252);
    free(text);
}

Test(store_upkeep, junk_beyond_its_bounds_is_not_exported)
{
    put_many(STORE_REFUSED_MAX + 100, VERDICT_WRONG_SIGNATURE, "{}", 2);
    tidy((struct store_keep){0}, place.directory);
    char name[128];
    (void)snprintf(name, sizeof name, "%s/" EXPORTED, place.directory);
    struct stat status;
    cr_expect_neq(stat(name, &status), 0);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), STORE_REFUSED_MAX);
}

static void expect_kept_when_not_exported(const char *folder)
{
    struct store_upkeep *upkeep = open_upkeep((struct store_keep){.count = 1}, folder);
    struct error error = {0};
    cr_expect_eq(store_upkeep_step(upkeep, NOW_MS, &error), STORE_UPKEEP_FAILED);
    cr_expect(strstr(error.message, "cannot export to ") != NULL, "%s", error.message);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 10);
    cr_expect_eq(store_upkeep_deleted(upkeep), 0);
    store_upkeep_close(upkeep);
    expect_true_counts();
}

Test(store_upkeep, what_cannot_be_exported_is_not_deleted)
{
    put_many(10, VERDICT_GENUINE, "{}", 2);
    expect_kept_when_not_exported("/nonexistent");
    char name[128];
    (void)snprintf(name, sizeof name, "%s/" EXPORTED, place.directory);
    cr_assert_eq(symlink("/tmp/bridgetop-no-such-file", name), 0);
    expect_kept_when_not_exported(place.directory);
    cr_assert_eq(unlink(name), 0);
    cr_assert_eq(mkfifo(name, 0600), 0);
    expect_kept_when_not_exported(place.directory);
}

/* --- keys ------------------------------------------------------------------------------------- */

static int64_t key_of(int64_t event)
{
    char event_id[32];
    int64_t key;
    (void)snprintf(event_id, sizeof event_id, "wh_%lld", (long long)event);
    cr_assert(store_event_key(event_id, NULL, 0, &key));
    return key;
}

Test(store_upkeep, keys_move_on_and_events_are_still_found)
{
    enum { EVENTS = STORE_KEYS_0_MAX + 500 };
    put_many(EVENTS, VERDICT_GENUINE, "{}", 2);
    cr_assert_eq(query("SELECT count(*) FROM event_keys_0"), EVENTS);
    struct store_upkeep *upkeep = open_upkeep((struct store_keep){0}, NULL);
    cr_expect_eq(finish(upkeep), 1); /* a quarter is enough */
    int64_t left = query("SELECT count(*) FROM event_keys_0");
    cr_expect(left < STORE_KEYS_0_MAX && left > STORE_KEYS_0_MAX / 2, "%lld", (long long)left);
    cr_expect_eq(query("SELECT count(*) FROM event_keys_1"), EVENTS - left);
    cr_assert(store_begin(store, NULL));
    for (int64_t i = 0; i < EVENTS; i++)
        cr_assert_eq(put(i, VERDICT_GENUINE, "{}", 2).attempts, 2);
    cr_assert(store_commit(store, NULL));
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), EVENTS);
    store_upkeep_close(upkeep);
}

Test(store_upkeep, keys_come_to_the_last_table)
{
    char sql[400];
    put_many(1, VERDICT_GENUINE, "{}", 2);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO event_keys_1 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                   "i + 1 FROM n WHERE i < %d) SELECT i * 137438953472, 1 + i FROM n;"
                   "UPDATE event_keys_1 SET id = 1 WHERE key = 137438953472;"
                   "DELETE FROM event_keys_0;",
                   STORE_KEYS_1_MAX + 1);
    run(sql);
    (void)snprintf(sql, sizeof sql, "UPDATE event_keys_1 SET key = %lld WHERE id = 1",
                   (long long)key_of(0));
    run(sql);
    struct store_upkeep *upkeep = open_upkeep((struct store_keep){0}, NULL);
    cr_expect_eq(finish(upkeep), 1);
    cr_expect_leq(query("SELECT count(*) FROM event_keys_1"), STORE_KEYS_1_MAX);
    cr_expect_eq(query("SELECT (SELECT count(*) FROM event_keys_1) + "
                       "(SELECT count(*) FROM event_keys_2)"),
                 STORE_KEYS_1_MAX + 1);
    cr_assert(store_begin(store, NULL));
    cr_expect_eq(put(0, VERDICT_GENUINE, "{}", 2).attempts, 2);
    cr_assert(store_commit(store, NULL));
    store_upkeep_close(upkeep);
}

Test(store_upkeep, an_event_that_went_may_come_again_and_its_old_key_goes)
{
    enum { EVENTS = STORE_KEYS_0_MAX + 1 };
    put_many(EVENTS, VERDICT_GENUINE, "{}", 2);
    struct store_upkeep *upkeep = open_upkeep((struct store_keep){.count = 10}, NULL);
    (void)finish(upkeep);
    cr_assert(store_begin(store, NULL));
    struct delivery again = put(0, VERDICT_GENUINE, "{}", 2);
    cr_expect_eq(again.attempts, 1);
    cr_expect_eq(again.id, EVENTS + 1);
    cr_expect_eq(put(EVENTS - 1, VERDICT_GENUINE, "{}", 2).attempts, 2); /* which stayed */
    cr_assert(store_commit(store, NULL));
    for (int i = 0; i < 40; i++) { /* while others come and go */
        put_many(STORE_KEYS_0_MAX / 4, VERDICT_GENUINE, "{}", 2);
        (void)finish(upkeep);
    }
    cr_expect_leq(query("SELECT (SELECT count(*) FROM event_keys_0) + "
                        "(SELECT count(*) FROM event_keys_1) + "
                        "(SELECT count(*) FROM event_keys_2)"),
                  2 * STORE_KEYS_0_MAX);
    store_upkeep_close(upkeep);
}

/* --- the search index ---------------------------------------------------------------------------
 */

static bool count_found(const struct delivery *summary, void *context)
{
    (void)summary;
    ++*(size_t *)context;
    return true;
}

static size_t search(const char *text, struct store_search_progress *progress)
{
    static struct query query;
    struct query_error wrong;
    size_t found = 0;
    struct error error = {0};
    cr_assert(query_parse(text, strlen(text), QUERY_ARRIVALS, NOW_MS, &query, &wrong), "%s",
              wrong.message);
    struct store_search how = {
        .query = &query, .limit = 1000000, .found = count_found, .context = &found};
    cr_assert_eq(store_search(store, &how, progress, &error), STORE_SEARCH_WHOLE, "%s",
                 error.message);
    return found;
}

static void index_all(void)
{
    struct store_index *index = store_index_open(place.path, NULL);
    cr_assert(index != NULL);
    while (store_index_step(index, NULL) == STORE_INDEX_MORE)
        ;
    store_index_close(index);
}

Test(store_upkeep, searches_and_the_index_follow_what_goes)
{
    struct store_search_progress progress;
    put_many(5 * SEGMENT_ROWS / 2, VERDICT_GENUINE, "{\"needle\":1}", 12);
    index_all();
    cr_assert_eq(query("SELECT count(*) FROM search_segments"), 2);
    cr_expect_eq(search("needle", &progress), 5 * SEGMENT_ROWS / 2);
    tidy((struct store_keep){.count = 1000 + SEGMENT_ROWS / 2}, NULL);
    cr_expect_eq(search("needle", &progress), 1000 + SEGMENT_ROWS / 2);
    cr_expect_eq(search("verdict:verified", &progress), 1000 + SEGMENT_ROWS / 2);
    cr_expect_eq(progress.oldest_id, 1);
    cr_expect_eq(query("SELECT group_concat(id) FROM search_segments"), 1);
    cr_expect_eq(query("SELECT count(*) FROM search_grams WHERE key < 4294967296"), 0);
    cr_expect_gt(query("SELECT count(*) FROM search_grams"), 0);

    tidy((struct store_keep){.count = 10}, NULL);
    cr_expect_eq(query("SELECT count(*) FROM search_segments"), 0);
    cr_expect_eq(query("SELECT count(*) FROM search_grams"), 0);
    index_all(); /* begins where there are rows */
    cr_expect_eq(query("SELECT count(*) FROM search_segments"), 0);
    put_many(SEGMENT_ROWS, VERDICT_GENUINE, "{\"needle\":1}", 12);
    index_all();
    cr_expect_eq(query("SELECT group_concat(id) FROM search_segments"), 2);
    cr_expect_eq(search("needle", &progress), SEGMENT_ROWS + 10);
}

/* --- others
 * ---------------------------------------------------------------------------------------- */

Test(store_upkeep, a_file_that_is_locked_is_not_waited_for)
{
    put_many(10, VERDICT_GENUINE, "{}", 2);
    struct store_upkeep *upkeep = open_upkeep((struct store_keep){.count = 1}, NULL);
    struct error error = {0};
    cr_assert(store_begin(store, NULL));
    cr_expect_eq(store_upkeep_step(upkeep, NOW_MS, &error), STORE_UPKEEP_BUSY);
    store_rollback(store);
    (void)finish(upkeep);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 1);
    store_upkeep_close(upkeep);
}
