/*
 * HTTP requests on the loop, with libcurl's multi interface.
 *
 * One pool keeps its connections alive and speaks HTTP/2 where it is offered.
 * Answers are capped in size, redirects are not followed, and nothing blocks:
 * names are resolved on libcurl's own thread. The one exception is the first https
 * transfer of a pool, which loads the system's certificates (about 20 ms), or those of
 * SSL_CERT_FILE where that is set.
 *
 * The proxies of the environment (https_proxy, no_proxy, …) are used, but never for
 * this machine's own addresses.
 *
 * libcurl is told not to touch signals: the program ignores SIGPIPE.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_TRANSFER_H
#define BRIDGETOP_API_TRANSFER_H

#include "api/error.h"
#include "api/headers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    TRANSFER_WAITING_MAX = 1024,            /* transfers of a pool, under way or waiting */
    TRANSFER_HEADER_BYTES_MAX = 256 * 1024, /* of an answer; more is TRANSFER_TOO_LARGE */
    TRANSFER_CUT_MAX = 16 * 1024 * 1024,    /* of a body that is cut; more is TRANSFER_TOO_LARGE */
    TRANSFER_PEM_MAX = 32 * 1024,           /* of a certificate that is told; a larger one is not */
    TRANSFER_STREAMS_MAX = 8, /* at once over one connection, where HTTP/2 has been seen */
};

/* Whether a URL's host is this machine: localhost, 127.0.0.0/8, [::1]. */
bool transfer_host_is_loopback(const char *host);

struct transfer_pool;

struct transfer_request {
    const char *method;                /* "GET", "POST", "PUT", "DELETE" */
    const char *url;                   /* http or https, without a user in it */
    const struct header_list *headers; /* may be NULL; CR or LF in one makes it impossible */
    const void *body;                  /* NULL: none */
    size_t body_length;
    int64_t connect_timeout_ms;
    int64_t timeout_ms; /* the whole transfer, from when it no longer waits in the pool */
    size_t answer_max;  /* bytes of the answer's body */
    bool urgent;        /* goes ahead of what waits in the pool, and need not wait for long */
    bool inspect;       /* https: the certificate, whatever it is, is told and not refused. Over a
                           connection of its own. For what sends nothing that is secret */
    bool exact;         /* no header field and no change to the path that libcurl would make */
    bool cut_answer;    /* of a longer body the first answer_max bytes are the result */
};

enum transfer_failure {
    TRANSFER_OK = 0, /* an answer came, whatever its status */
    TRANSFER_UNRESOLVED,
    TRANSFER_UNREACHABLE,
    TRANSFER_TIMED_OUT,
    TRANSFER_TLS,
    TRANSFER_NO_TRUST, /* the trusted certificates cannot be read: it is nobody else's fault */
    TRANSFER_BROKEN,   /* the connection ended, or it was not HTTP */
    TRANSFER_TOO_LARGE,
    TRANSFER_IMPOSSIBLE, /* out of memory, a URL that is none */
};

/* What a server has shown to a request that inspects. */
struct transfer_certificate {
    bool seen;
    long verdict; /* X509_V_OK, or OpenSSL's reason why it is not trusted (openssl/x509_vfy.h); the
                     host's name is not looked at */
    size_t chain; /* certificates that came */
    char *pem;    /* the server's own; NULL where it could not be had */
};

struct transfer_result {
    enum transfer_failure failure;
    struct error error; /* when it failed: "cannot reach api.bridge.xyz:443 (timed out)" */
    int status;
    struct header_list headers; /* of the final answer; at most HEADER_COUNT_MAX */
    char *body;                 /* NUL-terminated, never NULL when TRANSFER_OK */
    size_t body_length;
    struct transfer_certificate certificate; /* of a request that inspects; also where it failed */
    int64_t elapsed_us;
    bool http2;
    unsigned sends; /* 2 and up: a kept connection ended without a byte of an answer, and libcurl
                       sent the request again over another */
};

/* Called once, on the loop, never before transfer_start() has returned. The result is
   freed after it; take what you need. */
typedef void (*transfer_done)(const struct transfer_result *result, void *context);

/* At most so many connections to one scheme, host and port; further transfers wait, urgent ones
   in front, until one is free. One more is spare, for urgent transfers that have waited for a
   second: they do not wait behind an answer that does not come. Once a host has spoken HTTP/2, they
   share a connection instead. */
struct transfer_pool *transfer_pool_new(uv_loop_t *loop, unsigned connections_per_host,
                                        struct error *error);

/* Copies what it needs. Returns a handle for transfer_cancel(); 0 only when memory is out to the
   last byte, and then `done` is not called. What cannot be sent ends through `done` as well. */
uint64_t transfer_start(struct transfer_pool *pool, const struct transfer_request *request,
                        transfer_done done, void *context);

/* The callback will not be called. An unknown handle is fine. */
void transfer_cancel(struct transfer_pool *pool, uint64_t handle);

/* Cancels everything; `closed` (may be NULL) is called on the loop when the handles are gone and
   the pool has been freed. Call it while the loop runs, also from a callback. */
void transfer_pool_close(struct transfer_pool *pool, void (*closed)(void *context), void *context);

#endif
