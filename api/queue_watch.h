/*
 * How an endpoint's queue goes, read from what Bridge says of it: the events that come next, and
 * the log of attempts (contract, "Calls" and "Deliveries"). Bridge delivers an endpoint's events in
 * order and repeats what fails with growing pauses for two days, so the first event tells: while it
 * fails, everything behind it waits. Pure.
 */
#ifndef BRIDGETOP_API_QUEUE_WATCH_H
#define BRIDGETOP_API_QUEUE_WATCH_H

#include "api/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_RETRIES_MS (INT64_C(2) * 24 * 3600 * 1000) /* then Bridge gives up */

enum { QUEUE_SLOW_MS = 5 * 60 * 1000 }; /* the first event should not wait for so long */

enum queue_state {
    QUEUE_UNKNOWN,  /* not asked yet */
    QUEUE_EMPTY,    /* nothing waits */
    QUEUE_HELD,     /* the endpoint is disabled */
    QUEUE_FLOWS,    /* the first event is young, and has not failed */
    QUEUE_SLOW,     /* it waits for QUEUE_SLOW_MS, and no attempt is in the log */
    QUEUE_STUCK,    /* it fails, and Bridge tries again */
    QUEUE_GIVEN_UP, /* it failed for two days: nothing is delivered until a send succeeds */
};

/* Of the first event. Times are milliseconds since 1970, -1 where they are not known. */
struct queue_watch {
    bool known;
    size_t waiting; /* events; CONTRACT_UPCOMING: or more */
    int64_t created_ms;
    size_t failures;  /* attempts in the log, after its last success */
    int64_t first_ms; /* the first of them */
    int64_t last_ms;
    int64_t next_ms; /* as estimated: the last pause, longer by as much as it grew; of one
                        attempt there is no estimate */
};

/* The logs are in the order of time, the oldest first. */
struct queue_watch queue_watch_of(const struct event_list *upcoming, const struct log_list *logs);

/* From the log alone, for an endpoint whose queue is not asked for: events go in order, so when the
   newest two or more attempts are one event's and failed, it is the first. One failure is not
   enough, it may be of a send by hand. Else not known. */
struct queue_watch queue_watch_of_log(const struct log_list *logs);

enum queue_state queue_state_of(const struct queue_watch *watch, bool active, int64_t now_ms);

/* Until Bridge gives the first event up: from its first attempt on, where one is known. */
int64_t queue_left_ms(const struct queue_watch *watch, int64_t now_ms);

/* "stuck: 5 attempts failed in 14 min, next in about 4 min, given up in 1 d 23 h". */
void queue_describe(const struct queue_watch *watch, enum queue_state state, int64_t now_ms,
                    char *text, size_t size);

#endif
