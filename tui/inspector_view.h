/*
 * Draws the inspector into its place of the layout.
 */
#ifndef BRIDGETOP_TUI_INSPECTOR_VIEW_H
#define BRIDGETOP_TUI_INSPECTOR_VIEW_H

#include "tui/state.h"

void inspector_draw(const struct app *app, struct grid *grid);

/* The status line's part of it: where the cursor is. Nothing when it is closed. */
void inspector_draw_status(const struct app *app, struct grid *grid, struct rect row);

/* How many matches there are, at the end of the line in which a search is typed (tui/typed_line.h),
   and how many columns that takes: 0 while nothing is searched for. */
void inspector_draw_matches(const struct inspector *inspector, struct grid *grid, struct rect row);
int inspector_matches_width(const struct inspector *inspector);

#endif
