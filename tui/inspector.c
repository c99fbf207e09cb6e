/* Its content: sections, bodies, and the lines that are shown of them. What a section says is told
   by app_inspector.c. */
#include "tui/inspector_private.h"

#include "tui/hex_dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- opening and closing -------------------------------------------------------- */

static void body_clear(struct inspector_body *body)
{
    json_tree_clear(&body->tree);
    free(body->hidden);
    *body = (struct inspector_body){0};
}

static void forget_content(struct inspector *inspector)
{
    for (size_t i = 0; i < inspector->body_count; i++)
        body_clear(&inspector->bodies[i]);
    json_diff_clear(&inspector->diff);
    buffer_clear(&inspector->text);
    buffer_init(&inspector->text, INSPECTOR_FIELDS_BYTES);
    inspector->body_count = inspector->section_count = inspector->field_count = 0;
    inspector->line_count = 0;
    inspector->cut = false;
    inspector->find.count = 0;
    inspector->find.origin = (struct inspector_line){.item = INSPECTOR_HEADING};
}

void inspector_close(struct inspector *inspector)
{
    forget_content(inspector);
    webhook_clear(&inspector->webhook);
    event_clear(&inspector->event);
    log_entry_clear(&inspector->log);
    delivery_clear(&inspector->delivery);
    delivery_clear(&inspector->next);
    for (size_t i = 0; i < 2; i++)
        inspector_side_clear(&inspector->sides[i]);
    inspector->kind = INSPECTOR_NONE;
    inspector->loading = inspector->has_memory = false;
    inspector->cursor = inspector->top = 0;
    inspector->top_row = 0;
}

void inspector_clear(struct inspector *inspector)
{
    inspector_close(inspector);
    free(inspector->fields);
    free(inspector->lines);
    free(inspector->find.matches);
    *inspector = (struct inspector){0};
}

void inspector_side_clear(struct inspector_side *side)
{
    free(side->bytes);
    *side = (struct inspector_side){0};
}

bool inspector_copy_bytes(const char *bytes, size_t length, char **copy, size_t *copy_length)
{
    *copy = malloc(length + 1);
    *copy_length = *copy != NULL ? length : 0;
    if (*copy == NULL)
        return false;
    if (length > 0)
        memcpy(*copy, bytes, length);
    (*copy)[length] = '\0';
    return true;
}

/* --- content ---------------------------------------------------------------------- */

static bool make_room(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t larger = *capacity > 0 ? *capacity * 2 : 64;
    void *moved = reallocarray(*items, larger, size);
    if (moved == NULL)
        return false;
    *items = moved;
    *capacity = larger;
    return true;
}

void inspector_begin(struct inspector *inspector)
{
    forget_content(inspector);
}

static struct inspector_section *add_section(struct inspector *inspector, enum section_id id,
                                             enum section_kind kind)
{
    if (inspector->section_count == INSPECTOR_SECTIONS_MAX) {
        inspector->cut = true;
        return NULL;
    }
    struct inspector_section *section = &inspector->sections[inspector->section_count++];
    *section = (struct inspector_section){
        .id = id,
        .kind = kind,
        .root = JSON_TREE_NONE,
        .skip = {JSON_TREE_NONE, JSON_TREE_NONE},
    };
    return section;
}

void inspector_add_fields(struct inspector *inspector, enum section_id id)
{
    struct inspector_section *section = add_section(inspector, id, SECTION_FIELDS);
    if (section != NULL)
        section->first = section->after = (uint32_t)inspector->field_count;
}

void inspector_note(struct inspector *inspector, const char *format, ...)
{
    struct inspector_section *section = &inspector->sections[inspector->section_count - 1];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(section->note, sizeof section->note, format, args);
    va_end(args);
}

/* Appends to the fields' text; where it goes, SIZE_MAX when there is no room. */
static size_t keep_text(struct inspector *inspector, const char *text)
{
    size_t offset = inspector->text.length;
    return buffer_append_string(&inspector->text, text) ? offset : SIZE_MAX;
}

void inspector_field(struct inspector *inspector, const char *label, enum role role,
                     const char *value)
{
    struct inspector_section *section = &inspector->sections[inspector->section_count - 1];
    const char *shown = value != NULL ? value : "–";
    size_t label_at = keep_text(inspector, label);
    size_t value_at = keep_text(inspector, shown);
    if (value_at == SIZE_MAX || !make_room((void **)&inspector->fields, inspector->field_count,
                                           &inspector->field_capacity, sizeof *inspector->fields)) {
        inspector->cut = true;
        return;
    }
    inspector->fields[inspector->field_count++] = (struct inspector_field){
        .label = label_at,
        .value = value_at,
        .label_length = strlen(label),
        .value_length = strlen(shown),
        .role = value != NULL ? role : ROLE_DIM,
    };
    section->after = (uint32_t)inspector->field_count;
}

void inspector_fieldf(struct inspector *inspector, const char *label, enum role role,
                      const char *format, ...)
{
    char value[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(value, sizeof value, format, args);
    va_end(args);
    inspector_field(inspector, label, role, value);
}

bool inspector_add_body(struct inspector *inspector, const char *bytes, size_t length, size_t *body)
{
    *body = inspector->body_count;
    if (inspector->body_count == INSPECTOR_BODIES_MAX) {
        inspector->cut = true;
        return false;
    }
    struct inspector_body *added = &inspector->bodies[inspector->body_count];
    *added = (struct inspector_body){.bytes = bytes, .length = length};
    if (!json_tree_init(&added->tree, bytes, length)) {
        inspector->cut = true;
        return false;
    }
    inspector->cut |= added->tree.cut;
    inspector->body_count++;
    return true;
}

/* --- what is not to be read -------------------------------------------------------- */

size_t inspector_span_at(const struct inspector_body *body, size_t offset)
{
    size_t low = 0;
    for (size_t high = body->hidden_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        const struct byte_span *span = &body->hidden[middle];
        if (span->start + span->length <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool inspector_body_hides(size_t offset, const void *context)
{
    const struct inspector_body *body = context;
    size_t at = inspector_span_at(body, offset);
    return body->all_hidden || (at < body->hidden_count && body->hidden[at].start <= offset);
}

void inspector_hide(struct inspector *inspector, size_t body, const struct byte_span *spans,
                    size_t count)
{
    struct inspector_body *of = &inspector->bodies[body];
    free(of->hidden);
    of->hidden_count = 0;
    of->hidden = reallocarray(NULL, count + 1, sizeof *spans);
    of->all_hidden = of->hidden == NULL; /* what cannot be judged is not shown */
    if (of->all_hidden)
        return;
    memcpy(of->hidden, spans, count * sizeof *spans);
    of->hidden_count = count;
}

bool inspector_masks(const struct inspector *inspector)
{
    for (size_t i = 0; i < inspector->body_count && !inspector->unmasked; i++)
        if (inspector->bodies[i].hidden_count > 0 || inspector->bodies[i].all_hidden)
            return true;
    return false;
}

/* --- sections of a body ----------------------------------------------------------- */

static void note_size(struct inspector_section *section, const char *what, size_t count,
                      const char *more)
{
    (void)snprintf(section->note, sizeof section->note, "%zu %s%s%s", count, what,
                   count == 1 ? "" : "s", more);
}

/* The nodes below `node`, or itself where there is nothing below it. */
static void add_tree(struct inspector *inspector, enum section_id id, size_t body, uint32_t node)
{
    const struct json_tree *tree = &inspector->bodies[body].tree;
    struct inspector_section *section = add_section(inspector, id, SECTION_TREE);
    if (section == NULL)
        return;
    section->body = (uint8_t)body;
    section->first = 0;
    section->after = tree->count;
    if (!tree->is_json) {
        note_size(section, "line", tree->count, tree->count > 0 ? " of text" : "");
        return;
    }
    const struct json_node *top = &tree->nodes[node];
    bool filled = json_node_is_container(top) && top->children > 0;
    section->root = filled ? node : JSON_TREE_NONE;
    section->first = filled ? node + 1 : node;
    section->after = top->after;
    if (filled)
        note_size(section, top->kind == JSON_NODE_OBJECT ? "member" : "element", top->children, "");
}

void inspector_add_tree(struct inspector *inspector, enum section_id id, size_t body)
{
    add_tree(inspector, id, body, 0);
}

static void add_changes(struct inspector *inspector, size_t body, uint32_t changes)
{
    const struct json_tree *tree = &inspector->bodies[body].tree;
    if (!json_diff_changes(&inspector->diff, tree, changes)) {
        add_tree(inspector, SECTION_CHANGES, body, changes);
        return;
    }
    struct inspector_section *section = add_section(inspector, SECTION_CHANGES, SECTION_SIDES);
    if (section == NULL)
        return;
    section->body = (uint8_t)body;
    section->root = changes;
    section->after = inspector->diff.count;
    section->diff = &inspector->diff;
    note_size(section, "field", tree->nodes[changes].children, "");
    inspector->cut |= inspector->diff.cut;
}

void inspector_add_event(struct inspector *inspector, size_t body)
{
    const struct json_tree *tree = &inspector->bodies[body].tree;
    uint32_t object = tree->is_json ? json_tree_member(tree, 0, "event_object") : JSON_TREE_NONE;
    uint32_t changes =
        tree->is_json ? json_tree_member(tree, 0, "event_object_changes") : JSON_TREE_NONE;
    if (object == JSON_TREE_NONE && changes == JSON_TREE_NONE) {
        add_tree(inspector, SECTION_PAYLOAD, body, 0);
        return;
    }
    if (changes != JSON_TREE_NONE && tree->nodes[changes].children == 0)
        changes = JSON_TREE_NONE; /* null or {}: left where the rest is */
    if (changes != JSON_TREE_NONE)
        add_changes(inspector, body, changes);
    if (object != JSON_TREE_NONE)
        add_tree(inspector, SECTION_OBJECT, body, object);
    add_tree(inspector, SECTION_EVENT, body, 0);
    struct inspector_section *rest = &inspector->sections[inspector->section_count - 1];
    rest->skip[0] = object;
    rest->skip[1] = changes;
    size_t elsewhere = (size_t)(object != JSON_TREE_NONE) + (changes != JSON_TREE_NONE);
    note_size(rest, "other member", tree->nodes[0].children - elsewhere, "");
}

void inspector_add_raw(struct inspector *inspector, size_t body)
{
    struct inspector_section *section = add_section(inspector, SECTION_RAW, SECTION_HEX_DUMP);
    if (section == NULL)
        return;
    section->body = (uint8_t)body;
    note_size(section, "exact byte", inspector->bodies[body].length, "");
}

void inspector_add_comparison(struct inspector *inspector)
{
    json_diff_init(&inspector->diff, &inspector->bodies[0].tree, 0, &inspector->bodies[1].tree, 0);
    struct inspector_section *section = add_section(inspector, SECTION_COMPARISON, SECTION_SIDES);
    if (section == NULL)
        return;
    const struct json_diff *diff = &inspector->diff;
    section->after = diff->count;
    section->diff = diff;
    (void)snprintf(section->note, sizeof section->note, "%u of %u fields differ",
                   (unsigned)diff->differing, (unsigned)diff->count);
    inspector->cut |= diff->cut;
}

/* --- lines ----------------------------------------------------------------------- */

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

/* A run of equal rows is one line, and behind it its rows where it is open; a single equal row
   gains nothing by that. Changes have no runs: what is listed there is what was sent. */
static bool emit_sides(const struct emitter *emitter, const struct inspector_section *section)
{
    uint16_t parts = inspector_stacks(emitter->inspector) ? 3 : 1;
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
            if (!emit_parts(emitter, at, section->diff->rows[at].equal ? 1 : parts))
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
        !make_room((void **)&inspector->lines, inspector->line_count, &inspector->line_capacity,
                   sizeof *inspector->lines)) {
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

void inspector_lay_out(struct inspector *inspector, int width, int height, bool ascii)
{
    inspector->width = width > 0 ? width : 1;
    inspector->height = height > 0 ? height : 1;
    inspector->ascii = ascii;
    inspector_make_lines(inspector);
    inspector_search_again(inspector);
}
