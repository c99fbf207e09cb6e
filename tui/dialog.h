/*
 * What lies over the panes: questions, the endpoint form, and the pages
 * (detail, help).
 */
#ifndef BRIDGETOP_TUI_DIALOG_H
#define BRIDGETOP_TUI_DIALOG_H

#include "tui/state.h"

void dialog_draw_question(const struct app *app, struct grid *grid);
void dialog_draw_form(const struct app *app, struct grid *grid);
void page_draw_detail(const struct app *app, struct grid *grid);
void page_draw_help(const struct app *app, struct grid *grid);

#endif
