/* Which entries of the log and which arrivals are one attempt. */
#include "api/trace_private.h"

#include <stdlib.h>

enum {
    DISAGREES_MS = 1000,    /* that pairs of other answers are farther apart than they are */
    REFUSED_NEAR_MS = 5000, /* what is not genuine says nothing of itself but when it came */
};

struct pairing {
    size_t logged, arrived;
    int64_t apart_ms;
};

static int64_t ended_ms(const struct trace_entry *arrived)
{
    int64_t us = trace_answer_us(arrived);
    return arrived->at_ms + (us > 0 ? us / 1000 : 0);
}

static bool answers_agree(const struct trace_entry *logged, const struct trace_entry *arrived)
{
    return logged->log->status == 0 || logged->log->status == trace_answer_status(arrived);
}

/* How far a log's time is from an attempt's beginning or end, whichever is nearer; -1: it is of
   another one. */
static int64_t apart(const struct trace_entry *logged, const struct trace_entry *arrived)
{
    int64_t at = logged->at_ms, began = arrived->at_ms, ended = ended_ms(arrived);
    const char *endpoint = trace_endpoint_id(arrived);
    if (endpoint != NULL && arrived->endpoint != logged->endpoint)
        return -1;
    if (logged->told_ms < 0 || at < began - TRACE_SLACK_MS || at > ended + TRACE_MATCH_MS)
        return -1;
    int64_t nearest = trace_apart_ms(at, began) < trace_apart_ms(at, ended)
                          ? trace_apart_ms(at, began)
                          : trace_apart_ms(at, ended);
    return nearest + (answers_agree(logged, arrived) ? 0 : DISAGREES_MS);
}

/* What was refused as not genuine has no time of Bridge's that could be believed. */
static int64_t apart_from_claim(const struct trace_entry *logged, const struct trace_entry *claim)
{
    int status = logged->log->status;
    int64_t nearest = trace_apart_ms(logged->at_ms, claim->at_ms);
    bool same_answer = status == claim->delivery->answer_status;
    bool success = log_entry_succeeded(logged->log);
    if (logged->told_ms < 0 || (!same_answer && !success))
        return -1;
    if (claim->endpoint != TRACE_NOBODY && claim->endpoint != logged->endpoint)
        return -1;
    return nearest <= REFUSED_NEAR_MS ? nearest : -1;
}

static int by_distance(const void *a, const void *b)
{
    const struct pairing *one = a, *other = b;
    if (one->apart_ms != other->apart_ms)
        return one->apart_ms < other->apart_ms ? -1 : 1;
    return (one->logged > other->logged) - (one->logged < other->logged);
}

/* The nearest are paired first, each with one. */
static bool pair_with(struct trace *trace, enum trace_kind kind,
                      int64_t (*apart_of)(const struct trace_entry *, const struct trace_entry *))
{
    struct pairing *pairings = NULL;
    size_t count = 0, capacity = 0;
    for (size_t i = 0; i < trace->count; i++) {
        for (size_t j = 0; j < trace->count; j++) {
            const struct trace_entry *logged = &trace->entries[i], *other = &trace->entries[j];
            if (logged->kind != TRACE_LOGGED || other->kind != kind ||
                logged->pair != TRACE_NOBODY || other->pair != TRACE_NOBODY)
                continue;
            int64_t distance_ms = apart_of(logged, other);
            if (distance_ms < 0)
                continue;
            if (count == capacity) {
                capacity = capacity > 0 ? capacity * 2 : 64;
                struct pairing *more = reallocarray(pairings, capacity, sizeof *pairings);
                if (more == NULL) {
                    free(pairings);
                    return false;
                }
                pairings = more;
            }
            pairings[count++] = (struct pairing){i, j, distance_ms};
        }
    }
    if (count > 0)
        qsort(pairings, count, sizeof *pairings, by_distance);
    for (size_t i = 0; i < count; i++) {
        struct trace_entry *logged = &trace->entries[pairings[i].logged];
        struct trace_entry *other = &trace->entries[pairings[i].arrived];
        if (logged->pair != TRACE_NOBODY || other->pair != TRACE_NOBODY)
            continue;
        logged->pair = pairings[i].arrived;
        other->pair = pairings[i].logged;
    }
    free(pairings);
    return true;
}

/* Whether two attempts of one endpoint are paired across: the earlier entry of the log with the
   later arrival, though each could be the other's and their answers fit as well. One that was sent
   by hand may come while another is answered. */
static bool cross(const struct trace *trace, size_t i, size_t j)
{
    const struct trace_entry *one = &trace->entries[i], *other = &trace->entries[j];
    if (one->kind != TRACE_LOGGED || other->kind != TRACE_LOGGED || one->pair == TRACE_NOBODY ||
        other->pair == TRACE_NOBODY || one->endpoint != other->endpoint ||
        one->at_ms >= other->at_ms)
        return false;
    const struct trace_entry *ones = &trace->entries[one->pair];
    const struct trace_entry *others = &trace->entries[other->pair];
    bool in_turn = ones->at_ms > others->at_ms && ended_ms(others) <= ones->at_ms + TRACE_SLACK_MS;
    return in_turn && apart(one, others) >= 0 && apart(other, ones) >= 0 &&
           answers_agree(one, others) + answers_agree(other, ones) >=
               answers_agree(one, ones) + answers_agree(other, others);
}

/* Bridge makes one attempt after another: a slow answer may end when the next attempt begins, and
   then the nearest is the wrong one. */
static void uncross(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        for (size_t j = 0; j < trace->count; j++) {
            if (!cross(trace, i, j))
                continue;
            size_t pair = trace->entries[i].pair;
            trace->entries[i].pair = trace->entries[j].pair;
            trace->entries[j].pair = pair;
            trace->entries[trace->entries[i].pair].pair = i;
            trace->entries[trace->entries[j].pair].pair = j;
        }
}

bool trace_pair(struct trace *trace)
{
    if (!pair_with(trace, TRACE_ARRIVED, apart))
        return false;
    uncross(trace);
    return pair_with(trace, TRACE_CLAIMED, apart_from_claim);
}
