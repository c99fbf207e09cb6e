/* Stores of older versions. */
#include "api/store.h"
#include "api/store_event.h"
#include "api/store_file.h"
#include "api/store_periods.h"
#include "api/store_private.h"
#include "api/store_renew.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(store_versions, .init = place_make, .fini = place_remove, .timeout = 60);

static int64_t query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

static void expect_refused(enum store_mode mode, const char *words)
{
    struct error error = {0};
    cr_expect(store_open(place.path, mode, &error) == NULL);
    cr_expect(strstr(error.message, place.path) != NULL && strstr(error.message, words) != NULL,
              "%s", error.message);
}

/* The layout of version 1, as it was published. */
static const char VERSION_1[] =
    "CREATE TABLE deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, received_ms INTEGER NOT NULL,"
    " verdict INTEGER NOT NULL, answer_status INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " webhook_id TEXT, event_id TEXT, event_type TEXT, object_id TEXT, object_status TEXT,"
    " peer TEXT NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL, reason TEXT NOT NULL,"
    " headers BLOB NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE answer_times (delivery_id INTEGER PRIMARY KEY, answer_us INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE endpoints (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, url TEXT,"
    " status TEXT, categories BLOB NOT NULL, public_key TEXT, created_at TEXT,"
    " first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL, retired_ms INTEGER) STRICT;"
    "CREATE TABLE counts (id INTEGER PRIMARY KEY CHECK (id = 1), deliveries INTEGER NOT NULL,"
    " genuine INTEGER NOT NULL) STRICT;"
    "INSERT INTO counts VALUES (1, 1, 1);"
    "INSERT INTO deliveries VALUES (1, 1700000000000, 0, 200, -1, NULL, 'wh_1', 'transfer.created',"
    " NULL, NULL, 'peer', 'POST', '/', 'reason', x'', x'7B7D');"
    "PRAGMA user_version = 1;";

static void make_version_1(void)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    place_execute_in_file(sql);
    place_execute_in_file("PRAGMA journal_mode = WAL");
    place_execute_in_file(VERSION_1);
}

#define NOW_MS INT64_C(1714672099465) /* 2024-05-02 17:48:19 UTC */
#define STAMP  "20240502-174819"

static struct store *open_to_receive(enum store_news_kind kind, const char *words)
{
    struct error error = {0};
    struct store_news news;
    struct store *store = store_open_to_receive(place.path, NOW_MS, &news, &error);
    cr_assert(store != NULL, "%s", error.message);
    cr_expect_eq(news.kind, kind);
    cr_expect(strstr(news.line.message, words) != NULL, "%s", news.line.message);
    return store;
}

static void expect_not_received(const char *words)
{
    struct error error = {0};
    struct store_news news;
    cr_expect_null(store_open_to_receive(place.path, NOW_MS, &news, &error));
    cr_expect_eq(news.kind, STORE_NO_NEWS);
    cr_expect(strstr(error.message, place.path) != NULL && strstr(error.message, words) != NULL,
              "%s", error.message);
}

static bool exists(const char *ending)
{
    char name[200];
    (void)snprintf(name, sizeof name, "%s%s", place.path, ending);
    return access(name, F_OK) == 0;
}

static int64_t query_beside(const char *ending, const char *sql)
{
    char name[200];
    sqlite3 *db = NULL;
    (void)snprintf(name, sizeof name, "%s%s", place.path, ending);
    cr_assert_eq(sqlite3_open_v2(name, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK, "%s", name);
    int64_t value = query(db, sql);
    (void)sqlite3_close(db);
    return value;
}

static size_t entries(void)
{
    size_t count = 0;
    DIR *open = opendir(place.directory);
    cr_assert(open != NULL);
    for (struct dirent *entry; (entry = readdir(open)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(open);
    return count;
}

Test(store_versions, a_store_of_version_1_keeps_its_rows_and_is_ready_for_the_index)
{
    make_version_1();
    expect_refused(STORE_READ, "no receiver has set it up");
    expect_refused(STORE_WRITE, "no receiver has set it up");
    struct store *store = open_to_receive(STORE_MIGRATED, ".v1-" STAMP ".backup");
    cr_expect_eq(query(store->db, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    cr_expect_eq(query(store->db, "SELECT count(*) FROM search_segments"), 0);
    cr_expect_eq(query(store->db, "SELECT count(*) FROM search_grams"), 0);
    struct delivery delivery;
    cr_assert(store_load_delivery(store, 1, &delivery, NULL));
    cr_expect_str_eq(delivery.event_id, "wh_1");
    cr_expect_str_eq(delivery.body, "{}");
    cr_expect_eq(delivery.attempts, 1);
    delivery_clear(&delivery);
    store_close(store);
    store = open_to_receive(STORE_NO_NEWS, "");
    store_close(store);
}

static const char BRIDGE_GOES[] =
    "DROP TABLE bridge_events; DROP TABLE bridge_place; DROP TABLE bridge_here; DROP INDEX claims;";

/* Version 6 is this one without the activity, and what came later. */
Test(store_versions, a_store_of_version_6_keeps_its_endpoints_and_gets_an_activity)
{
    struct webhook one = {.id = (char *)"wep_1", .status_text = (char *)"active"};
    const struct webhook_list list = {.items = &one, .count = 1};
    struct store *store = open_to_receive(STORE_NO_NEWS, "");
    cr_assert(store_put_webhooks(store, &list, NOW_MS, NULL));
    store_close(store);
    place_execute_in_file("DROP TABLE activity");
    place_execute_in_file(BRIDGE_GOES);
    place_execute_in_file("PRAGMA user_version = 6");
    expect_refused(STORE_READ, "no receiver has set it up");
    store = open_to_receive(STORE_MIGRATED, ".v6-" STAMP ".backup");
    one.status_text = (char *)"disabled";
    cr_assert(store_put_webhooks(store, &list, NOW_MS, NULL));
    cr_expect_eq(query(store->db, "SELECT count(*) FROM activity"), 1);
    store_close(store);
}

Test(store_versions, a_store_of_version_7_gets_room_for_bridges_events)
{
    struct store *store = open_to_receive(STORE_NO_NEWS, "");
    store_close(store);
    place_execute_in_file(BRIDGE_GOES);
    place_execute_in_file("PRAGMA user_version = 7");
    store = open_to_receive(STORE_MIGRATED, ".v7-" STAMP ".backup");
    cr_expect_eq(query(store->db, "SELECT count(*) FROM bridge_events"), 0);
    store_close(store);
}

/* --- the backup ------------------------------------------------------------------ */

Test(store_versions, what_it_was_before_stays_beside_it_for_its_owner_alone)
{
    char name[200];
    struct stat status;
    make_version_1();
    store_close(open_to_receive(STORE_MIGRATED, STAMP));
    (void)snprintf(name, sizeof name, "%s.v1-" STAMP ".backup", place.path);
    cr_assert_eq(stat(name, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600);
    cr_expect_eq(query_beside(".v1-" STAMP ".backup", "PRAGMA user_version"), 1);
    cr_expect_eq(query_beside(".v1-" STAMP ".backup", "SELECT count(*) FROM deliveries"), 1);
}

Test(store_versions, a_backup_replaces_no_other)
{
    make_version_1();
    char name[200];
    (void)snprintf(name, sizeof name, "%s.v1-" STAMP ".backup", place.path);
    FILE *file = fopen(name, "w");
    cr_assert(file != NULL && fputs("mine", file) >= 0 && fclose(file) == 0);
    store_close(open_to_receive(STORE_MIGRATED, STAMP "-2.backup"));
    struct stat status;
    cr_assert_eq(stat(name, &status), 0);
    cr_expect_eq(status.st_size, 4);
}

/* A migration is whole or has not been. */
Test(store_versions, a_migration_that_cannot_end_changes_nothing)
{
    make_version_1();
    place_execute_in_file("CREATE TABLE search_grams (in_the_way)");
    expect_not_received("already exists");
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(place.path, &db), SQLITE_OK);
    cr_expect_eq(query(db, "PRAGMA user_version"), 1);
    cr_expect_eq(query(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'search_segments'"), 0);
    (void)sqlite3_close(db);
}

/* --- repeats had rows of their own before version 3 ------------------------------- */

static const char ROWS_OF_REPEATS[] =
    "INSERT INTO deliveries VALUES"
    " (2, 1700000000002, 3, 400, -1, NULL, 'wh_1', 'a', NULL, NULL, 'liar', 'POST', '/', 'r', x'',"
    "  x'7B7D'),"
    " (3, 1700000000003, 0, 200, -1, 'wep_1', 'wh_1', 'a', NULL, NULL, 'second', 'POST', '/3', 'r',"
    "  x'782d776562686f6f6b2d7369676e617475726500743d352c76303d4100', x'7B7D'),"
    " (4, 1700000000004, 0, 200, -1, NULL, 'wh_2', 'a', NULL, NULL, 'peer', 'POST', '/', 'r', x'',"
    "  x'7B7D'),"
    " (5, 1700000000005, 0, 200, -1, NULL, 'wh_1', 'a', NULL, NULL, 'third', 'POST', '/5', 'r', "
    "x'',"
    "  x'5B5D'),"
    " (6, 1700000000006, 0, 200, -1, NULL, NULL, NULL, NULL, NULL, 'p', 'POST', '/', 'r', x'', "
    "x'41'),"
    " (7, 1700000000007, 0, 200, -1, NULL, NULL, NULL, NULL, NULL, 'p', 'POST', '/', 'r', x'', "
    "x'42'),"
    " (8, 1700000000008, 0, 200, -1, NULL, NULL, NULL, NULL, NULL, 'p', 'POST', '/', 'r', x'', "
    "x'41');"
    "INSERT INTO answer_times VALUES (1, 11), (5, 55), (8, 88);"
    "UPDATE counts SET deliveries = 8, genuine = 7;";

Test(store_versions, repeats_become_attempts_of_the_first_row)
{
    make_version_1();
    place_execute_in_file(ROWS_OF_REPEATS);
    struct store *store = open_to_receive(STORE_MIGRATED, STAMP);
    cr_expect_eq(query(store->db, "SELECT group_concat(id, '') FROM deliveries"), 12467);
    struct store_counts counts;
    cr_assert(store_counts(store, &counts, NULL));
    cr_expect_eq(counts.deliveries, 5);
    cr_expect_eq(counts.genuine, 4);
    cr_expect_eq(counts.repeats, 3);
    cr_expect_eq(counts.refused_bytes, 2 + 6); /* its body; "/", wh_1, "a" */

    struct delivery first;
    cr_assert(store_load_delivery(store, 1, &first, NULL));
    cr_assert(store_load_attempts(store, &first, NULL));
    cr_expect_eq(first.attempts, 3);
    cr_expect_eq(first.answer_us, 11);
    cr_assert_eq(first.repeats.count, 2);
    const struct attempt *second = &first.repeats.items[0];
    const struct attempt *third = &first.repeats.items[1];
    cr_expect_eq(second->number, 2);
    cr_expect_eq(second->received_ms, 1700000000003);
    cr_expect_str_eq(second->peer, "second");
    cr_expect_str_eq(second->target, "/3");
    cr_expect_str_eq(second->webhook_id, "wep_1");
    cr_expect_str_eq(second->signature, "t=5,v0=A");
    cr_expect_eq(second->answer_us, -1);
    cr_expect_eq(second->body_length, -1);
    cr_expect_eq(third->number, 3);
    cr_expect_null(third->signature);
    cr_expect_eq(third->answer_us, 55);
    cr_expect_eq(third->body_length, 2);
    delivery_clear(&first);

    char *body;
    size_t length;
    cr_assert(store_load_attempt_body(store, 1, 3, &body, &length, NULL));
    cr_expect(length == 2 && memcmp(body, "[]", 3) == 0);
    free(body);
    cr_assert(store_load_delivery(store, 6, &first, NULL));
    cr_expect_eq(first.attempts, 2);
    delivery_clear(&first);

    /* And what comes from now on finds them. */
    struct delivery again = {.received_ms = 1, .event_id = "wh_2", .body = "{}", .body_length = 2};
    cr_assert(store_begin(store, NULL) && store_insert_delivery(store, &again, NULL) &&
              store_commit(store, NULL));
    cr_expect_eq(again.id, 4);
    cr_expect_eq(again.attempts, 2);
    store_close(store);
}

/* --- nothing was handed on before version 4 ------------------------------------------ */

Test(store_versions, a_store_of_before_has_nothing_to_hand_on)
{
    make_version_1();
    place_execute_in_file(ROWS_OF_REPEATS);
    struct store *store = open_to_receive(STORE_MIGRATED, STAMP);
    struct forward_list list;
    int64_t waiting = -1;
    int64_t id;
    cr_assert(store_load_forwards(store, 1, &list, NULL));
    cr_expect_eq(list.count, 0);
    forward_list_clear(&list);
    cr_assert(store_count_waiting(store, &waiting, NULL));
    cr_expect_eq(waiting, 0);
    cr_assert(store_begin(store, NULL) &&
              store_queue_replay(store, 1, FORWARD_REPLAY, NOW_MS, &id, NULL) &&
              store_commit(store, NULL));
    cr_expect_eq(id, 1);
    store_close(store);
}

/* --- before version 5 nobody chose answers --------------------------------------------- */

/* The layout of version 3, as it was published, but for what it has of searching. */
static const char VERSION_3[] =
    "ALTER TABLE answer_times RENAME TO delivery_notes;"
    "ALTER TABLE delivery_notes ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE deliveries ADD COLUMN event_key INTEGER;"
    "ALTER TABLE counts ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE counts ADD COLUMN refused_bytes INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE attempts (delivery_id INTEGER NOT NULL, number INTEGER NOT NULL,"
    " received_ms INTEGER NOT NULL, peer TEXT NOT NULL, target TEXT NOT NULL, webhook_id TEXT,"
    " signature TEXT, answer_status INTEGER NOT NULL, answer_us INTEGER NOT NULL, body BLOB,"
    " PRIMARY KEY (delivery_id, number)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE event_keys_0 (key INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;"
    "CREATE TABLE event_keys_1 (key INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;"
    "CREATE TABLE event_keys_2 (key INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;"
    "CREATE TABLE search_segments (id INTEGER PRIMARY KEY, complete INTEGER NOT NULL,"
    " oldest_ms INTEGER NOT NULL, newest_ms INTEGER NOT NULL, smallest INTEGER NOT NULL,"
    " largest INTEGER NOT NULL, facets BLOB NOT NULL) STRICT;"
    "CREATE TABLE search_grams (key INTEGER PRIMARY KEY, grams BLOB NOT NULL) STRICT;"
    "INSERT INTO delivery_notes VALUES (1, 700, 2);"
    "INSERT INTO attempts VALUES (1, 2, 1700000000001, 'p', '/', NULL, NULL, 200, 800, NULL);"
    "UPDATE counts SET repeats = 1;"
    "PRAGMA user_version = 3;";

Test(store_versions, a_store_of_version_3_has_no_answers_on_demand)
{
    make_version_1();
    place_execute_in_file(VERSION_3);
    expect_refused(STORE_READ, "no receiver has set it up");
    struct store *store = open_to_receive(STORE_MIGRATED, ".v3-" STAMP ".backup");
    struct delivery delivery;
    cr_assert(store_load_delivery(store, 1, &delivery, NULL));
    cr_assert(store_load_attempts(store, &delivery, NULL));
    cr_expect_not(delivery.on_demand);
    cr_expect_eq(delivery.answer_us, 700);
    cr_assert_eq(delivery.repeats.count, 1);
    cr_expect_not(delivery.repeats.items[0].on_demand);
    cr_expect_eq(delivery.repeats.items[0].answer_us, 800);
    delivery_clear(&delivery);
    store_close(store);
}

/* --- when a receiver ran is known since version 6 -------------------------------------- */

Test(store_versions, of_a_store_of_before_it_is_not_known_when_a_receiver_ran)
{
    static struct store_period periods[STORE_PERIODS_KEPT];
    size_t count = 1;
    int64_t began_ms = 0;
    make_version_1();
    struct store *store = open_to_receive(STORE_MIGRATED, STAMP);
    cr_assert(store_load_periods(store, periods, &count, NULL));
    cr_expect_eq(count, 0);
    cr_assert(store_begin_period(store, &began_ms, NOW_MS, NULL));
    cr_assert(store_load_periods(store, periods, &count, NULL));
    cr_expect_eq(count, 1);
    cr_expect_eq(periods[0].began_ms, NOW_MS);
    store_close(store);
}

/* --- claims have an index since version 9 ----------------------------------------------- */

Test(store_versions, claims_of_a_store_of_before_are_found)
{
    static struct event_record record;
    make_version_1();
    place_execute_in_file("INSERT INTO deliveries VALUES (9, 1700000000001, 4, 400, -1, NULL,"
                          " 'wh_1', 'a', NULL, NULL, 'peer', 'POST', '/', 'r', x'', x'7B7D');"
                          "UPDATE counts SET deliveries = 2;");
    struct store *store = open_to_receive(STORE_MIGRATED, STAMP);
    cr_assert(store_load_event(store, "wh_1", &record, NULL));
    cr_expect(record.found);
    cr_expect_eq(record.claim_count, 1);
    event_record_clear(&record);
    store_close(store);
}

/* --- since version 10 all that a sender chose is counted -------------------------------- */

Test(store_versions, what_is_not_genuine_in_a_store_of_before_is_counted_anew)
{
    struct store *store = open_to_receive(STORE_NO_NEWS, "");
    struct delivery delivery = {.verdict = VERDICT_NO_HEADER,
                                .target = (char *)"/hooks",
                                .body = (char *)"{}",
                                .body_length = 2,
                                .sequence = -1};
    struct store_counts counts;
    cr_assert(store_begin(store, NULL) && store_insert_delivery(store, &delivery, NULL) &&
              store_commit(store, NULL));
    store_close(store);
    place_execute_in_file("UPDATE counts SET refused_bytes = 2; PRAGMA user_version = 9");
    store = open_to_receive(STORE_MIGRATED, ".v9-" STAMP ".backup");
    cr_assert(store_counts(store, &counts, NULL));
    cr_expect_eq(counts.refused_bytes, 2 + 6);
    store_close(store);
}

/* --- corrupt files ----------------------------------------------------------------- */

/* Everything after the header. */
static void ruin(void)
{
    FILE *file = fopen(place.path, "r+");
    cr_assert(file != NULL && fseek(file, 100, SEEK_SET) == 0);
    for (int i = 0; i < 3 * STORE_PAGE_SIZE; i++)
        (void)fputc(0xa5, file);
    cr_assert_eq(fclose(file), 0);
}

Test(store_versions, a_corrupt_store_is_set_aside_and_a_new_one_begun)
{
    store_close(open_to_receive(STORE_NO_NEWS, ""));
    ruin();
    struct store *store = open_to_receive(STORE_SET_ASIDE, ".corrupt-" STAMP);
    cr_expect_eq(query(store->db, "SELECT count(*) FROM deliveries"), 0);
    store_close(store);
    cr_expect(exists(".corrupt-" STAMP));

    ruin(); /* at the same second once more */
    store_close(open_to_receive(STORE_SET_ASIDE, ".corrupt-" STAMP "-2"));
    cr_expect(exists(".corrupt-" STAMP) && exists(".corrupt-" STAMP "-2"));
}

Test(store_versions, a_corrupt_store_is_set_aside_with_its_log)
{
    store_close(open_to_receive(STORE_NO_NEWS, ""));
    struct store *store = open_to_receive(STORE_NO_NEWS, "");
    struct delivery delivery = {.event_id = "wh_1", .body = "{}", .body_length = 2};
    cr_assert(store_begin(store, NULL) && store_insert_delivery(store, &delivery, NULL) &&
              store_commit(store, NULL));
    /* As a killed process leaves them: copied while they are in use. */
    char command[600];
    (void)snprintf(command, sizeof command, "cd %s && mkdir copy && cp store.db store.db-wal copy/",
                   place.directory);
    cr_assert_eq(system(command), 0);
    store_close(store);
    (void)snprintf(command, sizeof command, "cd %s && rm store.db* && mv copy/* .",
                   place.directory);
    cr_assert_eq(system(command), 0);
    ruin();
    char log[200];
    struct stat before, after;
    (void)snprintf(log, sizeof log, "%s-wal", place.path);
    cr_assert_eq(stat(log, &before), 0);

    store_close(open_to_receive(STORE_SET_ASIDE, ".corrupt-" STAMP));
    (void)snprintf(log, sizeof log, "%s.corrupt-" STAMP "-wal", place.path);
    cr_assert_eq(stat(log, &after), 0, "no %s", log);
    cr_expect_eq(after.st_size, before.st_size);
}

Test(store_versions, what_is_not_known_to_be_ours_is_left_alone_when_it_is_corrupt)
{
    FILE *file = fopen(place.path, "w");
    cr_assert(file != NULL && fputs("SQLite format 3", file) >= 0);
    for (int i = 0; i < 3 * STORE_PAGE_SIZE; i++)
        (void)fputc(0xa5, file);
    cr_assert_eq(fclose(file), 0);
    expect_not_received("left alone");
    cr_expect_eq(entries(), 1);
}
