#include "tui/inspector_text.h"

#include "tui/inspector_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    SIGN_WIDTH = 2, /* "▾ " */
    STEP = 2,       /* columns a level */
    KEY_BYTES_MAX = 512,
    VALUE_COLUMNS_MIN = 24, /* indentation leaves at least so much for what is indented */
    LABEL_WIDTH = 16,
    LABEL_WIDTH_MIN = 13,  /* "object status" */
    SIDE_BYTES_MAX = 1500, /* of an old or new value: the rest of it is in the tree */
    SIDE_CONTEXT = 300,    /* bytes before the part that differs */
    PREVIEW_MEMBERS = 6,
    PREVIEW_BYTES = 80,    /* of each value */
    BLANK_LINES_FROM = 30, /* rows from which sections stand apart */
};

static const char MASK[] = "•••";

const char *inspector_section_name(enum section_id id)
{
    static const char *const NAMES[SECTION_COUNT] = {
        [SECTION_SUMMARY] = "Summary",
        [SECTION_VERIFICATION] = "Verification",
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
    };
    return NAMES[id];
}

/* --- pieces ------------------------------------------------------------------------ */

/* Formatted text that lives as long as `text`; "" when there is no room. */
static const char *scratch(struct inspector_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *scratch(struct inspector_text *text, const char *format, ...)
{
    char *at = text->scratch + text->used;
    size_t room = sizeof text->scratch - text->used;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(at, room, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= room)
        return "";
    text->used += (size_t)length + 1;
    return at;
}

static struct flow *add_cell(struct inspector_text *text, int x, int width, int indent, int hang)
{
    text->x[text->cell_count] = x;
    text->width[text->cell_count] = width;
    struct flow *flow = &text->cells[text->cell_count++];
    flow_init(flow, indent, hang);
    return flow;
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The first place from `at` on where a character begins. */
static size_t at_character(const char *bytes, size_t length, size_t at)
{
    for (int i = 0; i < 3 && at < length && continues(bytes[at]); i++)
        at++;
    return at < length ? at : length;
}

/* Bytes [from, to) of a body in one style, each hidden span of them as a mask. */
static void add_bytes(const struct inspector *inspector, struct flow *flow, struct style style,
                      const struct inspector_body *body, size_t from, size_t to)
{
    size_t span = inspector->unmasked ? body->hidden_count : inspector_span_at(body, from);
    if (body->all_hidden && !inspector->unmasked) {
        flow_add_text(flow, ROLE_DIM, MASK);
        return;
    }
    for (; span < body->hidden_count && body->hidden[span].start < to; span++) {
        size_t start = body->hidden[span].start;
        size_t end = start + body->hidden[span].length;
        if (start > from)
            flow_add(flow, style, body->bytes + from, start - from);
        flow_add_text(flow, ROLE_DIM, MASK);
        from = end < to ? end : to;
    }
    flow_add(flow, style, body->bytes + from, to - from);
}

/* Whether some of these bytes are not shown. */
static bool hides(const struct inspector *inspector, const struct inspector_body *body, size_t from,
                  size_t to)
{
    if (inspector->unmasked)
        return false;
    size_t span = inspector_span_at(body, from);
    return body->all_hidden || (span < body->hidden_count && body->hidden[span].start < to);
}

/* Where one part of a long value begins. */
static size_t part_start(const char *bytes, size_t length, size_t part)
{
    return at_character(bytes, length, part * INSPECTOR_PART);
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

/* One part of a scalar. */
static void add_scalar(const struct inspector *inspector, struct flow *flow,
                       const struct inspector_body *body, const struct json_node *node,
                       uint16_t part)
{
    const char *bytes = body->bytes + node->value;
    size_t from = part_start(bytes, node->value_length, part);
    size_t to = part_start(bytes, node->value_length, (size_t)part + 1);
    add_bytes(inspector, flow, style_of(role_of(node)), body, node->value + from, node->value + to);
}

static void add_key(struct flow *flow, const struct json_tree *tree, const struct json_node *node)
{
    if (node->key_length == 0)
        return;
    const char *key = json_tree_bytes(tree, node->key);
    size_t shown = node->key_length;
    if (shown > KEY_BYTES_MAX) {
        shown = KEY_BYTES_MAX;
        while (continues(key[shown]))
            shown--;
    }
    flow_add(flow, style_of(ROLE_JSON_KEY), key, shown);
    if (shown < node->key_length)
        flow_add_text(flow, ROLE_DIM, "…");
    flow_add_text(flow, ROLE_NORMAL, ":");
}

/* A value in one line's worth of text: scalars as they are, containers as what they begin with. */
static void add_short(const struct inspector *inspector, struct flow *flow,
                      const struct inspector_body *body, const struct json_node *node,
                      enum role role)
{
    if (json_node_is_container(node)) {
        bool object = node->kind == JSON_NODE_OBJECT;
        flow_add_text(flow, role,
                      node->children > 0 ? (object ? "{…}" : "[…]") : (object ? "{}" : "[]"));
        return;
    }
    size_t shown = node->value_length;
    if (shown > PREVIEW_BYTES)
        shown = at_character(body->bytes + node->value, node->value_length, PREVIEW_BYTES);
    add_bytes(inspector, flow, style_of(role), body, node->value, node->value + shown);
    if (shown < node->value_length)
        flow_add_text(flow, ROLE_DIM, "…");
}

/* `"payment_rail": "ach", "currency": "usd", …` */
static void add_preview(const struct inspector *inspector, struct flow *flow,
                        const struct inspector_body *body, uint32_t node)
{
    const struct json_tree *tree = &body->tree;
    size_t shown = 0;
    for (uint32_t child = json_tree_first(tree, node); child != JSON_TREE_NONE;
         child = json_tree_next(tree, child)) {
        if (shown > 0)
            flow_add_text(flow, ROLE_DIM, ", ");
        if (shown++ == PREVIEW_MEMBERS) {
            flow_add_text(flow, ROLE_DIM, "…");
            return;
        }
        const struct json_node *member = &tree->nodes[child];
        if (member->key_length > 0) {
            size_t key = member->key_length < PREVIEW_BYTES
                             ? member->key_length
                             : at_character(json_tree_bytes(tree, member->key), member->key_length,
                                            PREVIEW_BYTES);
            flow_add(flow, style_of(ROLE_DIM), json_tree_bytes(tree, member->key), key);
            flow_add_text(flow, ROLE_DIM, ": ");
        }
        add_short(inspector, flow, body, member, ROLE_DIM);
    }
}

/* --- lines -------------------------------------------------------------------------- */

static void say_heading(const struct inspector *inspector, const struct inspector_line *line,
                        struct inspector_text *text)
{
    const struct inspector_section *section = &inspector->sections[line->section];
    bool folded = (inspector->folded >> section->id & 1) != 0;
    bool above_open = line->section > 0 &&
                      (inspector->folded >> inspector->sections[line->section - 1].id & 1) == 0;
    struct flow *flow = add_cell(text, 0, inspector->width, 0, SIGN_WIDTH);
    flow_add_text(flow, ROLE_TITLE, folded ? "▸ " : "▾ ");
    flow_add_text(flow, ROLE_TITLE, inspector_section_name(section->id));
    if (section->note[0] != '\0') {
        flow_add_text(flow, ROLE_DIM, "  ");
        flow_add_text(flow, ROLE_DIM, section->note);
    }
    text->above = above_open && inspector->height >= BLANK_LINES_FROM;
}

static int label_width(const struct inspector *inspector)
{
    int third = inspector->width / 3;
    return third > LABEL_WIDTH ? LABEL_WIDTH : third < LABEL_WIDTH_MIN ? LABEL_WIDTH_MIN : third;
}

static void say_field(const struct inspector *inspector, const struct inspector_line *line,
                      struct inspector_text *text)
{
    static const char BLANKS[LABEL_WIDTH + 1] = "                ";
    const struct inspector_field *field = &inspector->fields[line->item];
    const char *label = inspector->text.data + field->label;
    int room = label_width(inspector);
    struct flow *flow = add_cell(text, 0, inspector->width, SIGN_WIDTH, room + 1);
    if (field->label_length == 0)
        flow->hang = 0;
    if (line->part == 0 && field->label_length > 0) {
        size_t shown = field->label_length < KEY_BYTES_MAX ? field->label_length : KEY_BYTES_MAX;
        int width = (int)text_width(label, shown, inspector->ascii);
        flow_add(flow, style_of(ROLE_DIM), label, shown);
        flow_add(flow, style_of(ROLE_DIM), BLANKS, width < room ? (size_t)(room - width) : 0);
        flow_add_text(flow, ROLE_DIM, " ");
    } else if (field->label_length > 0) {
        flow->indent += room + 1;
        flow->hang = 0;
    }
    const char *value = inspector->text.data + field->value;
    size_t from = part_start(value, field->value_length, line->part);
    flow_add(flow, style_of(field->role), value + from,
             part_start(value, field->value_length, (size_t)line->part + 1) - from);
}

static int node_indent(const struct inspector *inspector, const struct inspector_section *section,
                       const struct json_tree *tree, const struct json_node *node)
{
    int base = section->first < tree->count ? tree->nodes[section->first].depth : 0;
    int indent = SIGN_WIDTH + (node->depth - base) * STEP;
    int most = inspector->width - VALUE_COLUMNS_MIN;
    return indent <= most ? indent : most > SIGN_WIDTH ? most : SIGN_WIDTH;
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
        add_scalar(inspector, add_cell(text, 0, inspector->width, SIGN_WIDTH, 0), body, node,
                   line->part);
        return;
    }
    int indent = node_indent(inspector, section, tree, node);
    struct flow *flow = add_cell(text, 0, inspector->width, indent, SIGN_WIDTH + STEP);
    if (line->part > 0) {
        flow->indent += SIGN_WIDTH + STEP;
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
        flow_add_text(flow, ROLE_DIM, scratch(text, "%u ", (unsigned)node->index));
    flow_add_text(flow, ROLE_DIM,
                  scratch(text, object ? "{%u}" : "[%u]", (unsigned)node->children));
    if (node->folded && preview) {
        flow_add_text(flow, ROLE_DIM, "  ");
        add_preview(inspector, flow, body, line->item);
        text->keeps = true;
    }
}

static void say_bytes(const struct inspector *inspector, const struct inspector_line *line,
                      struct inspector_text *text)
{
    const struct inspector_section *section = &inspector->sections[line->section];
    const struct inspector_body *body = &inspector->bodies[section->body];
    char dump[HEX_DUMP_SIZE];
    (void)hex_dump_line(dump, body->bytes, body->length, hex_dump_bytes(inspector->width),
                        line->item, inspector->unmasked ? NULL : inspector_body_hides, body);
    struct flow *flow = add_cell(text, 0, inspector->width, 0, 0);
    flow_add_text(flow, ROLE_NORMAL, scratch(text, "%s", dump));
    text->keeps = true;
}

/* --- old and new, left and right ----------------------------------------------------- */

/* One side of a row: where it is known to differ only in part, that part stands out. */
struct side {
    const struct inspector_body *body;
    const struct json_node *node; /* NULL: not on this side */
    enum role role;
    const char *sign;
    size_t front, end; /* bytes in common with the other side */
};

static void add_side(const struct inspector *inspector, struct flow *flow, const struct side *side)
{
    flow_add_text(flow, side->role, side->sign);
    if (side->node == NULL) {
        flow_add_text(flow, ROLE_DIM, "(not there)");
        return;
    }
    if (json_node_is_container(side->node)) {
        uint32_t at = (uint32_t)(side->node - side->body->tree.nodes);
        bool object = side->node->kind == JSON_NODE_OBJECT;
        flow_add_text(flow, side->role, object ? "{" : "[");
        add_preview(inspector, flow, side->body, at);
        flow_add_text(flow, side->role, object ? "}" : "]");
        return;
    }
    size_t start = side->node->value;
    const char *bytes = side->body->bytes + start;
    size_t length = side->node->value_length;
    size_t from = 0;
    size_t to = length;
    if (length > SIDE_BYTES_MAX && side->front > SIDE_CONTEXT)
        from = at_character(bytes, length, side->front - SIDE_CONTEXT);
    if (to - from > SIDE_BYTES_MAX)
        to = at_character(bytes, length, from + SIDE_BYTES_MAX);
    size_t changed = side->front > from ? side->front : from;
    size_t changed_end = length - side->end < to ? length - side->end : to;
    if (changed > to)
        changed = to;
    if (changed_end < changed)
        changed_end = changed;
    struct style differs = style_of(side->role);
    differs.bits = STYLE_UNDERLINE;
    if (from > 0)
        flow_add_text(flow, ROLE_DIM, "…");
    if (hides(inspector, side->body, start, start + length)) {
        add_bytes(inspector, flow, style_of(side->role), side->body, start + from, start + to);
    } else {
        flow_add(flow, style_of(ROLE_NORMAL), bytes + from, changed - from);
        flow_add(flow, differs, bytes + changed, changed_end - changed);
        flow_add(flow, style_of(ROLE_NORMAL), bytes + changed_end, to - changed_end);
    }
    if (to < length)
        flow_add_text(flow, ROLE_DIM, "…");
}

static const struct json_node *node_or_null(const struct json_tree *tree, uint32_t node)
{
    return node != JSON_TREE_NONE ? &tree->nodes[node] : NULL;
}

static void make_sides(const struct inspector *inspector, const struct inspector_section *section,
                       const struct json_diff_row *row, struct side sides[2])
{
    const struct json_diff *diff = section->diff;
    bool two = section->id == SECTION_COMPARISON;
    sides[0] = (struct side){.body = &inspector->bodies[section->body],
                             .node = node_or_null(diff->left, row->left),
                             .role = ROLE_BAD,
                             .sign = "- "};
    sides[1] = (struct side){.body = &inspector->bodies[two ? 1 : section->body],
                             .node = node_or_null(diff->right, row->right),
                             .role = ROLE_GOOD,
                             .sign = "+ "};
    const struct json_node *left = sides[0].node;
    const struct json_node *right = sides[1].node;
    if (left == NULL || right == NULL)
        return;
    text_difference(json_tree_bytes(diff->left, left->value), left->value_length,
                    json_tree_bytes(diff->right, right->value), right->value_length,
                    &sides[0].front, &sides[0].end);
    sides[1].front = sides[0].front;
    sides[1].end = sides[0].end;
}

/* Names get what they need up to a third of the width, and the two sides the same each. */
static int name_width(const struct inspector *inspector)
{
    enum { MOST = 36 };
    int third = (inspector->width - SIGN_WIDTH) * 3 / 10;
    return third < MOST ? third : MOST;
}

static void say_run(const struct inspector *inspector, const struct inspector_section *section,
                    const struct inspector_line *line, struct inspector_text *text)
{
    const struct json_diff_row *row = &section->diff->rows[line->item];
    struct flow *flow = add_cell(text, 0, inspector->width, SIGN_WIDTH, SIGN_WIDTH);
    flow_add_text(flow, ROLE_DIM, row->open ? "▾ " : "▸ ");
    flow_add_text(flow, ROLE_DIM, scratch(text, "%u equal fields", (unsigned)row->run));
}

static void say_equal(const struct inspector *inspector, const struct inspector_section *section,
                      const struct json_diff_row *row, const char *path,
                      struct inspector_text *text)
{
    const struct inspector_body *body = &inspector->bodies[section->body];
    struct flow *flow = add_cell(text, 0, inspector->width, SIGN_WIDTH + STEP, SIGN_WIDTH);
    flow_add_text(flow, ROLE_DIM, "= ");
    flow_add_text(flow, ROLE_DIM, path);
    flow_add_text(flow, ROLE_DIM, ": ");
    add_short(inspector, flow, body, &body->tree.nodes[row->left], ROLE_DIM);
}

static void say_sides(const struct inspector *inspector, const struct inspector_line *line,
                      struct inspector_text *text)
{
    const struct inspector_section *section = &inspector->sections[line->section];
    const struct json_diff *diff = section->diff;
    const struct json_diff_row *row = &diff->rows[line->item];
    char path[JSON_TREE_PATH_SIZE];
    struct side sides[2];
    if (line->part == INSPECTOR_RUN) {
        say_run(inspector, section, line, text);
        return;
    }
    (void)json_diff_path(diff, row, path, sizeof path);
    const char *name = path[0] != '\0' ? scratch(text, "%s", path) : "(all of it)";
    if (row->equal) {
        say_equal(inspector, section, row, name, text);
        return;
    }
    make_sides(inspector, section, row, sides);
    if (inspector_stacks(inspector)) {
        struct flow *flow = add_cell(text, 0, inspector->width,
                                     SIGN_WIDTH + (line->part > 0 ? STEP : 0), SIGN_WIDTH);
        if (line->part == 0)
            flow_add_text(flow, ROLE_JSON_KEY, name);
        else
            add_side(inspector, flow, &sides[line->part == 1 ? 0 : 1]);
        return;
    }
    int first = name_width(inspector);
    int side = (inspector->width - SIGN_WIDTH - first - 2) / 2;
    struct flow *flow = add_cell(text, SIGN_WIDTH, first, 0, SIGN_WIDTH);
    flow_add_text(flow, ROLE_JSON_KEY, name);
    int x = SIGN_WIDTH + first + 1;
    add_side(inspector, add_cell(text, x, side, 0, SIGN_WIDTH), &sides[0]);
    x += side + 1;
    add_side(inspector, add_cell(text, x, inspector->width - x, 0, SIGN_WIDTH), &sides[1]);
}

/* --- any line -------------------------------------------------------------------------- */

static void say(const struct inspector *inspector, const struct inspector_line *line, bool preview,
                struct inspector_text *text)
{
    text->cell_count = 0;
    text->above = 0;
    text->keeps = false;
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
        say_sides(inspector, line, text);
        break;
    case SECTION_HEX_DUMP:
        say_bytes(inspector, line, text);
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

int inspector_text_height(const struct inspector *inspector, const struct inspector_text *text)
{
    int height = 1;
    for (size_t i = 0; i < text->cell_count; i++) {
        int rows = flow_height(&text->cells[i], text->width[i], inspector->ascii,
                               !inspector->cut_lines && !text->keeps);
        if (rows > height)
            height = rows;
    }
    return height + text->above;
}
