/*
 * Makes the search index of a store, a little at a time, in the thread that writes it.
 *
 * A row is indexed some time after it was committed: an acknowledgement never waits for more than
 * one step. Each call of store_index_step() does one slice of work: reads at most
 * STORE_INDEX_SLICE_BYTES of rows, or writes at most STORE_INDEX_SLICE_CHUNKS chunks in a
 * transaction of its own (a few milliseconds). What a power cut takes of the index is made again.
 *
 * It has a connection of its own, with synchronous=NORMAL: an index need not be on disk before
 * anybody is answered. It never waits for another program's lock.
 */
#ifndef BRIDGETOP_API_STORE_INDEX_H
#define BRIDGETOP_API_STORE_INDEX_H

#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STORE_INDEX_SLICE_BYTES = 24 * 1024, /* with the bytes of SQLite: 1 to 2 ms */
    STORE_INDEX_SLICE_ROWS = 48,
    STORE_INDEX_SLICE_CHUNKS = 16,
    STORE_INDEX_CACHE_KB = 1024,
};

struct store_index;

/* Opens the store at `path`, which must be one. */
struct store_index *store_index_open(const char *path, struct error *error);
void store_index_close(struct store_index *index);

enum store_index_result {
    STORE_INDEX_MORE,   /* there is more to do */
    STORE_INDEX_IDLE,   /* all whole segments are indexed: nothing to do until rows come */
    STORE_INDEX_FAILED, /* with a line; later calls begin the segment again */
};

enum store_index_result store_index_step(struct store_index *index, struct error *error);

/* One above the last row that the index has. */
int64_t store_index_end(const struct store_index *index);

#endif
