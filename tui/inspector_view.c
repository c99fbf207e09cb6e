#include "tui/inspector_view.h"

#include "tui/dialog.h"
#include "tui/inspector_text.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

/* "3 of 17", "no match". */
static void say_matches(const struct inspector *inspector, char *text, size_t size)
{
    const struct inspector_find *find = &inspector->find;
    if (find->count == 0)
        (void)snprintf(text, size, "no match");
    else
        (void)snprintf(text, size, "%zu of %zu%s", find->current + 1, find->count,
                       find->more ? "+" : "");
}

static void say_note(const struct inspector *inspector, char *text, size_t size)
{
    char found[96] = "";
    if (inspector_finds(inspector)) {
        char matches[48];
        say_matches(inspector, matches, sizeof matches);
        (void)snprintf(found, sizeof found, "/%.32s %s · ", inspector->find.needle.text, matches);
    }
    (void)snprintf(text, size, "%s%s%sline %zu of %zu", found,
                   inspector_masks(inspector) ? "masked · " : "",
                   inspector->cut ? "not all of it · " : "",
                   inspector->line_count > 0 ? inspector->cursor + 1 : 0, inspector->line_count);
}

/* What is told where there is no room for all of it: the matches, else the line. */
static void say_short_note(const struct inspector *inspector, char *text, size_t size)
{
    char found[48];
    (void)snprintf(found, sizeof found, "%zu/%zu",
                   inspector->line_count > 0 ? inspector->cursor + 1 : 0, inspector->line_count);
    if (inspector_finds(inspector))
        say_matches(inspector, found, sizeof found);
    (void)snprintf(text, size, "%s%s", inspector_masks(inspector) ? "masked " : "", found);
}

static void draw_line(const struct inspector *inspector, struct grid *grid, struct rect inside,
                      int y, size_t line, int from)
{
    struct inspector_text text;
    struct needle needle = {inspector->find.needle.text, inspector->find.needle.length};
    inspector_text_make(inspector, line, &text);
    int first = from > text.above ? from - text.above : 0;
    int begin = y + (from < text.above ? text.above - from : 0);
    int rows = inside.y + inside.height - begin;
    if (rows <= 0)
        return;
    for (size_t i = 0; i < text.cell_count; i++) {
        struct rect cell = {inside.x + text.x[i], begin, text.width[i], rows};
        flow_draw(&text.cells[i], grid, cell, first, !inspector->cut_lines && !text.keeps, needle);
    }
    if (line != inspector->cursor)
        return;
    int height = inspector_text_height(inspector, &text) - text.above - first;
    grid_mark(grid,
              (struct rect){inside.x - 1, begin, inside.width + 2, height < rows ? height : rows},
              STYLE_SELECTED);
}

static void draw_lines(const struct inspector *inspector, struct grid *grid, struct rect inside)
{
    int y = inside.y;
    int from = inspector->top_row;
    for (size_t line = inspector->top; line < inspector->line_count && y < inside.y + inside.height;
         line++) {
        struct inspector_text text;
        inspector_text_make(inspector, line, &text);
        draw_line(inspector, grid, inside, y, line, from);
        y += inspector_text_height(inspector, &text) - from;
        from = 0;
    }
}

void inspector_draw(const struct app *app, struct grid *grid)
{
    enum { FRAME_SIGNS = 9 }; /* corners, lines and blanks beside title and note */
    const struct inspector *inspector = &app->inspector;
    struct rect rect = app->layout.inspector;
    char note[160];
    say_note(inspector, note, sizeof note);
    int title = (int)text_width(inspector->title, strlen(inspector->title), app->ascii);
    int noted = (int)text_width(note, strlen(note), app->ascii);
    if (title + noted + FRAME_SIGNS > rect.width)
        say_short_note(inspector, note, sizeof note);
    grid_fill(grid, rect, style_of(ROLE_NORMAL));
    struct rect inside = widget_frame(grid, rect, style_of(ROLE_BORDER_FOCUS), style_of(ROLE_TITLE),
                                      inspector->title, note);
    widget_scroll_bar(grid, (struct rect){rect.x, inside.y, rect.width, inside.height},
                      inspector->top, inspector->line_count);
    inside.x++;
    inside.width -= 2;
    draw_lines(inspector, grid, inside);
}

static void draw_find_line(const struct inspector *inspector, struct grid *grid, struct rect row)
{
    char matches[48] = "";
    if (inspector_finds(inspector))
        say_matches(inspector, matches, sizeof matches);
    int width = (int)strlen(matches);
    (void)grid_text_right(grid, row.x, row.y, row.width - 1,
                          style_of(inspector->find.count > 0 ? ROLE_INFO : ROLE_WARN), matches);
    int x = row.x + 1;
    x += grid_text(grid, x, row.y, 2, style_of(ROLE_KEY), "/");
    line_edit_draw(&inspector->find.needle, grid, x, row.y, row.x + row.width - x - width - 3,
                   ROLE_NORMAL, true);
}

void inspector_draw_status(const struct app *app, struct grid *grid, struct rect row)
{
    const struct inspector *inspector = &app->inspector;
    struct inspector_selection selection;
    if (inspector->kind == INSPECTOR_NONE)
        return;
    if (inspector->find.typing)
        draw_find_line(inspector, grid, row);
    else if (inspector_selected(inspector, &selection))
        (void)grid_text(grid, row.x + 1, row.y, row.width - 2, style_of(ROLE_INFO), selection.path);
}
