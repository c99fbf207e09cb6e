/*
 * The whole screen, drawn from the state. Changes nothing but the grid.
 */
#ifndef BRIDGETOP_TUI_VIEW_H
#define BRIDGETOP_TUI_VIEW_H

#include "tui/grid.h"
#include "tui/state.h"

/* The grid has the state's size; it is cleared first. */
void view_draw(const struct app *app, struct grid *grid);

#endif
