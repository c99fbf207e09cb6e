#include "tui/hex_dump.h"

#include <stdio.h>
#include <string.h>

size_t hex_dump_bytes(int width)
{
    enum { SIXTEEN = 76, EIGHT = 44 };
    return width >= SIXTEEN ? HEX_DUMP_BYTES_MAX : width >= EIGHT ? 8 : 4;
}

size_t hex_dump_lines(size_t length, size_t per_line)
{
    return length / per_line + (length % per_line > 0);
}

static bool is_printable(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F;
}

size_t hex_dump_line(char text[HEX_DUMP_SIZE], const char *bytes, size_t length, size_t per_line,
                     size_t line, hex_dump_hides hides, const void *context,
                     struct hex_dump_place places[HEX_DUMP_BYTES_MAX])
{
    text[0] = '\0';
    if (line >= hex_dump_lines(length, per_line))
        return 0;
    size_t offset = line * per_line;
    size_t count = length - offset < per_line ? length - offset : per_line;
    char ascii[HEX_DUMP_BYTES_MAX * 3 + 1]; /* a hidden byte's dot takes three */
    size_t shown = 0;
    size_t at = (size_t)snprintf(text, HEX_DUMP_SIZE, "%06zx ", offset);
    for (size_t i = 0; i < per_line; i++) {
        const char *gap = i == per_line / 2 ? "  " : " ";
        unsigned char byte = i < count ? (unsigned char)bytes[offset + i] : 0;
        size_t gap_length = strlen(gap);
        size_t begun = at;
        size_t shown_before = shown;
        bool hidden = i < count && hides != NULL && hides(offset + i, context);
        if (i >= count)
            at += (size_t)snprintf(text + at, HEX_DUMP_SIZE - at, "%s  ", gap);
        else if (hidden)
            at += (size_t)snprintf(text + at, HEX_DUMP_SIZE - at, "%s••", gap);
        else
            at += (size_t)snprintf(text + at, HEX_DUMP_SIZE - at, "%s%02x", gap, byte);
        if (i < count && hidden)
            shown += (size_t)snprintf(ascii + shown, sizeof ascii - shown, "•");
        else if (i < count)
            ascii[shown++] = (char)(is_printable(byte) ? byte : '.');
        if (i < count && places != NULL)
            places[i] = (struct hex_dump_place){.hex = (uint8_t)(begun + gap_length),
                                                .hex_length = (uint8_t)(at - begun - gap_length),
                                                .ascii = (uint8_t)shown_before,
                                                .ascii_length = (uint8_t)(shown - shown_before)};
    }
    ascii[shown] = '\0';
    for (size_t i = 0; i < count && places != NULL; i++)
        places[i].ascii = (uint8_t)(places[i].ascii + at + 3); /* behind "  |" */
    at += (size_t)snprintf(text + at, HEX_DUMP_SIZE - at, "  |%s|", ascii);
    return at;
}
