/*
 * Writes JSON text into a buffer (api/buffer.h): any bytes in, valid JSON in UTF-8 out.
 *
 * A failed append marks the buffer, so a run of calls needs one check.
 */
#ifndef BRIDGETOP_API_JSON_WRITE_H
#define BRIDGETOP_API_JSON_WRITE_H

#include "api/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether all of it is UTF-8, shortest forms and no surrogates (RFC 3629). */
bool json_is_utf8(const char *bytes, size_t length);

/* A string in quotes. What is not UTF-8 as a whole is taken for ISO 8859-1, in which HTTP header
   fields come (RFC 9110, 5.5), so that no byte is lost. Control characters are escaped, DEL and C1
   too: the text may be looked at on a terminal. */
void json_write_bytes(struct buffer *to, const char *bytes, size_t length);

/* The same of a NUL-terminated string; NULL is null. */
void json_write_string(struct buffer *to, const char *string);

/* Base64 (RFC 4648, padded) in quotes. */
void json_write_base64(struct buffer *to, const char *bytes, size_t length);

#endif
