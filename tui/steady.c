#include "tui/steady.h"

#include <wchar.h>

/* Ranges in which terminals agree: by table or by age. Sorted. What is in none of them is doubtful.
 */
static const struct {
    char32_t first, last;
} AGREED[] = {
    {0x0020, 0x02FF},                   /* Latin */
    {0x0370, 0x0482},                   /* Greek, Cyrillic */
    {0x048A, 0x058F},                   /* … and Armenian */
    {0x05BE, 0x05BE}, {0x05D0, 0x05EA}, /* Hebrew letters */
    {0x0620, 0x064A},                   /* Arabic letters */
    {0x0660, 0x066F},                   /* … and digits */
    {0x1E00, 0x1FFE},                   /* Latin and Greek with their marks */
    {0x2010, 0x2027},                   /* punctuation, currencies, arrows, boxes, shapes: ours */
    {0x2030, 0x20BF}, {0x2100, 0x2319}, {0x2320, 0x23E8}, {0x2400, 0x25FC},
    {0x2600, 0x27BF}, /* what of it is narrow */
    {0x2800, 0x28FF}, /* Braille */
    {0x2E80, 0x3029}, /* CJK */
    {0x3030, 0x303E}, {0x3041, 0x3098}, {0x309B, 0xA4C6}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAD9}, {0xFE30, 0xFE6B}, {0xFF01, 0xFFEE}, {0x20000, 0x2FA1D},
};

static bool is_agreed(char32_t base)
{
    for (size_t i = 0; i < sizeof AGREED / sizeof *AGREED; i++)
        if (base <= AGREED[i].last)
            return base >= AGREED[i].first;
    return false;
}

static bool is_european_mark(char32_t mark)
{
    return mark >= 0x0300 && mark <= 0x036F;
}

/* Emoji that are wide stand among symbols that are narrow, and became it late (Unicode 9). */
static bool is_late_emoji(const struct glyph *glyph)
{
    return glyph->width == 2 && glyph->base >= 0x2000 && glyph->base < 0x2E80;
}

bool steady_is_doubtful(const struct glyph *glyph)
{
    for (size_t i = 0; i < TEXT_MARKS_MAX && glyph->marks[i] != 0; i++)
        if (!is_european_mark(glyph->marks[i]) || glyph->width != 1)
            return true;
    return !is_agreed(glyph->base) || is_late_emoji(glyph);
}

/* A character that can begin a glyph, and the marks behind it. Returns the bytes it takes, 0 for a
   control or the end. */
static size_t next_glyph(const char *bytes, size_t length, struct glyph *glyph)
{
    size_t taken = text_decode(bytes, length, &glyph->base);
    int width = taken > 0 && glyph->base >= 0x20 ? wcwidth((wchar_t)glyph->base) : -1;
    if (width < 1)
        return 0;
    *glyph = (struct glyph){.base = glyph->base, .width = (uint8_t)width};
    for (size_t marks = 0; marks < TEXT_MARKS_MAX; marks++) {
        char32_t mark;
        size_t more = text_decode(bytes + taken, length - taken, &mark);
        if (more == 0 || mark < 0x80 || wcwidth((wchar_t)mark) != 0)
            break;
        glyph->marks[marks] = mark;
        taken += more;
    }
    return taken;
}

static void append_steady(struct buffer *out, const char *bytes, size_t length, int width)
{
    (void)buffer_printf(out, STEADY_SAVE "%*s" STEADY_RESTORE, width, "");
    (void)buffer_append(out, bytes, length);
    (void)buffer_printf(out, STEADY_RESTORE "\033[%dC", width);
}

void steady_append(struct buffer *out, const char *bytes, size_t length)
{
    size_t plain = 0; /* where what is not appended yet begins */
    for (size_t at = 0; at < length;) {
        struct glyph glyph;
        size_t taken = next_glyph(bytes + at, length - at, &glyph);
        if (taken <= 1 || !steady_is_doubtful(&glyph)) {
            at += taken > 0 ? taken : 1;
            continue;
        }
        (void)buffer_append(out, bytes + plain, at - plain);
        append_steady(out, bytes + at, taken, glyph.width);
        at += taken;
        plain = at;
    }
    (void)buffer_append(out, bytes + plain, length - plain);
}
