/*
 * The lines on top: which environment, how Bridge and the listener are, and how it is going.
 *
 * The first line says what must be known and is never without the environment's word; in
 * production all of it is a band. The second, where there is one, has the figures, as many as fit,
 * and a clock.
 */
#ifndef BRIDGETOP_TUI_HEADER_H
#define BRIDGETOP_TUI_HEADER_H

#include "tui/grid.h"
#include "tui/state.h"

void header_draw(const struct app *app, struct grid *grid);

#endif
