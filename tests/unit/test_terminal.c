#include "tui/terminal.h"

#include "tui/key.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

/*
 * Each test is the far end of a pseudo-terminal: a child, in a session of its own, takes the near
 * end as its terminal and runs a small program there.
 */

enum { WIDTH = 40, HEIGHT = 6, RECEIVED_MAX = 1 << 20, PATIENCE_MS = 10000 };

struct far_end {
    int fd;
    pid_t child;
    struct termios shell_modes;
    char *received; /* NUL-terminated */
    size_t length;
};

/* Criterion's own time limit leaks in its runner. */
static void limit_time(void)
{
    alarm(30);
}

TestSuite(terminal, .init = limit_time);

static struct far_end run(int (*program)(void), const char *type)
{
    struct far_end far_end = {.received = calloc(1, RECEIVED_MAX + 1)};
    cr_assert_not_null(far_end.received);
    struct winsize size = {.ws_col = WIDTH, .ws_row = HEIGHT};
    int near_end;
    cr_assert_eq(openpty(&far_end.fd, &near_end, NULL, NULL, &size), 0);
    cr_assert_eq(tcgetattr(near_end, &far_end.shell_modes), 0);
    far_end.child = fork();
    cr_assert_neq(far_end.child, -1);
    if (far_end.child == 0) {
        close(far_end.fd);
        if (login_tty(near_end) != 0 || setenv("TERM", type, 1) != 0 ||
            setlocale(LC_CTYPE, "C.UTF-8") == NULL)
            _exit(99);
        _exit(program());
    }
    close(near_end);
    (void)fcntl(far_end.fd, F_SETFL, O_NONBLOCK);
    return far_end;
}

static bool receive(struct far_end *far_end)
{
    ssize_t count =
        read(far_end->fd, far_end->received + far_end->length, RECEIVED_MAX - far_end->length);
    if (count <= 0)
        return false;
    for (ssize_t i = 0; i < count; i++) /* so that strstr() sees all of it */
        if (far_end->received[far_end->length + (size_t)i] == '\0')
            far_end->received[far_end->length + (size_t)i] = '?';
    far_end->length += (size_t)count;
    return true;
}

static bool wait_for(struct far_end *far_end, const char *text)
{
    while (strstr(far_end->received, text) == NULL) {
        struct pollfd readable = {.fd = far_end->fd, .events = POLLIN};
        if (poll(&readable, 1, PATIENCE_MS) <= 0)
            return false;
        if (!receive(far_end) && (readable.revents & POLLHUP) != 0)
            return false;
    }
    return true;
}

static void forget_received(struct far_end *far_end)
{
    memset(far_end->received, 0, far_end->length);
    far_end->length = 0;
}

static void send_keys(struct far_end *far_end, const char *keys)
{
    cr_assert_eq(write(far_end->fd, keys, strlen(keys)), (ssize_t)strlen(keys));
}

/* Reads to the end and returns the child's wait status. */
static int finish(struct far_end *far_end)
{
    (void)wait_for(far_end, "never sent");
    int status;
    cr_assert_eq(waitpid(far_end->child, &status, 0), far_end->child);
    close(far_end->fd);
    return status;
}

static void drop(struct far_end *far_end)
{
    free(far_end->received);
}

static bool modes_are_the_shells(const struct far_end *far_end)
{
    struct termios modes;
    cr_assert_eq(tcgetattr(far_end->fd, &modes), 0);
    return modes.c_lflag == far_end->shell_modes.c_lflag &&
           modes.c_iflag == far_end->shell_modes.c_iflag &&
           modes.c_oflag == far_end->shell_modes.c_oflag;
}

/* --- programs ------------------------------------------------------------- */

static struct grid grid;

static int begin(void)
{
    struct error error;
    int width;
    int height;
    if (!terminal_check(&error) || !terminal_start(&error))
        return 1;
    terminal_resize(&width, &height);
    return grid_init(&grid, width, height, false) ? 0 : 1;
}

static void say(const char *text, enum role role)
{
    grid_clear(&grid);
    grid_text(&grid, 0, 0, grid.width, style_of(role), text);
    while (!terminal_show(&grid, 0)) {
        struct pollfd writable = {.fd = terminal_input_fd(), .events = POLLOUT};
        (void)poll(&writable, 1, 10);
    }
}

static struct terminal_event next_event(bool *hung_up)
{
    struct terminal_event event;
    while ((event = terminal_read(hung_up)).kind == TERMINAL_NOTHING && !*hung_up) {
        struct pollfd readable = {.fd = terminal_input_fd(), .events = POLLIN};
        (void)poll(&readable, 1, -1);
    }
    return event;
}

/* Runs after terminal_stop(), which is registered later, and before a leak check, which a forked
   child cannot do. */
static void end_of_exit(void)
{
    _exit(7);
}

static bool wants_mouse;

/* Says every event it gets; ends at `q` or when the terminal hangs up. */
static int echo_events(void)
{
    if (atexit(end_of_exit) != 0 || begin() != 0)
        return 1;
    if (wants_mouse)
        (void)terminal_use_mouse();
    say("ready.", ROLE_GOOD);
    bool hung_up = false;
    while (true) {
        struct terminal_event event = next_event(&hung_up);
        if (hung_up || event.key == U'q')
            break;
        char text[64];
        if (event.kind == TERMINAL_PASTE)
            (void)snprintf(text, sizeof text, "paste %s.", event.paste);
        else if (event.kind == TERMINAL_MOUSE)
            (void)snprintf(text, sizeof text, "mouse %d,%d.", event.mouse.x, event.mouse.y);
        else
            (void)snprintf(text, sizeof text, "key %X.", (unsigned)event.key);
        free(event.paste);
        if (event.key == KEYS_CTRL('l'))
            terminal_repaint();
        if (event.key == KEYS_CTRL('z'))
            terminal_suspend();
        if (event.key == U'!')
            abort();
        if (event.key == U'?')
            exit(0);
        say(text, ROLE_NORMAL);
    }
    terminal_stop();
    terminal_stop();
    return hung_up ? 5 : 0;
}

/* --- tests ---------------------------------------------------------------- */

Test(terminal, takes_the_screen_and_gives_it_back)
{
    struct far_end far_end = run(echo_events, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    cr_expect_not_null(strstr(far_end.received, "\033[?1049h"));
    cr_expect_not_null(strstr(far_end.received, "\033[?25l"));
    cr_expect_not_null(strstr(far_end.received, "\033[?2004h"));
    cr_expect_not(modes_are_the_shells(&far_end));
    forget_received(&far_end);
    send_keys(&far_end, "q");
    cr_assert(wait_for(&far_end, "\033[?25h"));
    cr_expect_not_null(strstr(far_end.received, "\033[?1049l"));
    cr_expect_not_null(strstr(far_end.received, "\033[?2004l"));
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

static int echo_with_mouse(void)
{
    wants_mouse = true;
    return echo_events();
}

/* On every way out, a fatal signal among them; and a terminal that has none is sent nothing. */
Test(terminal, the_mouse_is_put_back)
{
    static const char *const ENDS[] = {"q", "?", "!"};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        struct far_end far_end = run(echo_with_mouse, "xterm-256color");
        cr_assert(wait_for(&far_end, "ready."));
        cr_expect_not_null(strstr(far_end.received, INPUT_MOUSE_ON));
        send_keys(&far_end, "\033[<0;3;2M");
        cr_expect(wait_for(&far_end, "mouse 2,1."));
        forget_received(&far_end);
        send_keys(&far_end, ENDS[i]);
        cr_expect(wait_for(&far_end, INPUT_MOUSE_OFF), "%s", ENDS[i]);
        (void)finish(&far_end);
        drop(&far_end);
    }
    static const char *const WITHOUT[] = {"linux", "vt100"};
    for (size_t i = 0; i < sizeof WITHOUT / sizeof WITHOUT[0]; i++) {
        struct far_end far_end = run(echo_with_mouse, WITHOUT[i]);
        cr_assert(wait_for(&far_end, "ready."));
        cr_expect_null(strstr(far_end.received, "1002"), "%s", WITHOUT[i]);
        send_keys(&far_end, "q");
        cr_expect_eq(finish(&far_end), 0);
        drop(&far_end);
    }
}

/* ncurses has a start of its own for the size that terminfo knows, and a VT100 without an invisible
   cursor left it waiting: 24 rows were all that scrolled, whatever the terminal's size. */
Test(terminal, scrolls_all_of_its_rows_whatever_terminfo_says)
{
    struct far_end far_end = run(echo_events, "vt100");
    cr_assert(wait_for(&far_end, "ready."));
    cr_expect_not_null(strstr(far_end.received, "\033[1;6r"));
    cr_expect_null(strstr(far_end.received, "\033[1;24r"));
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

Test(terminal, modes_are_restored)
{
    struct far_end far_end = run(echo_events, "xterm-256color");
    int keep = open(ptsname(far_end.fd), O_RDWR | O_NOCTTY | O_CLOEXEC); /* outlives the child */
    cr_assert_geq(keep, 0);
    cr_assert(wait_for(&far_end, "ready."));
    send_keys(&far_end, "q");
    int status;
    cr_assert_eq(waitpid(far_end.child, &status, 0), far_end.child);
    cr_expect(modes_are_the_shells(&far_end));
    close(keep);
    close(far_end.fd);
    drop(&far_end);
}

Test(terminal, control_keys_arrive_as_keys)
{
    struct far_end far_end = run(echo_events, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    send_keys(&far_end, "\x03");
    cr_expect(wait_for(&far_end, "key 3."));
    send_keys(&far_end, "\x13"); /* Ctrl-S must not stop the output */
    cr_expect(wait_for(&far_end, "13."));
    send_keys(&far_end, "\x0c");
    cr_expect(wait_for(&far_end, "key C."));
    send_keys(&far_end, "\033");
    cr_expect(wait_for(&far_end, "1B."));
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

Test(terminal, paste_arrives_whole)
{
    struct far_end far_end = run(echo_events, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    send_keys(&far_end, "\033[200~quit!?\033[201~");
    cr_expect(wait_for(&far_end, "paste quit!?."));
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

Test(terminal, only_what_changed_is_sent)
{
    struct far_end far_end = run(echo_events, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    send_keys(&far_end, "a");
    cr_assert(wait_for(&far_end, "key 61."));
    forget_received(&far_end);
    send_keys(&far_end, "b");
    cr_assert(wait_for(&far_end, "2"));
    cr_expect_lt(far_end.length, 24, "%s", far_end.received);
    cr_expect_null(strstr(far_end.received, "key"));
    forget_received(&far_end);
    send_keys(&far_end, "\x0c"); /* a repaint sends all of it, and enters the screen again */
    cr_assert(wait_for(&far_end, "key C."));
    cr_expect_not_null(strstr(far_end.received, "\033[?1049h"));
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

/* A process group that nobody could continue does not stop: the screen comes straight back. */
Test(terminal, suspend_returns_whole)
{
    struct far_end far_end = run(echo_events, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    forget_received(&far_end);
    send_keys(&far_end, "\x1a");
    cr_assert(wait_for(&far_end, "key 1A."));
    const char *left = strstr(far_end.received, "\033[?1049l");
    cr_assert_not_null(left);
    cr_expect_not_null(strstr(left, "\033[?1049h"));
    cr_expect_not(modes_are_the_shells(&far_end));
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

static void check_way_out(const char *key, int signal_number, int code)
{
    struct far_end far_end = run(echo_events, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    forget_received(&far_end);
    send_keys(&far_end, key);
    cr_expect(wait_for(&far_end, "\033[?25h"));
    cr_expect_not_null(strstr(far_end.received, "\033[?1049l"));
    int status = finish(&far_end);
    cr_expect_eq(WIFSIGNALED(status) ? WTERMSIG(status) : 0, signal_number);
    cr_expect_eq(WIFEXITED(status) ? WEXITSTATUS(status) : 0, code);
    drop(&far_end);
}

Test(terminal, exit_and_abort_give_the_screen_back)
{
    check_way_out("!", SIGABRT, 0);
    check_way_out("?", 0, 7);
}

Test(terminal, hangup_is_noticed)
{
    (void)signal(SIGHUP, SIG_IGN); /* inherited: the end of input alone must be enough */
    struct far_end far_end = run(echo_events, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    close(far_end.fd);
    int status;
    cr_assert_eq(waitpid(far_end.child, &status, 0), far_end.child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    drop(&far_end);
}

/* Draws frames that nobody reads until the terminal takes no more, which must come as `false`, not
   as a wait; then lets them be read, and the newest frame must be what arrives last. */
static int fill_the_terminal(void)
{
    if (begin() != 0)
        return 1;
    int frames = 0;
    bool shown = true;
    while (shown && frames < 1000000) {
        grid_clear(&grid);
        for (int y = 0; y < grid.height; y++)
            grid_printf(&grid, 0, y, grid.width, style_of(ROLE_NORMAL), "%d", frames * 7919 + y);
        frames++;
        shown = terminal_show(&grid, 0);
    }
    if (shown)
        return 2;
    if (kill(getppid(), SIGUSR1) != 0)
        return 3;
    say("newest.", ROLE_NORMAL);
    terminal_stop();
    return 0;
}

Test(terminal, stalled_terminal_is_not_waited_for)
{
    sigset_t full;
    sigemptyset(&full);
    sigaddset(&full, SIGUSR1);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &full, NULL), 0);
    struct far_end far_end = run(fill_the_terminal, "xterm-256color");
    int signal_number;
    cr_assert_eq(sigwait(&full, &signal_number), 0);
    cr_expect(wait_for(&far_end, "newest."));
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

/* A wall of changing text, and the end once a frame was refused though all was taken. */
static int fall_behind(void)
{
    if (begin() != 0)
        return 1;
    say("ready.", ROLE_NORMAL);
    bool hung_up = false;
    if (next_event(&hung_up).key != U'g')
        return 2;
    int frames = 0;
    do {
        grid_clear(&grid);
        for (int y = 0; y < grid.height; y++)
            grid_printf(&grid, 0, y, grid.width, style_of(ROLE_NORMAL), "%040d",
                        frames * 7919 + y * 104729);
        frames++;
    } while (terminal_show(&grid, 0) && frames < 1000);
    if (!terminal_is_ready(0) && next_event(&hung_up).key != U'h')
        return 3;
    bool ready = terminal_is_ready(0); /* its answer came before the key */
    say("newest.", ROLE_NORMAL);
    terminal_stop();
    return ready ? frames : 4;
}

/* PACE_BYTES are some frames of this size. What never answered is not waited for: it gets them all.
 */
Test(terminal, frames_wait_for_what_the_terminal_has_not_shown)
{
    enum { FRAMES_MAX = 1000, FRAMES_AHEAD = 12 };
    struct far_end far_end = run(fall_behind, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    cr_expect_not_null(strstr(far_end.received, INPUT_ASK_ATTRIBUTES));
    send_keys(&far_end, "\033[?62;22cg");
    forget_received(&far_end);
    cr_assert(wait_for(&far_end, INPUT_ASK_ATTRIBUTES));
    send_keys(&far_end, "\033[?62;22ch");
    cr_expect(wait_for(&far_end, "newest."));
    int status = finish(&far_end);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) > 4 && WEXITSTATUS(status) < FRAMES_AHEAD,
              "%d", WEXITSTATUS(status));
    drop(&far_end);
}

static int without_colors(void)
{
    if (setenv("NO_COLOR", "1", 1) != 0)
        return 1;
    int result = echo_events();
    return result != 0 ? result : terminal_colors();
}

Test(terminal, no_color_is_honoured)
{
    struct far_end far_end = run(without_colors, "xterm-256color");
    cr_assert(wait_for(&far_end, "ready."));
    cr_expect_null(strstr(far_end.received, "38;5"));
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

static int colors(void)
{
    int result = begin();
    terminal_stop();
    return result != 0 ? 98 : terminal_colors() / 2;
}

Test(terminal, colours_of_terminals)
{
    static const struct {
        const char *type;
        int colors;
    } TYPES[] = {{"xterm-256color", 256}, {"linux", 8}, {"vt100", 0}};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        struct far_end far_end = run(colors, TYPES[i].type);
        int status = finish(&far_end);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == TYPES[i].colors / 2, "%s",
                  TYPES[i].type);
        drop(&far_end);
    }
}

/* --- signs ---------------------------------------------------------------- */

static int show_signs(void)
{
    if (begin() != 0)
        return 1;
    say("─✓✗▂…•é.", ROLE_NORMAL);
    bool hung_up = false;
    while (next_event(&hung_up).key != U'q' && !hung_up)
        ;
    terminal_stop();
    return 0;
}

/* None of its fonts has a tick, and what it lacks looks all the same there. */
Test(terminal, the_linux_console_gets_signs_that_its_fonts_have)
{
    static const struct {
        const char *type, *shown;
    } TYPES[] = {
        {"linux", "─+x.~•é."}, {"linux-16color", "─+x.~•é."}, {"xterm-256color", "─✓✗▂…•é."}};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        struct far_end far_end = run(show_signs, TYPES[i].type);
        cr_expect(wait_for(&far_end, TYPES[i].shown), "%s: %s", TYPES[i].type, far_end.received);
        send_keys(&far_end, "q");
        cr_expect_eq(finish(&far_end), 0);
        drop(&far_end);
    }
}

/* --- themes --------------------------------------------------------------- */

/* Shows a word in ROLE_GOOD until `q`. */
static int show_in(enum theme theme)
{
    if (begin() != 0)
        return 1;
    terminal_set_theme(theme);
    say("good.", ROLE_GOOD);
    bool hung_up = false;
    while (next_event(&hung_up).key != U'q' && !hung_up)
        ;
    terminal_stop();
    return 0;
}

static int show_in_dark(void)
{
    return show_in(THEME_DARK);
}

static int show_in_light(void)
{
    return show_in(THEME_LIGHT);
}

static int show_in_mono(void)
{
    return show_in(THEME_MONO);
}

static void check_color(int (*program)(void), const char *color)
{
    struct far_end far_end = run(program, "xterm-256color");
    cr_assert(wait_for(&far_end, "good."));
    if (color != NULL)
        cr_expect_not_null(strstr(far_end.received, color), "%s", far_end.received);
    else
        cr_expect_null(strstr(far_end.received, "38;5"), "%s", far_end.received);
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

Test(terminal, a_theme_has_its_colours)
{
    check_color(show_in_dark, "38;5;114m");
    check_color(show_in_light, "38;5;22m");
    check_color(show_in_mono, NULL);
}

/* Follows the background it is told; ends at `q`. */
static int follow_background(void)
{
    if (begin() != 0)
        return 1;
    terminal_ask_background();
    say("good.", ROLE_GOOD);
    bool hung_up = false;
    struct terminal_event event;
    while ((event = next_event(&hung_up)).key != U'q' && !hung_up) {
        if (event.kind != TERMINAL_BACKGROUND)
            return 2;
        terminal_set_theme(theme_for_background(event.background));
        say("good.", ROLE_GOOD);
    }
    terminal_stop();
    return 0;
}

Test(terminal, the_same_frame_is_shown_again_in_another_theme)
{
    struct far_end far_end = run(follow_background, "xterm-256color");
    cr_assert(wait_for(&far_end, "good."));
    cr_expect_not_null(strstr(far_end.received, INPUT_ASK_BACKGROUND INPUT_ASK_ATTRIBUTES));
    forget_received(&far_end);
    send_keys(&far_end, "\033]11;rgb:ff/ff/ff\033\\\033[?62c");
    cr_expect(wait_for(&far_end, "good."));
    cr_expect_not_null(strstr(far_end.received, "38;5;22m"), "%s", far_end.received);
    cr_expect_null(strstr(far_end.received, "\033[2J"), "nothing is cleared for it");
    send_keys(&far_end, "q");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

static int leave_at_once(void)
{
    if (begin() != 0)
        return 1;
    terminal_ask_background();
    say("good.", ROLE_GOOD);
    terminal_stop();
    return 0;
}

/* What a shell would take for typed text must not be left to it. */
static int leave_before_reading(void)
{
    if (begin() != 0)
        return 1;
    terminal_ask_background();
    say("good.", ROLE_GOOD);
    struct pollfd readable = {.fd = terminal_input_fd(), .events = POLLIN};
    if (poll(&readable, 1, PATIENCE_MS) != 1)
        return 2;
    terminal_stop();
    return poll(&readable, 1, 0) == 0 ? 0 : 3;
}

Test(terminal, an_unread_answer_is_not_left_to_the_shell)
{
    struct far_end far_end = run(leave_before_reading, "xterm-256color");
    cr_assert(wait_for(&far_end, "good."));
    send_keys(&far_end, "\033]11;rgb:ff/ff/ff\033\\\033[?62c");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

Test(terminal, an_answer_that_never_comes_does_not_hold_up_the_end)
{
    struct far_end far_end = run(leave_at_once, "xterm-256color");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

/* Where the question might be shown as text, or no colour follows from it. What kind it is, is
   asked where terminfo says that there is an answer. */
Test(terminal, some_are_not_asked)
{
    static const char *const TYPES[] = {"linux", "vt100", "vt220", "xterm-mono"};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        struct far_end far_end = run(leave_at_once, TYPES[i]);
        cr_expect_eq(finish(&far_end), 0, "%s", TYPES[i]);
        cr_expect_null(strstr(far_end.received, "\033]"), "%s", TYPES[i]);
        bool answers = strcmp(TYPES[i], "vt100") != 0;
        cr_expect_eq(strstr(far_end.received, INPUT_ASK_ATTRIBUTES) != NULL, answers, "%s",
                     TYPES[i]);
        drop(&far_end);
    }
}

static int hinted_theme(void)
{
    if (setenv("COLORFGBG", "0;15", 1) != 0 || terminal_hinted_theme() != THEME_LIGHT)
        return 1;
    return unsetenv("COLORFGBG") != 0 || terminal_hinted_theme() != THEME_AUTO;
}

Test(terminal, environment_hints_at_a_theme)
{
    struct far_end far_end = run(hinted_theme, "xterm-256color");
    cr_expect_eq(finish(&far_end), 0);
    drop(&far_end);
}

/* --- what is refused ------------------------------------------------------ */

static int print_refusal(void)
{
    struct error error;
    if (terminal_check(&error))
        return 1;
    dprintf(STDERR_FILENO, "%s\n", error.message);
    return 0;
}

static int without_input(void)
{
    return dup2(open("/dev/null", O_RDWR), STDIN_FILENO) < 0 ? 1 : print_refusal();
}

static int without_output(void)
{
    return dup2(open("/dev/null", O_RDWR), STDOUT_FILENO) < 0 ? 1 : print_refusal();
}

static void check_refusal(int (*program)(void), const char *type, const char *expected)
{
    struct far_end far_end = run(program, type);
    cr_expect_eq(finish(&far_end), 0);
    cr_expect_str_eq(far_end.received, expected);
    drop(&far_end);
}

Test(terminal, refusals_say_why)
{
    check_refusal(print_refusal, "foo", "unknown terminal type 'foo' (TERM)\r\n");
    check_refusal(print_refusal, "dumb", "terminal type 'dumb' cannot move its cursor (TERM)\r\n");
    check_refusal(print_refusal, "", "TERM is not set: the terminal's type is not known\r\n");
    check_refusal(without_input, "vt100", "standard input is not a terminal\r\n");
    check_refusal(without_output, "vt100", "standard output is not a terminal\r\n");
}
