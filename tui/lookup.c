#include "tui/lookup.h"

#include "api/receiver_lock.h"
#include "api/store_bridge.h"
#include "api/store_event.h"
#include "api/store_search.h"
#include "tui/latest.h"
#include "tui/object_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NO_MEMORY[] = "cannot read the store: out of memory";

/* One under way. The thread has all of it but what is under the lock. */
struct job {
    struct latest_job base; /* and its lock, for what comes last */
    struct lookup_config config;
    uint64_t number;
    struct event_list bridge;
    struct event_record *record;
    int64_t ids[OBJECT_EVENTS_MAX]; /* rows of the object, newest first */
    size_t id_count;
    struct store *store;
    uint64_t told_us;
    uint64_t pause_ms;
    char event_id[CONTRACT_ID_MAX + 1];
    char object_id[OBJECT_ID_SIZE];
    bool of_object;
    bool more;
    bool failed;
    struct error error;

    bool whole; /* the rest is used under the lock */
    struct object_history *history;
};

struct lookup {
    struct latest latest;
    struct lookup_config config;
};

/* --- the thread: an event ------------------------------------------------------------- */

/* A period that goes on does so for as long as somebody has the store's lock. */
static void close_period(struct job *job)
{
    struct event_record *record = job->record;
    struct receiver_holder holder;
    if (record->period_count == 0)
        return;
    struct store_period *newest = &record->periods[record->period_count - 1];
    newest->open = newest->open &&
                   receiver_lock_look(job->config.store_path, &holder) == RECEIVER_LOCK_IS_HELD;
    if (newest->open)
        newest->until_ms = INT64_MAX;
}

static void read_event(struct job *job)
{
    job->record = calloc(1, sizeof *job->record);
    if (job->record == NULL) {
        job->failed = !error_set(&job->error, "%s", NO_MEMORY);
        return;
    }
    job->failed = !store_load_event(job->store, job->event_id, job->record, &job->error);
    if (!job->failed)
        close_period(job);
}

/* --- the thread: an object ------------------------------------------------------------- */

/* Which object the event is about, as far as the store knows. */
static void find_object(struct job *job)
{
    int64_t id = 0;
    struct delivery summary = {0};
    job->failed = !store_find_event(job->store, job->event_id, &id, &job->error);
    if (!job->failed && id != 0 && store_load_summary(job->store, id, &summary, &job->error) &&
        summary.object_id != NULL && strlen(summary.object_id) < sizeof job->object_id)
        (void)snprintf(job->object_id, sizeof job->object_id, "%s", summary.object_id);
    delivery_clear(&summary);
    struct event told = {0};
    if (!job->failed && id == 0 &&
        store_load_bridge_event(job->store, job->event_id, &told, NULL) && told.object_id != NULL &&
        strlen(told.object_id) < sizeof job->object_id)
        (void)snprintf(job->object_id, sizeof job->object_id, "%s", told.object_id);
    event_clear(&told);
}

static bool on_bridge_event(const struct event *event, void *context)
{
    return object_history_add_event(context, event);
}

/* What there is so far, with what Bridge has told. */
static void hand_over(struct job *job, bool whole)
{
    struct object_history *history = object_history_new();
    if (history == NULL) {
        job->failed = !error_set(&job->error, "%s", NO_MEMORY);
        return;
    }
    history->more = job->more;
    for (size_t i = 0; i < job->id_count && !latest_is_cancelled(&job->base); i++) {
        struct delivery delivery = {0};
        if (store_load_delivery(job->store, job->ids[i], &delivery, NULL))
            (void)object_history_add_delivery(history, &delivery); /* else it is gone since */
        delivery_clear(&delivery);
    }
    for (size_t i = 0; i < job->bridge.count; i++)
        (void)object_history_add_event(history, &job->bridge.items[i]);
    (void)store_each_bridge_event(job->store, job->object_id, OBJECT_EVENTS_MAX, on_bridge_event,
                                  history, NULL);
    object_history_make(history);
    uv_mutex_lock(&job->base.lock);
    struct object_history *before = job->history;
    job->history = history;
    job->whole = whole;
    uv_mutex_unlock(&job->base.lock);
    object_history_free(before);
    if (!whole)
        latest_tell(&job->base);
    job->told_us = ambient_steady_us(&job->config.ambient);
    job->pause_ms *= 2;
}

static bool on_found(const struct delivery *summary, void *context)
{
    struct job *job = context;
    bool is_one = summary->object_id != NULL && strcmp(summary->object_id, job->object_id) == 0;
    if (!is_one || summary->verdict != VERDICT_GENUINE)
        return true;
    if (job->id_count == OBJECT_EVENTS_MAX) {
        job->more = true;
        return false;
    }
    job->ids[job->id_count++] = summary->id;
    return true;
}

static bool on_progress(const struct store_search_progress *progress, void *context)
{
    struct job *job = context;
    (void)progress;
    uint64_t since_ms = (ambient_steady_us(&job->config.ambient) - job->told_us) / 1000;
    if (since_ms >= job->pause_ms)
        hand_over(job, false);
    return !latest_is_cancelled(&job->base) && !job->failed;
}

/* The id as a value of the filter language: in quotes, which it may hold itself. */
static bool make_query(struct job *job, struct query *query)
{
    char text[2 * OBJECT_ID_SIZE + 32] = "verified object:\"";
    struct query_error wrong;
    size_t at = strlen(text);
    for (const char *byte = job->object_id; *byte != '\0'; byte++) {
        if (*byte == '"' || *byte == '\\')
            text[at++] = '\\';
        text[at++] = *byte;
    }
    text[at++] = '"';
    return query_parse(text, at, QUERY_ARRIVALS, ambient_wall_ms(&job->config.ambient), query,
                       &wrong) ||
           error_set(&job->error, "%s", wrong.message);
}

static void read_object(struct job *job)
{
    struct query *query = calloc(1, sizeof *query);
    struct store_search_progress progress;
    if (job->object_id[0] == '\0')
        find_object(job);
    if (query == NULL || job->failed || job->object_id[0] == '\0') {
        free(query);
        return;
    }
    struct store_search search = {.query = query,
                                  .limit = SIZE_MAX,
                                  .found = on_found,
                                  .progress = on_progress,
                                  .context = job};
    job->failed = !make_query(job, query) ||
                  store_search(job->store, &search, &progress, &job->error) == STORE_SEARCH_FAILED;
    free(query);
    if (!job->failed && !latest_is_cancelled(&job->base))
        hand_over(job, true);
}

static void run(struct latest_job *base)
{
    struct job *job = (struct job *)base;
    job->told_us = ambient_steady_us(&job->config.ambient);
    job->pause_ms = LOOKUP_FIRST_MS;
    job->store = store_open(job->config.store_path, STORE_READ, &job->error);
    job->failed = job->store == NULL;
    if (job->store != NULL && job->of_object)
        read_object(job);
    else if (job->store != NULL)
        read_event(job);
    store_close(job->store);
    job->store = NULL;
}

/* --- the loop -------------------------------------------------------------------------- */

static void job_free(struct latest_job *base)
{
    struct job *job = (struct job *)base;
    if (job->record != NULL)
        event_record_clear(job->record);
    free(job->record);
    event_list_clear(&job->bridge);
    object_history_free(job->history);
    latest_job_clear(base);
    free(job);
}

static void answer(struct latest_job *base, bool ended)
{
    struct job *job = (struct job *)base;
    uv_mutex_lock(&job->base.lock);
    struct object_history *history = job->history;
    bool whole = job->whole;
    job->history = NULL;
    uv_mutex_unlock(&job->base.lock);
    if (!ended && history == NULL)
        return;
    bool failed = ended && job->failed; /* the thread's, while that runs */
    struct message message = {
        .kind = job->of_object ? MESSAGE_HISTORY : MESSAGE_TRACED,
        .search = job->number,
        .record = ended && !failed ? &job->record : NULL,
        .history = &history,
        .object_id = job->object_id, /* it is found before anything is handed over */
        .searched = ended,
        .whole = whole,
        .text = failed ? job->error.message : NULL,
    };
    job->config.answer(&message, job->config.context);
    object_history_free(history);
}

static const struct latest_kind KIND = {.run = run, .answer = answer, .free = job_free};

static void out_of_memory(const struct lookup *lookup, const struct lookup_wanted *wanted)
{
    struct message message = {.kind = wanted->object_id != NULL ? MESSAGE_HISTORY : MESSAGE_TRACED,
                              .search = wanted->number,
                              .searched = true,
                              .text = NO_MEMORY};
    lookup->config.answer(&message, lookup->config.context);
}

static bool copy_events(struct event_list *to, const struct event_list *from)
{
    to->items = calloc(from->count + 1, sizeof *to->items);
    for (size_t i = 0; to->items != NULL && i < from->count; i++) {
        if (!event_copy(&to->items[i], &from->items[i]))
            return false;
        to->count++;
    }
    return to->items != NULL;
}

static struct job *job_new(struct lookup *lookup, const struct lookup_wanted *wanted)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL || !latest_job_init(&lookup->latest, &job->base)) {
        free(job);
        return NULL;
    }
    job->config = lookup->config;
    job->number = wanted->number;
    job->of_object = wanted->object_id != NULL;
    job->failed = !error_set(&job->error, "%s", NO_MEMORY); /* should it not even run */
    (void)snprintf(job->event_id, sizeof job->event_id, "%s", wanted->event_id);
    (void)snprintf(job->object_id, sizeof job->object_id, "%s",
                   wanted->object_id != NULL ? wanted->object_id : "");
    if (wanted->bridge == NULL || copy_events(&job->bridge, wanted->bridge))
        return job;
    job_free(&job->base);
    return NULL;
}

void lookup_begin(struct lookup *lookup, const struct lookup_wanted *wanted)
{
    if (lookup->latest.closing)
        return;
    struct job *job = job_new(lookup, wanted);
    if (job != NULL) {
        latest_begin(&lookup->latest, &job->base, wanted->delay_ms);
        return;
    }
    latest_cancel(&lookup->latest);
    out_of_memory(lookup, wanted);
}

void lookup_stop(struct lookup *lookup)
{
    latest_cancel(&lookup->latest);
}

/* --- from beginning to end ------------------------------------------------------------------ */

struct lookup *lookup_new(uv_loop_t *loop, const struct lookup_config *config)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL)
        return NULL;
    lookup->config = *config;
    if (latest_init(&lookup->latest, loop, &KIND))
        return lookup;
    free(lookup);
    return NULL;
}

void lookup_close(struct lookup *lookup)
{
    if (lookup != NULL && !lookup->latest.closing)
        latest_close(&lookup->latest, free, lookup);
}
