#include "tui/text.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* --- UTF-8 -------------------------------------------------------------- */

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* How long a sequence is by its first byte (Unicode, table 3-7), or 0. */
static size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    if (first >= 0xF0 && first <= 0xF4)
        return 4;
    return 0;
}

size_t text_decode(const char *bytes, size_t length, char32_t *character)
{
    static const char32_t SMALLEST[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)bytes;

    *character = 0;
    size_t count = length > 0 ? sequence_length(at[0]) : 0;
    if (count == 0 || count > length)
        return 0;
    char32_t value = count == 1 ? at[0] : at[0] & (0x7FU >> count);
    for (size_t i = 1; i < count; i++) {
        if (!is_continuation(at[i]))
            return 0;
        value = value << 6 | (at[i] & 0x3F);
    }
    if (value < SMALLEST[count] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *character = value;
    return count;
}

size_t text_encode(char32_t character, char out[4])
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (char)(0xC0 | character >> 6);
        out[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (char)(0xE0 | character >> 12);
        out[1] = (char)(0x80 | (character >> 6 & 0x3F));
        out[2] = (char)(0x80 | (character & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | character >> 18);
    out[1] = (char)(0x80 | (character >> 12 & 0x3F));
    out[2] = (char)(0x80 | (character >> 6 & 0x3F));
    out[3] = (char)(0x80 | (character & 0x3F));
    return 4;
}

/* --- what may be drawn -------------------------------------------------- */

/* Characters that libc gives a width, and that still must not be drawn as they are: they show
   nothing, reorder or change their neighbours, mean something else on each machine, or are drawn
   with another width by every second terminal. Sorted. */
static const struct {
    char32_t first, last;
} UNDRAWABLE[] = {
    {0x00AD, 0x00AD},   /* soft hyphen */
    {0x034F, 0x034F},   /* combining grapheme joiner */
    {0x0600, 0x0605},   /* Arabic signs that enclose the digits behind them */
    {0x061C, 0x061C},   /* Arabic letter mark */
    {0x06DD, 0x06DD},   /* Arabic end of ayah */
    {0x070F, 0x070F},   /* Syriac abbreviation mark */
    {0x0890, 0x0891},   /* Arabic pound and piastre marks above */
    {0x08E2, 0x08E2},   /* Arabic disputed end of ayah */
    {0x115F, 0x1160},   /* Hangul fillers */
    {0x17B4, 0x17B5},   /* Khmer inherent vowels */
    {0x180B, 0x180F},   /* Mongolian variation selectors and vowel separator */
    {0x200B, 0x200F},   /* zero-width space, joiners, direction marks */
    {0x2028, 0x202E},   /* line and paragraph separators, bidi embeddings and overrides */
    {0x2060, 0x206F},   /* word joiner, invisible operators, bidi isolates, deprecated controls */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xE000, 0xF8FF},   /* private use */
    {0xFDD0, 0xFDEF},   /* noncharacters */
    {0xFE00, 0xFE0F},   /* variation selectors */
    {0xFEFF, 0xFEFF},   /* byte order mark */
    {0xFFA0, 0xFFA0},   /* halfwidth Hangul filler */
    {0xFFF0, 0xFFFB},   /* interlinear annotation */
    {0x110BD, 0x110BD}, /* Kaithi number signs, the next one too */
    {0x110CD, 0x110CD},  {0x13430, 0x1343F}, /* Egyptian hieroglyph format controls */
    {0x1BCA0, 0x1BCA3},                      /* shorthand format controls */
    {0x1D173, 0x1D17A},                      /* musical format controls */
    {0x1F1E6, 0x1F1FF},                      /* regional indicators: two make a flag, or do not */
    {0x1F3FB, 0x1F3FF},  /* skin tones: merge with what is before them, or do not */
    {0xE0000, 0xE0FFF},  /* tags, variation selectors supplement */
    {0xF0000, 0x10FFFF}, /* private use */
};

static bool is_undrawable(char32_t character)
{
    if ((character & 0xFFFE) == 0xFFFE) /* the last two of each plane are noncharacters */
        return true;
    for (size_t i = 0; i < sizeof UNDRAWABLE / sizeof *UNDRAWABLE; i++)
        if (character <= UNDRAWABLE[i].last)
            return character >= UNDRAWABLE[i].first;
    return false;
}

/* Columns, 0 for a combining mark, -1 for what is not drawn. */
static int drawn_width(char32_t character)
{
    if (character < 0x7F)
        return character >= 0x20 ? 1 : -1;
    if (character < 0xA0 || is_undrawable(character))
        return -1;
    int width = wcwidth((wchar_t)character);
    return width > 2 ? -1 : width;
}

/* --- the program's own drawing ------------------------------------------ */

static const struct {
    char32_t character;
    char twin;
} TWINS[] = {
    {U'─', '-'}, {U'━', '='},  {U'═', '='},  {U'╌', '-'}, {U'╴', '-'}, {U'╶', '-'}, {U'│', '|'},
    {U'┃', '|'}, {U'║', '|'},  {U'╎', '|'},  {U'┆', '|'}, {U'┊', '|'}, {U'╵', '|'}, {U'╷', '|'},
    {U'┌', '+'}, {U'┐', '+'},  {U'└', '+'},  {U'┘', '+'}, {U'├', '+'}, {U'┤', '+'}, {U'┬', '+'},
    {U'┴', '+'}, {U'┼', '+'},  {U'╭', '+'},  {U'╮', '+'}, {U'╰', '+'}, {U'╯', '+'}, {U'┏', '+'},
    {U'┓', '+'}, {U'┗', '+'},  {U'┛', '+'},  {U'┣', '+'}, {U'┫', '+'}, {U'┳', '+'}, {U'┻', '+'},
    {U'╋', '+'}, {U'╔', '+'},  {U'╗', '+'},  {U'╚', '+'}, {U'╝', '+'}, {U'╠', '+'}, {U'╣', '+'},
    {U'╞', '+'}, {U'╡', '+'},  {U'…', '~'},  {U'·', '.'}, {U'•', '*'}, {U'●', '*'}, {U'○', 'o'},
    {U'◌', 'o'}, {U'◐', 'o'},  {U'◆', '*'},  {U'◇', 'o'}, {U'■', '#'}, {U'□', 'o'}, {U'▪', '*'},
    {U'▶', '>'}, {U'▸', '>'},  {U'►', '>'},  {U'›', '>'}, {U'»', '>'}, {U'❯', '>'}, {U'◀', '<'},
    {U'◂', '<'}, {U'◄', '<'},  {U'‹', '<'},  {U'«', '<'}, {U'▲', '^'}, {U'▴', '^'}, {U'▼', 'v'},
    {U'▾', 'v'}, {U'←', '<'},  {U'→', '>'},  {U'↑', '^'}, {U'↓', 'v'}, {U'↔', '-'}, {U'↕', '|'},
    {U'⇄', '='}, {U'↻', '@'},  {U'⟳', '@'},  {U'⏎', '<'}, {U'↵', '<'}, {U'✓', '+'}, {U'✔', '+'},
    {U'✗', 'x'}, {U'✘', 'x'},  {U'✕', 'x'},  {U'×', 'x'}, {U'⚠', '!'}, {U'–', '-'}, {U'—', '-'},
    {U'−', '-'}, {U'‘', '\''}, {U'’', '\''}, {U'“', '"'}, {U'”', '"'}, {U'░', '.'}, {U'▒', ':'},
    {U'▓', '#'}, {U'█', '#'},  {U'▌', '|'},  {U'▐', '|'}, {U'▀', '"'}, {U'▄', '-'}, {U'▁', '_'},
    {U'▂', '.'}, {U'▃', ':'},  {U'▅', '='},  {U'▆', '+'}, {U'▇', '*'}, {U'≥', '>'}, {U'≤', '<'},
};

char text_ascii_twin(char32_t character)
{
    if (character < 0x80)
        return '\0';
    for (size_t i = 0; i < sizeof TWINS / sizeof *TWINS; i++)
        if (TWINS[i].character == character)
            return TWINS[i].twin;
    return '\0';
}

/* Of the twins above, those that the kernel's own font (code page 437) has, and nearly all that
   Debian's console-setup brings. None of those has a tick, or bars of eight heights. */
static const char32_t CONSOLE_HAS[] = U"─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╞╡·•■▶◀▲▼←→↑↓░▒█«»";

char text_console_twin(char32_t character)
{
    for (size_t i = 0; CONSOLE_HAS[i] != 0; i++)
        if (CONSOLE_HAS[i] == character)
            return '\0';
    return text_ascii_twin(character);
}

/* --- the gate ----------------------------------------------------------- */

static struct glyph glyph_of(char32_t base, int width)
{
    return (struct glyph){.base = base, .width = (uint8_t)width};
}

static void stand_in_for_byte(struct text_gate *gate, unsigned char byte)
{
    (void)snprintf(gate->stand_in, sizeof gate->stand_in, "<%02X>", byte);
}

static void stand_in_for(struct text_gate *gate, char32_t character)
{
    if (character < 0x20 || character == 0x7F)
        (void)snprintf(gate->stand_in, sizeof gate->stand_in, "^%c", (char)(character ^ 0x40));
    else
        (void)snprintf(gate->stand_in, sizeof gate->stand_in, "<U+%04X>", (unsigned)character);
}

static bool next_of_stand_in(struct text_gate *gate, struct glyph *glyph)
{
    char next = gate->stand_in[gate->stand_in_at];
    if (next == '\0')
        return false;
    gate->stand_in_at++;
    *glyph = glyph_of((char32_t)next, 1);
    return true;
}

static size_t decode_next(const struct text_gate *gate, char32_t *character)
{
    return text_decode((const char *)gate->next, (size_t)(gate->end - gate->next), character);
}

/* Takes the marks that follow a base; those beyond the maximum go nowhere. */
static void take_marks(struct text_gate *gate, struct glyph *glyph)
{
    size_t marks = 0;
    char32_t character;
    size_t taken;
    while ((taken = decode_next(gate, &character)) > 0 && drawn_width(character) == 0) {
        if (marks < TEXT_MARKS_MAX)
            glyph->marks[marks++] = character;
        gate->next += taken;
    }
}

void text_gate_init(struct text_gate *gate, const char *bytes, size_t length, bool ascii)
{
    *gate = (struct text_gate){.ascii = ascii};
    if (length > 0) {
        gate->next = (const unsigned char *)bytes;
        gate->end = gate->next + length;
    }
}

bool text_gate_next(struct text_gate *gate, struct glyph *glyph)
{
    if (next_of_stand_in(gate, glyph))
        return true;
    if (gate->next == gate->end)
        return false;

    gate->stand_in_at = 0;
    gate->stand_in[0] = '\0';
    char32_t character;
    size_t taken = decode_next(gate, &character);
    if (taken == 0) {
        stand_in_for_byte(gate, *gate->next++);
        return next_of_stand_in(gate, glyph);
    }
    int width = drawn_width(character);
    if (gate->ascii && text_ascii_twin(character) != '\0') {
        gate->next += taken;
        *glyph = text_glyph(character, true);
        return true;
    }
    if (width < 0 || (gate->ascii && character > 0x7F)) {
        gate->next += taken;
        stand_in_for(gate, character);
        return next_of_stand_in(gate, glyph);
    }
    if (width == 0) {
        *glyph = glyph_of(U' ', 1);
    } else {
        gate->next += taken;
        *glyph = glyph_of(character, width);
    }
    if (!gate->ascii)
        take_marks(gate, glyph);
    return true;
}

struct glyph text_glyph(char32_t character, bool ascii)
{
    if (ascii && text_ascii_twin(character) != '\0')
        return glyph_of((char32_t)text_ascii_twin(character), 1);
    int width = drawn_width(character);
    if (width <= 0 || (ascii && character > 0x7F))
        return glyph_of(U'?', 1);
    return glyph_of(character, width);
}

size_t text_glyph_utf8(const struct glyph *glyph, char out[TEXT_GLYPH_BYTES + 1])
{
    size_t length = text_encode(glyph->base, out);
    for (size_t i = 0; i < TEXT_MARKS_MAX && glyph->marks[i] != 0; i++)
        length += text_encode(glyph->marks[i], out + length);
    out[length] = '\0';
    return length;
}

size_t text_gate_string(char *out, size_t size, const char *bytes, size_t length, bool ascii)
{
    if (size == 0)
        return 0;
    struct text_gate gate;
    text_gate_init(&gate, bytes, length, ascii);
    struct glyph glyph;
    size_t used = 0;
    while (text_gate_next(&gate, &glyph)) {
        char utf8[TEXT_GLYPH_BYTES + 1];
        size_t count = text_glyph_utf8(&glyph, utf8);
        if (used + count >= size)
            break;
        memcpy(out + used, utf8, count);
        used += count;
    }
    out[used] = '\0';
    return used;
}

size_t text_width(const char *bytes, size_t length, bool ascii)
{
    struct text_gate gate;
    text_gate_init(&gate, bytes, length, ascii);
    struct glyph glyph;
    size_t width = 0;
    while (text_gate_next(&gate, &glyph))
        width += glyph.width;
    return width;
}

static bool is_inside_stand_in(const struct text_gate *gate)
{
    return gate->stand_in[gate->stand_in_at] != '\0';
}

size_t text_fit(const char *bytes, size_t length, size_t width, bool ascii, size_t *columns)
{
    struct text_gate gate;
    text_gate_init(&gate, bytes, length, ascii);
    struct glyph glyph;
    size_t fitting = 0;
    size_t used = 0;
    size_t fitting_columns = 0;
    while (used <= width && text_gate_next(&gate, &glyph)) {
        used += glyph.width;
        if (used <= width && !is_inside_stand_in(&gate)) {
            fitting = (size_t)(gate.next - (const unsigned char *)bytes);
            fitting_columns = used;
        }
    }
    if (columns != NULL)
        *columns = fitting_columns;
    return fitting;
}
