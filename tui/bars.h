/*
 * The tab bar: drawn, and found again by the mouse, from the same places.
 */
#ifndef BRIDGETOP_TUI_BARS_H
#define BRIDGETOP_TUI_BARS_H

#include "tui/state.h"

void bars_draw_tabs(const struct app *app, struct grid *grid);

/* The pane whose tab is drawn on a cell; false when none is. */
bool bars_tab_at(const struct app *app, int x, int y, enum pane *pane);

#endif
