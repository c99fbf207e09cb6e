/*
 * JSON as text: a pull scanner over the bytes as they came (RFC 8259, strict).
 *
 * cJSON reads fields but loses what was written: digits beyond 2^53, escapes,
 * duplicate keys, white space. What a person inspects, and what was signed, is
 * the text itself, so everything that shows a payload or cuts one element out
 * of a list walks it with this scanner. It allocates nothing and keeps only
 * positions into the caller's bytes.
 */
#ifndef BRIDGETOP_API_JSON_TEXT_H
#define BRIDGETOP_API_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_DEPTH_MAX = 128 };

enum json_kind {
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY, /* a member's name, quotes included in the span */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
    JSON_END,  /* the text is complete and well formed */
    JSON_ERROR /* not JSON from `start` on; every further call says so again */
};

struct json_token {
    enum json_kind kind;
    size_t start;  /* offset of the first byte */
    size_t length; /* in bytes, as written */
    int depth;     /* 0 at the top; a container's begin and end have the same depth */
};

struct json_scan {
    const char *text;
    size_t length;
    size_t position;
    int depth;
    unsigned char expect;                              /* what may come next; private */
    unsigned char in_object[(JSON_DEPTH_MAX + 7) / 8]; /* a bit a level; private */
};

/* Starts over `length` bytes at `text`, which must outlive the scan. */
void json_scan_init(struct json_scan *scan, const char *text, size_t length);

/* The next token. After JSON_END or JSON_ERROR it repeats itself. Deeper than
   JSON_DEPTH_MAX, a string that is not UTF-8, trailing bytes: JSON_ERROR. */
struct json_token json_scan_next(struct json_scan *scan);

/* Moves past the value that `token`, the last one given, begins (a container to its end, a
   scalar not at all) and returns the whole value's length from token.start. 0 on an error, and for
   a token that begins no value (a key, an end). */
size_t json_scan_skip(struct json_scan *scan, struct json_token token);

/* The same in text that is known to be well formed: only strings and brackets are looked at. */
size_t json_scan_leap(struct json_scan *scan, struct json_token token);

/* Whether the whole text is one well-formed JSON value. */
bool json_valid(const char *text, size_t length);

/* Decodes a JSON_KEY or JSON_STRING token (escapes, surrogate pairs) to UTF-8.
   Returns an allocated, NUL-terminated string and its length (may be NULL), NULs from \u0000
   included, or NULL when memory is out. `quoted` points at the opening quote. An escaped half of a
   surrogate pair without its other half becomes U+FFFD: the result is always UTF-8. */
char *json_string_decode(const char *quoted, size_t quoted_length, size_t *length);

/* The same for one step inside a string: a byte that stands for itself, or an escape (with its
   other half where it has one). Returns how many bytes it takes, at least 1, and writes what it
   stands for, at most 4 bytes of UTF-8. There must be something between `at` and `end`. */
size_t json_string_step(const char *at, const char *end, char out[4], size_t *written);

#endif
