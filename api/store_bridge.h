/*
 * What was seen at Bridge: the account's events as its own list has them, how far that list has
 * been gone through, and which of them were never delivered.
 *
 * Kept as long as Bridge might still deliver an event (EVENT_WALK_DEPTH_MS), STORE_BRIDGE_MAX of
 * them at most; those that were never delivered for ever, STORE_NEVER_MAX at most.
 *
 * For a thread of its own, with a connection of its own.
 */
#ifndef BRIDGETOP_API_STORE_BRIDGE_H
#define BRIDGETOP_API_STORE_BRIDGE_H

#include "api/contract.h"
#include "api/event_walk.h"
#include "api/reconcile.h"
#include "api/store.h"

enum {
    STORE_BRIDGE_MAX = 10 * 1000,
    STORE_NEVER_MAX = 10 * 1000,
    STORE_BRIDGE_RAW_MAX = 64 * 1024, /* of an event's JSON; longer ones are kept without it */
    STORE_SEEN_CATEGORIES_MAX = 64,
    STORE_SENT_LATE_MS = 10 * 60 * 1000, /* what is sent by hand has come by then, or never will */
};

/* Keeps a page of the list (NULL: none) and the place that was come to; what is too old goes. In a
   transaction of its own. */
bool store_put_bridge_page(struct store *store, const struct event_list *page,
                           const struct event_walk_place *place, int64_t now_ms,
                           struct error *error);

/* Where the walk was; `any` is false where there was none. */
bool store_load_bridge_place(struct store *store, struct event_walk_place *place,
                             struct error *error);

/* All events that are kept, newest first, each with what this store has of it. Strings are the
   list's. */
struct bridge_events {
    struct reconcile_event *items;
    size_t count;
    int64_t began_ms; /* as struct reconcile_known has them */
    int64_t kept_from_ms;
    struct string_list categories; /* of them, each once */
};

/* Since when all of Bridge's events are among these: it was gone through back to `seen_from_ms`,
   but what is older than EVENT_WALK_DEPTH_MS has gone since, and where there are STORE_BRIDGE_MAX,
   what is older than they are. Milliseconds since 1970. */
int64_t bridge_events_from(const struct bridge_events *events, int64_t seen_from_ms,
                           int64_t now_ms);

bool store_load_bridge_events(struct store *store, struct bridge_events *events,
                              struct error *error);
void bridge_events_clear(struct bridge_events *events);

/* One event as Bridge has it. False with an error where it is not there. */
bool store_load_bridge_event(struct store *store, const char *event_id, struct event *event,
                             struct error *error);

/* Calls `each` with the events of an object as Bridge has them, the newest `most`. It owns nothing
   of what it is shown; false stops. */
bool store_each_bridge_event(struct store *store, const char *object_id, size_t most,
                             bool (*each)(const struct event *event, void *context), void *context,
                             struct error *error);

/* Fills in `here`, and makes since_ms as late as this store knows the endpoint as it is now: it was
   first seen then, or its URL or categories were changed. */
bool store_load_endpoint_facts(struct store *store, struct reconcile_endpoint *endpoint,
                               struct error *error);

/* Sets `here` of the endpoints for which some of the events have come. Notes, in one transaction,
   which that are, and which events were never delivered, or are no more among those (gaps may be
   NULL: not yet known). Where there is nothing new, nothing is written. */
bool store_put_findings(struct store *store, const struct bridge_events *events,
                        struct reconcile_endpoint *endpoints, size_t endpoint_count,
                        const struct gap_list *gaps, int64_t now_ms, struct error *error);

#endif
