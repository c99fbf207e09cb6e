/*
 * What lies over the panes: questions, the endpoint form, the export.
 *
 * A dialog leaves the header's first line, which names the environment, and the lines for status
 * and keys. Where it is drawn and what is where in it are computed by the same functions, so that a
 * click finds what it points at.
 */
#ifndef BRIDGETOP_TUI_DIALOG_H
#define BRIDGETOP_TUI_DIALOG_H

#include "tui/mouse.h"
#include "tui/state.h"

/* --- what all of them have --------------------------------------------------------- */

struct dialog_box {
    struct rect frame;
    struct rect inside; /* within frame and margin */
};

/* Lines that a dialog may have within its frame. */
int dialog_lines_max(const struct app *app);

/* In the middle, for `lines` of `width` columns, or what fits of that. */
struct dialog_box dialog_box(const struct app *app, int width, int lines);

/* "y disable it    n leave it", as a line of a dialog. What is not ready yet is dim. */
struct dialog_choices {
    enum action confirm;
    const char *yes, *no;
    bool ready;
};

void dialog_draw_choices(const struct app *app, struct grid *grid, struct rect line,
                         const struct dialog_choices *choices);

/* Which of the two keys is on a cell; false for neither. */
bool dialog_choice_at(const struct app *app, struct rect line, const struct dialog_choices *choices,
                      int x, int y, enum action *action);

/* --- lines that are typed ------------------------------------------------------------ */

/* One line of text that is being typed: the part of it that fits around the cursor. */
void line_edit_draw(const struct line_edit *line, struct grid *grid, int x, int y, int width,
                    enum role role, bool focused);

/* Marks bytes of it as wrong, as far as they show. */
void line_edit_mark(const struct line_edit *line, struct grid *grid, int x, int y, int width,
                    size_t from, size_t length);

/* The byte on a column of it, as it is drawn in so many columns. */
size_t line_edit_byte_at(const struct line_edit *line, int width, int column, bool ascii);

/* --- the dialogs ------------------------------------------------------------------------ */

void dialog_draw_question(const struct app *app, struct grid *grid);
void dialog_draw_export(const struct app *app, struct grid *grid);
void dialog_draw_form(const struct app *app, struct grid *grid);

/* How many lines of the question's text do not fit: it can be scrolled by so many. */
size_t dialog_question_hidden(const struct app *app);
size_t dialog_question_lines(const struct app *app); /* that show at once, at least one */

/* What is on a cell of the dialog that has the keys. */
struct hit dialog_question_at(const struct app *app, int x, int y);
struct hit dialog_export_at(const struct app *app, int x, int y);
struct hit dialog_form_at(const struct app *app, int x, int y);

/* What the form says of itself, where it has no line for that: on a low screen. Else "". */
enum role dialog_form_status(const struct app *app, char *text, size_t size);

#endif
