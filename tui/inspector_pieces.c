#include "tui/inspector_pieces.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PREVIEW_MEMBERS = 6,
    PREVIEW_BYTES = 80, /* of each value */
};

static const char MASK[] = "•••";

const char *pieces_scratch(struct inspector_text *text, const char *format, ...)
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

struct flow *pieces_cell(struct inspector_text *text, int x, int width, int indent, int hang)
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

size_t pieces_character(const char *bytes, size_t length, size_t at)
{
    for (int i = 0; i < 3 && at < length && continues(bytes[at]); i++)
        at++;
    return at < length ? at : length;
}

void pieces_bytes(const struct inspector *inspector, struct flow *flow, struct style style,
                  const struct inspector_body *body, size_t from, size_t to)
{
    const struct redact_span *after = body->hidden.items + body->hidden.count;
    const struct redact_span *span =
        inspector->unmasked ? NULL : redact_span_at(&body->hidden, from);
    if (body->all_hidden && !inspector->unmasked) {
        flow_add_text(flow, ROLE_DIM, MASK);
        return;
    }
    for (; span != NULL && span < after && span->start < to; span++) {
        size_t start = span->start;
        size_t end = start + span->length;
        if (start > from)
            flow_add(flow, style, body->bytes + from, start - from);
        flow_add_text(flow, ROLE_DIM, MASK);
        from = end < to ? end : to;
    }
    flow_add(flow, style, body->bytes + from, to - from);
}

bool pieces_hidden(const struct inspector *inspector, const struct inspector_body *body,
                   size_t from, size_t to)
{
    if (inspector->unmasked)
        return false;
    const struct redact_span *span = redact_span_at(&body->hidden, from);
    return body->all_hidden || (span != NULL && span->start < to);
}

void pieces_short(const struct inspector *inspector, struct flow *flow,
                  const struct inspector_body *body, const struct json_node *node, enum role role)
{
    if (json_node_is_container(node)) {
        bool object = node->kind == JSON_NODE_OBJECT;
        flow_add_text(flow, role,
                      node->children > 0 ? (object ? "{…}" : "[…]") : (object ? "{}" : "[]"));
        return;
    }
    size_t shown = node->value_length;
    if (shown > PREVIEW_BYTES)
        shown = pieces_character(body->bytes + node->value, node->value_length, PREVIEW_BYTES);
    pieces_bytes(inspector, flow, style_of(role), body, node->value, node->value + shown);
    if (shown < node->value_length)
        flow_add_text(flow, ROLE_DIM, "…");
}

void pieces_preview(const struct inspector *inspector, struct flow *flow,
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
                             : pieces_character(json_tree_bytes(tree, member->key),
                                                member->key_length, PREVIEW_BYTES);
            flow_add(flow, style_of(ROLE_DIM), json_tree_bytes(tree, member->key), key);
            flow_add_text(flow, ROLE_DIM, ": ");
        }
        pieces_short(inspector, flow, body, member, ROLE_DIM);
    }
}
