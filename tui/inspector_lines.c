/* Its lines: which there are, which of them are shown, and where. */
#include "tui/inspector_private.h"

#include "tui/hex_dump.h"

bool inspector_stacks(const struct inspector *inspector)
{
    enum { SIDE_BY_SIDE = 64 };
    return inspector->width < SIDE_BY_SIDE;
}

static uint16_t parts_of(size_t length)
{
    size_t parts = length > 0 ? (length + INSPECTOR_PART - 1) / INSPECTOR_PART : 1;
    return parts < INSPECTOR_RUN ? (uint16_t)parts : (uint16_t)(INSPECTOR_RUN - 1);
}

struct emitter {
    const struct inspector *inspector;
    inspector_visit visit;
    void *context;
    bool all; /* what is folded, too */
    uint16_t section;
};

static bool emit(const struct emitter *emitter, uint32_t item, uint16_t part)
{
    struct inspector_line line = {.item = item, .part = part, .section = emitter->section};
    return emitter->visit(&line, emitter->context);
}

static bool emit_parts(const struct emitter *emitter, uint32_t item, uint16_t parts)
{
    bool goes_on = true;
    for (uint16_t part = 0; goes_on && part < parts; part++)
        goes_on = emit(emitter, item, part);
    return goes_on;
}

static bool emit_tree(const struct emitter *emitter, const struct inspector_section *section)
{
    const struct json_tree *tree = &emitter->inspector->bodies[section->body].tree;
    for (uint32_t at = section->first; at < section->after;) {
        const struct json_node *node = &tree->nodes[at];
        if (at == section->skip[0] || at == section->skip[1]) {
            at = node->after;
            continue;
        }
        if (!emit_parts(emitter, at,
                        json_node_is_container(node) ? 1 : parts_of(node->value_length)))
            return false;
        at = node->folded && !emitter->all ? node->after : at + 1;
    }
    return true;
}

/* Lines of a row: one, or its name and below it what it has, side by side no more. */
static uint16_t parts_of_row(const struct json_diff_row *row, bool stacks)
{
    if (row->equal || !stacks)
        return 1;
    return row->odd ? 2 : 3;
}

/* A run of equal rows is one line, and behind it its rows where it is open; a single equal row
   gains nothing by that. Changes have no runs: what is listed there is what was sent. */
static bool emit_sides(const struct emitter *emitter, const struct inspector_section *section)
{
    bool stacks = inspector_stacks(emitter->inspector);
    for (uint32_t at = section->first; at < section->after;) {
        const struct json_diff_row *row = &section->diff->rows[at];
        uint32_t run = section->id == SECTION_COMPARISON && row->run > 1 ? row->run : 0;
        if (run > 0 && !emit(emitter, at, INSPECTOR_RUN))
            return false;
        if (run > 0 && !row->open && !emitter->all) {
            at += run;
            continue;
        }
        uint32_t end = run > 0 ? at + run : at + 1;
        for (; at < end; at++)
            if (!emit_parts(emitter, at, parts_of_row(&section->diff->rows[at], stacks)))
                return false;
    }
    return true;
}

static bool emit_section(const struct emitter *emitter, const struct inspector_section *section)
{
    const struct inspector *inspector = emitter->inspector;
    if (!emit(emitter, INSPECTOR_HEADING, 0))
        return false;
    if (!emitter->all && (inspector->folded >> section->id & 1) != 0)
        return true;
    if (section->kind == SECTION_TREE)
        return emit_tree(emitter, section);
    if (section->kind == SECTION_SIDES)
        return emit_sides(emitter, section);
    uint32_t after = section->after;
    if (section->kind == SECTION_HEX_DUMP)
        after = (uint32_t)hex_dump_lines(inspector->bodies[section->body].length,
                                         hex_dump_bytes(inspector->width));
    for (uint32_t at = section->first; at < after; at++) {
        size_t length = section->kind == SECTION_FIELDS ? inspector->fields[at].value_length : 0;
        if (!emit_parts(emitter, at, parts_of(length)))
            return false;
    }
    return true;
}

static void emit_all(const struct inspector *inspector, bool all, inspector_visit visit,
                     void *context)
{
    struct emitter emitter = {inspector, visit, context, all, 0};
    for (size_t i = 0; i < inspector->section_count; i++) {
        emitter.section = (uint16_t)i;
        if (!emit_section(&emitter, &inspector->sections[i]))
            return;
    }
}

void inspector_each_line(const struct inspector *inspector, inspector_visit visit, void *context)
{
    emit_all(inspector, true, visit, context);
}

static bool keep_line(const struct inspector_line *line, void *context)
{
    struct inspector *inspector = context;
    if (inspector->line_count == INSPECTOR_LINES_MAX ||
        !inspector_make_room((void **)&inspector->lines, inspector->line_count,
                             &inspector->line_capacity, sizeof *inspector->lines)) {
        inspector->cut = true;
        return false;
    }
    inspector->lines[inspector->line_count++] = *line;
    return true;
}

const struct inspector_line *inspector_line_at(const struct inspector *inspector, size_t line)
{
    return line < inspector->line_count ? &inspector->lines[line] : NULL;
}

/* A heading before what is below it, a run before its rows. */
int inspector_compare_lines(const struct inspector_line *a, const struct inspector_line *b)
{
    if (a->section != b->section)
        return a->section < b->section ? -1 : 1;
    int64_t item_a = a->item == INSPECTOR_HEADING ? -1 : (int64_t)a->item;
    int64_t item_b = b->item == INSPECTOR_HEADING ? -1 : (int64_t)b->item;
    if (item_a != item_b)
        return item_a < item_b ? -1 : 1;
    int part_a = a->part == INSPECTOR_RUN ? -1 : a->part;
    int part_b = b->part == INSPECTOR_RUN ? -1 : b->part;
    return part_a - part_b;
}

size_t inspector_find_line(const struct inspector *inspector, const struct inspector_line *line)
{
    size_t low = 0;
    for (size_t high = inspector->line_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (inspector_compare_lines(&inspector->lines[middle], line) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

void inspector_make_lines(struct inspector *inspector)
{
    const struct inspector_line *at = inspector_line_at(inspector, inspector->cursor);
    const struct inspector_line *above = inspector_line_at(inspector, inspector->top);
    struct inspector_line cursor = {.item = INSPECTOR_HEADING};
    struct inspector_line top = cursor;
    if (at != NULL)
        cursor = *at;
    if (above != NULL)
        top = *above;
    inspector->line_count = 0;
    emit_all(inspector, false, keep_line, inspector);
    if (at != NULL)
        inspector->cursor = inspector_find_line(inspector, &cursor);
    if (above != NULL)
        inspector->top = inspector_find_line(inspector, &top);
    inspector->top_row = 0;
    if (inspector->cursor >= inspector->line_count)
        inspector->cursor = inspector->line_count > 0 ? inspector->line_count - 1 : 0;
    inspector_scroll_into_view(inspector);
}

static bool compares(const struct inspector *inspector)
{
    return inspector->kind == INSPECTOR_COMPARISON && inspector->diff.count > 0;
}

void inspector_lay_out(struct inspector *inspector, int width, int height, bool ascii)
{
    enum { HEAD_FROM = 10 }; /* rows */
    inspector->width = width > 0 ? width : 1;
    inspector->ascii = ascii;
    inspector->head_rows = compares(inspector) && height >= HEAD_FROM ? INSPECTOR_HEAD_ROWS : 0;
    inspector->height = height > inspector->head_rows ? height - inspector->head_rows : 1;
    inspector->names_width = inspector_names_width(inspector, &inspector->diff);
    inspector_search_again(inspector); /* what is found is not cut */
    inspector_make_lines(inspector);
}
