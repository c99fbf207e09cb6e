/* The window over the lines, the cursor in it, and folding. */
#include "tui/inspector_private.h"

#include "tui/inspector_text.h"

/* --- the window ------------------------------------------------------------------ */

static int height_of(const struct inspector *inspector, size_t line)
{
    struct inspector_text text;
    inspector_text_make(inspector, line, &text);
    return inspector_text_height(inspector, &text);
}

/* Puts the top so that the end of `line` is on the last row. */
static void show_above(struct inspector *inspector, size_t line)
{
    int rows = height_of(inspector, line);
    while (rows < inspector->height && line > 0)
        rows += height_of(inspector, --line);
    inspector->top = line;
    inspector->top_row = rows > inspector->height ? rows - inspector->height : 0;
}

/* Whether the end of `line` is on screen, and on which row it begins (before the first one:
   negative). The line is not above the top. */
static bool ends_in_view(const struct inspector *inspector, size_t line, int *begins)
{
    int row = -inspector->top_row;
    for (size_t at = inspector->top; at < line && row < inspector->height; at++)
        row += height_of(inspector, at);
    *begins = row;
    return row < inspector->height && row + height_of(inspector, line) <= inspector->height;
}

/* No empty rows below the last line while there are lines above the first one. */
static void fill_window(struct inspector *inspector)
{
    int rows = -inspector->top_row;
    for (size_t at = inspector->top; at < inspector->line_count && rows < inspector->height; at++)
        rows += height_of(inspector, at);
    if (rows < inspector->height && inspector->line_count > 0)
        show_above(inspector, inspector->line_count - 1);
}

void inspector_scroll_into_view(struct inspector *inspector)
{
    if (inspector->line_count == 0) {
        inspector->top = 0;
        inspector->top_row = 0;
        return;
    }
    int begins;
    if (inspector->top >= inspector->line_count)
        inspector->top = inspector->line_count - 1;
    if (inspector->cursor < inspector->top ||
        (inspector->cursor == inspector->top && inspector->top_row > 0)) {
        inspector->top = inspector->cursor;
        inspector->top_row = 0;
    } else if (!ends_in_view(inspector, inspector->cursor, &begins) && begins > 0) {
        if (height_of(inspector, inspector->cursor) < inspector->height) {
            show_above(inspector, inspector->cursor);
        } else {
            inspector->top = inspector->cursor; /* taller than the window: from its beginning */
            inspector->top_row = 0;
        }
    }
    fill_window(inspector);
}

void inspector_show_row(struct inspector *inspector, int row)
{
    int begins;
    if (inspector->cursor >= inspector->line_count)
        return;
    (void)ends_in_view(inspector, inspector->cursor, &begins);
    if (begins + row >= 0 && begins + row < inspector->height)
        return;
    inspector->top = inspector->cursor;
    inspector->top_row = row > inspector->height / 2 ? row - inspector->height / 2 : 0;
    fill_window(inspector);
}

/* --- walking ---------------------------------------------------------------------- */

void inspector_move_to(struct inspector *inspector, size_t line)
{
    inspector->cursor = line;
    inspector_scroll_into_view(inspector);
}

/* Scrolls within a line of which not all can be seen; false when there is nothing more of it that
   way. */
static bool scroll_within(struct inspector *inspector, int rows)
{
    int begins;
    if (inspector->line_count == 0)
        return false;
    if (rows > 0) {
        if (ends_in_view(inspector, inspector->cursor, &begins))
            return false;
        int hidden = begins + height_of(inspector, inspector->cursor) - inspector->height;
        inspector->top = inspector->cursor;
        inspector->top_row = (begins > 0 ? 0 : -begins) + (rows < hidden ? rows : hidden);
        return true;
    }
    if (inspector->top != inspector->cursor || inspector->top_row == 0)
        return false;
    inspector->top_row = inspector->top_row > -rows ? inspector->top_row + rows : 0;
    return true;
}

void inspector_move(struct inspector *inspector, int64_t lines)
{
    if (inspector->line_count == 0 || (lines != 0 && scroll_within(inspector, lines > 0 ? 1 : -1)))
        return;
    int64_t last = (int64_t)inspector->line_count - 1;
    int64_t to = (int64_t)inspector->cursor + lines;
    to = to < 0 ? 0 : to > last ? last : to;
    bool up = to < (int64_t)inspector->cursor;
    inspector_move_to(inspector, (size_t)to);
    int begins;
    if (up && !ends_in_view(inspector, inspector->cursor, &begins))
        show_above(inspector, inspector->cursor); /* a tall line is entered at its end */
}

void inspector_page(struct inspector *inspector, int pages)
{
    int rows = inspector->height > 1 ? inspector->height - 1 : 1;
    if (inspector->line_count == 0 || scroll_within(inspector, pages * rows))
        return;
    size_t to = inspector->cursor;
    int taken = 0;
    while (pages > 0 && to + 1 < inspector->line_count && taken < rows)
        taken += height_of(inspector, to++);
    while (pages < 0 && to > 0 && taken < rows)
        taken += height_of(inspector, --to);
    inspector_move_to(inspector, to);
}

void inspector_move_to_end(struct inspector *inspector, bool bottom)
{
    if (inspector->line_count == 0)
        return;
    inspector_move_to(inspector, bottom ? inspector->line_count - 1 : 0);
    if (bottom)
        show_above(inspector, inspector->cursor);
}

void inspector_next_section(struct inspector *inspector, int by)
{
    const struct inspector_line *at = inspector_line_at(inspector, inspector->cursor);
    if (at == NULL)
        return;
    size_t count = inspector->section_count;
    bool to_own = by < 0 && at->item != INSPECTOR_HEADING;
    size_t next = to_own ? at->section : (at->section + count + (size_t)by) % count;
    struct inspector_line heading = {.item = INSPECTOR_HEADING, .section = (uint16_t)next};
    inspector_move_to(inspector, inspector_find_line(inspector, &heading));
}

bool inspector_point(struct inspector *inspector, int row)
{
    int begins = inspector->head_rows - inspector->top_row;
    if (row < inspector->head_rows)
        return false;
    for (size_t line = inspector->top; line < inspector->line_count && begins <= row; line++) {
        int height = height_of(inspector, line);
        if (row < begins + height) {
            inspector->cursor = line;
            return true;
        }
        begins += height;
    }
    return false;
}

/* --- folding ------------------------------------------------------------------------ */

const struct inspector_section *inspector_section_of(const struct inspector *inspector,
                                                     const struct inspector_line *line)
{
    return &inspector->sections[line->section];
}

/* The node of a line, or NULL. */
static struct json_node *node_of(struct inspector *inspector, const struct inspector_line *line)
{
    const struct inspector_section *section = inspector_section_of(inspector, line);
    if (section->kind != SECTION_TREE || line->item == INSPECTOR_HEADING)
        return NULL;
    return &inspector->bodies[section->body].tree.nodes[line->item];
}

static bool section_folded(const struct inspector *inspector, const struct inspector_line *line)
{
    return (inspector->folded >> inspector_section_of(inspector, line)->id & 1) != 0;
}

static void set_section_folded(struct inspector *inspector, const struct inspector_line *line,
                               bool folded)
{
    uint32_t bit = UINT32_C(1) << inspector_section_of(inspector, line)->id;
    inspector->folded = folded ? inspector->folded | bit : inspector->folded & ~bit;
}

static struct json_diff_row *run_of(struct inspector *inspector, const struct inspector_line *line)
{
    return line->part == INSPECTOR_RUN &&
                   inspector_section_of(inspector, line)->kind == SECTION_SIDES
               ? &inspector->diff.rows[line->item]
               : NULL;
}

/* What was just unfolded is shown as far as it fits below its own line. */
static void show_below(struct inspector *inspector, size_t lines)
{
    int begins;
    size_t last = inspector->cursor + lines;
    if (last >= inspector->line_count || ends_in_view(inspector, last, &begins))
        return;
    show_above(inspector, last);
    if (inspector->top >= inspector->cursor) {
        inspector->top = inspector->cursor;
        inspector->top_row = 0;
    }
}

/* Folds or unfolds what is under the cursor. False when there is nothing of that kind. */
static bool set_folded(struct inspector *inspector, bool folded)
{
    const struct inspector_line *line = inspector_line_at(inspector, inspector->cursor);
    if (line == NULL)
        return false;
    struct json_node *node = node_of(inspector, line);
    struct json_diff_row *run = run_of(inspector, line);
    if (line->item == INSPECTOR_HEADING) {
        if (section_folded(inspector, line) == folded)
            return false;
        set_section_folded(inspector, line, folded);
    } else if (node != NULL && node->children > 0 && node->folded != folded) {
        node->folded = folded;
    } else if (run != NULL && run->open == folded) {
        run->open = !folded;
    } else {
        return false;
    }
    size_t before = inspector->line_count;
    inspector_make_lines(inspector);
    if (!folded)
        show_below(inspector, inspector->line_count - before);
    return true;
}

/* The line above this one in the tree: the parent's, else the section's own. */
static void go_to_parent(struct inspector *inspector)
{
    const struct inspector_line *line = inspector_line_at(inspector, inspector->cursor);
    if (line == NULL || line->item == INSPECTOR_HEADING)
        return;
    const struct inspector_section *section = inspector_section_of(inspector, line);
    const struct json_node *node = node_of(inspector, line);
    struct inspector_line parent = {.item = INSPECTOR_HEADING, .section = line->section};
    if (node != NULL && node->parent != JSON_TREE_NONE && node->parent != section->root)
        parent.item = node->parent;
    inspector_move_to(inspector, inspector_find_line(inspector, &parent));
}

void inspector_fold(struct inspector *inspector)
{
    if (!set_folded(inspector, true))
        go_to_parent(inspector);
}

void inspector_unfold(struct inspector *inspector)
{
    (void)set_folded(inspector, false);
}

void inspector_toggle(struct inspector *inspector)
{
    if (!set_folded(inspector, true))
        (void)set_folded(inspector, false);
}

void inspector_fold_all(struct inspector *inspector, bool fold)
{
    for (size_t i = 0; i < inspector->section_count; i++) {
        uint32_t bit = UINT32_C(1) << inspector->sections[i].id;
        inspector->folded = fold ? inspector->folded | bit : inspector->folded & ~bit;
    }
    for (size_t i = 0; i < inspector->body_count; i++) {
        struct json_tree *tree = &inspector->bodies[i].tree;
        for (uint32_t n = 1; n < tree->count; n++)
            tree->nodes[n].folded = fold && tree->nodes[n].children > 0;
    }
    for (uint32_t i = 0; i < inspector->diff.count; i++)
        inspector->diff.rows[i].open = !fold;
    inspector_make_lines(inspector);
}

void inspector_reveal(struct inspector *inspector, const struct inspector_line *line)
{
    struct inspector_line wanted = *line;
    size_t shown = inspector_find_line(inspector, line);
    if (shown < inspector->line_count &&
        inspector_compare_lines(&inspector->lines[shown], line) == 0) {
        inspector_move_to(inspector, shown);
        return;
    }
    struct json_node *node = node_of(inspector, line);
    const struct inspector_section *section = inspector_section_of(inspector, line);
    if (line->item != INSPECTOR_HEADING)
        set_section_folded(inspector, line, false);
    while (node != NULL && node->parent != JSON_TREE_NONE) {
        node = &inspector->bodies[section->body].tree.nodes[node->parent];
        node->folded = false;
    }
    if (section->kind == SECTION_SIDES && line->item != INSPECTOR_HEADING &&
        line->part != INSPECTOR_RUN && inspector->diff.rows[line->item].equal) {
        uint32_t first = line->item;
        while (first > 0 && inspector->diff.rows[first].run == 0)
            first--;
        inspector->diff.rows[first].open = true;
    }
    inspector_make_lines(inspector);
    inspector_move_to(inspector, inspector_find_line(inspector, &wanted));
}
