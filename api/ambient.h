/*
 * What a module may ask of the world: the time, and random bits.
 *
 * No module reads a clock or draws a random number by itself; it is handed one of
 * these. Tests pass their own and get exact results. Loop timers (uv_timer_t)
 * are not time in this sense: they only say "later".
 */
#ifndef BRIDGETOP_API_AMBIENT_H
#define BRIDGETOP_API_AMBIENT_H

#include <stdint.h>

struct ambient {
    int64_t (*wall_ms)(void *context);     /* milliseconds since 1970-01-01 UTC */
    uint64_t (*steady_us)(void *context);  /* microseconds that never step back */
    uint64_t (*random_u64)(void *context); /* unpredictable, uniform */
    void *context;
};

/* The real clocks and the kernel's random numbers. */
struct ambient ambient_system(void);

int64_t ambient_wall_ms(const struct ambient *ambient);
uint64_t ambient_steady_us(const struct ambient *ambient);
uint64_t ambient_random_u64(const struct ambient *ambient);

#endif
