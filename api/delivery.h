/*
 * One delivery that arrived here: the request as it came, the verdict, the answer.
 *
 * `headers` and `body` are the exact bytes. The event fields are read from the
 * body for lists; they are whatever the body claims, and only a genuine verdict
 * makes them Bridge's claim. A summary is the same struct without headers, body and repeats.
 */
#ifndef BRIDGETOP_API_DELIVERY_H
#define BRIDGETOP_API_DELIVERY_H

#include "api/forward_state.h"
#include "api/headers.h"
#include "api/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A delivery of an event that is in the store already: one of the attempts of its row. */
struct attempt {
    int64_t number; /* 2 for the first repeat, and so on */
    int64_t received_ms;
    char *peer;
    char *target;
    char *webhook_id; /* whose key made it, or NULL */
    char *signature;  /* the header's value, or NULL */
    int answer_status;
    bool on_demand;      /* the answer was chosen by a person (api/answer_order.h) */
    int64_t answer_us;   /* -1 unknown */
    int64_t body_length; /* -1: its body is that of the row, else it is one of its own */
};

struct attempt_list {
    struct attempt *items; /* oldest first */
    size_t count;
};

/* Overwrites `to` without clearing it; where memory runs out, `to` is left empty. */
bool attempt_list_copy(struct attempt_list *to, const struct attempt_list *from);
void attempt_list_clear(struct attempt_list *list);

struct delivery {
    int64_t id; /* row of the store, 0 before that; grows with arrival */
    int64_t received_ms;
    char *peer;   /* "203.0.113.7:51234" */
    char *method; /* "POST" */
    char *target; /* path and query as sent */
    struct header_list headers;
    char *body;
    size_t body_length;

    enum verdict verdict;
    char *reason;     /* a sentence for a person */
    char *webhook_id; /* whose key made it; else whose path it came to; else NULL */

    int answer_status; /* 200, 400, 503; on demand any from 200 to 599 */
    int64_t answer_us; /* from the last byte read to the answer written; -1 unknown */
    bool on_demand;    /* the answer was chosen by a person (api/answer_order.h) */

    enum forward_state
        forwarded; /* of the newest of its forwards; NONE: it is not to be handed on */

    char *event_id;
    char *event_type;
    char *object_id;
    char *object_status;
    int64_t sequence; /* -1 when absent */

    int64_t attempts;        /* deliveries of this event so far; 0 before it is stored, then 1 */
    char *newest_webhook_id; /* of a row that is told because its event came again: whose key made
                                that attempt; else NULL */
    struct attempt_list repeats; /* the newest of them after the first, where they were asked for */
};

/* Fills the event fields from the body, which may be NULL if body_length is 0; a body that is no
   event leaves them NULL, and sequence -1. False when memory is out: they say nothing then. */
bool delivery_read_event(struct delivery *delivery);

/* Copies all but headers, body and repeats (body_length is kept). Overwrites `to` without clearing
   it; where memory runs out, `to` is left empty. */
bool delivery_copy_summary(struct delivery *to, const struct delivery *from);

/* Frees headers and body: a summary is left, with body_length as it was. */
void delivery_drop_payload(struct delivery *delivery);

/* Frees the fields and zeroes the struct; clearing a zeroed one is fine. */
void delivery_clear(struct delivery *delivery);

#endif
