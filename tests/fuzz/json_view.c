/*
 * JSON as it is shown: the tree over a payload's bytes, paths in it, and two of them compared.
 *
 * Nodes nest and lie in the text's order, each a value as it was written; a node's path leads back
 * to it; a text differs in nothing from itself.
 */
#include "tests/fuzz/fuzz.h"

#include "api/json_text.h"
#include "tui/json_diff.h"
#include "tui/json_tree.h"

#include <stdlib.h>
#include <string.h>

enum { PATHS_MAX = 64 }; /* nodes whose paths are looked up: each walks from the top */

static void check_span(uint32_t offset, uint32_t length, size_t text_length)
{
    FUZZ_CHECK(offset <= text_length && length <= text_length - offset);
}

static void check_node(const struct json_tree *tree, uint32_t at, const char *text, size_t length)
{
    const struct json_node *node = &tree->nodes[at];
    check_span(node->key, node->key_length, length);
    check_span(node->value, node->value_length, length);
    FUZZ_CHECK(node->after > at && node->after <= tree->count);
    FUZZ_CHECK(node->depth <= JSON_DEPTH_MAX);
    FUZZ_CHECK((node->kind == JSON_NODE_LINE) == !tree->is_json);
    if (node->parent != JSON_TREE_NONE) {
        const struct json_node *parent = &tree->nodes[node->parent];
        FUZZ_CHECK(node->parent < at && at < parent->after && node->after <= parent->after);
        FUZZ_CHECK(node->depth == parent->depth + 1 && json_node_is_container(parent));
        FUZZ_CHECK((node->key_length > 0) == (parent->kind == JSON_NODE_OBJECT));
        FUZZ_CHECK(node->value > parent->value &&
                   node->value + node->value_length < parent->value + parent->value_length);
    }
    if (tree->is_json && !tree->cut && !json_node_is_container(node))
        FUZZ_CHECK(json_valid(text + node->value, node->value_length));

    uint32_t children = 0;
    for (uint32_t child = json_tree_first(tree, at); child != JSON_TREE_NONE;
         child = json_tree_next(tree, child)) {
        FUZZ_CHECK(tree->nodes[child].parent == at && tree->nodes[child].index == children);
        children++;
    }
    FUZZ_CHECK(children == node->children);
}

static bool same_key(const struct json_tree *tree, const struct json_node *one,
                     const struct json_node *other)
{
    return one->key_length == other->key_length &&
           memcmp(json_tree_bytes(tree, one->key), json_tree_bytes(tree, other->key),
                  one->key_length) == 0;
}

/* Whether no name on the way to it stands in its object before. */
static bool is_first(const struct json_tree *tree, uint32_t at)
{
    for (; tree->nodes[at].parent != JSON_TREE_NONE; at = tree->nodes[at].parent) {
        const struct json_node *node = &tree->nodes[at];
        uint32_t before = json_tree_first(tree, node->parent);
        for (; node->key_length > 0 && before < at; before = json_tree_next(tree, before))
            if (same_key(tree, &tree->nodes[before], node))
                return false;
    }
    return true;
}

/* Doubled names have one path, that of the first; what the second one holds may lie nowhere. */
static void check_path(const struct json_tree *tree, uint32_t at)
{
    char path[JSON_TREE_PATH_SIZE], again[JSON_TREE_PATH_SIZE];
    bool exact = false;
    size_t length = json_tree_path(tree, JSON_TREE_NONE, at, path, sizeof path);
    FUZZ_CHECK(length == strlen(path) && length < sizeof path);
    uint32_t found = json_tree_find(tree, path, &exact);
    FUZZ_CHECK(found < tree->count);
    if (strncmp(path, "…", strlen("…")) == 0) /* it was cut: a name that begins so is quoted */
        return;
    if (tree->is_json && is_first(tree, at))
        FUZZ_CHECK(exact && found == at);
    (void)json_tree_path(tree, JSON_TREE_NONE, found, again, sizeof again);
    FUZZ_CHECK(!exact || strcmp(path, again) == 0);
}

static void check_tree(const struct json_tree *tree, const char *text, size_t length)
{
    FUZZ_CHECK(tree->is_json == json_valid(text, length));
    for (uint32_t at = 0; at < tree->count; at++) {
        check_node(tree, at, text, length);
        if (at < PATHS_MAX)
            check_path(tree, at);
    }
}

static void check_rows(const struct json_diff *diff)
{
    char path[JSON_TREE_PATH_SIZE];
    uint32_t differing = 0;
    for (uint32_t i = 0; i < diff->count; i++) {
        const struct json_diff_row *row = &diff->rows[i];
        FUZZ_CHECK(row->left != JSON_TREE_NONE || row->right != JSON_TREE_NONE);
        FUZZ_CHECK(row->left == JSON_TREE_NONE || row->left < diff->left->count);
        FUZZ_CHECK(row->right == JSON_TREE_NONE || row->right < diff->right->count);
        FUZZ_CHECK(row->run <= diff->count - i && (row->run == 0 || row->equal));
        for (uint32_t n = 0; n < row->run; n++)
            FUZZ_CHECK(diff->rows[i + n].equal);
        FUZZ_CHECK(json_diff_path(diff, row, path, sizeof path) < sizeof path);
        differing += !row->equal;
    }
    FUZZ_CHECK(differing == diff->differing);
}

static void check_difference(const char *left, size_t left_length, const char *right,
                             size_t right_length)
{
    size_t front, end;
    text_difference(left, left_length, right, right_length, &front, &end);
    FUZZ_CHECK(front + end <= left_length && front + end <= right_length);
    FUZZ_CHECK(memcmp(left, right, front) == 0);
    FUZZ_CHECK(memcmp(left + left_length - end, right + right_length - end, end) == 0);
    FUZZ_CHECK(!fuzz_is_utf8(left, left_length) || fuzz_is_utf8(left, front));
}

static void check_diffs(const struct json_tree *one, const struct json_tree *other)
{
    struct json_diff diff;
    json_diff_init(&diff, one, 0, one, 0);
    check_rows(&diff);
    FUZZ_CHECK(diff.differing == 0);
    json_diff_clear(&diff);

    json_diff_init(&diff, one, 0, other, 0);
    check_rows(&diff);
    uint32_t count = diff.count;
    json_diff_differing_first(&diff);
    check_rows(&diff);
    FUZZ_CHECK(diff.count == count);
    for (uint32_t i = 0; i < diff.differing; i++)
        FUZZ_CHECK(!diff.rows[i].equal);
    uint32_t differing = diff.differing;
    bool cut = diff.cut;
    json_diff_clear(&diff);
    json_diff_init(&diff, other, 0, one, 0);
    FUZZ_CHECK(cut || diff.cut || diff.differing == differing);
    json_diff_clear(&diff);

    if (json_diff_changes(&diff, one, 0))
        check_rows(&diff);
    else
        FUZZ_CHECK(diff.count == 0);
    json_diff_clear(&diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    struct json_tree one, other;
    size_t one_length, other_length;
    fuzz_begin(&input, bytes, length);
    const char *left = fuzz_part(&input, &one_length);
    const char *right = fuzz_part(&input, &other_length);
    FUZZ_CHECK(json_tree_init(&one, left, one_length));
    FUZZ_CHECK(json_tree_init(&other, right, other_length));
    check_tree(&one, left, one_length);
    check_difference(left, one_length, right, other_length);
    if (one.count > 0 && other.count > 0)
        check_diffs(&one, &other);
    json_tree_clear(&one);
    json_tree_clear(&other);
    fuzz_end(&input);
    return 0;
}
