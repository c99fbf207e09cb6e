/*
 * What the poller asks next, and when: a plan without clock, network or timer.
 *
 * Now goes in, the next job and the time of the one after it come out, so that
 * cadence is tested with exact times. All times are milliseconds of one steady clock.
 *
 *   focused      the list, and the upcoming events and logs of the endpoint in focus: an
 *                interval after the last answer
 *   background   the logs of the other endpoints, one at a time and all together at most one
 *                a background pause, however many they are: first those whose rows are shown,
 *                the one that waits longest first, none more often than every
 *                SCHEDULE_SHOWN_FACTOR intervals; where these leave room, the hidden ones in
 *                the same way, every SCHEDULE_HIDDEN_FACTOR intervals
 *   beginning    the first SCHEDULE_BURST requests for shown rows that were never asked
 *                follow each other without the background pause, still one at a time
 *   wanted       what somebody waits for follows each other without the background pause, one at a
 *                time, as those at the beginning
 *   own backoff  after a failure of its own, a call waits longer each time; nothing else does
 *   common pause after a failure that all calls share, nothing is asked; then the list
 *                alone, until it answers
 *
 *   beat         where there is one, what is asked again and again is moved to the nearest beat, up
 *                to half of one sooner or later: all that is due about then, and a clock that is
 *                drawn, then share one wake-up. What a person or a failure leads to is not moved
 *
 * The list decides what else a failure means. A 404 is the call's own failure, and the
 * list is asked at once: it drops the endpoint or still names it. A 5xx or no answer to an
 * endpoint's call is its own failure too, but puts everything in doubt: the list is asked at
 * once and alone, and either answers, and all goes on, or fails, and the failure is common.
 */
#ifndef BRIDGETOP_API_SCHEDULE_H
#define BRIDGETOP_API_SCHEDULE_H

#include "api/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCHEDULE_INTERVAL_MIN_MS = 1000,
    SCHEDULE_BACKGROUND_MS = 1000, /* or a fifth of the interval, where that is longer */
    SCHEDULE_SHOWN_FACTOR = 3,
    SCHEDULE_HIDDEN_FACTOR = 6,
    SCHEDULE_SHOWN_MAX = 64,        /* rows; what is shown beyond them counts as hidden */
    SCHEDULE_BURST = 12,            /* once, not once a screen */
    SCHEDULE_IN_FLIGHT_MAX = 2,     /* of which one in the background */
    SCHEDULE_FRESH_MS = 1000,       /* answers that are not asked again when they come on screen */
    SCHEDULE_SETTLE_MS = 250,       /* a person who runs through the list, or holds R */
    SCHEDULE_SLOW_FIRST_MS = 15000, /* a key that was refused seldom gets better by itself */
    SCHEDULE_SLOW_MAX_MS = 5 * 60 * 1000,
    SCHEDULE_OWN_MAX_MS = 5 * 60 * 1000, /* for one endpoint's own failures */
    SCHEDULE_ID_SIZE = 4 * CONTRACT_ID_MAX + 1,
};

#define SCHEDULE_NEVER INT64_MAX

enum schedule_kind { SCHEDULE_LIST, SCHEDULE_UPCOMING, SCHEDULE_LOGS };

struct schedule_job {
    enum schedule_kind kind;
    bool background;           /* its endpoint was not in focus when it was given out */
    char id[SCHEDULE_ID_SIZE]; /* "" for the list */
};

/* One thing that is asked again and again. */
struct schedule_lane {
    bool asked;          /* answered_ms holds */
    int64_t answered_ms; /* when the last answer or failure came */
    int64_t not_before_ms;
    unsigned failures; /* of its own, in a row */
    bool in_flight;
    bool again; /* was wanted while it was in flight */
};

struct schedule_endpoint {
    char id[SCHEDULE_ID_SIZE];
    bool gone;                       /* deleted by us: not asked, even while lists still name it */
    bool shown;                      /* its row is on screen */
    bool wants_logs, wants_upcoming; /* once, as soon as may be: see schedule_want() */
    struct schedule_lane upcoming;
    struct schedule_lane logs;
};

struct schedule {
    int64_t interval_ms;
    int64_t beat_ms; /* 0: none */
    int64_t beat_at_ms;
    struct schedule_lane list;
    struct schedule_endpoint *endpoints;
    size_t count;
    char shown[SCHEDULE_SHOWN_MAX][SCHEDULE_ID_SIZE];
    size_t shown_count;
    unsigned burst_left;
    char focus[SCHEDULE_ID_SIZE]; /* "": none */
    bool focus_moved;             /* focus_moved_ms holds */
    int64_t focus_moved_ms;
    int64_t background_due_ms;
    unsigned in_flight;
    unsigned background_in_flight;
    bool doubt;              /* the list has to show whether a failure is common */
    unsigned failures;       /* common, in a row; 0: well */
    int64_t paused_until_ms; /* common; holds while failures > 0 */
    int64_t floor_ms;        /* Retry-After: not even a person may ask before */
};

void schedule_init(struct schedule *schedule, int64_t interval_ms);
void schedule_clear(struct schedule *schedule);

/* Beats come every `every_ms` (0: there are none), one of them at `at_ms`. */
void schedule_beat(struct schedule *schedule, int64_t every_ms, int64_t at_ms);
bool schedule_is_beat(const struct schedule *schedule, int64_t ms);

/* The next job that may start now, marked as in flight: call until false, then
   again at *when_ms or when something has changed. SCHEDULE_NEVER: only a change helps. */
bool schedule_next(struct schedule *schedule, int64_t now_ms, struct schedule_job *job,
                   int64_t *when_ms);

/* How a job ended. Jobs of endpoints that are no longer there are fine. */
void schedule_succeeded(struct schedule *schedule, const struct schedule_job *job, int64_t now_ms);
void schedule_cancelled(struct schedule *schedule, const struct schedule_job *job);

enum schedule_cause {
    SCHEDULE_OWN,     /* this call's alone: 403, an unreadable answer */
    SCHEDULE_MISSING, /* 404: perhaps its endpoint was deleted */
    SCHEDULE_UNCLEAR, /* 5xx, no answer: perhaps common */
    SCHEDULE_COMMON,  /* 401, 429: the same for all calls */
};

struct schedule_failure {
    enum schedule_cause cause; /* of the list: always common, whatever this says */
    bool slow;                 /* no hurry: the key was refused */
    int64_t retry_after_ms;    /* or -1 */
};

void schedule_failed(struct schedule *schedule, const struct schedule_job *job,
                     const struct schedule_failure *failure, int64_t now_ms, uint64_t random);

/* When the list is tried again after a common failure; SCHEDULE_NEVER when all is well. */
int64_t schedule_retry_ms(const struct schedule *schedule);

/* The endpoints are those of the newest list: what is not in it is dropped. False when memory is
   out; the old ones stay. Ids that are longer than an id can be are left out. */
bool schedule_set_endpoints(struct schedule *schedule, const struct webhook_list *list);

/* Whose rows are on screen, in place of what was said before; copied. They need not be
   known yet. */
void schedule_show(struct schedule *schedule, const char *const *ids, size_t count);

/* Whose details are on screen: asked at once unless fresh. NULL or "": none. */
void schedule_focus(struct schedule *schedule, const char *id, int64_t now_ms);

/* Somebody waits for what these endpoints say: logs and upcoming events are asked for once, before
   anything else of the background and without its pauses, but one at a time. Ids that are not known
   are left out; what was answered within `fresh_ms` is not asked again. */
void schedule_want(struct schedule *schedule, const char *const *ids, size_t count,
                   int64_t fresh_ms, int64_t now_ms);

/* Asks the list, what is in focus and shown rows that failed, whatever the pause and the backoff
   but not before a Retry-After. */
void schedule_refresh(struct schedule *schedule, int64_t now_ms);

/* This endpoint was deleted: it is not asked again, even while lists still name it, and the list
   is asked now. */
void schedule_forget(struct schedule *schedule, const char *id, int64_t now_ms);

#endif
