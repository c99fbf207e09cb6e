/*
 * What is drawn on a cell of the screen: the way back from a click to what it means.
 */
#ifndef BRIDGETOP_TUI_HIT_H
#define BRIDGETOP_TUI_HIT_H

#include "tui/mouse.h"
#include "tui/state.h"

/* Pure, as drawing is; any coordinates. What lies below a question, a form, a dialog or a menu
   is not hit. */
struct hit hit_at(const struct app *app, int x, int y);

#endif
