/* What leaves for the terminal when the screen is full of hostile text: nothing but the control
   functions that draw it, and they draw exactly it. The far end of a pseudo-terminal reads along,
   as in the terminal's own tests. */
#include "tests/hostile.h"
#include "tests/terminal_emulator.h"
#include "tui/clipboard.h"
#include "tui/terminal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <openssl/evp.h>
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
    while (!terminal_show(grid, 0)) {
        struct pollfd writable = {.fd = terminal_input_fd(), .events = POLLOUT};
        (void)poll(&writable, 1, STEP_MS);
    }
    return true;
}

struct run {
    const char *type;
    bool ascii;
    enum clipboard_route copies; /* CLIPBOARD_NONE: none, and no titles */
    unsigned may;                /* what the far end allows: of enum emulator_may */
};

/* Beside the frame: the window's title, and a copy. */
static bool name_and_copy(const struct hostile *hostile, enum clipboard_route route)
{
    struct buffer sequence;
    buffer_init(&sequence, (size_t)4 * CLIPBOARD_BASE64_MAX);
    terminal_set_title(hostile->bytes);
    bool sent = !clipboard_sequence(route, hostile->bytes, hostile->length, &sequence) ||
                terminal_send(sequence.data);
    buffer_clear(&sequence);
    return sent;
}

static int show_frames(const struct near_end *near_end, const struct run *run)
{
    struct error error;
    struct grid grid;
    int width;
    int height;
    if (!terminal_check(&error) || !terminal_start(&error))
        return 1;
    terminal_resize(&width, &height);
    if (width != WIDTH || height != HEIGHT || !grid_init(&grid, width, height, run->ascii))
        return 2;
    if (run->copies != CLIPBOARD_NONE)
        terminal_ask_background();
    for (size_t i = 0; i < list.count; i++) {
        char byte = '.';
        draw_frame(&grid, i);
        if (run->copies != CLIPBOARD_NONE && !name_and_copy(&list.items[i], run->copies))
            return 4;
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

static void become_near_end(int terminal, const int done[2], const int going[2],
                            const struct run *run)
{
    struct near_end near_end = {.done = done[1], .going = going[0]};
    close(done[0]);
    close(going[1]);
    if (login_tty(terminal) != 0 || setenv("TERM", run->type, 1) != 0 ||
        setlocale(LC_CTYPE, run->ascii ? "C" : "C.UTF-8") == NULL)
        _exit(99);
    _exit(show_frames(&near_end, run));
}

static void start(struct far_end *far_end, const struct run *run)
{
    struct winsize size = {.ws_col = WIDTH, .ws_row = HEIGHT};
    int terminal;
    int done[2];
    int going[2];
    cr_assert_eq(openpty(&far_end->fd, &terminal, NULL, NULL, &size), 0);
    cr_assert_eq(pipe2(done, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(going, O_CLOEXEC), 0);
    cr_assert(emulator_init(&far_end->emulator, WIDTH, HEIGHT));
    far_end->emulator.may = run->may;
    far_end->child = fork();
    cr_assert_neq(far_end->child, -1);
    if (far_end->child == 0) {
        close(far_end->fd);
        become_near_end(terminal, done, going, run);
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

/* A wide glyph in the last corner is left out where it could not be drawn (tui/painter.c). */
static void leave_corner_out(struct grid *grid)
{
    for (int x = grid->width - 3; x < grid->width; x++) {
        struct cell *cell = &grid->cells[grid->height * grid->width - grid->width + x];
        if (cell->glyph.width != 2)
            continue;
        cell[0].glyph = text_glyph(U' ', true);
        cell[1].glyph = text_glyph(U' ', true);
    }
}

/* What its fonts do not have is drawn as something else (tui/painter.c). */
static void put_console_twins(struct grid *grid)
{
    for (int i = 0; i < grid->width * grid->height; i++) {
        char twin = text_console_twin(grid->cells[i].glyph.base);
        if (twin != '\0')
            grid->cells[i].glyph = text_glyph((char32_t)twin, true);
    }
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
    size_t at = (size_t)y * WIDTH + (size_t)x;
    cr_assert_fail("%s: U+%04X instead of U+%04X at %d,%d", type,
                   (unsigned)far_end->emulator.cells[at].base,
                   (unsigned)grid_cell(grid, x, y)->glyph.base, x, y);
}

/* The title is the text as the gate lets it out, cut to its room; the copy is every byte of it. */
static void expect_named_and_copied(const struct emulator *emulator, const struct run *run,
                                    const struct hostile *hostile, size_t *copies)
{
    char title[TERMINAL_TITLE_MAX];
    (void)text_gate_string(title, sizeof title, hostile->bytes, strlen(hostile->bytes), run->ascii);
    const char *shown = emulator->title.length > 0 ? emulator->title.data : "";
    cr_assert_str_eq(shown, title, "%s: %s", run->type, hostile->name);
    if (hostile->length > CLIPBOARD_BYTES_MAX) {
        cr_assert_eq(emulator->copies, *copies, "%s: %s", run->type, hostile->name);
        return;
    }
    unsigned char *encoded = malloc(CLIPBOARD_BASE64_MAX + 1);
    cr_assert_not_null(encoded);
    (void)EVP_EncodeBlock(encoded, (const unsigned char *)hostile->bytes, (int)hostile->length);
    cr_assert_str_eq(emulator->copied.data, (const char *)encoded, "%s: %s", run->type,
                     hostile->name);
    free(encoded);
    *copies += run->copies == CLIPBOARD_TMUX ? 2 : 1;
    cr_assert_eq(emulator->copies, *copies, "%s: %s", run->type, hostile->name);
}

static void check_run(struct run run)
{
    struct far_end far_end = {0};
    struct grid grid;
    size_t copies = 0;
    cr_assert(grid_init(&grid, WIDTH, HEIGHT, run.ascii));
    start(&far_end, &run);
    for (size_t i = 0; i < list.count; i++) {
        draw_frame(&grid, i);
        if (run.copies == CLIPBOARD_TMUX || run.copies == CLIPBOARD_SCREEN)
            leave_corner_out(&grid);
        if (strcmp(run.type, "linux") == 0)
            put_console_twins(&grid);
        wait_for_frame(&far_end, &grid, run.type);
        if (run.copies != CLIPBOARD_NONE)
            expect_named_and_copied(&far_end.emulator, &run, &list.items[i], &copies);
        cr_assert_eq(write(far_end.going, ".", 1), 1);
    }
    while (receive(&far_end, run.type)) {
        struct pollfd readable = {.fd = far_end.fd, .events = POLLIN};
        cr_assert_gt(poll(&readable, 1, PATIENCE_MS), 0);
    }
    cr_expect_not(far_end.emulator.in_string);
    cr_expect_not(far_end.emulator.title_kept, "%s: the title from before is back", run.type);
    int status;
    cr_assert_eq(waitpid(far_end.child, &status, 0), far_end.child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %d", run.type, status);
    close(far_end.fd);
    close(far_end.done);
    close(far_end.going);
    emulator_free(&far_end.emulator);
    grid_free(&grid);
}

static void check(const char *type, bool ascii)
{
    check_run((struct run){.type = type, .ascii = ascii, .may = EMULATOR_ASK});
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

enum { NAMES_AND_ASKS = EMULATOR_TITLE | EMULATOR_ASK };

Test(hostile_terminal, titles_and_copies_are_what_was_meant)
{
    check_run((struct run){.type = "xterm-256color",
                           .copies = CLIPBOARD_PLAIN,
                           .may = NAMES_AND_ASKS | EMULATOR_COPY});
    check_run((struct run){.type = "xterm",
                           .ascii = true,
                           .copies = CLIPBOARD_PLAIN,
                           .may = NAMES_AND_ASKS | EMULATOR_COPY});
}

Test(hostile_terminal, titles_and_copies_are_what_was_meant_in_tmux)
{
    check_run((struct run){.type = "tmux-256color",
                           .copies = CLIPBOARD_TMUX,
                           .may = NAMES_AND_ASKS | EMULATOR_COPY_TMUX});
}

Test(hostile_terminal, titles_and_copies_are_what_was_meant_in_screen)
{
    check_run((struct run){.type = "screen-256color",
                           .copies = CLIPBOARD_SCREEN,
                           .may = NAMES_AND_ASKS | EMULATOR_COPY_SCREEN});
}

/* Whether all of it is allowed, and nothing goes on. */
static bool takes(unsigned may, const char *bytes)
{
    struct emulator emulator;
    cr_assert(emulator_init(&emulator, WIDTH, HEIGHT));
    emulator.may = may;
    bool taken = emulator_feed(&emulator, bytes, strlen(bytes)) && !emulator.in_string &&
                 emulator.pieces.length == 0;
    emulator_free(&emulator);
    return taken;
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
        "\033]0;x\007", "\007",           "\033[?1000h",     "\033[6n",
        "\033[c",       "\302\233",       "\233xxx",         "\033P+q\033\\",
        "\033c",        "\016",           "\033[?5h",        "\300\200xx",
        "\033[22;2t",   "\033]2;x\033\\", "\033]11;?\033\\", "\033]52;c;eA==\007"};
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
        cr_expect_not(takes(0, REFUSED[i]), "%zu", i);
}

/* Of what is allowed, nothing but the form in which it is meant. */
Test(hostile_terminal, far_end_takes_a_string_in_one_form)
{
    enum { ALL = EMULATOR_TITLE | EMULATOR_ASK | EMULATOR_COPY | EMULATOR_COPY_TMUX };
    static const char *const REFUSED[] = {"\033[22;2t\033]2;x\007",
                                          "\033[22;2t\033]0;x\033\\",
                                          "\033[22;2t\033]2;a\nb\033\\",
                                          "\033[22;2t\033]2;a\302\233\033\\",
                                          "\033[22;2t\033]2;\342\200\256\033\\",
                                          "\033[22;2t\033[22;2t",
                                          "\033[23;2t",
                                          "\033]2;x\033\\",
                                          "\033[21t",
                                          "\033]10;?\033\\",
                                          "\033]11;?\007",
                                          "\033]52;c;?\007",
                                          "\033]52;c;\007",
                                          "\033]52;p;eA==\007",
                                          "\033]52;c;eA==\033\\",
                                          "\033]52;c;eA=\007",
                                          "\033]52;c;e;==\007",
                                          "\033]52;c;eA==\033[H\007",
                                          "\033Ptmux;\033\033]0;x\007\033\\",
                                          "\033Ptmux;\033]52;c;eA==\007\033\\",
                                          "\033Ptmux;\033\033]52;c;eA==\007",
                                          "\033P\033]52;c;eA==\007\033\\",
                                          "\033_x\033\\"};
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
        cr_expect_not(takes(ALL, REFUSED[i]), "%zu", i);
    cr_expect_not(takes(EMULATOR_COPY_SCREEN, "\033P\033]52;c;eA==\033\\"), "it goes on");
    cr_expect(takes(EMULATOR_COPY_SCREEN, "\033P\033]52;c;\033\\\033PeA==\007\033\\"));
    cr_expect(takes(ALL, "\033[22;2t\033]2;\342\234\227 1 failed\033\\\033[23;2t"));
    cr_expect(takes(ALL, "\033]11;?\033\\\033[c\033]52;c;eA==\007"));
    cr_expect(takes(ALL, "\033Ptmux;\033\033]52;c;eA==\007\033\\\033]52;c;eA==\007"));
}
