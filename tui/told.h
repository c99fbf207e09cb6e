/*
 * What the inspector holds while it tells of an event's whole way, or of an object's events: what
 * was read of the store, and what else had to be found out.
 */
#ifndef BRIDGETOP_TUI_TOLD_H
#define BRIDGETOP_TUI_TOLD_H

#include "api/contract.h"
#include "api/store_event.h"
#include "tui/object_history.h"

#include <stdbool.h>
#include <stdint.h>

enum { TOLD_LINE_MAX = 512 };

/* Of the store. */
struct told_reading {
    uint64_t asked; /* the one that is waited for; 0: none */
    bool again;     /* and once more after it */
};

struct trace_told {
    char event_id[CONTRACT_ID_MAX + 1];
    struct told_reading reading;
    struct event_record *record; /* NULL: not read yet */
    char trouble[TOLD_LINE_MAX]; /* why it could not be, or "" */
    struct event event;          /* as Bridge told of it; no id: it did not */
    bool asked_bridge;           /* for that */
};

struct object_told {
    char event_id[CONTRACT_ID_MAX + 1]; /* it was opened from this one; "" where not from one */
    char object_id[OBJECT_ID_SIZE];     /* "": which object that is about is not known yet */
    struct told_reading reading;
    bool whole;                     /* all of the store has been looked through */
    struct event_list bridge;       /* events of it that Bridge told of */
    struct object_history *history; /* NULL: nothing read yet */
    char trouble[TOLD_LINE_MAX];
    bool asked_bridge;
};

/* NULL is fine. */
void trace_told_free(struct trace_told *told);
void object_told_free(struct object_told *told);

#endif
