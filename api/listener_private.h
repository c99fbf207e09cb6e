/*
 * What the listener's parts share. Private to the listener.
 *
 *   listener.c             the loop's side: the socket, readiness, deadlines, beginning and end
 *   listener_accept.c      who is let in, and who has to go when there is no room
 *   listener_connection.c  one connection: reads requests, hands them over, sends answers
 *   listener_stream.c      its bytes, in plain or through TLS
 *
 * Readiness comes from an epoll descriptor of the listener's own, edge-triggered, which is
 * polled by the loop: a connection is registered once, when it first has to wait (one that sends
 * its request at once and is closed after the answer, never), and costs no further call. What an
 * edge said is kept in `readable` and `writable` until a call says otherwise.
 *
 * A connection that has something to do is in `ready`. It does a bounded piece of it in a turn of
 * the loop, then others have theirs.
 *
 * A closed connection stays in memory, in `closed`, until nothing on the stack can know it.
 */
#ifndef BRIDGETOP_API_LISTENER_PRIVATE_H
#define BRIDGETOP_API_LISTENER_PRIVATE_H

#include "api/buffer.h"
#include "api/http_answer.h"
#include "api/http_request.h"
#include "api/listener.h"
#include "api/listener_peers.h"

#include <stdbool.h>
#include <sys/queue.h>

enum {
    LISTENER_RECEIVE_SIZE = 16 * 1024, /* what is read at once; bounds what one keeps unparsed */
    LISTENER_STEPS_A_TURN = 16,        /* of one connection */
    LISTENER_HANDSHAKES_A_TURN = 8,    /* some 0.3 ms each */
    LISTENER_ANSWER_KEPT = 64 * 1024,  /* of the buffer in which answers are made */
};

#define LISTENER_NO_DEADLINE UINT64_MAX

enum connection_state {
    CONNECTION_HANDSHAKE,
    CONNECTION_READING,   /* a request, or nothing of one yet */
    CONNECTION_HANDED,    /* the handler has it */
    CONNECTION_SENDING,   /* the rest of an answer waits for the socket */
    CONNECTION_LINGERING, /* all is said: what still comes is read and thrown away */
    CONNECTION_CLOSED,
};

struct exchange {
    struct listener_request request;
    uint64_t whole_us; /* when the request was whole */
};

struct connection {
    TAILQ_ENTRY(connection) all;   /* in `connections`, or in `closed` */
    TAILQ_ENTRY(connection) ready; /* where `queued` */
    struct listener *listener;
    struct tls_stream *stream; /* NULL: plain */
    int fd;
    enum connection_state state;
    bool queued;
    bool registered; /* with epoll */
    bool readable;
    bool writable;
    bool hung_up;     /* the peer has ended its side */
    bool close_after; /* the answer that is being sent is the last */
    bool linger;      /* the peer may still be sending */
    bool trusted;     /* a proxy whose X-Forwarded-For counts */

    uint64_t since_us;    /* when it came into this state */
    uint64_t deadline_us; /* LISTENER_NO_DEADLINE while the handler has the request */
    struct ip_address address;
    uint16_t port;
    struct peer *peer;
    unsigned requests;

    struct http_request http;
    struct exchange exchange;
    struct buffer body;
    struct buffer unread; /* came with a request and belongs to the next */
    size_t unread_at;
    struct buffer unsent;
    size_t unsent_at;
    size_t discarded;                                /* while lingering */
    char from[INET6_ADDRSTRLEN + sizeof "[]:65535"]; /* the socket's peer; "" until asked for */
    char client[IP_ADDRESS_TEXT_MAX];                /* behind a proxy */
};

TAILQ_HEAD(connection_list, connection);

struct listener {
    struct listener_config config;
    struct listener_counts counts;
    int socket; /* -1 once paused */
    int epoll;
    uint16_t port;
    bool running; /* connections are being served, further up the stack */
    bool closing;

    uv_poll_t accepting;
    uv_timer_t accept_pause;
    uv_poll_t readiness; /* of `epoll` */
    uv_idle_t next_turn; /* active while something is in `ready` */
    uv_timer_t sweep;    /* runs while there are connections */
    unsigned handles;    /* that the loop still knows */

    struct connection_list connections;
    struct connection_list ready;
    struct connection_list closed;
    size_t ready_count;
    size_t connection_count;
    size_t connection_limit;
    struct peers peers;
    size_t body_bytes; /* of requests that have not been answered */
    unsigned handshakes_left;

    struct buffer answer; /* made here, one at a time */
    int64_t date_s;
    char date[HTTP_DATE_SIZE];
    char received[LISTENER_RECEIVE_SIZE]; /* what one connection is being given */

    void (*on_closed)(void *context);
    void *closed_context;
};

/* --- listener.c ----------------------------------------------------------------------- */

uint64_t listener_now_us(const struct listener *listener);

/* The connection has something to do: in this turn when connections are being served, else in the
   next. */
void listener_make_ready(struct listener *listener, struct connection *connection);

void listener_unready(struct listener *listener, struct connection *connection);

/* A connection has come or gone: deadlines are kept while there is one. */
void listener_settle(struct listener *listener);

/* Serves what is ready, once each. */
void listener_run(struct listener *listener);

/* Frees what is closed, unless connections are being served. */
void listener_reap(struct listener *listener);

/* --- listener_accept.c ------------------------------------------------------------------- */

/* Takes what waits at the socket, in bounds. */
void listener_accept(struct listener *listener);

void listener_start_accepting(struct listener *listener);

/* --- listener_connection.c ------------------------------------------------------------------- */

/* NULL, with the descriptor closed, when memory is out. */
struct connection *connection_new(struct listener *listener, int fd,
                                  const struct sockaddr *address);
void connection_free(struct connection *connection);

/* Does a piece of what is to be done. */
void connection_run(struct connection *connection);

/* Ends it when it has passed its deadline. */
void connection_expire(struct connection *connection);

void connection_close(struct connection *connection);

/* --- listener_stream.c -------------------------------------------------------------------------
 */

enum stream_result {
    STREAM_DONE,  /* or some of it */
    STREAM_WAITS, /* until the socket is ready */
    STREAM_ENDED, /* in order, or not: there is nothing more to be had */
};

/* Into `received`. */
enum stream_result connection_receive(struct connection *connection, size_t *got);
enum stream_result connection_send(struct connection *connection, const char *bytes, size_t length,
                                   size_t *sent);

/* Reads and throws away, whatever it means. */
enum stream_result connection_discard(struct connection *connection, size_t *got);

/* Says that nothing more will be sent. */
void connection_end_sending(struct connection *connection);

/* To be told of edges from now on. False when that cannot be. */
bool connection_register(struct connection *connection);

#endif
