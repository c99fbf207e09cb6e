#include "tui/json_diff.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_tree left, right;
static struct json_diff diff;

static void tear_down(void)
{
    json_diff_clear(&diff);
    json_tree_clear(&left);
    json_tree_clear(&right);
}

static void set_up(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(json_diff, .init = set_up, .fini = tear_down);

static void compare(const char *one, const char *other)
{
    tear_down();
    cr_assert(json_tree_init(&left, one, strlen(one)));
    cr_assert(json_tree_init(&right, other, strlen(other)));
    json_diff_init(&diff, &left, 0, &right, 0);
}

static void put_text(char *text, size_t size, const char *more)
{
    size_t at = strlen(text);
    (void)snprintf(text + at, size - at, "%s", more);
}

static void put(char *text, size_t size, const struct json_tree *tree, uint32_t node)
{
    size_t at = strlen(text);
    if (node == JSON_TREE_NONE)
        (void)snprintf(text + at, size - at, "-");
    else
        (void)snprintf(text + at, size - at, "%.*s", (int)tree->nodes[node].value_length,
                       json_tree_bytes(tree, tree->nodes[node].value));
}

/* "path: left|right", "path= value", one a line. */
static void expect_rows(const char *wanted)
{
    char text[2048] = "";
    for (uint32_t i = 0; i < diff.count; i++) {
        const struct json_diff_row *row = &diff.rows[i];
        char path[JSON_TREE_PATH_SIZE];
        (void)json_diff_path(&diff, row, path, sizeof path);
        size_t at = strlen(text);
        (void)snprintf(text + at, sizeof text - at, "%s%s ", path, row->equal ? "=" : ":");
        put(text, sizeof text, diff.left, row->left);
        if (!row->equal) {
            put_text(text, sizeof text, "|");
            put(text, sizeof text, diff.right, row->right);
        }
        put_text(text, sizeof text, "\n");
    }
    cr_expect_str_eq(text, wanted);
}

Test(json_diff, compares_leaf_by_leaf_in_the_order_of_the_left)
{
    compare("{\"a\":1,\"b\":{\"c\":\"x\",\"d\":2},\"only\":3}",
            "{\"b\":{\"d\":2,\"c\":\"y\"},\"a\":1,\"new\":[4]}");
    expect_rows("a= 1\nb.c: \"x\"|\"y\"\nb.d= 2\nonly: 3|-\nnew: -|[4]\n");
    cr_expect_eq(diff.differing, 3U);
}

Test(json_diff, what_is_written_in_another_way_differs)
{
    compare("{\"n\":1.0,\"s\":\"\\u00e9\",\"o\":{},\"e\":[ ]}",
            "{\"n\":1,\"s\":\"é\",\"o\":{ },\"e\":{}}");
    expect_rows("n: 1.0|1\ns: \"\\u00e9\"|\"é\"\no= {}\ne: [ ]|{}\n");
}

Test(json_diff, doubled_keys_go_together_one_by_one)
{
    compare("{\"a\":1,\"a\":2,\"a\":3}", "{\"a\":1,\"a\":9}");
    expect_rows("a= 1\na: 2|9\na: 3|-\n");
}

Test(json_diff, elements_go_together_by_number)
{
    compare("[1,{\"id\":2},3]", "[1,{\"id\":5}]");
    expect_rows("[0]= 1\n[1].id: 2|5\n[2]: 3|-\n");
}

Test(json_diff, values_of_two_kinds_are_one_row)
{
    compare("{\"a\":{\"b\":1}}", "{\"a\":\"gone\"}");
    expect_rows("a: {\"b\":1}|\"gone\"\n");
    compare("1", "2");
    expect_rows(": 1|2\n");
}

Test(json_diff, counts_runs_of_equal_rows)
{
    compare("[1,2,3,4,5,6]", "[1,2,0,4,5,6]");
    static const uint32_t RUNS[] = {2, 0, 0, 3, 0, 0};
    cr_assert_eq(diff.count, 6U);
    for (uint32_t i = 0; i < 6; i++)
        cr_expect_eq(diff.rows[i].run, RUNS[i], "row %u", (unsigned)i);
}

static bool read_changes(const char *text)
{
    tear_down();
    cr_assert(json_tree_init(&left, text, strlen(text)));
    return json_diff_changes(&diff, &left, 0);
}

Test(json_diff, reads_changes_as_old_and_new)
{
    cr_assert(read_changes(
        "{\"state\":[\"a\",\"b\"],\"source\":[{\"x\":1,\"y\":[1]},{\"x\":2,\"y\":[1,2]}],"
        "\"note\":[null,{\"t\":1}]}"));
    expect_rows("state: \"a\"|\"b\"\nsource.x: 1|2\nsource.y[0]= 1\nsource.y[1]: -|2\n"
                "note: null|{\"t\":1}\n");
    cr_assert(read_changes("{}"));
    cr_expect_eq(diff.count, 0U);
}

Test(json_diff, an_odd_change_is_its_leaves_among_the_pairs)
{
    cr_assert(read_changes("{\"a\":[1,2],\"odd\":{\"x\":[3,{}],\"y\":4},\"b\":{\"new\":{\"c\":6},"
                           "\"old\":{\"c\":5}},\"flat\":7}"));
    expect_rows("a: 1|2\nodd.x[0]: 3|-\nodd.x[1]: {}|-\nodd.y: 4|-\nb.c: 5|6\nflat: 7|-\n");
    cr_expect_eq(diff.odd, 2U);
    cr_expect(diff.rows[1].odd && diff.rows[5].odd);
    cr_expect_not(diff.rows[0].odd || diff.rows[4].odd);
}

Test(json_diff, another_shape_is_no_changes)
{
    cr_expect_not(read_changes("{\"state\":[\"a\"]}"));
    cr_expect_not(read_changes("{\"state\":{\"old\":1,\"then\":2}}"));
    cr_expect_not(read_changes("[[1,2]]"));
    cr_expect_not(read_changes("null"));
    cr_expect_not(read_changes("not JSON"));
}

/* Names that would make a naive search quadratic: many, in opposite order, and all the same. */
Test(json_diff, great_objects_take_no_quadratic_time, .timeout = 20)
{
    enum { MEMBERS = 60000 };
    size_t size = (size_t)MEMBERS * 16 + 3;
    char *one = malloc(size);
    char *other = malloc(size);
    cr_assert(one != NULL && other != NULL);
    size_t at = 1;
    size_t from = 1;
    one[0] = other[0] = '{';
    for (int i = 0; i < MEMBERS; i++) {
        at += (size_t)sprintf(one + at, "%s\"k%d\":1", i > 0 ? "," : "", i);
        from += (size_t)sprintf(other + from, "%s\"k%d\":1", i > 0 ? "," : "", MEMBERS - 1 - i);
    }
    memcpy(one + at, "}", 2);
    memcpy(other + from, "}", 2);
    compare(one, other);
    cr_expect_eq(diff.count, (uint32_t)MEMBERS);
    cr_expect_eq(diff.differing, 0U);

    for (at = 1; at + 6 < (size_t)MEMBERS * 6; at += 6)
        memcpy(one + at, at > 1 ? ",\"\":1 " : "\"\":1  ", 6);
    memcpy(one + at, "}", 2);
    compare(one, one);
    cr_expect_eq(diff.differing, 0U);
    tear_down();
    free(one);
    free(other);
}

/* --- what two texts have in common -------------------------------------------------------- */

static void expect_difference(const char *one, const char *other, size_t front, size_t end)
{
    size_t got_front, got_end;
    text_difference(one, strlen(one), other, strlen(other), &got_front, &got_end);
    cr_expect_eq(got_front, front, "%s, %s: front %zu", one, other, got_front);
    cr_expect_eq(got_end, end, "%s, %s: end %zu", one, other, got_end);
}

Test(json_diff, finds_the_part_that_differs)
{
    expect_difference("\"12.50\"", "\"13.50\"", 2, 4);
    expect_difference("funds_received", "funds_requested", 6, 0);
    expect_difference("\"settled\"", "\"posted\"", 1, 1);
    expect_difference("2026-11-28T21:11:05.238Z", "2026-11-28T21:12:10.038Z", 15, 3);
    expect_difference("\"a word that stays\"", "\"one word that stays\"", 1, 17);
    expect_difference("aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaac", 29, 0);
    expect_difference("same", "same", 4, 0);
    expect_difference("11", "111", 2, 0);
    expect_difference("", "x", 0, 0);
}

Test(json_diff, parts_no_glyph_and_no_escape)
{
    expect_difference("1e\xCC\x81", "1e\xCC\x80", 1, 0);
    expect_difference("1\xCC\x81 2", "1\xCC\x80 2", 0, 2);
    expect_difference("1\xCC\x81 2", "2\xCC\x81 2", 0, 2);
    expect_difference("1\\u00e91", "1\\u00e81", 1, 1);
    expect_difference("1\\n1", "1\\t1", 1, 1);
    expect_difference("1\\\\n1", "1\\\\t1", 3, 1);
}

Test(json_diff, puts_equal_rows_behind_the_others)
{
    compare("{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", "{\"a\":1,\"b\":0,\"c\":3,\"d\":0}");
    json_diff_differing_first(&diff);
    expect_rows("b: 2|0\nd: 4|0\na= 1\nc= 3\n");
    cr_expect_eq(diff.rows[2].run, 2U);
    cr_expect_eq(diff.rows[3].run, 0U);
}

Test(json_diff, text_is_compared_line_by_line)
{
    compare("one\ntwo\nthree", "one\n2");
    expect_rows("= one\n: two|2\n: three|-\n");
    compare("{\"a\":1}", "one\ntwo");
    expect_rows(": {\"a\":1}|one\n: -|two\n");
    compare("", "one");
    expect_rows(": -|one\n");
}

Test(json_diff, cuts_no_character_in_two)
{
    expect_difference("1\xC3\xA9\x32", "1\xC3\xA8\x32", 1, 1); /* é, è: one first byte */
    expect_difference("\xE4\xB8\xAD", "\xE5\xB8\xAD", 0, 0);   /* two last bytes in common */
    expect_difference("1\xF0\x9F\x98\x80", "1\xF0\x9F\x98\x81", 1, 0);
}
