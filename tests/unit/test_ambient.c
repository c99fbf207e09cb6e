#include "api/ambient.h"

#include <criterion/criterion.h>
#include <time.h>

struct fixed {
    int64_t wall_ms;
    uint64_t steady_us;
    uint64_t random;
};

static int64_t fixed_wall_ms(void *context)
{
    return ((struct fixed *)context)->wall_ms;
}

static uint64_t fixed_steady_us(void *context)
{
    return ((struct fixed *)context)->steady_us;
}

static uint64_t fixed_random_u64(void *context)
{
    return ((struct fixed *)context)->random++;
}

Test(ambient, asks_what_it_was_given)
{
    struct fixed fixed = {1714672099465, 99, 7};
    struct ambient ambient = {fixed_wall_ms, fixed_steady_us, fixed_random_u64, &fixed};
    cr_expect_eq(ambient_wall_ms(&ambient), 1714672099465);
    cr_expect_eq(ambient_steady_us(&ambient), 99);
    cr_expect_eq(ambient_random_u64(&ambient), 7);
    cr_expect_eq(ambient_random_u64(&ambient), 8);
}

Test(ambient, the_real_wall_clock_is_in_milliseconds)
{
    struct ambient ambient = ambient_system();
    int64_t before = (int64_t)time(NULL);
    int64_t ms = ambient_wall_ms(&ambient);
    int64_t after = (int64_t)time(NULL);
    /* time() may go by a coarser clock, which lags behind by a tick. */
    cr_expect_geq(ms, (before - 1) * 1000);
    cr_expect_leq(ms, (after + 2) * 1000);
}

Test(ambient, the_real_steady_clock_never_steps_back)
{
    struct ambient ambient = ambient_system();
    uint64_t last = ambient_steady_us(&ambient);
    for (int i = 0; i < 1000; i++) {
        uint64_t now = ambient_steady_us(&ambient);
        cr_assert_geq(now, last);
        last = now;
    }
}

Test(ambient, real_random_numbers_use_every_bit)
{
    struct ambient ambient = ambient_system();
    uint64_t ones = 0;
    uint64_t zeros = 0;
    /* A bit that stays the same in 128 fair draws has a chance of 2 to the -127. */
    for (int i = 0; i < 128; i++) {
        uint64_t number = ambient_random_u64(&ambient);
        ones |= number;
        zeros |= ~number;
    }
    cr_expect_eq(ones, UINT64_MAX);
    cr_expect_eq(zeros, UINT64_MAX);
}
