/* Every character that may reach the terminal, before a terminal whose table of widths is another:
   what stands behind it is in its column. */
#include "tests/e2e/screen.h"
#include "tui/steady.h"
#include "tui/text.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <vterm.h>

enum { WIDTH = 20, LAST_CHARACTER = 0x10FFFF };

static VTerm *vterm;

static void set_up(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    vterm = vterm_new(2, WIDTH);
    cr_assert_not_null(vterm);
    vterm_set_utf8(vterm, 1);
    vterm_screen_reset(vterm_obtain_screen(vterm), 1);
}

static void tear_down(void)
{
    vterm_free(vterm);
}

TestSuite(widths, .init = set_up, .fini = tear_down, .timeout = 100);

/* On a blank, which is what a mark gets; false where the gate has a stand-in. */
static bool gated(char32_t character, struct glyph *glyph, char bytes[2 * TEXT_GLYPH_BYTES])
{
    char in[8];
    struct text_gate gate;
    size_t length = text_encode(character, in);
    text_gate_init(&gate, in, length, false);
    if (!text_gate_next(&gate, glyph) || (glyph->base != character && glyph->marks[0] == 0))
        return false;
    (void)text_glyph_utf8(glyph, bytes);
    return true;
}

/* The column in which what is drawn behind the glyph lands. */
static int column_behind(const char *glyph, bool steady)
{
    struct buffer out;
    char line[64];
    buffer_init(&out, 256);
    (void)snprintf(line, sizeof line, "\033[H\033[J>%s|", glyph);
    if (steady)
        steady_append(&out, line, strlen(line));
    else
        (void)buffer_append_string(&out, line);
    (void)vterm_input_write(vterm, out.data, out.length);
    buffer_clear(&out);
    for (int x = 0; x < WIDTH; x++) {
        VTermScreenCell cell;
        VTermPos at = {.row = 0, .col = x};
        (void)vterm_screen_get_cell(vterm_obtain_screen(vterm), at, &cell);
        if (cell.chars[0] == U'|' && x > 0)
            return x;
    }
    return -1;
}

Test(widths, all_characters_leave_the_next_one_in_its_column)
{
    size_t differing = 0;
    for (char32_t character = 0x80; character <= LAST_CHARACTER; character++) {
        struct glyph glyph;
        char bytes[2 * TEXT_GLYPH_BYTES];
        if ((character >= 0xD800 && character <= 0xDFFF) || !gated(character, &glyph, bytes))
            continue;
        differing += column_behind(bytes, false) != 1 + glyph.width;
        cr_expect_eq(column_behind(bytes, true), 1 + glyph.width, "U+%04X", (unsigned)character);
    }
    cr_expect_gt(differing, 1000U, "the tables do differ: %zu", differing);
}
