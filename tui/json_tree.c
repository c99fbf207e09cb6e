#include "tui/json_tree.h"

#include "api/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- growing -------------------------------------------------------------------- */

static struct json_node *add_node(struct json_tree *tree)
{
    if (tree->count == JSON_TREE_NODES_MAX)
        return NULL;
    if (tree->count == tree->capacity) {
        uint32_t larger = tree->capacity > 0 ? tree->capacity * 2 : 64;
        struct json_node *moved = reallocarray(tree->nodes, larger, sizeof *moved);
        if (moved == NULL)
            return NULL;
        tree->nodes = moved;
        tree->capacity = larger;
    }
    return &tree->nodes[tree->count++];
}

/* --- JSON ----------------------------------------------------------------------- */

static enum json_node_kind kind_of(enum json_kind kind)
{
    switch (kind) {
    case JSON_OBJECT_BEGIN:
        return JSON_NODE_OBJECT;
    case JSON_ARRAY_BEGIN:
        return JSON_NODE_ARRAY;
    case JSON_STRING:
        return JSON_NODE_STRING;
    case JSON_NUMBER:
        return JSON_NODE_NUMBER;
    default:
        return JSON_NODE_WORD;
    }
}

/* Ends `node`: what comes next is not below it. */
static void close_node(struct json_tree *tree, uint32_t node, size_t end)
{
    tree->nodes[node].after = tree->count;
    tree->nodes[node].value_length = (uint32_t)(end - tree->nodes[node].value);
}

/* False when the text turns out to be no JSON. Where there is no room for another node, the rest is
   only checked. */
static bool build_json(struct json_tree *tree, const char *bytes, size_t length)
{
    struct json_scan scan;
    struct json_token key = {0};
    struct json_token token;
    uint32_t parent = JSON_TREE_NONE;
    json_scan_init(&scan, bytes, length);
    for (token = json_scan_next(&scan); token.kind != JSON_END && token.kind != JSON_ERROR;
         token = json_scan_next(&scan)) {
        if (token.kind == JSON_KEY) {
            key = token;
            continue;
        }
        if (token.kind == JSON_OBJECT_END || token.kind == JSON_ARRAY_END) {
            close_node(tree, parent, token.start + token.length);
            parent = tree->nodes[parent].parent;
            continue;
        }
        uint32_t at = tree->count;
        struct json_node *node = add_node(tree);
        if (node == NULL) {
            tree->cut = true;
            break;
        }
        *node = (struct json_node){
            .parent = parent,
            .after = at + 1,
            .key = (uint32_t)key.start,
            .key_length = (uint32_t)key.length,
            .value = (uint32_t)token.start,
            .value_length = (uint32_t)token.length,
            .kind = (uint8_t)kind_of(token.kind),
            .depth = (uint8_t)token.depth,
        };
        if (parent != JSON_TREE_NONE)
            node->index = tree->nodes[parent].children++;
        if (json_node_is_container(node))
            parent = at;
        key = (struct json_token){0};
    }
    for (; parent != JSON_TREE_NONE; parent = tree->nodes[parent].parent)
        close_node(tree, parent, length); /* those that were open where it was cut */
    while (token.kind != JSON_END && token.kind != JSON_ERROR)
        token = json_scan_next(&scan);
    return token.kind == JSON_END;
}

/* --- any other text --------------------------------------------------------------- */

static void build_lines(struct json_tree *tree, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(bytes + at, '\n', length - at);
        size_t end = newline != NULL ? (size_t)(newline - bytes) : length;
        size_t shown = end > at && newline != NULL && bytes[end - 1] == '\r' ? end - 1 : end;
        struct json_node *node = add_node(tree);
        if (node == NULL) {
            tree->cut = true;
            return;
        }
        *node = (struct json_node){
            .parent = JSON_TREE_NONE,
            .after = tree->count,
            .index = tree->count - 1,
            .value = (uint32_t)at,
            .value_length = (uint32_t)(shown - at),
            .kind = JSON_NODE_LINE,
        };
        at = end + 1;
    }
}

bool json_tree_init(struct json_tree *tree, const char *bytes, size_t length)
{
    bool too_long = false;
    *tree = (struct json_tree){.bytes = bytes};
    if (length >= UINT32_MAX) {
        too_long = true;
        length = UINT32_MAX - 1;
    }
    tree->is_json = length > 0 && build_json(tree, bytes, length);
    if (!tree->is_json) {
        tree->count = 0;
        tree->cut = false;
        build_lines(tree, bytes, length);
    }
    tree->cut |= too_long;
    if (length > 0 && tree->count == 0) {
        json_tree_clear(tree);
        return false;
    }
    return true;
}

void json_tree_clear(struct json_tree *tree)
{
    free(tree->nodes);
    *tree = (struct json_tree){0};
}

/* --- walking ------------------------------------------------------------------------ */

bool json_node_is_container(const struct json_node *node)
{
    return node->kind == JSON_NODE_OBJECT || node->kind == JSON_NODE_ARRAY;
}

uint32_t json_tree_first(const struct json_tree *tree, uint32_t node)
{
    return node < tree->count && tree->nodes[node].children > 0 ? node + 1 : JSON_TREE_NONE;
}

uint32_t json_tree_next(const struct json_tree *tree, uint32_t node)
{
    uint32_t next = tree->nodes[node].after;
    return next < tree->count && tree->nodes[next].parent == tree->nodes[node].parent
               ? next
               : JSON_TREE_NONE;
}

uint32_t json_tree_member(const struct json_tree *tree, uint32_t node, const char *name)
{
    size_t length = strlen(name);
    for (uint32_t child = json_tree_first(tree, node); child != JSON_TREE_NONE;
         child = json_tree_next(tree, child)) {
        const struct json_node *member = &tree->nodes[child];
        if (member->key_length == length + 2 &&
            memcmp(json_tree_bytes(tree, member->key) + 1, name, length) == 0)
            return child;
    }
    return JSON_TREE_NONE;
}

/* --- paths -------------------------------------------------------------------------- */

static bool is_plain(const char *key, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool letter = (key[i] >= 'a' && key[i] <= 'z') || (key[i] >= 'A' && key[i] <= 'Z');
        bool digit = key[i] >= '0' && key[i] <= '9';
        if (!letter && key[i] != '_' && (i == 0 || (!digit && key[i] != '-')))
            return false;
    }
    return length > 0;
}

/* One step of a path: what it is written as. `shown` points into the payload, or at `index`. */
struct path_step {
    const char *shown;
    size_t length;
    bool dotted; /* a dot stands before it, unless it is the first */
    char index[16];
};

static void step_to(const struct json_tree *tree, uint32_t at, struct path_step *step)
{
    const struct json_node *node = &tree->nodes[at];
    if (node->key_length == 0) {
        step->length =
            (size_t)snprintf(step->index, sizeof step->index, "[%u]", (unsigned)node->index);
        step->shown = step->index;
        step->dotted = false;
        return;
    }
    const char *key = json_tree_bytes(tree, node->key);
    bool plain = is_plain(key + 1, node->key_length - 2);
    step->shown = plain ? key + 1 : key;
    step->length = node->key_length - (plain ? 2 : 0);
    step->dotted = true;
}

size_t json_tree_path(const struct json_tree *tree, uint32_t from, uint32_t node, char *text,
                      size_t size)
{
    /* Written from its end: what is cut is the front, for the last steps tell most. */
    static const char CUT[] = "…";
    size_t at = size - 1;
    text[at] = '\0';
    bool dot = false;
    while (node != from && node != JSON_TREE_NONE && tree->nodes[node].parent != JSON_TREE_NONE) {
        struct path_step step;
        step_to(tree, node, &step);
        if (step.length + dot + sizeof CUT > at) {
            at -= sizeof CUT - 1 < at ? sizeof CUT - 1 : at;
            memcpy(text + at, CUT, size - 1 - at < sizeof CUT - 1 ? size - 1 - at : sizeof CUT - 1);
            break;
        }
        if (dot)
            text[--at] = '.';
        at -= step.length;
        memcpy(text + at, step.shown, step.length);
        dot = step.dotted;
        node = tree->nodes[node].parent;
    }
    memmove(text, text + at, size - at);
    return size - 1 - at;
}

/* Whether `path` goes on with this step; how much of it that takes. */
static size_t path_takes(const char *path, const struct path_step *step, bool first)
{
    size_t dot = step->dotted && !first;
    if (dot && path[0] != '.')
        return 0;
    if (strncmp(path + dot, step->shown, step->length) != 0)
        return 0;
    char then = path[dot + step->length];
    return then == '\0' || then == '.' || then == '[' ? dot + step->length : 0;
}

uint32_t json_tree_find(const struct json_tree *tree, const char *path, bool *exact)
{
    *exact = false;
    if (tree->count == 0)
        return JSON_TREE_NONE;
    uint32_t at = 0;
    bool first = true;
    while (*path != '\0') {
        uint32_t child = json_tree_first(tree, at);
        size_t taken = 0;
        while (child != JSON_TREE_NONE) {
            struct path_step step;
            step_to(tree, child, &step);
            taken = path_takes(path, &step, first);
            if (taken > 0)
                break;
            child = json_tree_next(tree, child);
        }
        if (child == JSON_TREE_NONE)
            return at;
        at = child;
        path += taken;
        first = false;
    }
    *exact = true;
    return at;
}
