#include "tui/flow.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static struct flow flow;

static void set_up(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    flow_init(&flow, 2, 2);
}

TestSuite(flow, .init = set_up);

static void expect_drawn(int width, int height, int from, bool wrap, const char *wanted)
{
    struct grid grid;
    cr_assert(grid_init(&grid, width, height, false));
    flow_draw(&flow, &grid, grid_rect(&grid), from, wrap, (struct needle){0});
    char *got = grid_to_text(&grid);
    cr_expect_str_eq(got, wanted);
    free(got);
    grid_free(&grid);
}

Test(flow, breaks_after_the_last_blank_that_fits)
{
    flow_add_text(&flow, ROLE_NORMAL, "one two three");
    cr_expect_eq(flow_height(&flow, 10, false, true), 2);
    expect_drawn(12, 2, 0, true, "  one two\n    three\n");
    expect_drawn(40, 1, 0, true, "  one two three\n");
}

Test(flow, a_blank_that_gains_nothing_is_no_place_to_break)
{
    flow_init(&flow, 0, 6);
    flow_add_text(&flow, ROLE_DIM, "label ");
    flow_add_text(&flow, ROLE_NORMAL, "0123456789abcdef");
    expect_drawn(14, 2, 0, true, "label 01234567\n      89abcdef\n");
}

Test(flow, pieces_are_one_text)
{
    flow_add_text(&flow, ROLE_JSON_KEY, "\"ke");
    flow_add_text(&flow, ROLE_JSON_KEY, "y\":");
    flow_add_text(&flow, ROLE_NORMAL, " ");
    flow_add_text(&flow, ROLE_JSON_STRING, "\"value\"");
    expect_drawn(12, 2, 0, true, "  \"key\":\n    \"value\"\n");
    expect_drawn(12, 1, 1, true, "    \"value\"\n");
}

Test(flow, what_is_not_wrapped_is_cut_and_says_so)
{
    flow_add_text(&flow, ROLE_NORMAL, "one two three");
    cr_expect_eq(flow_height(&flow, 10, false, false), 1);
    expect_drawn(10, 2, 0, false, "  one two…\n\n");
    flow_init(&flow, 0, 0);
    flow_add_text(&flow, ROLE_NORMAL, "12345");
    flow_add_text(&flow, ROLE_NORMAL, "6");
    expect_drawn(5, 1, 0, false, "1234…\n");
}

Test(flow, a_stand_in_is_not_torn)
{
    flow_add_text(&flow, ROLE_NORMAL,
                  "aaaa\xE2\x80\xAE"
                  "b");
    expect_drawn(14, 2, 0, true, "  aaaa<U+202E>\n    b\n");
    expect_drawn(13, 2, 0, true, "  aaaa\n    <U+202E>b\n");
}

Test(flow, a_name_is_parted_between_its_words)
{
    flow_init(&flow, 0, 0);
    flow_add_name(&flow, style_of(ROLE_DIM), "X-Webhook-Signature", 19, "-");
    expect_drawn(13, 2, 0, true, "X-Webhook-\nSignature\n");
    expect_drawn(6, 5, 0, true, "X-\nWebhoo\nk-\nSignat\nure\n");
    expect_drawn(30, 1, 0, true, "X-Webhook-Signature\n");
    flow_init(&flow, 0, 0);
    char many[] = "-----------------------------------------------------------------a";
    flow_add_name(&flow, style_of(ROLE_DIM), many, sizeof many - 1, "-");
    expect_drawn(80, 1, 0, true,
                 "-----------------------------------------------------------------a\n");
}

Test(flow, finds_whatever_the_case_and_across_pieces)
{
    size_t places[8];
    flow_add_text(&flow, ROLE_NORMAL, "Amount");
    flow_add_text(&flow, ROLE_NORMAL, ": amOUNT");
    struct needle needle = {"amount", 6};
    cr_assert_eq(flow_matches(&flow, needle, places, 8), 2U);
    cr_expect_eq(places[0], 0U);
    cr_expect_eq(places[1], 8U);
    needle = (struct needle){"t: a", 4};
    cr_assert_eq(flow_matches(&flow, needle, places, 8), 1U);
    cr_expect_eq(places[0], 5U);
    cr_expect_eq(flow_matches(&flow, (struct needle){"", 0}, places, 8), 0U);
    cr_expect_eq(flow_matches(&flow, (struct needle){"amountx", 7}, places, 8), 0U);
}

Test(flow, marks_every_match_and_nothing_else)
{
    flow_init(&flow, 0, 0);
    flow_add_text(&flow, ROLE_NORMAL, "xab");
    flow_add_text(&flow, ROLE_DIM, "cxabcab");
    struct grid grid;
    cr_assert(grid_init(&grid, 5, 2, false));
    flow_draw(&flow, &grid, grid_rect(&grid), 0, true, (struct needle){"abc", 3});
    static const char WANTED[] = ".###."
                                 "###..";
    for (int i = 0; i < 10; i++) {
        const struct cell *cell = grid_cell(&grid, i % 5, i / 5);
        cr_expect_eq(cell->style.role == ROLE_MATCH, WANTED[i] == '#', "cell %d", i);
    }
    grid_free(&grid);
}

Test(flow, any_bytes_at_any_width)
{
    char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    flow_init(&flow, 30, 4);
    flow_add(&flow, style_of(ROLE_NORMAL), bytes, sizeof bytes);
    for (int width = 1; width < 60; width++) {
        struct grid grid;
        bool ascii = width % 2 == 0;
        cr_assert(grid_init(&grid, width, 40, ascii));
        int rows = flow_height(&flow, width, ascii, true);
        cr_assert_gt(rows, 0);
        flow_draw(&flow, &grid, grid_rect(&grid), rows / 2, true, (struct needle){"0", 1});
        grid_free(&grid);
    }
}

Test(flow, matches_run_over_its_ends)
{
    static const char TEXT[] = "xxneedlexxneedle";
    static const struct needle NEEDLE = {"needle", 6};
    size_t places[4];
    flow_init(&flow, 0, 0);
    flow_add(&flow, style_of(ROLE_NORMAL), TEXT + 5, 8);
    cr_expect_eq(flow_matches(&flow, NEEDLE, places, 4), 0U);
    flow.before = TEXT;
    flow.before_length = 5;
    flow.after = TEXT + 13;
    flow.after_length = 3;
    cr_assert_eq(flow_matches(&flow, NEEDLE, places, 4), 1U, "the first began before it");
    cr_expect_eq(places[0], 5U);
    struct grid grid;
    cr_assert(grid_init(&grid, 10, 1, false));
    flow_draw(&flow, &grid, grid_rect(&grid), 0, true, NEEDLE);
    char *got = grid_to_text(&grid);
    cr_expect_str_eq(got, "dlexxnee\n", "what is around it is not drawn");
    free(got);
    static const char WANTED[] = "mmm  mmm";
    for (int x = 0; x < 8; x++)
        cr_expect_eq(grid_cell(&grid, x, 0)->style.role == ROLE_MATCH, WANTED[x] == 'm', "%d", x);
    grid_free(&grid);
}

Test(flow, tells_the_row_of_a_byte)
{
    flow_init(&flow, 0, 2);
    flow_add_text(&flow, ROLE_NORMAL, "one two ");
    flow_add_text(&flow, ROLE_DIM, "three four");
    expect_drawn(10, 3, 0, true, "one two\n  three\n  four\n");
    cr_expect_eq(flow_row_of(&flow, 10, false, 0), 0);
    cr_expect_eq(flow_row_of(&flow, 10, false, 7), 0);
    cr_expect_eq(flow_row_of(&flow, 10, false, 8), 1);
    cr_expect_eq(flow_row_of(&flow, 10, false, 14), 2);
    cr_expect_eq(flow_row_of(&flow, 10, false, 99), 2);
}

Test(flow, says_that_there_is_more_than_it_holds)
{
    flow_init(&flow, 0, 0);
    for (int i = 0; i <= FLOW_SEGMENTS_MAX; i++)
        flow_add_text(&flow, ROLE_NORMAL, "x");
    cr_expect_eq(flow.count, (size_t)FLOW_SEGMENTS_MAX);
    cr_expect_str_eq(flow.segments[FLOW_SEGMENTS_MAX - 1].bytes, "…");
}
