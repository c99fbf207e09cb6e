/*
 * One delivery that arrived here: the request as it came, the verdict, the answer.
 *
 * `headers` and `body` are the exact bytes. The event fields are read from the
 * body for lists; they are whatever the body claims, and only a genuine verdict
 * makes them Bridge's claim. A summary is the same struct without headers and body.
 */
#ifndef BRIDGETOP_API_DELIVERY_H
#define BRIDGETOP_API_DELIVERY_H

#include "api/headers.h"
#include "api/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

    int answer_status; /* 200, 400, 503 */
    int64_t answer_us; /* from the last byte read to the answer written; -1 unknown */

    char *event_id;
    char *event_type;
    char *object_id;
    char *object_status;
    int64_t sequence; /* -1 when absent */
};

/* Fills the event fields from the body, which may be NULL if body_length is 0; a body that is no
   event leaves them NULL, and sequence -1. */
void delivery_read_event(struct delivery *delivery);

/* Copies all but headers and body (body_length is kept). Overwrites `to` without clearing it;
   where memory runs out, `to` is left empty. */
bool delivery_copy_summary(struct delivery *to, const struct delivery *from);

/* Frees the fields and zeroes the struct; clearing a zeroed one is fine. */
void delivery_clear(struct delivery *delivery);

#endif
