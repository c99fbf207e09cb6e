/*
 * Signed events at a steady rate, from a process of its own.
 *
 * The bodies are signed before the load begins, because signing costs more than all the rest: a
 * pool of LOAD_EVENTS different events that is sent round and round, each verified and stored anew
 * by the receiver. Events go out when the clock says so, over kept connections; what the receiver
 * cannot take in time waits, so the rate that was reached must be read beside the figures.
 */
#ifndef BRIDGETOP_TESTS_BENCH_LOAD_H
#define BRIDGETOP_TESTS_BENCH_LOAD_H

#include "api/error.h"
#include "tests/e2e/sender.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOAD_EVENTS = 1024, LOAD_CONNECTIONS = 64 };

struct load;

/* Signs the pool. */
struct load *load_new(const struct sender *sender, const char *path, struct error *error);
void load_free(struct load *load); /* stops it; NULL is fine */

/* Sends that many a second to 127.0.0.1, until load_stop(). */
bool load_start(struct load *load, uint16_t port, int rate, struct error *error);

struct load_result {
    double seconds;
    int64_t sent;
    int64_t stored; /* answered 200 */
    int64_t refused;
};

/* Returns what came of it. */
struct load_result load_stop(struct load *load);

/* Sends one event now, over a connection of its own. True when it was answered 200. */
bool load_one(struct load *load, uint16_t port);

#endif
