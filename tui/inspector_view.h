/*
 * Draws the inspector into its place of the layout.
 */
#ifndef BRIDGETOP_TUI_INSPECTOR_VIEW_H
#define BRIDGETOP_TUI_INSPECTOR_VIEW_H

#include "tui/state.h"

void inspector_draw(const struct app *app, struct grid *grid);

/* The status line's part of it: the line in which a search is typed, or where the cursor is.
   Nothing when it is closed. */
void inspector_draw_status(const struct app *app, struct grid *grid, struct rect row);

#endif
