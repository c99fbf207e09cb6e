/* The API key goes to the API, and is nowhere else: not on the screen, not in a file, not where
   other programs of this user could read it. */
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "sk-test-of-a-session" /* the session's */

static struct session session;

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(secrets, .fini = tear_down, .timeout = 100);

enum { FILE_MAX = 4 * 1024 * 1024, DESCRIPTORS = 16 };

/* A whole file in `bytes`; -1 when it cannot be read. */
static ssize_t read_file(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    size_t length = fread(bytes, 1, size, file);
    (void)fclose(file);
    return (ssize_t)length;
}

static ssize_t read_proc(const char *name, char *bytes, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)screen_pid(session.screen), name);
    return read_file(path, bytes, size);
}

static size_t files_seen;

static int look_into(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)where;
    if (kind != FTW_F)
        return 0;
    char *bytes = malloc(FILE_MAX);
    cr_assert_not_null(bytes);
    ssize_t length = read_file(path, bytes, FILE_MAX);
    cr_assert(length >= 0 && length < FILE_MAX, "%s", path);
    cr_expect_null(memmem(bytes, (size_t)length, KEY, strlen(KEY)), "the key is in %s", path);
    free(bytes);
    files_seen++;
    return 0;
}

static void visit_views(void)
{
    cr_assert(session_keys_show(&session, "?", " Help "));
    cr_assert(session_keys_hide(&session, "q", " Help "));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "BEGIN PUBLIC KEY"));
    cr_assert(session_keys_hide(&session, "q", "BEGIN PUBLIC KEY"));
    cr_assert(session_keys_show(&session, "4", "✓ verified"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "▾ Verification"));
    cr_assert(session_keys_show(&session, "G", "X-Webhook-Signature"));
    cr_assert(session_keys_hide(&session, "q1", "X-Webhook-Signature"));
}

Test(secrets, the_key_is_nowhere)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){0});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    session_event(&session, "transfer", event);
    cr_assert(session_shows(&session, "✓ verified"));
    visit_views();

    /* Errors quote what went wrong. */
    cr_assert(sandbox_client_fault(session.sandbox, "{\"kind\":\"html\",\"count\":1000}"));
    cr_assert(session_keys_show(&session, "R", "API fails"));
    cr_assert(sandbox_client_fault(session.sandbox, "{\"kind\":\"none\"}"));
    cr_assert(session_shows(&session, "API ok"));
    session_api_stop(&session);
    cr_assert(session_keys_show(&session, "R", "API fails"));

    char bytes[65536];
    ssize_t length = read_proc("cmdline", bytes, sizeof bytes);
    cr_assert_gt(length, 0);
    cr_expect_null(memmem(bytes, (size_t)length, KEY, strlen(KEY)), "in the arguments");
    length =
        read_proc("environ", bytes, sizeof bytes); /* who may not read it is kept out as well */
    if (length > 0)
        cr_expect_null(memmem(bytes, (size_t)length, KEY, strlen(KEY)), "in the environment");

    cr_expect_eq(nftw(session.home.path, look_into, DESCRIPTORS, FTW_PHYS), 0);
    cr_expect_gt(files_seen, 0U, "the store at least");
    cr_expect_not(screen_sent(session.screen, KEY), "it was on the screen");
    session_quit(&session);
    cr_expect_eq(nftw(session.home.path, look_into, DESCRIPTORS, FTW_PHYS), 0);
}

Test(secrets, a_crash_leaves_no_core)
{
    session_begin(&session, (struct session_options){0});
    session_open(&session, NULL);
    char limits[4096];
    ssize_t length = read_proc("limits", limits, sizeof limits - 1);
    cr_assert_gt(length, 0);
    limits[length] = '\0';
    const char *line = strstr(limits, "Max core file size");
    cr_assert_not_null(line);
    char soft[32], hard[32];
    cr_assert_eq(sscanf(line, "Max core file size %31s %31s", soft, hard), 2);
    cr_expect_str_eq(soft, "0");
    cr_expect_str_eq(hard, "0");
}

Test(secrets, the_store_is_this_users_alone)
{
    session_begin(&session, (struct session_options){0});
    session_open(&session, NULL);
    char path[256];
    struct stat info;
    cr_assert_eq(stat(child_home_path(&session.home, "store.db", path, sizeof path), &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600, "%o", info.st_mode);
}
