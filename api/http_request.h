/*
 * A strict parser of HTTP/1.1 requests (RFC 9110, 9112): bytes in, events out, no I/O.
 *
 * Bytes may come in any split. A receiver behind a proxy or a tunnel must agree with it on where
 * a request ends; where two implementations could differ, a second request hides in the first
 * (RFC 9112, 11.2). So whatever could be read in two ways is refused, and nothing is repaired:
 *
 *   lines       end in CR LF; no other control byte but the tab in a value; no folding
 *   head        one blank between method, target and version; a name is a token right up to its
 *               colon; HTTP/1.0 or 1.1; one Host (on 1.0 at most one)
 *   target      a path; of http://host/path and https://host/path the path (RFC 9112, 3.2.2)
 *   length      one Content-Length, all digits, or one Transfer-Encoding that says chunked, on 1.1
 *   chunks      sizes are hex digits alone; extensions and trailers are bounded, checked, dropped
 *
 * The body is handed on as it was sent: a Content-Encoding is for others to undo.
 */
#ifndef BRIDGETOP_API_HTTP_REQUEST_H
#define BRIDGETOP_API_HTTP_REQUEST_H

#include "api/headers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_limits {
    size_t head_bytes;   /* request line and fields: 414 or 431 */
    size_t header_count; /* 431; at most HEADER_COUNT_MAX */
    size_t body_bytes;   /* 413 */
    size_t extra_bytes;  /* chunk extensions 413, trailers 431 */
};

enum http_event {
    HTTP_MORE,     /* all bytes were taken, and more are needed */
    HTTP_HEAD,     /* the head is whole and in order */
    HTTP_BODY,     /* `body` is the next part of the body, within the bytes that were fed */
    HTTP_COMPLETE, /* the request is whole: what follows is another one */
    HTTP_REFUSED,  /* `status` says how; nothing after it can be understood */
};

enum http_state {
    HTTP_AT_START,
    HTTP_AT_REQUEST_LINE,
    HTTP_AT_FIELD,
    HTTP_AT_SIZED_BODY,
    HTTP_AT_CHUNK_SIZE,
    HTTP_AT_CHUNK_EXTENSION,
    HTTP_AT_CHUNK_LINE_END,
    HTTP_AT_CHUNK,
    HTTP_AT_CHUNK_END,
    HTTP_AT_TRAILER,
    HTTP_AT_END,
    HTTP_AT_REFUSAL,
};

struct http_request {
    /* From HTTP_HEAD on; the strings are the parser's, and may move with each call until
       HTTP_COMPLETE. */
    const char *method;
    const char *target;
    struct header_list headers; /* names and values without the blanks around them */
    int64_t content_length;     /* -1: in chunks */
    bool keep_alive;            /* another request may follow */
    bool expects_continue;      /* "Expect: 100-continue" */

    const char *body; /* HTTP_BODY */
    size_t body_length;
    int status; /* HTTP_REFUSED: 400, 413, 414, 417, 431, 501, 503 (memory is out), 505 */

    /* The parser's own. */
    const struct http_limits *limits;
    enum http_state state;
    char *head; /* lines as they came, a NUL in place of each end */
    size_t head_length;
    size_t head_capacity;
    size_t line;   /* where the present line begins */
    size_t taken;  /* bytes of the head, or of extensions and trailers */
    uint64_t left; /* of the body, or of the chunk */
    uint64_t body_so_far;
    unsigned digits; /* of the chunk's size */
    unsigned hosts, lengths, codings;
    bool version_1_0;
    bool after_cr;
};

/* The limits must outlive it. Takes no memory before the first byte of a request. */
void http_request_init(struct http_request *request, const struct http_limits *limits);

/* Takes up to `length` bytes, as far as the next event; `used` is how many. Call it again with the
   rest after each event but HTTP_MORE; with no bytes left it may still have HTTP_COMPLETE to give.
   HTTP_COMPLETE and HTTP_REFUSED are given until the request is reset. */
enum http_event http_request_feed(struct http_request *request, const char *bytes, size_t length,
                                  size_t *used);

/* Whether a byte of the request has been taken. */
bool http_request_begun(const struct http_request *request);

/* For the next request; keeps little memory. */
void http_request_reset(struct http_request *request);

void http_request_clear(struct http_request *request);

/* What a Content-Length says: digits alone, else -1. Saturates. */
int64_t http_content_length(const char *value);

#endif
