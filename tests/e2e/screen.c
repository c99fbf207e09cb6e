#include "tests/e2e/screen.h"

#include "api/buffer.h"

#include <errno.h>
#include <fcntl.h>
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
#include <vterm.h>

enum {
    DEFAULT_WIDTH = 80,
    DEFAULT_HEIGHT = 24,
    SIDE_MAX = 1000,
    CHUNK = 16384,
    STEP_MS = 20,        /* the longest wait before a condition is looked at again */
    TYPING_MS = 10000,   /* how long a program may take no input */
    REPLIES_MAX = 65536, /* bytes of keys and answers on their way to the program */
    CELL_MARKS = VTERM_MAX_CHARS_PER_CELL,
};

struct screen {
    char split[4]; /* the beginning of a character that was read in parts */
    size_t split_length;
    int master;
    pid_t pid; /* 0: reaped */
    int code;
    bool ended; /* the terminal's other side is closed */
    struct termios before;

    VTerm *vterm;
    VTermScreen *cells;
    VTermState *state;
    bool alternate;
    bool cursor_visible;
    int mouse;
    size_t scrolled_off; /* lines that left the top of the main screen */
    char title[256];

    struct buffer output;  /* the first bytes of what the program wrote */
    struct buffer replies; /* on their way to the program */
    size_t bytes;
    int64_t bytes_at_ns;
    char *text;
    char *row;
};

/* --- the emulator ---------------------------------------------------------- */

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    struct screen *screen = user;
    switch (property) {
    case VTERM_PROP_ALTSCREEN:
        screen->alternate = value->boolean;
        break;
    case VTERM_PROP_CURSORVISIBLE:
        screen->cursor_visible = value->boolean;
        break;
    case VTERM_PROP_MOUSE:
        screen->mouse = value->number;
        break;
    case VTERM_PROP_TITLE:
        (void)snprintf(screen->title, sizeof screen->title, "%s", value->string);
        break;
    default:
        break;
    }
    return 1;
}

static int on_line_off_top(int columns, const VTermScreenCell *cells, void *user)
{
    (void)columns;
    (void)cells;
    struct screen *screen = user;
    screen->scrolled_off++;
    return 0;
}

static const VTermScreenCallbacks CALLBACKS = {.settermprop = on_property,
                                               .sb_pushline = on_line_off_top};

/* Keys that were pressed and answers to the program's queries. */
static void on_reply(const char *bytes, size_t length, void *user)
{
    struct screen *screen = user;
    (void)buffer_append(&screen->replies, bytes, length);
}

static bool emulator_start(struct screen *screen, int width, int height)
{
    screen->vterm = vterm_new(height, width);
    if (screen->vterm == NULL)
        return false;
    vterm_set_utf8(screen->vterm, 1);
    vterm_output_set_callback(screen->vterm, on_reply, screen);
    screen->state = vterm_obtain_state(screen->vterm);
    screen->cells = vterm_obtain_screen(screen->vterm);
    vterm_screen_set_callbacks(screen->cells, &CALLBACKS, screen);
    vterm_screen_enable_altscreen(screen->cells, 1);
    vterm_screen_reset(screen->cells, 1);
    screen->cursor_visible = true;
    return true;
}

/* --- start and end --------------------------------------------------------- */

static _Noreturn void run_program(int slave, const struct screen_options *options,
                                  char *const *environment)
{
    if (login_tty(slave) != 0)
        _exit(127);
    child_become(options->home->path, options->argv, environment);
}

static bool start_program(struct screen *screen, const struct screen_options *options,
                          char *const *environment, int width, int height, struct error *error)
{
    struct winsize size = {.ws_row = (unsigned short)height, .ws_col = (unsigned short)width};
    int slave;
    if (openpty(&screen->master, &slave, NULL, NULL, &size) != 0) {
        screen->master = -1;
        return error_set(error, "no pseudo-terminal: %s", strerror(errno));
    }
    (void)tcgetattr(slave, &screen->before);
    (void)fcntl(screen->master, F_SETFL, O_NONBLOCK);
    (void)fcntl(screen->master, F_SETFD, FD_CLOEXEC);
    screen->pid = fork();
    if (screen->pid == 0)
        run_program(slave, options, environment);
    (void)close(slave);
    if (screen->pid < 0) {
        screen->pid = 0;
        return error_set(error, "no process: %s", strerror(errno));
    }
    return true;
}

struct screen *screen_start(const struct screen_options *options, struct error *error)
{
    struct screen *screen = calloc(1, sizeof *screen);
    char **environment =
        child_environment(options->home, options->term == NULL ? "xterm-256color" : options->term,
                          options->environment);
    int width = options->width > 0 ? options->width : DEFAULT_WIDTH;
    int height = options->height > 0 ? options->height : DEFAULT_HEIGHT;
    bool ok = false;
    if (screen == NULL || environment == NULL) {
        (void)error_set(error, "out of memory");
        goto out;
    }
    screen->master = -1;
    screen->code = -1;
    buffer_init(&screen->output, SCREEN_OUTPUT_KEPT);
    buffer_init(&screen->replies, REPLIES_MAX);
    if (!emulator_start(screen, width, height)) {
        (void)error_set(error, "no terminal emulator: out of memory");
        goto out;
    }
    ok = start_program(screen, options, environment, width, height, error);
out:
    child_environment_free(environment);
    if (!ok) {
        screen_free(screen);
        return NULL;
    }
    return screen;
}

void screen_free(struct screen *screen)
{
    if (screen == NULL)
        return;
    if (screen->pid > 0)
        child_kill(screen->pid);
    if (screen->master >= 0)
        (void)close(screen->master);
    if (screen->vterm != NULL)
        vterm_free(screen->vterm);
    buffer_clear(&screen->output);
    buffer_clear(&screen->replies);
    free(screen->text);
    free(screen->row);
    free(screen);
}

pid_t screen_pid(const struct screen *screen)
{
    return screen->pid;
}

/* --- the line -------------------------------------------------------------- */

/* How many bytes at the end are the beginning of a character in UTF-8 whose rest is to come. */
static size_t unfinished(const char *bytes, size_t length)
{
    size_t back = 0;
    while (back < 3 && back < length && ((unsigned char)bytes[length - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back >= length)
        return 0;
    unsigned char lead = (unsigned char)bytes[length - 1 - back];
    size_t whole = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return back + 1 < whole ? back + 1 : 0;
}

/* A read may end within a character, which libvterm (0.1.4) then shows as U+FFFD: it gets the
   beginning with the rest. */
static void show(struct screen *screen, const char *bytes, size_t length)
{
    char text[sizeof screen->split + CHUNK];
    memcpy(text, screen->split, screen->split_length);
    memcpy(text + screen->split_length, bytes, length);
    length += screen->split_length;
    screen->split_length = unfinished(text, length);
    length -= screen->split_length;
    memcpy(screen->split, text + length, screen->split_length);
    (void)vterm_input_write(screen->vterm, text, length);
}

static void take_output(struct screen *screen, size_t most)
{
    char bytes[CHUNK];
    ssize_t length = read(screen->master, bytes, most < sizeof bytes ? most : sizeof bytes);
    if (length > 0) {
        screen->bytes_at_ns = child_clock_ns();
        size_t room = SCREEN_OUTPUT_KEPT - screen->output.length;
        size_t keep = (size_t)length < room ? (size_t)length : room;
        (void)buffer_append(&screen->output, bytes, keep);
        screen->bytes += (size_t)length;
        show(screen, bytes, (size_t)length);
    } else if (length == 0 || (errno != EINTR && errno != EAGAIN)) {
        screen->ended = true; /* EIO: no process has the terminal open any more */
    }
}

static void send_replies(struct screen *screen)
{
    struct buffer *replies = &screen->replies;
    ssize_t length = write(screen->master, replies->data, replies->length);
    if (length > 0) {
        replies->length -= (size_t)length;
        memmove(replies->data, replies->data + length, replies->length);
    }
}

/* Waits up to ms for the line, and moves what it can. */
static void step(struct screen *screen, int ms)
{
    if (screen->ended || screen->master < 0) {
        (void)poll(NULL, 0, ms); /* nothing more will come: only the time passes */
        return;
    }
    short events = screen->replies.length > 0 ? POLLIN | POLLOUT : POLLIN;
    struct pollfd line = {.fd = screen->master, .events = events};
    if (poll(&line, 1, ms) <= 0)
        return;
    if ((line.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        take_output(screen, CHUNK);
    if (!screen->ended && (line.revents & POLLOUT) != 0)
        send_replies(screen);
}

bool screen_take(struct screen *screen, int ms)
{
    size_t before = screen->bytes;
    step(screen, ms);
    return screen->bytes != before;
}

size_t screen_take_bytes(struct screen *screen, size_t most)
{
    size_t before = screen->bytes;
    size_t last = before - 1;
    while (!screen->ended && screen->bytes != last && screen->bytes - before < most) {
        last = screen->bytes;
        take_output(screen, most - (last - before));
    }
    if (!screen->ended && screen->replies.length > 0)
        send_replies(screen);
    return screen->bytes - before;
}

void screen_pump(struct screen *screen, int ms)
{
    int64_t until = child_clock_ms() + ms;
    for (int64_t left = ms; left > 0; left = until - child_clock_ms())
        step(screen, left < STEP_MS ? (int)left : STEP_MS);
}

/* --- in -------------------------------------------------------------------- */

static bool send_all(struct screen *screen)
{
    int64_t until = child_clock_ms() + TYPING_MS;
    while (screen->replies.length > 0 && !screen->ended && !screen->replies.failed &&
           child_clock_ms() < until)
        step(screen, STEP_MS);
    if (screen->replies.length == 0 && !screen->replies.failed)
        return true;
    screen_print(screen, "the program takes no input");
    return false;
}

bool screen_keys(struct screen *screen, const char *keys)
{
    (void)buffer_append_string(&screen->replies, keys);
    return send_all(screen);
}

bool screen_press(struct screen *screen, enum screen_key key)
{
    static const VTermKey KEYS[] = {
        [SCREEN_ENTER] = VTERM_KEY_ENTER,
        [SCREEN_TAB] = VTERM_KEY_TAB,
        [SCREEN_SHIFT_TAB] = VTERM_KEY_TAB,
        [SCREEN_ESCAPE] = VTERM_KEY_ESCAPE,
        [SCREEN_BACKSPACE] = VTERM_KEY_BACKSPACE,
        [SCREEN_UP] = VTERM_KEY_UP,
        [SCREEN_DOWN] = VTERM_KEY_DOWN,
        [SCREEN_LEFT] = VTERM_KEY_LEFT,
        [SCREEN_RIGHT] = VTERM_KEY_RIGHT,
        [SCREEN_HOME] = VTERM_KEY_HOME,
        [SCREEN_END] = VTERM_KEY_END,
        [SCREEN_PAGE_UP] = VTERM_KEY_PAGEUP,
        [SCREEN_PAGE_DOWN] = VTERM_KEY_PAGEDOWN,
        [SCREEN_INSERT] = VTERM_KEY_INS,
        [SCREEN_DELETE] = VTERM_KEY_DEL,
    };
    vterm_keyboard_key(screen->vterm, KEYS[key],
                       key == SCREEN_SHIFT_TAB ? VTERM_MOD_SHIFT : VTERM_MOD_NONE);
    return send_all(screen);
}

bool screen_paste(struct screen *screen, const char *text)
{
    vterm_keyboard_start_paste(screen->vterm);
    (void)buffer_append_string(&screen->replies, text);
    vterm_keyboard_end_paste(screen->vterm);
    return send_all(screen);
}

void screen_resize(struct screen *screen, int width, int height)
{
    struct winsize size = {.ws_row = (unsigned short)height, .ws_col = (unsigned short)width};
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX)
        return;
    vterm_set_size(screen->vterm, height, width);
    (void)ioctl(screen->master, TIOCSWINSZ, &size);
}

void screen_hang_up(struct screen *screen)
{
    if (screen->master >= 0)
        (void)close(screen->master);
    screen->master = -1;
    screen->ended = true;
}

/* --- waiting --------------------------------------------------------------- */

bool screen_wait_for(struct screen *screen, screen_test test, const void *context, const char *what,
                     int limit_ms)
{
    int64_t until = child_clock_ms() + limit_ms;
    while (!test(screen, context)) {
        if (child_clock_ms() >= until) {
            char why[512];
            (void)snprintf(why, sizeof why, "waited %d ms for %s", limit_ms, what);
            screen_print(screen, why);
            return false;
        }
        step(screen, STEP_MS);
    }
    return true;
}

static bool has_text(struct screen *screen, const void *context)
{
    return screen_has(screen, context);
}

static bool has_no_text(struct screen *screen, const void *context)
{
    return !screen_has(screen, context);
}

bool screen_wait_text(struct screen *screen, const char *text, int limit_ms)
{
    char what[256];
    (void)snprintf(what, sizeof what, "\"%s\" to be shown", text);
    return screen_wait_for(screen, has_text, text, what, limit_ms);
}

bool screen_wait_no_text(struct screen *screen, const char *text, int limit_ms)
{
    char what[256];
    (void)snprintf(what, sizeof what, "\"%s\" to be gone", text);
    return screen_wait_for(screen, has_no_text, text, what, limit_ms);
}

static bool has_row(struct screen *screen, const void *context)
{
    const char *const *both = context;
    int height;
    screen_size(screen, NULL, &height);
    for (int y = 0; y < height; y++) {
        const char *row = screen_row(screen, y);
        if (strstr(row, both[0]) != NULL && strstr(row, both[1]) != NULL)
            return true;
    }
    return false;
}

bool screen_wait_row(struct screen *screen, const char *a, const char *b, int limit_ms)
{
    const char *both[] = {a, b};
    char what[256];
    (void)snprintf(what, sizeof what, "a row with \"%s\" and \"%s\"", a, b);
    return screen_wait_for(screen, has_row, both, what, limit_ms);
}

bool screen_wait_quiet(struct screen *screen, int quiet_ms, int limit_ms)
{
    int64_t until = child_clock_ms() + limit_ms;
    int64_t quiet_since = child_clock_ms();
    size_t bytes = screen->bytes;
    while (child_clock_ms() - quiet_since < quiet_ms) {
        if (child_clock_ms() >= until) {
            screen_print(screen, "waited for the screen to come to rest");
            return false;
        }
        step(screen, STEP_MS);
        if (screen->bytes != bytes) {
            bytes = screen->bytes;
            quiet_since = child_clock_ms();
        }
    }
    return true;
}

static bool has_exited(struct screen *screen, const void *context)
{
    (void)context;
    if (screen->pid > 0 && child_wait(screen->pid, 0, &screen->code))
        screen->pid = 0;
    return screen->pid == 0;
}

int screen_wait_exit(struct screen *screen, int limit_ms)
{
    if (!screen_wait_for(screen, has_exited, NULL, "the program to end", limit_ms))
        return -1;
    size_t before;
    do { /* what it wrote last may still be in the line */
        before = screen->bytes;
        step(screen, 0);
    } while (screen->bytes != before);
    return screen->code;
}

/* --- what is shown --------------------------------------------------------- */

static VTermColor from_rgb(const uint8_t rgb[3])
{
    VTermColor color;
    vterm_color_rgb(&color, rgb[0], rgb[1], rgb[2]);
    return color;
}

void screen_set_palette(struct screen *screen, const struct screen_palette *palette)
{
    VTermColor foreground = from_rgb(palette->foreground);
    VTermColor background = from_rgb(palette->background);
    vterm_state_set_default_colors(screen->state, &foreground, &background);
    for (int i = 0; i < 16; i++) {
        VTermColor color = from_rgb(palette->colors[i]);
        vterm_state_set_palette_color(screen->state, i, &color);
    }
    vterm_screen_reset(screen->cells, 1); /* the pen takes the new defaults */
}

void screen_size(const struct screen *screen, int *width, int *height)
{
    int rows, columns;
    vterm_get_size(screen->vterm, &rows, &columns);
    if (width != NULL)
        *width = columns;
    if (height != NULL)
        *height = rows;
}

static bool vterm_cell_at(const struct screen *screen, int x, int y, VTermScreenCell *cell)
{
    int width, height;
    screen_size(screen, &width, &height);
    VTermPos at = {.row = y, .col = x};
    return x >= 0 && y >= 0 && x < width && y < height &&
           vterm_screen_get_cell(screen->cells, at, cell) != 0;
}

/* xterm's colours 16 to 255: a cube of six levels, then greys. The emulator's own cube is darker
   than what terminals show. */
static void xterm_rgb(uint8_t index, uint8_t rgb[3])
{
    static const uint8_t LEVELS[] = {0, 95, 135, 175, 215, 255};
    unsigned at = index - 16U;
    rgb[0] = index < 232 ? LEVELS[at / 36] : (uint8_t)(8 + 10 * (index - 232));
    rgb[1] = index < 232 ? LEVELS[at / 6 % 6] : rgb[0];
    rgb[2] = index < 232 ? LEVELS[at % 6] : rgb[0];
}

static void to_rgb(const struct screen *screen, VTermColor color, uint8_t rgb[3])
{
    if (VTERM_COLOR_IS_INDEXED(&color) && color.indexed.idx >= 16) {
        xterm_rgb(color.indexed.idx, rgb);
        return;
    }
    vterm_screen_convert_color_to_rgb(screen->cells, &color);
    rgb[0] = color.rgb.red;
    rgb[1] = color.rgb.green;
    rgb[2] = color.rgb.blue;
}

static bool is_right_half(const VTermScreenCell *cell)
{
    return cell->chars[0] == UINT32_MAX;
}

struct screen_cell screen_cell(const struct screen *screen, int x, int y)
{
    VTermScreenCell from;
    if (!vterm_cell_at(screen, x, y, &from))
        return (struct screen_cell){.width = 0};
    struct screen_cell cell = {
        .character = is_right_half(&from) ? 0 : from.chars[0],
        .width = is_right_half(&from) ? 0 : from.width,
        .bold = from.attrs.bold,
        .underline = from.attrs.underline != VTERM_UNDERLINE_OFF,
        .reverse = from.attrs.reverse,
        .default_foreground = VTERM_COLOR_IS_DEFAULT_FG(&from.fg),
        .default_background = VTERM_COLOR_IS_DEFAULT_BG(&from.bg),
    };
    to_rgb(screen, from.fg, cell.foreground);
    to_rgb(screen, from.bg, cell.background);
    return cell;
}

static size_t utf8_encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char LEAD[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(LEAD[more] | c >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3F));
    return more + 1;
}

static size_t cell_utf8(const VTermScreenCell *cell, char out[SCREEN_CELL_BYTES])
{
    size_t length = 0;
    for (size_t i = 0; i < CELL_MARKS && cell->chars[i] != 0 && !is_right_half(cell); i++)
        length += utf8_encode(cell->chars[i], out + length);
    out[length] = '\0';
    return length;
}

const char *screen_cell_text(const struct screen *screen, int x, int y, char out[SCREEN_CELL_BYTES])
{
    VTermScreenCell cell;
    out[0] = '\0';
    if (vterm_cell_at(screen, x, y, &cell))
        (void)cell_utf8(&cell, out);
    return out;
}

/* One row without trailing blanks, NUL-terminated, into room for it. Returns its length. */
static size_t put_row(const struct screen *screen, int y, char *out)
{
    int width;
    size_t length = 0, used = 0;
    screen_size(screen, &width, NULL);
    for (int x = 0; x < width; x++) {
        VTermScreenCell cell;
        char text[SCREEN_CELL_BYTES];
        if (!vterm_cell_at(screen, x, y, &cell) || is_right_half(&cell))
            continue;
        size_t bytes = cell_utf8(&cell, text);
        memcpy(out + length, bytes > 0 ? text : " ", bytes > 0 ? bytes : 1);
        length += bytes > 0 ? bytes : 1;
        if (bytes > 0 && strcmp(text, " ") != 0)
            used = length;
    }
    out[used] = '\0';
    return used;
}

/* Gives room for that many rows; ends the program when memory is out, being a test's. */
static char *room(char **text, const struct screen *screen, int rows)
{
    int width;
    screen_size(screen, &width, NULL);
    char *grown = realloc(*text, (size_t)rows * ((size_t)width * SCREEN_CELL_BYTES + 1) + 1);
    if (grown == NULL)
        abort();
    *text = grown;
    return grown;
}

const char *screen_row(struct screen *screen, int y)
{
    (void)put_row(screen, y, room(&screen->row, screen, 1));
    return screen->row;
}

const char *screen_text(struct screen *screen)
{
    int height;
    screen_size(screen, NULL, &height);
    char *text = room(&screen->text, screen, height);
    size_t length = 0;
    for (int y = 0; y < height; y++) {
        length += put_row(screen, y, text + length);
        text[length++] = '\n';
    }
    text[length] = '\0';
    return text;
}

bool screen_has(struct screen *screen, const char *text)
{
    return strstr(screen_text(screen), text) != NULL;
}

/* The column of the cell that starts at that byte of its row. */
static int column_of(const struct screen *screen, int y, size_t byte)
{
    size_t at = 0;
    int x = 0;
    VTermScreenCell cell;
    for (; vterm_cell_at(screen, x, y, &cell); x++) {
        if (is_right_half(&cell))
            continue;
        if (at >= byte)
            break;
        char text[SCREEN_CELL_BYTES];
        size_t bytes = cell_utf8(&cell, text);
        at += bytes > 0 ? bytes : 1;
    }
    return x;
}

int screen_row_with(struct screen *screen, const char *text, int *x)
{
    int height;
    screen_size(screen, NULL, &height);
    for (int y = 0; y < height; y++) {
        const char *row = screen_row(screen, y);
        const char *found = strstr(row, text);
        if (found == NULL)
            continue;
        if (x != NULL)
            *x = column_of(screen, y, (size_t)(found - row));
        return y;
    }
    return -1;
}

bool screen_cursor(const struct screen *screen, int *x, int *y)
{
    VTermPos at;
    vterm_state_get_cursorpos(screen->state, &at);
    *x = at.col;
    *y = at.row;
    return screen->cursor_visible;
}

bool screen_is_alternate(const struct screen *screen)
{
    return screen->alternate;
}

const char *screen_title(const struct screen *screen)
{
    return screen->title;
}

void screen_print(struct screen *screen, const char *why)
{
    int width, height;
    screen_size(screen, &width, &height);
    (void)fprintf(stderr, "%s; the screen (%d×%d):\n", why, width, height);
    for (int y = 0; y < height; y++)
        (void)fprintf(stderr, "    |%s\n", screen_row(screen, y));
}

/* --- what was sent --------------------------------------------------------- */

size_t screen_bytes(const struct screen *screen)
{
    return screen->bytes;
}

int64_t screen_bytes_at_ns(const struct screen *screen)
{
    return screen->bytes_at_ns;
}

const char *screen_output(const struct screen *screen, size_t *length)
{
    *length = screen->output.length;
    return screen->output.data;
}

bool screen_sent(const struct screen *screen, const char *bytes)
{
    return screen->output.length > 0 &&
           memmem(screen->output.data, screen->output.length, bytes, strlen(bytes)) != NULL;
}

/* --- after the end --------------------------------------------------------- */

/* What the terminal would send now for something the user does. */
static bool would_send(struct screen *screen, const char *expected)
{
    bool same = screen->replies.length == strlen(expected) &&
                memcmp(screen->replies.data, expected, screen->replies.length) == 0;
    screen->replies.length = 0;
    return same;
}

static bool modes_are_plain(struct screen *screen, struct error *error)
{
    screen->replies.length = 0;
    (void)buffer_append_string(&screen->replies, "|");
    vterm_keyboard_start_paste(screen->vterm);
    if (!would_send(screen, "|"))
        return error_set(error, "bracketed paste is still on");
    vterm_keyboard_key(screen->vterm, VTERM_KEY_UP, VTERM_MOD_NONE);
    if (!would_send(screen, "\033[A"))
        return error_set(error, "cursor keys are still in application mode");
    return true;
}

static bool pen_is_plain(const struct screen *screen)
{
    static const VTermAttr ATTRIBUTES[] = {VTERM_ATTR_BOLD, VTERM_ATTR_UNDERLINE, VTERM_ATTR_BLINK,
                                           VTERM_ATTR_REVERSE, VTERM_ATTR_ITALIC};
    for (size_t i = 0; i < sizeof ATTRIBUTES / sizeof ATTRIBUTES[0]; i++) {
        VTermValue value = {0};
        if (vterm_state_get_penattr(screen->state, ATTRIBUTES[i], &value) == 0 || value.number != 0)
            return false;
    }
    VTermValue foreground = {0}, background = {0};
    return vterm_state_get_penattr(screen->state, VTERM_ATTR_FOREGROUND, &foreground) != 0 &&
           vterm_state_get_penattr(screen->state, VTERM_ATTR_BACKGROUND, &background) != 0 &&
           VTERM_COLOR_IS_DEFAULT_FG(&foreground.color) &&
           VTERM_COLOR_IS_DEFAULT_BG(&background.color);
}

/* A line feed at the bottom must move the top line off the screen. Changes the screen. */
static bool scrolls_whole(struct screen *screen)
{
    static const char AT_BOTTOM[] = "\033[9999;1H\n";
    size_t before = screen->scrolled_off;
    (void)vterm_input_write(screen->vterm, AT_BOTTOM, sizeof AT_BOTTOM - 1);
    return screen->scrolled_off == before + 1;
}

static bool same_termios(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

bool screen_is_whole(struct screen *screen, struct error *error)
{
    struct termios now;
    if (screen->master < 0 || tcgetattr(screen->master, &now) != 0)
        return error_set(error, "the terminal is gone");
    if (!same_termios(&screen->before, &now))
        return error_set(error, "the line discipline is not as it was");
    if (screen->alternate)
        return error_set(error, "the alternate screen was not left");
    if (!screen->cursor_visible)
        return error_set(error, "the cursor is still hidden");
    if (screen->mouse != VTERM_PROP_MOUSE_NONE)
        return error_set(error, "mouse reports are still on");
    if (!pen_is_plain(screen))
        return error_set(error, "colours or attributes are still set");
    if (!modes_are_plain(screen, error))
        return false;
    if (!scrolls_whole(screen))
        return error_set(error, "a scroll region is still set");
    return true;
}
