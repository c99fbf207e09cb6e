/*
 * A real program in a real pseudo-terminal, before a terminal emulator that can be asked
 * what it shows.
 *
 * Nothing happens by itself: the program's output is taken in while a function here waits. A
 * program whose terminal is not read for a while meets a slow line, as over SSH.
 *
 * Waiting functions return false when the limit passes, after printing what they waited for
 * and the screen as it was then to stderr; a test only asserts that they are true.
 */
#ifndef BRIDGETOP_TESTS_E2E_SCREEN_H
#define BRIDGETOP_TESTS_E2E_SCREEN_H

#include "api/error.h"
#include "tests/e2e/child.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SCREEN_OUTPUT_KEPT = 16 * 1024 * 1024, SCREEN_LIMIT_MS = 20 * 1000 };

struct screen;

struct screen_options {
    char *const *argv;              /* ends with NULL */
    const struct child_home *home;  /* stays the caller's */
    const char *const *environment; /* more of it, see child_environment(); NULL is fine */
    const char *term;               /* NULL: "xterm-256color" */
    int width, height;              /* 0: 80×24 */
};

struct screen *screen_start(const struct screen_options *options, struct error *error);
void screen_free(struct screen *screen); /* kills the program if it still runs; NULL is fine */
pid_t screen_pid(const struct screen *screen);

/* --- in -------------------------------------------------------------------- */

enum screen_key {
    SCREEN_ENTER,
    SCREEN_TAB,
    SCREEN_SHIFT_TAB,
    SCREEN_ESCAPE,
    SCREEN_BACKSPACE,
    SCREEN_UP,
    SCREEN_DOWN,
    SCREEN_LEFT,
    SCREEN_RIGHT,
    SCREEN_HOME,
    SCREEN_END,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_INSERT,
    SCREEN_DELETE,
};

/* Types bytes as they are: "j", "\x0c" (Ctrl-L). False when the program takes no input. */
bool screen_keys(struct screen *screen, const char *keys);

/* Presses a named key, as this terminal sends it in its present mode. */
bool screen_press(struct screen *screen, enum screen_key key);

/* Pastes: in brackets if the program has asked for them. */
bool screen_paste(struct screen *screen, const char *text);

/* Changes the size; the kernel sends SIGWINCH. */
void screen_resize(struct screen *screen, int width, int height);

/* Takes the terminal away, as a dropped connection does: the kernel sends SIGHUP. */
void screen_hang_up(struct screen *screen);

/* --- waiting --------------------------------------------------------------- */

void screen_pump(struct screen *screen, int ms); /* takes output in for that long */

/* Takes in what is there, and waits at most that long for it. True when there was any. */
bool screen_take(struct screen *screen, int ms);

/* Takes in at most so many bytes that are there, without waiting, and sends what waits to be sent:
   a slow line, in the time of whoever counts the bytes. Returns how many there were. */
size_t screen_take_bytes(struct screen *screen, size_t most);

bool screen_wait_text(struct screen *screen, const char *text, int limit_ms);
bool screen_wait_no_text(struct screen *screen, const char *text, int limit_ms);

/* Until `a` and `b` stand in one row. */
bool screen_wait_row(struct screen *screen, const char *a, const char *b, int limit_ms);

/* Until the terminal has got no byte for quiet_ms: a screen that is done changing. */
bool screen_wait_quiet(struct screen *screen, int quiet_ms, int limit_ms);

/* Until `test` holds of the screen. `what` names it in the report. */
typedef bool (*screen_test)(struct screen *screen, const void *context);
bool screen_wait_for(struct screen *screen, screen_test test, const void *context, const char *what,
                     int limit_ms);

/* Until the program ends: its exit code, or 128 + the signal that killed it; -1 when it goes on. */
int screen_wait_exit(struct screen *screen, int limit_ms);

/* --- what is shown --------------------------------------------------------- */

struct screen_cell {
    uint32_t character; /* 0: blank, or the right half of a wide one */
    int width;
    bool bold, underline, reverse;
    bool default_foreground, default_background;
    uint8_t foreground[3], background[3]; /* red, green, blue; reverse not applied */
};

/* Gives the terminal its 16 colours, each red, green, blue; the emulator's are plain. Output that
   came before keeps its default colours. */
struct screen_palette {
    uint8_t foreground[3], background[3];
    uint8_t colors[16][3];
};
void screen_set_palette(struct screen *screen, const struct screen_palette *palette);

void screen_size(const struct screen *screen, int *width, int *height);
struct screen_cell screen_cell(const struct screen *screen, int x, int y);

/* The combined characters of a cell as UTF-8, "" for none. */
enum { SCREEN_CELL_BYTES = 6 * 4 + 1 };
const char *screen_cell_text(const struct screen *screen, int x, int y,
                             char out[SCREEN_CELL_BYTES]);

/* The whole screen as UTF-8 lines without trailing blanks. Valid until the next call. */
const char *screen_text(struct screen *screen);
bool screen_has(struct screen *screen, const char *text);

/* The first row that has the text, or -1; *x (may be NULL) is the column where it starts. */
int screen_row_with(struct screen *screen, const char *text, int *x);

/* One row's text. Valid until the next call. */
const char *screen_row(struct screen *screen, int y);

/* Where the cursor is, and whether it is visible. */
bool screen_cursor(const struct screen *screen, int *x, int *y);

bool screen_is_alternate(const struct screen *screen); /* a full-screen program holds it */
const char *screen_title(const struct screen *screen); /* "" if none was set */

void screen_print(struct screen *screen, const char *why); /* to stderr, framed */

/* --- what was sent --------------------------------------------------------- */

size_t screen_bytes(const struct screen *screen); /* the program has written so far */

/* When the last of them was read, on CLOCK_MONOTONIC. */
int64_t screen_bytes_at_ns(const struct screen *screen);

/* The first SCREEN_OUTPUT_KEPT of them. Valid until more is taken in. */
const char *screen_output(const struct screen *screen, size_t *length);

/* Whether these bytes were anywhere in the first SCREEN_OUTPUT_KEPT of them. */
bool screen_sent(const struct screen *screen, const char *bytes);

/* --- after the end --------------------------------------------------------- */

/* Whether the terminal is as it was before: line discipline, main screen, cursor, colours,
   scroll region, cursor keys, mouse and paste modes. `error` names the first that is not. */
bool screen_is_whole(struct screen *screen, struct error *error);

#endif
