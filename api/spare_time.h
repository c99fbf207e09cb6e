/*
 * When a thread that serves others may do what can wait.
 *
 * Whoever waits for an answer before sending the next request leaves an empty queue behind after
 * each: that is no time to spare. So while there is work again and again, spare work gets a share
 * of the time; once it has been calm for a while, all of it.
 *
 * Pure; times are steady, in microseconds.
 */
#ifndef BRIDGETOP_API_SPARE_TIME_H
#define BRIDGETOP_API_SPARE_TIME_H

#include <stdint.h>

enum {
    SPARE_TIME_CALM_US = 50 * 1000, /* since the last real work */
    SPARE_TIME_PAUSE = 9, /* before that, a step of spare work is followed by a pause of so
                             many times what it took: a tenth of the time */
};

/* Zeroed, it is time at once. */
struct spare_time {
    uint64_t worked_us; /* when real work was done last */
    uint64_t next_us;   /* no spare work before */
};

void spare_time_worked(struct spare_time *spare, uint64_t now_us);
void spare_time_used(struct spare_time *spare, uint64_t begun_us, uint64_t now_us);

#endif
