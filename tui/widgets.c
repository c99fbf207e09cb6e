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

struct rect widget_dialog(struct grid *grid, int inner_width, int inner_height, struct style border,
                          const char *title)
{
    struct rect rect = {
        .width = at_most(inner_width + 4, grid->width),
        .height = at_most(inner_height + 2, grid->height),
    };
    rect.x = (grid->width - rect.width) / 2;
    rect.y = (grid->height - rect.height) / 2;
    struct rect cleared = {rect.x - 1, rect.y, rect.width + 2, rect.height};
    grid_fill(grid, cleared, style_of(ROLE_NORMAL));
    struct style title_style = border.role == ROLE_DANGER ? border : style_of(ROLE_TITLE);
    return inset(widget_frame(grid, rect, border, title_style, title, NULL), 1, 0);
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

/* A spare column takes no room from what matters more than it. */
static void leave_out_spare(struct table_layout *layout, const struct table_column *columns,
                            int width)
{
    for (size_t i = 0; i < layout->count; i++) {
        int wanted = 0;
        for (size_t k = 0; k < layout->count; k++)
            if (layout->width[k] > 0 && columns[k].priority < columns[i].priority)
                wanted += columns[k].maximum - layout->width[k];
        if (columns[i].spare && width_in_use(layout, GAP) + wanted > width)
            layout->width[i] = 0;
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
    else
        grid_text(grid, row.x + x, row.y, width, style, text);
}

/* The text's first column may be left of the cell, where its front is cut off; the sign that stands
   for what is cut is no match. */
void table_match(struct grid *grid, struct rect row, const struct table_layout *layout,
                 const struct table_column *columns, size_t column, const char *text, size_t from,
                 size_t length)
{
    if (column >= layout->count || row.height < 1 || layout->width[column] < 1)
        return;
    int left = row.x + layout->x[column];
    int width = at_most(layout->width[column], row.width - layout->x[column]);
    int right = left + width;
    int total = (int)text_width(text, strlen(text), grid->ascii);
    int start = left;
    if (total > width && columns[column].keep_end && !columns[column].right) {
        start = right - total;
        left++;
    } else if (total > width) {
        right--;
    } else if (columns[column].right) {
        start = right - total;
    }
    int begin = start + (int)text_width(text, from, grid->ascii);
    int end = start + (int)text_width(text, from + length, grid->ascii);
    begin = begin > left ? begin : left;
    end = at_most(end, right);
    if (begin < end)
        grid_paint(grid, (struct rect){begin, row.y, end - begin, 1}, ROLE_MATCH);
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
