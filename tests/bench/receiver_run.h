/*
 * One measurement of a receiver: a server is started, loaded, looked at and ended.
 */
#ifndef BRIDGETOP_TESTS_BENCH_RECEIVER_RUN_H
#define BRIDGETOP_TESTS_BENCH_RECEIVER_RUN_H

#include "tests/bench/load.h"
#include "tests/bench/server.h"

enum run_figure {
    RUN_RATE, /* deliveries a second that were answered 200 */
    RUN_P50_MS,
    RUN_P99_MS,
    RUN_P999_MS,
    RUN_CPU_US,    /* of the receiver's, a delivery, while they arrived; without printing */
    RUN_VERIFY_US, /* of it, the threads that verify and that store */
    RUN_STORE_US,
    RUN_PRINT_US, /* and printing what had its turn meanwhile */
    RUN_AFTER_US, /* and what it does with them afterwards, once nothing arrives */
    RUN_IDLE_MB,  /* resident before the first */
    RUN_PEAK_MB,
    RUN_DISK, /* bytes of a new store, a delivery */
    RUN_PACED_P50_MS,
    RUN_PACED_P99_MS,
    RUN_FIGURES
};

struct run_plan {
    struct server_plan server;
    struct load_plan load; /* without port and count */
    int warm_ms;           /* under load before the measurement */
    int measure_ms;
    int paced_rate; /* a second, afterwards; 0: not */
    int paced_ms;
};

/* All in, FIGURE_NONE for what was not measured. Deliveries that were refused or lost make it
   fail: then the receiver was not measured at what it is to do. */
bool run_measure(const struct run_plan *plan, struct load *load, double figures[RUN_FIGURES],
                 struct error *error);

/* The median of each figure over the rounds. */
enum { RUN_ROUNDS_MAX = 16 };
struct run_rounds {
    double figures[RUN_ROUNDS_MAX][RUN_FIGURES];
    int count;
};
double run_median(const struct run_rounds *rounds, enum run_figure figure);

#endif
