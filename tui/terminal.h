/*
 * The terminal: the only file that includes ncurses.
 *
 * Start, keys in, grid out, resize, suspend, and the way back to a whole
 * terminal from every exit. There is one terminal per process.
 */
#ifndef BRIDGETOP_TUI_TERMINAL_H
#define BRIDGETOP_TUI_TERMINAL_H

#include "api/error.h"
#include "tui/grid.h"

#include <stdbool.h>
#include <stddef.h>

/* Checks stdin and stdout (both a terminal), TERM, and its abilities, without drawing.
   On failure `error` is one clear line: "standard output is not a terminal", "unknown terminal
   type 'foo' (TERM)". */
bool terminal_check(struct error *error);

/* Takes the screen. Locale's LC_CTYPE must have been set. NO_COLOR is honoured. From here on
   terminal_stop() runs at exit(), and a fatal signal (SEGV, ABRT, BUS, FPE, ILL) puts the terminal
   back before it kills. */
bool terminal_start(struct error *error);

/* Gives the screen back: cursor, modes, bracketed paste, title. May be called twice. */
void terminal_stop(void);

/* A descriptor of its own that is readable when keys wait: for uv_poll_t. The terminal keeps it. */
int terminal_input_fd(void);

bool terminal_is_utf8(void); /* false: draw ASCII */
int terminal_colors(void);   /* 256, 16, 8, or 0 */

/* The size now, asked of the kernel; tells ncurses too. Call after SIGWINCH and SIGCONT. */
void terminal_resize(int *width, int *height);

enum terminal_event_kind { TERMINAL_NOTHING, TERMINAL_KEY, TERMINAL_PASTE };

struct terminal_event {
    enum terminal_event_kind kind;
    char32_t key; /* tui/key.h */
    char *paste;  /* allocated, UTF-8, at most TERMINAL_PASTE_MAX bytes: the caller frees */
    size_t paste_length;
};

enum { TERMINAL_PASTE_MAX = 65536 };

/* The next event that is there already; never blocks longer than ESCDELAY. Call until
   TERMINAL_NOTHING: one readable descriptor may hold many keys. A paste that is not complete yet is
   TERMINAL_NOTHING and goes on at the next call. `hung_up` is set when input has ended. */
struct terminal_event terminal_read(bool *hung_up);

/* Shows the grid: only what changed is sent, rows that moved as a scroll where the terminal can.
   False when the terminal is still busy with the last frame: nothing was sent, ask again later. */
bool terminal_show(const struct grid *grid);

/* The next terminal_show() repaints everything. */
void terminal_repaint(void);

/* Ctrl-Z: gives the screen back, stops the process group, and takes the screen again once
   continued; everything is to be repainted then. */
void terminal_suspend(void);

#endif
