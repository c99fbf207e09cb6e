/* The disk fails at every point, once and for ever: what was said to be committed is there, what
   was not is an error with a line, and all goes on when the cause is gone. */
#include "api/store_private.h"
#include "api/store_renew.h"
#include "api/store_upkeep.h"

#include "tests/faulty_vfs.h"
#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3, EVENTS = 4, LARGE = 40000, POINTS_MAX = 2000 };

#define NOW_MS INT64_C(1714672099465)

static char *large;
static bool acknowledged[ROUNDS * EVENTS];

static void set_up(void)
{
    cr_assert(faulty_vfs_install());
    large = malloc(LARGE);
    memset(large, 'x', LARGE);
}

TestSuite(store_faults, .init = set_up, .timeout = 300);

static void begin_anew(void)
{
    place_make();
    memset(acknowledged, 0, sizeof acknowledged);
}

static void remove_all(void)
{
    place_remove();
}

/* --- what a receiver does ------------------------------------------------------------- */

static size_t body_length(int number)
{
    return number % 3 == 0 ? LARGE : 20 + (size_t)number;
}

static bool put(struct store *store, int number, struct error *error)
{
    char event_id[32];
    (void)snprintf(event_id, sizeof event_id, "wh_%d", number);
    struct delivery delivery = {.event_id = event_id,
                                .body = large,
                                .body_length = body_length(number),
                                .received_ms = number};
    return store_insert_delivery(store, &delivery, error) &&
           (number == 0 || store_set_answer_time(store, number, 1, 7, error));
}

static bool put_round(struct store *store, int round, struct error *error)
{
    bool put_all = store_begin(store, error);
    for (int i = 0; put_all && i < EVENTS; i++)
        put_all = put(store, round * EVENTS + i, error);
    put_all = put_all && put(store, 0, error); /* it comes again each time */
    if (put_all && store_commit(store, error))
        return true;
    store_rollback(store);
    return false;
}

static void expect_line(const struct error *error)
{
    cr_expect(strstr(error->message, "cannot ") != NULL &&
                  strstr(error->message, place.path) != NULL,
              "\"%s\"", error->message);
}

static struct store *receive(struct store *store)
{
    struct error error = {0};
    struct store_news news;
    if (store == NULL)
        store = store_open_to_receive(place.path, NOW_MS, &news, &error);
    if (store == NULL)
        expect_line(&error);
    return store;
}

/* As the inbox does it: after a failure the store is opened anew. */
static void do_all(void)
{
    struct store *store = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        struct error error = {0};
        if ((store = receive(store)) == NULL)
            continue;
        bool done = put_round(store, round, &error);
        for (int i = 0; i < EVENTS; i++)
            acknowledged[round * EVENTS + i] = done;
        if (done)
            continue;
        expect_line(&error);
        cr_expect_not(store_damaged(store), "%s", error.message);
        store_close(store);
        store = NULL;
    }
    struct store_upkeep_config config = {.path = place.path, .keep = {.count = 1000}};
    struct store_upkeep *upkeep = store != NULL ? store_upkeep_open(&config, NULL) : NULL;
    if (upkeep != NULL)
        (void)store_upkeep_step(upkeep, NOW_MS, NULL);
    store_upkeep_close(upkeep);
    store_close(store);
}

/* --- what is there afterwards ------------------------------------------------------------ */

static int64_t query(struct store *store, const char *sql, int64_t bound)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = 0;
    cr_assert_eq(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg(store->db));
    if (sqlite3_bind_parameter_count(statement) > 0)
        (void)sqlite3_bind_int64(statement, 1, bound);
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

static void expect_whole(const char *what)
{
    struct store *store = receive(NULL);
    cr_assert(store != NULL, "%s", what);
    cr_expect_eq(query(store,
                       "SELECT count(*) FROM pragma_integrity_check "
                       "WHERE integrity_check = 'ok'",
                       0),
                 1, "%s: not whole", what);
    for (int i = 0; i < ROUNDS * EVENTS; i++) {
        int64_t id = query(store, "SELECT id FROM deliveries WHERE event_id = 'wh_' || ?1", i);
        cr_expect_leq(
            query(store, "SELECT count(*) FROM deliveries WHERE event_id = 'wh_' || ?1", i), 1,
            "%s: %d twice", what, i);
        if (!acknowledged[i])
            continue;
        struct delivery delivery = {0};
        cr_assert(store_load_delivery(store, id, &delivery, NULL), "%s: %d is lost", what, i);
        cr_expect(delivery.body_length == body_length(i) &&
                      memcmp(delivery.body, large, delivery.body_length) == 0,
                  "%s: %d", what, i);
        delivery_clear(&delivery);
    }
    struct store_counts counts;
    cr_assert(store_counts(store, &counts, NULL));
    cr_expect_eq(counts.deliveries, query(store, "SELECT count(*) FROM deliveries", 0), "%s", what);
    cr_expect_eq(counts.repeats, query(store, "SELECT sum(attempts - 1) FROM delivery_notes", 0),
                 "%s", what);
    struct error error = {0};
    cr_expect(put_round(store, 0, &error), "%s: %s", what, error.message);
    store_close(store);
}

/* --- everywhere ------------------------------------------------------------------------------- */

static void fail_everywhere(const char *name, enum faulty_op op, int code, int times)
{
    int failed = 1;
    int points = 0;
    for (int nth = 1; failed > 0 && nth < POINTS_MAX; nth++) {
        char what[80];
        (void)snprintf(what, sizeof what, "%s %d, %s", name, nth, times == 1 ? "once" : "for ever");
        begin_anew();
        faulty_vfs_fail(op, nth, code, times);
        do_all();
        failed = faulty_vfs_heal();
        points += failed > 0;
        expect_whole(what);
        remove_all();
    }
    cr_expect_eq(failed, 0, "%s: too many points", name);
    cr_expect_gt(points, 2, "%s: no faults", name);
}

Test(store_faults, a_full_disk)
{
    fail_everywhere("write", FAULTY_WRITE, SQLITE_FULL, 1);
    fail_everywhere("write", FAULTY_WRITE, SQLITE_FULL, FAULTY_FOREVER);
}

Test(store_faults, writes)
{
    fail_everywhere("write", FAULTY_WRITE, SQLITE_IOERR_WRITE, 1);
    fail_everywhere("write", FAULTY_WRITE, SQLITE_IOERR_WRITE, FAULTY_FOREVER);
}

Test(store_faults, syncs)
{
    fail_everywhere("sync", FAULTY_SYNC, SQLITE_IOERR_FSYNC, 1);
    fail_everywhere("sync", FAULTY_SYNC, SQLITE_IOERR_FSYNC, FAULTY_FOREVER);
}

Test(store_faults, reads)
{
    fail_everywhere("read", FAULTY_READ, SQLITE_IOERR_READ, 1);
    fail_everywhere("read", FAULTY_READ, SQLITE_IOERR_READ, FAULTY_FOREVER);
}

Test(store_faults, opens)
{
    fail_everywhere("open", FAULTY_OPEN, SQLITE_CANTOPEN, 1);
    fail_everywhere("open", FAULTY_OPEN, SQLITE_CANTOPEN, FAULTY_FOREVER);
}

/* --- a power cut --------------------------------------------------------------------------- */

/* What is written with less than synchronous=FULL is lost, which is what tests/crash relies on;
   what was committed before is not. */
Test(store_faults, a_power_cut_takes_what_was_not_synced_and_nothing_else)
{
    static struct store *store; /* stays open: nothing can be closed after a power cut */
    struct error error = {0};
    begin_anew();
    faulty_vfs_remember();
    store = receive(NULL);
    cr_assert(store != NULL && put_round(store, 0, &error), "%s", error.message);
    cr_assert_eq(sqlite3_exec(store->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL),
                 SQLITE_OK);
    cr_assert(put_round(store, 1, &error), "%s", error.message);
    cr_expect_eq(query(store, "SELECT count(*) FROM deliveries", 0), 2 * EVENTS);
    cr_expect_gt(faulty_vfs_cut_power(0), 0);

    /* A copy, without the log's index: that is memory, which a power cut takes as well. */
    char command[400];
    (void)snprintf(command, sizeof command,
                   "cd %s && cp store.db after.db && cp store.db-wal after.db-wal",
                   place.directory);
    cr_assert_eq(system(command), 0);
    (void)snprintf(command, sizeof command, "%s/after.db", place.directory);
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_open_v2(command, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    cr_assert_eq(
        sqlite3_prepare_v2(db, "SELECT count(*), max(id) FROM deliveries", -1, &statement, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    cr_expect_eq(sqlite3_column_int(statement, 0), EVENTS);
    cr_expect_eq(sqlite3_column_int(statement, 1), EVENTS);
    (void)sqlite3_finalize(statement);
    sqlite3_close(db);
    remove_all();
}
