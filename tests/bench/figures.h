/*
 * What is measured: samples and their percentiles, and what a process has cost, from /proc.
 */
#ifndef BRIDGETOP_TESTS_BENCH_FIGURES_H
#define BRIDGETOP_TESTS_BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A figure that was not measured. */
#define FIGURE_NONE (-1.0)

enum { SAMPLES_MAX = 4096 };

struct samples {
    double items[SAMPLES_MAX]; /* sorted by samples_percentile() */
    size_t count;
};

void samples_add(struct samples *samples, double value); /* beyond SAMPLES_MAX: dropped */

/* The value that `percent` of them do not exceed (nearest rank); FIGURE_NONE without any. */
double samples_percentile(struct samples *samples, double percent);

/* A process with all its threads. */
struct usage {
    double cpu_ms;   /* on a core so far */
    int64_t wakeups; /* times it went to sleep by itself, and so was woken */
    double rss_mb;   /* resident now, shared libraries included; 10^6 bytes */
    double peak_mb;  /* the most it was */
};

/* False when the process is gone. */
bool usage_read(pid_t pid, struct usage *usage);

/* What its threads of that name have had of a core so far, in milliseconds; 0 without any. */
double usage_of_threads(pid_t pid, const char *name);

#endif
