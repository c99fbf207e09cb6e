/*
 * Whether the head of a request is one that every HTTP implementation on the way
 * reads alike.
 *
 * A receiver behind a proxy or a tunnel must agree with it on where a request
 * ends; where the two could differ, a second request hides in the first (RFC
 * 9112, 11.2). libmicrohttpd answers some such shapes, so the head is checked
 * again here, and what could be read in two ways is refused.
 *
 * Pure: no sockets, no library.
 */
#ifndef BRIDGETOP_API_LISTENER_FRAMING_H
#define BRIDGETOP_API_LISTENER_FRAMING_H

#include "api/headers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct framing_head {
    const char *method;
    const char *target;
    const char *version; /* "HTTP/1.1" */
    const struct header_list *headers;
};

/* The method and names are tokens, the target is a path, values hold no control bytes; HTTP/1.0 or
   1.1; one Host (1.0: at most one); at most one Content-Length, all digits; or one
   Transfer-Encoding that says chunked, on 1.1 and without a Content-Length. */
bool framing_acceptable(const struct framing_head *head);

/* What Content-Length says, of an acceptable head; -1 when there is none. Saturates. */
int64_t framing_content_length(const struct header_list *headers);

#endif
