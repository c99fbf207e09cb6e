#include "api/duration.h"

#include <stddef.h>
#include <stdio.h>

void duration_format(int64_t ms, char text[DURATION_SIZE])
{
    if (ms < 1000) {
        (void)snprintf(text, DURATION_SIZE, "%d ms", (int)ms);
        return;
    }
    static const struct {
        int64_t seconds;
        const char *name;
    } UNITS[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}, {1, NULL}};
    int64_t seconds = ms / 1000 + (ms % 1000 != 0);
    size_t unit = 0;
    while (UNITS[unit].seconds > seconds)
        unit++;
    int used = snprintf(text, DURATION_SIZE, "%lld %s", (long long)(seconds / UNITS[unit].seconds),
                        UNITS[unit].name);
    long long rest = (long long)(seconds % UNITS[unit].seconds / UNITS[unit + 1].seconds);
    if (rest > 0)
        (void)snprintf(text + used, DURATION_SIZE - (size_t)used, " %lld %s", rest,
                       UNITS[unit + 1].name);
}
