#include "tui/inspector_text.h"

#include "tui/inspector_pieces.h"
#include "tui/inspector_private.h"

#include <string.h>

enum {
    KEY_BYTES_MAX = 512,
    VALUE_COLUMNS_MIN = 24, /* indentation leaves at least so much for what is indented */
    LABEL_WIDTH = 16,
    LABEL_WIDTH_MIN = 13, /* "object status" */
    LABEL_WIDTH_MAX = 28,
    BLANK_LINES_FROM = 30, /* rows from which sections stand apart */
};

const char *inspector_section_name(enum section_id id)
{
    static const char *const NAMES[SECTION_COUNT] = {
        [SECTION_SUMMARY] = "Summary",
        [SECTION_VERIFICATION] = "Verification",
        [SECTION_ATTEMPTS] = "Attempts",
        [SECTION_FORWARDED] = "Forwarded",
        [SECTION_CATEGORIES] = "Categories",
        [SECTION_KEY] = "Public key",
        [SECTION_COMPARISON] = "Comparison",
        [SECTION_CHANGES] = "Changes",
        [SECTION_OBJECT] = "Object",
        [SECTION_EVENT] = "Event",
        [SECTION_PAYLOAD] = "Payload",
        [SECTION_RESPONSE] = "Response body",
        [SECTION_ENTRY] = "Log entry",
        [SECTION_HEADERS] = "Headers",
        [SECTION_RAW] = "Raw",
        [SECTION_FINDINGS] = "Findings",
        [SECTION_TIME_LINE] = "Time line",
        [SECTION_CLAIMS] = "Not genuine",
        [SECTION_ENDPOINTS] = "Endpoints",
        [SECTION_KNOWN] = "What this rests on",
        [SECTION_HISTORY] = "History",
    };
    return NAMES[id];
}

/* --- pieces ------------------------------------------------------------------------ */

/* Where one part of a long value begins. */
static size_t part_start(const char *bytes, size_t length, size_t part)
{
    return pieces_character(bytes, length, part * INSPECTOR_PART);
}

static enum role role_of(const struct json_node *node)
{
    static const enum role ROLES[] = {
        [JSON_NODE_OBJECT] = ROLE_NORMAL,      [JSON_NODE_ARRAY] = ROLE_NORMAL,
        [JSON_NODE_STRING] = ROLE_JSON_STRING, [JSON_NODE_NUMBER] = ROLE_JSON_NUMBER,
        [JSON_NODE_WORD] = ROLE_JSON_WORD,     [JSON_NODE_LINE] = ROLE_NORMAL,
    };
    return ROLES[node->kind];
}

/* As much of a value as a match may take that runs over the end of one of its parts. */
static size_t context_length(const struct inspector *inspector)
{
    size_t needle = inspector->find.needle.length;
    return needle > 0 ? needle - 1 : 0;
}

/* What stands around bytes [from, to) of a scalar, as far as it may be read. */
static void add_context(const struct inspector *inspector, struct flow *flow,
                        const struct inspector_body *body, const struct json_node *node,
                        size_t from, size_t to)
{
    const struct redact_span *after_last = body->hidden.items + body->hidden.count;
    size_t context = context_length(inspector);
    size_t start = from - node->value > context ? from - context : node->value;
    size_t value_end = (size_t)node->value + node->value_length;
    size_t end = value_end - to > context ? to + context : value_end;
    const struct redact_span *span =
        inspector->unmasked ? NULL : redact_span_at(&body->hidden, start);
    if (body->all_hidden && !inspector->unmasked)
        return;
    for (; span != NULL && span < after_last && span->start < end; span++) {
        size_t span_end = (size_t)span->start + span->length;
        if (span->start < from)
            start = span_end < from ? span_end : from;
        if (span_end > to)
            end = span->start > to ? span->start : to;
    }
    flow->before = body->bytes + start;
    flow->before_length = (uint32_t)(from - start);
    flow->after = body->bytes + to;
    flow->after_length = (uint32_t)(end - to);
}

/* One part of a scalar. */
static void add_scalar(const struct inspector *inspector, struct flow *flow,
                       const struct inspector_body *body, const struct json_node *node,
                       uint16_t part)
{
    const char *bytes = body->bytes + node->value;
    size_t from = part_start(bytes, node->value_length, part);
    size_t to = part_start(bytes, node->value_length, (size_t)part + 1);
    pieces_bytes(inspector, flow, style_of(role_of(node)), body, node->value + from,
                 node->value + to);
    add_context(inspector, flow, body, node, node->value + from, node->value + to);
}

static void add_key(struct flow *flow, const struct json_tree *tree, const struct json_node *node)
{
    if (node->key_length == 0)
        return;
    const char *key = json_tree_bytes(tree, node->key);
    size_t shown = pieces_character(key, node->key_length, KEY_BYTES_MAX);
    flow_add(flow, style_of(ROLE_JSON_KEY), key, shown);
    if (shown < node->key_length)
        flow_add_text(flow, ROLE_DIM, "…");
    flow_add_text(flow, ROLE_NORMAL, ":");
}

/* --- lines -------------------------------------------------------------------------- */

static void say_heading(const struct inspector *inspector, const struct inspector_line *line,
                        struct inspector_text *text)
{
    const struct inspector_section *section = &inspector->sections[line->section];
    bool folded = (inspector->folded >> section->id & 1) != 0;
    bool above_open = line->section > 0 &&
                      (inspector->folded >> inspector->sections[line->section - 1].id & 1) == 0;
    struct flow *flow = pieces_cell(text, 0, inspector->width, 0, INSPECTOR_SIGN_WIDTH);
    flow_add_text(flow, ROLE_TITLE, folded ? "▸ " : "▾ ");
    flow_add_text(flow, ROLE_TITLE, inspector_section_name(section->id));
    if (section->note[0] != '\0') {
        flow_add_text(flow, ROLE_DIM, "  ");
        flow_add_text(flow, ROLE_DIM, section->note);
    }
    text->above = above_open && inspector->height >= BLANK_LINES_FROM;
}

/* As wide as its widest label, within bounds: a longer one goes on below itself. */
static int label_width(const struct inspector *inspector, const struct inspector_section *section)
{
    int third = inspector->width / 3;
    bool narrow = section->id == SECTION_ATTEMPTS || section->id == SECTION_FINDINGS;
    if (narrow && section->label_columns < LABEL_WIDTH_MIN)
        return section->label_columns; /* numbers, signs */
    if (section->id == SECTION_TIME_LINE || section->id == SECTION_HISTORY ||
        section->id == SECTION_ENDPOINTS)
        return section->label_columns < inspector->width / 2 ? section->label_columns
                                                             : inspector->width / 2;
    int most = third > LABEL_WIDTH_MAX ? LABEL_WIDTH_MAX : third;
    int width = section->label_columns > LABEL_WIDTH ? section->label_columns : LABEL_WIDTH;
    if (width > most)
        width = most;
    return width < LABEL_WIDTH_MIN ? LABEL_WIDTH_MIN : width;
}

/* A line without a label that begins with blanks belongs to the one above it, all its rows do. */
static int own_indent(const char *value, size_t length)
{
    int indent = 0;
    while (indent < INSPECTOR_STEP && (size_t)indent < length && value[indent] == ' ')
        indent++;
    return indent;
}

static void say_field(const struct inspector *inspector, const struct inspector_line *line,
                      struct inspector_text *text)
{
    const struct inspector_section *section = &inspector->sections[line->section];
    const struct inspector_field *field = &inspector->fields[line->item];
    int x = INSPECTOR_SIGN_WIDTH;
    if (field->label_length > 0) {
        int room = label_width(inspector, section);
        const char *label = inspector->text.data + field->label;
        size_t shown = field->label_length < KEY_BYTES_MAX ? field->label_length : KEY_BYTES_MAX;
        flow_add_name(pieces_cell(text, x, room, 0, 0), style_of(ROLE_DIM), label,
                      line->part == 0 ? shown : 0, "-");
        x += room + 1;
    }
    const char *value = inspector->text.data + field->value;
    size_t from = part_start(value, field->value_length, line->part);
    size_t to = part_start(value, field->value_length, (size_t)line->part + 1);
    size_t context = context_length(inspector);
    int indent = field->label_length == 0 ? own_indent(value, field->value_length) : 0;
    struct flow *flow = pieces_cell(text, x, inspector->width - x, line->part > 0 ? indent : 0,
                                    line->part > 0 ? 0 : indent);
    flow_add(flow, style_of(field->role), value + from, to - from);
    flow->before_length = (uint32_t)(from < context ? from : context);
    flow->before = value + from - flow->before_length;
    size_t rest = field->value_length - to;
    flow->after_length = (uint32_t)(rest < context ? rest : context);
    flow->after = value + to;
}

static int node_indent(const struct inspector *inspector, const struct inspector_section *section,
                       const struct json_tree *tree, const struct json_node *node)
{
    int base = section->first < tree->count ? tree->nodes[section->first].depth : 0;
    int indent = INSPECTOR_SIGN_WIDTH + (node->depth - base) * INSPECTOR_STEP;
    int most = inspector->width - VALUE_COLUMNS_MIN;
    return indent <= most ? indent : most > INSPECTOR_SIGN_WIDTH ? most : INSPECTOR_SIGN_WIDTH;
}

/* `preview`: a folded node says what it begins with. */
static void say_node(const struct inspector *inspector, const struct inspector_line *line,
                     bool preview, struct inspector_text *text)
{
    const struct inspector_section *section = &inspector->sections[line->section];
    const struct inspector_body *body = &inspector->bodies[section->body];
    const struct json_tree *tree = &body->tree;
    const struct json_node *node = &tree->nodes[line->item];
    if (node->kind == JSON_NODE_LINE) {
        add_scalar(inspector, pieces_cell(text, 0, inspector->width, INSPECTOR_SIGN_WIDTH, 0), body,
                   node, line->part);
        return;
    }
    int indent = node_indent(inspector, section, tree, node);
    struct flow *flow =
        pieces_cell(text, 0, inspector->width, indent, INSPECTOR_SIGN_WIDTH + INSPECTOR_STEP);
    if (line->part > 0) {
        flow->indent += INSPECTOR_SIGN_WIDTH + INSPECTOR_STEP;
        flow->hang = 0;
        add_scalar(inspector, flow, body, node, line->part);
        return;
    }
    flow_add_text(flow, ROLE_DIM, node->children == 0 ? "  " : node->folded ? "▸ " : "▾ ");
    add_key(flow, tree, node);
    if (node->key_length > 0)
        flow_add_text(flow, ROLE_NORMAL, " ");
    if (!json_node_is_container(node)) {
        add_scalar(inspector, flow, body, node, 0);
        return;
    }
    bool object = node->kind == JSON_NODE_OBJECT;
    if (node->children == 0) {
        flow_add_text(flow, ROLE_NORMAL, object ? "{}" : "[]");
        return;
    }
    if (node->key_length == 0)
        flow_add_text(flow, ROLE_DIM, pieces_scratch(text, "%u ", (unsigned)node->index));
    flow_add_text(flow, ROLE_DIM,
                  pieces_scratch(text, object ? "{%u}" : "[%u]", (unsigned)node->children));
    if (node->folded && preview) {
        flow_add_text(flow, ROLE_DIM, "  ");
        pieces_preview(inspector, flow, body, line->item);
        text->keeps = true;
    }
}

/* --- any line -------------------------------------------------------------------------- */

/* Whether the match is in it that was gone to: that could not be seen where it is cut. */
static bool is_found(const struct inspector *inspector, const struct inspector_line *line)
{
    const struct inspector_find *find = &inspector->find;
    return find->current < find->count &&
           inspector_compare_lines(&find->matches[find->current].line, line) == 0;
}

static void say(const struct inspector *inspector, const struct inspector_line *line, bool preview,
                struct inspector_text *text)
{
    text->cell_count = 0;
    text->above = 0;
    text->stacked = false;
    text->wraps = !inspector->cut_lines || is_found(inspector, line);
    text->keeps = false;
    text->marked = false;
    text->used = 0;
    if (line->item == INSPECTOR_HEADING) {
        say_heading(inspector, line, text);
        return;
    }
    switch (inspector->sections[line->section].kind) {
    case SECTION_FIELDS:
        say_field(inspector, line, text);
        break;
    case SECTION_TREE:
        say_node(inspector, line, preview, text);
        break;
    case SECTION_SIDES:
        inspector_say_sides(inspector, line, text);
        break;
    case SECTION_HEX_DUMP:
        inspector_say_bytes(inspector, line, text);
        break;
    }
}

void inspector_text_make(const struct inspector *inspector, size_t line,
                         struct inspector_text *text)
{
    say(inspector, &inspector->lines[line], true, text);
}

void inspector_text_of(const struct inspector *inspector, const struct inspector_line *line,
                       struct inspector_text *text)
{
    say(inspector, line, false, text);
}

static int cell_height(const struct inspector *inspector, const struct inspector_text *text,
                       size_t cell)
{
    return flow_height(&text->cells[cell], text->width[cell], inspector->ascii,
                       text->wraps && !text->keeps);
}

int inspector_text_cell_row(const struct inspector *inspector, const struct inspector_text *text,
                            size_t cell)
{
    return text->stacked && cell == 2 ? cell_height(inspector, text, 1) : 0;
}

int inspector_text_height(const struct inspector *inspector, const struct inspector_text *text)
{
    int height = 1;
    for (size_t i = 0; i < text->cell_count; i++) {
        int rows = inspector_text_cell_row(inspector, text, i) + cell_height(inspector, text, i);
        if (rows > height)
            height = rows;
    }
    return height + text->above;
}
