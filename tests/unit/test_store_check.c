/* Whether a store's file is well, as a person is told. */
#include "api/store_check.h"
#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT_MS = 20 * 1000 };

TestSuite(store_check, .init = place_make, .fini = place_remove, .timeout = 60);

static void expect(const char *path, bool held, enum check_tone tone, const char *words)
{
    struct check_line lines[STORE_CHECK_LINES_MAX];
    size_t count = store_check(path, held, LIMIT_MS, lines);
    cr_assert_geq(count, 1);
    cr_expect_str_eq(lines[0].what, "store");
    cr_expect_eq(lines[0].tone, tone, "%s", lines[0].text);
    cr_expect_not_null(strstr(lines[0].text, words), "%s", lines[0].text);
    cr_expect_eq(lines[0].remedy[0] != '\0', tone != CHECK_OK, "%s", lines[0].remedy);
}

static void fill(size_t rows)
{
    struct store *store = place_open(STORE_WRITE);
    char body[64];
    place_begin(store);
    for (size_t i = 0; i < rows; i++) {
        (void)snprintf(body, sizeof body, "body %zu", i);
        (void)place_insert_body(store, body, VERDICT_GENUINE);
    }
    place_commit(store);
    store_close(store);
}

Test(store_check, one_that_is_not_there_yet_is_well_and_is_not_made)
{
    struct stat status;
    expect(place.path, false, CHECK_OK, "not there yet");
    cr_expect_neq(stat(place.path, &status), 0, "nothing is made");
    char below[200];
    (void)snprintf(below, sizeof below, "%s/not/there/store.db", place.directory);
    expect(below, false, CHECK_OK, "not there yet");
}

Test(store_check, a_sound_one_is_counted)
{
    fill(3);
    expect(place.path, false, CHECK_OK, "3 deliveries, sound");
}

/* While it is in use, too. */
Test(store_check, one_that_is_in_use_is_looked_at)
{
    fill(2);
    struct store *store = place_open(STORE_WRITE);
    place_begin(store);
    (void)place_insert_body(store, "more", VERDICT_GENUINE);
    expect(place.path, true, CHECK_OK, "2 deliveries, sound");
    place_commit(store);
    store_close(store);
}

Test(store_check, of_a_large_one_as_much_is_read_as_time_allows)
{
    struct check_line lines[STORE_CHECK_LINES_MAX];
    fill(5000);
    (void)store_check(place.path, false, 0, lines);
    cr_expect_eq(lines[0].tone, CHECK_OK, "%s", lines[0].text);
    cr_expect_not_null(strstr(lines[0].text, "no fault found in 0 s"), "%s", lines[0].text);
}

Test(store_check, an_older_one_says_so)
{
    fill(1);
    place_execute_in_file("PRAGMA user_version = 2");
    expect(place.path, false, CHECK_OK, "of an older version");
}

/* Pages of its middle, so that it still opens. */
Test(store_check, a_damaged_one_is_bad)
{
    fill(3000);
    FILE *file = fopen(place.path, "r+");
    cr_assert(file != NULL && fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    cr_assert(size > 100 * 1024 && fseek(file, size / 2, SEEK_SET) == 0);
    for (long i = 0; i < size / 3; i++)
        (void)fputc(0xa5, file);
    cr_assert_eq(fclose(file), 0);
    struct check_line lines[STORE_CHECK_LINES_MAX];
    (void)store_check(place.path, false, LIMIT_MS, lines);
    cr_expect_eq(lines[0].tone, CHECK_BAD, "%s", lines[0].text);
    cr_expect_neq(lines[0].remedy[0], '\0');
}

Test(store_check, what_is_no_store_is_bad)
{
    FILE *file = fopen(place.path, "w");
    cr_assert(file != NULL && fputs("not a database, whatever its name", file) >= 0 &&
              fclose(file) == 0);
    expect(place.path, false, CHECK_BAD, "left alone");
    expect(place.directory, false, CHECK_BAD, "directory");
}

Test(store_check, one_that_cannot_be_written_is_bad_unless_another_process_does)
{
    if (geteuid() == 0)
        cr_skip_test("root may write everything");
    fill(1);
    cr_assert_eq(chmod(place.path, 0400), 0);
    expect(place.path, false, CHECK_BAD, "cannot write it");
    expect(place.path, true, CHECK_OK, "sound");
}
