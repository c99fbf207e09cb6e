#include "tui/terminal.h"

#include "tui/output.h"
#include "tui/pace.h"
#include "tui/painter.h"
#include "tui/steady.h"
#include "tui/tty.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Four modules make a terminal: tui/tty.h has the device, tui/painter.h turns grids into bytes,
 * tui/output.h sends them without ever waiting, and tui/input.h reads what comes. Here they are put
 * together: when the screen is taken and given back, and what is said beside frames.
 */

enum {
    ESCAPE_DELAY_MS = 25,
    ESCAPE_DELAY_MAX_MS = 1000,
    READS_MAX = 16, /* a turn, so that a flood of input leaves the loop its turn */
    ANSWER_GRACE_MS = 100,
    SURE_ANSWER_GRACE_MS = 1000, /* where there were answers before */
};

static const char PASTE_ON[] = "\033[?2004h";
static const char PASTE_OFF[] = "\033[?2004l";
static const char TITLE_KEEP[] = "\033[22;2t"; /* on the terminal's own stack (XTWINOPS) */
static const char TITLE_BACK[] = "\033[23;2t";

static struct {
    struct output output;
    struct input input;
    bool started;
    bool entering;                  /* the screen is to be entered before the next frame */
    char title[TERMINAL_TITLE_MAX]; /* gated; "": none was set */
    bool titled;                    /* the one from before is kept */
    bool asks_background;
    bool uses_mouse;
    bool can_answer;
    struct pace pace;
    int escape_delay_ms;
} terminal;

static bool is_ours(void)
{
    return terminal.started && tty_is_taken();
}

bool terminal_check(struct error *error)
{
    if (!isatty(STDIN_FILENO))
        return error_set(error, "standard input is not a terminal");
    if (!isatty(STDOUT_FILENO))
        return error_set(error, "standard output is not a terminal");
    const char *type = getenv("TERM");
    if (type == NULL || *type == '\0')
        return error_set(error, "TERM is not set: the terminal's type is not known");
    return painter_can(type, error);
}

bool terminal_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int terminal_colors(void)
{
    return painter_colors();
}

int terminal_input_fd(void)
{
    return tty_fd();
}

/* Emulators of windows and multiplexers read a command they do not know to its end; consoles and
   old terminals may show it. */
static bool type_takes_commands(void)
{
    static const char *const FAMILIES[] = {
        "xterm",   "tmux", "screen",  "alacritty", "foot",   "rxvt",  "st",      "kitty",
        "wezterm", "vte",  "konsole", "gnome",     "mintty", "iterm", "contour", "ghostty"};
    const char *type = getenv("TERM");
    size_t family = type != NULL ? strcspn(type, "-.+0123456789") : 0;
    for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES; i++)
        if (strlen(FAMILIES[i]) == family && strncmp(type, FAMILIES[i], family) == 0)
            return true;
    return false;
}

/* --- keys ------------------------------------------------------------------------------ */

static int escape_delay(void)
{
    const char *chosen = getenv("ESCDELAY");
    char *end;
    long delay = chosen != NULL ? strtol(chosen, &end, 10) : -1;
    if (delay < 0 || end == chosen || *end != '\0')
        return ESCAPE_DELAY_MS;
    return delay > ESCAPE_DELAY_MAX_MS ? ESCAPE_DELAY_MAX_MS : (int)delay;
}

/* Reads what is there. False when nothing is, or when input has ended. */
static bool read_more(bool *hung_up)
{
    size_t room;
    unsigned char *space = input_space(&terminal.input, &room);
    ssize_t count;
    do
        count = read(tty_fd(), space, room);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        input_filled(&terminal.input, (size_t)count);
    *hung_up = count == 0 || (count < 0 && errno != EAGAIN);
    return count > 0;
}

static bool more_comes_within(int ms)
{
    struct pollfd readable = {.fd = tty_fd(), .events = POLLIN};
    return poll(&readable, 1, ms) > 0;
}

struct terminal_event terminal_read(bool *hung_up)
{
    struct terminal_event event = {.kind = TERMINAL_NOTHING};
    *hung_up = false;
    if (!is_ours()) /* not ours to read from: SIGTTIN */
        return event;
    for (int reads = 0; reads < READS_MAX; reads++) {
        enum input_result result = input_next(&terminal.input, false, &event);
        if (result == INPUT_UNDECIDED && !more_comes_within(terminal.escape_delay_ms))
            result = input_next(&terminal.input, true, &event);
        if (result == INPUT_EVENT && event.kind == TERMINAL_ATTRIBUTES) {
            pace_answered(&terminal.pace);
            event = (struct terminal_event){.kind = TERMINAL_NOTHING};
            continue;
        }
        if (result == INPUT_EVENT || !read_more(hung_up))
            return event;
    }
    return event;
}

/* An answer that is still on its way would come to the shell as typed text. Keys go with it: so the
   screen must still be ours, that nobody types for the shell yet. */
static void drop_late_answers(void)
{
    int grace_ms = terminal.pace.answers ? SURE_ANSWER_GRACE_MS : ANSWER_GRACE_MS;
    bool hung_up = false;
    (void)output_send(&terminal.output);
    for (int reads = 0; reads < READS_MAX && terminal.pace.awaited > 0 && !hung_up; reads++) {
        if (!more_comes_within(grace_ms) || !read_more(&hung_up))
            break;
        struct terminal_event event;
        while (input_next(&terminal.input, false, &event) == INPUT_EVENT) {
            free(event.paste);
            if (event.kind == TERMINAL_ATTRIBUTES)
                pace_answered(&terminal.pace);
        }
    }
    terminal.pace = (struct pace){0};
}

/* --- taking the screen, and giving it back --------------------------------------------- */

struct farewell {
    char bytes[TTY_FAREWELL_MAX + 1];
};

/* Our own modes are left in the order opposite to that of terminal_show()'s entering. */
static struct farewell farewell(void)
{
    struct controls leave = painter_leave_controls();
    struct farewell said;
    (void)snprintf(said.bytes, sizeof said.bytes, "%s%s%s%s",
                   terminal.uses_mouse ? INPUT_MOUSE_OFF : "", terminal.titled ? TITLE_BACK : "",
                   PASTE_OFF, leave.bytes);
    return said;
}

/* Made before it is needed: a signal handler needs it, too. */
static void prepare_farewell(void)
{
    struct farewell said = farewell();
    tty_set_farewell(said.bytes, strlen(said.bytes));
}

static void take_screen(void)
{
    tty_take();
    terminal.entering = true;
}

/* In the background the modes are the shell's already, and writing must not stop us (TOSTOP). */
static void give_screen_back(void)
{
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);

    if (tty_is_in_foreground())
        drop_late_answers();
    output_append(&terminal.output, farewell().bytes);
    output_send_and_drop(&terminal.output);
    terminal.titled = false;
    tty_give_back();
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void terminal_repaint(void)
{
    if (!is_ours())
        return;
    tty_set_raw();
    terminal.entering = true;
}

void terminal_suspend(void)
{
    if (is_ours())
        tty_suspend(give_screen_back, take_screen);
}

/* --- start and stop -------------------------------------------------------------------- */

bool terminal_start(struct error *error)
{
    if (terminal.started)
        return true;
    if (!tty_open(error))
        return false;
    struct output output;
    if (!output_open(&output, tty_fd(), error))
        return false;
    if (!painter_open(output.sink, error)) {
        output_close(&output);
        return false;
    }
    output_discard(&output);
    memset(&terminal, 0, sizeof terminal);
    terminal.started = true;
    terminal.output = output;
    terminal.escape_delay_ms = escape_delay();
    terminal.can_answer = painter_can_answer();
    input_init(&terminal.input);
    int width;
    int height;
    terminal_resize(&width, &height);

    static bool registered;
    registered = registered || atexit(terminal_stop) == 0;
    tty_catch_signals();
    take_screen();
    return true;
}

void terminal_stop(void)
{
    if (!terminal.started)
        return;
    if (is_ours())
        give_screen_back();
    terminal.started = false;
    tty_release_signals();
    input_clear(&terminal.input);
    painter_close();
    output_close(&terminal.output);
}

static int at_most(int value, int maximum)
{
    return value > maximum ? maximum : value;
}

void terminal_resize(int *width, int *height)
{
    int guessed_width;
    int guessed_height;
    painter_size(&guessed_width, &guessed_height);
    tty_size(width, height);
    *width = at_most(*width > 0 ? *width : guessed_width, GRID_WIDTH_MAX);
    *height = at_most(*height > 0 ? *height : guessed_height, GRID_HEIGHT_MAX);
    if (!terminal.started)
        return;
    painter_resize(*width, *height);
    prepare_farewell();
}

/* --- theme, mouse, bell and title ------------------------------------------------------ */

void terminal_set_theme(enum theme theme)
{
    painter_set_theme(theme);
}

enum theme terminal_hinted_theme(void)
{
    return theme_for_colorfgbg(getenv("COLORFGBG"));
}

void terminal_ask_background(void)
{
    terminal.asks_background = painter_colors() > 0 && type_takes_commands();
}

/* What is sent on the way out takes it back, from a signal handler too: so it is prepared first. */
bool terminal_use_mouse(void)
{
    if (!type_takes_commands())
        return false;
    terminal.uses_mouse = true;
    prepare_farewell();
    terminal_repaint();
    return true;
}

void terminal_ring(void)
{
    if (is_ours())
        output_append(&terminal.output, "\a");
}

static void write_title(void)
{
    char line[TERMINAL_TITLE_MAX + 32];
    (void)snprintf(line, sizeof line, "%s\033]2;%s\033\\", terminal.titled ? "" : TITLE_KEEP,
                   terminal.title);
    output_append(&terminal.output, line);
    terminal.titled = true;
    prepare_farewell();
}

void terminal_set_title(const char *text)
{
    char title[TERMINAL_TITLE_MAX];
    (void)text_gate_string(title, sizeof title, text, strlen(text), !terminal_is_utf8());
    if (!is_ours() || !type_takes_commands() || strcmp(title, terminal.title) == 0)
        return;
    memcpy(terminal.title, title, sizeof title);
    if (!terminal.entering) /* else it comes with the screen, whose own controls keep titles, too */
        write_title();
}

/* --- frames ---------------------------------------------------------------------------- */

static void ask_attributes(uint64_t now_ms)
{
    output_append(&terminal.output, INPUT_ASK_ATTRIBUTES);
    pace_asked(&terminal.pace, now_ms);
}

/* The question stands before the first frame, too, so that its answer is there soon. */
static void enter_screen(uint64_t now_ms)
{
    painter_entered();
    output_discard(&terminal.output);
    output_append(&terminal.output, painter_enter_controls().bytes);
    output_append(&terminal.output, PASTE_ON);
    if (terminal.uses_mouse)
        output_append(&terminal.output, INPUT_MOUSE_ON);
    if (terminal.asks_background)
        output_append(&terminal.output, INPUT_ASK_BACKGROUND);
    if (terminal.asks_background || terminal.can_answer)
        ask_attributes(now_ms);
    if (terminal.title[0] != '\0' && !terminal.titled)
        write_title();
    terminal.entering = false;
}

/* The last of its frames is still on its way to who looks at it. */
static bool is_behind(uint64_t now_ms)
{
    if (!pace_is_behind(&terminal.pace, now_ms))
        return false;
    if (pace_is_due(&terminal.pace, now_ms)) {
        ask_attributes(now_ms);
        (void)output_send(&terminal.output);
    }
    return true;
}

bool terminal_is_ready(uint64_t now_ms)
{
    return !is_ours() || (output_send(&terminal.output) && !is_behind(now_ms));
}

bool terminal_show(const struct grid *grid, uint64_t now_ms)
{
    if (!is_ours() || grid->cells == NULL)
        return true;
    if (!terminal_is_ready(now_ms))
        return false;
    if (terminal.entering)
        enter_screen(now_ms);
    painter_draw(grid);
    bool steady = painter_can_steady() && terminal_is_utf8();
    if (!output_collect(&terminal.output, steady ? steady_append : NULL)) {
        terminal_repaint();
        return false;
    }
    pace_sent(&terminal.pace, terminal.output.pending.length);
    if (terminal.can_answer && pace_is_due(&terminal.pace, now_ms))
        ask_attributes(now_ms);
    return output_send(&terminal.output);
}

bool terminal_send(const char *sequence)
{
    enum { WAITING_MAX = 1024 * 1024 };
    if (!is_ours() || terminal.output.pending.length > WAITING_MAX)
        return false;
    size_t before = terminal.output.pending.length;
    output_append(&terminal.output, sequence);
    pace_sent(&terminal.pace, terminal.output.pending.length - before);
    (void)output_send(&terminal.output);
    return true;
}
