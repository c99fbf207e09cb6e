#include "tui/glance.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000, STEP_MS = MINUTE_MS / GLANCE_STEPS, HIGH_PERCENTILE = 95 };

/* Rings hold the newest `size` spans of time; those that begin start from nothing. */
static void go_on_to(uint32_t *ring, int size, int64_t *newest, int64_t span)
{
    if (span <= *newest)
        return;
    int64_t first = *newest + 1 > span - size + 1 ? *newest + 1 : span - size + 1;
    for (int64_t i = first > 0 ? first : 0; i <= span; i++)
        ring[i % size] = 0;
    *newest = span;
}

static void count_in(uint32_t *ring, int size, int64_t *newest, int64_t span)
{
    go_on_to(ring, size, newest, span);
    if (span > *newest - size)
        ring[span % size]++;
}

void glance_add(struct glance *glance, int64_t received_ms, bool verified, int64_t answer_us)
{
    int64_t since_1970_ms = received_ms > 0 ? received_ms : 0;
    count_in(glance->minutes, GLANCE_MINUTES, &glance->minute, since_1970_ms / MINUTE_MS);
    count_in(glance->steps, GLANCE_STEPS, &glance->step, since_1970_ms / STEP_MS);
    glance->verified[glance->next] = verified;
    glance->answer_us[glance->next] = answer_us;
    glance->next = (glance->next + 1) % GLANCE_RECENT;
    if (glance->count < GLANCE_RECENT)
        glance->count++;
    if (glance->count <= GLANCE_FEW)
        glance->settled_ms = 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* Nearest rank: the smallest that at least so many percent do not exceed. */
static int64_t percentile(const int64_t *sorted, size_t count, size_t percent)
{
    size_t rank = (count * percent + 99) / 100;
    return count > 0 ? sorted[rank > 0 ? rank - 1 : 0] : -1;
}

static void settle(struct glance *glance)
{
    struct glance_figures *shown = &glance->shown;
    int64_t answers[GLANCE_RECENT];
    size_t answered = 0;
    size_t verified = 0;
    for (size_t i = 0; i < glance->count; i++) {
        verified += glance->verified[i];
        if (glance->answer_us[i] >= 0)
            answers[answered++] = glance->answer_us[i];
    }
    qsort(answers, answered, sizeof *answers, by_size);
    shown->arrivals = glance->count;
    shown->verified_percent = glance->count > 0 ? (int)(verified * 100 / glance->count) : 0;
    shown->p50_us = percentile(answers, answered, 50);
    shown->p95_us = percentile(answers, answered, HIGH_PERCENTILE);
    for (int i = 0; i < GLANCE_MINUTES; i++) {
        int64_t minute = glance->minute - GLANCE_MINUTES + 1 + i;
        shown->minutes[i] = minute >= 0 ? glance->minutes[minute % GLANCE_MINUTES] : 0;
    }
    shown->last_minute = 0;
    for (int i = 0; i < GLANCE_STEPS; i++)
        shown->last_minute += glance->steps[i];
}

/* A clock that was set back does not keep the figures from settling. */
void glance_tick(struct glance *glance, int64_t now_ms)
{
    int64_t since_ms = now_ms - glance->settled_ms;
    if (glance->settled_ms != 0 && since_ms >= 0 && since_ms < GLANCE_SETTLE_MS)
        return;
    glance->settled_ms = now_ms;
    go_on_to(glance->minutes, GLANCE_MINUTES, &glance->minute, now_ms / MINUTE_MS);
    go_on_to(glance->steps, GLANCE_STEPS, &glance->step, now_ms / STEP_MS);
    settle(glance);
}

static const char *bar(uint32_t count, uint32_t most)
{
    static const char *const SIGNS[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    enum { STEPS = sizeof SIGNS / sizeof *SIGNS - 1 };
    return SIGNS[(count * (uint64_t)STEPS + most - 1) / most];
}

size_t glance_spark(const struct glance_figures *figures, size_t most, char text[GLANCE_SPARK_SIZE])
{
    size_t columns = most < GLANCE_MINUTES ? most : GLANCE_MINUTES;
    uint32_t highest = 1;
    size_t at = 0;
    for (size_t i = GLANCE_MINUTES - columns; i < GLANCE_MINUTES; i++)
        if (figures->minutes[i] > highest)
            highest = figures->minutes[i];
    for (size_t i = GLANCE_MINUTES - columns; i < GLANCE_MINUTES; i++) {
        const char *sign = bar(figures->minutes[i], highest);
        size_t length = strlen(sign);
        memcpy(text + at, sign, length);
        at += length;
    }
    text[at] = '\0';
    return columns;
}
