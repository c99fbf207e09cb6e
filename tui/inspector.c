/* Its content: sections, and the bodies that they show. What a section says is told by
   app_inspector.c; its lines are in inspector_lines.c. */
#include "tui/inspector_private.h"

#include "api/count.h"
#include "tui/text.h"
#include "tui/told.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- opening and closing -------------------------------------------------------- */

static void body_clear(struct inspector_body *body)
{
    json_tree_clear(&body->tree);
    redact_spans_clear(&body->hidden);
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
    forward_list_clear(&inspector->forwards);
    delivery_clear(&inspector->next);
    for (size_t i = 0; i < 2; i++)
        inspector_side_clear(&inspector->sides[i]);
    trace_told_free(inspector->trace);
    object_told_free(inspector->object);
    inspector->trace = NULL;
    inspector->object = NULL;
    inspector->diagnosis.count = 0;
    inspector->kind = INSPECTOR_NONE;
    inspector->gap[0] = '\0';
    inspector->attempt_asked = inspector->attempt = 0;
    inspector->loading = inspector->has_memory = false;
    inspector->cursor = inspector->top = 0;
    inspector->top_row = 0;
}

static void clear_one(struct inspector *inspector)
{
    inspector_close(inspector);
    buffer_clear(&inspector->text);
    free(inspector->fields);
    free(inspector->lines);
    free(inspector->find.matches);
}

void inspector_clear(struct inspector *inspector)
{
    inspector_drop(inspector);
    clear_one(inspector);
    *inspector = (struct inspector){0};
}

/* --- one below the other -------------------------------------------------------- */

static void drop_lowest(struct inspector *inspector)
{
    struct inspector *above = inspector;
    while (above->below != NULL && above->below->below != NULL)
        above = above->below;
    if (above->below == NULL)
        return;
    clear_one(above->below);
    free(above->below);
    above->below = NULL;
    for (struct inspector *each = inspector; each != NULL; each = each->below)
        each->depth--;
}

bool inspector_push(struct inspector *inspector)
{
    if (inspector->kind == INSPECTOR_NONE)
        return true;
    struct inspector *below = malloc(sizeof *below);
    if (below == NULL)
        return false;
    inspector_stop_finding(inspector);
    *below = *inspector;
    *inspector = (struct inspector){.zoomed = below->zoomed,
                                    .unmasked = below->unmasked,
                                    .cut_lines = below->cut_lines,
                                    .list_followed = below->list_followed,
                                    .below = below,
                                    .depth = below->depth + 1};
    if (inspector->depth > INSPECTOR_DEPTH_MAX)
        drop_lowest(inspector);
    return true;
}

bool inspector_pop(struct inspector *inspector)
{
    struct inspector *below = inspector->below;
    if (below == NULL)
        return false;
    below->zoomed = inspector->zoomed;
    below->unmasked = inspector->unmasked;
    below->cut_lines = inspector->cut_lines;
    below->list_followed = inspector->list_followed;
    clear_one(inspector);
    *inspector = *below;
    free(below);
    return true;
}

void inspector_drop(struct inspector *inspector)
{
    while (inspector->below != NULL)
        drop_lowest(inspector);
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

bool inspector_make_room(void **items, size_t count, size_t *capacity, size_t size)
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
    if (value_at == SIZE_MAX ||
        !inspector_make_room((void **)&inspector->fields, inspector->field_count,
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
    size_t columns = text_width(label, strlen(label), inspector->ascii);
    if (columns > section->label_columns)
        section->label_columns = columns < UINT16_MAX ? (uint16_t)columns : UINT16_MAX;
}

void inspector_field_of(struct inspector *inspector, uint64_t id)
{
    const struct inspector_section *section = &inspector->sections[inspector->section_count - 1];
    if (section->after > section->first)
        inspector->fields[section->after - 1].id = id;
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

static bool is_binary(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        char32_t character;
        size_t taken = text_decode(bytes + at, length - at, &character);
        bool control =
            character < 0x20 && character != '\n' && character != '\r' && character != '\t';
        if (taken == 0 || control || character == 0x7F)
            return true;
        at += taken;
    }
    return false;
}

bool inspector_add_body(struct inspector *inspector, const char *bytes, size_t length, size_t *body)
{
    *body = inspector->body_count;
    if (inspector->body_count == INSPECTOR_BODIES_MAX) {
        inspector->cut = true;
        return false;
    }
    struct inspector_body *added = &inspector->bodies[inspector->body_count];
    *added = (struct inspector_body){.bytes = bytes, .length = length, .all_hidden = true};
    if (!json_tree_init(&added->tree, bytes, length)) {
        inspector->cut = true;
        return false;
    }
    added->is_binary = !added->tree.is_json && is_binary(bytes, length);
    inspector->cut |= added->tree.cut;
    inspector->body_count++;
    return true;
}

/* --- what is not to be read -------------------------------------------------------- */

bool inspector_body_hides(size_t offset, const void *context)
{
    const struct inspector_body *body = context;
    const struct redact_span *span = redact_span_at(&body->hidden, offset);
    return body->all_hidden || (span != NULL && span->start <= offset);
}

void inspector_hide(struct inspector *inspector, size_t body, struct redact_spans *spans)
{
    struct inspector_body *of = &inspector->bodies[body];
    redact_spans_clear(&of->hidden);
    of->hidden = *spans;
    of->all_hidden = false;
    *spans = (struct redact_spans){0};
}

bool inspector_masks(const struct inspector *inspector)
{
    for (size_t i = 0; i < inspector->body_count && !inspector->unmasked; i++)
        if (inspector->bodies[i].hidden.count > 0 || inspector->bodies[i].all_hidden)
            return true;
    return false;
}

/* --- sections of a body ----------------------------------------------------------- */

static void note_size(struct inspector_section *section, const char *what, size_t count,
                      const char *more)
{
    char text[COUNT_SIZE];
    (void)snprintf(section->note, sizeof section->note, "%s %s%s%s",
                   count_format(text, sizeof text, (int64_t)count), what, count == 1 ? "" : "s",
                   more);
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
    char odd[48] = "";
    if (inspector->diff.odd > 0)
        (void)snprintf(odd, sizeof odd, ", %u not as old and new", (unsigned)inspector->diff.odd);
    note_size(section, "field", tree->nodes[changes].children, odd);
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
    size_t elsewhere = (size_t)(object != JSON_TREE_NONE) + (changes != JSON_TREE_NONE);
    if (tree->nodes[0].children == elsewhere)
        return;
    add_tree(inspector, SECTION_EVENT, body, 0);
    struct inspector_section *rest = &inspector->sections[inspector->section_count - 1];
    rest->skip[0] = object;
    rest->skip[1] = changes;
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
    json_diff_differing_first(&inspector->diff);
    const struct json_diff *diff = &inspector->diff;
    section->after = diff->count;
    section->diff = diff;
    char differing[COUNT_SIZE], all[COUNT_SIZE];
    (void)snprintf(section->note, sizeof section->note, "%s of %s fields differ",
                   count_format(differing, sizeof differing, diff->differing),
                   count_format(all, sizeof all, diff->count));
    inspector->cut |= diff->cut;
}

void inspector_head(struct inspector *inspector, size_t side, size_t row, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(inspector->head[side][row], sizeof inspector->head[side][row], format, args);
    va_end(args);
}
