#include "tui/text.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(text, .init = use_utf8);

static void check(const char *bytes, size_t length, bool ascii, const char *expected)
{
    char out[256];
    size_t written = text_gate_string(out, sizeof out, bytes, length, ascii);
    cr_expect_str_eq(out, expected);
    cr_expect_eq(written, strlen(expected));
}

#define GATED(bytes, expected) check((bytes), sizeof(bytes) - 1, false, (expected))
#define ASCII(bytes, expected) check((bytes), sizeof(bytes) - 1, true, (expected))

Test(text, plain_text_passes_unchanged)
{
    GATED("", "");
    GATED("transfer.created 12,5 %", "transfer.created 12,5 %");
    GATED("Zürich 東京 Ж 😀", "Zürich 東京 Ж 😀");
    GATED("│─┌ … ● ▶ ✓", "│─┌ … ● ▶ ✓");
}

Test(text, controls_become_stand_ins)
{
    GATED("a\x1b[31mb", "a^[[31mb");
    GATED("a\r\nb\tc\b", "a^M^Jb^Ic^H");
    GATED("nul\0nul", "nul^@nul");
    GATED("\x7f", "^?");
    GATED("\xc2\x85\xc2\x9b", "<U+0085><U+009B>");
}

Test(text, every_single_byte_comes_out_printable)
{
    for (int byte = 0; byte < 256; byte++) {
        char in = (char)byte;
        char out[32];
        size_t length = text_gate_string(out, sizeof out, &in, 1, false);
        cr_assert_gt(length, 0);
        for (size_t i = 0; i < length; i++)
            cr_assert(out[i] >= 0x20 && out[i] < 0x7F, "byte %02X", byte);
    }
}

/* The whole of Unicode: nothing comes out but printable ASCII or what libc gives columns. */
Test(text, every_character_is_drawn_or_stood_in_for)
{
    for (char32_t character = 0; character <= 0x10FFFF; character++) {
        if (character >= 0xD800 && character <= 0xDFFF)
            continue;
        char in[4];
        size_t length = text_encode(character, in);
        struct text_gate gate;
        text_gate_init(&gate, in, length, false);
        struct glyph glyph;
        size_t width = 0;
        while (text_gate_next(&gate, &glyph)) {
            cr_assert(glyph.width == 1 || glyph.width == 2, "U+%04X", (unsigned)character);
            cr_assert(glyph.base >= 0x20 && (glyph.base < 0x7F || glyph.base >= 0xA0), "U+%04X",
                      (unsigned)character);
            width += glyph.width;
        }
        cr_assert_eq(width, text_width(in, length, false));
        char32_t back;
        cr_assert_eq(text_decode(in, length, &back), length);
        cr_assert_eq(back, character);
    }
}

Test(text, what_hides_or_reorders_is_named)
{
    GATED("a\u202Eb", "a<U+202E>b");
    GATED("\u2066\u2069\u200E\u200F\u061C", "<U+2066><U+2069><U+200E><U+200F><U+061C>");
    GATED("\u200B\u200C\u200D\u2060\uFEFF", "<U+200B><U+200C><U+200D><U+2060><U+FEFF>");
    GATED("\u2028\u2029\u00AD", "<U+2028><U+2029><U+00AD>");
    GATED("\u115F\u1160\u3164\uFFA0", "<U+115F><U+1160><U+3164><U+FFA0>");
    GATED("\uFE0F\U000E0100", "<U+FE0F><U+E0100>");
    GATED("\U000E0001\U000E0041", "<U+E0001><U+E0041>");
    GATED("\uFFF9\uFFFB", "<U+FFF9><U+FFFB>");
    GATED("\xef\xbf\xbe\xef\xb7\x90\xf4\x8f\xbf\xbf", "<U+FFFE><U+FDD0><U+10FFFF>");
    GATED("\uE000\U000F0000", "<U+E000><U+F0000>");
    GATED("\u034F", "<U+034F>");
    GATED("\U0001F1E9\U0001F1EA", "<U+1F1E9><U+1F1EA>");
}

Test(text, malformed_utf8_shows_each_byte)
{
    GATED("a\xff", "a<FF>");
    GATED("\x80", "<80>");
    GATED("\xc0\xaf", "<C0><AF>");         /* overlong slash */
    GATED("\xe0\x80\xaf", "<E0><80><AF>"); /* overlong in three */
    GATED("\xf0\x80\x80\xaf", "<F0><80><80><AF>");
    GATED("\xed\xa0\x80", "<ED><A0><80>");         /* surrogate */
    GATED("\xf4\x90\x80\x80", "<F4><90><80><80>"); /* beyond Unicode */
    GATED("\xe2\x82", "<E2><82>");                 /* cut at the end */
    GATED("\xe2\x82x", "<E2><82>x");
    GATED("\xe2\x82\xac", "€");
}

Test(text, marks_are_capped_and_never_stand_alone)
{
    GATED("e\u0301", "e\u0301");
    GATED("e\u0301\u0302\u0303\u0304x", "e\u0301\u0302x");
    GATED("\u0301x", " \u0301x");
    GATED("\x1b\u0301", "^[ \u0301"); /* not onto a stand-in */
    cr_expect_eq(text_width("e\u0301\u0302", 5, false), 1);
}

Test(text, ascii_mode_lets_only_ascii_out)
{
    ASCII("é", "<U+00E9>");
    ASCII("e\u0301", "e<U+0301>");
    ASCII("東", "<U+6771>");
    ASCII("│ ─ ┌ … ● ▶ ✓ ✗ →", "| - + ~ * > + x >");
    ASCII("\xff\x1b", "<FF>^[");
}

Test(text, width_counts_columns)
{
    cr_expect_eq(text_width("abc", 3, false), 3);
    cr_expect_eq(text_width("東京", strlen("東京"), false), 4);
    cr_expect_eq(text_width("\x1b", 1, false), 2);
    cr_expect_eq(text_width("\u202E", 3, false), 8);
    cr_expect_eq(text_width("東", 3, true), 8);
    cr_expect_eq(text_width(NULL, 0, false), 0);
}

Test(text, string_is_cut_at_whole_glyphs)
{
    char out[8];
    cr_expect_eq(text_gate_string(out, 6, "ab東c", strlen("ab東c"), false), 5);
    cr_expect_str_eq(out, "ab東");
    cr_expect_eq(text_gate_string(out, 5, "ab東c", strlen("ab東c"), false), 2);
    cr_expect_str_eq(out, "ab");
    cr_expect_eq(text_gate_string(out, 3, "ae\u0301", 4, false), 1);
    cr_expect_str_eq(out, "a");
    out[0] = 'x';
    cr_expect_eq(text_gate_string(out, 0, "a", 1, false), 0);
    cr_expect_eq(out[0], 'x');
}

Test(text, gating_twice_changes_nothing)
{
    static const char HOSTILE[] = "\x1b]0;t\x07\xff e\u0301\u0301\u0301 \u202E東\u200B";
    char once[256];
    char twice[256];
    size_t length = text_gate_string(once, sizeof once, HOSTILE, sizeof HOSTILE - 1, false);
    (void)text_gate_string(twice, sizeof twice, once, length, false);
    cr_expect_str_eq(twice, once);
}

Test(text, own_characters_as_glyphs)
{
    cr_expect_eq(text_glyph(U'│', false).base, U'│');
    cr_expect_eq(text_glyph(U'│', true).base, U'|');
    cr_expect_eq(text_glyph(U'é', true).base, U'?');
    cr_expect_eq(text_glyph(0x1B, false).base, U'?');
    cr_expect_eq(text_glyph(0x202E, false).base, U'?');
    cr_expect_eq(text_ascii_twin(U'a'), 0);
    cr_expect_eq(text_ascii_twin(U'東'), 0);
}

Test(text, bars_of_eight_heights_differ_and_are_no_digits)
{
    static const char32_t BARS[] = U"▁▂▃▄▅▆▇█";
    for (size_t i = 0; BARS[i] != 0; i++)
        cr_expect_eq(text_ascii_twin(BARS[i]), "_.:-=+*#"[i]);
}

Test(text, the_linux_console_has_few_signs)
{
    cr_expect_eq(text_console_twin(U'─'), 0);
    cr_expect_eq(text_console_twin(U'•'), 0);
    cr_expect_eq(text_console_twin(U'█'), 0);
    cr_expect_eq(text_console_twin(U'é'), 0);
    cr_expect_eq(text_console_twin(U'a'), 0);
    cr_expect_eq(text_console_twin(U'✓'), '+');
    cr_expect_eq(text_console_twin(U'✗'), 'x');
    cr_expect_eq(text_console_twin(U'…'), '~');
    cr_expect_eq(text_console_twin(U'▇'), '*');
}

Test(text, fit_breaks_between_whole_characters)
{
    size_t columns;
    cr_expect_eq(text_fit("abc", 3, 2, false, &columns), 2);
    cr_expect_eq(columns, 2);
    cr_expect_eq(text_fit("abc", 3, 9, false, NULL), 3);
    cr_expect_eq(text_fit("abc", 3, 0, false, NULL), 0);
    cr_expect_eq(text_fit("a東b", 5, 2, false, &columns), 1);
    cr_expect_eq(columns, 1);
    cr_expect_eq(text_fit("ae\u0301\u0302\u0303b", 9, 2, false, NULL), 8); /* marks included */
    cr_expect_eq(text_fit("a\x1b", 2, 2, false, NULL), 1);                 /* half of ^[ */
    cr_expect_eq(text_fit("a\x1b", 2, 3, false, NULL), 2);
    cr_expect_eq(text_fit("a\u202E!", 5, 8, false, NULL), 1);
    cr_expect_eq(text_fit("", 0, 5, false, NULL), 0);
}
