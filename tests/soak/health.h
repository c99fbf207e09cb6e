/*
 * What a process holds, sampled while it runs, and whether that is flat.
 */
#ifndef BRIDGETOP_TESTS_SOAK_HEALTH_H
#define BRIDGETOP_TESTS_SOAK_HEALTH_H

#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum health_figure { HEALTH_RSS_KB, HEALTH_DESCRIPTORS, HEALTH_THREADS, HEALTH_FIGURES };

enum { HEALTH_SAMPLES_MAX = 1024 };

/* One process from its start to its end; zeroed but for the first three, it has no samples. When
   there is no more room, every other sample is dropped, and from then on half as many are taken. */
struct health {
    const char *name;
    pid_t pid;
    int64_t most[HEALTH_FIGURES]; /* the limits */
    int64_t samples[HEALTH_SAMPLES_MAX][HEALTH_FIGURES];
    int count;
    int every, due; /* of calls, taken as a sample: each one at first */
    int64_t highest[HEALTH_FIGURES];
};

/* False when the process is gone. */
bool health_sample(struct health *health);

/* Whether no figure was above its limit, and in the last quarter of its samples none is higher than
   in the second by more than it may be. With few samples only the limits count. */
bool health_is_flat(const struct health *health, struct error *error);

/* The median of the second quarter (the first is warming up) and of the last. */
void health_medians(const struct health *health, enum health_figure figure, int64_t *early,
                    int64_t *late);

const char *health_figure_name(enum health_figure figure);

#endif
