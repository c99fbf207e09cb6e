#include "tui/dialog.h"

#include "tui/widgets.h"

#include <string.h>

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

static int width_of(const struct app *app, const char *text)
{
    return (int)text_width(text, strlen(text), app->ascii);
}

/* --- where they are -------------------------------------------------------------- */

enum { MARGIN_FROM = 60 }; /* columns of the screen from which there is a blank more at the sides */

static struct rect room_of(const struct app *app)
{
    int top = app->layout.header.y + 1;
    return (struct rect){0, top, app->width, app->layout.status.y - top};
}

int dialog_lines_max(const struct app *app)
{
    return room_of(app).height - 2;
}

struct dialog_box dialog_box(const struct app *app, int width, int lines)
{
    struct rect room = room_of(app);
    int side = app->width >= MARGIN_FROM ? 3 : 2; /* the frame, and blanks */
    struct rect frame = {.width = at_most(width + 2 * side, room.width),
                         .height = at_most(lines + 2, room.height)};
    frame.x = room.x + (room.width - frame.width) / 2;
    frame.y = room.y + (room.height - frame.height + 1) / 2;
    struct rect inside = {frame.x + side, frame.y + 1, frame.width - 2 * side, frame.height - 2};
    return (struct dialog_box){.frame = frame, .inside = inside};
}

/* --- choices ----------------------------------------------------------------------- */

enum { CHOICES_GAP = 4 };

struct spans {
    char yes_key[KEYMAP_LABEL_SIZE], no_key[KEYMAP_LABEL_SIZE];
    int yes_width; /* with its key */
    int no, no_width;
};

static struct spans lay_out_choices(const struct app *app, const struct dialog_choices *choices)
{
    enum place place = state_place(app);
    struct spans spans;
    (void)keymap_key_label(&app->keymap, choices->confirm, place, spans.yes_key);
    (void)keymap_key_label(&app->keymap, ACTION_DECLINE, place, spans.no_key);
    spans.yes_width = width_of(app, spans.yes_key) + 1 + width_of(app, choices->yes);
    spans.no = spans.yes_width + CHOICES_GAP;
    spans.no_width = width_of(app, spans.no_key) + 1 + width_of(app, choices->no);
    return spans;
}

void dialog_draw_choices(const struct app *app, struct grid *grid, struct rect line,
                         const struct dialog_choices *choices)
{
    struct spans spans = lay_out_choices(app, choices);
    bool ready = choices->ready;
    int end = line.x + line.width;
    int x = line.x;
    x += grid_text(grid, x, line.y, end - x, style_of(ready ? ROLE_KEY : ROLE_DIM), spans.yes_key);
    (void)grid_text(grid, x + 1, line.y, end - x - 1, style_of(ready ? ROLE_NORMAL : ROLE_DIM),
                    choices->yes);
    x = line.x + spans.no;
    x += grid_text(grid, x, line.y, end - x, style_of(ROLE_KEY), spans.no_key);
    (void)grid_text(grid, x + 1, line.y, end - x - 1, style_of(ROLE_NORMAL), choices->no);
}

bool dialog_choice_at(const struct app *app, struct rect line, const struct dialog_choices *choices,
                      int x, int y, enum action *action)
{
    struct spans spans = lay_out_choices(app, choices);
    int left = x - line.x;
    if (y != line.y || left < 0)
        return false;
    *action = left < spans.yes_width ? choices->confirm : ACTION_DECLINE;
    return left < spans.yes_width || (left >= spans.no && left < spans.no + spans.no_width);
}

/* --- lines that are typed ------------------------------------------------------------ */

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

size_t line_edit_byte_at(const struct line_edit *line, int width, int column, bool ascii)
{
    size_t start = first_shown(line, width, ascii);
    if (column <= 0)
        return start;
    return start + text_fit(line->text + start, line->length - start, (size_t)column, ascii, NULL);
}
