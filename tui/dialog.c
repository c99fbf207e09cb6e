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
void dialog_draw_choices(const struct app *app, struct grid *grid, int x, int y, int width,
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

/* The first byte that shows, so that the cursor does. */
static size_t first_shown(const struct line_edit *line, int width, bool ascii)
{
    size_t start = 0;
    while (text_width(line->text + start, line->cursor - start, ascii) >= (size_t)width) {
        start++;
        while (((unsigned char)line->text[start] & 0xC0) == 0x80)
            start++;
    }
    return start;
}

void line_edit_mark(const struct line_edit *line, struct grid *grid, int x, int y, int width,
                    size_t from, size_t length)
{
    size_t start = first_shown(line, width, grid->ascii);
    size_t end = from + length < line->length ? from + length : line->length;
    from = from > start ? from : start;
    if (from >= end)
        return;
    int left = (int)text_width(line->text + start, from - start, grid->ascii);
    int right = (int)text_width(line->text + start, end - start, grid->ascii);
    right = right < width ? right : width;
    struct rect wrong = {x + left, y, right - left, 1};
    if (left >= right)
        return;
    grid_paint(grid, wrong, ROLE_BAD);
    grid_mark(grid, wrong, STYLE_UNDERLINE);
}

void line_edit_draw(const struct line_edit *line, struct grid *grid, int x, int y, int width,
                    enum role role, bool focused)
{
    size_t start = first_shown(line, width, grid->ascii);
    grid_fill(grid, (struct rect){x, y, width, 1}, style_of(role));
    (void)grid_text(grid, x, y, width, style_of(role), line->text + start);
    if (focused) {
        grid->cursor_x = x + (int)text_width(line->text + start, line->cursor - start, grid->ascii);
        grid->cursor_y = y;
    }
}

/* What is to be typed, and the field for it. */
static void draw_typed(const struct app *app, struct grid *grid, struct rect inside, int y)
{
    const struct question *question = &app->question;
    char label[80];
    bool whole = strcmp(question->wanted, question->plan.webhook_id) == 0;
    bool brief = inside.width < QUESTION_WIDTH - 2;
    if (whole)
        (void)snprintf(label, sizeof label, brief ? "Its id:" : "Type its id:");
    else
        (void)snprintf(label, sizeof label,
                       brief ? "Its last %zu characters:"
                             : "Type the last %zu characters of its id:",
                       strlen(question->wanted));
    int used = grid_text(grid, inside.x, y, inside.width, style_of(ROLE_NORMAL), label) + 1;
    int field = at_most((int)strlen(question->wanted) + 4, inside.width - used);
    line_edit_draw(&question->answer, grid, inside.x + used, y, field, ROLE_FIELD, true);
}

/* Lines: the text, the field if there is one, the choices; blanks between them where there is
   room. */
void dialog_draw_question(const struct app *app, struct grid *grid)
{
    const struct question *question = &app->question;
    int width = at_most(QUESTION_WIDTH, grid->width - 6);
    int height = widget_paragraph_height(question->text, width - 2, grid->ascii);
    int fixed = question->typed ? 2 : 1;
    int blank = height + 2 * fixed + 4 <= grid->height ? 1 : 0;
    struct rect inside = widget_dialog(grid, width, height + (blank + 1) * fixed + 2 * blank,
                                       style_of(question->typed ? ROLE_DANGER : ROLE_DIALOG_BORDER),
                                       question->title);
    inside.x++;
    inside.width -= 2;
    struct rect words = {inside.x, inside.y + blank, inside.width,
                         inside.height - 2 * blank - (blank + 1) * fixed};
    int hidden = height > words.height ? height - words.height : 0;
    int top = question->top < (size_t)hidden ? (int)question->top : hidden;
    (void)widget_paragraph_from(grid, words, style_of(ROLE_NORMAL), question->text, top);
    widget_scroll_bar(grid, (struct rect){inside.x, words.y, inside.width + 3, words.height},
                      (size_t)top, (size_t)height);
    int bottom = inside.y + inside.height - 1 - blank;
    bool ready = !question->typed || strcmp(question->answer.text, question->wanted) == 0;
    if (question->typed)
        draw_typed(app, grid, inside, bottom - 1 - blank);
    dialog_draw_choices(app, grid, inside.x, bottom, inside.width,
                        question->typed ? ACTION_SUBMIT : ACTION_CONFIRM,
                        !question->typed ? question->verb
                        : ready          ? "delete it"
                                         : "(not yet)",
                        "leave it", ready);
}
