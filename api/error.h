/*
 * A failure as a value: one line that a person can act on.
 *
 * Functions that can fail return false (or NULL) and fill a `struct error` that
 * the caller owns, usually on its stack. The line says first what is wrong, then
 * why, without a trailing newline. It may quote bytes from outside, so it passes
 * the text gate (tui/text.h) before it reaches a terminal. It never holds the
 * API key.
 */
#ifndef BRIDGETOP_API_ERROR_H
#define BRIDGETOP_API_ERROR_H

#include <stdbool.h>

enum { ERROR_MAX = 512 };

struct error {
    char message[ERROR_MAX];
};

/* Writes the formatted line into `error`, cut to fit between characters; `error` may be NULL, and
   the arguments may be its present message.
   Always returns false, so that a failing function can end with
   `return error_set(error, "…")`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the line that is already there. Returns false. */
bool error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
