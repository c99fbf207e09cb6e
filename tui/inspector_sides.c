/* Old and new, left and right: the lines of the changes and of a comparison. */
#include "tui/inspector_pieces.h"
#include "tui/inspector_private.h"

#include <stdio.h>
#include <string.h>

enum {
    SIDE_BYTES_MAX = 1500, /* of an old or new value: the rest of it is in the tree */
    SIDE_CONTEXT = 300,    /* bytes before the part that differs */
};

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
        pieces_preview(inspector, flow, side->body, at);
        flow_add_text(flow, side->role, object ? "}" : "]");
        return;
    }
    size_t start = side->node->value;
    const char *bytes = side->body->bytes + start;
    size_t length = side->node->value_length;
    size_t from = 0;
    size_t to = length;
    if (length > SIDE_BYTES_MAX && side->front > SIDE_CONTEXT)
        from = pieces_character(bytes, length, side->front - SIDE_CONTEXT);
    if (to - from > SIDE_BYTES_MAX)
        to = pieces_character(bytes, length, from + SIDE_BYTES_MAX);
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
    if (pieces_hidden(inspector, side->body, start, start + length)) {
        pieces_bytes(inspector, flow, style_of(side->role), side->body, start + from, start + to);
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

/* --- columns ------------------------------------------------------------------------------ */

enum {
    NAME_WIDTH_MIN = 8,
    NAME_WIDTH_MAX = 44,
    NAMES_MEASURED = 2000, /* rows */
};

static bool is_line(const struct json_diff *diff, const struct json_diff_row *row)
{
    return row->left != JSON_TREE_NONE ? diff->left->nodes[row->left].kind == JSON_NODE_LINE
                                       : diff->right->nodes[row->right].kind == JSON_NODE_LINE;
}

/* "" where it has none: then it is the only value. */
static void name_row(const struct json_diff *diff, uint32_t at, char name[JSON_TREE_PATH_SIZE])
{
    const struct json_diff_row *row = &diff->rows[at];
    if (is_line(diff, row))
        (void)snprintf(name, JSON_TREE_PATH_SIZE, "line %u", (unsigned)at + 1);
    else
        (void)json_diff_path(diff, row, name, JSON_TREE_PATH_SIZE);
}

int inspector_names_width(const struct inspector *inspector, const struct json_diff *diff)
{
    size_t widest = 0;
    for (uint32_t at = 0; at < diff->count && at < NAMES_MEASURED; at++) {
        char name[JSON_TREE_PATH_SIZE];
        if (diff->rows[at].equal)
            continue; /* they are seldom shown, and need not be seen at a glance */
        name_row(diff, at, name);
        size_t width = text_width(name, strlen(name), inspector->ascii);
        widest = width > widest ? width : widest;
    }
    int most = (inspector->width - INSPECTOR_SIGN_WIDTH) * 2 / 5;
    most = most > NAME_WIDTH_MAX ? NAME_WIDTH_MAX : most;
    int wanted = widest < NAME_WIDTH_MAX ? (int)widest : NAME_WIDTH_MAX;
    return wanted > most ? most : wanted < NAME_WIDTH_MIN ? NAME_WIDTH_MIN : wanted;
}

void inspector_sides_columns(const struct inspector *inspector, struct sides_columns *columns)
{
    columns->name_width = inspector->names_width;
    columns->left = INSPECTOR_SIGN_WIDTH + columns->name_width + 1;
    int both = inspector->width - columns->left;
    columns->side_width = (both - 1) / 2;
    columns->right = columns->left + columns->side_width + 1;
    columns->both_width = both;
}

/* --- lines --------------------------------------------------------------------------------- */

static void say_run(const struct inspector *inspector, const struct inspector_section *section,
                    const struct inspector_line *line, struct inspector_text *text)
{
    const struct json_diff_row *row = &section->diff->rows[line->item];
    struct flow *flow =
        pieces_cell(text, 0, inspector->width, INSPECTOR_SIGN_WIDTH, INSPECTOR_SIGN_WIDTH);
    flow_add_text(flow, ROLE_DIM, row->open ? "▾ " : "▸ ");
    flow_add_text(flow, ROLE_DIM, pieces_scratch(text, "%u equal fields", (unsigned)row->run));
}

static void add_name(const struct inspector *inspector, struct inspector_text *text, enum role role,
                     const char *name)
{
    struct flow *flow =
        pieces_cell(text, INSPECTOR_SIGN_WIDTH, inspector->names_width, 0, INSPECTOR_SIGN_WIDTH);
    flow_add_name(flow, style_of(role), name, strlen(name), ".");
}

/* One value for both sides, where there is but one. */
static void say_one(const struct inspector *inspector, const struct side *side, const char *name,
                    struct inspector_text *text)
{
    struct sides_columns columns;
    inspector_sides_columns(inspector, &columns);
    add_name(inspector, text, ROLE_JSON_KEY, name);
    add_side(inspector,
             pieces_cell(text, columns.left, columns.both_width, 0, INSPECTOR_SIGN_WIDTH), side);
}

static void say_equal(const struct inspector *inspector, const struct inspector_section *section,
                      const struct json_diff_row *row, const char *name,
                      struct inspector_text *text)
{
    const struct inspector_body *body = &inspector->bodies[section->body];
    struct flow *flow;
    if (inspector_stacks(inspector)) {
        flow = pieces_cell(text, 0, inspector->width, INSPECTOR_SIGN_WIDTH, INSPECTOR_SIGN_WIDTH);
        flow_add_text(flow, ROLE_DIM, "= ");
        flow_add_text(flow, ROLE_DIM, name);
        flow_add_text(flow, ROLE_DIM, ": ");
    } else {
        struct sides_columns columns;
        inspector_sides_columns(inspector, &columns);
        add_name(inspector, text, ROLE_DIM, name);
        flow = pieces_cell(text, columns.left, columns.both_width, 0, INSPECTOR_SIGN_WIDTH);
        flow_add_text(flow, ROLE_DIM, "= ");
    }
    pieces_short(inspector, flow, body, &body->tree.nodes[row->left], ROLE_DIM);
}

/* A line each: the name, and below it what it was and what it is. */
static void say_part(const struct inspector *inspector, uint16_t part, const struct side sides[2],
                     const char *name, struct inspector_text *text)
{
    int indent = INSPECTOR_SIGN_WIDTH + (part > 0 ? INSPECTOR_STEP : 0);
    struct flow *flow = pieces_cell(text, 0, inspector->width, indent, INSPECTOR_SIGN_WIDTH);
    if (part == 0)
        flow_add_name(flow, style_of(ROLE_JSON_KEY), name, strlen(name), ".");
    else
        add_side(inspector, flow, &sides[part - 1]);
}

/* Beside each other where both fit on a row; else one below the other over both columns, where what
   differs can be seen best. */
static void say_both(const struct inspector *inspector, const struct side sides[2],
                     const char *name, struct inspector_text *text)
{
    struct sides_columns columns;
    inspector_sides_columns(inspector, &columns);
    add_name(inspector, text, ROLE_JSON_KEY, name);
    add_side(inspector,
             pieces_cell(text, columns.left, columns.side_width, 0, INSPECTOR_SIGN_WIDTH),
             &sides[0]);
    add_side(
        inspector,
        pieces_cell(text, columns.right, inspector->width - columns.right, 0, INSPECTOR_SIGN_WIDTH),
        &sides[1]);
    bool fits = true;
    for (size_t i = 1; i < 3; i++)
        fits = fits && flow_height(&text->cells[i], text->width[i], inspector->ascii, true) == 1;
    if (fits || !text->wraps)
        return;
    text->stacked = true;
    text->x[2] = columns.left;
    text->width[1] = text->width[2] = columns.both_width;
}

void inspector_say_sides(const struct inspector *inspector, const struct inspector_line *line,
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
    name_row(diff, line->item, path);
    const char *name = path[0] != '\0' ? pieces_scratch(text, "%s", path) : "(all of it)";
    if (row->equal) {
        say_equal(inspector, section, row, name, text);
        return;
    }
    make_sides(inspector, section, row, sides);
    if (row->odd) {
        sides[0].role = ROLE_NORMAL;
        sides[0].sign = "  ";
    }
    if (inspector_stacks(inspector))
        say_part(inspector, line->part, sides, name, text);
    else if (row->odd)
        say_one(inspector, &sides[0], name, text);
    else
        say_both(inspector, sides, name, text);
}
