/* The text gate: whatever goes in, what comes out is harmless to a terminal and as wide as said. */
#include "tests/fuzz/fuzz.h"

#include "tui/text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    FUZZ_CHECK(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    return 0;
}

static void check_shown(const char *shown, size_t length, bool ascii)
{
    FUZZ_CHECK(fuzz_is_harmless(shown, length));
    for (size_t i = 0; ascii && i < length; i++)
        FUZZ_CHECK(shown[i] >= ' ' && shown[i] <= '~');
}

/* No input byte gives more than a stand-in of "<U+10FFFF>". */
static void check_whole(const char *bytes, size_t length, bool ascii)
{
    size_t size = 10 * length + 1;
    char *once = malloc(size);
    char *twice = malloc(size);
    FUZZ_CHECK(once != NULL && twice != NULL);
    size_t shown = text_gate_string(once, size, bytes, length, ascii);
    FUZZ_CHECK(once[shown] == '\0' && strlen(once) == shown);
    check_shown(once, shown, ascii);
    FUZZ_CHECK(text_width(once, shown, ascii) == text_width(bytes, length, ascii));
    FUZZ_CHECK(text_gate_string(twice, size, once, shown, ascii) == shown);
    FUZZ_CHECK(memcmp(once, twice, shown) == 0);
    free(once);
    free(twice);
}

/* Cut to fit, it is a beginning of the whole. */
static void check_cut(const char *bytes, size_t length, bool ascii, size_t size)
{
    char cut[256 + 1];
    memset(cut, '\x7F', sizeof cut);
    size_t shown = text_gate_string(cut, size, bytes, length, ascii);
    FUZZ_CHECK(cut[size] == '\x7F');
    if (size == 0)
        return;
    FUZZ_CHECK(shown < size && cut[shown] == '\0');
    check_shown(cut, shown, ascii);
}

/* Broken into rows, nothing is lost, no row is too wide, and the rows are as wide as the whole. */
static void check_rows(const char *bytes, size_t length, bool ascii, size_t width)
{
    size_t total = 0, columns, at = 0;
    while (at < length) {
        size_t fits = text_fit(bytes + at, length - at, width, ascii, &columns);
        FUZZ_CHECK(fits <= length - at && columns <= width);
        FUZZ_CHECK(text_width(bytes + at, fits, ascii) == columns);
        if (fits == 0) {
            FUZZ_CHECK(width < 10); /* the widest stand-in */
            return;
        }
        at += fits;
        total += columns;
    }
    FUZZ_CHECK(total == text_width(bytes, length, ascii));
}

static void check_glyphs(const char *bytes, size_t length, bool ascii)
{
    struct text_gate gate;
    struct glyph glyph;
    size_t columns = 0;
    text_gate_init(&gate, bytes, length, ascii);
    while (text_gate_next(&gate, &glyph)) {
        char utf8[TEXT_GLYPH_BYTES + 1];
        size_t count = text_glyph_utf8(&glyph, utf8);
        FUZZ_CHECK(glyph.width == 1 || glyph.width == 2);
        FUZZ_CHECK(count > 0 && count <= TEXT_GLYPH_BYTES && utf8[count] == '\0');
        check_shown(utf8, count, ascii);
        columns += glyph.width;
    }
    FUZZ_CHECK(!text_gate_next(&gate, &glyph));
    FUZZ_CHECK(columns == text_width(bytes, length, ascii));
}

static void check_characters(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char32_t wanted, character;
        char again[4];
        size_t taken = text_decode(bytes + i, length - i, &character);
        FUZZ_CHECK(taken == fuzz_utf8(bytes + i, length - i, &wanted) && character == wanted);
        if (taken > 0)
            FUZZ_CHECK(text_encode(character, again) == taken &&
                       memcmp(again, bytes + i, taken) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    size_t size = fuzz_byte(&input);
    size_t text_length;
    const char *text = fuzz_part(&input, &text_length);
    for (int ascii = 0; ascii <= 1; ascii++) {
        check_glyphs(text, text_length, ascii);
        check_whole(text, text_length, ascii);
        check_cut(text, text_length, ascii, size);
        check_rows(text, text_length, ascii, size % 40);
    }
    check_characters(text, text_length);
    fuzz_end(&input);
    return 0;
}
