/*
 * All that a store has of one event: its row with its attempts and what was handed on of it, and
 * what is not genuine but names it.
 *
 * For a thread of its own. The row is found by its key, what is not genuine by an index of its own:
 * a few reads, whatever the store's size.
 */
#ifndef BRIDGETOP_API_STORE_EVENT_H
#define BRIDGETOP_API_STORE_EVENT_H

#include "api/forward_store.h"
#include "api/store.h"
#include "api/store_periods.h"

enum { STORE_CLAIMS_MAX = 50 }; /* of one event, the newest */

struct event_record {
    bool found;
    struct delivery delivery; /* whole, with repeats */
    struct forward_list forwards;
    struct event told; /* as Bridge's own list has it; no id: it does not, or that was not read */
    struct delivery claims[STORE_CLAIMS_MAX]; /* summaries, oldest first */
    size_t claim_count;
    bool more_claims;
    struct store_period periods[STORE_PERIODS_KEPT];
    size_t period_count;
    int64_t kept_from_ms; /* rows of before may have been deleted; INT64_MIN: none was */
};

/* Overwrites `record` without clearing it; on failure it is empty. It is large: on the heap. */
bool store_load_event(struct store *store, const char *event_id, struct event_record *record,
                      struct error *error);
void event_record_clear(struct event_record *record);

/* The row of an event, by its id; *id is 0 where there is none. */
bool store_find_event(struct store *store, const char *event_id, int64_t *id, struct error *error);

#endif
