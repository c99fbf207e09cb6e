/*
 * Whether an endpoint's queue grows, from what Bridge said of it again and again. Pure.
 *
 * Bridge names the first ten events of a queue (contract, "Calls"). Where it names fewer, that is
 * all of it, and how many wait now can be held against how many did. Where it names ten, there may
 * be any number behind them; then only this can be seen: while the queue moves, how old its first
 * event is. A first event that gets older from one to the next says that it falls behind. Of ten
 * and more that do not move at all it cannot be known whether there are more of them.
 *
 * Compared is over QUEUE_TREND_LEAST_MS to QUEUE_TREND_MS, and never across a moment at which the
 * queue was empty: events that come and go are no growth.
 */
#ifndef BRIDGETOP_API_QUEUE_TREND_H
#define BRIDGETOP_API_QUEUE_TREND_H

#include "api/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QUEUE_TREND_MS = 10 * 60 * 1000,
    QUEUE_TREND_LEAST_MS = 60 * 1000,
    QUEUE_TREND_STEP_MS = 30 * 1000, /* a look is kept so often */
    QUEUE_TREND_LOOKS = QUEUE_TREND_MS / QUEUE_TREND_STEP_MS + 1,
    QUEUE_BEHIND_MS = 30 * 1000, /* by so much older the first event is where it falls behind */
};

struct queue_look {
    int64_t at_ms;
    size_t waiting;     /* CONTRACT_UPCOMING: or more */
    uint64_t first;     /* which event that is, as a number */
    int64_t created_ms; /* of the first event; -1 unknown */
};

/* Zeroed, it has seen nothing. */
struct queue_trend {
    struct queue_look looks[QUEUE_TREND_LOOKS]; /* oldest first */
    size_t count;
    struct queue_look newest; /* at_ms 0: none */
};

void queue_trend_look(struct queue_trend *trend, const struct event_list *upcoming, int64_t now_ms);

/* Whether it grows; how is a line for a person ("" where it does not, or nothing can be said). */
bool queue_trend_grows(const struct queue_trend *trend, int64_t now_ms, char *text, size_t size);

#endif
