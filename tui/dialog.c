#include "tui/dialog.h"

#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

/* --- questions ------------------------------------------------------------------ */

enum { QUESTION_WIDTH = 64 };

/* "y  disable it    n  leave it" */
static void draw_choices(const struct app *app, struct grid *grid, int x, int y, int width,
                         enum action confirm, const char *yes, const char *no, bool ready)
{
    enum place place = state_place(app);
    char yes_key[KEYMAP_LABEL_SIZE];
    char no_key[KEYMAP_LABEL_SIZE];
    (void)keymap_key_label(&app->keymap, confirm, place, yes_key);
    (void)keymap_key_label(&app->keymap, ACTION_DECLINE, place, no_key);
    int end = x + width;
    x += grid_text(grid, x, y, end - x, style_of(ready ? ROLE_KEY : ROLE_DIM), yes_key) + 1;
    x += grid_text(grid, x, y, end - x, style_of(ready ? ROLE_NORMAL : ROLE_DIM), yes) + 4;
    x += grid_text(grid, x, y, end - x, style_of(ROLE_KEY), no_key) + 1;
    (void)grid_text(grid, x, y, end - x, style_of(ROLE_NORMAL), no);
}

void line_edit_draw(const struct line_edit *line, struct grid *grid, int x, int y, int width,
                    enum role role, bool focused)
{
    size_t start = 0;
    while (text_width(line->text + start, line->cursor - start, grid->ascii) >= (size_t)width) {
        start++;
        while (((unsigned char)line->text[start] & 0xC0) == 0x80)
            start++;
    }
    grid_fill(grid, (struct rect){x, y, width, 1}, style_of(role));
    (void)grid_text(grid, x, y, width, style_of(role), line->text + start);
    if (focused) {
        grid->cursor_x = x + (int)text_width(line->text + start, line->cursor - start, grid->ascii);
        grid->cursor_y = y;
    }
}

static void draw_typed(const struct app *app, struct grid *grid, struct rect inside)
{
    const struct question *question = &app->question;
    bool ready = strcmp(question->answer.text, question->wanted) == 0;
    int y = inside.y + inside.height - 4;
    char label[80];
    bool whole = strcmp(question->wanted, question->plan.webhook_id) == 0;
    if (whole)
        (void)snprintf(label, sizeof label, "Type its id:");
    else
        (void)snprintf(label, sizeof label,
                       "Type the last %zu characters of its id:", strlen(question->wanted));
    int used = grid_text(grid, inside.x, y, inside.width, style_of(ROLE_NORMAL), label) + 1;
    int field = (int)strlen(question->wanted) + 4;
    line_edit_draw(&question->answer, grid, inside.x + used, y, field, ROLE_FIELD, true);
    draw_choices(app, grid, inside.x, y + 2, inside.width, ACTION_SUBMIT,
                 ready ? "delete it" : "(not yet)", "leave it", ready);
}

void dialog_draw_question(const struct app *app, struct grid *grid)
{
    const struct question *question = &app->question;
    bool danger = question->typed;
    int width = at_most(QUESTION_WIDTH, grid->width - 6);
    int lines = widget_paragraph_height(question->text, width - 2, grid->ascii);
    int below = question->typed ? 5 : 3;
    struct rect inside =
        widget_dialog(grid, width, lines + 1 + below,
                      style_of(danger ? ROLE_DANGER : ROLE_DIALOG_BORDER), question->title);
    inside.x++;
    inside.width -= 2;
    struct rect words = {inside.x, inside.y + 1, inside.width, inside.height - 1 - below};
    (void)widget_paragraph(grid, words, style_of(ROLE_NORMAL), question->text);
    if (question->typed)
        draw_typed(app, grid, inside);
    else
        draw_choices(app, grid, inside.x, inside.y + inside.height - 2, inside.width,
                     ACTION_CONFIRM, question->verb, "leave it", true);
}

/* --- the endpoint form ------------------------------------------------------------ */

enum { FORM_WIDTH = 74, FORM_LABEL = 12 };

static void draw_choice(struct grid *grid, int x, int y, int width, bool focused, bool on,
                        const char *on_sign, const char *off_sign, const char *text)
{
    char line[160];
    (void)snprintf(line, sizeof line, "%s %s", on ? on_sign : off_sign, text);
    struct style style = style_of(on ? ROLE_STRONG : ROLE_NORMAL);
    if (focused) {
        style.bits = STYLE_SELECTED;
        grid_fill(grid, (struct rect){x, y, width, 1}, style);
    }
    (void)grid_text(grid, x, y, width, style, line);
}

static int draw_epoch(const struct endpoint_form *form, struct grid *grid, struct rect inside,
                      int y)
{
    bool focused = endpoint_form_on_epoch(form);
    int x = inside.x + FORM_LABEL;
    int width = inside.width - FORM_LABEL;
    (void)grid_text(grid, inside.x, y, FORM_LABEL, style_of(ROLE_DIM), "Events");
    draw_choice(grid, x, y, width, focused && !form->from_beginning, !form->from_beginning, "(*)",
                "( )", "from now on (webhook_creation)");
    draw_choice(grid, x, y + 1, width, focused && form->from_beginning, form->from_beginning, "(*)",
                "( )", "everything that ever happened (beginning_of_time)");
    return y + 3;
}

/* Categories in two columns, scrolled so that the one in focus shows. */
static void draw_categories(const struct endpoint_form *form, struct grid *grid, struct rect inside,
                            int y, int height)
{
    size_t focus = 0;
    bool focused = endpoint_form_on_category(form, &focus);
    size_t rows = (form->category_count + 1) / 2;
    size_t focus_row = focused ? focus % rows : 0;
    size_t top = list_scroll(0, focus_row, rows, height);
    (void)grid_text(grid, inside.x, y, FORM_LABEL, style_of(ROLE_DIM), "Categories");
    for (size_t i = 0; i < form->category_count; i++) {
        size_t row = i % rows;
        if (row < top || row >= top + (size_t)height)
            continue;
        int width = (inside.width - FORM_LABEL) / 2;
        int x = inside.x + FORM_LABEL + (int)(i / rows) * width;
        draw_choice(grid, x, y + (int)(row - top), width - 1, focused && focus == i,
                    form->ticked[i], "[x]", "[ ]", form->categories[i]);
    }
}

void dialog_draw_form(const struct app *app, struct grid *grid)
{
    const struct endpoint_form *form = &app->form;
    int width = at_most(FORM_WIDTH, grid->width - 4);
    int rows = (int)(form->category_count + 1) / 2;
    int above = form->creating ? 7 : 4;
    int below = 1;
    int height = at_most(above + rows + below, grid->height - 2);
    char title[80];
    if (form->creating)
        (void)snprintf(title, sizeof title, "New endpoint · %s", state_environment_name(app));
    else
        (void)snprintf(title, sizeof title, "Change %s · %s", form->webhook_id,
                       state_environment_name(app));
    struct rect inside = widget_dialog(grid, width, height, style_of(ROLE_DIALOG_BORDER), title);
    inside.x++;
    inside.width -= 2;

    int y = inside.y + 1;
    (void)grid_text(grid, inside.x, y, FORM_LABEL, style_of(ROLE_DIM), "URL");
    line_edit_draw(&form->url, grid, inside.x + FORM_LABEL, y, inside.width - FORM_LABEL,
                   ROLE_FIELD, endpoint_form_on_url(form));
    const char *problem = endpoint_form_problem(form);
    char submit[KEYMAP_LABEL_SIZE];
    char ready[KEYMAP_LABEL_SIZE + 48];
    (void)snprintf(ready, sizeof ready, "ready: %s asks once more before it is sent",
                   keymap_key_label(&app->keymap, ACTION_SUBMIT, PLACE_FORM, submit));
    (void)grid_text(grid, inside.x + FORM_LABEL, y + 1, inside.width - FORM_LABEL,
                    style_of(problem == NULL         ? ROLE_GOOD
                             : form->url.length == 0 ? ROLE_DIM
                                                     : ROLE_WARN),
                    problem != NULL ? problem : ready);
    y += 3;
    if (form->creating)
        y = draw_epoch(form, grid, inside, y);
    draw_categories(form, grid, inside, y, inside.y + inside.height - below - y);
}
