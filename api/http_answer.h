/*
 * An HTTP/1.1 answer as bytes (RFC 9110, 9112). Pure.
 */
#ifndef BRIDGETOP_API_HTTP_ANSWER_H
#define BRIDGETOP_API_HTTP_ANSWER_H

#include "api/buffer.h"
#include "api/headers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_DATE_SIZE = 30 }; /* "Sun, 06 Nov 1994 08:49:37 GMT" */

struct http_answer {
    int status;
    const char *content_type;          /* NULL: none */
    const struct header_list *headers; /* besides those named here; may be NULL */
    const void *body;
    size_t length;
    const char *date; /* http_date(); NULL: none */
    bool close;       /* the connection is closed after it */
    bool head_only;   /* the request was HEAD: the length is told, the body left out */
};

/* Appends head and body. False when memory is out, or a header's name is no token or its value
   holds a control byte: it could end the head early. */
bool http_answer_append(struct buffer *out, const struct http_answer *answer);

/* RFC 9110, 5.6.7, of milliseconds since 1970. */
void http_date(int64_t wall_ms, char text[HTTP_DATE_SIZE]);

#endif
