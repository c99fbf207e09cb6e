/* Stores of older versions. */
#include "api/store.h"
#include "api/store_file.h"
#include "api/store_private.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static char path[128];

static void set_up(void)
{
    strcpy(directory, "/tmp/bridgetop-store-XXXXXX");
    cr_assert(mkdtemp(directory) != NULL);
    (void)snprintf(path, sizeof path, "%s/store.db", directory);
}

static void tear_down(void)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
    (void)rmdir(directory);
}

TestSuite(store_versions, .init = set_up, .fini = tear_down, .timeout = 60);

static void execute_in_file(const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

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
    cr_expect(store_open(path, mode, &error) == NULL);
    cr_expect(strstr(error.message, path) != NULL && strstr(error.message, words) != NULL, "%s",
              error.message);
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
    execute_in_file(sql);
    execute_in_file("PRAGMA journal_mode = WAL");
    execute_in_file(VERSION_1);
}

Test(store_versions, a_store_of_version_1_keeps_its_rows_and_is_ready_for_the_index)
{
    make_version_1();
    expect_refused(STORE_READ, "no receiver has set it up");
    struct error error = {0};
    struct store *store = store_open(path, STORE_WRITE, &error);
    cr_assert(store != NULL, "%s", error.message);
    cr_expect_eq(query(store->db, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    cr_expect_eq(query(store->db, "SELECT count(*) FROM search_segments"), 0);
    cr_expect_eq(query(store->db, "SELECT count(*) FROM search_grams"), 0);
    struct delivery delivery;
    cr_assert(store_load_delivery(store, 1, &delivery, NULL));
    cr_expect_str_eq(delivery.event_id, "wh_1");
    cr_expect_str_eq(delivery.body, "{}");
    delivery_clear(&delivery);
    store_close(store);
}

/* A migration is whole or has not been. */
Test(store_versions, a_migration_that_cannot_end_changes_nothing)
{
    make_version_1();
    execute_in_file("CREATE TABLE search_grams (in_the_way)");
    expect_refused(STORE_WRITE, "already exists");
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_expect_eq(query(db, "PRAGMA user_version"), 1);
    cr_expect_eq(query(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'search_segments'"), 0);
    (void)sqlite3_close(db);
}
