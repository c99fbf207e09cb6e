#include "api/event_walk.h"

#include "api/backoff.h"

#include <stdio.h>
#include <string.h>

void event_walk_init(struct event_walk *walk, int64_t interval_ms,
                     const struct event_walk_place *place, int64_t now_ms)
{
    *walk = (struct event_walk){.interval_ms = interval_ms, .due_ms = now_ms + EVENT_WALK_FIRST_MS};
    if (place != NULL)
        walk->place = walk->kept = *place;
}

bool event_walk_next(struct event_walk *walk, int64_t now_ms, char after[CONTRACT_ID_MAX + 1])
{
    if (walk->asking || now_ms < walk->due_ms)
        return false;
    if (!walk->in_pass) {
        walk->in_pass = true;
        walk->deeper = false;
        walk->pages = 0;
        walk->pass = (struct event_walk_place){0};
    }
    walk->asking = true;
    const struct event_walk_place *from = walk->deeper ? &walk->place : &walk->pass;
    (void)snprintf(after, CONTRACT_ID_MAX + 1, "%s", from->any ? from->bottom : "");
    return true;
}

static void end_pass(struct event_walk *walk, int64_t now_ms)
{
    walk->in_pass = walk->deeper = false;
    walk->done = true;
    walk->due_ms = now_ms + EVENT_WALK_PASS_FACTOR * walk->interval_ms;
}

static void add(struct event_walk_place *place, const struct event_list *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct event *event = &page->items[i];
        if (event->created_ms >= 0 && (!place->any || event->created_ms > place->newest_ms))
            place->newest_ms = event->created_ms;
        if (event->created_ms >= 0 && (!place->any || event->created_ms < place->oldest_ms))
            place->oldest_ms = event->created_ms;
        place->any |= event->created_ms >= 0;
        (void)snprintf(place->bottom, sizeof place->bottom, "%s", event->id);
    }
}

/* The two are one stretch now. */
static void join(struct event_walk *walk)
{
    if (walk->pass.newest_ms > walk->place.newest_ms)
        walk->place.newest_ms = walk->pass.newest_ms;
    if (walk->pass.oldest_ms < walk->place.oldest_ms) {
        walk->place.oldest_ms = walk->pass.oldest_ms;
        memcpy(walk->place.bottom, walk->pass.bottom, sizeof walk->place.bottom);
    }
}

void event_walk_page(struct event_walk *walk, const struct event_list *page, int64_t now_ms,
                     int64_t wall_ms)
{
    struct event_walk_place *seen = walk->deeper ? &walk->place : &walk->pass;
    bool end = page->count + page->skipped < EVENT_WALK_PAGE;
    walk->asking = false;
    walk->failures = 0;
    walk->pages++;
    walk->due_ms = now_ms + walk->interval_ms;
    add(seen, page);
    if (!walk->place.any) { /* the first pass is the stretch as it grows */
        walk->place = walk->pass;
        walk->deeper = true;
        seen = &walk->place;
    }
    bool deep = end || (seen->any && seen->oldest_ms < wall_ms - EVENT_WALK_DEPTH_MS);
    if (!walk->deeper && walk->place.any && seen->any && seen->oldest_ms <= walk->place.newest_ms) {
        join(walk);
        walk->deeper = true;
        deep =
            walk->place.bottom[0] == '\0' || walk->place.oldest_ms < wall_ms - EVENT_WALK_DEPTH_MS;
    } else if (!walk->deeper && (deep || walk->pages == EVENT_WALK_PAGES_MAX)) {
        walk->place = walk->pass; /* they did not meet: the stretch before is too old */
        walk->deeper = true;
    }
    if (end && walk->deeper)
        walk->place.bottom[0] = '\0';
    if (deep || walk->pages >= EVENT_WALK_PAGES_MAX)
        end_pass(walk, now_ms);
}

void event_walk_failed(struct event_walk *walk, int64_t retry_after_ms, bool refused,
                       int64_t now_ms, uint64_t random)
{
    walk->asking = false;
    walk->failures++;
    int64_t pause =
        backoff_pause_ms(walk->failures, EVENT_WALK_RETRY_MS, EVENT_WALK_RETRY_MAX_MS, random);
    walk->due_ms = now_ms + (retry_after_ms > pause ? retry_after_ms : pause);
    if (refused) { /* begin anew: what it went on from may be gone */
        walk->in_pass = walk->deeper = false;
        walk->done = false;
        walk->place = (struct event_walk_place){0};
    }
}

void event_walk_kept(struct event_walk *walk, const struct event_walk_place *place)
{
    walk->kept = *place;
    walk->lost = 0;
}

void event_walk_lost(struct event_walk *walk, int64_t now_ms, uint64_t random)
{
    walk->lost++;
    walk->place = walk->kept;
    walk->in_pass = walk->deeper = walk->done = false;
    walk->due_ms =
        now_ms + backoff_pause_ms(walk->lost, EVENT_WALK_RETRY_MS, EVENT_WALK_RETRY_MAX_MS, random);
}

void event_walk_hurry(struct event_walk *walk, int64_t now_ms)
{
    if (!walk->asking && walk->failures == 0 && walk->lost == 0)
        walk->due_ms = now_ms;
}

bool event_walk_is_whole(const struct event_walk *walk)
{
    return walk->done;
}
