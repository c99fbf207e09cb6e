/* The harness itself: it must see what a program does to its terminal, good or bad. */
#include "tests/e2e/screen.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

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

TestSuite(harness, .init = set_up, .fini = tear_down, .timeout = 60);

static void start(const char *script)
{
    char *argv[] = {"bash", "--norc", "-c", (char *)script, NULL};
    struct screen_options options = {.argv = argv, .home = &home, .width = 40, .height = 10};
    struct error error;
    screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
}

Test(harness, shows_what_a_program_draws)
{
    start("printf '\\e[3;5H\\e[1;7;31mworld\\e[m\\e[5;1H\\xe4\\xb8\\xadZ'; read -r line");
    cr_assert(screen_wait_text(screen, "中Z", SCREEN_LIMIT_MS));

    int x;
    cr_expect_eq(screen_row_with(screen, "world", &x), 2);
    cr_expect_eq(x, 4);
    cr_expect_str_eq(screen_row(screen, 2), "    world");
    struct screen_cell cell = screen_cell(screen, 4, 2);
    cr_expect_eq(cell.character, 'w');
    cr_expect(cell.bold && cell.reverse && !cell.underline && !cell.default_foreground);

    cr_expect_eq(screen_row_with(screen, "Z", &x), 4);
    cr_expect_eq(x, 2, "a wide character takes two columns");
    cr_expect_eq(screen_cell(screen, 0, 4).width, 2);
    cr_expect_eq(screen_cell(screen, 1, 4).width, 0);
    char text[SCREEN_CELL_BYTES];
    cr_expect_str_eq(screen_cell_text(screen, 0, 4, text), "中");
    cr_expect_eq(screen_row_with(screen, "absent", NULL), -1);
}

Test(harness, types_and_gets_the_exit_code)
{
    start("read -r line; echo \"got $line in $TERM at $HOME\"; exit 7");
    cr_assert(screen_keys(screen, "hello\r"));
    cr_assert(screen_wait_text(screen, "got hello in xterm-256color", SCREEN_LIMIT_MS));
    cr_expect(screen_sent(screen, home.path));
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), 7);
    struct error error = {""};
    cr_expect(screen_is_whole(screen, &error), "%s", error.message);
}

Test(harness, answers_queries_of_the_terminal)
{
    start("stty raw -echo; printf '\\e[4;6H\\e[6n'; read -r -d R at; stty sane;"
          "echo; echo \"at ${at#*[}\"");
    cr_expect(screen_wait_text(screen, "at 4;6", SCREEN_LIMIT_MS));
}

Test(harness, resizes)
{
    start("trap 'stty size' WINCH; echo ready; while ! read -r -t 10 line; do :; done");
    cr_assert(screen_wait_text(screen, "ready", SCREEN_LIMIT_MS));
    screen_resize(screen, 100, 33);
    cr_expect(screen_keys(screen, "\r"));
    cr_expect(screen_wait_text(screen, "33 100", SCREEN_LIMIT_MS));
}

Test(harness, sees_a_signal_and_a_hang_up)
{
    start("kill -SEGV $$");
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), 128 + SIGSEGV);
    screen_free(screen);

    start("trap 'touch hung-up; exit 3' HUP; echo ready; while :; do read -r -t 10 line; done");
    cr_assert(screen_wait_text(screen, "ready", SCREEN_LIMIT_MS));
    screen_hang_up(screen);
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), 3);
}

Test(harness, a_wait_that_fails_says_so)
{
    cr_redirect_stderr();
    start("echo here; read -r line");
    cr_assert(screen_wait_text(screen, "here", SCREEN_LIMIT_MS));
    cr_expect_not(screen_wait_text(screen, "there", 50));
    cr_expect_not(screen_wait_no_text(screen, "here", 50));
    cr_expect_not(screen_wait_row(screen, "here", "there", 50));
    cr_expect_eq(screen_wait_exit(screen, 50), -1);

    char report[2048];
    (void)fflush(stderr);
    FILE *written = cr_get_redirected_stderr();
    size_t length = fread(report, 1, sizeof report - 1, written);
    report[length] = '\0';
    cr_expect_not_null(strstr(report, "waited 50 ms for \"there\" to be shown"));
    cr_expect_not_null(strstr(report, "|here\n"));
}

static void expect_left(const char *script, const char *complaint)
{
    start(script);
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), 0);
    struct error error = {"nothing"};
    bool whole = screen_is_whole(screen, &error);
    cr_expect_not(whole, "%s", script);
    cr_expect_not_null(strstr(error.message, complaint), "%s: found %s", script, error.message);
    screen_free(screen);
    screen = NULL;
}

Test(harness, finds_each_thing_that_is_left_behind)
{
    expect_left("stty -echo", "line discipline");
    expect_left("printf '\\e[?1049h'", "alternate screen");
    expect_left("printf '\\e[?25l'", "cursor");
    expect_left("printf '\\e[?1000h'", "mouse");
    expect_left("printf '\\e[1m'", "attributes");
    expect_left("printf '\\e[31m'", "colours");
    expect_left("printf '\\e[48;5;20m'", "colours");
    expect_left("printf '\\e[?2004h'", "paste");
    expect_left("printf '\\e[?1h'", "cursor keys");
    expect_left("printf '\\e[2;5r'", "scroll region");
}

Test(harness, a_program_that_cleans_up_is_whole)
{
    start("old=$(stty -g); stty -echo raw; printf "
          "'\\e[?1049h\\e[?25l\\e[?2004h\\e[?1h\\e[2;5r\\e[1;31mhi';"
          "printf '\\e[r\\e[m\\e[?1l\\e[?2004l\\e[?25h\\e[?1049l'; stty $old; exit 0");
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), 0);
    struct error error = {""};
    cr_expect(screen_sent(screen, "hi"));
    cr_expect(screen_bytes(screen) > 10);
    cr_expect(screen_is_whole(screen, &error), "%s", error.message);
}

Test(harness, runs_without_a_terminal)
{
    char *argv[] = {"bash", "-c", "cat; echo oops >&2; [ -t 1 ] && exit 1; exit 4", NULL};
    char **environment = child_environment(&home, NULL, NULL);
    cr_assert_not_null(environment);
    struct child_run run;
    struct error error;
    cr_assert(child_run(argv, &home, environment, "in\0put", 6, SCREEN_LIMIT_MS, &run, &error),
              "%s", error.message);
    cr_expect_eq(run.code, 4);
    cr_expect_eq(run.out_length, 6);
    cr_expect_eq(memcmp(run.out, "in\0put", 6), 0);
    cr_expect_str_eq(run.err, "oops\n");
    child_run_clear(&run);

    char *endless[] = {"bash", "-c", "exec sleep 1000", NULL};
    cr_assert(child_run(endless, &home, environment, NULL, 0, 100, &run, &error));
    cr_expect_eq(run.code, -1, "over the limit");
    child_run_clear(&run);
    child_environment_free(environment);
}

Test(harness, builds_an_environment_from_scratch)
{
    static const char *const MORE[] = {"LANG=C", "BRIDGE_API_KEY=sk", NULL};
    char *argv[] = {"env", NULL};
    char **environment = child_environment(&home, NULL, MORE);
    cr_assert_not_null(environment);
    struct child_run run;
    struct error error;
    cr_assert(child_run(argv, &home, environment, NULL, 0, SCREEN_LIMIT_MS, &run, &error), "%s",
              error.message);
    cr_expect_not_null(strstr(run.out, "LANG=C\n"));
    cr_expect_not_null(strstr(run.out, "BRIDGE_API_KEY=sk\n"));
    cr_expect_null(strstr(run.out, "C.UTF-8"));
    cr_expect_null(strstr(run.out, "TERM="));
    child_run_clear(&run);
    child_environment_free(environment);
}
