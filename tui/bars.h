/*
 * The tab bar and the footer: drawn, and found again by the mouse, from the same places.
 */
#ifndef BRIDGETOP_TUI_BARS_H
#define BRIDGETOP_TUI_BARS_H

#include "tui/state.h"

void bars_draw_tabs(const struct app *app, struct grid *grid);
void bars_draw_footer(const struct app *app, struct grid *grid);

/* What is drawn on a cell; false when nothing is. */
bool bars_tab_at(const struct app *app, int x, int y, enum pane *pane);
bool bars_key_at(const struct app *app, int x, int y, enum action *action);

#endif
