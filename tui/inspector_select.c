/* What is selected, and finding it again in another event. */
#include "tui/inspector_private.h"

#include <string.h>

/* --- from event to event ------------------------------------------------------------- */

void inspector_remember(struct inspector *inspector)
{
    struct inspector_memory *memory = &inspector->memory;
    const struct inspector_line *line = inspector_line_at(inspector, inspector->cursor);
    struct inspector_selection selection;
    memset(memory, 0, sizeof *memory);
    inspector->has_memory = line != NULL;
    if (line == NULL)
        return;
    memory->section = inspector_section_of(inspector, line)->id;
    memory->on_heading = line->item == INSPECTOR_HEADING;
    struct inspector_line heading = {.item = INSPECTOR_HEADING, .section = line->section};
    memory->line_in_section = inspector->cursor - inspector_find_line(inspector, &heading);
    memory->field_id = inspector_selected_field(inspector);
    if (inspector_selected(inspector, &selection))
        memcpy(memory->path, selection.path, sizeof memory->path);
    const struct json_tree *tree = &inspector->bodies[0].tree;
    if (inspector->body_count == 0 || !tree->is_json)
        return;
    for (uint32_t n = 1; n < tree->count && memory->fold_count < INSPECTOR_FOLDS_KEPT; n++)
        if (tree->nodes[n].folded)
            (void)json_tree_path(tree, JSON_TREE_NONE, n, memory->folds[memory->fold_count++],
                                 sizeof memory->folds[0]);
}

static void recall_folds(struct inspector *inspector)
{
    bool exact;
    if (inspector->body_count == 0 || !inspector->bodies[0].tree.is_json)
        return;
    struct json_tree *tree = &inspector->bodies[0].tree;
    for (size_t i = 0; i < inspector->memory.fold_count; i++) {
        uint32_t node = json_tree_find(tree, inspector->memory.folds[i], &exact);
        if (exact && node > 0 && node < tree->count)
            tree->nodes[node].folded = tree->nodes[node].children > 0;
    }
}

/* The line of the remembered path, or as far down its section as before. */
static size_t recalled_line(const struct inspector *inspector, size_t at)
{
    const struct inspector_memory *memory = &inspector->memory;
    const struct inspector_section *section = &inspector->sections[at];
    struct inspector_line line = {.item = INSPECTOR_HEADING, .section = (uint16_t)at};
    size_t heading = inspector_find_line(inspector, &line);
    if (memory->on_heading)
        return heading;
    if (section->kind == SECTION_TREE && memory->path[0] != '\0') {
        bool exact;
        const struct json_tree *tree = &inspector->bodies[section->body].tree;
        line.item = json_tree_find(tree, memory->path, &exact);
        return line.item >= section->first && line.item < section->after
                   ? inspector_find_line(inspector, &line)
                   : heading;
    }
    for (uint32_t i = section->first;
         memory->field_id != 0 && section->kind == SECTION_FIELDS && i < section->after; i++) {
        line.item = i;
        if (inspector->fields[i].id == memory->field_id)
            return inspector_find_line(inspector, &line);
    }
    size_t to = heading + memory->line_in_section;
    while (to > heading && (to >= inspector->line_count || inspector->lines[to].section != at))
        to--;
    return to;
}

void inspector_recall(struct inspector *inspector)
{
    if (!inspector->has_memory)
        return;
    recall_folds(inspector);
    inspector_make_lines(inspector);
    for (size_t i = 0; i < inspector->section_count; i++)
        if (inspector->sections[i].id == inspector->memory.section)
            inspector_move_to(inspector, recalled_line(inspector, i));
}

/* --- what is selected ------------------------------------------------------------------- */

/* The node that a line is about, and its tree. */
static const struct json_node *selected_node(const struct inspector *inspector,
                                             const struct inspector_line *line, size_t *body,
                                             uint32_t *at)
{
    const struct inspector_section *section = inspector_section_of(inspector, line);
    *body = section->body;
    *at = JSON_TREE_NONE;
    if (section->kind == SECTION_TREE)
        *at = line->item == INSPECTOR_HEADING ? section->root : line->item;
    if (section->kind == SECTION_SIDES && line->item == INSPECTOR_HEADING)
        *at = section->root;
    if (section->kind == SECTION_SIDES && line->item != INSPECTOR_HEADING) {
        const struct json_diff_row *row = &section->diff->rows[line->item];
        bool right = row->left == JSON_TREE_NONE;
        *at = right ? row->right : row->left;
        *body = right && section->id == SECTION_COMPARISON ? 1 : section->body;
        if (section->id == SECTION_CHANGES && line->part != 1 && row->right != JSON_TREE_NONE)
            *at = row->right; /* of a change, what it is now */
    }
    if (*at == JSON_TREE_NONE || *body >= inspector->body_count ||
        *at >= inspector->bodies[*body].tree.count)
        return NULL;
    return &inspector->bodies[*body].tree.nodes[*at];
}

uint64_t inspector_selected_field(const struct inspector *inspector)
{
    const struct inspector_line *line = inspector_line_at(inspector, inspector->cursor);
    if (line == NULL || line->item == INSPECTOR_HEADING ||
        inspector->sections[line->section].kind != SECTION_FIELDS)
        return 0;
    return inspector->fields[line->item].id;
}

bool inspector_selected(const struct inspector *inspector, struct inspector_selection *selection)
{
    const struct inspector_line *line = inspector_line_at(inspector, inspector->cursor);
    size_t body;
    uint32_t at;
    *selection = (struct inspector_selection){0};
    if (line == NULL)
        return false;
    selection->node = selected_node(inspector, line, &body, &at);
    if (selection->node == NULL)
        return false;
    selection->body = &inspector->bodies[body];
    (void)json_tree_path(&selection->body->tree, JSON_TREE_NONE, at, selection->path,
                         sizeof selection->path);
    return true;
}
