/*
 * Bytes as offset, hexadecimal and ASCII, as many to a line as fit.
 */
#ifndef BRIDGETOP_TUI_HEX_DUMP_H
#define BRIDGETOP_TUI_HEX_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HEX_DUMP_BYTES_MAX = 16, /* of one line */
    HEX_DUMP_SIZE = 192,     /* of a line's text and its NUL */
};

/* 16, 8 or 4 bytes a line, for a width in columns. */
size_t hex_dump_bytes(int width);
size_t hex_dump_lines(size_t length, size_t per_line);

/* Where a byte stands in a line's text: offsets and lengths in bytes. */
struct hex_dump_place {
    uint8_t hex, hex_length;
    uint8_t ascii, ascii_length;
};

/* Whether a byte is not to be read; it shows as dots. */
typedef bool (*hex_dump_hides)(size_t offset, const void *context);

/* Writes line number `line`: offset, hexadecimal, the same as ASCII. Empty text beyond the last
   one. `hides` may be NULL. Returns the text's length. `places` (may be NULL) is where each of its
   bytes stands. */
size_t hex_dump_line(char text[HEX_DUMP_SIZE], const char *bytes, size_t length, size_t per_line,
                     size_t line, hex_dump_hides hides, const void *context,
                     struct hex_dump_place places[HEX_DUMP_BYTES_MAX]);

#endif
