/*
 * What is handed on to an application, in the store: the queue, and what came of each try.
 *
 * A forward is one delivery's way to the application. Its row is written with the delivery, in one
 * transaction, so none is forgotten; it waits until the application has answered with 2xx, or until
 * it is given up. A replay is another forward of the same delivery. Tries are its requests: of each
 * forward the newest FORWARD_TRIES_KEPT are kept, with the beginning of the answer.
 *
 * Forwards of one object (else event, else delivery) are in one lane: they go one after another, in
 * the order of their ids. A lane is a number made from the object's id; should two objects ever
 * have the same one, they wait for each other.
 *
 * What is not genuine may name any object, so it is in none of their lanes: all of it shares
 * FORWARD_STRAY_LANES, whose numbers are below 0. More than those never hold up what is genuine.
 *
 * Reading is for whoever shows it. Choosing what goes next is api/forward_queue.h's.
 */
#ifndef BRIDGETOP_API_FORWARD_STORE_H
#define BRIDGETOP_API_FORWARD_STORE_H

#include "api/forward_state.h"
#include "api/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FORWARD_TRIES_KEPT = 20,         /* of one forward, the newest; counting goes on */
    FORWARD_LISTED_MAX = 50,         /* of one delivery, the newest, by store_load_forwards() */
    FORWARD_ANSWER_KEPT = 4096,      /* bytes of an answer's body */
    FORWARD_WAITING_COUNTED = 10000, /* more than these are not counted */
    FORWARD_STRAY_LANES = 2,         /* of what is not genuine: as many go at once */
};

struct forward_try {
    int64_t number; /* 1 and up */
    int64_t at_ms;  /* when it began */
    int64_t took_us;
    int status;   /* 0: there was no answer */
    char *error;  /* why there was none, or NULL */
    char *answer; /* the beginning of its body, NUL-terminated besides; not NULL */
    size_t answer_length;
};

struct forward {
    int64_t id;
    int64_t delivery_id;
    int64_t attempt; /* of the delivery: 1, or the repeat that was handed on */
    enum forward_kind kind;
    enum forward_state state;
    int64_t queued_ms;
    int64_t next_ms; /* while it waits: not before that */
    int64_t tries_made;
    struct forward_try *tries; /* oldest first */
    size_t try_count;
};

struct forward_list {
    struct forward *items; /* oldest first */
    size_t count;
};

/* Frees the fields; clearing a zeroed one is fine. */
void forward_try_clear(struct forward_try *attempt);
void forward_list_clear(struct forward_list *list);

/* Every forward of this delivery (its newest FORWARD_LISTED_MAX) with its tries: an empty list
   where it was never to be handed on. Overwrites `list`; on failure it is empty. */
bool store_load_forwards(struct store *store, int64_t delivery_id, struct forward_list *list,
                         struct error *error);

/* In the transaction in which the delivery was inserted: queues it, and gives the forward's id. A
   repeat (->attempts above 1) is not queued, and *id is 0, while its event waits or once the
   application has taken it, which *before says (else FORWARD_NONE). What came to another endpoint
   (its id, or where one is not known the path) is no repeat: Bridge delivers to each. */
bool store_queue_forward(struct store *store, const struct delivery *delivery, int64_t now_ms,
                         int64_t *id, enum forward_state *before, struct error *error);

/* In an open transaction: queues a delivery that is in the store once more, as it came last, which
   has the newest signature. *id is 0 when it is not there (any more). */
bool store_queue_replay(struct store *store, int64_t delivery_id, enum forward_kind kind,
                        int64_t now_ms, int64_t *id, struct error *error);

/* How many wait, at most FORWARD_WAITING_COUNTED. */
bool store_count_waiting(struct store *store, int64_t *waiting, struct error *error);

/* Whom the receiver hands on to, for those who follow it. */
struct forward_target {
    char *name;    /* "127.0.0.1:3000"; NULL: the last receiver handed nothing on */
    char *trouble; /* why it cannot be reached, or NULL */
};

void forward_target_clear(struct forward_target *target);
bool store_load_forward_target(struct store *store, struct forward_target *target,
                               struct error *error);

/* In an open transaction. */
bool store_set_forward_target(struct store *store, const struct forward_target *target,
                              struct error *error);

#endif
