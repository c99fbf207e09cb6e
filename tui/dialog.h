/*
 * What lies over the panes: questions, the endpoint form, and the help.
 */
#ifndef BRIDGETOP_TUI_DIALOG_H
#define BRIDGETOP_TUI_DIALOG_H

#include "tui/state.h"

/* One line of text that is being typed: the part of it that fits around the cursor. */
void line_edit_draw(const struct line_edit *line, struct grid *grid, int x, int y, int width,
                    enum role role, bool focused);

/* "y disable it    n leave it"; what is not ready yet is dim. */
void dialog_draw_choices(const struct app *app, struct grid *grid, int x, int y, int width,
                         enum action confirm, const char *yes, const char *no, bool ready);

/* Marks bytes of it as wrong, as far as they show. */
void line_edit_mark(const struct line_edit *line, struct grid *grid, int x, int y, int width,
                    size_t from, size_t length);

void dialog_draw_question(const struct app *app, struct grid *grid);
void dialog_draw_export(const struct app *app, struct grid *grid);
void dialog_draw_form(const struct app *app, struct grid *grid);

#endif
