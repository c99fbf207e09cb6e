/*
 * An HTTP server on the loop: whole requests in, answers out.
 *
 * It reads HTTP/1.1 strictly (http_request.h), in plain or through TLS (tls.h), keeps connections
 * open, and serves the requests on one in order, one at a time. What is malformed or too large it
 * refuses itself. It knows nothing of signatures or storage: the inbox answers deliveries through
 * it, the sandbox its API calls.
 *
 * It stands on the internet: memory and time are bounded for each connection and for all of them,
 * and slow peers, however many, keep nobody out. With no connections it costs nothing.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_LISTENER_H
#define BRIDGETOP_API_LISTENER_H

#include "api/ambient.h"
#include "api/cidr.h"
#include "api/error.h"
#include "api/headers.h"
#include "api/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Every limit, with what becomes of whoever crosses it. */
enum {
    LISTENER_CONNECTIONS_MAX = 1024, /* or half the descriptors: the slowest goes, or others wait */
    LISTENER_CONNECTIONS_PER_ADDRESS_MAX = 512,  /* of its own the slowest goes, or the new one */
    LISTENER_GRACE_MS = 1000,                    /* nobody is too slow before that */
    LISTENER_REQUESTS_PER_CONNECTION_MAX = 1000, /* then the answer closes it */
    LISTENER_HEAD_MAX = 32 * 1024,               /* bytes of request line and headers: 414, 431 */
                                                 /* HEADER_COUNT_MAX of them: 431 */
    LISTENER_EXTRA_MAX = 8 * 1024,               /* chunk extensions: 413; trailers: 431 */
    LISTENER_BODY_MAX = 1024 * 1024,             /* 413 */
    LISTENER_BODIES_MAX = 64 * 1024 * 1024,      /* of all connections together: 503 */
    LISTENER_HANDSHAKE_MS = 5 * 1000,            /* TLS: closed */
    LISTENER_IDLE_MS = 5 * 1000,                 /* nothing of a request: closed */
    LISTENER_REQUEST_MS = 10 * 1000, /* a whole request from its first byte: 408; reading its
                                        answer: closed */
    LISTENER_LINGER_MS = 1000,       /* reading on after a refusal, so that its sender gets to */
    LISTENER_LINGER_BYTES = 4 * LISTENER_BODY_MAX, /* read it: closed */
};

#define LISTENER_RETRY_AFTER_S "5" /* with a 503 */

struct listener;
struct exchange; /* one request that is waiting for its answer */

struct listener_request {
    const char *method;
    const char *target; /* path and query, as sent */
    const struct header_list *headers;
    const char *body; /* exact bytes; not NULL, also when empty */
    size_t body_length;
    const char *peer;    /* whom it comes from: "127.0.0.1:51234"; behind a trusted proxy the
                            address alone, without a port: it comes from X-Forwarded-For */
    const char *via;     /* the socket's peer where it is such a proxy, else NULL */
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
    struct tls *tls; /* NULL: plain HTTP; takes a reference of its own */

    /* Owned by the caller, and outlive the listener. */
    const struct cidr_list *allow;       /* who may connect; NULL or empty: everyone */
    const struct cidr_list *trust_proxy; /* whose X-Forwarded-For counts; NULL: nobody's */
};

/* Since the listener was made. */
struct listener_counts {
    uint64_t accepted;    /* connections */
    uint64_t not_allowed; /* connections closed at once: the address is not in `allow` */
    uint64_t crowded_out; /* connections closed for want of room, in all or for their address */
    uint64_t tls_failed;  /* connections whose handshake failed or took too long */
    uint64_t timed_out;   /* requests that took too long */
    uint64_t refused; /* requests that were answered without the handler: malformed, too large */
    uint64_t handed_over; /* requests that the handler got */
};

/* Binds and listens before it returns. On failure: "cannot listen on 127.0.0.1:8787: address
   already in use". */
struct listener *listener_new(uv_loop_t *loop, const struct listener_config *config,
                              struct error *error);

uint16_t listener_port(const struct listener *listener);
size_t listener_connections(const struct listener *listener);
struct listener_counts listener_counts(const struct listener *listener);

/* Connections from now on use this certificate; those that are open go on with theirs. Takes a
   reference of its own. Only for a listener that was made with one. */
void listener_set_tls(struct listener *listener, struct tls *tls);

/* Takes no new connections; those that are open are served to their end: each answer from then on
   closes its connection. */
void listener_pause(struct listener *listener);

/* Ends everything: open connections are closed, exchanges become invalid without
   an answer (the owner must have dropped its references first), but answers that
   were just given still go out. May be called from within the handler. `closed` is
   called on the loop when all handles are gone and the listener has been freed. */
void listener_close(struct listener *listener, void (*closed)(void *context), void *context);

/* Lets the process have as many descriptors as LISTENER_CONNECTIONS_MAX asks for, as far as its
   hard limit goes. For main(): it is the whole process's limit. False when it does not go so far.
 */
bool listener_raise_limit(void);

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
