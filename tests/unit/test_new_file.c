/* Files that appear whole or not at all. */
#include "api/new_file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[128];
static struct error error;
static struct new_file file;

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

static void set_up(void)
{
    strcpy(folder, "/tmp/bridgetop-file-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/events.har", folder);
}

static void tear_down(void)
{
    (void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(new_file, .init = set_up, .fini = tear_down, .timeout = 20);

static int entries(const char *of)
{
    DIR *all = opendir(of);
    int count = -2;
    cr_assert_not_null(all);
    while (readdir(all) != NULL)
        count++;
    closedir(all);
    return count;
}

static void put(const char *at, const char *text)
{
    FILE *plain = fopen(at, "w");
    cr_assert(plain != NULL && fputs(text, plain) >= 0 && fclose(plain) == 0);
}

static const char *content(const char *at)
{
    static char text[64];
    FILE *plain = fopen(at, "r");
    cr_assert_not_null(plain);
    size_t length = fread(text, 1, sizeof text - 1, plain);
    text[length] = '\0';
    fclose(plain);
    return text;
}

static enum new_file_result begin(bool replace)
{
    return new_file_begin(&file, path, false, replace, 1, &error);
}

Test(new_file, is_there_once_it_is_whole_and_only_for_its_owner)
{
    struct stat status;
    cr_assert_eq(begin(false), NEW_FILE_OK, "%s", error.message);
    cr_assert(new_file_write(&file, "abc", 3, &error));
    cr_expect_neq(access(path, F_OK), 0, "not before it is whole");
    cr_assert_eq(new_file_commit(&file, &error), NEW_FILE_OK, "%s", error.message);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600U);
    cr_expect_str_eq(content(path), "abc");
    cr_expect_eq(entries(folder), 1);
}

Test(new_file, leaves_nothing_when_it_is_abandoned)
{
    cr_assert_eq(begin(false), NEW_FILE_OK);
    cr_assert(new_file_write(&file, "abc", 3, &error));
    new_file_abandon(&file);
    cr_expect_eq(entries(folder), 0);
}

Test(new_file, replaces_only_when_told)
{
    put(path, "old");
    cr_expect_eq(begin(false), NEW_FILE_EXISTS);
    cr_expect_eq(strncmp(error.message, "3 bytes, written ", 17), 0, "%s", error.message);
    cr_assert_eq(begin(true), NEW_FILE_OK);
    cr_assert(new_file_write(&file, "new", 3, &error));
    cr_assert_eq(new_file_commit(&file, &error), NEW_FILE_OK);
    cr_expect_str_eq(content(path), "new");
    cr_expect_eq(entries(folder), 1);
}

Test(new_file, does_not_replace_what_came_meanwhile)
{
    cr_assert_eq(begin(false), NEW_FILE_OK);
    put(path, "other");
    cr_expect_eq(new_file_commit(&file, &error), NEW_FILE_EXISTS);
    cr_expect_str_eq(content(path), "other");
    cr_expect_eq(entries(folder), 1);
}

Test(new_file, follows_no_link)
{
    char other[128];
    (void)snprintf(other, sizeof other, "%s/other", folder);
    put(other, "kept");
    cr_assert_eq(symlink("other", path), 0);
    cr_expect_eq(begin(false), NEW_FILE_EXISTS);
    cr_assert_eq(begin(true), NEW_FILE_OK);
    cr_assert(new_file_write(&file, "new", 3, &error));
    cr_assert_eq(new_file_commit(&file, &error), NEW_FILE_OK);
    cr_expect_str_eq(content(other), "kept");
    cr_expect_str_eq(content(path), "new");
}

Test(new_file, says_plainly_what_is_in_the_way)
{
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(begin(true), NEW_FILE_FAILED);
    cr_expect_str_eq(error.message, "events.har is a folder");
    (void)snprintf(path, sizeof path, "%s/none/a", folder);
    cr_expect_eq(begin(false), NEW_FILE_FAILED);
    cr_expect_not_null(strstr(error.message, "there is no such folder"), "%s", error.message);
    (void)snprintf(path, sizeof path, "%s/", folder);
    cr_expect_eq(begin(false), NEW_FILE_FAILED);
    cr_expect_not_null(strstr(error.message, "name a file in it"), "%s", error.message);
    (void)snprintf(path, sizeof path, "%s/pipe", folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(begin(true), NEW_FILE_FAILED);
    cr_expect_str_eq(error.message, "pipe is no ordinary file");
}

Test(new_file, a_full_disk_leaves_nothing)
{
    if (access("/dev/full", W_OK) != 0)
        cr_skip_test("no /dev/full");
    cr_assert_eq(begin(false), NEW_FILE_OK);
    FILE *real = file.file;
    file.file = fopen("/dev/full", "w");
    cr_assert_not_null(file.file);
    cr_assert(new_file_write(&file, "abc", 3, &error), "it is buffered");
    cr_expect_eq(new_file_commit(&file, &error), NEW_FILE_FAILED);
    cr_expect_not_null(strstr(error.message, "the disk is full"), "%s", error.message);
    fclose(real);
    cr_expect_eq(entries(folder), 0);
}

Test(new_file, a_folder_of_files_comes_whole_or_not_at_all)
{
    struct stat status;
    char inside[160];
    for (int round = 0; round < 2; round++) {
        cr_assert_eq(new_file_begin(&file, path, true, false, 1, &error), NEW_FILE_OK);
        cr_assert(new_file_next(&file, "1.json", &error));
        cr_assert(new_file_write(&file, "1", 1, &error));
        cr_assert(new_file_next(&file, "2.json", &error));
        cr_expect_neq(access(path, F_OK), 0);
        if (round == 0)
            new_file_abandon(&file);
        else
            cr_assert_eq(new_file_commit(&file, &error), NEW_FILE_OK, "%s", error.message);
        cr_expect_eq(entries(folder), round);
    }
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0700U);
    cr_expect_eq(entries(path), 2);
    (void)snprintf(inside, sizeof inside, "%s/1.json", path);
    cr_expect_str_eq(content(inside), "1");
    cr_expect_eq(new_file_begin(&file, path, true, true, 1, &error), NEW_FILE_FAILED);
}
