/*
 * The terminal, as the program sees it.
 *
 * Start, keys in, grid out, resize, suspend, and the way back to a whole
 * terminal from every exit. There is one terminal per process, and one thread
 * that uses it.
 *
 * All keys arrive as keys, Ctrl-C, Ctrl-Z and Ctrl-S too. Signals are left alone but
 * for the fatal ones: whoever owns the loop owns them. Nothing here waits for the
 * terminal to take its output, however slow or stalled it is.
 */
#ifndef BRIDGETOP_TUI_TERMINAL_H
#define BRIDGETOP_TUI_TERMINAL_H

#include "api/error.h"
#include "tui/grid.h"
#include "tui/input.h" /* struct terminal_event */
#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Checks stdin and stdout (both a terminal), TERM, and its abilities, without drawing.
   On failure `error` is one clear line: "standard output is not a terminal", "unknown terminal
   type 'foo' (TERM)". */
bool terminal_check(struct error *error);

/* Takes the screen. Locale's LC_CTYPE must have been set. NO_COLOR and ESCDELAY are honoured. From
   here on terminal_stop() runs at exit(), and a fatal signal (SEGV, ABRT, BUS, FPE, ILL, QUIT) puts
   the terminal back before it kills. */
bool terminal_start(struct error *error);

/* Gives the screen back: cursor, modes, bracketed paste. May be called twice. */
void terminal_stop(void);

/* How roles look from the next frame on; NO_COLOR and a terminal without colours are monochrome in
   every theme. May be called at any time, before terminal_start() too. */
void terminal_set_theme(enum theme theme);

/* What theme the environment speaks for (COLORFGBG); THEME_AUTO when it does not. */
enum theme terminal_hinted_theme(void);

/* Asks the terminal for its background, whenever the screen is taken from now on. The answer comes
   as TERMINAL_BACKGROUND, soon, late or never. Terminals without colour, and those that might
   show the question as text, are not asked. */
void terminal_ask_background(void);

/* Takes the mouse while the screen is taken, from now on. False, and nothing is sent, where the
   terminal's type does not say that it knows how to tell (xterm and its like do). */
bool terminal_use_mouse(void);

/* A descriptor of its own that is readable when keys wait: for uv_poll_t. The terminal keeps it
   open, after terminal_stop() too. */
int terminal_input_fd(void);

bool terminal_is_utf8(void); /* false: draw ASCII */
int terminal_colors(void);   /* 256, 16, 8, or 0 */

/* The size now, asked of the kernel; tells ncurses too. Call after SIGWINCH and SIGCONT. */
void terminal_resize(int *width, int *height);

/* The next event that is there already; never blocks longer than ESCDELAY. Call until
   TERMINAL_NOTHING: one readable descriptor may hold many keys. A paste that is not complete yet is
   TERMINAL_NOTHING and goes on at the next call. `hung_up` is set when input has ended. */
struct terminal_event terminal_read(bool *hung_up);

/* Shows the grid: only what changed is sent, rows that moved as a scroll where the terminal can.
   False while the terminal has not taken all of it yet, or has not shown what it took (it is asked
   where terminfo says that it answers, see tui/pace.h): call again later, with this grid or a newer
   one. A slow terminal thus gets the newest frame next, and none that it has missed. `now_ms` is of
   a clock that never steps back. */
bool terminal_show(const struct grid *grid, uint64_t now_ms);

/* Whether terminal_show() would make a frame now: so that none is drawn for nothing. */
bool terminal_is_ready(uint64_t now_ms);

/* Queues a sequence behind the frame that is on its way, so that it stands between two of them; no
   frame is made until it is sent. False when the screen is given back, or much is waiting already.
 */
bool terminal_send(const char *sequence);

/* Rings the bell with the next frame. */
void terminal_ring(void);

/* Names the window with the next frame, where the terminal is of a kind that can. The text is gated
   here and cut to TERMINAL_TITLE_MAX bytes; the title from before comes back with the screen. */
enum { TERMINAL_TITLE_MAX = 160 };
void terminal_set_title(const char *text);

/* The next terminal_show() sets the modes again and repaints everything. Call after SIGCONT. */
void terminal_repaint(void);

/* Ctrl-Z: gives the screen back, stops the process group, and takes the screen again once continued
   in the foreground; everything is to be repainted then. Where SIGTERM, SIGHUP or SIGINT came
   meanwhile, the screen stays given back, and the signal goes to its handler. */
void terminal_suspend(void);

#endif
