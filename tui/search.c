#include "tui/search.h"

#include "tui/latest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NO_MEMORY[] = "cannot search: out of memory";

enum { SENT_COUNTED = 8 }; /* by then the pauses have grown to their longest */

/* One search under way. The thread has all of it but what is under the lock. */
struct job {
    struct latest_job base; /* and its lock, for what comes last */
    struct search_config config;
    uint64_t number;
    int64_t above;
    struct query query;
    struct query_error wrong;
    bool understood;
    uint64_t sent_us; /* when something was last sent, or it began */
    unsigned sent;    /* answers, as far as that matters */
    enum store_search_result result;
    struct error error;

    struct delivery *found; /* the rest is used under the lock */
    size_t count;
    struct store_search_progress progress;
};

struct search {
    struct latest latest;
    struct search_config config;
};

/* --- the thread ------------------------------------------------------------------ */

/* The screen keeps what it shows until the first answer: one without rows is no hurry. */
static uint64_t pause_ms(const struct job *job, bool found)
{
    uint64_t pause = (uint64_t)SEARCH_FIRST_MS << job->sent;
    bool urgent = found || job->sent > 0;
    return urgent && pause < SEARCH_ANSWER_MS ? pause : SEARCH_ANSWER_MS;
}

static bool due(const struct job *job, bool found)
{
    uint64_t since_ms = (ambient_steady_us(&job->config.ambient) - job->sent_us) / 1000;
    return since_ms >= pause_ms(job, found);
}

static void tell(struct job *job)
{
    job->sent += job->sent < SENT_COUNTED;
    job->sent_us = ambient_steady_us(&job->config.ambient);
    latest_tell(&job->base);
}

static bool on_progress(const struct store_search_progress *progress, void *context)
{
    struct job *job = context;
    uv_mutex_lock(&job->base.lock);
    job->progress = *progress;
    bool go_on = !job->base.cancelled;
    bool found = job->count > 0;
    uv_mutex_unlock(&job->base.lock);
    if (go_on && due(job, found))
        tell(job);
    return go_on;
}

static bool on_found(const struct delivery *summary, void *context)
{
    struct job *job = context;
    uv_mutex_lock(&job->base.lock);
    bool copied = delivery_copy_summary(&job->found[job->count], summary);
    job->count += copied;
    bool go_on = copied && !job->base.cancelled;
    bool page = job->sent == 0 && job->count == SEARCH_PAGE;
    uv_mutex_unlock(&job->base.lock);
    if (go_on && (page || due(job, true)))
        tell(job);
    return go_on;
}

static void search_store(struct job *job)
{
    struct store *store = store_open(job->config.store_path, STORE_READ, &job->error);
    if (store == NULL)
        return;
    struct store_search how = {.query = &job->query,
                               .above = job->above,
                               .limit = STATE_FOUND_MAX,
                               .found = on_found,
                               .progress = on_progress,
                               .context = job};
    struct store_search_progress progress;
    job->result = store_search(store, &how, &progress, &job->error);
    store_close(store);
    uv_mutex_lock(&job->base.lock);
    job->progress = progress;
    uv_mutex_unlock(&job->base.lock);
}

static void run(struct latest_job *base)
{
    struct job *job = (struct job *)base;
    job->sent_us = ambient_steady_us(&job->config.ambient);
    if (job->understood)
        search_store(job);
    else
        (void)error_set(&job->error, "%s", job->wrong.message);
}

/* --- the loop ------------------------------------------------------------------------- */

static void job_free(struct latest_job *base)
{
    struct job *job = (struct job *)base;
    for (size_t i = 0; i < job->count; i++)
        delivery_clear(&job->found[i]);
    free(job->found);
    latest_job_clear(base);
    free(job);
}

/* Hands over what was found since the last time. */
static void answer(struct latest_job *base, bool ended)
{
    struct job *job = (struct job *)base;
    struct delivery *fresh = ended ? NULL : calloc(STATE_FOUND_MAX, sizeof *fresh);
    if (fresh == NULL && !ended)
        return; /* it comes with the next answer */
    uv_mutex_lock(&job->base.lock);
    struct delivery *found = job->found;
    size_t count = job->count;
    struct store_search_progress progress = job->progress;
    job->found = fresh;
    job->count = 0;
    uv_mutex_unlock(&job->base.lock);

    bool failed = ended && job->result == STORE_SEARCH_FAILED;
    struct message message = {
        .kind = MESSAGE_FOUND,
        .search = job->number,
        .found = found,
        .found_count = count,
        .progress = &progress,
        .searched = ended,
        .whole = ended && job->result == STORE_SEARCH_WHOLE,
        .text = failed ? job->error.message : NULL,
    };
    job->config.answer(&message, job->config.context);
    for (size_t i = 0; i < count; i++)
        delivery_clear(&found[i]);
    free(found);
}

static const struct latest_kind KIND = {.run = run, .answer = answer, .free = job_free};

static void out_of_memory(const struct search *search, uint64_t number)
{
    struct message message = {
        .kind = MESSAGE_FOUND, .search = number, .searched = true, .text = NO_MEMORY};
    search->config.answer(&message, search->config.context);
}

static struct job *job_new(struct search *search, uint64_t number, const char *query, int64_t above)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->found = calloc(STATE_FOUND_MAX, sizeof *job->found);
    if (job->found == NULL || !latest_job_init(&search->latest, &job->base)) {
        free(job->found);
        free(job);
        return NULL;
    }
    job->config = search->config;
    job->number = number;
    job->above = above;
    job->result = STORE_SEARCH_FAILED;
    (void)error_set(&job->error, "%s", NO_MEMORY); /* should it not even run */
    job->understood =
        query_parse(query, strlen(query), QUERY_ARRIVALS, ambient_wall_ms(&search->config.ambient),
                    &job->query, &job->wrong);
    return job;
}

void search_begin(struct search *search, uint64_t number, const char *query, int64_t above,
                  uint64_t delay_ms)
{
    if (search->latest.closing)
        return;
    latest_cancel(&search->latest);
    if (query[0] == '\0')
        return;
    struct job *job = job_new(search, number, query, above);
    if (job != NULL)
        latest_begin(&search->latest, &job->base, delay_ms);
    else
        out_of_memory(search, number);
}

/* --- from beginning to end ------------------------------------------------------------------ */

struct search *search_new(uv_loop_t *loop, const struct search_config *config)
{
    struct search *search = calloc(1, sizeof *search);
    if (search == NULL)
        return NULL;
    search->config = *config;
    if (latest_init(&search->latest, loop, &KIND))
        return search;
    free(search);
    return NULL;
}

void search_close(struct search *search)
{
    if (search != NULL && !search->latest.closing)
        latest_close(&search->latest, free, search);
}
