/* Files that are no store of ours, and places where none can be: refused with a line, and left
   alone. */
#include "tests/unit/store_driver.h"

#include "api/store_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534 };

TestSuite(store_files, .init = place_make, .fini = place_remove, .timeout = 60);

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

/* --- what is not a store of ours --------------------------------------------------------- */

static void expect_refused_and_untouched(enum store_mode mode, const char *words)
{
    size_t before_length;
    size_t after_length;
    char *before = read_file(place.path, &before_length);
    expect_refused(place.path, mode, words);
    char *after = read_file(place.path, &after_length);
    cr_expect_eq(before_length, after_length);
    cr_expect(memcmp(before, after, before_length) == 0, "the file was changed");
    free(before);
    free(after);
}

Test(store_files, a_file_that_is_no_database_is_left_alone)
{
    static const char text[] = "my notes, a hundred bytes long and more, so that it is as long as "
                               "the header of an SQLite file would be: not a database, though";
    write_file(place.path, text, sizeof text);
    expect_refused_and_untouched(STORE_WRITE, "not a bridgetop store");
    expect_refused_and_untouched(STORE_READ, "not a bridgetop store");
    write_file(place.path, "short", 5);
    expect_refused_and_untouched(STORE_WRITE, "not a bridgetop store");
}

Test(store_files, another_programs_database_is_left_alone)
{
    place_execute_in_file("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    expect_refused_and_untouched(STORE_WRITE, "another program's database");
    place_execute_in_file("PRAGMA journal_mode = WAL");
    expect_refused_and_untouched(STORE_WRITE, "another program's database");
    place_execute_in_file("DROP TABLE t; PRAGMA application_id = 7");
    expect_refused_and_untouched(STORE_WRITE, "another program's database");
    expect_refused_and_untouched(STORE_READ, "another program's database");
}

Test(store_files, a_newer_schema_is_left_alone)
{
    store_close(place_open(STORE_WRITE));
    place_execute_in_file("PRAGMA user_version = 99; CREATE TABLE later (x)");
    expect_refused_and_untouched(STORE_WRITE, "newer bridgetop (schema 99, this one reads 10)");
    expect_refused_and_untouched(STORE_READ, "newer bridgetop");
}

/* Ended between the first two steps of the first start. */
Test(store_files, a_half_made_store_is_completed)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    place_execute_in_file(sql);
    expect_refused(place.path, STORE_READ, "no receiver has set it up");
    struct store *store = place_open(STORE_WRITE);
    place_store_one(store, "x", VERDICT_GENUINE);
    store_close(store);
}

Test(store_files, an_empty_file_is_taken)
{
    write_file(place.path, "", 0);
    struct store *store = place_open(STORE_WRITE);
    place_store_one(store, "x", VERDICT_GENUINE);
    store_close(store);
}

Test(store_files, a_corrupt_file_is_one_line)
{
    struct store *store = place_open(STORE_WRITE);
    place_store_one(store, "x", VERDICT_GENUINE);
    store_close(store);
    FILE *file = fopen(place.path, "r+");
    cr_assert(file != NULL && fseek(file, 100, SEEK_SET) == 0);
    for (int i = 0; i < 3 * STORE_PAGE_SIZE; i++)
        (void)fputc(0xa5, file);
    (void)fclose(file);
    expect_refused(place.path, STORE_WRITE, "malformed");
    expect_refused(place.path, STORE_READ, "malformed");
}

Test(store_files, tampered_rows_are_not_trusted)
{
    struct store *store = place_open(STORE_WRITE);
    int64_t id = place_store_one(store, "x", VERDICT_WRONG_SIGNATURE);
    place_execute(store->db, "UPDATE deliveries SET verdict = 4294967296");
    struct delivery got = place_load(store, id);
    cr_expect_eq(got.verdict, VERDICT_WRONG_SIGNATURE);
    delivery_clear(&got);
    place_execute(store->db,
                  "UPDATE deliveries SET headers = x'4100'"); /* a name without a value */
    struct error error = {0};
    cr_expect_not(store_load_delivery(store, id, &got, &error));
    cr_expect(strstr(error.message, "damaged") != NULL, "%s", error.message);
    place_execute(store->db, "UPDATE deliveries SET headers = x'41004200ff'"); /* no end */
    cr_expect_not(store_load_delivery(store, id, &got, &error));
    store_close(store);
}

/* --- places that cannot be used ----------------------------------------------------------- */

Test(store_files, a_directory_is_no_file)
{
    expect_refused(place.directory, STORE_WRITE, "it is a directory");
    expect_refused(place.directory, STORE_READ, "it is a directory");
}

Test(store_files, a_name_of_no_length_is_no_file)
{
    expect_refused("", STORE_WRITE, "has no name");
    expect_refused("", STORE_READ, "No such file");
}

Test(store_files, a_device_is_no_file)
{
    expect_refused("/dev/null", STORE_WRITE, "not a regular file");
}

Test(store_files, an_absent_file_cannot_be_read)
{
    expect_refused(place.path, STORE_READ, "No such file");
    cr_expect(access(place.path, F_OK) != 0, "it was created");
}

Test(store_files, a_file_is_no_directory)
{
    char below[200];
    write_file(place.path, "x", 1);
    (void)snprintf(below, sizeof below, "%s/store.db", place.path);
    expect_refused(below, STORE_WRITE, "Not a directory");
}

/* Permissions do not hold for root: the rest of the test's process is somebody else. */
static void become_nobody(void)
{
    if (geteuid() != 0)
        return;
    cr_assert(chown(place.directory, NOBODY, NOBODY) == 0);
    cr_assert(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

Test(store_files, a_directory_without_permission)
{
    char deep[256];
    become_nobody();
    cr_assert(chmod(place.directory, 0500) == 0);
    expect_refused(place.path, STORE_WRITE, "Permission denied");
    (void)snprintf(deep, sizeof deep, "%s/a/store.db", place.directory);
    struct error error = {0};
    cr_expect_null(store_open(deep, STORE_WRITE, &error));
    cr_expect(strstr(error.message, "cannot create the directory") != NULL, "%s", error.message);
    cr_assert(chmod(place.directory, 0700) == 0);
}

Test(store_files, a_store_whose_directory_became_read_only)
{
    become_nobody();
    store_close(place_open(STORE_WRITE));
    cr_assert(chmod(place.directory, 0500) == 0);
    expect_refused(place.path, STORE_WRITE, "Permission denied");
    cr_assert(chmod(place.directory, 0700) == 0);
}

Test(store_files, a_read_only_file)
{
    become_nobody();
    store_close(place_open(STORE_WRITE));
    cr_assert(chmod(place.path, 0400) == 0);
    expect_refused(place.path, STORE_WRITE, "read-only");
    cr_assert(chmod(place.path, 0000) == 0);
    expect_refused(place.path, STORE_WRITE, "Permission denied");
}

Test(store_files, names_that_mean_something_to_sqlite_are_names)
{
    cr_assert(chdir(place.directory) == 0);
    struct store *store = store_open(":memory:", STORE_WRITE, NULL);
    cr_assert(store != NULL);
    store_close(store);
    cr_expect(access(":memory:", F_OK) == 0);
    store = store_open("file:x?mode=memory", STORE_WRITE, NULL);
    cr_assert(store != NULL);
    store_close(store);
    cr_expect(access("file:x?mode=memory", F_OK) == 0);
}
