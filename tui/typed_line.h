/*
 * The line that is being typed where the status line is: `/`, `f`, `:`.
 */
#ifndef BRIDGETOP_TUI_TYPED_LINE_H
#define BRIDGETOP_TUI_TYPED_LINE_H

#include "tui/grid.h"
#include "tui/state.h"

struct typed_line {
    const struct line_edit *line;
    const char *sign; /* before it */
    int sign_x;
    struct rect text; /* where it is drawn, on one row; it shows the part around its cursor */
};

/* False: none is being typed there. */
bool typed_line_of(const struct app *app, struct typed_line *typed);

/* With its sign and its cursor. */
void typed_line_draw(const struct typed_line *typed, struct grid *grid);

/* The byte of it that a cell of the screen shows, or its end. False where it is not drawn. */
bool typed_line_at(const struct app *app, int x, int y, size_t *byte);

#endif
