/*
 * Inside the listener: one connection and the request that is on it.
 *
 * libmicrohttpd calls the functions below as it reads; listener.c owns the loop and calls the
 * rest. A connection lives from accept to close and carries one exchange at a
 * time, so the exchange's memory is the connection's: libmicrohttpd does not
 * close a suspended connection, so it cannot go away while an answer is awaited.
 */
#ifndef BRIDGETOP_API_LISTENER_CONNECTION_H
#define BRIDGETOP_API_LISTENER_CONNECTION_H

#include "api/buffer.h"
#include "api/listener.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>

enum exchange_phase {
    PHASE_BETWEEN,  /* nothing of a request yet */
    PHASE_HEAD,     /* the request line has been read */
    PHASE_BODY,     /* the head has been accepted */
    PHASE_HANDED,   /* the handler has it */
    PHASE_ANSWERED, /* there is a response, or NULL: close without one */
    PHASE_SENDING,  /* libmicrohttpd has the response */
};

struct exchange {
    struct connection *connection;
    enum exchange_phase phase;
    struct listener_request request;
    struct header_list headers;
    struct buffer body;
    size_t surplus; /* bytes of the body that were read and thrown away */
    bool crowded;   /* because all connections together held too many */
    char *method;
    char *target;
    uint64_t whole_us; /* when the request was whole */
    unsigned status;
    struct MHD_Response *response;
};

struct connection {
    struct listener *listener;
    struct connection *previous, *next;
    struct MHD_Connection *mhd;
    bool suspended;
    uint64_t deadline_us; /* CONNECTION_NO_DEADLINE while the handler has the request */
    char peer[INET6_ADDRSTRLEN + sizeof "[]:65535"];
    struct exchange exchange;
};

#define CONNECTION_NO_DEADLINE UINT64_MAX

/* libmicrohttpd's callbacks; `listener` is a struct listener. */
void connection_notify(void *listener, struct MHD_Connection *mhd, void **context,
                       enum MHD_ConnectionNotificationCode code);
void *connection_read_target(void *listener, const char *target, struct MHD_Connection *mhd);
enum MHD_Result connection_serve(void *listener, struct MHD_Connection *mhd, const char *path,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_size, void **context);
void connection_complete(void *listener, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code);

/* Ends a connection that has passed its deadline. */
void connection_expire(struct connection *connection);

/* Takes the exchange away from whoever holds it; the connection will be closed. */
void connection_abandon(struct connection *connection);

/* --- what listener.c does for connections ------------------------------------ */

const struct listener_config *listener_config(const struct listener *listener);
void listener_add(struct listener *listener, struct connection *connection);
void listener_remove(struct listener *listener, struct connection *connection);
bool listener_ending(const struct listener *listener);   /* no further requests are served */
bool listener_draining(const struct listener *listener); /* no further connections are taken */
bool listener_borrow_bytes(struct listener *listener, size_t count); /* of LISTENER_BODIES_MAX */
void listener_return_bytes(struct listener *listener, size_t count);
void listener_run_soon(struct listener *listener);

#endif
