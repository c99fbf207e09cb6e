#include "api/reconcile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *gap_reason_name(enum gap_reason reason)
{
    static const char *const NAMES[GAP_REASONS] = {
        [GAP_MISSING] = "missing",         [GAP_ANSWERED] = "answered elsewhere",
        [GAP_FAILED] = "failed",           [GAP_GIVEN_UP] = "given up",
        [GAP_NEVER] = "never delivered",   [GAP_REPEATED] = "repeated",
        [GAP_DISORDERED] = "out of order",
    };
    return NAMES[reason];
}

bool gap_is_missing(enum gap_reason reason)
{
    return reason < GAP_REPEATED;
}

bool reconcile_is_over(int64_t created_ms, int64_t now_ms)
{
    return created_ms >= 0 && now_ms - created_ms > RECONCILE_GIVE_UP_MS;
}

void reconcile_endpoint_clear(struct reconcile_endpoint *endpoint)
{
    string_list_clear(&endpoint->categories);
    free(endpoint->attempts);
    *endpoint = (struct reconcile_endpoint){0};
}

void gap_list_clear(struct gap_list *gaps)
{
    free(gaps->items);
    *gaps = (struct gap_list){0};
}

static struct gap *add(struct gap_list *gaps, size_t event, size_t endpoint, enum gap_reason reason)
{
    enum { GROW = 64 };
    if (gaps->count % GROW == 0) {
        struct gap *items = realloc(gaps->items, (gaps->count + GROW) * sizeof *items);
        if (items == NULL)
            return NULL;
        gaps->items = items;
    }
    struct gap *gap = &gaps->items[gaps->count++];
    *gap = (struct gap){.event = event, .endpoint = endpoint, .reason = reason};
    return gap;
}

/* --- what an endpoint was owed -------------------------------------------------- */

/* The attempts of one event. */
struct history {
    size_t failures; /* since the last success */
    bool succeeded;
    const struct reconcile_attempt *last;
};

static struct history history_of(const struct reconcile_endpoint *endpoint, const char *event_id)
{
    struct history history = {0};
    for (size_t i = 0; i < endpoint->attempt_count; i++) {
        const struct reconcile_attempt *attempt = &endpoint->attempts[i];
        if (strcmp(attempt->event_id, event_id) != 0)
            continue;
        history.last = attempt;
        history.succeeded |= attempt->succeeded;
        history.failures = attempt->succeeded ? 0 : history.failures + 1;
    }
    return history;
}

static bool takes(const struct reconcile_known *known, const struct reconcile_endpoint *endpoint,
                  const struct reconcile_event *event, const struct history *history)
{
    if (history->last != NULL)
        return true; /* whatever its categories are now: it was meant for it */
    return event->category != NULL && string_list_has(&endpoint->categories, event->category) &&
           endpoint->since_ms >= 0 && event->created_ms > endpoint->since_ms + known->slack_ms;
}

static bool waits(const struct reconcile_known *known, const struct reconcile_endpoint *endpoint,
                  const struct reconcile_event *event)
{
    if (!endpoint->upcoming_known || event->created_ms > endpoint->upcoming_ms - known->young_ms)
        return true;
    for (size_t i = 0; i < endpoint->upcoming_count; i++)
        if (strcmp(endpoint->upcoming[i], event->id) == 0)
            return true;
    return endpoint->upcoming_count == CONTRACT_UPCOMING &&
           (endpoint->last_ms < 0 || event->created_ms >= endpoint->last_ms);
}

/* Whether it would be in the store, had it come. */
static bool would_be_kept(const struct reconcile_known *known, const struct reconcile_event *event)
{
    return known->began_ms != INT64_MAX && event->created_ms >= known->began_ms + known->slack_ms &&
           (known->kept_from_ms == INT64_MIN ||
            event->created_ms >= known->kept_from_ms + known->slack_ms);
}

/* Whether it has come for the endpoint, or may have. */
static bool may_have_come(const struct reconcile_event *event,
                          const struct reconcile_endpoint *endpoint)
{
    for (size_t i = 0; i < event->arrival_count; i++) {
        const char *webhook_id = event->arrivals[i].webhook_id;
        if (webhook_id == NULL || strcmp(webhook_id, endpoint->id) == 0)
            return true;
    }
    return event->unplaced > 0 || (event->stored && event->arrival_count == 0);
}

enum judgement { NOT_OWED, ON_ITS_WAY, OWED };

static enum judgement judge(const struct reconcile_known *known,
                            const struct reconcile_endpoint *endpoint,
                            const struct reconcile_event *event, enum gap_reason *reason,
                            struct history *history)
{
    if (!endpoint->active || !endpoint->here || event->created_ms < 0 ||
        !would_be_kept(known, event) || may_have_come(event, endpoint))
        return NOT_OWED;
    *history = history_of(endpoint, event->id);
    if (!takes(known, endpoint, event, history))
        return NOT_OWED;
    if (!endpoint->log_known || known->now_ms - event->created_ms < known->young_ms ||
        waits(known, endpoint, event))
        return ON_ITS_WAY;
    bool over = reconcile_is_over(event->created_ms, known->now_ms);
    if (history->failures > 0)
        *reason = over ? GAP_GIVEN_UP : GAP_FAILED;
    else if (history->succeeded)
        *reason = GAP_ANSWERED;
    else
        *reason = over ? GAP_NEVER : GAP_MISSING;
    return OWED;
}

static void say_why(struct gap *gap, const struct history *history)
{
    if (history->last == NULL)
        (void)snprintf(gap->why, sizeof gap->why, "no attempt in the log");
    else if (gap->reason == GAP_ANSWERED)
        (void)snprintf(gap->why, sizeof gap->why, "%s was answered, not here",
                       history->last->status);
    else if (history->failures == 1)
        (void)snprintf(gap->why, sizeof gap->why, "%s", history->last->status);
    else
        (void)snprintf(gap->why, sizeof gap->why, "%s %zu times", history->last->status,
                       history->failures);
}

static bool find_missing(const struct reconcile_known *known, size_t at, struct gap_list *gaps)
{
    const struct reconcile_event *event = &known->events[at];
    bool found = false;
    for (size_t i = 0; i < known->endpoint_count; i++) {
        enum gap_reason reason;
        struct history history;
        enum judgement judgement = judge(known, &known->endpoints[i], event, &reason, &history);
        gaps->undecided += judgement == ON_ITS_WAY;
        if (judgement != OWED)
            continue;
        struct gap *gap = add(gaps, at, i, reason);
        if (gap == NULL)
            return false;
        say_why(gap, &history);
        found = true;
    }
    if (found || !event->never || event->stored)
        return true;
    /* What was found never to have been delivered stays so, whatever became of its endpoint. */
    struct gap *gap = add(gaps, at, RECONCILE_NOBODY, GAP_NEVER);
    if (gap != NULL)
        (void)snprintf(gap->why, sizeof gap->why, "in two days, or since");
    return gap != NULL;
}

/* --- the order of what came ------------------------------------------------------- */

/* An event that came, for one endpoint's longest run in order. */
struct arrival {
    size_t event;
    int64_t received_ms;
    int64_t sequence;
    size_t before; /* in the run that ends here; SIZE_MAX: it begins here */
    bool in_run;
};

/* Those of one moment are taken as in order. */
static int by_arrival(const void *a, const void *b)
{
    const struct arrival *one = a, *other = b;
    if (one->received_ms != other->received_ms)
        return one->received_ms < other->received_ms ? -1 : 1;
    return (one->sequence > other->sequence) - (one->sequence < other->sequence);
}

/* The longest run of rising sequence numbers: what is not in it came out of order. `ends[n]` is
   where the run of length n + 1 with the least last number ends. */
static void find_run(struct arrival *arrivals, size_t count, size_t *ends)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = length;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (arrivals[ends[middle]].sequence <= arrivals[i].sequence)
                low = middle + 1;
            else
                high = middle;
        }
        arrivals[i].before = low > 0 ? ends[low - 1] : SIZE_MAX;
        ends[low] = i;
        length += low == length;
    }
    size_t at = length > 0 ? ends[length - 1] : SIZE_MAX;
    while (at != SIZE_MAX) {
        arrivals[at].in_run = true;
        at = arrivals[at].before;
    }
}

static const struct reconcile_arrival *arrival_for(const struct reconcile_event *event,
                                                   const struct reconcile_endpoint *endpoint)
{
    for (size_t i = 0; i < event->arrival_count; i++)
        if (event->arrivals[i].webhook_id != NULL &&
            strcmp(event->arrivals[i].webhook_id, endpoint->id) == 0)
            return &event->arrivals[i];
    return NULL;
}

/* Marks what came out of order for one endpoint. */
static bool find_disorder(const struct reconcile_known *known, size_t at, size_t *disordered)
{
    size_t count = 0;
    struct arrival *arrivals = calloc(known->event_count + 1, sizeof *arrivals);
    size_t *ends = calloc(known->event_count + 1, sizeof *ends);
    bool done = arrivals != NULL && ends != NULL;
    for (size_t i = 0; done && i < known->event_count; i++) {
        const struct reconcile_event *event = &known->events[i];
        const struct reconcile_arrival *came = arrival_for(event, &known->endpoints[at]);
        if (came != NULL && came->received_ms >= 0 && event->sequence >= 0)
            arrivals[count++] = (struct arrival){
                .event = i, .received_ms = came->received_ms, .sequence = event->sequence};
    }
    if (done) {
        qsort(arrivals, count, sizeof *arrivals, by_arrival);
        find_run(arrivals, count, ends);
    }
    for (size_t i = 0; done && i < count; i++)
        if (!arrivals[i].in_run && disordered[arrivals[i].event] == RECONCILE_NOBODY)
            disordered[arrivals[i].event] = at;
    free(arrivals);
    free(ends);
    return done;
}

static size_t endpoint_of(const struct reconcile_known *known,
                          const struct reconcile_arrival *arrival)
{
    for (size_t i = 0; i < known->endpoint_count && arrival->webhook_id != NULL; i++)
        if (strcmp(known->endpoints[i].id, arrival->webhook_id) == 0)
            return i;
    return RECONCILE_NOBODY;
}

/* Where it is not known what they came for, each of the endpoints may have had one. */
static bool is_repeated(const struct reconcile_known *known,
                        const struct reconcile_arrival *arrival)
{
    int64_t fair = arrival->webhook_id == NULL && known->endpoint_count > 1
                       ? (int64_t)known->endpoint_count
                       : 1;
    return arrival->count - arrival->by_hand > fair;
}

static bool tell_repeated(const struct reconcile_known *known, size_t at, struct gap_list *gaps)
{
    const struct reconcile_event *event = &known->events[at];
    for (size_t i = 0; i < event->arrival_count; i++) {
        const struct reconcile_arrival *arrival = &event->arrivals[i];
        char by_hand[40] = "", cause[80] = "";
        if (!is_repeated(known, arrival))
            continue;
        struct gap *gap = add(gaps, at, endpoint_of(known, arrival), GAP_REPEATED);
        if (gap == NULL)
            return false;
        if (arrival->by_hand > 0)
            (void)snprintf(by_hand, sizeof by_hand, ", %" PRId64 " of them by hand",
                           arrival->by_hand);
        if (event->unplaced == 0 && arrival->webhook_id != NULL && arrival->again == 0)
            (void)snprintf(cause, sizeof cause, ": retries of what was not answered 200");
        else if (event->unplaced == 0 && arrival->webhook_id != NULL)
            (void)snprintf(cause, sizeof cause,
                           ", %" PRId64 " after a 200: Bridge's own, or by hand elsewhere",
                           arrival->again);
        (void)snprintf(gap->why, sizeof gap->why, "came %s%" PRId64 " times%s%s",
                       event->unplaced > 0 ? "at least " : "", arrival->count, by_hand, cause);
    }
    return true;
}

static bool tell_arrived(const struct reconcile_known *known, size_t at, size_t disordered,
                         struct gap_list *gaps)
{
    if (!tell_repeated(known, at, gaps))
        return false;
    if (disordered == RECONCILE_NOBODY)
        return true;
    struct gap *gap = add(gaps, at, disordered, GAP_DISORDERED);
    if (gap != NULL)
        (void)snprintf(gap->why, sizeof gap->why, "by its sequence number");
    return gap != NULL;
}

bool reconcile(const struct reconcile_known *known, struct gap_list *gaps)
{
    *gaps = (struct gap_list){0};
    /* The first endpoint for which each event came out of order. */
    size_t *disordered = calloc(known->event_count + 1, sizeof *disordered);
    bool done = disordered != NULL;
    for (size_t i = 0; done && i < known->event_count; i++)
        disordered[i] = RECONCILE_NOBODY;
    for (size_t i = 0; done && i < known->endpoint_count; i++)
        done = find_disorder(known, i, disordered);
    for (size_t i = 0; done && i < known->event_count; i++)
        done = find_missing(known, i, gaps) && tell_arrived(known, i, disordered[i], gaps);
    free(disordered);
    if (!done)
        gap_list_clear(gaps);
    return done;
}
