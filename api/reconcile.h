/*
 * What Bridge has delivered, or should have, and this store does not show so: Bridge's own list of
 * events held against its logs, its queues and what has arrived here.
 *
 * Pure. Nothing is claimed that is only not known:
 *
 *   takes       an endpoint is owed only events of its categories, of after it was created, or
 *               changed; one
 *               without categories only what its log names
 *   here        and only one that has delivered to this store before: others' receivers are theirs
 *   active      a disabled endpoint is owed nothing by itself
 *   waiting     what is in its queue is on its way. Bridge names ten of those: where it named as
 *               many, what is later than the last may be behind it. Where the queue is not known,
 *               all may be
 *   young       an event of the last moments before the queue was asked for may not have been in it
 *               yet
 *   before      an event of before the store's first receiver cannot be in it
 *   kept        nor one of a time of which rows were deleted (--keep)
 *   the log     is short: what it does not name may have been delivered well
 *
 * Of what did arrive: which events came more than once for one endpoint, and which came out of the
 * order of their sequence numbers, as few of them as account for the disorder. An event that came
 * for one endpoint may be missing for another. What this store's dashboard sent by hand is neither
 * a repeat nor in disorder; what was sent by hand elsewhere cannot be told from what Bridge
 * repeats. But of a repeat it is said whether it is a retry, of what was not answered 200, or came
 * though it had been.
 */
#ifndef BRIDGETOP_API_RECONCILE_H
#define BRIDGETOP_API_RECONCILE_H

#include "api/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RECONCILE_WHY_SIZE = 128,
    RECONCILE_STATUS_SIZE = 24,
    RECONCILE_SLACK_MS = 60 * 1000, /* where it is not known how far clocks differ */
};

#define RECONCILE_GIVE_UP_MS (INT64_C(2) * 24 * 3600 * 1000) /* contract, "Deliveries" */

enum gap_reason {
    GAP_MISSING,    /* in no queue, and has not arrived */
    GAP_ANSWERED,   /* Bridge logged a success, and nothing arrived */
    GAP_FAILED,     /* attempts failed, and it is in no queue */
    GAP_GIVEN_UP,   /* the same, for two days */
    GAP_NEVER,      /* older than that, and has still not arrived */
    GAP_REPEATED,   /* arrived more than once */
    GAP_DISORDERED, /* arrived out of order */
    GAP_REASONS
};

/* "missing", "out of order". */
const char *gap_reason_name(enum gap_reason reason);

/* Whether the event is not here: sending it again may help. */
bool gap_is_missing(enum gap_reason reason);

/* What came of one event for one endpoint. */
struct reconcile_arrival {
    const char *webhook_id; /* NULL: not known */
    int64_t received_ms; /* the first that was not sent by hand; -1: there is none that is known */
    int64_t count;       /* those by hand included */
    int64_t by_hand;     /* of them: sent from here, as the store's activity says */
    int64_t again;       /* and not sent from here, but after one that was answered 200 */
    bool taken;          /* one was answered 200 */
};

struct reconcile_event {
    const char *id;
    const char *category; /* NULL: not known */
    int64_t sequence;     /* or -1 */
    int64_t created_ms;   /* or -1 */
    bool never;           /* it was found never to have been delivered before now */
    /* As the store has it. */
    bool stored;
    struct reconcile_arrival *arrivals; /* an endpoint's once */
    size_t arrival_count;
    int64_t unplaced; /* came, too, but for which endpoint is no more kept */
};

/* One attempt in Bridge's log. */
struct reconcile_attempt {
    char event_id[CONTRACT_ID_MAX + 1];
    char status[RECONCILE_STATUS_SIZE];
    bool succeeded;
    int64_t at_ms; /* or -1 */
};

struct reconcile_endpoint {
    struct string_list categories;
    struct reconcile_attempt *attempts; /* oldest first */
    size_t attempt_count;
    size_t upcoming_count;
    int64_t since_ms;    /* it exists, as it is, since; -1: not known */
    int64_t upcoming_ms; /* when its queue was asked for */
    int64_t last_ms;     /* of the last that was named of it: when that was created, or -1 */
    char id[CONTRACT_ID_MAX + 1];
    char upcoming[CONTRACT_UPCOMING][CONTRACT_ID_MAX + 1];
    bool active;
    bool here; /* it has delivered to this store */
    bool log_known;
    bool upcoming_known;
};

void reconcile_endpoint_clear(struct reconcile_endpoint *endpoint);

struct reconcile_known {
    const struct reconcile_event *events; /* newest first */
    size_t event_count;
    const struct reconcile_endpoint *endpoints;
    size_t endpoint_count;
    int64_t began_ms;     /* of the store's first receiver; INT64_MAX: none ran */
    int64_t kept_from_ms; /* what arrived before may have been deleted; INT64_MIN: nothing was */
    int64_t young_ms; /* events of less than this age are not judged, nor by a queue as of then */
    int64_t slack_ms; /* by which clocks may differ */
    int64_t now_ms;
};

#define RECONCILE_NOBODY SIZE_MAX

struct gap {
    size_t event;    /* of known->events */
    size_t endpoint; /* of known->endpoints, or RECONCILE_NOBODY */
    enum gap_reason reason;
    char why[RECONCILE_WHY_SIZE]; /* "502 3 times", "came 4 times, 1 of them sent by hand" */
};

struct gap_list {
    struct gap *items; /* in the order of the events */
    size_t count;
    size_t undecided; /* events that are not here, and may be on their way: time will tell */
};

/* Overwrites `gaps`. False when memory is out; it is empty then. */
bool reconcile(const struct reconcile_known *known, struct gap_list *gaps);
void gap_list_clear(struct gap_list *gaps);

/* Whether the event is old enough that Bridge does not deliver it by itself any more. */
bool reconcile_is_over(int64_t created_ms, int64_t now_ms);

#endif
