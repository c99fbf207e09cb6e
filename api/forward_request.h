/*
 * What goes to the application: the delivery's bytes and its headers, to a URL. Pure.
 *
 * All header fields go on as they came, in their order, but for those that are about the connection
 * they came over (RFC 9110, 7.6.1): Connection and what it names, Keep-Alive, Proxy-Connection, TE,
 * Trailer, Transfer-Encoding, Upgrade; Expect, which a receiver has answered; and Host and
 * Content-Length, which are those of the new request. None is added.
 */
#ifndef BRIDGETOP_API_FORWARD_REQUEST_H
#define BRIDGETOP_API_FORWARD_REQUEST_H

#include "api/error.h"
#include "api/headers.h"

#include <stdbool.h>

enum { FORWARD_URL_MAX = 2048, FORWARD_NAME_MAX = 128 };

/* Where deliveries are handed on to. */
struct forward_to {
    char url[FORWARD_URL_MAX];   /* without a trailing blank path: "http://127.0.0.1:3000" */
    bool own_path;               /* it has one, which all go to; else each goes to its own */
    char name[FORWARD_NAME_MAX]; /* "127.0.0.1:3000", for people */
};

/* Reads http:// or https:// with a host and no user; a fragment is refused. False with a line. */
bool forward_to_read(const char *text, struct forward_to *to, struct error *error);

/* The URL for a delivery to this target (path and query, from outside), allocated. NULL when memory
   is out. */
char *forward_url(const struct forward_to *to, const char *target);

/* Takes from a delivery's header fields what does not go on. False when memory is out. */
bool forward_filter_headers(struct header_list *headers);

#endif
