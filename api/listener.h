/*
 * An HTTP server on the loop: whole requests in, answers out.
 *
 * libmicrohttpd without a thread of its own does the HTTP; this module gives it
 * the loop, the limits, and the framing checks it leaves out (both lengths,
 * doubled or odd Transfer-Encoding, no or two Host, control bytes in values, a head
 * that it read only in part: 400 and the connection is closed). It knows nothing of signatures or
 * storage: the inbox answers deliveries through it, the sandbox its API calls.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_LISTENER_H
#define BRIDGETOP_API_LISTENER_H

#include "api/ambient.h"
#include "api/error.h"
#include "api/headers.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Every limit, with what is answered when it is crossed. */
enum {
    LISTENER_CONNECTIONS_MAX = 1024,        /* or half the descriptors; further ones wait */
    LISTENER_CONNECTION_MEMORY = 32 * 1024, /* request line and headers: 431 */
    LISTENER_BODY_MAX = 1024 * 1024,        /* 413 */
    LISTENER_BODIES_MAX = 64 * 1024 * 1024, /* of all connections together: 503 */
    LISTENER_IDLE_S = 5,                    /* silence: closed */
    LISTENER_REQUEST_MS = 10 * 1000,        /* a whole request: 408; reading its answer: closed */
};

struct listener;
struct exchange; /* one request that is waiting for its answer */

struct listener_request {
    const char *method;
    const char *target; /* path and query, as sent */
    const struct header_list *headers;
    const char *body; /* exact bytes; not NULL, also when empty */
    size_t body_length;
    const char *peer;    /* "127.0.0.1:51234" */
    int64_t received_ms; /* when the last byte was read */
};

/* Called on the loop once a request is whole. It must lead to exactly one
   exchange_respond() or exchange_drop(), at once or later. */
typedef void (*listener_handler)(struct exchange *exchange, void *context);

struct listener_config {
    const char *address; /* "127.0.0.1", "::1", "0.0.0.0": numbers, or "localhost" */
    uint16_t port;       /* 0: any free one */
    struct ambient ambient;
    listener_handler handler;
    void *context;
};

/* Binds and listens before it returns. On failure: "cannot listen on 127.0.0.1:8787: address
   already in use". */
struct listener *listener_new(uv_loop_t *loop, const struct listener_config *config,
                              struct error *error);

uint16_t listener_port(const struct listener *listener);
size_t listener_connections(const struct listener *listener);

/* Takes no new connections; those that are open are served to their end: each answer from then on
   closes its connection. */
void listener_pause(struct listener *listener);

/* Ends everything: open connections are closed, exchanges become invalid without
   an answer (the owner must have dropped its references first), but answers that
   were just given still go out. May be called from within the handler. `closed` is
   called on the loop when all handles are gone and the listener has been freed. */
void listener_close(struct listener *listener, void (*closed)(void *context), void *context);

/* The request, valid until the exchange has been answered or dropped. */
const struct listener_request *exchange_request(const struct exchange *exchange);

/* Takes the body over from the request: the caller frees it with free(), and the request's body is
   empty from then on. NULL when memory is out. */
char *exchange_take_body(struct exchange *exchange, size_t *length);

/* Answers and ends the exchange. `headers` (may be NULL) come besides Content-Type and
   Content-Length. Everything is copied. Returns the microseconds since the
   request was whole. Works also after the peer has gone. An answer that cannot be made (memory is
   out, a header that is none) closes the connection. */
int64_t exchange_respond(struct exchange *exchange, int status, const char *content_type,
                         const struct header_list *headers, const void *body, size_t length);

/* Closes the connection without an answer. */
void exchange_drop(struct exchange *exchange);

#endif
