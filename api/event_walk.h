/*
 * How the account's events are gone through, page by page and gently: what to ask Bridge next, and
 * when. Pure: time goes in, a page's answer goes in, the next request comes out.
 *
 * Bridge lists events newest first (contract, "Calls": starting_after, limit). A pass begins at the
 * newest and goes back until it meets what the passes before have seen; what they had not come to
 * the end of is gone on with, from where they were. So what has been seen is one stretch of time
 * without holes, from `oldest_ms` to `newest_ms`; it is kept (struct event_walk_place) for the next
 * start.
 *
 * One request at a time, a pause after each, a longer one after each pass, and growing ones after
 * failures.
 */
#ifndef BRIDGETOP_API_EVENT_WALK_H
#define BRIDGETOP_API_EVENT_WALK_H

#include "api/contract.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EVENT_WALK_PAGE = 200,      /* events asked for at once; Bridge gives 500 at most */
    EVENT_WALK_PAGES_MAX = 50,  /* of one pass: 10,000 events */
    EVENT_WALK_PASS_FACTOR = 6, /* intervals between passes; between pages it is one */
    EVENT_WALK_FIRST_MS = 2 * 1000,
    EVENT_WALK_RETRY_MS = 15 * 1000,
    EVENT_WALK_RETRY_MAX_MS = 10 * 60 * 1000,
};

#define EVENT_WALK_DEPTH_MS (INT64_C(54) * 3600 * 1000) /* two days, and a margin */

/* What has been seen. */
struct event_walk_place {
    bool any;
    int64_t newest_ms; /* by created_at */
    int64_t oldest_ms;
    char bottom[CONTRACT_ID_MAX + 1]; /* the oldest: to go on from; "" at the end */
};

struct event_walk {
    int64_t interval_ms;
    struct event_walk_place place;
    struct event_walk_place
        pass; /* what this pass has seen so far; meets place, or takes its turn */
    bool in_pass;
    bool deeper; /* it has met it: now on from its bottom */
    bool asking;
    bool done;      /* a pass has come to its end */
    unsigned pages; /* of this pass */
    unsigned failures;
    struct event_walk_place kept; /* what is on disk of it: see event_walk_lost() */
    unsigned lost;                /* pages in a row that could not be kept */
    int64_t due_ms;               /* by the clock that is given */
};

/* `place` may be NULL: nothing has been seen. */
void event_walk_init(struct event_walk *walk, int64_t interval_ms,
                     const struct event_walk_place *place, int64_t now_ms);

/* Whether a page is to be asked for now: after the event *after, "" for the newest. */
bool event_walk_next(struct event_walk *walk, int64_t now_ms, char after[CONTRACT_ID_MAX + 1]);

/* The page came; `wall_ms` is Bridge's clock or about that. */
void event_walk_page(struct event_walk *walk, const struct event_list *page, int64_t now_ms,
                     int64_t wall_ms);

/* It did not: retry_after_ms as asked for, or -1; refused: for good, as where the event to go on
   from is not known any more. `random` spreads the pauses. */
void event_walk_failed(struct event_walk *walk, int64_t retry_after_ms, bool refused,
                       int64_t now_ms, uint64_t random);

/* The page that came has been kept, with where the walk was then; or it could not be: it is gone
   back to what is kept, after a pause that grows, for what was not kept has not been seen. */
void event_walk_kept(struct event_walk *walk, const struct event_walk_place *place);
void event_walk_lost(struct event_walk *walk, int64_t now_ms, uint64_t random);

/* A person asks: the next pass begins now, unless one is under way or has failed. */
void event_walk_hurry(struct event_walk *walk, int64_t now_ms);

/* Whether all that is to be seen has been, as of the last pass to its end. */
bool event_walk_is_whole(const struct event_walk *walk);

#endif
