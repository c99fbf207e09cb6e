#define NCURSES_WIDECHAR 1

#include "tui/terminal.h"

#include "tui/output.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/*
 * ncurses decides what to send; tui/output.h sends it, without ever waiting, and tui/input.h reads
 * what comes. So ncurses never has the terminal itself, and the modes are set here, too.
 */

enum {
    ESCAPE_DELAY_MS = 25,
    ESCAPE_DELAY_MAX_MS = 1000,
    CONTROLS_MAX = 256,
    READS_MAX = 16, /* a turn, so that a flood of input leaves the loop its turn */
    STYLE_BITS = 8,
    SIGNAL_GRACE_MS = 50,
    ANSWER_GRACE_MS = 100,
};

static const char PASTE_ON[] = "\033[?2004h";
static const char TITLE_KEEP[] = "\033[22;2t";
static const char TITLE_BACK[] = "\033[23;2t";
static const char PASTE_OFF[] = "\033[?2004l";

/* A style as ncurses takes it. */
struct rendition {
    bool known;
    bool blank_shows; /* underlined or reversed: a blank of it can be seen */
    int16_t background;
    attr_t attributes;
    short pair;
};

static struct {
    int tty; /* non-blocking, and of its own: a flag set on 0, 1 or 2 would change all three */
    struct termios shell_modes;
    struct termios our_modes;
    SCREEN *screen;
    struct output output;
    bool started;
    bool entering; /* the screen is to be entered before the next frame */
    int colors;
    enum theme theme;
    char title[TERMINAL_TITLE_MAX]; /* gated; "": none was set */
    bool titled;                    /* the one from before is kept */
    bool asks_background;
    bool uses_mouse;
    bool answer_awaited;
    int escape_delay_ms;
    struct input input;
    struct cell *shown; /* what ncurses has been told, row by row; NULL: nothing yet */
    int shown_width;
    int shown_height;
    struct rendition renditions[ROLE_COUNT][STYLE_BITS];
} terminal = {.tty = -1};

/* Control sequences of this terminal for this size. */
struct controls {
    char bytes[CONTROLS_MAX + 1];
    size_t length;
};

static struct controls enter_controls;
static struct controls leave_controls; /* a signal handler needs it, too */
static volatile sig_atomic_t screen_taken;

/* --- whether there is one ------------------------------------------------- */

static bool describe_setup_failure(struct error *error, const char *type, int reason)
{
    if (reason < 0)
        return error_set(error, "cannot look up terminal type '%s' (TERM): no terminfo database",
                         type);
    if (reason == 0)
        return error_set(error, "unknown terminal type '%s' (TERM)", type);
    return error_set(error, "terminal type '%s' cannot move its cursor (TERM)", type);
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
    int reason;
    if (setupterm(type, STDOUT_FILENO, &reason) != OK)
        return describe_setup_failure(error, type, reason);
    bool moves = cursor_address != NULL;
    del_curterm(cur_term);
    return moves || describe_setup_failure(error, type, 1);
}

bool terminal_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* --- control sequences ----------------------------------------------------- */

static struct controls *being_written; /* tputs() takes no context */

static int write_control(int byte)
{
    if (being_written->length < CONTROLS_MAX)
        being_written->bytes[being_written->length++] = (char)byte;
    return byte;
}

static void add_control(const char *capability)
{
    if (capability != NULL)
        (void)tputs(capability, 1, write_control);
}

static void add_whole_scroll_region(void)
{
    if (change_scroll_region != NULL)
        add_control(tparm(change_scroll_region, 0, LINES - 1));
}

static void begin_controls(struct controls *controls)
{
    *controls = (struct controls){0};
    being_written = controls;
}

/* Entering and leaving are not left to ncurses: a signal handler may not call endwin(), and what
   ncurses sends on the way back from it resets the palette, which is the user's. */
static void prepare_controls(void)
{
    begin_controls(&enter_controls);
    add_control(enter_ca_mode);
    add_whole_scroll_region();
    add_control(exit_attribute_mode);
    add_control(exit_insert_mode);
    add_control(enter_am_mode);
    add_control(cursor_invisible);
    add_control(PASTE_ON);
    if (terminal.uses_mouse)
        add_control(INPUT_MOUSE_ON);

    begin_controls(&leave_controls);
    if (terminal.uses_mouse)
        add_control(INPUT_MOUSE_OFF);
    if (terminal.titled)
        add_control(TITLE_BACK);
    add_control(PASTE_OFF);
    add_control(exit_attribute_mode);
    add_control(orig_pair);
    add_whole_scroll_region();
    add_control(tparm(cursor_address, LINES - 1, 0));
    if (exit_ca_mode == NULL) /* the frame stays: the shell goes on below it */
        add_control("\r\n");
    add_control(exit_ca_mode);
    add_control(cursor_normal);
}

/* --- taking the screen, and giving it back ------------------------------------ */

/* At once: waiting for the output first might take for ever. */
static void set_modes(const struct termios *modes)
{
    while (tcsetattr(terminal.tty, TCSANOW, modes) < 0 && errno == EINTR)
        ;
}

/* The next frame enters the screen again and repaints all of it, whatever has happened to it. */
static void enter_with_next_frame(void)
{
    set_modes(&terminal.our_modes);
    terminal.entering = true;
}

static void take_screen(void)
{
    (void)tcgetattr(terminal.tty, &terminal.shell_modes);
    terminal.our_modes = terminal.shell_modes;
    cfmakeraw(&terminal.our_modes);
    terminal.our_modes.c_cc[VMIN] = 1;
    terminal.our_modes.c_cc[VTIME] = 0;
    screen_taken = 1;
    enter_with_next_frame();
}

static bool is_in_foreground(void)
{
    pid_t foreground = tcgetpgrp(terminal.tty);
    return foreground < 0 || foreground == getpgrp();
}

static bool read_more(bool *hung_up);

/* An answer that is still on its way would come to the shell as typed text. Keys go with it. */
static void drop_late_answer(void)
{
    bool hung_up = false;
    struct pollfd readable = {.fd = terminal.tty, .events = POLLIN};
    for (int reads = 0; reads < READS_MAX && terminal.answer_awaited && !hung_up; reads++) {
        if (poll(&readable, 1, ANSWER_GRACE_MS) <= 0 || !read_more(&hung_up))
            break;
        struct terminal_event event;
        while (input_next(&terminal.input, false, &event) == INPUT_EVENT) {
            free(event.paste);
            if (event.kind == TERMINAL_ATTRIBUTES)
                terminal.answer_awaited = false;
        }
    }
    terminal.answer_awaited = false;
}

/* In the background the modes are the shell's already, and writing must not stop us (TOSTOP). */
static void give_screen_back(void)
{
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);

    output_append(&terminal.output, leave_controls.bytes);
    output_send_and_drop(&terminal.output);
    terminal.titled = false;
    if (is_in_foreground()) {
        drop_late_answer();
        set_modes(&terminal.shell_modes);
    }
    screen_taken = 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* --- the way back from a fatal signal -------------------------------------------- */

static const int FATAL_SIGNALS[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
enum { FATAL_COUNT = sizeof FATAL_SIGNALS / sizeof *FATAL_SIGNALS };

static struct sigaction fatal_before[FATAL_COUNT];

static void on_fatal_signal(int number)
{
    if (screen_taken) {
        screen_taken = 0;
        ssize_t ignored = write(terminal.tty, leave_controls.bytes, leave_controls.length);
        (void)ignored;
        (void)tcsetattr(terminal.tty, TCSANOW, &terminal.shell_modes);
    }
    for (size_t i = 0; i < FATAL_COUNT; i++)
        if (FATAL_SIGNALS[i] == number)
            (void)sigaction(number, &fatal_before[i], NULL);
    (void)raise(number);
}

static void catch_fatal_signals(void)
{
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < FATAL_COUNT; i++)
        (void)sigaction(FATAL_SIGNALS[i], &action, &fatal_before[i]);
}

static void release_fatal_signals(void)
{
    for (size_t i = 0; i < FATAL_COUNT; i++)
        (void)sigaction(FATAL_SIGNALS[i], &fatal_before[i], NULL);
}

/* --- start and stop ----------------------------------------------------------- */

/* /dev/tty opens the terminal anew, with flags of its own. A process without a controlling terminal
   still has the one on its standard input. */
static bool open_tty(struct error *error)
{
    static const char *const PATHS[] = {"/dev/tty", "/proc/self/fd/0"};
    for (size_t i = 0; terminal.tty < 0 && i < sizeof PATHS / sizeof *PATHS; i++)
        terminal.tty = open(PATHS[i], O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (terminal.tty < 0)
        return error_set(error, "cannot open the terminal (%s)", strerror(errno));
    if (tcgetattr(terminal.tty, &terminal.shell_modes) < 0)
        return error_set(error, "cannot read the terminal's modes (%s)", strerror(errno));
    return true;
}

/* newterm() takes these signals where nobody has: that is the loop's business. */
static SCREEN *new_screen(FILE *sink)
{
    static const int TAKEN[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    enum { TAKEN_COUNT = sizeof TAKEN / sizeof *TAKEN };
    struct sigaction before[TAKEN_COUNT];
    for (size_t i = 0; i < TAKEN_COUNT; i++)
        (void)sigaction(TAKEN[i], NULL, &before[i]);
    SCREEN *screen = newterm(NULL, sink, stdin);
    for (size_t i = 0; i < TAKEN_COUNT; i++)
        (void)sigaction(TAKEN[i], &before[i], NULL);
    return screen;
}

/* Terminals with direct colours take an index above 7 for red, green and blue. */
static int usable_colors(void)
{
    const char *refused = getenv("NO_COLOR");
    if ((refused != NULL && *refused != '\0') || !has_colors())
        return 0;
    if (start_color() != OK || use_default_colors() != OK)
        return 0;
    if (COLORS > 256 || COLORS < 16)
        return COLORS < 8 ? 0 : 8;
    return COLORS == 256 ? 256 : 16;
}

static int escape_delay(void)
{
    const char *chosen = getenv("ESCDELAY");
    char *end;
    long delay = chosen != NULL ? strtol(chosen, &end, 10) : -1;
    if (delay < 0 || end == chosen || *end != '\0')
        return ESCAPE_DELAY_MS;
    return delay > ESCAPE_DELAY_MAX_MS ? ESCAPE_DELAY_MAX_MS : (int)delay;
}

static void set_up_screen(void)
{
    terminal.colors = usable_colors();
    terminal.escape_delay_ms = escape_delay();
    (void)nonl();        /* our modes leave \n alone: it moves down and nothing else */
    (void)typeahead(-1); /* keys are none of ncurses' business */
    idlok(stdscr, TRUE); /* rows that moved may be scrolled */
    scrollok(stdscr, FALSE);
    (void)curs_set(0);
    /* What ncurses sends at its own start is for a terminal of terminfo's size, and waits within it
       until a frame goes out. It is not to go with ours. */
    (void)refresh();
    output_discard(&terminal.output);
}

bool terminal_start(struct error *error)
{
    if (terminal.started)
        return true;
    if (!open_tty(error))
        return false;
    if (!output_open(&terminal.output, terminal.tty, error))
        return false;
    terminal.screen = new_screen(terminal.output.sink);
    if (terminal.screen == NULL) {
        output_close(&terminal.output);
        return error_set(error, "cannot use this terminal (TERM is '%s')", getenv("TERM"));
    }
    terminal.started = true;
    terminal.asks_background = terminal.answer_awaited = terminal.uses_mouse = false;
    terminal.titled = false;
    terminal.title[0] = '\0';
    memset(terminal.renditions, 0, sizeof terminal.renditions);
    input_init(&terminal.input);
    set_up_screen();
    int width;
    int height;
    terminal_resize(&width, &height);

    static bool registered;
    registered = registered || atexit(terminal_stop) == 0;
    catch_fatal_signals();
    take_screen();
    return true;
}

void terminal_stop(void)
{
    if (!terminal.started)
        return;
    terminal.started = false;
    if (screen_taken)
        give_screen_back();
    release_fatal_signals();
    input_clear(&terminal.input);
    free(terminal.shown);
    terminal.shown = NULL;
    delscreen(terminal.screen);
    output_close(&terminal.output);
}

int terminal_input_fd(void)
{
    return terminal.tty;
}

int terminal_colors(void)
{
    return terminal.colors;
}

/* --- theme ------------------------------------------------------------------------ */

static void forget_shown(void)
{
    free(terminal.shown);
    terminal.shown = NULL;
}

void terminal_set_theme(enum theme theme)
{
    terminal.theme = theme;
    memset(terminal.renditions, 0, sizeof terminal.renditions);
    forget_shown();
}

enum theme terminal_hinted_theme(void)
{
    return theme_for_colorfgbg(getenv("COLORFGBG"));
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

/* What is sent on the way out takes it back, from a signal handler too: so it is prepared first. */
bool terminal_use_mouse(void)
{
    if (!type_takes_commands())
        return false;
    terminal.uses_mouse = true;
    prepare_controls();
    terminal_repaint();
    return true;
}

void terminal_ask_background(void)
{
    terminal.asks_background = terminal.colors > 0 && type_takes_commands();
}

/* --- bell and title ---------------------------------------------------------------- */

void terminal_ring(void)
{
    if (terminal.started && screen_taken)
        output_append(&terminal.output, "\a");
}

/* The one from before is kept on the terminal's own stack (XTWINOPS 22 and 23). */
static void write_title(void)
{
    char line[TERMINAL_TITLE_MAX + 32];
    (void)snprintf(line, sizeof line, "%s\033]2;%s\033\\", terminal.titled ? "" : TITLE_KEEP,
                   terminal.title);
    output_append(&terminal.output, line);
    terminal.titled = true;
    prepare_controls();
}

void terminal_set_title(const char *text)
{
    char title[TERMINAL_TITLE_MAX];
    (void)text_gate_string(title, sizeof title, text, strlen(text), !terminal_is_utf8());
    if (!terminal.started || !screen_taken || !type_takes_commands() ||
        strcmp(title, terminal.title) == 0)
        return;
    memcpy(terminal.title, title, sizeof title);
    if (!terminal.entering) /* else it comes with the screen, whose own controls keep titles, too */
        write_title();
}

/* --- size, repaint, suspend ------------------------------------------------------ */

static int at_most(int value, int maximum)
{
    return value > maximum ? maximum : value;
}

void terminal_resize(int *width, int *height)
{
    struct winsize size = {0};
    (void)ioctl(terminal.tty, TIOCGWINSZ, &size);
    *width = at_most(size.ws_col > 0 ? size.ws_col : COLS, GRID_WIDTH_MAX);
    *height = at_most(size.ws_row > 0 ? size.ws_row : LINES, GRID_HEIGHT_MAX);
    if (!terminal.started)
        return;
    if (*width != COLS || *height != LINES) {
        (void)resize_term(*height, *width);
        clearok(curscr, TRUE);
        forget_shown();
    }
    prepare_controls();
}

void terminal_repaint(void)
{
    if (terminal.started && screen_taken)
        enter_with_next_frame();
}

/* The others of the process group first (a make, a shell script), ourselves last: raise() stops
   this process before it returns, so nothing is drawn on the shell's screen. */
static void stop_process_group(void)
{
    struct sigaction before;
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTSTP, &action, &before);
    (void)kill(0, SIGTSTP);
    action.sa_handler = SIG_DFL;
    (void)sigaction(SIGTSTP, &action, NULL);
    (void)raise(SIGTSTP);
    (void)sigaction(SIGTSTP, &before, NULL);
}

static const int ENDINGS[] = {SIGTERM, SIGHUP, SIGINT};
enum { ENDING_COUNT = sizeof ENDINGS / sizeof *ENDINGS };

static volatile sig_atomic_t asked_to_end;

static void note_ending(int number)
{
    asked_to_end = number;
}

static void watch_endings(struct sigaction before[ENDING_COUNT])
{
    asked_to_end = 0;
    struct sigaction action = {.sa_handler = note_ending};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaction(ENDINGS[i], &action, &before[i]);
}

/* What was noted goes to whoever owns it. */
static void hand_endings_on(const struct sigaction before[ENDING_COUNT])
{
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaction(ENDINGS[i], &before[i], NULL);
    if (asked_to_end != 0)
        (void)raise(asked_to_end);
}

/* The signal may run on any thread: it gets a moment. */
static bool is_asked_to_end(void)
{
    if (asked_to_end == 0)
        (void)poll(NULL, 0, SIGNAL_GRACE_MS);
    return asked_to_end != 0;
}

/* A shell's `kill %1` sends SIGTERM and SIGCONT to a stopped job: it is to end, and the screen is
   the shell's. Continued in the background for any other reason, it stops again, as touching the
   terminal would make it (SIGTTOU). */
void terminal_suspend(void)
{
    if (!terminal.started || !screen_taken)
        return;
    struct sigaction before[ENDING_COUNT];
    watch_endings(before);
    give_screen_back();
    do {
        stop_process_group();
    } while (!is_in_foreground() && !is_asked_to_end());
    if (asked_to_end == 0)
        take_screen();
    hand_endings_on(before);
}

/* --- keys ------------------------------------------------------------------------- */

/* Reads what is there. False when nothing is, or when input has ended. */
static bool read_more(bool *hung_up)
{
    size_t room;
    unsigned char *space = input_space(&terminal.input, &room);
    ssize_t count;
    do
        count = read(terminal.tty, space, room);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        input_filled(&terminal.input, (size_t)count);
    *hung_up = count == 0 || (count < 0 && errno != EAGAIN);
    return count > 0;
}

static bool more_comes_soon(void)
{
    struct pollfd readable = {.fd = terminal.tty, .events = POLLIN};
    return poll(&readable, 1, terminal.escape_delay_ms) > 0;
}

struct terminal_event terminal_read(bool *hung_up)
{
    struct terminal_event event = {.kind = TERMINAL_NOTHING};
    *hung_up = false;
    if (!terminal.started || !screen_taken) /* not ours to read from: SIGTTIN */
        return event;
    for (int reads = 0; reads < READS_MAX; reads++) {
        enum input_result result = input_next(&terminal.input, false, &event);
        if (result == INPUT_UNDECIDED && !more_comes_soon())
            result = input_next(&terminal.input, true, &event);
        if (result == INPUT_EVENT && event.kind == TERMINAL_ATTRIBUTES) {
            terminal.answer_awaited = false;
            event = (struct terminal_event){.kind = TERMINAL_NOTHING};
            continue;
        }
        if (result == INPUT_EVENT || !read_more(hung_up))
            return event;
    }
    return event;
}

/* --- frames ----------------------------------------------------------------------- */

static short pair_of(struct look look)
{
    if (look.foreground < 0 && look.background < 0)
        return 0;
    int pair = alloc_pair(look.foreground, look.background);
    return (short)(pair > 0 ? pair : 0);
}

/* Looked up once a style: a frame has thousands of cells, and some dozen styles. */
static const struct rendition *rendition_of(struct style style)
{
    size_t role = style.role < ROLE_COUNT ? style.role : ROLE_NORMAL;
    struct rendition *rendition = &terminal.renditions[role][style.bits % STYLE_BITS];
    if (!rendition->known) {
        struct look look = theme_look(terminal.theme, style, terminal.colors);
        rendition->known = true;
        rendition->pair = pair_of(look);
        rendition->background = look.background;
        rendition->blank_shows = look.underline || look.reverse;
        rendition->attributes = (look.bold ? A_BOLD : 0) | (look.dim ? A_DIM : 0) |
                                (look.underline ? A_UNDERLINE : 0) | (look.reverse ? A_REVERSE : 0);
    }
    return rendition;
}

/* A blank shows its background alone: it goes out in the style of what is before it where that
   looks the same, so that the style need not be changed twice for it. */
static const struct rendition *rendition_after(const struct rendition *before,
                                               const struct cell *cell)
{
    const struct rendition *rendition = rendition_of(cell->style);
    bool same = before != NULL && cell->glyph.base == U' ' && cell->glyph.marks[0] == 0 &&
                before->background == rendition->background && !before->blank_shows &&
                !rendition->blank_shows;
    return same ? before : rendition;
}

static cchar_t to_curses(const struct cell *cell, const struct rendition *rendition)
{
    wchar_t text[TEXT_MARKS_MAX + 2] = {(wchar_t)cell->glyph.base};
    for (size_t i = 0; i < TEXT_MARKS_MAX; i++)
        text[i + 1] = (wchar_t)cell->glyph.marks[i];
    cchar_t character;
    (void)setcchar(&character, text, rendition->attributes, rendition->pair, NULL);
    return character;
}

static bool same_cell(const struct cell *one, const struct cell *other)
{
    return one->glyph.base == other->glyph.base && one->glyph.width == other->glyph.width &&
           memcmp(one->glyph.marks, other->glyph.marks, sizeof one->glyph.marks) == 0 &&
           one->style.role == other->style.role && one->style.bits == other->style.bits;
}

static bool same_row(const struct cell *one, const struct cell *other, int width)
{
    for (int x = 0; x < width; x++)
        if (!same_cell(&one[x], &other[x]))
            return false;
    return true;
}

/* The copy of what ncurses has been told, of the grid's size. NULL when memory is out: every row is
   told again then. */
static struct cell *shown_for(const struct grid *grid)
{
    if (terminal.shown_width != grid->width || terminal.shown_height != grid->height)
        forget_shown();
    if (terminal.shown == NULL)
        terminal.shown = calloc((size_t)grid->width * (size_t)grid->height, sizeof *terminal.shown);
    terminal.shown_width = grid->width;
    terminal.shown_height = grid->height;
    return terminal.shown;
}

static void tell_row(const struct cell *row, int width, int y)
{
    static cchar_t characters[GRID_WIDTH_MAX];
    const struct rendition *rendition = NULL;
    int count = 0;
    for (int x = 0; x < width; x++) {
        if (row[x].glyph.width == 0) /* ncurses fills the right half of a wide one itself */
            continue;
        rendition = rendition_after(rendition, &row[x]);
        characters[count++] = to_curses(&row[x], rendition);
    }
    (void)mvadd_wchnstr(y, 0, characters, count);
}

static void tell_changed_rows(const struct grid *grid)
{
    struct cell *shown = shown_for(grid);
    size_t width = (size_t)grid->width;
    for (int y = 0; y < at_most(grid->height, LINES); y++) {
        const struct cell *row = &grid->cells[(size_t)y * width];
        struct cell *before = shown != NULL ? &shown[(size_t)y * width] : NULL;
        if (before != NULL && same_row(row, before, grid->width))
            continue;
        tell_row(row, grid->width, y);
        if (before != NULL)
            memcpy(before, row, width * sizeof *row);
    }
}

static void tell_cursor(const struct grid *grid)
{
    bool visible = grid->cursor_x >= 0 && grid->cursor_y >= 0;
    (void)curs_set(visible);
    leaveok(stdscr, !visible);
    if (visible)
        (void)move(grid->cursor_y, grid->cursor_x);
}

static void ask_background(void)
{
    output_append(&terminal.output, INPUT_ASK_BACKGROUND INPUT_ASK_ATTRIBUTES);
    terminal.answer_awaited = true;
}

/* The cursor is hidden then, as ncurses must be made to know; its answer to that is not wanted. */
static void enter_screen(void)
{
    (void)curs_set(0);
    output_discard(&terminal.output);
    output_append(&terminal.output, enter_controls.bytes);
    if (terminal.asks_background)
        ask_background();
    if (terminal.title[0] != '\0' && !terminal.titled)
        write_title();
    clearok(curscr, TRUE);
    terminal.entering = false;
}

bool terminal_show(const struct grid *grid)
{
    if (!terminal.started || !screen_taken || grid->cells == NULL)
        return true;
    if (!output_send(&terminal.output))
        return false;
    if (terminal.entering)
        enter_screen();
    tell_changed_rows(grid);
    tell_cursor(grid);
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
    if (!output_collect(&terminal.output)) {
        terminal_repaint();
        return false;
    }
    return output_send(&terminal.output);
}

bool terminal_send(const char *sequence)
{
    enum { WAITING_MAX = 1024 * 1024 };
    if (!terminal.started || !screen_taken || terminal.output.pending.length > WAITING_MAX)
        return false;
    output_append(&terminal.output, sequence);
    (void)output_send(&terminal.output);
    return true;
}
