#include "tui/json_tree.h"

#include "api/json_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_tree tree;

static void tear_down(void)
{
    json_tree_clear(&tree);
}

TestSuite(json_tree, .fini = tear_down);

static void plant(const char *text)
{
    json_tree_clear(&tree);
    cr_assert(json_tree_init(&tree, text, strlen(text)));
}

static void expect_value(uint32_t node, const char *wanted)
{
    cr_assert_lt(node, tree.count);
    const struct json_node *at = &tree.nodes[node];
    cr_expect_eq(at->value_length, strlen(wanted));
    cr_expect_eq(memcmp(json_tree_bytes(&tree, at->value), wanted, at->value_length), 0, "%.*s",
                 (int)at->value_length, json_tree_bytes(&tree, at->value));
}

static void expect_path(uint32_t node, const char *wanted)
{
    char path[JSON_TREE_PATH_SIZE];
    size_t length = json_tree_path(&tree, JSON_TREE_NONE, node, path, sizeof path);
    cr_expect_str_eq(path, wanted);
    cr_expect_eq(length, strlen(wanted));
}

Test(json_tree, keeps_every_value_as_it_was_written)
{
    plant("{ \"a\" : 1e400, \"a\":\"caf\\u00e9 \\/\",\n\"n\": -0.0 , \"w\":[true,null] }");
    cr_assert(tree.is_json);
    cr_assert_eq(tree.count, 7U);
    cr_expect_eq(tree.nodes[0].children, 4U);
    cr_expect_eq(tree.nodes[0].after, 7U);
    expect_value(1, "1e400");
    expect_value(2, "\"caf\\u00e9 \\/\"");
    expect_value(3, "-0.0");
    expect_value(4, "[true,null]");
    expect_value(5, "true");
    expect_value(6, "null");
    cr_expect_eq(tree.nodes[2].index, 1U, "a doubled key is a member of its own");
    cr_expect_eq(tree.nodes[6].parent, 4U);
    cr_expect_eq(tree.nodes[6].depth, 2);
}

Test(json_tree, walks_children_and_siblings)
{
    plant("{\"a\":{\"b\":1,\"c\":[]},\"d\":2}");
    uint32_t a = json_tree_first(&tree, 0);
    cr_expect_eq(a, 1U);
    cr_expect_eq(json_tree_next(&tree, a), 4U);
    cr_expect_eq(json_tree_next(&tree, 4), JSON_TREE_NONE);
    cr_expect_eq(json_tree_next(&tree, json_tree_first(&tree, a)), 3U);
    cr_expect_eq(json_tree_next(&tree, 3), JSON_TREE_NONE);
    cr_expect_eq(json_tree_first(&tree, 3), JSON_TREE_NONE, "an empty array");
    cr_expect_eq(json_tree_member(&tree, 0, "d"), 4U);
    cr_expect_eq(json_tree_member(&tree, 0, "b"), JSON_TREE_NONE, "not deeper");
}

Test(json_tree, tells_where_a_node_is)
{
    plant("{\"event_object\":{\"source\":{\"payment_rail\":\"ach\"},\"items\":[1,{\"id\":2}],"
          "\"odd key\":{\"x\":1},\"a.b\":3,\"\":4}}");
    expect_path(0, "");
    expect_path(1, "event_object");
    expect_path(3, "event_object.source.payment_rail");
    expect_path(5, "event_object.items[0]");
    expect_path(7, "event_object.items[1].id");
    expect_path(9, "event_object.\"odd key\".x");
    expect_path(10, "event_object.\"a.b\"");
    expect_path(11, "event_object.\"\"");
    char path[JSON_TREE_PATH_SIZE];
    (void)json_tree_path(&tree, 1, 3, path, sizeof path);
    cr_expect_str_eq(path, "source.payment_rail");
}

Test(json_tree, an_array_at_the_top_has_paths_too)
{
    plant("[[1,2],{\"id\":3}]");
    expect_path(3, "[0][1]");
    expect_path(5, "[1].id");
}

Test(json_tree, finds_every_path_that_it_tells)
{
    plant("{\"a\":{\"b\":[{\"c\":1},{\"c\":2}],\"bb\":5},\"odd key\":{\"a.b\":[3]},\"ab\":4}");
    for (uint32_t node = 0; node < tree.count; node++) {
        char path[JSON_TREE_PATH_SIZE];
        bool exact;
        (void)json_tree_path(&tree, JSON_TREE_NONE, node, path, sizeof path);
        cr_expect_eq(json_tree_find(&tree, path, &exact), node, "%s", path);
        cr_expect(exact, "%s", path);
    }
    bool exact;
    cr_expect_eq(json_tree_find(&tree, "a.b[1].gone.deeper", &exact), 5U, "the nearest above");
    cr_expect_not(exact);
    cr_expect_eq(json_tree_find(&tree, "a.b[7]", &exact), 2U);
    cr_expect_eq(json_tree_find(&tree, "a.bc", &exact), 1U, "no member whose name only begins so");
}

Test(json_tree, of_doubled_names_the_first_is_found)
{
    plant("{\"a\":{\"b\":1},\"a\":{\"c\":2}}");
    bool exact;
    expect_path(4, "a.c");
    cr_expect_eq(json_tree_find(&tree, "a.c", &exact), 1U, "the second one's lies nowhere");
    cr_expect_not(exact);
    cr_expect_eq(json_tree_find(&tree, "a.b", &exact), 2U);
    cr_expect(exact);
}

Test(json_tree, a_long_path_loses_its_front)
{
    char text[4096];
    size_t at = 0;
    for (int i = 0; i < 60; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "{\"level_of_it\":");
    text[at++] = '0';
    memset(text + at, '}', 60);
    text[at + 60] = '\0';
    plant(text);
    cr_assert_eq(tree.count, 61U);
    for (size_t size = 8; size <= JSON_TREE_PATH_SIZE; size++) {
        char path[JSON_TREE_PATH_SIZE];
        size_t length = json_tree_path(&tree, JSON_TREE_NONE, 60, path, size);
        cr_assert_eq(length, strlen(path));
        cr_assert_lt(length, size);
        cr_assert_eq(strncmp(path, "…", strlen("…")), 0, "%zu: %s", size, path);
    }
}

Test(json_tree, any_other_text_is_lines)
{
    plant("<html>\r\n\nbad \"gateway\"");
    cr_expect_not(tree.is_json);
    cr_assert_eq(tree.count, 3U);
    expect_value(0, "<html>");
    expect_value(1, "");
    expect_value(2, "bad \"gateway\"");
    cr_expect_eq(tree.nodes[2].kind, JSON_NODE_LINE);
    expect_path(2, "");
    plant("{\"a\":1} x");
    cr_expect_not(tree.is_json, "more behind its end");
    cr_expect_eq(tree.count, 1U);
    plant("");
    cr_expect_eq(tree.count, 0U);
}

Test(json_tree, nests_as_deep_as_the_scanner_does)
{
    char text[2 * JSON_DEPTH_MAX + 3] = "";
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    plant(text);
    cr_expect(tree.is_json);
    cr_expect_eq(tree.count, (uint32_t)JSON_DEPTH_MAX);
    cr_expect_eq(tree.nodes[JSON_DEPTH_MAX - 1].depth, JSON_DEPTH_MAX - 1);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    plant(text);
    cr_expect_not(tree.is_json);
}

Test(json_tree, a_body_of_more_nodes_than_it_keeps_is_cut)
{
    size_t length = 2 * (size_t)JSON_TREE_NODES_MAX + 101;
    char *text = malloc(length);
    cr_assert_not_null(text);
    text[0] = '[';
    for (size_t i = 1; i + 1 < length; i++)
        text[i] = i % 2 == 1 ? '0' : ',';
    text[length - 1] = ']';
    cr_assert(json_tree_init(&tree, text, length));
    cr_expect(tree.is_json);
    cr_expect(tree.cut);
    cr_expect_eq(tree.count, (uint32_t)JSON_TREE_NODES_MAX);
    cr_expect_eq(tree.nodes[0].after, tree.count);
    text[length - 1] = '}';
    json_tree_clear(&tree);
    cr_assert(json_tree_init(&tree, text, length));
    cr_expect_not(tree.is_json, "what is behind the cut counts, too");
    cr_expect_not(tree.cut);
    free(text);
}
