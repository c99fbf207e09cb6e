#include "tui/inspector_view.h"

#include "tui/dialog.h"
#include "tui/inspector_pieces.h"
#include "tui/inspector_private.h"
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

static void say_note(const struct inspector *inspector, bool line, char *text, size_t size)
{
    enum { NEEDLE_WIDTH = 32 };
    const struct line_edit *needle = &inspector->find.needle;
    char found[256] = "";
    char where[64] = "";
    if (inspector_finds(inspector)) {
        char matches[48];
        size_t shown = text_fit(needle->text, needle->length, NEEDLE_WIDTH, inspector->ascii, NULL);
        say_matches(inspector, matches, sizeof matches);
        (void)snprintf(found, sizeof found, "/%.*s %s", (int)shown, needle->text, matches);
    }
    if (line)
        (void)snprintf(where, sizeof where, "line %zu of %zu",
                       inspector->line_count > 0 ? inspector->cursor + 1 : 0,
                       inspector->line_count);
    const char *const parts[] = {found, inspector_masks(inspector) ? "masked" : "",
                                 inspector->cut ? "not all of it" : "", where};
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i][0] != '\0')
            at += (size_t)snprintf(text + at, size - at, "%s%s", at > 0 ? " · " : "", parts[i]);
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
    if (text.marked)
        needle.length = 0;
    int first = from > text.above ? from - text.above : 0;
    int begin = y + (from < text.above ? text.above - from : 0);
    int rows = inside.y + inside.height - begin;
    if (rows <= 0)
        return;
    for (size_t i = 0; i < text.cell_count; i++) {
        int row = inspector_text_cell_row(inspector, &text, i) - first;
        int below = row > 0 ? row : 0;
        struct rect cell = {inside.x + text.x[i], begin + below, text.width[i], rows - below};
        flow_draw(&text.cells[i], grid, cell, below - row, text.wraps && !text.keeps, needle);
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

/* What the columns of a comparison are, above them, whatever is scrolled. */
static void draw_head(const struct inspector *inspector, struct grid *grid, struct rect inside)
{
    struct sides_columns columns;
    static const char *const SIGNS[2] = {"- ", "+ "};
    static const enum role ROLES[2] = {ROLE_BAD, ROLE_GOOD};
    inspector_sides_columns(inspector, &columns);
    if (inspector_stacks(inspector)) {
        columns.left = columns.right = 0;
        columns.side_width = inspector->width;
    } else {
        grid_text(grid, inside.x + INSPECTOR_SIGN_WIDTH, inside.y, columns.name_width,
                  style_of(ROLE_COLUMN), "FIELD");
    }
    for (int side = 0; side < 2; side++) {
        int x = inside.x + (side == 0 ? columns.left : columns.right);
        int width = side == 0 ? columns.side_width : inside.x + inspector->width - x;
        int y = inside.y + (inspector_stacks(inspector) ? side : 0);
        x += grid_text(grid, x, y, width, style_of(ROLES[side]), SIGNS[side]);
        width -= INSPECTOR_SIGN_WIDTH;
        int used = grid_text(grid, x, y, width, style_of(ROLE_STRONG), inspector->head[side][0]);
        if (inspector_stacks(inspector))
            grid_text(grid, x + used + 2, y, width - used - 2, style_of(ROLE_COLUMN),
                      inspector->head[side][1]);
        else
            grid_text(grid, x, y + 1, width, style_of(ROLE_COLUMN), inspector->head[side][1]);
    }
}

void inspector_draw(const struct app *app, struct grid *grid)
{
    enum { FRAME_SIGNS = 9 }; /* corners, lines and blanks beside title and note */
    const struct inspector *inspector = &app->inspector;
    struct rect rect = app->layout.inspector;
    char note[384];
    int room = rect.width - FRAME_SIGNS -
               (int)text_width(inspector->title, strlen(inspector->title), app->ascii);
    say_note(inspector, true, note, sizeof note);
    if ((int)text_width(note, strlen(note), app->ascii) > room && inspector_finds(inspector))
        say_note(inspector, false, note, sizeof note);
    if ((int)text_width(note, strlen(note), app->ascii) > room)
        say_short_note(inspector, note, sizeof note);
    grid_fill(grid, rect, style_of(ROLE_NORMAL));
    struct rect inside = widget_frame(grid, rect, style_of(ROLE_BORDER_FOCUS), style_of(ROLE_TITLE),
                                      inspector->title, note);
    struct rect head = {inside.x + 1, inside.y, inside.width - 2, inspector->head_rows};
    inside.y += head.height;
    inside.height -= head.height;
    widget_scroll_bar(grid, (struct rect){rect.x, inside.y, rect.width, inside.height},
                      inspector->top, inspector->line_count);
    inside.x++;
    inside.width -= 2;
    if (head.height > 0)
        draw_head(inspector, grid, head);
    draw_lines(inspector, grid, inside);
}

int inspector_matches_width(const struct inspector *inspector)
{
    char matches[48] = "";
    if (inspector_finds(inspector))
        say_matches(inspector, matches, sizeof matches);
    return (int)strlen(matches);
}

void inspector_draw_matches(const struct inspector *inspector, struct grid *grid, struct rect row)
{
    char matches[48];
    if (!inspector_finds(inspector))
        return;
    say_matches(inspector, matches, sizeof matches);
    (void)grid_text_right(grid, row.x, row.y, row.width - 1,
                          style_of(inspector->find.count > 0 ? ROLE_INFO : ROLE_WARN), matches);
}

/* Where the next step of a path begins, or its end; dots and brackets within quotes are none. */
static const char *next_step(const char *path)
{
    bool quoted = path[0] == '"';
    const char *at = path[0] != '\0' ? path + 1 : path;
    for (; *at != '\0' && (quoted || (*at != '.' && *at != '[')); at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

/* Cut at its front, between two steps: the last ones tell where one is. */
static void draw_path(struct grid *grid, struct rect row, const char *path)
{
    const char *from = path;
    size_t room = row.width > 0 ? (size_t)row.width : 0;
    size_t sign = 0;
    while (text_width(from, strlen(from), grid->ascii) + sign > room && *next_step(from) != '\0') {
        from = next_step(from);
        from += *from == '.';
        sign = 1;
    }
    int used = sign > 0 ? grid_text(grid, row.x, row.y, row.width, style_of(ROLE_DIM), "…") : 0;
    (void)grid_text(grid, row.x + used, row.y, row.width - used, style_of(ROLE_INFO), from);
}

void inspector_draw_status(const struct app *app, struct grid *grid, struct rect row)
{
    const struct inspector *inspector = &app->inspector;
    struct inspector_selection selection;
    if (inspector->kind != INSPECTOR_NONE && inspector_selected(inspector, &selection))
        draw_path(grid, (struct rect){row.x + 1, row.y, row.width - 2, 1}, selection.path);
}
