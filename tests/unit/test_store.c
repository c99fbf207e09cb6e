/* Deliveries in the file: they come back as they were, and what fails is an error and no row. */
#include "tests/unit/store_driver.h"

#include "api/store_file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(store, .init = place_make, .fini = place_remove, .timeout = 60);

/* --- deliveries -------------------------------------------------------------------- */

static mode_t mode_of(const char *name)
{
    struct stat status;
    cr_assert(stat(name, &status) == 0, "%s: %s", name, strerror(errno));
    return status.st_mode & 07777;
}

Test(store, directories_and_files_are_private)
{
    char deep[256];
    (void)snprintf(deep, sizeof deep, "%s/state/bridgetop/store.db", place.directory);
    struct error error = {0};
    struct store *store = store_open(deep, STORE_WRITE, &error);
    cr_assert(store != NULL, "%s", error.message);
    place_store_one(store, "x", VERDICT_GENUINE);

    char name[300];
    cr_expect_eq(mode_of(deep), 0600);
    (void)snprintf(name, sizeof name, "%s-wal", deep);
    cr_expect_eq(mode_of(name), 0600);
    (void)snprintf(name, sizeof name, "%s-shm", deep);
    cr_expect_eq(mode_of(name), 0600);
    (void)snprintf(name, sizeof name, "%s/state/bridgetop", place.directory);
    cr_expect_eq(mode_of(name), 0700);
    (void)snprintf(name, sizeof name, "%s/state", place.directory);
    cr_expect_eq(mode_of(name), 0700);
    store_close(store);
}

Test(store, is_set_up_to_survive_a_power_cut)
{
    struct store *store = place_open(STORE_WRITE);
    cr_expect_eq(place_query(store->db, "PRAGMA synchronous"), 2);
    cr_expect_eq(place_query(store->db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    cr_expect_eq(place_query(store->db, "PRAGMA page_size"), STORE_PAGE_SIZE);
    cr_expect_eq(place_query(store->db, "PRAGMA application_id"), STORE_APPLICATION_ID);
    cr_expect_eq(place_query(store->db, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    cr_expect_eq(place_query(store->db, "PRAGMA trusted_schema"), 0);
    store_close(store);
}

Test(store, a_delivery_comes_back_exactly)
{
    static const char body[] = "{\"a\":\0\"\xff\xfe\"}\r\n";
    struct store *store = place_open(STORE_WRITE);
    struct delivery sent = place_delivery(body, sizeof body - 1, VERDICT_STALE);
    sent.webhook_id = strdup("wep_1");
    sent.event_id = strdup("wh_1");
    sent.event_type = strdup("transfer.updated");
    sent.object_id = strdup("tr_1");
    sent.object_status = strdup("paid");
    sent.sequence = INT64_MAX;
    cr_assert(header_list_add(&sent.headers, "Host", "example.com"));
    cr_assert(header_list_add(&sent.headers, "x-twice", "one"));
    cr_assert(header_list_add(&sent.headers, "Empty", ""));
    cr_assert(header_list_add(&sent.headers, "X-Twice", "two \xc3\x28"));
    place_begin(store);
    int64_t id = place_insert(store, &sent);
    place_commit(store);
    store_close(store);

    store = place_open(STORE_READ);
    struct delivery got = place_load(store, id);
    cr_expect_eq(got.id, id);
    cr_expect_eq(got.received_ms, PLACE_TIME_MS);
    cr_expect_eq(got.verdict, VERDICT_STALE);
    cr_expect_eq(got.answer_status, 400);
    cr_expect_eq(got.answer_us, -1);
    cr_expect_eq(got.sequence, INT64_MAX);
    cr_expect_str_eq(got.peer, sent.peer);
    cr_expect_str_eq(got.method, "POST");
    cr_expect_str_eq(got.target, sent.target);
    cr_expect_str_eq(got.reason, "the reason");
    cr_expect_str_eq(got.webhook_id, "wep_1");
    cr_expect_str_eq(got.event_id, "wh_1");
    cr_expect_str_eq(got.event_type, "transfer.updated");
    cr_expect_str_eq(got.object_id, "tr_1");
    cr_expect_str_eq(got.object_status, "paid");
    cr_assert_eq(got.body_length, sizeof body - 1);
    cr_expect_arr_eq(got.body, body, sizeof body);
    cr_assert_eq(got.headers.count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(got.headers.items[i].name, sent.headers.items[i].name);
        cr_expect_str_eq(got.headers.items[i].value, sent.headers.items[i].value);
    }
    delivery_clear(&got);
    delivery_clear(&sent);
    store_close(store);
}

Test(store, an_empty_body_and_absent_fields_come_back)
{
    struct store *store = place_open(STORE_WRITE);
    int64_t id = place_store_one(store, "", VERDICT_NO_HEADER);
    struct delivery got = place_load(store, id);
    cr_expect_eq(got.body_length, 0);
    cr_expect_str_eq(got.body, "");
    cr_expect_eq(got.headers.count, 0);
    cr_expect_eq(got.sequence, -1);
    cr_expect_null(got.webhook_id);
    cr_expect_null(got.event_id);
    cr_expect_null(got.event_type);
    cr_expect_null(got.object_id);
    cr_expect_null(got.object_status);
    delivery_clear(&got);
    store_close(store);
}

Test(store, a_body_of_a_mebibyte_comes_back)
{
    size_t length = 1 << 20;
    char *body = malloc(length);
    for (size_t i = 0; i < length; i++)
        body[i] = (char)(i * 31 + i / 251);
    struct store *store = place_open(STORE_WRITE);
    struct delivery sent = place_delivery(body, length, VERDICT_GENUINE);
    place_begin(store);
    int64_t id = place_insert(store, &sent);
    place_commit(store);
    struct delivery got = place_load(store, id);
    cr_assert_eq(got.body_length, length);
    cr_expect(memcmp(got.body, body, length) == 0);
    delivery_clear(&got);
    delivery_clear(&sent);
    store_close(store);
    free(body);
}

Test(store, a_row_that_is_not_there_is_an_error)
{
    struct store *store = place_open(STORE_WRITE);
    struct delivery delivery = {0};
    struct error error = {0};
    cr_expect_not(store_load_delivery(store, 7, &delivery, &error));
    cr_expect(strstr(error.message, place.path) != NULL && strchr(error.message, '7') != NULL, "%s",
              error.message);
    store_close(store);
}

struct seen {
    int64_t ids[16];
    size_t lengths[16];
    size_t count;
    size_t stop_at;
};

static bool see(const struct delivery *summary, void *context)
{
    struct seen *seen = context;
    cr_expect_null(summary->body);
    cr_expect_eq(summary->headers.count, 0);
    cr_expect_str_eq(summary->peer, "203.0.113.7:51234");
    seen->lengths[seen->count] = summary->body_length;
    seen->ids[seen->count++] = summary->id;
    return seen->count != seen->stop_at;
}

static struct seen recent(struct store *store, int64_t before, size_t limit, size_t stop_at)
{
    struct seen seen = {.stop_at = stop_at};
    struct error error = {0};
    cr_assert(store_recent_deliveries(store, before, limit, see, &seen, &error), "%s",
              error.message);
    return seen;
}

Test(store, the_newest_come_first)
{
    struct store *store = place_open(STORE_WRITE);
    place_begin(store);
    int64_t ids[5];
    for (size_t i = 0; i < 5; i++)
        ids[i] = place_insert_body(store, &"12345"[i], VERDICT_GENUINE);
    place_commit(store);

    struct seen seen = recent(store, INT64_MAX, 3, 0);
    cr_assert_eq(seen.count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(seen.ids[i], ids[4 - i]);
        cr_expect_eq(seen.lengths[i], i + 1);
    }
    seen = recent(store, ids[1], 16, 0);
    cr_assert_eq(seen.count, 1);
    cr_expect_eq(seen.ids[0], ids[0]);
    cr_expect_eq(recent(store, INT64_MAX, 16, 2).count, 2);
    cr_expect_eq(recent(store, ids[0], 16, 0).count, 0);
    cr_expect_eq(recent(store, INT64_MAX, 0, 0).count, 0);
    store_close(store);
}

Test(store, only_a_commit_shows_a_row_to_others)
{
    struct store *writer = place_open(STORE_WRITE);
    struct store *reader = place_open(STORE_READ);
    place_begin(writer);
    place_insert_body(writer, "x", VERDICT_GENUINE);
    cr_expect_eq(recent(reader, INT64_MAX, 16, 0).count, 0);
    place_expect_counts(reader, 0, 0);
    place_commit(writer);
    cr_expect_eq(recent(reader, INT64_MAX, 16, 0).count, 1);
    place_expect_counts(reader, 1, 1);
    store_close(reader);
    store_close(writer);
}

Test(store, a_rollback_leaves_nothing)
{
    struct store *store = place_open(STORE_WRITE);
    place_begin(store);
    place_insert_body(store, "x", VERDICT_GENUINE);
    store_rollback(store);
    store_rollback(store); /* none is open: nothing to do */
    place_store_one(store, "y", VERDICT_NO_KEY);
    cr_expect_eq(recent(store, INT64_MAX, 16, 0).count, 1);
    place_expect_counts(store, 1, 0);
    store_close(store);
}

Test(store, counts_are_kept_over_writers_and_restarts)
{
    struct store *one = place_open(STORE_WRITE);
    struct store *two = place_open(STORE_WRITE);
    place_store_one(one, "a", VERDICT_GENUINE);
    place_store_one(two, "b", VERDICT_WRONG_SIGNATURE);
    place_store_one(one, "c", VERDICT_GENUINE);
    place_expect_counts(two, 3, 2);
    store_close(one);
    store_close(two);
    one = place_open(STORE_READ);
    place_expect_counts(one, 3, 2);
    store_close(one);
}

Test(store, ids_are_never_given_twice)
{
    struct store *store = place_open(STORE_WRITE);
    int64_t first = place_store_one(store, "a", VERDICT_GENUINE);
    place_execute(store->db, "DELETE FROM deliveries");
    cr_expect_gt(place_store_one(store, "b", VERDICT_GENUINE), first);
    store_close(store);
}

Test(store, an_answer_time_is_added_later)
{
    struct store *store = place_open(STORE_WRITE);
    struct error error = {0};
    int64_t id = place_store_one(store, "x", VERDICT_GENUINE);
    place_begin(store);
    cr_expect(store_set_answer_time(store, id, 1, 1234, &error), "%s", error.message);
    cr_expect(store_set_answer_time(store, id + 1, 1, 99, &error), "%s", error.message);
    place_commit(store);
    struct delivery got = place_load(store, id);
    cr_expect_eq(got.answer_us, 1234);
    delivery_clear(&got);
    cr_expect_eq(place_query(store->db, "SELECT count(*) FROM delivery_notes"), 1);
    store_close(store);
}

/* What a killed process had committed is there for the next. */
Test(store, a_commit_survives_the_process)
{
    pid_t child = fork();
    if (child == 0) {
        struct store *store = store_open(place.path, STORE_WRITE, NULL);
        struct delivery delivery = place_delivery("kept", 4, VERDICT_GENUINE);
        struct delivery lost = place_delivery("lost", 4, VERDICT_GENUINE);
        bool done = store != NULL && store_begin(store, NULL) &&
                    store_insert_delivery(store, &delivery, NULL) && store_commit(store, NULL) &&
                    store_begin(store, NULL) && store_insert_delivery(store, &lost, NULL);
        _exit(done ? 0 : 1);
    }
    int status = -1;
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
    struct store *store = place_open(STORE_WRITE);
    struct seen seen = recent(store, INT64_MAX, 16, 0);
    cr_assert_eq(seen.count, 1);
    struct delivery got = place_load(store, seen.ids[0]);
    cr_expect_str_eq(got.body, "kept");
    delivery_clear(&got);
    place_expect_counts(store, 1, 1);
    store_close(store);
}

/* --- failures while it is open -------------------------------------------------------------- */

Test(store, a_locked_file_is_an_error_after_a_while)
{
    struct store *store = place_open(STORE_WRITE);
    sqlite3 *other = place_open_raw(place.path);
    place_execute(other, "BEGIN EXCLUSIVE");
    struct error error = {0};
    cr_expect_not(store_begin(store, &error));
    cr_expect(strstr(error.message, place.path) != NULL && strstr(error.message, "locked") != NULL,
              "%s", error.message);
    place_execute(other, "ROLLBACK");
    sqlite3_close(other);
    place_store_one(store, "x", VERDICT_GENUINE);
    place_expect_counts(store, 1, 1);
    store_close(store);
}

/* Whoever copies the file afterwards has all of it. */
Test(store, a_writer_leaves_no_log_behind_though_a_reader_stays)
{
    char log[sizeof place.path + 8];
    struct stat status;
    struct store *store = place_open(STORE_WRITE);
    (void)place_store_one(store, "{}", VERDICT_GENUINE);
    struct store *reader = place_open(STORE_READ);
    store_close(store);
    (void)snprintf(log, sizeof log, "%s-wal", place.path);
    cr_expect(stat(log, &status) != 0 || status.st_size == 0, "%jd bytes",
              (intmax_t)status.st_size);
    store_close(reader);
}

Test(store, a_full_disk_is_an_error_and_no_row)
{
    struct store *store = place_open(STORE_WRITE);
    place_store_one(store, "before", VERDICT_GENUINE);
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d",
                   (int)place_query(store->db, "PRAGMA page_count"));
    (void)place_query(store->db, sql);
    char *body = calloc(1, 100000);
    struct delivery large = place_delivery(body, 100000, VERDICT_GENUINE);
    struct error error = {0};
    place_begin(store);
    cr_expect_not(store_insert_delivery(store, &large, &error));
    cr_expect(strstr(error.message, place.path) != NULL && strstr(error.message, "full") != NULL,
              "%s", error.message);
    store_rollback(store);
    place_expect_counts(store, 1, 1);
    (void)place_query(store->db, "PRAGMA max_page_count = 100000");
    place_begin(store);
    place_insert(store, &large);
    place_commit(store);
    place_expect_counts(store, 2, 2);
    delivery_clear(&large);
    free(body);
    store_close(store);
}

/* SQLite would go on writing into a file that has no name any more. */
Test(store, a_deleted_file_is_not_written_to)
{
    struct store *store = place_open(STORE_WRITE);
    cr_assert(unlink(place.path) == 0);
    struct error error = {0};
    cr_expect_not(store_begin(store, &error));
    cr_expect(strstr(error.message, "moved or deleted") != NULL, "%s", error.message);
    store_close(store);
}

static void *open_and_insert(void *context)
{
    (void)context;
    struct error error = {0};
    struct store *store = store_open(place.path, STORE_WRITE, &error);
    cr_assert(store != NULL, "%s", error.message);
    place_store_one(store, "x", VERDICT_GENUINE);
    store_close(store);
    return NULL;
}

Test(store, many_may_be_the_first_to_open_it)
{
    enum { OPENERS = 6 };
    pthread_t threads[OPENERS];
    for (size_t i = 0; i < OPENERS; i++)
        cr_assert(pthread_create(&threads[i], NULL, open_and_insert, NULL) == 0);
    for (size_t i = 0; i < OPENERS; i++)
        pthread_join(threads[i], NULL);
    struct store *store = place_open(STORE_READ);
    place_expect_counts(store, 1, 1); /* it was one event */
    struct store_counts counts;
    cr_expect(store_counts(store, &counts, NULL));
    cr_expect_eq(counts.repeats, OPENERS - 1);
    store_close(store);
}
