/*
 * Which delivery is handed on next, and what becomes of it. Synchronous, over a connection of its
 * own; it blocks, so it is for a thread beside the loop (api/forwarder.h).
 *
 * Forwards of one lane (api/forward_store.h) go one at a time: the next is not given out before
 * what became of the one before is on file. So a program that is killed begins again with what was
 * under way and nothing else, and the order of an object's events is kept.
 *
 * What becomes of one:
 *
 *   answered 2xx             done
 *   answered otherwise, or   tried again after FORWARD_PAUSE_FIRST_MS, twice as long each time up
 * to broken off               FORWARD_PAUSE_MAX_MS (backoff.h); given up after FORWARD_FAILURES_MAX
 *   not reached at all       waits, and counts for nothing; given up FORWARD_UNREACHED_MS after it
 *                            was queued, which is as long as Bridge would try
 *
 * What is not genuine (lane below 0) is given up where another is tried again: anyone can send it.
 *
 * Results are written with synchronous=NORMAL: a process may be killed at any time, but after a
 * power cut the newest may be handed on once more.
 */
#ifndef BRIDGETOP_API_FORWARD_QUEUE_H
#define BRIDGETOP_API_FORWARD_QUEUE_H

#include "api/error.h"
#include "api/forward_store.h"
#include "api/headers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FORWARD_FAILURES_MAX = 20, /* about three quarters of an hour */
    FORWARD_PAUSE_FIRST_MS = 1000,
    FORWARD_PAUSE_MAX_MS = 5 * 60 * 1000,
    FORWARD_UNREACHED_MS = 2 * 24 * 60 * 60 * 1000,
    FORWARD_LANES_MAX = 256,         /* whose next forward is known at once, and may go */
    FORWARD_LANES_KNOWN = 16 * 1024, /* and those that wait to be tried again */
    FORWARD_LOOKED_AT = 4096,        /* waiting rows, in one forward_queue_take() */
};

struct forward_queue;

/* One to be sent. */
struct forward_item {
    int64_t id;
    int64_t delivery_id;
    int64_t attempt;
    enum forward_kind kind;
    int64_t lane;
    int64_t queued_ms;
    uint64_t file; /* in which it stands: numbers begin anew in another one */
    char *target;
    struct header_list headers; /* all that came; signed anew where that is its kind */
    char *body;
    size_t body_length;
    struct error error; /* not "": it cannot be sent, and this is why */
};

void forward_item_clear(struct forward_item *item);

enum forward_outcome {
    FORWARD_TAKEN,     /* answered 2xx */
    FORWARD_REFUSED,   /* answered otherwise, or not in full */
    FORWARD_UNREACHED, /* there was no connection */
    FORWARD_HOPELESS,  /* as FORWARD_REFUSED, and not to be tried again */
};

struct forward_result {
    int64_t id;
    int64_t delivery_id;
    int64_t lane;
    uint64_t file;
    enum forward_outcome outcome;
    struct forward_try attempt;

    /* Filled in when it is written, as attempt.number is. */
    enum forward_state state;
    int64_t next_ms; /* of one that waits */
};

/* Arrivals of later numbers are not given out yet: their answers may be waited for, and nobody has
   said so yet. INT64_MAX, as at first: none is held back. */
void forward_queue_hold_above(struct forward_queue *queue, int64_t forward_id);

/* The newest number there is, or 0. */
bool forward_queue_newest(struct forward_queue *queue, int64_t *forward_id, struct error *error);

/* Opens nothing yet. NULL when memory is out. */
struct forward_queue *forward_queue_new(const char *store_path);
void forward_queue_free(struct forward_queue *queue);

/* Writes what became of some, in one transaction; `random` is for their pauses. False with a line:
   nothing is written, and they are to be given once more. */
bool forward_queue_finish(struct forward_queue *queue, struct forward_result *results, size_t count,
                          int64_t now_ms, uint64_t random, struct error *error);

/* Gives out at most `most` that may go now, the oldest first. False with a line: none was given. */
bool forward_queue_take(struct forward_queue *queue, int64_t now_ms, uint64_t random,
                        struct forward_item *items, size_t most, size_t *count,
                        struct error *error);

/* Milliseconds until another may go, if nothing is queued or finished before; 0: at once; -1: none
   waits that is not given out. */
int64_t forward_queue_wait_ms(const struct forward_queue *queue, int64_t now_ms);

/* Queues deliveries once more, in one transaction; *queued: how many of them there are. */
bool forward_queue_replay(struct forward_queue *queue, const int64_t *ids, size_t count,
                          enum forward_kind kind, int64_t now_ms, size_t *queued,
                          struct error *error);

/* How many wait (store_count_waiting()). */
bool forward_queue_waiting(struct forward_queue *queue, int64_t *waiting, struct error *error);

/* Notes whom it goes to, for those who follow. */
bool forward_queue_publish(struct forward_queue *queue, const struct forward_target *target,
                           struct error *error);

/* "STORE.replay-key.pem", in `path` of this size. False where it does not fit. */
bool forward_key_path(const char *store_path, char *path, size_t size);

#endif
