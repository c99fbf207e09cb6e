/*
 * Values of a JSON text, found where they stand: fields by name, elements in order.
 *
 * Nothing is parsed into a tree. One reader (json_text.h) decides what is JSON and also what a
 * field says, so the two cannot disagree; integers keep all their digits, a string does not
 * end at an escaped NUL, and a list of a million zeros costs no more memory than its text.
 *
 * A value points into the caller's bytes, which must outlive it.
 */
#ifndef BRIDGETOP_API_JSON_VALUE_H
#define BRIDGETOP_API_JSON_VALUE_H

#include "api/json_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_value {
    enum json_kind kind; /* of its first token; JSON_END: absent */
    const char *text;    /* from the first byte to the last, as written; NULL when absent */
    size_t length;
};

/* Reads a text that is one whole value. False when it is not JSON; *error_at is the byte. */
bool json_value_read(const char *text, size_t length, struct json_value *value, size_t *error_at);

/* --- containers ----------------------------------------------------------- */

/* Walks what is directly inside an object or an array. Other values have nothing inside. */
void json_walk_begin(struct json_scan *walk, struct json_value container);

/* The next member or element; false at the end. `name` is a JSON_KEY, absent in an array. */
bool json_walk_next(struct json_scan *walk, struct json_value *name, struct json_value *value);

struct json_field {
    const char *name;
    struct json_value value; /* filled in; absent when the object has no such name */
};

/* Finds fields by name. Of a name that comes twice the last counts. All are absent in what is
   not an object. */
void json_fields_find(struct json_value object, struct json_field *fields, size_t count);

/* --- scalars ---------------------------------------------------------------- */

/* A string decoded, or a number, true or false as written: allocated, at most `maximum` bytes, cut
   before a character that does not fit whole, an escaped NUL as U+FFFD. *text is NULL for null, a
   container and an absent value. False only when memory is out. */
bool json_value_string(struct json_value value, size_t maximum, char **text);

/* The same, and a container as it was written. */
bool json_value_text(struct json_value value, size_t maximum, char **text);

/* A number, or a string of digits, that is whole and fits. Nothing is rounded: 1e3 and
   9223372036854775808 are refused, 7.0 is 7. */
bool json_value_integer(struct json_value value, int64_t *number);

#endif
