/*
 * A payload laid out for reading without changing a byte of it, and its exact bytes.
 *
 * JSON is broken into lines, one member each, from the text as it came: every span
 * points into the caller's bytes, so digits, escapes, order and duplicate names
 * show as they were written. Only white space between tokens is ours. Text that
 * is not JSON is split at its newlines.
 *
 * Spans are still untrusted bytes: they reach the screen through the text gate.
 */
#ifndef BRIDGETOP_TUI_JSON_LINES_H
#define BRIDGETOP_TUI_JSON_LINES_H

#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_LINES_MAX = 100000, /* beyond it `cut` is set */
    JSON_LINES_INDENT = 2,   /* columns a level */
};

struct json_span {
    uint32_t offset; /* into the original bytes */
    uint32_t length;
    uint8_t role;      /* enum role */
    bool blank_before; /* shown one column apart from the span before it */
};

struct json_line {
    uint32_t first_span;
    uint16_t span_count; /* 0: an empty line */
    uint16_t indent;     /* columns */
};

struct json_lines {
    struct json_line *lines;
    size_t line_count;
    size_t line_capacity;
    struct json_span *spans;
    size_t span_count;
    size_t span_capacity;
    bool is_json;
    bool cut; /* there was more than JSON_LINES_MAX lines, or bytes beyond 4 GiB */
};

/* Lays out `length` bytes. False when memory is out; the lines are empty then. */
bool json_lines_init(struct json_lines *lines, const char *bytes, size_t length);
void json_lines_clear(struct json_lines *lines);

/* --- exact to the byte --------------------------------------------------- */

enum {
    HEX_LINE_BYTES = 16,
    HEX_LINE_SIZE = 96, /* of a line's text and its NUL */
};

/* The lines that `length` bytes take. */
size_t hex_line_count(size_t length);

/* Writes line number `line`: offset, up to 16 bytes in hexadecimal, the same as ASCII. Empty text
   beyond the last line. Returns the text's length. */
size_t hex_line(char text[HEX_LINE_SIZE], const char *bytes, size_t length, size_t line);

#endif
