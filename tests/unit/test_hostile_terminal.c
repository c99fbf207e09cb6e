/* What leaves for the terminal when the screen is full of hostile text: nothing but the control
   functions that draw it, and they draw exactly it. The far end of a pseudo-terminal reads along,
   as in the terminal's own tests. */
#include "tests/hostile.h"
#include "tests/unit/terminal_emulator.h"
#include "tui/terminal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

enum { WIDTH = 100, HEIGHT = 30, PATIENCE_MS = 10000, STEP_MS = 50, JUMP_EVERY = 7, JUMP = 23 };

static struct hostile_list list;

static void set_up(void)
{
    alarm(60); /* Criterion's own time limit leaks in its runner */
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    cr_assert(hostile_list_make(&list));
}

static void tear_down(void)
{
    hostile_list_free(&list);
}

TestSuite(hostile_terminal, .init = set_up, .fini = tear_down);

/* --- frames --------------------------------------------------------------------------- */

/* Each frame is the one before scrolled by a row, so that the terminal scrolls too, or by many, so
   that most of it changes. Both ends of the pseudo-terminal draw the same. */
static void draw_frame(struct grid *grid, size_t number)
{
    static const enum role ROLES[] = {ROLE_NORMAL, ROLE_BAD, ROLE_SELECTED, ROLE_DIM, ROLE_TITLE};
    size_t top = number + number / JUMP_EVERY * JUMP;
    grid_clear(grid);
    for (int y = 0; y < grid->height; y++) {
        size_t entry = top + (size_t)y;
        const struct hostile *hostile = &list.items[entry % list.count];
        struct style style = style_of(ROLES[entry % (sizeof ROLES / sizeof *ROLES)]);
        int x = (int)(entry % 3);
        x += grid_bytes(grid, x, y, grid->width / 2, style, hostile->bytes, hostile->length);
        (void)grid_text(grid, x, y, 3, style_of(ROLE_NORMAL), " · ");
        (void)grid_bytes(grid, x + 3, y, grid->width, style, hostile->bytes, hostile->length);
    }
    if (number % 2 == 1) {
        grid->cursor_x = (int)number % grid->width;
        grid->cursor_y = (int)number % grid->height;
    }
}

/* --- the near end -------------------------------------------------------------------------- */

struct near_end {
    int done;  /* a byte out for each frame that has left */
    int going; /* a byte in for the next one */
};

static bool show(const struct grid *grid)
{
    while (!terminal_show(grid)) {
        struct pollfd writable = {.fd = terminal_input_fd(), .events = POLLOUT};
        (void)poll(&writable, 1, STEP_MS);
    }
    return true;
}

static int show_frames(const struct near_end *near_end, bool ascii)
{
    struct error error;
    struct grid grid;
    int width;
    int height;
    if (!terminal_check(&error) || !terminal_start(&error))
        return 1;
    terminal_resize(&width, &height);
    if (width != WIDTH || height != HEIGHT || !grid_init(&grid, width, height, ascii))
        return 2;
    for (size_t i = 0; i < list.count; i++) {
        char byte = '.';
        draw_frame(&grid, i);
        if (!show(&grid) || write(near_end->done, &byte, 1) != 1 ||
            read(near_end->going, &byte, 1) != 1)
            return 3;
    }
    terminal_stop();
    return 0;
}

/* --- the far end ----------------------------------------------------------------------------- */

struct far_end {
    int fd;
    int done;
    int going;
    pid_t child;
    struct emulator emulator;
};

static void become_near_end(int terminal, const int done[2], const int going[2], const char *type,
                            bool ascii)
{
    struct near_end near_end = {.done = done[1], .going = going[0]};
    close(done[0]);
    close(going[1]);
    if (login_tty(terminal) != 0 || setenv("TERM", type, 1) != 0 ||
        setlocale(LC_CTYPE, ascii ? "C" : "C.UTF-8") == NULL)
        _exit(99);
    _exit(show_frames(&near_end, ascii));
}

static void start(struct far_end *far_end, const char *type, bool ascii)
{
    struct winsize size = {.ws_col = WIDTH, .ws_row = HEIGHT};
    int terminal;
    int done[2];
    int going[2];
    cr_assert_eq(openpty(&far_end->fd, &terminal, NULL, NULL, &size), 0);
    cr_assert_eq(pipe2(done, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(going, O_CLOEXEC), 0);
    cr_assert(emulator_init(&far_end->emulator, WIDTH, HEIGHT));
    far_end->child = fork();
    cr_assert_neq(far_end->child, -1);
    if (far_end->child == 0) {
        close(far_end->fd);
        become_near_end(terminal, done, going, type, ascii);
    }
    close(terminal);
    close(done[1]);
    close(going[0]);
    far_end->done = done[0];
    far_end->going = going[1];
    cr_assert_eq(fcntl(far_end->fd, F_SETFL, O_NONBLOCK), 0);
}

/* Takes in what has come. False when the terminal is closed. */
static bool receive(struct far_end *far_end, const char *type)
{
    char bytes[65536];
    ssize_t count;
    while ((count = read(far_end->fd, bytes, sizeof bytes)) > 0)
        cr_assert(emulator_feed(&far_end->emulator, bytes, (size_t)count), "%s: %s", type,
                  far_end->emulator.trouble);
    return count < 0 && errno == EAGAIN;
}

/* Until the frame has left there, and stands here. */
static void wait_for_frame(struct far_end *far_end, const struct grid *grid, const char *type)
{
    bool left = false;
    int x = -1;
    int y = -1;
    for (int waited = 0; waited < PATIENCE_MS / STEP_MS; waited++) {
        struct pollfd ready[] = {{.fd = far_end->fd, .events = POLLIN},
                                 {.fd = far_end->done, .events = left ? 0 : POLLIN}};
        char byte;
        bool open = receive(far_end, type);
        if (left && emulator_shows(&far_end->emulator, grid, &x, &y))
            return;
        cr_assert(open, "%s: the program ended", type);
        (void)poll(ready, 2, STEP_MS);
        if ((ready[1].revents & POLLIN) != 0 && read(far_end->done, &byte, 1) == 1) {
            left = true;
            waited = 0;
        }
    }
    cr_assert_fail("%s: wrong at %d,%d", type, x, y);
}

static void check(const char *type, bool ascii)
{
    struct far_end far_end = {0};
    struct grid grid;
    cr_assert(grid_init(&grid, WIDTH, HEIGHT, ascii));
    start(&far_end, type, ascii);
    for (size_t i = 0; i < list.count; i++) {
        draw_frame(&grid, i);
        wait_for_frame(&far_end, &grid, type);
        cr_assert_eq(write(far_end.going, ".", 1), 1);
    }
    while (receive(&far_end, type)) {
        struct pollfd readable = {.fd = far_end.fd, .events = POLLIN};
        cr_assert_gt(poll(&readable, 1, PATIENCE_MS), 0);
    }
    int status;
    cr_assert_eq(waitpid(far_end.child, &status, 0), far_end.child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %d", type, status);
    close(far_end.fd);
    close(far_end.done);
    close(far_end.going);
    emulator_free(&far_end.emulator);
    grid_free(&grid);
}

Test(hostile_terminal, xterm_gets_what_was_meant)
{
    check("xterm-256color", false);
}

Test(hostile_terminal, xterm_gets_what_was_meant_in_ascii)
{
    check("xterm-256color", true);
}

Test(hostile_terminal, linux_console_gets_what_was_meant)
{
    check("linux", false);
    check("linux", true);
}

Test(hostile_terminal, vt100_gets_what_was_meant)
{
    check("vt100", false);
    check("vt100", true);
}

/* That the far end would notice. */
Test(hostile_terminal, far_end_refuses_what_was_not_meant)
{
    size_t refused = 0;
    for (size_t i = 0; i < list.count; i++) {
        struct emulator emulator;
        cr_assert(emulator_init(&emulator, WIDTH, HEIGHT));
        refused += !emulator_feed(&emulator, list.items[i].bytes, list.items[i].length);
        emulator_free(&emulator);
    }
    cr_expect_gt(refused, list.count / 3, "%zu of %zu", refused, list.count);
    static const char *const REFUSED[] = {
        "\033]0;x\007", "\007",          "\033[?1000h", "\033[6n", "\033[c",   "\302\233",
        "\233xxx",      "\033P+q\033\\", "\033c",       "\016",    "\033[?5h", "\300\200xx"};
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        struct emulator emulator;
        cr_assert(emulator_init(&emulator, WIDTH, HEIGHT));
        cr_expect_not(emulator_feed(&emulator, REFUSED[i], strlen(REFUSED[i])), "%zu", i);
        emulator_free(&emulator);
    }
}
