#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_place place;

/* --- the place ---------------------------------------------------------------------- */

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

void place_make(void)
{
    (void)snprintf(place.directory, sizeof place.directory, "/tmp/bridgetop-store-XXXXXX");
    cr_assert(mkdtemp(place.directory) != NULL);
    (void)snprintf(place.path, sizeof place.path, "%s/store.db", place.directory);
}

void place_remove(void)
{
    (void)nftw(place.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

struct store *place_open(enum store_mode mode)
{
    struct error error = {0};
    struct store *store = store_open(place.path, mode, &error);
    cr_assert(store != NULL, "%s", error.message);
    return store;
}

sqlite3 *place_open_raw(const char *name)
{
    sqlite3 *db = NULL;
    cr_assert(sqlite3_open(name, &db) == SQLITE_OK);
    return db;
}

void place_execute(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    cr_assert(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", sql, message);
}

void place_execute_in_file(const char *sql)
{
    sqlite3 *db = place_open_raw(place.path);
    place_execute(db, sql);
    sqlite3_close(db);
}

int64_t place_query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    cr_assert(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s", sql);
    cr_assert(sqlite3_step(statement) == SQLITE_ROW, "%s", sql);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* --- rows ------------------------------------------------------------------------------ */

struct delivery place_delivery(const void *body, size_t length, enum verdict verdict)
{
    struct delivery delivery = {
        .received_ms = PLACE_TIME_MS,
        .peer = strdup("203.0.113.7:51234"),
        .method = strdup("POST"),
        .target = strdup("/hooks/bridge?x=1"),
        .body = malloc(length + 1),
        .body_length = length,
        .verdict = verdict,
        .reason = strdup("the reason"),
        .answer_status = verdict == VERDICT_GENUINE ? 200 : 400,
        .answer_us = -1,
        .sequence = -1,
    };
    if (length > 0)
        memcpy(delivery.body, body, length);
    delivery.body[length] = '\0';
    return delivery;
}

int64_t place_insert(struct store *store, struct delivery *delivery)
{
    struct error error = {0};
    cr_assert(store_insert_delivery(store, delivery, &error), "%s", error.message);
    cr_assert(delivery->id > 0);
    return delivery->id;
}

void place_begin(struct store *store)
{
    struct error error = {0};
    cr_assert(store_begin(store, &error), "%s", error.message);
}

void place_commit(struct store *store)
{
    struct error error = {0};
    cr_assert(store_commit(store, &error), "%s", error.message);
}

int64_t place_insert_body(struct store *store, const char *body, enum verdict verdict)
{
    struct delivery delivery = place_delivery(body, strlen(body), verdict);
    int64_t id = place_insert(store, &delivery);
    delivery_clear(&delivery);
    return id;
}

int64_t place_store_one(struct store *store, const char *body, enum verdict verdict)
{
    place_begin(store);
    int64_t id = place_insert_body(store, body, verdict);
    place_commit(store);
    return id;
}

void place_expect_counts(struct store *store, int64_t deliveries, int64_t genuine)
{
    struct store_counts counts = {0};
    struct error error = {0};
    cr_assert(store_counts(store, &counts, &error), "%s", error.message);
    cr_expect_eq(counts.deliveries, deliveries);
    cr_expect_eq(counts.genuine, genuine);
}

struct delivery place_load(struct store *store, int64_t id)
{
    struct delivery delivery = {0};
    struct error error = {0};
    cr_assert(store_load_delivery(store, id, &delivery, &error), "%s", error.message);
    return delivery;
}
