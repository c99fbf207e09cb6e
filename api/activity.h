/*
 * What was done to the account's endpoints: by others, as two answers of Bridge's about an endpoint
 * show, and by us, with how it ended. Data alone; the store keeps it (api/store_activity.h).
 *
 * A side ("before", "after") is text, a line a field: "state: active", "URL: https://…",
 * "categories: transfer, customer", "key: SHA-256 3f2a…". Of a change only the fields that differ
 * have a line; of an endpoint that is new or gone, all.
 *
 * Strings are allocated, owned by the struct, untrusted text. `*_clear` frees and zeroes.
 */
#ifndef BRIDGETOP_API_ACTIVITY_H
#define BRIDGETOP_API_ACTIVITY_H

#include "api/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ACTIVITY_VALUE_MAX = 2048, /* bytes of one URL or category */
    ACTIVITY_SIDE_MAX = 8192,  /* of a side; what is more is cut, and ends in "…" */
    ACTIVITY_NOTES_MAX = 1024, /* that wait to be written; of more, the oldest go */
    ACTIVITY_KEPT = 10 * 1000, /* rows in a store, the newest */
    ACTIVITY_LATE_MS =
        10 * 60 * 1000, /* an action of ours is over by then, whatever became of it */
};

enum activity_who { ACTIVITY_OTHERS, ACTIVITY_OWN };

enum activity_outcome {
    ACTIVITY_UNDER_WAY,
    ACTIVITY_DONE, /* 1 in SQL */
    ACTIVITY_REFUSED,
    ACTIVITY_UNCERTAIN, /* no answer that can be relied on: it may have been done */
};

enum activity_field {
    ACTIVITY_STATE = 1 << 0,
    ACTIVITY_URL = 1 << 1,
    ACTIVITY_CATEGORIES = 1 << 2,
    ACTIVITY_KEY = 1 << 3,
    ACTIVITY_EXISTENCE = 1 << 4, /* it is new, or gone */
    ACTIVITY_ALL = (1 << 5) - 1,
};

struct activity {
    int64_t id; /* in the store */
    enum activity_who who;
    enum activity_outcome outcome; /* ours; others' is done */
    int64_t at_ms;                 /* others': seen; ours: begun */
    int64_t since_ms;              /* others': it was still as before then; 0: not known */
    int64_t ended_ms;              /* ours; 0: under way */
    int64_t token;    /* ours: by which its end finds its beginning; 0: it is noted once */
    unsigned fields;  /* enum activity_field: that it changes */
    char *webhook_id; /* NULL: of a new endpoint, until it is known */
    char *text;       /* a phrase: "wep_1 was active and is disabled", "enabled wep_1" */
    char *before;     /* sides, "" where there is none */
    char *after;
};

void activity_clear(struct activity *activity);
bool activity_copy(struct activity *to, const struct activity *from); /* overwrites `to` */

/* How an endpoint differs from what it was, but for the fields of `except`; NULL: it was not there,
   or is not any more (so does one with the state WEBHOOK_DELETED). An answer without a key says
   nothing of the key. Fills in fields, id, text and sides; fields is 0 where nothing differs. False
   when memory is out. */
bool activity_compare(const struct webhook *was, const struct webhook *is, unsigned except,
                      struct activity *activity);

/* Whether it is ours and asked Bridge to send an event that was sent, or may have been: which, as
   its text says ("sent wh_1 to wep_1"). */
bool activity_sent_event(const struct activity *activity, char event_id[CONTRACT_ID_MAX + 1]);

/* The side that says those fields of an endpoint, allocated. NULL when memory is out. */
char *activity_side(const struct webhook *webhook, unsigned fields);

/* Whether each line of a side is one of another's: what came about is what was asked for. */
bool activity_covers(const char *wanted, const char *side);

/* --- what an action of ours tells the store ---------------------------------- */

struct activity_note {
    struct activity activity;
    bool answered; /* Bridge answered with the endpoint as it is now */
    struct webhook answer;
    bool gone; /* the action deleted it */
};

struct activity_notes {
    struct activity_note *items;
    size_t count;
    size_t capacity;
};

/* Copies. False when memory is out. */
bool activity_notes_add(struct activity_notes *notes, const struct activity_note *note);

/* Puts all of `more` behind them, and empties it; what memory is not there for is let go. */
void activity_notes_join(struct activity_notes *notes, struct activity_notes *more);
void activity_notes_clear(struct activity_notes *notes);

/* --- when a list of endpoints was asked for ------------------------------------- */

/* Wall clock. An action of ours that was not over when the list was asked for may show in it or
   not: what the list says of that endpoint is then not compared. */
struct list_times {
    int64_t asked_ms;
    int64_t answered_ms;
    int64_t since_ms; /* when the list before it was asked for by this program; 0: there was none */
};

#endif
