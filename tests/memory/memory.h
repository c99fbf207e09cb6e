/*
 * What the scenarios of `make memory` share.
 */
#ifndef BRIDGETOP_TESTS_MEMORY_MEMORY_H
#define BRIDGETOP_TESTS_MEMORY_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* One run, in which the nth allocation fails (0: none). Returns whether something failed: the last
   run is the one in which nothing did. What is wrong is told with memory_wrong(). */
typedef bool (*memory_scenario)(long nth, bool ever);

bool memory_delivery(long nth, bool ever); /* received, verified, stored, answered */
bool memory_poll(long nth, bool ever);     /* endpoints, a queue and a log, as the API has them */

void memory_delivery_begin(void);
void memory_delivery_end(void);
void memory_poll_begin(void);
void memory_poll_end(void);

/* Tells it with the failed allocation, and counts it. */
void memory_wrong(const char *what);

/* A loop that has its table of descriptors: libuv ends the program where that cannot grow. */
void memory_loop_init(uv_loop_t *loop);

/* Runs the loop until it holds, or for so long. Returns whether it holds. */
bool memory_turn_until(uv_loop_t *loop, bool (*holds)(void), int64_t patience_ms);

#endif
