/*
 * Writing JSON text into a buffer, for the sandbox's answers and events.
 *
 * Strings may hold any bytes: what is not UTF-8 becomes U+FFFD, so that an
 * answer is always well-formed JSON, also when it quotes a receiver that is not.
 */
#ifndef BRIDGETOP_API_SANDBOX_JSON_H
#define BRIDGETOP_API_SANDBOX_JSON_H

#include "api/buffer.h"

#include <stddef.h>
#include <stdint.h>

/* A quoted, escaped string; `null` when text is NULL. */
void sandbox_json_string(struct buffer *out, const char *text);
void sandbox_json_bytes(struct buffer *out, const char *bytes, size_t length);

/* A quoted ISO 8601 time. */
void sandbox_json_time(struct buffer *out, int64_t ms);

/* `"name":` and the value; a comma goes before it unless an object or array has just begun. */
void sandbox_json_name(struct buffer *out, const char *name);
void sandbox_json_member(struct buffer *out, const char *name, const char *text);
void sandbox_json_member_time(struct buffer *out, const char *name, int64_t ms);
void sandbox_json_member_integer(struct buffer *out, const char *name, int64_t number);

/* Begins the next element: a comma unless an object or array has just begun. */
void sandbox_json_next(struct buffer *out);

#endif
