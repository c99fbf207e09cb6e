#include "tui/widgets.h"

#include <limits.h>
#include <string.h>

/* --- frames ------------------------------------------------------------- */

static void draw_box(struct grid *grid, struct rect rect, struct style style)
{
    int right = rect.x + rect.width - 1;
    int bottom = rect.y + rect.height - 1;
    grid_hline(grid, rect.x, rect.y, rect.width, style, U'─');
    grid_hline(grid, rect.x, bottom, rect.width, style, U'─');
    grid_vline(grid, rect.x, rect.y, rect.height, style, U'│');
    grid_vline(grid, right, rect.y, rect.height, style, U'│');
    grid_hline(grid, rect.x, rect.y, 1, style, U'┌');
    grid_hline(grid, right, rect.y, 1, style, U'┐');
    grid_hline(grid, rect.x, bottom, 1, style, U'└');
    grid_hline(grid, right, bottom, 1, style, U'┘');
}

/* Draws text with a blank on either side into a line of a frame; returns the columns used. */
static int draw_label(struct grid *grid, int x, int y, int width, struct style style,
                      const char *text)
{
    if (text == NULL || *text == '\0' || width < 3)
        return 0;
    int used = grid_text(grid, x + 1, y, width - 2, style, text);
    grid_hline(grid, x, y, 1, style, U' ');
    grid_hline(grid, x + 1 + used, y, 1, style, U' ');
    return used + 2;
}

/* ┌─ title ───── note ─┐: the title comes first, the note has what is left or is left out. */
static void draw_labels(struct grid *grid, struct rect rect, struct style title_style,
                        const char *title, const char *note)
{
    int x = rect.x + 2;
    int end = rect.x + rect.width - 2;
    x += draw_label(grid, x, rect.y, end - x, title_style, title);
    if (note == NULL)
        return;
    size_t width = text_width(note, strlen(note), grid->ascii) + 2;
    if (end - x > 0 && width < (size_t)(end - x))
        draw_label(grid, end - (int)width, rect.y, (int)width, style_of(ROLE_NORMAL), note);
}

static struct rect inset(struct rect rect, int columns, int lines)
{
    rect.x += columns;
    rect.y += lines;
    rect.width = rect.width > 2 * columns ? rect.width - 2 * columns : 0;
    rect.height = rect.height > 2 * lines ? rect.height - 2 * lines : 0;
    return rect;
}

struct rect widget_frame(struct grid *grid, struct rect rect, struct style border,
                         struct style title_style, const char *title, const char *note)
{
    if (rect.width >= 2 && rect.height >= 2) {
        draw_box(grid, rect, border);
        draw_labels(grid, rect, title_style, title, note);
    }
    return inset(rect, 1, 1);
}

static int at_most(int value, int maximum)
{
    return value > maximum ? maximum : value;
}

void widget_dialog(struct grid *grid, struct rect frame, struct style border, const char *title)
{
    struct rect cleared = {frame.x - 1, frame.y, frame.width + 2, frame.height};
    grid_fill(grid, cleared, style_of(ROLE_NORMAL));
    struct style title_style = border.role == ROLE_DANGER ? border : style_of(ROLE_TITLE);
    (void)widget_frame(grid, frame, border, title_style, title, NULL);
}

/* --- tables ------------------------------------------------------------- */

enum { GAP = 1, WIDE_GAP = 2 };

static int minimum_of(const struct table_column *column)
{
    return column->minimum > 0 ? column->minimum : 1;
}

static int shown_columns(const struct table_layout *layout)
{
    int shown = 0;
    for (size_t i = 0; i < layout->count; i++)
        shown += layout->width[i] > 0;
    return shown;
}

static int width_in_use(const struct table_layout *layout, int gap)
{
    int shown = shown_columns(layout);
    int width = shown > 0 ? (shown - 1) * gap : 0;
    for (size_t i = 0; i < layout->count; i++)
        width += layout->width[i];
    return width;
}

/* The column that is left out next: the highest priority number, of equals the rightmost; count
   when only columns that stay are shown. */
static size_t most_dispensable(const struct table_layout *layout,
                               const struct table_column *columns)
{
    size_t found = layout->count;
    int priority = 1;
    for (size_t i = 0; i < layout->count; i++)
        if (layout->width[i] > 0 && columns[i].priority >= priority) {
            found = i;
            priority = columns[i].priority;
        }
    return found;
}

static void leave_out_what_does_not_fit(struct table_layout *layout,
                                        const struct table_column *columns, int width)
{
    size_t victim;
    while (width_in_use(layout, GAP) > width &&
           (victim = most_dispensable(layout, columns)) < layout->count)
        layout->width[victim] = 0;
}

/* What is left out when columns that matter less than this one go: theirs and their gaps. */
static int width_of_lesser(const struct table_layout *layout, const struct table_column *columns,
                           size_t than)
{
    int width = 0;
    for (size_t k = 0; k < layout->count; k++)
        if (columns[k].priority > columns[than].priority && layout->width[k] > 0)
            width += layout->width[k] + GAP;
    return width;
}

/* A spare column takes no room from what matters more than it; what matters less gives way to it,
   the least first. */
static void leave_out_spare(struct table_layout *layout, const struct table_column *columns,
                            int width)
{
    for (size_t i = 0; i < layout->count; i++) {
        int wanted = 0;
        if (!columns[i].spare)
            continue;
        for (size_t k = 0; k < layout->count; k++)
            if (layout->width[k] > 0 && columns[k].priority < columns[i].priority)
                wanted += columns[k].maximum - layout->width[k];
        if (width_in_use(layout, GAP) - width_of_lesser(layout, columns, i) + wanted > width)
            layout->width[i] = 0;
        else
            leave_out_what_does_not_fit(layout, columns, width - wanted);
    }
}

/* When even the columns that stay are too wide, they are cut from the right. */
static void squeeze(struct table_layout *layout, int width)
{
    for (size_t i = layout->count; i-- > 0;) {
        int excess = width_in_use(layout, GAP) - width;
        if (excess <= 0)
            return;
        layout->width[i] = layout->width[i] > excess ? layout->width[i] - excess : 0;
    }
}

/* The shown column with the lowest priority number above `after` or equal and further right. */
static size_t next_to_widen(const struct table_layout *layout, const struct table_column *columns,
                            int after_priority, size_t after_index)
{
    size_t found = layout->count;
    for (size_t i = 0; i < layout->count; i++) {
        int priority = columns[i].priority;
        bool comes_later =
            priority > after_priority || (priority == after_priority && i > after_index);
        if (layout->width[i] > 0 && comes_later &&
            (found == layout->count || priority < columns[found].priority))
            found = i;
    }
    return found;
}

static void widen(struct table_layout *layout, const struct table_column *columns, int width)
{
    int room = width - width_in_use(layout, GAP);
    size_t i = next_to_widen(layout, columns, INT_MIN, 0);
    while (room > 0 && i < layout->count) {
        int more = at_most(columns[i].maximum - layout->width[i], room);
        if (more > 0) {
            layout->width[i] += more;
            room -= more;
        }
        i = next_to_widen(layout, columns, columns[i].priority, i);
    }
}

void table_lay_out(struct table_layout *layout, const struct table_column *columns, size_t count,
                   int width)
{
    *layout = (struct table_layout){.count = count > TABLE_COLUMNS_MAX ? TABLE_COLUMNS_MAX : count};
    for (size_t i = 0; i < layout->count; i++)
        layout->width[i] = minimum_of(&columns[i]);
    leave_out_spare(layout, columns, width);
    leave_out_what_does_not_fit(layout, columns, width);
    squeeze(layout, width);
    widen(layout, columns, width);

    int gap = width_in_use(layout, WIDE_GAP) <= width ? WIDE_GAP : GAP;
    int x = 0;
    for (size_t i = 0; i < layout->count; i++) {
        layout->x[i] = x;
        if (layout->width[i] > 0)
            x += layout->width[i] + gap;
    }
}

void table_head(struct grid *grid, struct rect row, const struct table_layout *layout,
                const struct table_column *columns)
{
    row.height = 1;
    grid_fill(grid, row, style_of(ROLE_COLUMN));
    for (size_t i = 0; i < layout->count; i++)
        table_cell(grid, row, layout, columns, i, style_of(ROLE_COLUMN), columns[i].title);
}

/* `…` and as much of the text's end as fits. */
static void text_end(struct grid *grid, int x, int y, int width, struct style style,
                     const char *text)
{
    size_t length = strlen(text);
    size_t total = text_width(text, length, grid->ascii);
    if (width < 2 || total <= (size_t)width) {
        grid_text(grid, x, y, width, style, text);
        return;
    }
    size_t skip = total - (size_t)width + 1;
    struct text_gate gate;
    struct glyph glyph;
    text_gate_init(&gate, text, length, grid->ascii);
    const unsigned char *start = gate.next;
    while (skip > 0 && text_gate_next(&gate, &glyph))
        skip = skip > glyph.width ? skip - glyph.width : 0;
    size_t from = (size_t)(gate.next - start);
    grid_text(grid, x, y, 1, style, "…");
    grid_bytes(grid, x + 1, y, width - 1, style, text + from, length - from);
}

/* How many columns of a text that is cut in the middle stand before the sign, and behind it. */
static void split_both(int width, int *front, int *back)
{
    *back = width > 2 ? (width - 1) * 2 / 5 : 0;
    *front = width - 1 - *back;
}

/* The beginning, `…`, and the end. */
static void text_both(struct grid *grid, int x, int y, int width, struct style style,
                      const char *text)
{
    int front, back;
    size_t length = strlen(text);
    split_both(width, &front, &back);
    if (back < 1 || text_width(text, length, grid->ascii) <= (size_t)width) {
        grid_text(grid, x, y, width, style, text);
        return;
    }
    size_t columns;
    size_t fits = text_fit(text, length, (size_t)front, grid->ascii, &columns);
    grid_bytes(grid, x, y, front, style, text, fits);
    text_end(grid, x + (int)columns, y, width - (int)columns, style, text);
}

void table_cell(struct grid *grid, struct rect row, const struct table_layout *layout,
                const struct table_column *columns, size_t column, struct style style,
                const char *text)
{
    if (column >= layout->count || row.height < 1 || text == NULL)
        return;
    int x = layout->x[column];
    int width = at_most(layout->width[column], row.width - x);
    if (columns[column].right)
        grid_text_right(grid, row.x + x, row.y, width, style, text);
    else if (columns[column].keep_end)
        text_end(grid, row.x + x, row.y, width, style, text);
    else if (columns[column].keep_both)
        text_both(grid, row.x + x, row.y, width, style, text);
    else
        grid_text(grid, row.x + x, row.y, width, style, text);
}

/* Paints what of columns `from` to `to` of a text lies between `left` and `right` on the screen,
   the text's first column being at `start`, which may be left of that. */
static void paint_match(struct grid *grid, int y, int start, int from, int to, int left, int right)
{
    int begin = start + from > left ? start + from : left;
    int end = at_most(start + to, right);
    if (begin < end)
        grid_paint(grid, (struct rect){begin, y, end - begin, 1}, ROLE_MATCH);
}

/* The sign that stands for what is cut is no match. */
void table_match(struct grid *grid, struct rect row, const struct table_layout *layout,
                 const struct table_column *columns, size_t column, const char *text, size_t from,
                 size_t length)
{
    if (column >= layout->count || row.height < 1 || layout->width[column] < 1)
        return;
    const struct table_column *kind = &columns[column];
    int left = row.x + layout->x[column];
    int width = at_most(layout->width[column], row.width - layout->x[column]);
    int right = left + width;
    int total = (int)text_width(text, strlen(text), grid->ascii);
    int first = (int)text_width(text, from, grid->ascii);
    int last = (int)text_width(text, from + length, grid->ascii);
    int front, back;
    split_both(width, &front, &back);
    if (total <= width) {
        paint_match(grid, row.y, kind->right ? right - total : left, first, last, left, right);
    } else if (kind->keep_end && !kind->right) {
        paint_match(grid, row.y, right - total, first, last, left + 1, right);
    } else if (kind->keep_both && !kind->right && back > 0) {
        paint_match(grid, row.y, left, first, last, left, left + front);
        paint_match(grid, row.y, right - total, first, last, left + front + 1, right);
    } else {
        paint_match(grid, row.y, left, first, last, left, right - 1);
    }
}

/* --- lists -------------------------------------------------------------- */

size_t list_scroll(size_t top, size_t selected, size_t count, int height)
{
    size_t lines = height > 0 ? (size_t)height : 1;
    if (count <= lines)
        return 0;
    if (selected >= count)
        selected = count - 1;
    if (selected < top)
        top = selected;
    if (selected - top >= lines)
        top = selected - lines + 1;
    return top > count - lines ? count - lines : top;
}

/* The thumb touches an end only when that end of the list shows. */
static size_t thumb_offset(size_t top, size_t hidden, size_t travel)
{
    if (top == 0 || travel == 0)
        return 0;
    if (top >= hidden)
        return travel;
    size_t offset = (size_t)((double)top / (double)hidden * (double)travel);
    if (offset == 0 && travel > 1)
        return 1;
    return offset;
}

void widget_scroll_bar(struct grid *grid, struct rect rect, size_t top, size_t count)
{
    if (rect.height < 1 || rect.width < 1 || count <= (size_t)rect.height)
        return;
    size_t height = (size_t)rect.height;
    size_t thumb = (size_t)((double)height * (double)height / (double)count);
    if (thumb < 1)
        thumb = 1;
    size_t offset = thumb_offset(top, count - height, height - thumb);
    int x = rect.x + rect.width - 1;
    grid_vline(grid, x, rect.y, rect.height, style_of(ROLE_BORDER), U'│');
    grid_vline(grid, x, rect.y + (int)offset, (int)thumb, style_of(ROLE_DIM), U'█');
}

/* --- text --------------------------------------------------------------- */

struct line {
    const char *bytes;
    size_t length;
};

/* How much of a run without newlines goes on one line: up to the last blank that fits, or within a
   word that is longer than the line. */
static size_t break_at(const char *text, size_t length, size_t width, bool ascii)
{
    size_t fits = text_fit(text, length, width, ascii, NULL);
    if (fits == length)
        return length;
    size_t at = fits;
    while (at > 0 && text[at] != ' ')
        at--;
    while (at > 0 && text[at - 1] == ' ')
        at--;
    if (at > 0)
        return at;
    if (fits > 0)
        return fits;
    char32_t too_wide;
    size_t taken = text_decode(text, length, &too_wide);
    return taken > 0 ? taken : 1;
}

/* Takes the next line off *text; false at its end. */
static bool next_line(const char **text, int width, bool ascii, struct line *line)
{
    if (**text == '\0')
        return false;
    size_t length = strcspn(*text, "\n");
    size_t taken = break_at(*text, length, (size_t)width, ascii);
    *line = (struct line){.bytes = *text, .length = taken};
    *text += taken;
    if (taken < length)
        *text += strspn(*text, " ");
    if (**text == '\n')
        (*text)++;
    return true;
}

int widget_paragraph(struct grid *grid, struct rect rect, struct style style, const char *text)
{
    struct line line;
    int lines = 0;
    while (lines < rect.height && rect.width > 0 &&
           next_line(&text, rect.width, grid->ascii, &line)) {
        int y = rect.y + lines++;
        int used = grid_bytes(grid, rect.x, y, rect.width, style, line.bytes, line.length);
        if (lines == rect.height && *text != '\0')
            grid_text(grid, rect.x + at_most(used, rect.width - 1), y, 1, style, "…");
    }
    return lines;
}

int widget_paragraph_from(struct grid *grid, struct rect rect, struct style style, const char *text,
                          int skip)
{
    struct line line;
    while (skip-- > 0 && rect.width > 0 && next_line(&text, rect.width, grid->ascii, &line))
        ;
    return widget_paragraph(grid, rect, style, text);
}

int widget_paragraph_height(const char *text, int width, bool ascii)
{
    struct line line;
    int lines = 0;
    while (width > 0 && lines < INT_MAX && next_line(&text, width, ascii, &line))
        lines++;
    return lines;
}

void widget_paragraph_match(struct grid *grid, struct rect rect, const char *text, size_t from,
                            size_t length)
{
    struct line line;
    const char *begin = text + from, *end = begin + length;
    for (int y = rect.y; y < rect.y + rect.height && rect.width > 0 &&
                         next_line(&text, rect.width, grid->ascii, &line);
         y++) {
        const char *line_end = line.bytes + line.length;
        if (begin >= line_end || end <= line.bytes)
            continue;
        size_t first = begin > line.bytes ? (size_t)(begin - line.bytes) : 0;
        size_t last = (size_t)((end < line_end ? end : line_end) - line.bytes);
        bool cut = y == rect.y + rect.height - 1 && *text != '\0'; /* its last cell says so */
        paint_match(grid, y, rect.x, (int)text_width(line.bytes, first, grid->ascii),
                    (int)text_width(line.bytes, last, grid->ascii), rect.x,
                    rect.x + rect.width - cut);
    }
}
