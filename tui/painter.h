/*
 * What ncurses draws: a grid goes in, bytes for the terminal come out. The only file that includes
 * ncurses.
 *
 * ncurses keeps what the terminal shows and finds the cheapest way from there to the next grid:
 * what changed, rows that moved as a scroll. It never has the terminal itself: it writes to a sink,
 * and who owns that sends it (tui/output.h). Nothing here waits, reads, sets a mode or catches a
 * signal. There is one painter per process.
 */
#ifndef BRIDGETOP_TUI_PAINTER_H
#define BRIDGETOP_TUI_PAINTER_H

#include "api/error.h"
#include "tui/grid.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether terminfo knows this type (of TERM), and it can move its cursor. Draws nothing; not
   between painter_open() and painter_close(). */
bool painter_can(const char *type, struct error *error);

/* How many colours it has, by terminfo; 0 for none, or a type that is not known. Likewise. */
int painter_type_colors(const char *type);

/* Begins, for the terminal type in TERM; LC_CTYPE and NO_COLOR are honoured. What is in the sink
   afterwards is not to be sent: ncurses' own start is for a terminal of terminfo's size. */
bool painter_open(FILE *sink, struct error *error);
void painter_close(void);

int painter_colors(void); /* 256, 16, 8, or 0; 0 before it was ever opened */

/* Whether terminfo says that the terminal answers to INPUT_ASK_ATTRIBUTES (u9). */
bool painter_can_answer(void);

/* Whether terminfo has what tui/steady.h sends. */
bool painter_can_steady(void);

/* The size of the frames from now on; before the first call it is a guess of ncurses'. The next
   frame is painted whole, though it be the same as before: a terminal that shrank and grew again
   since has lost what it had cut. */
void painter_resize(int width, int height);
void painter_size(int *width, int *height);

/* How roles look from the next frame on. May be called at any time. */
void painter_set_theme(enum theme theme);

/* Control sequences; what would be longer is cut. */
enum { CONTROLS_MAX = 256 };
struct controls {
    char bytes[CONTROLS_MAX + 1]; /* NUL-terminated */
    size_t length;
};

/* What takes the screen of this terminal, and what gives it back, at the present size. ncurses is
   not asked to do it: a signal handler may not call endwin(), and what it sends on the way back
   from that resets the palette, which is the user's. */
struct controls painter_enter_controls(void);
struct controls painter_leave_controls(void);

/* The terminal is sent painter_enter_controls() before the next frame, which is painted whole then.
   What is in the sink afterwards is not to be sent. */
void painter_entered(void);

/* Writes to the sink what turns the frame before into this one. */
void painter_draw(const struct grid *grid);

#endif
