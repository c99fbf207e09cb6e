/*
 * What a receiver and a dashboard cost while nothing arrives.
 */
#ifndef BRIDGETOP_TESTS_BENCH_RECEIVER_IDLE_H
#define BRIDGETOP_TESTS_BENCH_RECEIVER_IDLE_H

#include "tests/bench/table.h"
#include "tests/e2e/child.h"

/* Watches for so many seconds `bridgetop listen` on the store, a dashboard that follows it there,
   and a dashboard that receives by itself for a store of its own; all at the same time. Into the
   table's first column. */
bool idle_measure(const struct child_home *home, const char *program, const char *key,
                  const char *store, int seconds, struct table *table, struct error *error);

#endif
