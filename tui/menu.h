/*
 * Actions as rows to choose from: the help, and the list above the command prompt.
 */
#ifndef BRIDGETOP_TUI_MENU_H
#define BRIDGETOP_TUI_MENU_H

#include "tui/state.h"

/* The help over the body. */
void menu_draw_help(const struct app *app, struct grid *grid);

/* What is told of the help's selected row, where the status line is: nothing is cut there. */
void menu_describe_selected(const struct app *app, char *text, size_t size);

/* What the prompt's line may become, above the status line, and the line in it. */
void menu_draw_prompt(const struct app *app, struct grid *grid);

/* The row of the help, or of the list above the prompt, on a line of the screen. */
bool menu_help_row_at(const struct app *app, int y, size_t *index);
bool menu_match_at(const struct app *app, int y, size_t *index);

#endif
