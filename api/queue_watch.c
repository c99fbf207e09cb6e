#include "api/queue_watch.h"

#include "api/duration.h"

#include <stdio.h>
#include <string.h>

enum { GROWTH_MAX = 4 }; /* one odd pause is no law */

/* The last three attempts' times, the newest first. */
static int64_t estimate(const int64_t times[3], size_t count)
{
    if (count < 2 || times[0] <= times[1])
        return -1;
    int64_t pause = times[0] - times[1], before = count > 2 ? times[1] - times[2] : 0;
    double growth = before > 0 ? (double)pause / (double)before : 2.0;
    if (growth < 1.0)
        growth = 1.0;
    if (growth > GROWTH_MAX)
        growth = GROWTH_MAX;
    return times[0] + (int64_t)((double)pause * growth);
}

static bool is_of(const struct log_entry *entry, const char *event_id)
{
    return entry->event_id != NULL && strcmp(entry->event_id, event_id) == 0;
}

struct queue_watch queue_watch_of(const struct event_list *upcoming, const struct log_list *logs)
{
    struct queue_watch watch = {.known = true,
                                .waiting = upcoming->count,
                                .created_ms = -1,
                                .first_ms = -1,
                                .last_ms = -1,
                                .next_ms = -1};
    int64_t times[3] = {-1, -1, -1};
    if (upcoming->count == 0)
        return watch;
    const struct event *head = &upcoming->items[0];
    watch.created_ms = head->created_ms;
    for (size_t i = 0; i < logs->count; i++) {
        const struct log_entry *entry = &logs->items[i];
        if (!is_of(entry, head->id) || entry->created_ms < 0)
            continue;
        if (log_entry_succeeded(entry)) { /* by hand: it stays in the queue all the same */
            watch.failures = 0;
            continue;
        }
        if (watch.failures++ == 0)
            watch.first_ms = entry->created_ms;
        times[2] = watch.failures > 2 ? times[1] : -1;
        times[1] = watch.failures > 1 ? times[0] : -1;
        times[0] = entry->created_ms;
    }
    if (watch.failures == 0) {
        watch.first_ms = -1;
        return watch;
    }
    watch.last_ms = times[0];
    watch.next_ms = estimate(times, watch.failures);
    return watch;
}

struct queue_watch queue_watch_of_log(const struct log_list *logs)
{
    const struct queue_watch unknown = {0};
    if (logs->count < 2)
        return unknown;
    const struct log_entry *newest = &logs->items[logs->count - 1];
    if (newest->event_id == NULL || !is_of(newest - 1, newest->event_id))
        return unknown;
    struct event head = {.id = newest->event_id, .created_ms = -1};
    const struct event_list queue = {.items = &head, .count = 1};
    struct queue_watch watch = queue_watch_of(&queue, logs);
    return watch.failures < 2 ? unknown : watch;
}

int64_t queue_left_ms(const struct queue_watch *watch, int64_t now_ms)
{
    int64_t since = watch->first_ms >= 0 ? watch->first_ms : watch->created_ms;
    return since >= 0 ? since + QUEUE_RETRIES_MS - now_ms : QUEUE_RETRIES_MS;
}

enum queue_state queue_state_of(const struct queue_watch *watch, bool active, int64_t now_ms)
{
    if (!watch->known)
        return QUEUE_UNKNOWN;
    if (watch->waiting == 0)
        return QUEUE_EMPTY;
    if (!active)
        return QUEUE_HELD;
    if (watch->failures > 0)
        return queue_left_ms(watch, now_ms) > 0 ? QUEUE_STUCK : QUEUE_GIVEN_UP;
    return watch->created_ms >= 0 && now_ms - watch->created_ms >= QUEUE_SLOW_MS ? QUEUE_SLOW
                                                                                 : QUEUE_FLOWS;
}

/* "in about 4 min", "now". */
static void format_next(const struct queue_watch *watch, int64_t now_ms, char *text, size_t size)
{
    char until[DURATION_SIZE];
    if (watch->next_ms < 0) {
        (void)snprintf(text, size, "is not known yet");
    } else if (watch->next_ms <= now_ms) {
        (void)snprintf(text, size, "about now");
    } else {
        duration_format(watch->next_ms - now_ms, until);
        (void)snprintf(text, size, "in about %s", until);
    }
}

static void describe_stuck(const struct queue_watch *watch, int64_t now_ms, char *text, size_t size)
{
    char since[DURATION_SIZE], next[DURATION_SIZE + 16], left[DURATION_SIZE];
    duration_format(now_ms > watch->first_ms ? now_ms - watch->first_ms : 0, since);
    duration_format(queue_left_ms(watch, now_ms), left);
    format_next(watch, now_ms, next, sizeof next);
    (void)snprintf(
        text, size,
        "stuck: its first event failed %zu time%s in %s; the next attempt %s, given up in "
        "%s",
        watch->failures, watch->failures == 1 ? "" : "s", since, next, left);
}

void queue_describe(const struct queue_watch *watch, enum queue_state state, int64_t now_ms,
                    char *text, size_t size)
{
    char age[DURATION_SIZE] = "some time";
    if (watch->created_ms >= 0)
        duration_format(now_ms > watch->created_ms ? now_ms - watch->created_ms : 0, age);
    switch (state) {
    case QUEUE_UNKNOWN:
        (void)snprintf(text, size, "not known yet");
        break;
    case QUEUE_EMPTY:
        (void)snprintf(text, size, "empty");
        break;
    case QUEUE_HELD:
        (void)snprintf(text, size, "held: the endpoint is disabled; the first event waits for %s",
                       age);
        break;
    case QUEUE_FLOWS:
        (void)snprintf(text, size, "flows: the first event is %s old", age);
        break;
    case QUEUE_SLOW:
        (void)snprintf(text, size,
                       "slow: the first event waits for %s, and no attempt is in the log", age);
        break;
    case QUEUE_STUCK:
        describe_stuck(watch, now_ms, text, size);
        break;
    case QUEUE_GIVEN_UP:
        (void)snprintf(
            text, size,
            "given up: its first event failed for two days; Bridge delivers nothing until "
            "a send succeeds");
        break;
    }
}
