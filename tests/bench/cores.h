/*
 * Which cores a program runs on, so that a receiver and its load keep out of each other's way.
 */
#ifndef BRIDGETOP_TESTS_BENCH_CORES_H
#define BRIDGETOP_TESTS_BENCH_CORES_H

#include <stdbool.h>

/* Two cores that this process may use. False where there are not so many. */
bool cores_two(int cores[2]);

/* This process, and what it starts from now on, runs on that core alone; -1: no change. */
void cores_use(int core);

#endif
