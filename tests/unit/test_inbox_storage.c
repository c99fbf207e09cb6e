#include "tests/unit/inbox_driver.h"

#include "api/store_file.h"
#include "api/store_periods.h"
#include "tests/faulty_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(inbox_storage, .init = house_set_up, .fini = house_tear_down, .timeout = 120);

/* --- the gate: everything that comes meanwhile waits -------------------------- */

/* Of the frames in the write-ahead log, those that end a transaction carry the size of the database
   (sqlite.org/fileformat2.html, 4.1). */
static size_t commits_in_log(void)
{
    enum { LOG_HEADER = 32, FRAME_HEADER = 24 };
    char name[160];
    unsigned char head[LOG_HEADER];
    size_t commits = 0;
    (void)snprintf(name, sizeof name, "%s-wal", house.path);
    FILE *file = fopen(name, "r");
    cr_assert(file != NULL && fread(head, LOG_HEADER, 1, file) == 1);
    long page = (long)head[8] << 24 | head[9] << 16 | head[10] << 8 | head[11];
    while (fread(head, FRAME_HEADER, 1, file) == 1 && fseek(file, page, SEEK_CUR) == 0)
        commits += (head[4] | head[5] | head[6] | head[7]) != 0;
    (void)fclose(file);
    return commits;
}

Test(inbox_storage, what_queued_up_is_one_transaction)
{
    enum { COUNT = 40 };
    struct caller *callers[COUNT];
    house_hold_thread();
    for (size_t i = 0; i < COUNT; i++)
        callers[i] = caller_start_event(i);
    RUN_UNTIL(house.handled == COUNT);
    cr_expect_eq(house.seen_count, 0);
    size_t before = commits_in_log();
    house_release_thread();
    for (size_t i = 0; i < COUNT; i++)
        cr_expect_eq(caller_finish_status(callers[i]), 200);
    RUN_UNTIL(house.seen_count == COUNT);
    size_t commits = commits_in_log() - before; /* the endpoints, the batch, perhaps the times */
    cr_expect(commits >= 2 && commits <= 3, "%zu", commits);
    for (size_t i = 1; i < COUNT; i++)
        cr_expect_eq(house.seen[i].id, house.seen[i - 1].id + 1);
}

/* With the keys of then, whatever they are when it can be stored. */
Test(inbox_storage, what_waits_for_the_disk_is_verified_meanwhile)
{
    struct keyring *none = keyring_new();
    house_hold_thread();
    struct caller *caller = caller_start_event(1);
    RUN_UNTIL(house.handled == 1);
    house_await_verdicts();
    inbox_set_keys(house.inbox, none);
    house_release_thread();
    cr_expect_eq(caller_finish_status(caller), 200);
    cr_expect_eq(caller_finish_status(caller_start_event(2)), 400);
    keyring_unref(none);
}

/* The bodies in the queue leave room for another body, yet not for long headers: turned away at
   once. */
Test(inbox_storage, a_full_queue_turns_away)
{
    enum { COUNT = INBOX_QUEUE_BYTES_MAX / MEBIBYTE, LONG = 16 * 1024 };
    struct caller *callers[COUNT];
    static char headers[LONG];
    char *body = house_noise(MEBIBYTE);
    house_hold_thread();
    for (size_t i = 0; i < COUNT; i++)
        callers[i] =
            caller_start("POST", "/hooks/one", "", body, MEBIBYTE - (i == 0 ? LONG : 0), false);
    RUN_UNTIL(house.handled == COUNT);

    int length = snprintf(headers, sizeof headers, "X-Long: ");
    memset(headers + length, 'x', sizeof headers - (size_t)length - 3);
    memcpy(headers + sizeof headers - 3, "\r\n", 3);
    struct caller *late = caller_start("POST", "/hooks/one", headers, "x", 1, false);
    caller_finish(late);
    cr_expect_eq(caller_status(late), 503);
    cr_expect(caller_answer_has(late, "Retry-After: 5"));
    caller_free(late);
    cr_expect_eq(house.troubles, 0);

    house_release_thread();
    for (size_t i = 0; i < COUNT; i++)
        cr_expect_eq(caller_finish_status(callers[i]), 400);
    late = caller_start("POST", "/hooks/one", headers, "x", 1, false);
    cr_expect_eq(caller_finish_status(late), 400, "there is room again");
    RUN_UNTIL(house.seen_count == COUNT + 1);
    free(body);
}

Test(inbox_storage, closing_answers_what_is_queued_and_turns_away_the_rest)
{
    enum { COUNT = 8 };
    struct caller *callers[COUNT];
    house_hold_thread();
    for (size_t i = 0; i < COUNT; i++)
        callers[i] = caller_start_event(i);
    RUN_UNTIL(house.handled == COUNT);
    inbox_close(house.inbox, house_mark, &house.inbox_closed);
    cr_expect_eq(caller_post_genuine("/hooks/one", "late"), 503);
    cr_expect_not(house.inbox_closed);
    house_release_thread();
    RUN_UNTIL(house.inbox_closed);
    house.inbox = NULL;
    for (size_t i = 0; i < COUNT; i++)
        cr_expect_eq(caller_finish_status(callers[i]), 200);
    cr_assert_eq(house.seen_count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct delivery got = house_load(house.seen[i].id);
        cr_expect_eq(got.answer_us, house.seen[i].answer_us);
        delivery_clear(&got);
    }
}

Test(inbox_storage, a_sender_that_goes_away_is_stored_all_the_same)
{
    house_hold_thread();
    int fd = house_send_genuine();
    RUN_UNTIL(house.handled == 1);
    close(fd);
    house_release_thread();
    RUN_UNTIL(house.seen_count == 1);
    struct delivery got = house_load(house.seen[0].id);
    cr_expect_eq(got.verdict, VERDICT_GENUINE);
    delivery_clear(&got);
}

static int64_t stored_answer_time(int64_t id)
{
    struct delivery got = house_load(id);
    int64_t answer_us = got.answer_us;
    delivery_clear(&got);
    return answer_us;
}

Test(inbox_storage, answer_times_are_written_when_nothing_more_comes)
{
    cr_expect_eq(caller_post_genuine("/hooks/one", "x"), 200);
    RUN_UNTIL(house.seen_count == 1);
    RUN_UNTIL(stored_answer_time(house.seen[0].id) >= 0);
    cr_expect_eq(stored_answer_time(house.seen[0].id), house.seen[0].answer_us);
}

/* --- storage fails ------------------------------------------------------------ */

static void expect_unavailable(struct caller *caller)
{
    caller_finish(caller);
    cr_expect_eq(caller_status(caller), 503, "%s", caller->answer);
    cr_expect(caller_answer_has(caller, "Retry-After: 5"));
    caller_free(caller);
}

Test(inbox_storage, a_locked_store_is_unavailable_until_it_is_not)
{
    sqlite3 *other = NULL;
    cr_assert(sqlite3_open(house.path, &other) == SQLITE_OK);
    cr_assert(sqlite3_busy_timeout(other, LIMIT_MS) == SQLITE_OK); /* it writes as it begins */
    cr_assert(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK);
    expect_unavailable(caller_start_genuine("/hooks/one", "x", 1));
    expect_unavailable(caller_start("POST", "/hooks/one", "", "junk", 4, false));
    RUN_UNTIL(house.troubles > 0);
    cr_expect_eq(house.troubles, 1);
    cr_expect(strstr(house.trouble, house.path) != NULL, "%s", house.trouble);
    cr_expect(strstr(house.trouble, "locked") != NULL, "%s", house.trouble);
    cr_expect_eq(house.seen_count, 0);
    caller_expect_answer("GET", 200, "\"status\":\"storage failing\"");

    cr_assert(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(other);
    cr_expect_eq(caller_post_genuine("/hooks/one", "x"), 200);
    RUN_UNTIL(house.recoveries > 0);
    cr_expect_eq(house.troubles, 1);
    cr_expect_eq(house.recoveries, 1);
    cr_expect_eq(house_count_rows(house.path), 1);
    caller_expect_answer("GET", 200, "\"status\":\"ok\",\"stored\":1,");
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    cr_assert(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes;
    cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static rlim_t log_size(void)
{
    char name[160];
    struct stat status;
    (void)snprintf(name, sizeof name, "%s-wal", house.path);
    cr_assert(stat(name, &status) == 0);
    return (rlim_t)status.st_size;
}

/* A file that may not grow is, to a writer, a disk that is full. */
Test(inbox_storage, on_a_full_disk_junk_takes_nothing_genuine_down)
{
    cr_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    char *body = house_noise(MEBIBYTE);
    house_hold_thread();
    struct caller *small_junk = caller_start("POST", "/hooks/one", "", "junk", 4, false);
    RUN_UNTIL(house.handled == 1);
    struct caller *junk = caller_start("POST", "/hooks/one", "", body, MEBIBYTE, false);
    RUN_UNTIL(house.handled == 2);
    struct caller *genuine = caller_start_genuine("/hooks/one", "small", 5);
    RUN_UNTIL(house.handled == 3);
    limit_files(log_size() + MEBIBYTE / 2);
    house_release_thread();
    expect_unavailable(small_junk); /* it had room, and was rolled back */
    expect_unavailable(junk);
    cr_expect_eq(caller_finish_status(genuine), 200);
    RUN_UNTIL(house.troubles == 1);
    cr_expect(strstr(house.trouble, house.path) != NULL, "%s", house.trouble);
    cr_expect_eq(house_count_rows(house.path), 1);

    expect_unavailable(caller_start_genuine("/hooks/one", body, MEBIBYTE));
    limit_files(RLIM_INFINITY);
    cr_expect_eq(caller_finish_status(caller_start_genuine("/hooks/one", body, MEBIBYTE)), 200);
    RUN_UNTIL(house.recoveries == 1);
    cr_expect_eq(house.troubles, 1);
    cr_expect_eq(house_count_rows(house.path), 2);
    cr_expect_eq(house.seen_count, 2);
    free(body);
}

Test(inbox_storage, a_store_that_was_deleted_is_begun_anew)
{
    cr_expect_eq(caller_post_genuine("/hooks/one", "a"), 200);
    cr_assert(unlink(house.path) == 0);
    expect_unavailable(caller_start_genuine("/hooks/one", "b", 1));
    RUN_UNTIL(house.troubles == 1);
    cr_expect_eq(caller_post_genuine("/hooks/one", "c"), 200);
    RUN_UNTIL(house.recoveries == 1);
    cr_expect_eq(house_count_rows(house.path), 1);
}

Test(inbox_storage, endpoints_that_could_not_be_written_are_written_later)
{
    sqlite3 *other = NULL;
    cr_assert(sqlite3_open(house.path, &other) == SQLITE_OK);
    cr_assert(sqlite3_busy_timeout(other, LIMIT_MS) == SQLITE_OK); /* it writes as it begins */
    cr_assert(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK);
    house_remember("wep_7", "https://a/hooks/one", house.signer.pem);
    RUN_UNTIL(house.troubles == 1);
    cr_assert(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(other);
    cr_expect_eq(caller_post_with("", "anything"), 400);
    house_close();
    house_open();
    cr_expect_eq(caller_post_genuine("/hooks/one", "x"), 200);
    cr_expect_str_eq(house_last_seen()->webhook_id, "wep_7");
}

Test(inbox_storage, a_store_that_cannot_be_opened_is_one_line)
{
    struct error error = {0};
    cr_expect_null(house_new_inbox(house.directory, &error));
    cr_expect(strstr(error.message, house.directory) != NULL, "%s", error.message);
}

/* --- a store within its bounds ---------------------------------------------------- */

Test(inbox_storage, what_is_more_than_is_kept_goes_without_being_asked)
{
    enum { ALL = 40, KEPT = 25 };
    for (size_t i = 0; i < ALL; i++)
        cr_expect_eq(caller_finish_status(caller_start_event(i)), 200);
    house_close();
    house.keep.count = KEPT;
    house_open();
    RUN_UNTIL(house.removals > 0 && house.left.deliveries == KEPT);
    cr_expect_eq(house.left.genuine, KEPT);
    cr_expect_eq(house_count_rows(house.path), KEPT);
    caller_expect_answer("GET", 200, "\"stored\":25,");
    cr_expect_eq(house.notices, 0);
}

Test(inbox_storage, and_while_deliveries_come)
{
    enum {
        ALL = 2 * INBOX_UPKEEP_ROWS,
        KEPT = 20,
        AT_ONCE = 19
    }; /* a first look may come between */
    struct caller *callers[AT_ONCE];
    house_close();
    house.keep.count = KEPT;
    house_open();
    house_set_key("wep_1", "https://example.com/hooks/one");
    for (size_t i = 0; i < ALL; i += AT_ONCE) {
        for (size_t j = 0; j < AT_ONCE; j++)
            callers[j] = caller_start_event(i + j);
        for (size_t j = 0; j < AT_ONCE; j++)
            cr_expect_eq(caller_finish_status(callers[j]), 200);
    }
    RUN_UNTIL(house.removals > 0);
    RUN_UNTIL(house_count_rows(house.path) < KEPT + INBOX_UPKEEP_ROWS);
}

/* --- when it received ---------------------------------------------------------------- */

Test(inbox_storage, the_store_knows_when_a_receiver_ran)
{
    static struct store_period periods[STORE_PERIODS_KEPT];
    size_t count = 0;
    house_close();
    struct store *store = store_open(house.path, STORE_READ, NULL);
    cr_assert(store != NULL && store_load_periods(store, periods, &count, NULL));
    cr_assert_eq(count, 1);
    cr_expect_eq(periods[0].began_ms, NOW_MS);
    cr_expect_eq(periods[0].until_ms, NOW_MS);
    cr_expect_not(periods[0].open);
    store_close(store);
    house_open();
}

/* --- a corrupt store --------------------------------------------------------------- */

/* Another connection, which waits while the inbox writes what it still has to. */
static sqlite3 *open_beside(void)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(house.path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
    return db;
}

/* Overwrites everything but the header and the first page, and what the log would hide. */
static void ruin_while_in_use(void)
{
    sqlite3 *db = open_beside();
    cr_assert_eq(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    struct stat status;
    cr_assert_eq(stat(house.path, &status), 0);
    FILE *file = fopen(house.path, "r+");
    cr_assert(file != NULL && fseek(file, 8192, SEEK_SET) == 0);
    for (long i = 8192; i < status.st_size; i++)
        (void)fputc(0xa5, file);
    cr_assert_eq(fclose(file), 0);
}

Test(inbox_storage, a_store_that_becomes_corrupt_is_set_aside_and_nothing_is_refused)
{
    house_remember("wep_9", "https://a/hooks/one", house.signer.pem);
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    ruin_while_in_use();
    /* SQLite may go on with the pages that it has in memory; another writer makes it look. */
    sqlite3 *db = open_beside();
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", STORE_SCHEMA_VERSION);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    cr_expect_eq(caller_finish_status(caller_start_event(2)), 200);
    RUN_UNTIL(house.notices > 0);
    cr_expect(strstr(house.notice, "is corrupt: set aside as ") != NULL, "%s", house.notice);
    cr_expect(strstr(house.notice, ".corrupt-20231114-221320") != NULL, "%s", house.notice);
    cr_expect_eq(house.troubles, 0);
    cr_expect_eq(house_count_rows(house.path), 1);
    char aside[200];
    struct stat status;
    (void)snprintf(aside, sizeof aside, "%s.corrupt-20231114-221320", house.path);
    cr_expect_eq(stat(aside, &status), 0);

    house_close(); /* the new one knows the endpoints */
    house_open();
    cr_expect_eq(caller_finish_status(caller_start_event(3)), 200);
    cr_expect_str_eq(house_last_seen()->webhook_id, "wep_9");
}

/* --- a disk that fails -------------------------------------------------------------- */

static void fail_and_recover(enum faulty_op op, int code, const char *words)
{
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    faulty_vfs_fail(op, 1, code, FAULTY_FOREVER);
    expect_unavailable(caller_start_event(2));
    expect_unavailable(caller_start_event(1)); /* a repeat is no better off */
    RUN_UNTIL(house.troubles == 1);
    cr_expect(strstr(house.trouble, house.path) != NULL, "%s", house.trouble);
    cr_expect(strstr(house.trouble, words) != NULL, "%s", house.trouble);
    cr_expect_gt(faulty_vfs_heal(), 0);
    cr_expect_eq(caller_finish_status(caller_start_event(2)), 200);
    RUN_UNTIL(house.recoveries == 1);
    cr_expect_eq(house_count_rows(house.path), 2);
}

/* The house is opened before the fixture can install it: it is opened anew. */
static void with_faults(void)
{
    cr_assert(faulty_vfs_install());
    house_close();
    house_open();
    house_set_key("wep_1", "https://example.com/hooks/one");
}

Test(inbox_storage, a_write_that_fails_is_unavailable_until_it_does_not)
{
    with_faults();
    fail_and_recover(FAULTY_WRITE, SQLITE_IOERR_WRITE, "disk I/O error");
}

Test(inbox_storage, a_sync_that_fails_is_no_commit)
{
    with_faults();
    fail_and_recover(FAULTY_SYNC, SQLITE_IOERR_FSYNC, "disk I/O error");
}

Test(inbox_storage, a_disk_that_is_full_is_unavailable_until_it_is_not)
{
    with_faults();
    fail_and_recover(FAULTY_WRITE, SQLITE_FULL, "full");
}

/* Where writing waits for a lock there are some twenty attempts before it gives up; the first who
   writes is the note that a receiver runs. What tidies does not wait, but comes again. Who has the
   file open meanwhile keeps its log's index, which is made under the same lock. */
Test(inbox_storage, what_tidies_makes_no_noise_while_another_writes)
{
    enum { ALL = 40, KEPT = 25, ATTEMPTS = 24 };
    for (size_t i = 0; i < ALL; i++)
        cr_expect_eq(caller_finish_status(caller_start_event(i)), 200);
    cr_assert(faulty_vfs_install());
    struct store *other = store_open(house.path, STORE_WRITE, NULL);
    cr_assert_not_null(other);
    house_close();
    house.keep.count = KEPT;
    faulty_vfs_fail(FAULTY_LOCK, 1, SQLITE_BUSY, ATTEMPTS);
    house_open();
    RUN_UNTIL(house.removals > 0 && house.left.deliveries == KEPT);
    cr_expect_eq(faulty_vfs_heal(), ATTEMPTS);
    store_close(other);
    cr_expect_eq(house.notices, 0, "%s", house.notice);
    cr_expect_eq(house.troubles, 0, "%s", house.trouble);
}
