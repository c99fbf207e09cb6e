#include "api/store.h"
#include "api/store_file.h"
#include "api/store_private.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, T0 = 1700000000 };

static char directory[64];
static char path[128];

/* --- a place of its own for each test -------------------------------------------- */

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

static void set_up(void)
{
    strcpy(directory, "/tmp/bridgetop-store-XXXXXX");
    cr_assert(mkdtemp(directory) != NULL);
    (void)snprintf(path, sizeof path, "%s/store.db", directory);
}

static void tear_down(void)
{
    (void)nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(store, .init = set_up, .fini = tear_down, .timeout = 60);

static struct store *open_store(enum store_mode mode)
{
    struct error error = {0};
    struct store *store = store_open(path, mode, &error);
    cr_assert(store != NULL, "%s", error.message);
    return store;
}

static void expect_refused(const char *name, enum store_mode mode, const char *words)
{
    struct error error = {0};
    struct store *store = store_open(name, mode, &error);
    cr_expect(store == NULL, "%s was opened", name);
    cr_expect(strstr(error.message, name) != NULL, "does not name the file: %s", error.message);
    cr_expect(strstr(error.message, words) != NULL, "no \"%s\" in: %s", words, error.message);
    cr_expect(strchr(error.message, '\n') == NULL);
    store_close(store);
}

static void write_file(const char *name, const void *bytes, size_t length)
{
    FILE *file = fopen(name, "w");
    cr_assert(file != NULL && fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
}

static char *read_file(const char *name, size_t *length)
{
    FILE *file = fopen(name, "r");
    cr_assert(file != NULL);
    cr_assert(fseek(file, 0, SEEK_END) == 0);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    cr_assert(fread(bytes, 1, *length, file) == *length);
    (void)fclose(file);
    return bytes;
}

static sqlite3 *open_raw(const char *name)
{
    sqlite3 *db = NULL;
    cr_assert(sqlite3_open(name, &db) == SQLITE_OK);
    return db;
}

static void execute(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    cr_assert(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", sql, message);
}

static void execute_in_file(const char *sql)
{
    sqlite3 *db = open_raw(path);
    execute(db, sql);
    sqlite3_close(db);
}

static int64_t query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    cr_assert(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s", sql);
    cr_assert(sqlite3_step(statement) == SQLITE_ROW, "%s", sql);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* --- deliveries -------------------------------------------------------------------- */

static struct delivery delivery_of(const void *body, size_t length, enum verdict verdict)
{
    struct delivery delivery = {
        .received_ms = T0,
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

static int64_t insert(struct store *store, struct delivery *delivery)
{
    struct error error = {0};
    cr_assert(store_insert_delivery(store, delivery, &error), "%s", error.message);
    cr_assert(delivery->id > 0);
    return delivery->id;
}

static void begin(struct store *store)
{
    struct error error = {0};
    cr_assert(store_begin(store, &error), "%s", error.message);
}

static void commit(struct store *store)
{
    struct error error = {0};
    cr_assert(store_commit(store, &error), "%s", error.message);
}

static int64_t insert_simple(struct store *store, const char *body, enum verdict verdict)
{
    struct delivery delivery = delivery_of(body, strlen(body), verdict);
    int64_t id = insert(store, &delivery);
    delivery_clear(&delivery);
    return id;
}

static int64_t store_one(struct store *store, const char *body, enum verdict verdict)
{
    begin(store);
    int64_t id = insert_simple(store, body, verdict);
    commit(store);
    return id;
}

static void expect_counts(struct store *store, int64_t deliveries, int64_t genuine)
{
    struct store_counts counts = {0};
    struct error error = {0};
    cr_assert(store_counts(store, &counts, &error), "%s", error.message);
    cr_expect_eq(counts.deliveries, deliveries);
    cr_expect_eq(counts.genuine, genuine);
}

static struct delivery load(struct store *store, int64_t id)
{
    struct delivery delivery = {0};
    struct error error = {0};
    cr_assert(store_load_delivery(store, id, &delivery, &error), "%s", error.message);
    return delivery;
}

static mode_t mode_of(const char *name)
{
    struct stat status;
    cr_assert(stat(name, &status) == 0, "%s: %s", name, strerror(errno));
    return status.st_mode & 07777;
}

Test(store, directories_and_files_are_private)
{
    char deep[256];
    (void)snprintf(deep, sizeof deep, "%s/state/bridgetop/store.db", directory);
    struct error error = {0};
    struct store *store = store_open(deep, STORE_WRITE, &error);
    cr_assert(store != NULL, "%s", error.message);
    store_one(store, "x", VERDICT_GENUINE);

    char name[300];
    cr_expect_eq(mode_of(deep), 0600);
    (void)snprintf(name, sizeof name, "%s-wal", deep);
    cr_expect_eq(mode_of(name), 0600);
    (void)snprintf(name, sizeof name, "%s-shm", deep);
    cr_expect_eq(mode_of(name), 0600);
    (void)snprintf(name, sizeof name, "%s/state/bridgetop", directory);
    cr_expect_eq(mode_of(name), 0700);
    (void)snprintf(name, sizeof name, "%s/state", directory);
    cr_expect_eq(mode_of(name), 0700);
    store_close(store);
}

Test(store, is_set_up_to_survive_a_power_cut)
{
    struct store *store = open_store(STORE_WRITE);
    cr_expect_eq(query(store->db, "PRAGMA synchronous"), 2);
    cr_expect_eq(query(store->db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    cr_expect_eq(query(store->db, "PRAGMA page_size"), STORE_PAGE_SIZE);
    cr_expect_eq(query(store->db, "PRAGMA application_id"), STORE_APPLICATION_ID);
    cr_expect_eq(query(store->db, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    cr_expect_eq(query(store->db, "PRAGMA trusted_schema"), 0);
    store_close(store);
}

Test(store, a_delivery_comes_back_exactly)
{
    static const char body[] = "{\"a\":\0\"\xff\xfe\"}\r\n";
    struct store *store = open_store(STORE_WRITE);
    struct delivery sent = delivery_of(body, sizeof body - 1, VERDICT_STALE);
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
    begin(store);
    int64_t id = insert(store, &sent);
    commit(store);
    store_close(store);

    store = open_store(STORE_READ);
    struct delivery got = load(store, id);
    cr_expect_eq(got.id, id);
    cr_expect_eq(got.received_ms, T0);
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
    struct store *store = open_store(STORE_WRITE);
    int64_t id = store_one(store, "", VERDICT_NO_HEADER);
    struct delivery got = load(store, id);
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
    struct store *store = open_store(STORE_WRITE);
    struct delivery sent = delivery_of(body, length, VERDICT_GENUINE);
    begin(store);
    int64_t id = insert(store, &sent);
    commit(store);
    struct delivery got = load(store, id);
    cr_assert_eq(got.body_length, length);
    cr_expect(memcmp(got.body, body, length) == 0);
    delivery_clear(&got);
    delivery_clear(&sent);
    store_close(store);
    free(body);
}

Test(store, a_row_that_is_not_there_is_an_error)
{
    struct store *store = open_store(STORE_WRITE);
    struct delivery delivery = {0};
    struct error error = {0};
    cr_expect_not(store_load_delivery(store, 7, &delivery, &error));
    cr_expect(strstr(error.message, path) != NULL && strchr(error.message, '7') != NULL, "%s",
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
    struct store *store = open_store(STORE_WRITE);
    begin(store);
    int64_t ids[5];
    for (size_t i = 0; i < 5; i++)
        ids[i] = insert_simple(store, &"12345"[i], VERDICT_GENUINE);
    commit(store);

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
    struct store *writer = open_store(STORE_WRITE);
    struct store *reader = open_store(STORE_READ);
    begin(writer);
    insert_simple(writer, "x", VERDICT_GENUINE);
    cr_expect_eq(recent(reader, INT64_MAX, 16, 0).count, 0);
    expect_counts(reader, 0, 0);
    commit(writer);
    cr_expect_eq(recent(reader, INT64_MAX, 16, 0).count, 1);
    expect_counts(reader, 1, 1);
    store_close(reader);
    store_close(writer);
}

Test(store, a_rollback_leaves_nothing)
{
    struct store *store = open_store(STORE_WRITE);
    begin(store);
    insert_simple(store, "x", VERDICT_GENUINE);
    store_rollback(store);
    store_rollback(store); /* none is open: nothing to do */
    store_one(store, "y", VERDICT_NO_KEY);
    cr_expect_eq(recent(store, INT64_MAX, 16, 0).count, 1);
    expect_counts(store, 1, 0);
    store_close(store);
}

Test(store, counts_are_kept_over_writers_and_restarts)
{
    struct store *one = open_store(STORE_WRITE);
    struct store *two = open_store(STORE_WRITE);
    store_one(one, "a", VERDICT_GENUINE);
    store_one(two, "b", VERDICT_WRONG_SIGNATURE);
    store_one(one, "c", VERDICT_GENUINE);
    expect_counts(two, 3, 2);
    store_close(one);
    store_close(two);
    one = open_store(STORE_READ);
    expect_counts(one, 3, 2);
    store_close(one);
}

Test(store, ids_are_never_given_twice)
{
    struct store *store = open_store(STORE_WRITE);
    int64_t first = store_one(store, "a", VERDICT_GENUINE);
    execute(store->db, "DELETE FROM deliveries");
    cr_expect_gt(store_one(store, "b", VERDICT_GENUINE), first);
    store_close(store);
}

Test(store, an_answer_time_is_added_later)
{
    struct store *store = open_store(STORE_WRITE);
    struct error error = {0};
    int64_t id = store_one(store, "x", VERDICT_GENUINE);
    begin(store);
    cr_expect(store_set_answer_time(store, id, 1234, &error), "%s", error.message);
    cr_expect(store_set_answer_time(store, id + 1, 99, &error), "%s", error.message);
    commit(store);
    struct delivery got = load(store, id);
    cr_expect_eq(got.answer_us, 1234);
    delivery_clear(&got);
    cr_expect_eq(query(store->db, "SELECT count(*) FROM answer_times"), 1);
    store_close(store);
}

/* What a killed process had committed is there for the next. */
Test(store, a_commit_survives_the_process)
{
    pid_t child = fork();
    if (child == 0) {
        struct store *store = store_open(path, STORE_WRITE, NULL);
        struct delivery delivery = delivery_of("kept", 4, VERDICT_GENUINE);
        struct delivery lost = delivery_of("lost", 4, VERDICT_GENUINE);
        bool done = store != NULL && store_begin(store, NULL) &&
                    store_insert_delivery(store, &delivery, NULL) && store_commit(store, NULL) &&
                    store_begin(store, NULL) && store_insert_delivery(store, &lost, NULL);
        _exit(done ? 0 : 1);
    }
    int status = -1;
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
    struct store *store = open_store(STORE_WRITE);
    struct seen seen = recent(store, INT64_MAX, 16, 0);
    cr_assert_eq(seen.count, 1);
    struct delivery got = load(store, seen.ids[0]);
    cr_expect_str_eq(got.body, "kept");
    delivery_clear(&got);
    expect_counts(store, 1, 1);
    store_close(store);
}

/* --- what is not a store of ours --------------------------------------------------------- */

static void expect_refused_and_untouched(enum store_mode mode, const char *words)
{
    size_t before_length;
    size_t after_length;
    char *before = read_file(path, &before_length);
    expect_refused(path, mode, words);
    char *after = read_file(path, &after_length);
    cr_expect_eq(before_length, after_length);
    cr_expect(memcmp(before, after, before_length) == 0, "the file was changed");
    free(before);
    free(after);
}

Test(store, a_file_that_is_no_database_is_left_alone)
{
    static const char text[] = "my notes, a hundred bytes long and more, so that it is as long as "
                               "the header of an SQLite file would be: not a database, though";
    write_file(path, text, sizeof text);
    expect_refused_and_untouched(STORE_WRITE, "not a bridgetop store");
    expect_refused_and_untouched(STORE_READ, "not a bridgetop store");
    write_file(path, "short", 5);
    expect_refused_and_untouched(STORE_WRITE, "not a bridgetop store");
}

Test(store, another_programs_database_is_left_alone)
{
    execute_in_file("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    expect_refused_and_untouched(STORE_WRITE, "another program's database");
    execute_in_file("PRAGMA journal_mode = WAL");
    expect_refused_and_untouched(STORE_WRITE, "another program's database");
    execute_in_file("DROP TABLE t; PRAGMA application_id = 7");
    expect_refused_and_untouched(STORE_WRITE, "another program's database");
    expect_refused_and_untouched(STORE_READ, "another program's database");
}

Test(store, a_newer_schema_is_left_alone)
{
    store_close(open_store(STORE_WRITE));
    execute_in_file("PRAGMA user_version = 3; CREATE TABLE later (x)");
    expect_refused_and_untouched(STORE_WRITE, "newer bridgetop (schema 3, this one reads 2)");
    expect_refused_and_untouched(STORE_READ, "newer bridgetop");
}

/* Ended between the first two steps of the first start. */
Test(store, a_half_made_store_is_completed)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    execute_in_file(sql);
    expect_refused(path, STORE_READ, "no receiver has set it up");
    struct store *store = open_store(STORE_WRITE);
    store_one(store, "x", VERDICT_GENUINE);
    store_close(store);
}

Test(store, an_empty_file_is_taken)
{
    write_file(path, "", 0);
    struct store *store = open_store(STORE_WRITE);
    store_one(store, "x", VERDICT_GENUINE);
    store_close(store);
}

Test(store, a_corrupt_file_is_one_line)
{
    struct store *store = open_store(STORE_WRITE);
    store_one(store, "x", VERDICT_GENUINE);
    store_close(store);
    FILE *file = fopen(path, "r+");
    cr_assert(file != NULL && fseek(file, 100, SEEK_SET) == 0);
    for (int i = 0; i < 3 * STORE_PAGE_SIZE; i++)
        (void)fputc(0xa5, file);
    (void)fclose(file);
    expect_refused(path, STORE_WRITE, "malformed");
    expect_refused(path, STORE_READ, "malformed");
}

Test(store, tampered_rows_are_not_trusted)
{
    struct store *store = open_store(STORE_WRITE);
    int64_t id = store_one(store, "x", VERDICT_WRONG_SIGNATURE);
    execute(store->db, "UPDATE deliveries SET verdict = 4294967296");
    struct delivery got = load(store, id);
    cr_expect_eq(got.verdict, VERDICT_WRONG_SIGNATURE);
    delivery_clear(&got);
    execute(store->db, "UPDATE deliveries SET headers = x'4100'"); /* a name without a value */
    struct error error = {0};
    cr_expect_not(store_load_delivery(store, id, &got, &error));
    cr_expect(strstr(error.message, "damaged") != NULL, "%s", error.message);
    execute(store->db, "UPDATE deliveries SET headers = x'41004200ff'"); /* no end */
    cr_expect_not(store_load_delivery(store, id, &got, &error));
    store_close(store);
}

/* --- places that cannot be used ----------------------------------------------------------- */

Test(store, a_directory_is_no_file)
{
    expect_refused(directory, STORE_WRITE, "it is a directory");
    expect_refused(directory, STORE_READ, "it is a directory");
}

Test(store, a_name_of_no_length_is_no_file)
{
    expect_refused("", STORE_WRITE, "has no name");
    expect_refused("", STORE_READ, "No such file");
}

Test(store, a_device_is_no_file)
{
    expect_refused("/dev/null", STORE_WRITE, "not a regular file");
}

Test(store, an_absent_file_cannot_be_read)
{
    expect_refused(path, STORE_READ, "No such file");
    cr_expect(access(path, F_OK) != 0, "it was created");
}

Test(store, a_file_is_no_directory)
{
    char below[200];
    write_file(path, "x", 1);
    (void)snprintf(below, sizeof below, "%s/store.db", path);
    expect_refused(below, STORE_WRITE, "Not a directory");
}

/* Permissions do not hold for root: the rest of the test's process is somebody else. */
static void become_nobody(void)
{
    if (geteuid() != 0)
        return;
    cr_assert(chown(directory, NOBODY, NOBODY) == 0);
    cr_assert(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

Test(store, a_directory_without_permission)
{
    char deep[256];
    become_nobody();
    cr_assert(chmod(directory, 0500) == 0);
    expect_refused(path, STORE_WRITE, "Permission denied");
    (void)snprintf(deep, sizeof deep, "%s/a/store.db", directory);
    struct error error = {0};
    cr_expect_null(store_open(deep, STORE_WRITE, &error));
    cr_expect(strstr(error.message, "cannot create the directory") != NULL, "%s", error.message);
    cr_assert(chmod(directory, 0700) == 0);
}

Test(store, a_store_whose_directory_became_read_only)
{
    become_nobody();
    store_close(open_store(STORE_WRITE));
    cr_assert(chmod(directory, 0500) == 0);
    expect_refused(path, STORE_WRITE, "Permission denied");
    cr_assert(chmod(directory, 0700) == 0);
}

Test(store, a_read_only_file)
{
    become_nobody();
    store_close(open_store(STORE_WRITE));
    cr_assert(chmod(path, 0400) == 0);
    expect_refused(path, STORE_WRITE, "read-only");
    cr_assert(chmod(path, 0000) == 0);
    expect_refused(path, STORE_WRITE, "Permission denied");
}

Test(store, names_that_mean_something_to_sqlite_are_names)
{
    cr_assert(chdir(directory) == 0);
    struct store *store = store_open(":memory:", STORE_WRITE, NULL);
    cr_assert(store != NULL);
    store_close(store);
    cr_expect(access(":memory:", F_OK) == 0);
    store = store_open("file:x?mode=memory", STORE_WRITE, NULL);
    cr_assert(store != NULL);
    store_close(store);
    cr_expect(access("file:x?mode=memory", F_OK) == 0);
}

/* --- failures while it is open -------------------------------------------------------------- */

Test(store, a_locked_file_is_an_error_after_a_while)
{
    struct store *store = open_store(STORE_WRITE);
    sqlite3 *other = open_raw(path);
    execute(other, "BEGIN EXCLUSIVE");
    struct error error = {0};
    cr_expect_not(store_begin(store, &error));
    cr_expect(strstr(error.message, path) != NULL && strstr(error.message, "locked") != NULL, "%s",
              error.message);
    execute(other, "ROLLBACK");
    sqlite3_close(other);
    store_one(store, "x", VERDICT_GENUINE);
    expect_counts(store, 1, 1);
    store_close(store);
}

Test(store, a_full_disk_is_an_error_and_no_row)
{
    struct store *store = open_store(STORE_WRITE);
    store_one(store, "before", VERDICT_GENUINE);
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d",
                   (int)query(store->db, "PRAGMA page_count"));
    (void)query(store->db, sql);
    char *body = calloc(1, 100000);
    struct delivery large = delivery_of(body, 100000, VERDICT_GENUINE);
    struct error error = {0};
    begin(store);
    cr_expect_not(store_insert_delivery(store, &large, &error));
    cr_expect(strstr(error.message, path) != NULL && strstr(error.message, "full") != NULL, "%s",
              error.message);
    store_rollback(store);
    expect_counts(store, 1, 1);
    (void)query(store->db, "PRAGMA max_page_count = 100000");
    begin(store);
    insert(store, &large);
    commit(store);
    expect_counts(store, 2, 2);
    delivery_clear(&large);
    free(body);
    store_close(store);
}

/* SQLite would go on writing into a file that has no name any more. */
Test(store, a_deleted_file_is_not_written_to)
{
    struct store *store = open_store(STORE_WRITE);
    cr_assert(unlink(path) == 0);
    struct error error = {0};
    cr_expect_not(store_begin(store, &error));
    cr_expect(strstr(error.message, "moved or deleted") != NULL, "%s", error.message);
    store_close(store);
}

static void *open_and_insert(void *context)
{
    (void)context;
    struct error error = {0};
    struct store *store = store_open(path, STORE_WRITE, &error);
    cr_assert(store != NULL, "%s", error.message);
    store_one(store, "x", VERDICT_GENUINE);
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
    struct store *store = open_store(STORE_READ);
    expect_counts(store, OPENERS, OPENERS);
    store_close(store);
}

/* --- endpoints ------------------------------------------------------------------------------- */

static struct webhook webhook_of(const char *id, const char *url, const char *key)
{
    struct webhook webhook = {
        .id = strdup(id),
        .url = strdup(url),
        .status = WEBHOOK_ACTIVE,
        .status_text = strdup("active"),
        .public_key = key != NULL ? strdup(key) : NULL,
    };
    cr_assert(string_list_add(&webhook.categories, "transfer"));
    cr_assert(string_list_add(&webhook.categories, "odd\ncategory"));
    return webhook;
}

static void put(struct store *store, struct webhook *items, size_t count, int64_t now_ms)
{
    struct error error = {0};
    const struct webhook_list list = {.items = items, .count = count};
    cr_assert(store_put_webhooks(store, &list, now_ms, &error), "%s", error.message);
}

static struct webhook_list load_webhooks(struct store *store)
{
    struct webhook_list list;
    struct error error = {0};
    cr_assert(store_load_webhooks(store, &list, &error), "%s", error.message);
    return list;
}

static void expect_ids(struct store *store, const char *one, const char *two)
{
    struct webhook_list list = load_webhooks(store);
    cr_assert_eq(list.count, (size_t)(one != NULL) + (size_t)(two != NULL));
    if (one != NULL)
        cr_expect_str_eq(list.items[0].id, one);
    if (two != NULL)
        cr_expect_str_eq(list.items[1].id, two);
    webhook_list_clear(&list);
}

static void expect_key(struct store *store, const char *key)
{
    struct webhook_list list = load_webhooks(store);
    cr_assert_eq(list.count, 1);
    cr_expect_str_eq(list.items[0].public_key, key);
    webhook_list_clear(&list);
}

Test(store, endpoints_come_back_as_they_were)
{
    struct store *store = open_store(STORE_WRITE);
    struct webhook two[] = {webhook_of("wep_2", "https://a/x", "KEY 2"),
                            webhook_of("wep_1", "https://a/y", "KEY 1")};
    free(two[1].status_text);
    two[1].status_text = strdup("paused");
    two[1].status = WEBHOOK_STATUS_UNKNOWN;
    two[1].created_at = strdup("2024-05-02T17:48:19.465Z");
    put(store, two, 2, T0);
    store_close(store);

    store = open_store(STORE_READ);
    struct webhook_list list = load_webhooks(store);
    cr_assert_eq(list.count, 2);
    cr_expect_str_eq(list.items[0].id, "wep_2");
    cr_expect_str_eq(list.items[0].url, "https://a/x");
    cr_expect_eq(list.items[0].status, WEBHOOK_ACTIVE);
    cr_expect_str_eq(list.items[0].public_key, "KEY 2");
    cr_expect_null(list.items[0].created_at);
    cr_assert_eq(list.items[0].categories.count, 2);
    cr_expect_str_eq(list.items[0].categories.items[0], "transfer");
    cr_expect_str_eq(list.items[0].categories.items[1], "odd\ncategory");
    cr_expect_eq(list.items[1].status, WEBHOOK_STATUS_UNKNOWN);
    cr_expect_str_eq(list.items[1].status_text, "paused");
    cr_expect_str_eq(list.items[1].created_at, "2024-05-02T17:48:19.465Z");
    webhook_list_clear(&list);
    webhook_clear(&two[0]);
    webhook_clear(&two[1]);
    store_close(store);
}

Test(store, an_endpoint_that_is_gone_is_retired_and_may_return)
{
    struct store *store = open_store(STORE_WRITE);
    struct webhook two[] = {webhook_of("wep_1", "https://a/x", "KEY 1"),
                            webhook_of("wep_2", "https://a/y", "KEY 2")};
    put(store, two, 2, T0);
    put(store, &two[1], 1, T0 + 5);
    expect_ids(store, "wep_2", NULL);
    cr_expect_eq(query(store->db, "SELECT retired_ms FROM endpoints WHERE id = 'wep_1' "
                                  "AND public_key = 'KEY 1'"),
                 T0 + 5);
    put(store, two, 2, T0 + 9);
    expect_ids(store, "wep_1", "wep_2");
    cr_expect_eq(query(store->db, "SELECT first_seen_ms FROM endpoints WHERE id = 'wep_1'"), T0);
    put(store, NULL, 0, T0 + 10);
    expect_ids(store, NULL, NULL);
    webhook_clear(&two[0]);
    webhook_clear(&two[1]);
    store_close(store);
}

Test(store, a_changed_key_replaces_and_an_absent_one_does_not)
{
    struct store *store = open_store(STORE_WRITE);
    struct webhook old = webhook_of("wep_1", "https://a/x", "OLD");
    struct webhook new = webhook_of("wep_1", "https://a/x", "NEW");
    struct webhook none = webhook_of("wep_1", "https://a/x", NULL);
    put(store, &old, 1, T0);
    put(store, &new, 1, T0 + 1);
    expect_key(store, "NEW");
    put(store, &none, 1, T0 + 2);
    expect_key(store, "NEW");
    webhook_clear(&old);
    webhook_clear(&new);
    webhook_clear(&none);
    store_close(store);
}

/* The list is asked every few seconds: that must not keep a disk awake. */
Test(store, an_unchanged_list_writes_nothing)
{
    struct store *store = open_store(STORE_WRITE);
    struct webhook webhook = webhook_of("wep_1", "https://a/x", "KEY");
    put(store, &webhook, 1, T0);
    sqlite3 *other = open_raw(path);
    int64_t version = query(other, "PRAGMA data_version");
    put(store, &webhook, 1, T0 + 5000);
    cr_expect_eq(query(other, "PRAGMA data_version"), version);
    put(store, &webhook, 1, T0 + 3600 * 1000);
    cr_expect_neq(query(other, "PRAGMA data_version"), version);
    cr_expect_eq(query(other, "SELECT last_seen_ms FROM endpoints"), T0 + 3600 * 1000);
    sqlite3_close(other);
    webhook_clear(&webhook);
    store_close(store);
}

Test(store, endpoints_join_a_transaction_that_is_open)
{
    struct store *store = open_store(STORE_WRITE);
    struct webhook webhook = webhook_of("wep_1", "https://a/x", "KEY");
    begin(store);
    put(store, &webhook, 1, T0);
    store_rollback(store);
    expect_ids(store, NULL, NULL);
    webhook_clear(&webhook);
    store_close(store);
}
