/*
 * When a receiver ran for a store: for whoever has to know whether something would be in it, had it
 * arrived.
 *
 * A period begins when a receiver has opened the file, and ends when it leaves in order. One that
 * did not (it was killed) is known to have lasted up to the newest row; that is written when the
 * next begins. Times are those of the receiver's clock.
 */
#ifndef BRIDGETOP_API_STORE_PERIODS_H
#define BRIDGETOP_API_STORE_PERIODS_H

#include "api/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORE_PERIODS_KEPT = 256 }; /* the newest */

struct store_period {
    int64_t began_ms;
    int64_t until_ms; /* of one that goes on, or was not ended: as far as it is known */
    bool open;        /* it goes on, where a receiver has the store's lock */
};

/* In a transaction of its own. *began_ms is when this receiver's period began, as it was told by
   the call before, or 0; where the file does not know of it (it is the first, or another file has
   taken its place), one begins now. */
bool store_begin_period(struct store *store, int64_t *began_ms, int64_t now_ms,
                        struct error *error);
bool store_end_period(struct store *store, int64_t began_ms, int64_t now_ms, struct error *error);

/* The newest STORE_PERIODS_KEPT, in order of time. */
bool store_load_periods(struct store *store, struct store_period periods[STORE_PERIODS_KEPT],
                        size_t *count, struct error *error);

#endif
