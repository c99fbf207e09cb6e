/*
 * Keeps a store within its bounds, a little at a time, in the thread that writes it.
 *
 *   keys        what moves on from event_keys_0 to _1 to _2 (api/store_file.h) goes in runs of one
 *               part of all numbers at a time; keys of rows that are gone go on that way
 *   refused     of what is not genuine the newest STORE_REFUSED_MAX rows and STORE_REFUSED_BYTES
 *               (all that their senders chose the length of) are kept
 *   keep        what is older, more or larger than is to be kept goes, the oldest first; where that
 *               was asked for, once it is exported and on disk as JSON lines
 *   index       segments whose rows are all gone
 *   pages       that are free go back to the file system, but for STORE_FREE_PAGES
 *
 * A step is one transaction of a few milliseconds. It has a connection of its own, with
 * synchronous=NORMAL: what a power cut brings back is taken away again. It never waits for another
 * program's lock.
 */
#ifndef BRIDGETOP_API_STORE_UPKEEP_H
#define BRIDGETOP_API_STORE_UPKEEP_H

#include "api/error.h"
#include "api/keep.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STORE_REFUSED_MAX = 10000,
    STORE_REFUSED_BYTES = 64 * 1024 * 1024,
    STORE_FREE_PAGES = 256,                  /* for what comes next */
    STORE_KEYS_0_MAX = 4096,                 /* then a quarter of them moves on */
    STORE_KEYS_1_MAX = 65536,                /* then a 64th */
    STORE_UPKEEP_ROWS = 128,                 /* deleted in one step, at most */
    STORE_UPKEEP_BYTES = 2 * 1024 * 1024,    /* of bodies: likewise */
    STORE_UPKEEP_PAGES = 64,                 /* given back in one step */
    STORE_UPKEEP_AGAIN_MS = 60 * 1000,       /* ages are looked at no more often */
    STORE_UPKEEP_BUSY_MS = 500,              /* a lock that another has is asked for again */
    STORE_UPKEEP_LATEST_MS = 60 * 60 * 1000, /* and no less */
};

struct store_upkeep_config {
    const char *path;
    struct store_keep keep;
    const char *export_folder; /* NULL: what goes is not exported */
};

struct store_upkeep;

/* Opens the store at config->path, which must be one. Copies what it needs. */
struct store_upkeep *store_upkeep_open(const struct store_upkeep_config *config,
                                       struct error *error);
void store_upkeep_close(struct store_upkeep *upkeep);

enum store_upkeep_result {
    STORE_UPKEEP_MORE,   /* there is more to do */
    STORE_UPKEEP_IDLE,   /* all is within its bounds */
    STORE_UPKEEP_BUSY,   /* another connection writes at this moment: later */
    STORE_UPKEEP_FAILED, /* with a line; what was to be done is still there */
};

/* One thing that is due, in one transaction. `now_ms` is wall time, for ages. */
enum store_upkeep_result store_upkeep_step(struct store_upkeep *upkeep, int64_t now_ms,
                                           struct error *error);

/* Whether a bound is passed by a quarter: then steps are more urgent than throughput. */
bool store_upkeep_behind(const struct store_upkeep *upkeep);

/* Rows that were deleted since it was opened. */
int64_t store_upkeep_deleted(const struct store_upkeep *upkeep);

/* After STORE_UPKEEP_IDLE: milliseconds until age alone may make something due; -1: never. */
int64_t store_upkeep_wait_ms(const struct store_upkeep *upkeep, int64_t now_ms);

#endif
