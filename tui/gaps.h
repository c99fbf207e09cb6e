/*
 * What is missing, as the dashboard shows it: the findings of api/reconcile.h, and how far Bridge's
 * list of events has been gone through. Part of the state; the runtime fills one in
 * (tui/runtime_gaps.c), app_gaps.c takes it over.
 */
#ifndef BRIDGETOP_TUI_GAPS_H
#define BRIDGETOP_TUI_GAPS_H

#include "api/contract.h"
#include "api/error.h"
#include "api/reconcile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAPS_MAX = 500 }; /* rows: those that are missing first, then the others, the newest */

struct gap_row {
    struct event event;                   /* as Bridge has it */
    char webhook_id[CONTRACT_ID_MAX + 1]; /* "" where it is not known */
    enum gap_reason reason;
    char why[RECONCILE_WHY_SIZE];
};

struct gaps {
    struct gap_row *rows; /* newest first */
    size_t count;
    size_t total;    /* that were found: more than rows where there are too many */
    bool compared;   /* the following hold */
    bool whole;      /* all of Bridge's list has been gone through that is to be */
    unsigned pages;  /* of it, in this pass */
    size_t events;   /* that were compared … */
    int64_t from_ms; /* created from … */
    int64_t until_ms;
    size_t older; /* of Bridge's list: from before this store, or such as may have been deleted */
    size_t seen;  /* of Bridge's list */
    int64_t seen_from_ms;
    size_t here;                   /* endpoints that have delivered to this store */
    size_t judged;                 /* of them, those whose queue and log are known */
    struct string_list categories; /* of those events, each once */
    bool settled;            /* nothing is missing, nor on its way: without news, none will be */
    char trouble[ERROR_MAX]; /* why it could not go on, "" where it could */
};

void gaps_clear(struct gaps *gaps);

/* How many rows are of events that are not here. */
size_t gaps_missing(const struct gaps *gaps);

#endif
