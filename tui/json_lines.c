#include "tui/json_lines.h"

#include "api/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- growing ------------------------------------------------------------ */

static bool make_room(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t larger = *capacity > 0 ? *capacity * 2 : 64;
    void *moved = reallocarray(*items, larger, size);
    if (moved == NULL)
        return false;
    *items = moved;
    *capacity = larger;
    return true;
}

static bool begin_line(struct json_lines *lines, int depth)
{
    if (!make_room((void **)&lines->lines, lines->line_count, &lines->line_capacity,
                   sizeof *lines->lines))
        return false;
    lines->lines[lines->line_count++] = (struct json_line){
        .first_span = (uint32_t)lines->span_count,
        .indent = (uint16_t)(depth * JSON_LINES_INDENT),
    };
    return true;
}

/* Adds to the last line, of which there is one. */
static bool add_span(struct json_lines *lines, enum role role, size_t offset, size_t length,
                     bool blank_before)
{
    if (!make_room((void **)&lines->spans, lines->span_count, &lines->span_capacity,
                   sizeof *lines->spans))
        return false;
    lines->spans[lines->span_count++] = (struct json_span){
        .offset = (uint32_t)offset,
        .length = (uint32_t)length,
        .role = (uint8_t)role,
        .blank_before = blank_before,
    };
    lines->lines[lines->line_count - 1].span_count++;
    return true;
}

/* --- JSON --------------------------------------------------------------- */

static enum role role_of(enum json_kind kind)
{
    switch (kind) {
    case JSON_KEY:
        return ROLE_JSON_KEY;
    case JSON_STRING:
        return ROLE_JSON_STRING;
    case JSON_NUMBER:
        return ROLE_JSON_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        return ROLE_JSON_WORD;
    case JSON_OBJECT_BEGIN:
    case JSON_OBJECT_END:
    case JSON_ARRAY_BEGIN:
    case JSON_ARRAY_END:
    case JSON_END:
    case JSON_ERROR:
        break;
    }
    return ROLE_NORMAL;
}

static bool is_begin(enum json_kind kind)
{
    return kind == JSON_OBJECT_BEGIN || kind == JSON_ARRAY_BEGIN;
}

static bool is_end(enum json_kind kind)
{
    return kind == JSON_OBJECT_END || kind == JSON_ARRAY_END;
}

/* The comma or colon between two tokens, where there is one, stays on the line of the first. */
static bool add_separator(struct json_lines *lines, const char *bytes, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++)
        if (bytes[at] == ',' || bytes[at] == ':')
            return add_span(lines, ROLE_NORMAL, at, 1, false);
    return true;
}

/* A token goes on the line of the one before it when it is a member's value or closes an empty
   container; any other begins a line. */
static bool lay_out_json(struct json_lines *lines, const char *bytes, size_t length)
{
    struct json_scan scan;
    json_scan_init(&scan, bytes, length);
    struct json_token before = {.kind = JSON_END};
    for (struct json_token token = json_scan_next(&scan);
         token.kind != JSON_END && token.kind != JSON_ERROR; token = json_scan_next(&scan)) {
        bool first = before.kind == JSON_END;
        bool is_value = before.kind == JSON_KEY;
        bool closes_empty = is_end(token.kind) && is_begin(before.kind);
        if (!first && !add_separator(lines, bytes, before.start + before.length, token.start))
            return false;
        if (!is_value && !closes_empty) {
            if (lines->line_count == JSON_LINES_MAX) {
                lines->cut = true;
                return true;
            }
            if (!begin_line(lines, token.depth))
                return false;
        }
        if (!add_span(lines, role_of(token.kind), token.start, token.length, is_value))
            return false;
        before = token;
    }
    return true;
}

/* --- any other text ------------------------------------------------------ */

static bool lay_out_plain(struct json_lines *lines, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(bytes + at, '\n', length - at);
        size_t end = newline != NULL ? (size_t)(newline - bytes) : length;
        size_t shown = end > at && newline != NULL && bytes[end - 1] == '\r' ? end - 1 : end;
        if (lines->line_count == JSON_LINES_MAX) {
            lines->cut = true;
            return true;
        }
        if (!begin_line(lines, 0))
            return false;
        if (shown > at && !add_span(lines, ROLE_NORMAL, at, shown - at, false))
            return false;
        at = end + 1;
    }
    return true;
}

bool json_lines_init(struct json_lines *lines, const char *bytes, size_t length)
{
    *lines = (struct json_lines){0};
    if (length > UINT32_MAX) {
        lines->cut = true;
        length = UINT32_MAX;
    }
    lines->is_json = length > 0 && json_valid(bytes, length);
    bool done =
        lines->is_json ? lay_out_json(lines, bytes, length) : lay_out_plain(lines, bytes, length);
    if (!done)
        json_lines_clear(lines);
    return done;
}

void json_lines_clear(struct json_lines *lines)
{
    free(lines->lines);
    free(lines->spans);
    *lines = (struct json_lines){0};
}

/* --- exact to the byte --------------------------------------------------- */

size_t hex_line_count(size_t length)
{
    return length / HEX_LINE_BYTES + (length % HEX_LINE_BYTES > 0);
}

static bool is_printable(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F;
}

size_t hex_line(char text[HEX_LINE_SIZE], const char *bytes, size_t length, size_t line)
{
    text[0] = '\0';
    if (line >= hex_line_count(length))
        return 0;
    size_t offset = line * HEX_LINE_BYTES;
    const unsigned char *from = (const unsigned char *)bytes + offset;
    size_t count = length - offset < HEX_LINE_BYTES ? length - offset : HEX_LINE_BYTES;

    char hex[HEX_LINE_BYTES * 3 + 2];
    char ascii[HEX_LINE_BYTES + 1];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const char *gap = i == HEX_LINE_BYTES / 2 ? "  " : " ";
        used += (size_t)snprintf(hex + used, sizeof hex - used, "%s%02x", gap, from[i]);
        ascii[i] = '.';
        if (is_printable(from[i]))
            ascii[i] = (char)from[i];
    }
    ascii[count] = '\0';
    int written =
        snprintf(text, HEX_LINE_SIZE, "%06zx %-*s |%s|", offset, (int)sizeof hex - 1, hex, ascii);
    return written < 0 ? 0 : (size_t)written;
}
