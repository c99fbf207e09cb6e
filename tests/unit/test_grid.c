#include "tui/grid.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(grid, .init = use_utf8);

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

Test(grid, starts_blank)
{
    struct grid grid = make(4, 2, false);
    check(&grid, "\n\n");
    cr_expect_eq(grid.cursor_x, -1);
    grid_free(&grid);
    grid_free(&grid);
}

Test(grid, sizes_are_clamped)
{
    struct grid grid = make(0, -5, false);
    cr_expect_eq(grid.width, 1);
    cr_expect_eq(grid.height, 1);
    cr_assert(grid_resize(&grid, 1 << 20, 1 << 20));
    cr_expect_eq(grid.width, GRID_WIDTH_MAX);
    cr_expect_eq(grid.height, GRID_HEIGHT_MAX);
    grid_free(&grid);
}

Test(grid, resize_blanks)
{
    struct grid grid = make(4, 1, false);
    grid_text(&grid, 0, 0, 4, PLAIN, "abcd");
    cr_assert(grid_resize(&grid, 4, 1));
    check(&grid, "\n");
    cr_assert(grid_resize(&grid, 3, 2));
    check(&grid, "\n\n");
    grid_free(&grid);
}

Test(grid, text_that_fits_is_whole)
{
    struct grid grid = make(6, 1, false);
    cr_expect_eq(grid_text(&grid, 1, 0, 4, PLAIN, "abcd"), 4);
    check(&grid, " abcd\n");
    grid_free(&grid);
}

Test(grid, text_that_does_not_fit_ends_in_an_ellipsis)
{
    struct grid grid = make(6, 1, false);
    cr_expect_eq(grid_text(&grid, 1, 0, 4, PLAIN, "abcde"), 4);
    check(&grid, " abc…\n");
    cr_expect_eq(grid_text(&grid, 4, 0, 100, PLAIN, "xyz"), 2);
    check(&grid, " abcx…\n");
    cr_expect_eq(grid_text(&grid, 0, 0, 0, PLAIN, "x"), 0);
    cr_expect_eq(grid_text(&grid, 6, 0, 5, PLAIN, "x"), 0);
    grid_free(&grid);
}

Test(grid, ascii_grid_cuts_with_a_tilde)
{
    struct grid grid = make(4, 1, true);
    grid_text(&grid, 0, 0, 4, PLAIN, "abcde");
    check(&grid, "abc~\n");
    grid_free(&grid);
}

Test(grid, wide_glyphs_are_never_halved_by_the_cut)
{
    struct grid grid = make(8, 1, false);
    cr_expect_eq(grid_text(&grid, 0, 0, 4, PLAIN, "東京"), 4);
    check(&grid, "東京\n");
    grid_clear(&grid);
    cr_expect_eq(grid_text(&grid, 0, 0, 4, PLAIN, "東京x"), 4);
    check(&grid, "東 …\n");
    grid_clear(&grid);
    cr_expect_eq(grid_text(&grid, 0, 0, 5, PLAIN, "東京都"), 5);
    check(&grid, "東京…\n");
    grid_clear(&grid);
    cr_expect_eq(grid_text(&grid, 0, 0, 1, PLAIN, "東"), 1);
    check(&grid, "…\n");
    grid_free(&grid);
}

Test(grid, overwriting_half_a_wide_glyph_blanks_the_other)
{
    struct grid grid = make(6, 1, false);
    grid_text(&grid, 1, 0, 4, PLAIN, "東京");
    grid_text(&grid, 2, 0, 1, PLAIN, "x");
    check(&grid, "  x京\n");
    grid_text(&grid, 3, 0, 1, PLAIN, "y");
    check(&grid, "  xy\n");
    cr_expect_eq(grid_cell(&grid, 4, 0)->glyph.width, 1);

    grid_clear(&grid);
    grid_text(&grid, 0, 0, 6, PLAIN, "東京都");
    grid_text(&grid, 1, 0, 2, PLAIN, "大"); /* halves both neighbours */
    check(&grid, " 大 都\n");
    grid_free(&grid);
}

Test(grid, wide_glyph_across_the_edge_becomes_blank)
{
    struct grid grid = make(3, 1, false);
    grid_text(&grid, -1, 0, 4, PLAIN, "東x");
    check(&grid, " x\n");
    grid_free(&grid);
}

Test(grid, everything_clips)
{
    struct grid grid = make(3, 2, false);
    grid_text(&grid, 0, -1, 3, PLAIN, "abc");
    grid_text(&grid, 0, 2, 3, PLAIN, "abc");
    grid_hline(&grid, -2, 0, 100, PLAIN, U'─');
    grid_vline(&grid, 1, -2, 100, PLAIN, U'│');
    grid_hline(&grid, 0, 5, 3, PLAIN, U'─');
    grid_vline(&grid, 9, 0, 3, PLAIN, U'│');
    check(&grid, "─│─\n │\n");
    grid_fill(&grid, (struct rect){-5, -5, 7, 100}, style_of(ROLE_FIELD));
    check(&grid, "  ─\n\n");
    grid_mark(&grid, (struct rect){2, 1, 50, 50}, STYLE_SELECTED);
    cr_expect_eq(grid_cell(&grid, 2, 1)->style.bits, STYLE_SELECTED);
    cr_expect_eq(grid_cell(&grid, 1, 1)->style.bits, 0);
    cr_expect_eq(grid_cell(&grid, 1, 1)->style.role, ROLE_FIELD);
    cr_expect_null(grid_cell(&grid, 3, 0));
    cr_expect_null(grid_cell(&grid, 0, -1));
    grid_fill(&grid, (struct rect){1, 1, -4, -4}, PLAIN);
    grid_free(&grid);
}

Test(grid, flush_right)
{
    struct grid grid = make(8, 3, false);
    cr_expect_eq(grid_text_right(&grid, 1, 0, 6, PLAIN, "12"), 2);
    cr_expect_eq(grid_text_right(&grid, 1, 1, 6, PLAIN, "1234567"), 6);
    cr_expect_eq(grid_text_right(&grid, 1, 2, 6, PLAIN, "東"), 2);
    check(&grid, "     12\n 12345…\n     東\n");
    grid_free(&grid);
}

Test(grid, hostile_text_is_gated_on_the_way_in)
{
    struct grid grid = make(20, 2, false);
    grid_bytes(&grid, 0, 0, 20, PLAIN, "a\0\x1b[2J", 6);
    grid_printf(&grid, 0, 1, 20, PLAIN, "%s|%d", "\r\n\u202E", 7);
    check(&grid, "a^@^[[2J\n^M^J<U+202E>|7\n");
    grid_free(&grid);
}

Test(grid, drawing_characters_follow_the_mode)
{
    struct grid grid = make(3, 1, true);
    grid_hline(&grid, 0, 0, 3, PLAIN, U'─');
    check(&grid, "---\n");
    grid_free(&grid);
}
