/*
 * Hands deliveries on to an application: the loop's side of the queue in the store.
 *
 * What is queued (api/forward_store.h) is sent with libcurl on the loop (api/transfer.h), at most
 * FORWARD_CONNECTIONS at once; one object's one after another, in order. A job at a time on libuv's
 * threads writes what became of them and reads what is next (api/forward_queue.h): the loop never
 * waits for the disk. While nothing is queued nothing wakes up.
 *
 * An application that cannot be reached at all is asked with one delivery at a time, after growing
 * pauses; the others wait for that one, and none is held against any of them.
 *
 * An answer may be waited for (forwarder_await()): then there is one try and no other, within a
 * time limit, for whoever waits tries again himself.
 *
 * Redirects are answers. Of an answer's body FORWARD_BODY_MAX bytes are taken.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_FORWARDER_H
#define BRIDGETOP_API_FORWARDER_H

#include "api/ambient.h"
#include "api/error.h"
#include "api/forward_queue.h"
#include "api/forward_request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    FORWARD_CONNECTIONS = 8,
    FORWARD_TIMEOUT_MS = 30 * 1000, /* of a whole request that nobody waits for */
    FORWARD_CONNECT_MS = 5 * 1000,
    FORWARD_BODY_MAX = 64 * 1024, /* of an answer; the rest is read and let go */
    FORWARD_AWAITED_MAX = 1024,   /* answers that are waited for at once */
    FORWARD_REPLAYS_MAX = 1024,   /* that wait to be queued */
    FORWARD_DOWN_FIRST_MS = 1000, /* before an application is asked again that was not reached */
    FORWARD_DOWN_MAX_MS = 30 * 1000,
    FORWARD_DRAIN_MS = 1000,       /* at the end, for what is under way */
    FORWARD_STORE_AGAIN_MS = 1000, /* after the store could not be read or written */
};

struct forwarder;

/* What came of a try, once that is on file. */
struct forward_report {
    int64_t forward_id;
    int64_t delivery_id;
    int64_t delivery_attempt; /* 1, or the repeat that was handed on */
    enum forward_kind kind;
    enum forward_state state; /* FORWARD_WAITING: it is tried again at next_ms */
    int64_t next_ms;
    const struct forward_try *attempt;
};

struct forwarder_state {
    const char *name;    /* "127.0.0.1:3000" */
    const char *trouble; /* why it cannot be reached; NULL while it can, as far as is known */
    int64_t waiting;     /* at most FORWARD_WAITING_COUNTED */
};

/* Everything it points to outlives the forwarder. */
struct forwarder_config {
    const char *store_path;
    const struct forward_to *to;
    struct ambient ambient;
    bool awaits; /* what arrives waits until forwarder_arrived() or forwarder_await() names it */

    /* All on the loop. */
    void (*tried)(const struct forward_report *report, void *context);
    void (*changed)(const struct forwarder_state *state, void *context); /* one of its members */
    /* The queue cannot be read or written (a line), or can again (NULL). */
    void (*trouble)(const char *line, void *context);
    void *context;
};

/* The store is there. Looks for what waits at once. NULL with a line. */
struct forwarder *forwarder_new(uv_loop_t *loop, const struct forwarder_config *config,
                                struct error *error);

/* There may be something new in the queue. */
void forwarder_look(struct forwarder *forwarder);

/* Arrivals up to this forward have been queued, and whoever waits for one of them has said so. */
void forwarder_arrived(struct forwarder *forwarder, int64_t forward_id);

enum forward_answer_kind {
    FORWARD_ANSWERED,
    FORWARD_NO_ANSWER, /* it could not be reached, or broke off */
    FORWARD_TOO_LATE,  /* not within the limit */
    FORWARD_ENDING,    /* this program ends, and what is queued waits until it begins again */
};

struct forward_answer {
    enum forward_answer_kind kind;
    int status;
    const char *content_type; /* or NULL */
    const char *body;         /* NUL-terminated besides */
    size_t body_length;
};

typedef void (*forward_answered)(const struct forward_answer *answer, void *context);

/* The application's answer to this forward, which has just been queued, goes to `answered`: once,
   within the limit or soon after it, never before this call has returned, and when what became of
   it is on file (as far as the store can be written). False, and it will not be called, when as
   many are waited for as may be, or it is closing. */
bool forwarder_await(struct forwarder *forwarder, int64_t forward_id, int64_t limit_ms,
                     forward_answered answered, void *context);

/* Queues deliveries of the store once more. `done` (may be NULL) is called on the loop with how
   many there were, or with a line; not at all when this returns false: there are too many. */
bool forwarder_replay(struct forwarder *forwarder, const int64_t *delivery_ids, size_t count,
                      enum forward_kind kind,
                      void (*done)(size_t queued, const char *error, void *context), void *context);

/* Begins nothing new. What is under way is let come to its end, for FORWARD_DRAIN_MS; who waits for
   an answer gets one; then what became of it is written. `closed` on the loop, when it is freed. */
void forwarder_close(struct forwarder *forwarder, void (*closed)(void *context), void *context);

#endif
