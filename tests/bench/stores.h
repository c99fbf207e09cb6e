/*
 * Stores of a chosen size for the benchmarks, kept between runs: a million deliveries take a
 * while to write.
 *
 * Measured programs write into them; one that has grown by a fifth is made anew.
 */
#ifndef BRIDGETOP_TESTS_BENCH_STORES_H
#define BRIDGETOP_TESTS_BENCH_STORES_H

#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { STORES_PATH_MAX = 512, STORES_ENDPOINTS = 8 };

/* The path of a store with `count` deliveries and STORES_ENDPOINTS endpoints, in an existing
   folder. */
bool stores_get(const char *folder, int64_t count, char path[STORES_PATH_MAX], struct error *error);

/* Makes the system forget, or have in memory, what the file holds. Not while this process has the
   store open: closing a descriptor of it would drop SQLite's locks. */
bool stores_chill(const char *path, struct error *error);
bool stores_warm(const char *path, struct error *error);

#endif
