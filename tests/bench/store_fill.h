/*
 * Fills a store with arrivals as a listener would leave them: believable events of the sandbox's
 * stories, some of them refused, one every few seconds up to a given time. The same seed makes the
 * same rows.
 */
#ifndef BRIDGETOP_TESTS_BENCH_STORE_FILL_H
#define BRIDGETOP_TESTS_BENCH_STORE_FILL_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_fill {
    uint64_t seed;
    size_t rows;
    int64_t newest_ms; /* when the last one arrived */
    int64_t step_ms;   /* between two arrivals */
};

/* Appends the rows to the store at `path`, which is made where absent. Nothing is synced to disk
   until the end: for tests and benchmarks only. */
bool store_fill(const char *path, const struct store_fill *fill, struct error *error);

#endif
