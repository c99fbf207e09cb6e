/*
 * Drives a store in tests: a folder of its own for each test, and rows in it. What does not work
 * ends the test.
 */
#ifndef BRIDGETOP_TESTS_UNIT_STORE_DRIVER_H
#define BRIDGETOP_TESTS_UNIT_STORE_DRIVER_H

#include "api/store.h"
#include "api/store_private.h"

#include <stddef.h>
#include <stdint.h>

enum { PLACE_TIME_MS = 1700000000 }; /* when rows arrive */

struct store_place {
    char directory[64];
    char path[128]; /* of the store, which is not there yet */
};

extern struct store_place place;

/* For a test suite's .init and .fini. */
void place_make(void);
void place_remove(void);

struct store *place_open(enum store_mode mode);

/* The same file without the store's rules. */
sqlite3 *place_open_raw(const char *name);
void place_execute(sqlite3 *db, const char *sql);
void place_execute_in_file(const char *sql);
int64_t place_query(sqlite3 *db, const char *sql); /* the first column of the first row */

/* All of it is allocated. */
struct delivery place_delivery(const void *body, size_t length, enum verdict verdict);

/* In the open transaction; the ids of the rows. */
int64_t place_insert(struct store *store, struct delivery *delivery);
int64_t place_insert_body(struct store *store, const char *body, enum verdict verdict);

/* In one of its own. */
int64_t place_store_one(struct store *store, const char *body, enum verdict verdict);

void place_begin(struct store *store);
void place_commit(struct store *store);
void place_expect_counts(struct store *store, int64_t deliveries, int64_t genuine);
struct delivery place_load(struct store *store, int64_t id);

#endif
