/* Exports of the real program: what is on disk afterwards, and what is not. */
#include "tests/bench/store_fill.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FEW = 40, MANY = 60000 };

static struct session session;
static char out[256]; /* a folder of the home's for what is exported */
static char file[320];

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(export, .fini = tear_down, .timeout = 120);

/* Pane 4 in focus over a store of so many arrivals. */
static void start(size_t rows)
{
    static char store[256];
    struct error error = {0};
    session_begin(&session, (struct session_options){.width = 100, .height = 30});
    (void)child_home_path(&session.home, "store.db", store, sizeof store);
    (void)child_home_path(&session.home, "out", out, sizeof out);
    (void)snprintf(file, sizeof file, "%s/events.jsonl", out);
    cr_assert_eq(mkdir(out, 0700), 0);
    struct store_fill fill = {
        .seed = 5, .rows = rows, .newest_ms = INT64_C(1714672099465), .step_ms = 1000};
    cr_assert(store_fill(store, &fill, &error), "%s", error.message);
    session_open(&session, (const char *const[]){"--db", store, NULL});
    cr_assert(session_keys_show(&session, "4", "4 Live"));
}

static int entries(void)
{
    DIR *all = opendir(out);
    int count = -2;
    cr_assert_not_null(all);
    while (readdir(all) != NULL)
        count++;
    closedir(all);
    return count;
}

static int lines(const char *path)
{
    FILE *from = fopen(path, "r");
    int count = 0;
    cr_assert_not_null(from);
    for (int c = getc(from); c != EOF; c = getc(from))
        count += c == '\n';
    fclose(from);
    return count;
}

static bool has(const char *path, const char *text)
{
    static char content[1024 * 1024];
    FILE *from = fopen(path, "r");
    cr_assert_not_null(from);
    size_t length = fread(content, 1, sizeof content - 1, from);
    fclose(from);
    content[length] = '\0';
    return strstr(content, text) != NULL;
}

Test(export, writes_for_its_owner_alone_and_asks_before_it_replaces)
{
    struct stat status;
    start(FEW);
    cr_assert(
        session_keys_show(&session, ":export jsonl out/events.jsonl\r", "exported 40 events"));
    cr_assert_eq(stat(file, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600U);
    cr_expect_eq(lines(file), FEW);
    cr_expect(has(file, "\"masked\":true"));
    cr_assert(session_keys_show(&session, ":export har out/events.jsonl\r", "replace it"));
    cr_expect(session_keys_show(&session, "n", "nothing exported"));
    cr_expect_eq(lines(file), FEW, "it is as it was");
    cr_assert(session_keys_show(&session, ":export har out/events.jsonl\r", "replace it"));
    cr_assert(session_keys_show(&session, "y", "exported 40 events"));
    cr_expect(has(file, "\"version\":\"1.2\""));
    cr_expect_eq(entries(), 1);
}

Test(export, follows_no_link)
{
    char other[320];
    start(FEW);
    (void)snprintf(other, sizeof other, "%s/other", out);
    FILE *kept = fopen(other, "w");
    cr_assert(kept != NULL && fputs("kept", kept) >= 0 && fclose(kept) == 0);
    cr_assert_eq(symlink("other", file), 0);
    cr_assert(session_keys_show(&session, ":export jsonl out/events.jsonl\r", "a link"));
    cr_assert(session_keys_show(&session, "y", "exported 40 events"));
    cr_expect(has(other, "kept"));
    struct stat status;
    cr_assert_eq(lstat(file, &status), 0);
    cr_expect(S_ISREG(status.st_mode));
}

Test(export, takes_the_marked_and_a_file_each_into_a_new_folder)
{
    start(FEW);
    cr_assert(session_keys_show(&session, "g   x", "the 3 marked"));
    cr_assert(session_press_shows(&session, SCREEN_DOWN, "JSON lines"));
    cr_assert(screen_press(session.screen, SCREEN_LEFT));
    cr_assert(session_shows(&session, "a new folder"));
    cr_assert(screen_press(session.screen, SCREEN_DOWN));
    cr_assert(session_keys_show(&session, "\x15out/raw", "out/raw"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "exported 3 events to out/raw"));
    (void)child_home_path(&session.home, "out/raw", out, sizeof out);
    cr_expect_eq(entries(), 3);
}

Test(export, what_cannot_be_written_comes_back_to_be_put_right)
{
    start(FEW);
    cr_assert(session_keys_show(&session, "x", "─ Export"));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_assert(session_keys_show(&session, "\x15out/none/one.json", "out/none/one.json"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "nothing exported"));
    cr_expect(session_shows(&session, "out/none/one.json"));
    cr_expect(session_shows(&session, "─ Export"));
    cr_assert(session_keys_show(&session, "\x17out/one.json", "out/one.json"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "exported 1 event to out/one.json"));
    cr_expect_eq(entries(), 1);
}

Test(export, completes_a_path)
{
    start(FEW);
    char folder[320];
    (void)snprintf(folder, sizeof folder, "%s/reports", out);
    cr_assert_eq(mkdir(folder, 0700), 0);
    cr_assert(session_keys_show(&session, "x", "Export"));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_assert(session_keys_show(&session, "\x15ou", "ou"));
    cr_assert(session_press_shows(&session, SCREEN_TAB, "out/"));
    cr_assert(session_press_shows(&session, SCREEN_TAB, "out/reports/"));
}

Test(export, a_long_one_stops_and_leaves_nothing)
{
    start(MANY);
    cr_assert(session_keys_show(&session, "x", "all 60000 stored"));
    cr_assert(screen_press(session.screen, SCREEN_LEFT));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_assert(session_keys_show(&session, "\x15out/events.har", "out/events.har"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Esc stops"));
    cr_assert(session_press_shows(&session, SCREEN_ESCAPE, "export stopped"));
    cr_expect_eq(entries(), 0);
}

Test(export, quitting_ends_one_and_leaves_nothing)
{
    start(MANY);
    cr_assert(session_keys_show(&session, "x", "all 60000 stored"));
    cr_assert(screen_press(session.screen, SCREEN_LEFT));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_assert(session_keys_show(&session, "\x15out/events.har", "out/events.har"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Esc stops"));
    session_quit(&session);
    cr_expect_eq(entries(), 0);
}
