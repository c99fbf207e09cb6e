/*
 * How far text goes on without anything that JSON or UTF-8 would have to be looked at for: eight
 * bytes at a time. Nearly all of a payload is such text.
 */
#ifndef BRIDGETOP_API_JSON_PLAIN_H
#define BRIDGETOP_API_JSON_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Printable ASCII but for the quote and the backslash. */
static inline bool json_is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

/* How many bytes at the beginning are. */
static inline size_t json_plain_run(const char *bytes, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
    size_t at = 0;
    for (uint64_t word; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
        /* A byte's high bit is set where it is one of those, or where one before it is. */
        uint64_t other = (word - ones * 0x20) | (word + ones) | (quote - ones) | (backslash - ones);
        if (((other | word) & highs) != 0)
            break;
    }
    while (at < length && json_is_plain((unsigned char)bytes[at]))
        at++;
    return at;
}

/* How many bytes at the beginning are ASCII. */
static inline size_t json_ascii_run(const char *bytes, size_t length)
{
    const uint64_t highs = UINT64_C(0x8080808080808080);
    size_t at = 0;
    for (uint64_t word; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        if ((word & highs) != 0)
            break;
    }
    while (at < length && (unsigned char)bytes[at] < 0x80)
        at++;
    return at;
}

#endif
