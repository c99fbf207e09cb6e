/* Goes through Bridge's list of events in the background, holds it against what has come here, and
   tells the state what is missing.
 *
 * With each tick at most one request, and none while Bridge fails, or while an action is under way:
 * pages of the list (api/event_walk.h), and before each pass the queue of each active endpoint that
 * is not known as of now. What came is written and compared on libuv's threads, with a connection
 * of its own.
 */
#include "api/heap.h"
#include "api/reconcile.h"
#include "api/store_bridge.h"
#include "tui/runtime_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUES_MAX = 32,       /* endpoints whose queues are asked for */
    YOUNG_FACTOR = 12,     /* intervals: an event needs a moment until it is in a queue */
    ASKED_SLACK_MS = 1000, /* an answer is of a while before it is here */
};

/* An endpoint's queue, as Bridge said last. */
struct queue {
    char webhook_id[CONTRACT_ID_MAX + 1];
    char events[CONTRACT_UPCOMING][CONTRACT_ID_MAX + 1];
    size_t count;
    int64_t last_ms;
    bool known;
    int64_t asked_ms; /* when it was as it is here: wall clock, as for the next */
    int64_t tried_ms; /* when it was asked for last, whatever came of that */
};

/* What a comparison came of: where it is the same, and nothing was on its way, so is what comes of
   it. */
struct known_by {
    bool any;
    int64_t newest_ms, oldest_ms;
    uint64_t heard;
    uint64_t webhooks;
    bool whole;
};

struct gaps_task {
    struct runtime *runtime;
    struct event_walk walk;
    bool walking; /* the walk has begun: where it was is known */
    struct queue queues[QUEUES_MAX];
    size_t queue_count;
    int64_t round_ms; /* they are asked for before a pass, since then; 0: not now */
    char asked_for[CONTRACT_ID_MAX + 1]; /* whose queue is being asked for */
    bool asking;
    bool working;
    struct known_by known_by; /* the last comparison */
};

static struct gaps_task *task_of(struct runtime *runtime)
{
    return runtime->quitting ? NULL : runtime->gaps;
}

static int64_t steady_ms(const struct runtime *runtime)
{
    return (int64_t)(ambient_steady_us(&runtime->ambient) / 1000);
}

static int64_t interval_ms(const struct runtime *runtime)
{
    return runtime->options->poll_ms > 0 ? runtime->options->poll_ms : POLLER_INTERVAL_MS;
}

static int64_t young_ms(const struct runtime *runtime)
{
    return YOUNG_FACTOR * interval_ms(runtime);
}

/* Bridge's clock is known to about a second. */
static int64_t slack_ms(const struct runtime *runtime)
{
    enum { KNOWN_MS = 2000 };
    const struct api_health *health = &runtime->app->health;
    int64_t ahead = health->clock_ahead_ms < 0 ? -health->clock_ahead_ms : health->clock_ahead_ms;
    return health->clock_known ? ahead + KNOWN_MS : RECONCILE_SLACK_MS;
}

/* --- comparing: on a thread of its own ------------------------------------------------ */

struct compare {
    uv_work_t work;
    struct runtime *runtime;
    char store_path[OPTIONS_PATH_MAX];
    struct event_list page; /* to be kept */
    bool load_place;        /* it is the first: where was the walk? */
    struct event_walk_place place;
    struct reconcile_endpoint *endpoints;
    size_t endpoint_count;
    int64_t young_ms;
    int64_t slack_ms;
    int64_t now_ms;
    unsigned pages;
    bool whole;
    bool kept;        /* the page is on disk */
    struct gaps gaps; /* what came of it */
    struct error error;
};

static bool add_row(struct store *store, struct compare *compare,
                    const struct bridge_events *events, const struct gap *gap)
{
    struct gaps *gaps = &compare->gaps;
    struct gap_row *row = &gaps->rows[gaps->count];
    *row = (struct gap_row){.reason = gap->reason};
    if (!store_load_bridge_event(store, events->items[gap->event].id, &row->event, &compare->error))
        return false;
    memcpy(row->why, gap->why, sizeof row->why);
    if (gap->endpoint != RECONCILE_NOBODY)
        memcpy(row->webhook_id, compare->endpoints[gap->endpoint].id, sizeof row->webhook_id);
    gaps->count++;
    return true;
}

/* What is missing has room first; in the order of time all the same. */
static bool add_rows(struct store *store, struct compare *compare,
                     const struct bridge_events *events, const struct gap_list *list)
{
    size_t missing = 0;
    compare->gaps.rows = calloc(GAPS_MAX, sizeof *compare->gaps.rows);
    if (compare->gaps.rows == NULL)
        return error_set(&compare->error, "what is missing cannot be told: out of memory");
    for (size_t i = 0; i < list->count; i++)
        missing += gap_is_missing(list->items[i].reason);
    size_t room_missing = missing < GAPS_MAX ? missing : GAPS_MAX;
    size_t room_other = GAPS_MAX - room_missing;
    for (size_t i = 0; i < list->count; i++) {
        size_t *room = gap_is_missing(list->items[i].reason) ? &room_missing : &room_other;
        if (*room == 0)
            continue;
        (*room)--;
        if (!add_row(store, compare, events, &list->items[i]))
            return false;
    }
    compare->gaps.total = list->count;
    return true;
}

static void describe(struct compare *compare, struct bridge_events *events)
{
    struct gaps *gaps = &compare->gaps;
    gaps->compared = true;
    gaps->whole = compare->whole;
    gaps->pages = compare->pages;
    gaps->seen = events->count;
    gaps->seen_from_ms = bridge_events_from(
        events, compare->place.any ? compare->place.oldest_ms : compare->now_ms, compare->now_ms);
    gaps->from_ms = gaps->seen_from_ms;
    if (gaps->from_ms < events->began_ms)
        gaps->from_ms = events->began_ms;
    if (gaps->from_ms < events->kept_from_ms)
        gaps->from_ms = events->kept_from_ms;
    gaps->until_ms = compare->now_ms;
    for (size_t i = 0; i < events->count; i++)
        gaps->older += events->items[i].created_ms < gaps->from_ms && !events->items[i].never;
    gaps->events = gaps->seen - gaps->older;
    gaps->categories = events->categories;
    events->categories = (struct string_list){0};
    for (size_t i = 0; i < compare->endpoint_count; i++) {
        const struct reconcile_endpoint *endpoint = &compare->endpoints[i];
        gaps->here += endpoint->here;
        gaps->judged += endpoint->here &&
                        (!endpoint->active || (endpoint->log_known && endpoint->upcoming_known));
    }
}

static bool compare_with(struct store *store, struct compare *compare)
{
    struct error *error = &compare->error;
    struct bridge_events events = {0};
    struct gap_list list = {0};
    bool done = store_load_bridge_events(store, &events, error);
    for (size_t i = 0; done && i < compare->endpoint_count; i++)
        done = store_load_endpoint_facts(store, &compare->endpoints[i], error);
    /* First what says which endpoints deliver here. */
    done = done && store_put_findings(store, &events, compare->endpoints, compare->endpoint_count,
                                      NULL, compare->now_ms, error);
    struct reconcile_known known = {
        .events = events.items,
        .event_count = events.count,
        .endpoints = compare->endpoints,
        .endpoint_count = compare->endpoint_count,
        .began_ms = events.began_ms,
        .kept_from_ms = events.kept_from_ms,
        .young_ms = compare->young_ms,
        .slack_ms = compare->slack_ms,
        .now_ms = compare->now_ms,
    };
    if (done && !reconcile(&known, &list))
        done = error_set(error, "what is missing cannot be told: out of memory");
    done = done &&
           store_put_findings(store, &events, compare->endpoints, compare->endpoint_count, &list,
                              compare->now_ms, error) &&
           add_rows(store, compare, &events, &list);
    if (done)
        describe(compare, &events);
    compare->gaps.settled = done && list.undecided == 0 && gaps_missing(&compare->gaps) == 0 &&
                            compare->gaps.judged == compare->gaps.here;
    gap_list_clear(&list);
    bridge_events_clear(&events);
    return done;
}

static void compare_work(uv_work_t *work)
{
    struct compare *compare = work->data;
    struct store *store = store_open(compare->store_path, STORE_WRITE, &compare->error);
    bool done = store != NULL;
    if (done && compare->load_place)
        done = store_load_bridge_place(store, &compare->place, &compare->error);
    else if (done)
        done = compare->kept = store_put_bridge_page(store, &compare->page, &compare->place,
                                                     compare->now_ms, &compare->error);
    if (done && !compare->load_place)
        done = compare_with(store, compare);
    store_close(store);
    heap_give_back(); /* it was all of Bridge's events, and is seldom needed */
    if (!done) {
        gaps_clear(&compare->gaps);
        (void)snprintf(compare->gaps.trouble, sizeof compare->gaps.trouble, "%s",
                       compare->error.message);
    }
}

static void compare_free(struct compare *compare)
{
    for (size_t i = 0; i < compare->endpoint_count; i++)
        reconcile_endpoint_clear(&compare->endpoints[i]);
    free(compare->endpoints);
    event_list_clear(&compare->page);
    gaps_clear(&compare->gaps);
    free(compare);
}

static void compare_done(uv_work_t *work, int status)
{
    struct compare *compare = work->data;
    struct runtime *runtime = compare->runtime;
    struct gaps_task *task = task_of(runtime);
    if (task != NULL && status == 0) {
        task->working = false;
        if (compare->kept)
            event_walk_kept(&task->walk, &compare->place);
        else if (!compare->load_place)
            event_walk_lost(&task->walk, steady_ms(runtime), ambient_random_u64(&runtime->ambient));
        if (compare->load_place && compare->gaps.trouble[0] == '\0') {
            event_walk_init(&task->walk, interval_ms(runtime), &compare->place, steady_ms(runtime));
            task->walking = true;
        } else {
            runtime_post(runtime, &(struct message){.kind = MESSAGE_GAPS, .gaps = &compare->gaps});
        }
    }
    compare_free(compare);
}

/* --- what is known now ------------------------------------------------------------------ */

static struct queue *queue_of(struct gaps_task *task, const char *webhook_id)
{
    for (size_t i = 0; i < task->queue_count; i++)
        if (strcmp(task->queues[i].webhook_id, webhook_id) == 0)
            return &task->queues[i];
    return NULL;
}

static void copy_id(char to[CONTRACT_ID_MAX + 1], const char *from)
{
    (void)snprintf(to, CONTRACT_ID_MAX + 1, "%s", from != NULL ? from : "");
}

static bool copy_log(struct reconcile_endpoint *to, const struct endpoint *from)
{
    to->log_known = from->logs_known;
    to->attempts = calloc(from->logs.count + 1, sizeof *to->attempts);
    for (size_t i = 0; to->attempts != NULL && i < from->logs.count; i++) {
        const struct log_entry *entry = &from->logs.items[i];
        struct reconcile_attempt *attempt = &to->attempts[to->attempt_count];
        if (!contract_id_valid(entry->event_id))
            continue;
        copy_id(attempt->event_id, entry->event_id);
        (void)snprintf(attempt->status, sizeof attempt->status, "%s",
                       entry->status_text != NULL ? entry->status_text : "no status");
        attempt->succeeded = log_entry_succeeded(entry);
        attempt->at_ms = entry->created_ms;
        to->attempt_count++;
    }
    return to->attempts != NULL;
}

static void copy_queue(struct reconcile_endpoint *to, const struct queue *from)
{
    to->upcoming_known = true;
    to->upcoming_ms = from->asked_ms;
    to->upcoming_count = from->count;
    to->last_ms = from->last_ms;
    memcpy(to->upcoming, from->events, sizeof to->upcoming);
}

static bool copy_endpoint(struct gaps_task *task, struct reconcile_endpoint *to,
                          const struct endpoint *from)
{
    const struct webhook *webhook = &from->webhook;
    const struct queue *queue = queue_of(task, webhook->id);
    copy_id(to->id, webhook->id);
    to->active = webhook->status == WEBHOOK_ACTIVE;
    to->since_ms = -1;
    if (webhook->created_at != NULL)
        (void)contract_time_parse(webhook->created_at, &to->since_ms);
    if (queue != NULL && queue->known)
        copy_queue(to, queue);
    return string_list_copy(&to->categories, &webhook->categories) && copy_log(to, from);
}

static bool copy_endpoints(struct gaps_task *task, struct compare *compare)
{
    const struct app *app = task->runtime->app;
    compare->endpoints = calloc(app->endpoint_count + 1, sizeof *compare->endpoints);
    for (size_t i = 0; compare->endpoints != NULL && i < app->endpoint_count; i++) {
        compare->endpoint_count++;
        if (!contract_id_valid(app->endpoints[i].webhook.id) ||
            !copy_endpoint(task, &compare->endpoints[i], &app->endpoints[i]))
            return false;
    }
    return compare->endpoints != NULL;
}

/* A quiet account is not compared again and again. */
static bool is_known(struct gaps_task *task)
{
    struct runtime *runtime = task->runtime;
    const struct event_walk_place *place = &task->walk.place;
    struct known_by now = {
        .any = true,
        .newest_ms = place->newest_ms,
        .oldest_ms = place->oldest_ms,
        .heard = runtime->app->heard,
        .webhooks = runtime->webhooks_seen,
        .whole = event_walk_is_whole(&task->walk) && !task->walk.in_pass,
    };
    const struct known_by *before = &task->known_by;
    bool known = runtime->app->gaps.settled && runtime->app->gaps.trouble[0] == '\0' &&
                 before->any && now.whole && before->whole && before->newest_ms == now.newest_ms &&
                 before->oldest_ms == now.oldest_ms && before->heard == now.heard &&
                 before->webhooks == now.webhooks;
    task->known_by = now;
    return known;
}

static bool start_work(struct gaps_task *task, struct event_list *page)
{
    struct runtime *runtime = task->runtime;
    struct compare *compare = calloc(1, sizeof *compare);
    if (compare == NULL)
        return false;
    compare->work.data = compare;
    compare->runtime = runtime;
    (void)snprintf(compare->store_path, sizeof compare->store_path, "%s", runtime->store_path);
    compare->now_ms = ambient_wall_ms(&runtime->ambient);
    compare->young_ms = young_ms(runtime);
    compare->slack_ms = slack_ms(runtime);
    compare->load_place = page == NULL;
    if (page != NULL) {
        compare->page = *page;
        *page = (struct event_list){0};
        compare->place = task->walk.place;
        compare->pages = task->walk.pages;
        compare->whole = event_walk_is_whole(&task->walk);
    }
    bool ready = page == NULL || copy_endpoints(task, compare);
    task->working =
        ready && uv_queue_work(&runtime->loop, &compare->work, compare_work, compare_done) == 0;
    if (!task->working)
        compare_free(compare);
    return task->working;
}

/* With a page, which it takes over (NULL: only to find out where the walk was). */
static void begin_work(struct gaps_task *task, struct event_list *page)
{
    const struct ambient *ambient = &task->runtime->ambient;
    if (!start_work(task, page) && page != NULL)
        event_walk_lost(&task->walk, steady_ms(task->runtime), ambient_random_u64(ambient));
}

/* --- asking ------------------------------------------------------------------------------ */

static void on_page(struct api_result *result, void *context)
{
    struct runtime *runtime = context;
    struct gaps_task *task = task_of(runtime);
    if (task == NULL)
        return;
    int64_t now = steady_ms(runtime);
    task->asking = false;
    if (result->outcome != API_OK) {
        struct gaps failed = {0};
        (void)snprintf(failed.trouble, sizeof failed.trouble,
                       "Bridge's events could not be asked for: %.400s", result->error.message);
        event_walk_failed(&task->walk, result->retry_after_ms, result->outcome == API_REFUSED, now,
                          ambient_random_u64(&runtime->ambient));
        runtime_post(runtime, &(struct message){.kind = MESSAGE_GAPS, .gaps = &failed});
        return;
    }
    event_walk_page(&task->walk, &result->events, now, ambient_wall_ms(&runtime->ambient));
    if (is_known(task)) {
        struct gaps same = {.until_ms = ambient_wall_ms(&runtime->ambient)};
        runtime_post(runtime, &(struct message){.kind = MESSAGE_GAPS, .gaps = &same});
        return;
    }
    begin_work(task, &result->events);
}

static void on_queue(struct api_result *result, void *context)
{
    struct runtime *runtime = context;
    struct gaps_task *task = task_of(runtime);
    if (task == NULL)
        return;
    task->asking = false;
    if (result->outcome == API_OK)
        runtime_gaps_upcoming(runtime, task->asked_for, &result->events);
    else /* it is tried again with the next pass; as of now it is not known */
        runtime_gaps_upcoming(runtime, task->asked_for, NULL);
}

/* The first active endpoint whose queue is not known as of the pass that is about to begin. */
static const char *queue_to_ask(struct gaps_task *task, int64_t now_ms)
{
    const struct app *app = task->runtime->app;
    size_t active = 0;
    if (task->round_ms == 0)
        task->round_ms = now_ms;
    int64_t fresh_ms = task->round_ms - interval_ms(task->runtime);
    for (size_t i = 0; i < app->endpoint_count && active < QUEUES_MAX; i++) {
        const struct webhook *webhook = &app->endpoints[i].webhook;
        if (webhook->status != WEBHOOK_ACTIVE || !contract_id_valid(webhook->id))
            continue;
        const struct queue *queue = queue_of(task, webhook->id);
        active++;
        if (queue == NULL || queue->tried_ms < fresh_ms)
            return webhook->id;
    }
    return NULL;
}

static void ask(struct gaps_task *task, const struct api_request *request,
                void (*done)(struct api_result *result, void *context))
{
    task->asking = client_call(task->runtime->client, request, done, NULL, task->runtime) != 0;
}

static bool is_busy(const struct app *app)
{
    bool busy = app->health.failures > 0 || !app->health.ever_ok || !app->endpoints_known;
    for (size_t i = 0; i < STATE_PLANS && !busy; i++)
        busy = app->plans[i].id != 0;
    return busy;
}

void runtime_gaps_tick(struct runtime *runtime)
{
    struct gaps_task *task = task_of(runtime);
    char after[CONTRACT_ID_MAX + 1];
    if (task == NULL || task->asking || task->working || is_busy(runtime->app))
        return;
    if (!task->walking) {
        begin_work(task, NULL);
        return;
    }
    int64_t now = steady_ms(runtime);
    const char *webhook_id = task->walk.in_pass || now < task->walk.due_ms
                                 ? NULL
                                 : queue_to_ask(task, ambient_wall_ms(&runtime->ambient));
    if (webhook_id != NULL) {
        copy_id(task->asked_for, webhook_id);
        ask(task,
            &(struct api_request){
                .call = API_UPCOMING_EVENTS, .webhook_id = task->asked_for, .attempts = 1},
            on_queue);
    } else if (event_walk_next(&task->walk, now, after)) {
        task->round_ms = 0;
        ask(task,
            &(struct api_request){.call = API_LIST_EVENTS,
                                  .starting_after = after[0] != '\0' ? after : NULL,
                                  .limit = EVENT_WALK_PAGE,
                                  .attempts = 1},
            on_page);
        if (!task->asking)
            event_walk_failed(&task->walk, -1, false, now, ambient_random_u64(&runtime->ambient));
    }
}

void runtime_gaps_upcoming(struct runtime *runtime, const char *webhook_id,
                           const struct event_list *list)
{
    struct gaps_task *task = task_of(runtime);
    if (task == NULL || !contract_id_valid(webhook_id))
        return;
    struct queue *queue = queue_of(task, webhook_id);
    if (queue == NULL && task->queue_count < QUEUES_MAX) {
        queue = &task->queues[task->queue_count++];
    } else if (queue == NULL) { /* the one that was asked for the longest ago has to go */
        queue = &task->queues[0];
        for (size_t i = 1; i < QUEUES_MAX; i++)
            if (task->queues[i].tried_ms < queue->tried_ms)
                queue = &task->queues[i];
        *queue = (struct queue){0};
    }
    copy_id(queue->webhook_id, webhook_id);
    queue->tried_ms = ambient_wall_ms(&runtime->ambient);
    if (list == NULL) /* what was known of it holds as of then */
        return;
    queue->known = true;
    queue->asked_ms = queue->tried_ms - ASKED_SLACK_MS;
    queue->count = 0;
    queue->last_ms = -1;
    for (size_t i = 0; i < list->count && i < CONTRACT_UPCOMING; i++) {
        copy_id(queue->events[queue->count++], list->items[i].id);
        queue->last_ms = list->items[i].created_ms;
    }
}

/* --- beginning and end --------------------------------------------------------------------- */

void runtime_gaps_start(struct runtime *runtime)
{
    runtime->gaps = calloc(1, sizeof *runtime->gaps);
    if (runtime->gaps != NULL)
        runtime->gaps->runtime = runtime;
}

void runtime_gaps_hurry(struct runtime *runtime)
{
    struct gaps_task *task = task_of(runtime);
    if (task != NULL && task->walking)
        event_walk_hurry(&task->walk, steady_ms(runtime));
}

/* What is under way ends by itself: it asks for the task first. */
void runtime_gaps_stop(struct runtime *runtime)
{
    free(runtime->gaps);
    runtime->gaps = NULL;
}
