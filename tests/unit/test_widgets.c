#include "tui/widgets.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(widgets, .init = use_utf8);

static void check(struct grid *grid, const char *expected)
{
    char *text = grid_to_text(grid);
    cr_assert_not_null(text);
    cr_expect_str_eq(text, expected, "got:\n%swanted:\n%s", text, expected);
    free(text);
}

static struct grid make(int width, int height, bool ascii)
{
    struct grid grid;
    cr_assert(grid_init(&grid, width, height, ascii));
    return grid;
}

static const struct style PLAIN = {.role = ROLE_NORMAL};

static struct rect frame(struct grid *grid, const char *title, const char *note)
{
    return widget_frame(grid, grid_rect(grid), style_of(ROLE_BORDER), style_of(ROLE_TITLE), title,
                        note);
}

static void check_rect(struct rect rect, int x, int y, int width, int height)
{
    cr_expect_eq(rect.x, x);
    cr_expect_eq(rect.y, y);
    cr_expect_eq(rect.width, width);
    cr_expect_eq(rect.height, height);
}

/* --- frames ------------------------------------------------------------- */

Test(widgets, frame_with_title_and_note)
{
    struct grid grid = make(28, 3, false);
    check_rect(frame(&grid, "1 Endpoints", "4"), 1, 1, 26, 1);
    check(&grid, "┌─ 1 Endpoints ──────── 4 ─┐\n"
                 "│                          │\n"
                 "└──────────────────────────┘\n");
    cr_expect_eq(grid_cell(&grid, 3, 0)->style.role, ROLE_TITLE);
    cr_expect_eq(grid_cell(&grid, 0, 0)->style.role, ROLE_BORDER);
    cr_expect_eq(grid_cell(&grid, 1, 1)->style.role, ROLE_NORMAL);
    grid_free(&grid);
}

Test(widgets, frame_in_ascii)
{
    struct grid grid = make(20, 3, true);
    frame(&grid, "4 Live", "12");
    check(&grid, "+- 4 Live ---- 12 -+\n"
                 "|                  |\n"
                 "+------------------+\n");
    grid_free(&grid);
}

Test(widgets, narrow_frame_drops_the_note_then_cuts_the_title)
{
    struct grid grid = make(19, 2, false);
    frame(&grid, "1 Endpoints", "4");
    check(&grid, "┌─ 1 Endpoints ───┐\n"
                 "└─────────────────┘\n");
    cr_assert(grid_resize(&grid, 12, 2));
    frame(&grid, "1 Endpoints", "4");
    check(&grid, "┌─ 1 End… ─┐\n"
                 "└──────────┘\n");
    grid_free(&grid);
}

Test(widgets, frame_of_any_size_stays_inside)
{
    for (int width = 1; width < 12; width++)
        for (int height = 1; height < 4; height++) {
            struct grid grid = make(width, height, false);
            struct rect inside = frame(&grid, "title", "note");
            cr_expect_geq(inside.width, 0);
            cr_expect_geq(inside.height, 0);
            cr_expect_leq(inside.width, width);
            grid_free(&grid);
        }
}

Test(widgets, hostile_title_is_gated)
{
    struct grid grid = make(24, 2, false);
    frame(&grid, "a\x1b]0;x\x07", NULL);
    check(&grid, "┌─ a^[]0;x^G ──────────┐\n"
                 "└──────────────────────┘\n");
    grid_free(&grid);
}

Test(widgets, dialog_clears_what_is_below)
{
    struct grid grid = make(24, 5, false);
    for (int y = 0; y < 5; y++)
        grid_hline(&grid, 0, y, 24, PLAIN, U'x');
    widget_dialog(&grid, (struct rect){5, 1, 14, 3}, style_of(ROLE_DANGER), "Delete");
    grid_text(&grid, 7, 2, 10, PLAIN, "wep_123?");
    check(&grid, "xxxxxxxxxxxxxxxxxxxxxxxx\n"
                 "xxxx ┌─ Delete ───┐ xxxx\n"
                 "xxxx │ wep_123?   │ xxxx\n"
                 "xxxx └────────────┘ xxxx\n"
                 "xxxxxxxxxxxxxxxxxxxxxxxx\n");
    grid_free(&grid);
}

Test(widgets, dialog_may_be_the_whole_grid)
{
    struct grid grid = make(10, 4, false);
    widget_dialog(&grid, grid_rect(&grid), style_of(ROLE_DIALOG_BORDER), "A long title");
    check(&grid, "┌─ A l… ─┐\n"
                 "│        │\n"
                 "│        │\n"
                 "└────────┘\n");
    grid_free(&grid);
}

/* --- tables ------------------------------------------------------------- */

static const struct table_column COLUMNS[] = {
    {.title = "STATE", .minimum = 8, .maximum = 8, .priority = 0},
    {.title = "ID", .minimum = 6, .maximum = 12, .priority = 3},
    {.title = "URL", .minimum = 10, .maximum = 60, .priority = 1},
    {.title = "OK", .minimum = 4, .maximum = 4, .priority = 2, .right = true},
};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

static void draw_table(struct grid *grid)
{
    struct table_layout layout;
    table_lay_out(&layout, COLUMNS, COLUMN_COUNT, grid->width);
    struct rect row = {0, 0, grid->width, 1};
    table_head(grid, row, &layout, COLUMNS);
    static const char *const CELLS[] = {"active", "wep_1234567890", "https://hooks.example.com/a",
                                        "98%"};
    row.y = 1;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        table_cell(grid, row, &layout, COLUMNS, i, PLAIN, CELLS[i]);
}

Test(widgets, table_with_room_shows_all_at_its_maximum)
{
    struct grid grid = make(96, 2, false);
    draw_table(&grid);
    check(&grid, "STATE     ID            URL                                                      "
                 "       OK\n"
                 "active    wep_1234567…  https://hooks.example.com/a                              "
                 "      98%\n");
    grid_free(&grid);
}

Test(widgets, table_gives_room_by_priority)
{
    struct grid grid = make(50, 2, false);
    draw_table(&grid);
    check(&grid, "STATE    ID     URL                             OK\n"
                 "active   wep_1… https://hooks.example.com/a    98%\n");
    grid_free(&grid);
}

Test(widgets, table_leaves_out_the_highest_priority_number_first)
{
    struct grid grid = make(28, 2, false);
    draw_table(&grid);
    check(&grid, "STATE    URL              OK\n"
                 "active   https://hooks…  98%\n");
    cr_assert(grid_resize(&grid, 20, 2));
    draw_table(&grid);
    check(&grid, "STATE    URL\n"
                 "active   https://ho…\n");
    cr_assert(grid_resize(&grid, 10, 2));
    draw_table(&grid);
    check(&grid, "STATE\n"
                 "active\n");
    cr_assert(grid_resize(&grid, 4, 2));
    draw_table(&grid);
    check(&grid, "STA…\n"
                 "act…\n");
    grid_free(&grid);
}

/* At every width: columns in order, apart, inside, none over its maximum. */
Test(widgets, table_layout_holds_at_every_width)
{
    for (int width = -1; width < 120; width++) {
        struct table_layout layout;
        table_lay_out(&layout, COLUMNS, COLUMN_COUNT, width);
        int end = -1;
        for (size_t i = 0; i < layout.count; i++) {
            if (layout.width[i] == 0)
                continue;
            cr_assert_gt(layout.x[i], end, "width %d", width);
            end = layout.x[i] + layout.width[i];
            cr_assert_leq(layout.width[i], COLUMNS[i].maximum);
        }
        cr_assert_leq(end, width > 0 ? width : 0, "width %d", width);
    }
}

Test(widgets, table_takes_no_more_columns_than_it_can_hold)
{
    struct table_column many[TABLE_COLUMNS_MAX + 5] = {0};
    struct table_layout layout;
    table_lay_out(&layout, many, TABLE_COLUMNS_MAX + 5, 200);
    cr_expect_eq(layout.count, TABLE_COLUMNS_MAX);
    struct grid grid = make(10, 1, false);
    table_cell(&grid, grid_rect(&grid), &layout, many, TABLE_COLUMNS_MAX + 1, PLAIN, "x");
    check(&grid, "\n");
    grid_free(&grid);
}

/* --- lists -------------------------------------------------------------- */

Test(widgets, list_scrolls_as_little_as_possible)
{
    cr_expect_eq(list_scroll(0, 0, 100, 10), 0);
    cr_expect_eq(list_scroll(0, 9, 100, 10), 0);
    cr_expect_eq(list_scroll(0, 10, 100, 10), 1);
    cr_expect_eq(list_scroll(50, 49, 100, 10), 49);
    cr_expect_eq(list_scroll(50, 55, 100, 10), 50);
    cr_expect_eq(list_scroll(95, 99, 100, 10), 90); /* no empty lines at the end */
    cr_expect_eq(list_scroll(7, 3, 5, 10), 0);      /* all fit */
    cr_expect_eq(list_scroll(0, 500, 100, 10), 90); /* selected beyond the end */
    cr_expect_eq(list_scroll(0, 0, 0, 10), 0);
    cr_expect_eq(list_scroll(3, 4, 9, 0), 4);
    cr_expect_eq(list_scroll(SIZE_MAX, 4, 9, 3), 4);
}

static void check_bar(size_t top, size_t count, const char *expected)
{
    struct grid grid = make(2, 5, false);
    widget_scroll_bar(&grid, grid_rect(&grid), top, count);
    check(&grid, expected);
    grid_free(&grid);
}

Test(widgets, scroll_bar_touches_an_end_only_there)
{
    check_bar(0, 5, "\n\n\n\n\n");
    check_bar(0, 10, " █\n █\n │\n │\n │\n");
    check_bar(1, 10, " │\n █\n █\n │\n │\n");
    check_bar(4, 10, " │\n │\n █\n █\n │\n");
    check_bar(5, 10, " │\n │\n │\n █\n █\n");
    check_bar(1, 1000000, " │\n █\n │\n │\n │\n");
    check_bar(999994, 1000000, " │\n │\n │\n █\n │\n");
    check_bar(999995, 1000000, " │\n │\n │\n │\n █\n");
    check_bar(SIZE_MAX, SIZE_MAX, " │\n │\n │\n │\n █\n");
}

/* --- text --------------------------------------------------------------- */

static void check_paragraph(const char *text, int width, int height, const char *expected)
{
    struct grid grid = make(width, height, false);
    int lines = widget_paragraph(&grid, grid_rect(&grid), PLAIN, text);
    check(&grid, expected);
    int total = widget_paragraph_height(text, width, false);
    cr_expect_eq(lines, total < height ? total : height, "%s", text);
    grid_free(&grid);
}

Test(widgets, paragraph_breaks_at_blanks_and_newlines)
{
    check_paragraph("one two three four", 9, 3, "one two\nthree\nfour\n");
    check_paragraph("one\n\ntwo\n", 9, 4, "one\n\ntwo\n\n");
    check_paragraph("exactly 9", 9, 2, "exactly 9\n\n");
    check_paragraph("one two  \nthree", 8, 3, "one two\nthree\n\n");
    check_paragraph("", 5, 1, "\n");
}

Test(widgets, paragraph_breaks_within_a_long_word)
{
    check_paragraph("id wep_1234567890 ok", 6, 5, "id\nwep_12\n345678\n90 ok\n\n");
}

Test(widgets, paragraph_says_that_more_would_follow)
{
    check_paragraph("one two three four", 9, 2, "one two\nthree…\n");
    check_paragraph("exactly 9 and", 9, 1, "exactly …\n");
}

Test(widgets, paragraph_keeps_stand_ins_and_wide_glyphs_whole)
{
    check_paragraph("ab\x1b\x1b", 3, 3, "ab\n^[\n^[\n");
    check_paragraph("東京都", 5, 2, "東京\n都\n");
    check_paragraph("a\u202E", 3, 2, "a\n<U…\n");
    check_paragraph("\u202E", 1, 1, "…\n");
}

/* '#' where the match is marked; the sign for what is cut is none. */
static void check_match(const char *text, const char *needle, int width, int height,
                        const char *expected)
{
    struct grid grid = make(width, height, false);
    char marks[64];
    size_t length = 0;
    (void)widget_paragraph(&grid, grid_rect(&grid), PLAIN, text);
    widget_paragraph_match(&grid, grid_rect(&grid), text, (size_t)(strstr(text, needle) - text),
                           strlen(needle));
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            marks[length++] = grid_cell(&grid, x, y)->style.role == ROLE_MATCH ? '#' : '.';
        marks[length++] = '\n';
    }
    marks[length] = '\0';
    cr_expect_str_eq(marks, expected, "%s in %s", needle, text);
    grid_free(&grid);
}

Test(widgets, a_match_is_marked_on_every_line_it_is_on)
{
    check_match("one two three", "tw", 8, 2, "....##..\n........\n");
    check_match("one two three", "three", 8, 2, "........\n#####...\n");
    check_match("one two three", "two th", 8, 2, "....###.\n##......\n");
    check_match("wep_1234567890", "p_1234567890", 6, 3, "..####\n######\n##....\n");
    check_match("one two three four", "three four", 9, 2, ".........\n#####....\n");
    check_match("one two three four", "four", 9, 2, ".........\n.........\n");
    check_match("abcdefgh", "cdefgh", 4, 1, "..#.\n");
    check_match("ab 東京 c", "京 c", 5, 2, ".....\n..##.\n");
}

/* Marks without end take no columns and must not take time either. */
Test(widgets, paragraph_of_marks_ends)
{
    alarm(10);
    enum { MARKS = 100000 };
    char *text = malloc(2 * MARKS + 1);
    cr_assert_not_null(text);
    for (size_t i = 0; i < MARKS; i++)
        memcpy(text + 2 * i, "\u0301", 2);
    text[2 * MARKS] = '\0';
    cr_expect_eq(widget_paragraph_height(text, 10, false), 1);
    free(text);
}

Test(widgets, what_must_keep_its_end_is_cut_at_the_front)
{
    static const struct table_column columns[] = {
        {.title = "URL", .minimum = 10, .maximum = 10, .keep_end = true}};
    struct table_layout layout;
    struct grid grid = make(10, 3, false);
    table_lay_out(&layout, columns, 1, 10);
    table_cell(&grid, (struct rect){0, 0, 10, 1}, &layout, columns, 0, PLAIN,
               "https://a.example/x");
    table_cell(&grid, (struct rect){0, 1, 10, 1}, &layout, columns, 0, PLAIN, "0123456789");
    table_cell(&grid, (struct rect){0, 2, 10, 1}, &layout, columns, 0, PLAIN, "漢字漢字漢字");
    check(&grid, "…example/x\n0123456789\n…漢字漢字\n");
    grid_free(&grid);
}

Test(widgets, a_cell_is_cut_in_the_middle_where_both_ends_tell)
{
    static const char *const TEXTS[] = {"transfer.created", "0123456789", "漢字漢字漢字"};
    const struct table_column columns[] = {
        {.title = "TYPE", .minimum = 10, .maximum = 10, .keep_both = true}};
    struct table_layout layout;
    struct grid grid = make(10, 3, false);
    table_lay_out(&layout, columns, 1, 10);
    for (int y = 0; y < 3; y++)
        table_cell(&grid, (struct rect){0, y, 10, 1}, &layout, columns, 0, PLAIN, TEXTS[y]);
    table_match(&grid, (struct rect){0, 0, 10, 1}, &layout, columns, 0, TEXTS[0], 3, 11);
    for (int x = 0; x < 10; x++)
        cr_expect_eq(grid_cell(&grid, x, 0)->style.role == ROLE_MATCH, (x >= 3 && x < 6) || x == 7,
                     "column %d", x);
    check(&grid, "transf…ted\n0123456789\n漢字漢…字\n");
    grid_free(&grid);
}

Test(widgets, what_matters_less_gives_way_to_a_spare_column)
{
    const struct table_column columns[] = {
        {.title = "ID", .minimum = 5, .maximum = 10, .priority = 0},
        {.title = "MORE", .minimum = 6, .maximum = 20, .priority = 2},
        {.title = "PAST", .minimum = 4, .maximum = 4, .priority = 1, .spare = true}};
    struct table_layout layout;
    table_lay_out(&layout, columns, 3, 22);
    cr_expect(layout.width[0] == 10 && layout.width[1] == 6 && layout.width[2] == 4);
    table_lay_out(&layout, columns, 3, 21);
    cr_expect(layout.width[0] == 10 && layout.width[1] == 0 && layout.width[2] == 4);
    table_lay_out(&layout, columns, 3, 15);
    cr_expect(layout.width[0] == 10 && layout.width[1] == 0 && layout.width[2] == 4);
    table_lay_out(&layout, columns, 3, 14);
    cr_expect(layout.width[2] == 0, "the ID would lose a column");
}
