#include "tui/document.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static struct document document;

static void start(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    document_init(&document);
}

static void stop(void)
{
    document_clear(&document);
}

TestSuite(document, .init = start, .fini = stop);

static void expect_drawn(int width, int height, size_t top, const char *wanted)
{
    struct grid grid;
    cr_assert(grid_init(&grid, width, height, false));
    document_wrap(&document, width, false);
    document_draw(&document, &grid, grid_rect(&grid), top);
    char *got = grid_to_text(&grid);
    cr_expect_str_eq(got, wanted, "got:\n%s\nwanted:\n%s", got, wanted);
    free(got);
    grid_free(&grid);
}

Test(document, headings_fields_and_text)
{
    document_heading(&document, "Event");
    document_field(&document, "id", ROLE_STRONG, "wh_1");
    document_field(&document, "status", ROLE_NORMAL, NULL);
    document_heading(&document, "Body");
    document_text(&document, ROLE_NORMAL, "one\n\ntwo\n", 9);
    expect_drawn(40, 8, 0,
                 "Event\n  id               wh_1\n  status           –\n\nBody\n  one\n\n  two\n");
    expect_drawn(40, 2, 5, "  one\n\n");
}

Test(document, breaks_at_blanks_and_within_long_words)
{
    document_text(&document, ROLE_NORMAL, "the quick brown fox", 19);
    document_text(&document, ROLE_NORMAL, "abcdefghijklmnopqrstuvwxyz", 26);
    expect_drawn(14, 6, 0,
                 "  the quick\n    brown fox\n  abcdefghijkl\n    mnopqrstuv\n    wxyz\n\n");
}

Test(document, values_go_on_below_themselves)
{
    document_field(&document, "reason", ROLE_NORMAL, "one two three four");
    expect_drawn(32, 2, 0, "  reason           one two three\n                   four\n");
}

Test(document, a_label_as_long_as_its_column_keeps_its_value)
{
    document_field(&document, "x-webhook-signature", ROLE_NORMAL, "t=1");
    document_field(&document, "sixteen-columns-", ROLE_NORMAL, "v");
    expect_drawn(40, 2, 0, "  x-webhook-signature t=1\n  sixteen-columns- v\n");
}

Test(document, a_wide_character_is_not_halved)
{
    static const char text[] = "漢字漢字漢字";
    document_text(&document, ROLE_NORMAL, text, sizeof text - 1);
    expect_drawn(13, 3, 0, "  漢字漢字漢\n    字\n\n");
}

Test(document, a_stand_in_is_not_torn)
{
    static const char text[] = "aaaa\xE2\x80\xAE"
                               "b"; /* U+202E */
    document_text(&document, ROLE_NORMAL, text, sizeof text - 1);
    expect_drawn(14, 3, 0, "  aaaa<U+202E>\n    b\n\n");
    expect_drawn(13, 3, 0, "  aaaa\n    <U+202E>b\n\n");
}

Test(document, says_that_it_was_cut)
{
    for (size_t i = 0; i < DOCUMENT_LINES_MAX + 10; i++)
        document_blank(&document);
    document_wrap(&document, 40, false);
    cr_expect_eq(document.row_count, (size_t)DOCUMENT_LINES_MAX);
    expect_drawn(40, 1, document.row_count - 1, "… cut here: too long to show\n");
    size_t rows = document.row_count;
    document_wrap(&document, 80, false);
    cr_expect_eq(document.row_count, rows, "said once");
}

Test(document, draws_nothing_beyond_its_end)
{
    document_text(&document, ROLE_NORMAL, "x", 1);
    expect_drawn(10, 2, 7, "\n\n");
}

Test(document, any_bytes_at_any_width)
{
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    document_text(&document, ROLE_NORMAL, bytes, sizeof bytes);
    for (int width = 1; width < 40; width++) {
        struct grid grid;
        cr_assert(grid_init(&grid, width, 50, width % 2 == 0));
        document_wrap(&document, width, width % 2 == 0);
        document_draw(&document, &grid, grid_rect(&grid), 0);
        grid_free(&grid);
    }
}
