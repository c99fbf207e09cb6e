/*
 * A payload as a tree that can be folded, over its bytes as they came.
 *
 * Nodes are positions: every key and value is shown from the payload's own bytes, so
 * digits, escapes, order and doubled keys are what was sent. A text that is not
 * JSON (RFC 8259, strict) becomes one node a line. The bytes belong to the
 * caller and must outlive the tree; what is drawn of them goes through the text gate.
 */
#ifndef BRIDGETOP_TUI_JSON_TREE_H
#define BRIDGETOP_TUI_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_TREE_NODES_MAX =
        250000, /* beyond it `cut` is set: of a body of 1 MiB, `[0,0,…]` has more */
    JSON_TREE_PATH_SIZE = 256, /* a path's text; longer ones are cut at the front */
};

#define JSON_TREE_NONE UINT32_MAX

enum json_node_kind {
    JSON_NODE_OBJECT,
    JSON_NODE_ARRAY,
    JSON_NODE_STRING,
    JSON_NODE_NUMBER,
    JSON_NODE_WORD, /* true, false, null */
    JSON_NODE_LINE, /* of a text that is not JSON */
};

struct json_node {
    uint32_t parent;   /* JSON_TREE_NONE: the top */
    uint32_t after;    /* the first node that is not below this one; nodes are in text order */
    uint32_t children; /* direct ones */
    uint32_t index;    /* among its parent's children */
    uint32_t key;      /* offset, quotes included; key_length 0: it has none */
    uint32_t key_length;
    uint32_t value; /* offset; an object from brace to brace */
    uint32_t value_length;
    uint8_t kind;  /* enum json_node_kind */
    uint8_t depth; /* 0 at the top, at most JSON_DEPTH_MAX */
    bool folded;
};

struct json_tree {
    const char *bytes;
    struct json_node *nodes;
    uint32_t count;
    uint32_t capacity;
    bool is_json;
    bool cut; /* there was more than JSON_TREE_NODES_MAX nodes, or memory */
};

/* False when memory is out; the tree is empty then. */
bool json_tree_init(struct json_tree *tree, const char *bytes, size_t length);
void json_tree_clear(struct json_tree *tree);

bool json_node_is_container(const struct json_node *node);

/* The first child, and the next sibling; JSON_TREE_NONE where there is none. */
uint32_t json_tree_first(const struct json_tree *tree, uint32_t node);
uint32_t json_tree_next(const struct json_tree *tree, uint32_t node);

/* The first child of that name (an object's; the name without quotes, as written). */
uint32_t json_tree_member(const struct json_tree *tree, uint32_t node, const char *name);

/* Where a node is, from below `from` (JSON_TREE_NONE: from the top) on:
   `event_object.source.payment_rail`, `items[3].id`. A key that is no plain word stays quoted as it
   was written: `"odd key".id`. "" for `from` itself and for lines of plain text. Returns the
   length. */
size_t json_tree_path(const struct json_tree *tree, uint32_t from, uint32_t node, char *text,
                      size_t size);

/* The node at a path as json_tree_path() writes it from the top, of doubled keys the first; or the
   nearest node above it when there is none (then *exact is false). JSON_TREE_NONE in an empty tree.
 */
uint32_t json_tree_find(const struct json_tree *tree, const char *path, bool *exact);

/* The payload's bytes of a key or a value. */
static inline const char *json_tree_bytes(const struct json_tree *tree, uint32_t offset)
{
    return tree->bytes + offset;
}

#endif
