/*
 * Deliveries of a corpus sent to a receiver on this machine, from a process of its own.
 *
 * Without a rate each connection sends the next one as soon as it has its answer: what the receiver
 * can do. With a rate they go out when the clock says so, and a latency counts from then on, also
 * while one waits for a free connection: a receiver that stops for a moment does not hide what
 * would have come meanwhile. Without kept connections each delivery opens one, and its latency has
 * the handshakes in it.
 *
 * A delivery is sent once, whatever becomes of it, until the corpus is begun anew.
 */
#ifndef BRIDGETOP_TESTS_BENCH_LOAD_H
#define BRIDGETOP_TESTS_BENCH_LOAD_H

#include "api/error.h"
#include "tests/bench/corpus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_CONNECTIONS_MAX = 1024 };

struct load;

/* The corpus must outlive it. */
struct load *load_new(const struct corpus *corpus, struct error *error);
void load_free(struct load *load); /* stops it; NULL is fine */

struct load_plan {
    uint16_t port; /* of 127.0.0.1 */
    int connections;
    bool keep_alive;
    bool tls; /* the certificate is not checked, no session is resumed */
    int rate; /* a second; 0: as fast as answers come */
    size_t count;
    int cpu; /* the core to run on; -1: any */
};

/* Sends the next `count` of the corpus, or what is left of it. */
bool load_start(struct load *load, const struct load_plan *plan, struct error *error);

/* Whether every delivery has been answered or lost. False after the limit. */
bool load_wait(const struct load *load, int limit_ms);

struct load_result {
    double seconds; /* from the first byte sent to the last answer */
    int64_t sent;
    int64_t stored;  /* answered 200 */
    int64_t refused; /* answered otherwise, or not at all */
    double p50_ms, p99_ms, p999_ms;
};

/* Ends it, and returns what came of it. */
struct load_result load_stop(struct load *load);

size_t load_left(const struct load *load); /* that have not been sent; not while it runs */
void load_rewind(struct load *load);       /* none has been: for a receiver that knows none */

/* Sends the next one now, over a connection of its own. True when it was answered 200. */
bool load_one(struct load *load, uint16_t port);

#endif
