/*
 * The footer: keys of the place that has them, the most useful of the place first, as many as there
 * is room for. Drawn, and found again by the mouse, from the same places.
 */
#ifndef BRIDGETOP_TUI_FOOTER_H
#define BRIDGETOP_TUI_FOOTER_H

#include "tui/state.h"

/* The layout's lines; for a menu of keys as many more above them as show all of it. */
struct rect footer_rect(const struct app *app);

void footer_draw(const struct app *app, struct grid *grid);

/* What is drawn on a cell; false when no key is. */
bool footer_key_at(const struct app *app, int x, int y, enum action *action);

#endif
