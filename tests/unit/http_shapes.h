/*
 * Requests as bytes, and what is to become of them: for the parser alone, and over a socket.
 */
#ifndef BRIDGETOP_TESTS_HTTP_SHAPES_H
#define BRIDGETOP_TESTS_HTTP_SHAPES_H

#include <stddef.h>

/* Each could be read in two ways by two implementations, or is not HTTP at all. */
struct http_shape {
    const char *name; /* NULL at the end */
    const char *bytes;
    size_t length; /* 0: up to the NUL */
    int status;    /* that refuses it */
};

extern const struct http_shape http_refused[];

size_t http_shape_length(const struct http_shape *shape);

/* Odd, but there is one way to read it. */
struct http_taken_shape {
    const char *name; /* NULL at the end */
    const char *bytes;
    const char *body;
};

extern const struct http_taken_shape http_taken[];

#endif
