/*
 * How much of the past a store keeps: by age, by count, by size. Pure.
 */
#ifndef BRIDGETOP_API_KEEP_H
#define BRIDGETOP_API_KEEP_H

#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>

/* What exceeds any of these goes, the oldest first. 0 is no limit. */
struct store_keep {
    int64_t age_ms; /* since a row arrived */
    int64_t count;  /* rows */
    int64_t bytes;  /* of the file that are in use */
};

enum { KEEP_NUMBER_MAX = 1000000000 };

/* Adds one limit, as it is typed: "30d" (s, m, h, d, w), "100000" (rows), "2GB" (kB, MB, GB, TB of
   1,000s; KiB, MiB, GiB, TiB of 1,024s), in any case. False with a line when it is none of these,
   is 0, or one of its kind is there already. */
bool keep_add(struct store_keep *keep, const char *text, struct error *error);

#endif
