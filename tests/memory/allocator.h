/*
 * An allocator that fails on the n-th call.
 *
 * malloc() and its kin are defined by the program itself, so that everything in the process comes
 * through here: the product, SQLite, curl, OpenSSL, libuv, cJSON and the C library. They hand on to
 * those behind them, the C library's or AddressSanitizer's. Counting and failing is for all
 * threads together, but for those that are exempt.
 */
#ifndef BRIDGETOP_TESTS_MEMORY_ALLOCATOR_H
#define BRIDGETOP_TESTS_MEMORY_ALLOCATOR_H

#include <stdbool.h>

/* From now on the nth call fails (1: the next; 0: none), and with `ever` all after it, too. */
void allocator_arm(long nth, bool ever);

/* Nothing fails any more. Returns whether something did. */
bool allocator_disarm(void);

/* This thread's allocations neither fail nor count. */
void allocator_exempt_thread(void);

/* Blocks that are in use, of threads that are not exempt. */
long allocator_live(void);

/* Writes where the call was made that failed last. */
void allocator_tell(void);

#endif
