#include "api/ambient.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t system_wall_ms(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t system_steady_us(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t system_random_u64(void *context)
{
    (void)context;
    uint64_t value;
    ssize_t length;
    /* Eight bytes are never split or refused once the kernel's pool is up; before that a
       signal may interrupt the wait (getrandom(2)). A kernel without it cannot make
       idempotency keys. */
    do
        length = getrandom(&value, sizeof value, 0);
    while (length < 0 && errno == EINTR);
    if (length != (ssize_t)sizeof value)
        abort();
    return value;
}

struct ambient ambient_system(void)
{
    return (struct ambient){
        .wall_ms = system_wall_ms,
        .steady_us = system_steady_us,
        .random_u64 = system_random_u64,
    };
}

int64_t ambient_wall_ms(const struct ambient *ambient)
{
    return ambient->wall_ms(ambient->context);
}

uint64_t ambient_steady_us(const struct ambient *ambient)
{
    return ambient->steady_us(ambient->context);
}

uint64_t ambient_random_u64(const struct ambient *ambient)
{
    return ambient->random_u64(ambient->context);
}
