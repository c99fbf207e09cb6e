#include "api/queue_trend.h"

#include "api/duration.h"

#include <stdio.h>
#include <string.h>

static uint64_t number_of(const char *id)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (; *id != '\0'; id++)
        hash = (hash ^ (unsigned char)*id) * UINT64_C(0x100000001B3); /* FNV-1a */
    return hash;
}

void queue_trend_look(struct queue_trend *trend, const struct event_list *upcoming, int64_t now_ms)
{
    if (upcoming->count == 0) { /* all before it has gone */
        *trend = (struct queue_trend){0};
        return;
    }
    const struct event *first = &upcoming->items[0];
    trend->newest = (struct queue_look){.at_ms = now_ms,
                                        .waiting = upcoming->count,
                                        .first = number_of(first->id),
                                        .created_ms = first->created_ms};
    if (trend->count > 0 && now_ms - trend->looks[trend->count - 1].at_ms < QUEUE_TREND_STEP_MS)
        return;
    if (trend->count == QUEUE_TREND_LOOKS) {
        trend->count--;
        memmove(trend->looks, trend->looks + 1, trend->count * sizeof *trend->looks);
    }
    trend->looks[trend->count++] = trend->newest;
}

/* The oldest look that is to be compared with; NULL: none is old enough. */
static const struct queue_look *before(const struct queue_trend *trend)
{
    for (size_t i = 0; i < trend->count; i++) {
        int64_t age_ms = trend->newest.at_ms - trend->looks[i].at_ms;
        if (age_ms <= QUEUE_TREND_MS)
            return age_ms >= QUEUE_TREND_LEAST_MS ? &trend->looks[i] : NULL;
    }
    return NULL;
}

bool queue_trend_grows(const struct queue_trend *trend, int64_t now_ms, char *text, size_t size)
{
    const struct queue_look *now = &trend->newest;
    const struct queue_look *then = before(trend);
    char since[DURATION_SIZE], age[DURATION_SIZE], age_then[DURATION_SIZE];
    text[0] = '\0';
    if (then == NULL || now_ms - now->at_ms > QUEUE_TREND_LEAST_MS)
        return false; /* what was not looked at for a while says nothing of now */
    duration_format(now->at_ms - then->at_ms, since);
    if (now->waiting > then->waiting) {
        (void)snprintf(text, size, "grows: %zu waited %s ago, %zu%s now", then->waiting, since,
                       now->waiting, now->waiting >= CONTRACT_UPCOMING ? " or more" : "");
        return true;
    }
    if (then->waiting < CONTRACT_UPCOMING || now->waiting < CONTRACT_UPCOMING ||
        now->first == then->first || now->created_ms < 0 || then->created_ms < 0)
        return false;
    int64_t behind = now->at_ms - now->created_ms, behind_then = then->at_ms - then->created_ms;
    if (behind < behind_then + QUEUE_BEHIND_MS)
        return false;
    duration_format(behind, age);
    duration_format(behind_then > 0 ? behind_then : 0, age_then);
    (void)snprintf(text, size, "falls behind: its first event is %s old, %s ago that was %s", age,
                   since, age_then);
    return true;
}
