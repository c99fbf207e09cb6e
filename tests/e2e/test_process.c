/* The dashboard as a process in a terminal: how it starts, what it does to its terminal and to this
   machine, and that every way out leaves both whole. */
#include "tests/e2e/session.h"
#include "tui/exit_code.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDE = 120, HIGH = 40, QUIT_MS = 10000 };

static struct child_home home;
static struct screen *screen;

static void set_up(void)
{
    struct error error;
    cr_assert(child_home_make(&home, &error), "%s", error.message);
}

static void tear_down(void)
{
    screen_free(screen);
    screen = NULL;
    child_home_remove(&home);
}

TestSuite(process, .init = set_up, .fini = tear_down, .timeout = 120);

static void start(char *const *argv, const char *term, const char *const *environment, int width,
                  int height)
{
    struct screen_options options = {.argv = argv,
                                     .home = &home,
                                     .environment = environment,
                                     .term = term,
                                     .width = width,
                                     .height = height};
    struct error error;
    screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
}

static void start_demo_as(const char *term, const char *const *environment, int width, int height)
{
    char *argv[] = {(char *)child_program(), "--demo", NULL};
    cr_assert_not_null(argv[0]);
    start(argv, term, environment, width, height);
}

static void start_demo(void)
{
    start_demo_as(NULL, NULL, WIDE, HIGH);
}

#define SHOWS(text) cr_assert(screen_wait_text(screen, text, SCREEN_LIMIT_MS))

static void expect_whole(void)
{
    struct error error = {""};
    cr_expect(screen_is_whole(screen, &error), "%s", error.message);
}

/* --- the demo's temporary folder --------------------------------------------- */

/* How many there are: TMPDIR is this test's home. */
static int count_demo_folders(void)
{
    DIR *folder = opendir(home.path);
    cr_assert_not_null(folder);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strncmp(entry->d_name, "bridgetop-demo-", strlen("bridgetop-demo-")) == 0;
    (void)closedir(folder);
    return count;
}

/* --- start ------------------------------------------------------------------ */

/* Whether the row below the column's title begins with a digit there, or a text. */
static bool has_row_below(struct screen *shown, const char *title)
{
    int x;
    int y = screen_row_with(shown, title, &x);
    if (y < 0)
        return false;
    int filled = 0;
    for (size_t i = 0; i < strlen(title); i++) {
        uint32_t character = screen_cell(shown, x + (int)i, y + 1).character;
        filled += character != 0 && character != ' ';
    }
    return filled > 0;
}

/* A row in each of the four panes. */
static bool is_filled(struct screen *shown, const void *context)
{
    (void)context;
    return has_row_below(shown, "STATE") && has_row_below(shown, "SEQ") &&
           has_row_below(shown, "STATUS") && has_row_below(shown, "VERIFIED");
}

Test(process, the_demo_fills_all_panes_by_itself)
{
    start_demo();
    cr_assert(
        screen_wait_for(screen, is_filled, NULL, "a row in each of four panes", SCREEN_LIMIT_MS));
    cr_expect(screen_is_alternate(screen));
    SHOWS("DEMO");
    SHOWS("API ok");
    SHOWS("listening 127.0.0.1:");
    cr_assert(screen_wait_row(screen, "1 Endpoints", " 4 ─┐", SCREEN_LIMIT_MS));
    SHOWS("disabled");
    SHOWS("verified");
    SHOWS("not genuine"); /* the one whose key is not its own */
    SHOWS("payment_");
    cr_expect_eq(count_demo_folders(), 1);
}

Test(process, without_a_listener_it_only_looks)
{
    char *argv[] = {(char *)child_program(), "--demo", "--listen", "none", NULL};
    cr_assert_not_null(argv[0]);
    start(argv, NULL, NULL, WIDE, HIGH);
    cr_assert(screen_wait_row(screen, "1 Endpoints", " 4 ─┐", SCREEN_LIMIT_MS));
    SHOWS("no listener");
    SHOWS("There is no listener (--listen none).");
}

/* glibc reserves 64 MB of addresses for a heap of a thread's own, behind what is used of them. */
static size_t heaps_of_threads(pid_t pid)
{
    enum { RESERVED = 64 * 1024 * 1024 };
    char path[64], line[512], *end;
    unsigned long used_from = 1, used_to = 0;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    cr_assert_not_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) { /* "7f00-7f40 rw-p …" */
        unsigned long from = strtoul(line, &end, 16);
        unsigned long to = strtoul(end + (*end == '-'), &end, 16);
        count += strncmp(end, " ---p ", 6) == 0 && from == used_to && used_from % RESERVED == 0 &&
                 to == used_from + RESERVED;
        used_from = strncmp(end, " rw-p ", 6) == 0 ? from : 1;
        used_to = to;
    }
    (void)fclose(maps);
    return count;
}

/* Each would keep for itself what one comparison of all events once needed. */
Test(process, its_threads_share_one_heap)
{
    start_demo();
    SHOWS("API ok");
    SHOWS("4 Live");
    cr_expect_eq(heaps_of_threads(screen_pid(screen)), 0U);
}

/* --- ways out --------------------------------------------------------------- */

static void expect_clean_end(const char *way)
{
    cr_expect_eq(screen_wait_exit(screen, QUIT_MS), EXIT_CODE_OK, "%s", way);
    cr_expect_eq(count_demo_folders(), 0, "%s: the demo's folder is gone", way);
}

static void expect_key_ends(const char *keys)
{
    start_demo();
    SHOWS("API ok");
    cr_assert(screen_keys(screen, keys));
    expect_clean_end(keys);
    expect_whole();
}

Test(process, q_leaves_the_terminal_whole)
{
    expect_key_ends("q");
}

Test(process, ctrl_c_leaves_the_terminal_whole)
{
    expect_key_ends("\x03");
}

Test(process, ctrl_c_quits_from_anywhere)
{
    expect_key_ends("?\x03");
    screen_free(screen);
    expect_key_ends("/abc\x03");
    screen_free(screen);
    expect_key_ends("c\x03");
}

static void expect_signal_ends(int number, const char *name)
{
    start_demo();
    SHOWS("API ok");
    cr_assert_eq(kill(screen_pid(screen), number), 0);
    expect_clean_end(name);
    expect_whole();
}

Test(process, sigterm_leaves_the_terminal_whole)
{
    expect_signal_ends(SIGTERM, "SIGTERM");
}

Test(process, sighup_leaves_the_terminal_whole)
{
    expect_signal_ends(SIGHUP, "SIGHUP");
}

Test(process, sigint_leaves_the_terminal_whole)
{
    expect_signal_ends(SIGINT, "SIGINT");
}

Test(process, a_closed_terminal_ends_it)
{
    start_demo();
    SHOWS("API ok");
    screen_hang_up(screen);
    expect_clean_end("hang-up");
}

Test(process, a_crash_gives_the_terminal_back)
{
    start_demo();
    SHOWS("API ok");
    cr_assert_eq(kill(screen_pid(screen), SIGABRT), 0);
    int code = screen_wait_exit(screen, QUIT_MS);
    cr_expect_eq(code, 128 + SIGABRT, "it does not hide that it crashed: %d", code);
    expect_whole();
}

/* --- suspend ---------------------------------------------------------------- */

static void start_shell(void)
{
    static const char *const PROMPT[] = {"PS1=ready> ", NULL};
    static char *const ARGV[] = {"bash", "--norc", "--noprofile", "-i", NULL};
    start(ARGV, NULL, PROMPT, WIDE, HIGH);
    SHOWS("ready>");
    cr_assert(screen_keys(screen, "stty -g >before\r"));
}

static void type_program(const char *before, const char *after)
{
    char line[4300];
    cr_assert_not_null(child_program());
    (void)snprintf(line, sizeof line, "%s%s%s\r", before, child_program(), after);
    cr_assert(screen_keys(screen, line));
    SHOWS("API ok");
}

/* The shell is back, its screen and modes are as before, and the job is stopped. */
static void expect_stopped(void)
{
    SHOWS("Stopped");
    cr_expect_not(screen_is_alternate(screen));
    cr_assert(
        screen_keys(screen, "clear; stty -g >after; cmp before after && echo modes are sa''me\r"));
    SHOWS("modes are same");
}

static void expect_back(void)
{
    cr_assert(screen_keys(screen, "fg\r"));
    SHOWS("1 Endpoints");
    SHOWS("4 Live");
    SHOWS("API ok");
    cr_expect(screen_is_alternate(screen));
    cr_assert(screen_keys(screen, "?"));
    SHOWS(" Help "); /* keys arrive */
    cr_assert(screen_keys(screen, "q"));
    cr_assert(screen_wait_no_text(screen, " Help ", SCREEN_LIMIT_MS));
}

static void quit_and_leave_the_shell(void)
{
    cr_assert(screen_keys(screen, "q"));
    SHOWS("ready>");
    cr_assert(screen_keys(screen, "echo code $?; exit\r"));
    cr_expect_eq(screen_wait_exit(screen, QUIT_MS), 0);
    cr_expect(screen_has(screen, "code 0"));
    expect_whole();
    cr_expect_eq(count_demo_folders(), 0);
}

static bool shows_pid(struct screen *shown, const void *context)
{
    (void)context;
    return strstr(screen_text(shown), "\npid=") != NULL;
}

/* The pid of the one job of the shell. */
static pid_t job_pid(void)
{
    cr_assert(screen_keys(screen, "clear; echo; echo pid=$(jobs -p)\r"));
    cr_assert(screen_wait_for(screen, shows_pid, NULL, "the job's pid", SCREEN_LIMIT_MS));
    const char *at = strstr(screen_text(screen), "\npid=");
    cr_assert_not_null(at);
    long pid = strtol(at + strlen("\npid="), NULL, 10);
    cr_assert_gt(pid, 1, "%s", at);
    return (pid_t)pid;
}

Test(process, ctrl_z_suspends_and_fg_returns)
{
    start_shell();
    type_program("", " --demo");
    for (int round = 0; round < 2; round++) {
        cr_assert(screen_keys(screen, "\x1a"));
        expect_stopped();
        expect_back();
    }
    quit_and_leave_the_shell();
}

Test(process, ctrl_z_stops_what_started_it_too)
{
    start_shell();
    /* As make does it. */
    type_program("sh -c '\"$0\" --demo; echo went on' ", "");
    cr_assert(screen_keys(screen, "\x1a"));
    expect_stopped();
    expect_back();
    cr_assert(screen_keys(screen, "q"));
    SHOWS("went on");
    cr_assert(screen_keys(screen, "exit\r"));
    cr_expect_eq(screen_wait_exit(screen, QUIT_MS), 0);
    expect_whole();
}

Test(process, stops_by_signals_from_outside_too)
{
    start_shell();
    type_program("", " --demo");
    cr_assert(screen_keys(screen, "\x1a"));
    expect_stopped();
    pid_t pid = job_pid();
    expect_back();
    cr_assert_eq(kill(pid, SIGTSTP), 0);
    expect_stopped();
    expect_back();
    quit_and_leave_the_shell();
}

Test(process, is_killed_while_suspended)
{
    start_shell();
    type_program("", " --demo");
    cr_assert(screen_keys(screen, "\x1a"));
    expect_stopped();
    pid_t pid = job_pid();
    cr_assert_eq(kill(pid, SIGTERM), 0); /* as the shell's `kill %1` does */
    cr_assert_eq(kill(pid, SIGCONT), 0);
    cr_assert(screen_keys(screen, "clear; wait; echo en''ded\r"));
    SHOWS("ended");
    cr_expect_not(screen_is_alternate(screen), "it does not take the screen of the shell");
    cr_expect_eq(count_demo_folders(), 0);
    cr_assert(screen_keys(screen, "exit\r"));
    cr_expect_eq(screen_wait_exit(screen, QUIT_MS), 0);
    expect_whole();
}

/* --- sizes ------------------------------------------------------------------ */

/* The footer ends in the last row, and a pane's frame in the last column, some rows above. */
static bool fits(struct screen *shown, const void *context)
{
    (void)context;
    int width, height;
    screen_size(shown, &width, &height);
    bool framed = false;
    for (int above = 2; above < 5; above++)
        framed = framed || screen_cell(shown, width - 1, height - 1 - above).character == 0x2518;
    return framed && strstr(screen_row(shown, height - 1), "q quit") != NULL;
}

static void resize_and_expect(int width, int height)
{
    char what[64];
    screen_resize(screen, width, height);
    (void)snprintf(what, sizeof what, "a frame that fits %d x %d", width, height);
    cr_assert(screen_wait_for(screen, fits, NULL, what, SCREEN_LIMIT_MS));
}

static bool has_more_than(struct screen *shown, const void *bytes)
{
    return screen_bytes(shown) > *(const size_t *)bytes;
}

Test(process, takes_any_size_on_the_way)
{
    start_demo();
    SHOWS("API ok");
    resize_and_expect(80, 24);
    SHOWS("2 Upcoming"); /* a tab */
    cr_expect_eq(screen_row_with(screen, "SEQ", NULL), -1, "one pane at a time");
    resize_and_expect(300, 100);
    cr_assert(screen_wait_for(screen, is_filled, NULL, "all panes", SCREEN_LIMIT_MS));

    screen_resize(screen, 30, 5);
    SHOWS("needs 40");
    size_t before = screen_bytes(screen);
    screen_resize(screen, 1, 1);
    cr_assert(screen_wait_for(screen, has_more_than, &before, "a frame of 1 x 1", SCREEN_LIMIT_MS));
    resize_and_expect(120, 40);
    cr_assert(screen_wait_for(screen, is_filled, NULL, "all panes", SCREEN_LIMIT_MS));

    cr_assert(screen_keys(screen, "q"));
    expect_clean_end("q after resizes");
    expect_whole();
}

Test(process, a_burst_of_sizes_ends_in_the_last)
{
    start_demo();
    SHOWS("API ok");
    for (int i = 0; i < 50; i++)
        screen_resize(screen, 61 + i, 16 + i);
    resize_and_expect(150, 45);
    cr_assert(screen_keys(screen, "q"));
    expect_clean_end("q after a burst");
    expect_whole();
}

/* --- terminals and locales ----------------------------------------------------- */

static int count_colored_cells(void)
{
    int width, height;
    screen_size(screen, &width, &height);
    int count = 0;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            struct screen_cell cell = screen_cell(screen, x, y);
            count += !cell.default_foreground || !cell.default_background;
        }
    }
    return count;
}

static void expect_views(void (*check)(const char *view))
{
    cr_assert(screen_wait_for(screen, is_filled, NULL, "all panes", SCREEN_LIMIT_MS));
    check("panes");
    cr_assert(screen_keys(screen, "?"));
    SHOWS(" Help ");
    check("help");
    cr_assert(screen_keys(screen, "q1"));
    cr_assert(screen_wait_no_text(screen, " Help ", SCREEN_LIMIT_MS));
    cr_assert(screen_keys(screen, "D"));
    SHOWS("last 4 characters");
    check("dialog");
    cr_assert(screen_press(screen, SCREEN_ESCAPE));
    cr_assert(screen_wait_no_text(screen, "last 4 characters", SCREEN_LIMIT_MS));
    cr_assert(screen_press(screen, SCREEN_ENTER));
    SHOWS("BEGIN PUBLIC KEY");
    check("detail");
    cr_assert(screen_keys(screen, "qq"));
}

static void check_no_color(const char *view)
{
    cr_expect_eq(count_colored_cells(), 0, "in %s", view);
}

Test(process, no_color_means_none)
{
    start_demo_as(NULL, (const char *const[]){"NO_COLOR=1", NULL}, WIDE, HIGH);
    expect_views(check_no_color);
    expect_clean_end("q");
    expect_whole();
}

Test(process, an_empty_no_color_means_nothing)
{
    start_demo_as(NULL, (const char *const[]){"NO_COLOR=", NULL}, WIDE, HIGH);
    SHOWS("API ok");
    cr_expect_gt(count_colored_cells(), 0);
}

/* --- themes ------------------------------------------------------------------- */

static void start_in_theme(const char *theme)
{
    char *argv[] = {(char *)child_program(), "--demo", "--theme", (char *)theme, NULL};
    cr_assert_not_null(argv[0]);
    start(argv, NULL, NULL, WIDE, HIGH);
    SHOWS("API ok");
}

/* The foreground of the word, which has the role of what is well. */
static bool has_color(struct screen *shown, const void *color)
{
    int x;
    int y = screen_row_with(shown, "API ok", &x);
    struct screen_cell cell = screen_cell(shown, x, y);
    return y >= 0 && !cell.default_foreground && memcmp(cell.foreground, color, 3) == 0;
}

static const uint8_t GREEN_ON_EITHER[3] = {0, 135, 0};
static const uint8_t GREEN_ON_DARK[3] = {135, 215, 135};
static const uint8_t GREEN_ON_LIGHT[3] = {0, 95, 0};

Test(process, themes_differ)
{
    start_in_theme("dark");
    cr_expect(has_color(screen, GREEN_ON_DARK));
    cr_expect_not(screen_sent(screen, "\033]11;?"), "nobody asks when it is said");
    screen_free(screen);
    start_in_theme("light");
    cr_expect(has_color(screen, GREEN_ON_LIGHT));
    screen_free(screen);
    start_in_theme("mono");
    cr_expect_eq(count_colored_cells(), 0);
    screen_free(screen);
    start_in_theme("contrast");
    int width, height;
    screen_size(screen, &width, &height);
    cr_expect_eq(count_colored_cells(), width * height, "on a background of its own");
}

static void expect_color(const uint8_t color[3], const char *why)
{
    cr_expect(screen_wait_for(screen, has_color, color, why, SCREEN_LIMIT_MS));
}

Test(process, the_terminals_answer_chooses_the_theme)
{
    start_demo();
    SHOWS("API ok");
    cr_expect(screen_sent(screen, "\033]11;?\033\\"));
    cr_expect(has_color(screen, GREEN_ON_EITHER), "before it has answered");
    cr_assert(screen_keys(screen, "\033]11;rgb:fdfd/f6f6/e3e3\033\\"));
    expect_color(GREEN_ON_LIGHT, "the light theme");
    cr_assert(screen_keys(screen, "\033]11;rgb:00/2b/36\007"));
    expect_color(GREEN_ON_DARK, "the dark theme");
    cr_assert(screen_keys(screen, "q"));
    expect_clean_end("q");
    expect_whole();
}

Test(process, an_answer_nobody_asked_for_changes_nothing)
{
    start_in_theme("dark");
    cr_assert(screen_keys(screen, "\033]11;rgb:ff/ff/ff\007?"));
    SHOWS(" Help ");
    cr_expect(has_color(screen, GREEN_ON_DARK));
}

Test(process, colorfgbg_is_a_hint)
{
    start_demo_as(NULL, (const char *const[]){"COLORFGBG=0;15", NULL}, WIDE, HIGH);
    SHOWS("API ok");
    cr_expect(has_color(screen, GREEN_ON_LIGHT));
    cr_assert(screen_keys(screen, "\033]11;rgb:00/00/00\007"));
    expect_color(GREEN_ON_DARK, "the dark theme");
}

Test(process, no_color_wins_over_a_theme)
{
    char *argv[] = {(char *)child_program(), "--demo", "--theme", "contrast", NULL};
    start(argv, NULL, (const char *const[]){"NO_COLOR=1", NULL}, WIDE, HIGH);
    SHOWS("API ok");
    cr_expect_eq(count_colored_cells(), 0);
}

/* --- locales ------------------------------------------------------------------- */

static void check_ascii(const char *view)
{
    for (const char *text = screen_text(screen); *text != '\0'; text++)
        cr_assert((unsigned char)*text < 0x80, "in %s:\n%s", view, screen_text(screen));
}

static bool is_filled_in_ascii(void)
{
    return screen_has(screen, "+-") && screen_has(screen, "| ");
}

Test(process, without_utf_8_it_draws_ascii)
{
    start_demo_as(NULL, (const char *const[]){"LANG=C", NULL}, WIDE, HIGH);
    expect_views(check_ascii);
    expect_clean_end("q");
    expect_whole();
}

Test(process, lc_all_counts_more_than_lang)
{
    start_demo_as(NULL, (const char *const[]){"LC_ALL=POSIX", NULL}, WIDE, HIGH);
    SHOWS("API ok");
    check_ascii("panes");
    cr_expect(is_filled_in_ascii());
}

static void check_nothing(const char *view)
{
    (void)view;
}

/* terminfo's names of other terminals than the usual one. What they draw differs, not what is
   shown. */
static void expect_works_on(const char *term, bool colored)
{
    start_demo_as(term, NULL, WIDE, HIGH);
    expect_views(check_nothing);
    expect_clean_end(term);
    expect_whole();
    screen_free(screen);

    start_demo_as(term, NULL, WIDE, HIGH);
    SHOWS("API ok");
    cr_expect_eq(count_colored_cells() > 0, colored, "%s", term);
    screen_free(screen);
    screen = NULL;
}

Test(process, works_on_a_vt100)
{
    expect_works_on("vt100", false);
}

Test(process, works_on_the_linux_console)
{
    expect_works_on("linux", true);
}

Test(process, works_in_screen)
{
    expect_works_on("screen-256color", true);
}

Test(process, works_in_tmux)
{
    expect_works_on("tmux-256color", true);
}

Test(process, works_on_a_plain_xterm)
{
    expect_works_on("xterm", true);
}
