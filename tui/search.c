#include "tui/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One search under way. The thread has all of it but what is under the lock. */
struct job {
    uv_work_t work;
    struct search *search; /* NULL once nobody waits for it any more; the loop's */
    struct search_config config;
    uint64_t number;
    int64_t above;
    struct query query;
    struct query_error wrong;
    bool understood;
    uint64_t sent_us; /* when something was last sent, or it began */
    size_t sent;
    enum store_search_result result;
    struct error error;

    uv_mutex_t lock;
    bool cancelled;
    uv_async_t *ready; /* NULL: must not be told any more */
    struct delivery *found;
    size_t count;
    struct store_search_progress progress;
};

struct search {
    uv_loop_t *loop;
    struct search_config config;
    uv_timer_t delay;
    uv_async_t ready;
    struct job *job; /* the one whose answers count, or NULL */
    int handles;     /* that are open */
    bool closing;

    uint64_t number; /* what begins after the delay */
    char query[LINE_EDIT_MAX + 1];
    int64_t above;
};

/* --- the thread ------------------------------------------------------------------ */

static bool due(const struct job *job)
{
    uint64_t since_ms = (ambient_steady_us(&job->config.ambient) - job->sent_us) / 1000;
    return since_ms >= (job->sent == 0 ? SEARCH_FIRST_MS : SEARCH_ANSWER_MS);
}

static void tell(struct job *job)
{
    job->sent++;
    job->sent_us = ambient_steady_us(&job->config.ambient);
    uv_mutex_lock(&job->lock);
    if (job->ready != NULL)
        (void)uv_async_send(job->ready);
    uv_mutex_unlock(&job->lock);
}

static bool on_progress(const struct store_search_progress *progress, void *context)
{
    struct job *job = context;
    uv_mutex_lock(&job->lock);
    job->progress = *progress;
    bool go_on = !job->cancelled;
    uv_mutex_unlock(&job->lock);
    if (go_on && due(job))
        tell(job);
    return go_on;
}

static bool on_found(const struct delivery *summary, void *context)
{
    struct job *job = context;
    uv_mutex_lock(&job->lock);
    bool copied = delivery_copy_summary(&job->found[job->count], summary);
    job->count += copied;
    bool go_on = copied && !job->cancelled;
    bool page = job->sent == 0 && job->count == SEARCH_PAGE;
    uv_mutex_unlock(&job->lock);
    if (go_on && (page || due(job)))
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
    uv_mutex_lock(&job->lock);
    job->progress = progress;
    uv_mutex_unlock(&job->lock);
}

static void job_work(uv_work_t *work)
{
    struct job *job = work->data;
    job->result = STORE_SEARCH_FAILED;
    job->sent_us = ambient_steady_us(&job->config.ambient);
    if (job->understood)
        search_store(job);
    else
        (void)error_set(&job->error, "%s", job->wrong.message);
}

/* --- the loop ------------------------------------------------------------------------- */

static void job_free(struct job *job)
{
    for (size_t i = 0; i < job->count; i++)
        delivery_clear(&job->found[i]);
    free(job->found);
    uv_mutex_destroy(&job->lock);
    free(job);
}

/* Hands over what was found since the last time. */
static void answer(struct job *job, bool ended)
{
    struct delivery *fresh = ended ? NULL : calloc(STATE_FOUND_MAX, sizeof *fresh);
    if (fresh == NULL && !ended)
        return; /* it comes with the next answer */
    uv_mutex_lock(&job->lock);
    struct delivery *found = job->found;
    size_t count = job->count;
    struct store_search_progress progress = job->progress;
    job->found = fresh;
    job->count = 0;
    uv_mutex_unlock(&job->lock);

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

/* Nobody is told of it any more; its thread ends at its next step. */
static void let_go(struct search *search)
{
    struct job *job = search->job;
    if (job == NULL)
        return;
    uv_mutex_lock(&job->lock);
    job->cancelled = true;
    job->ready = NULL;
    uv_mutex_unlock(&job->lock);
    job->search = NULL;
    search->job = NULL;
    (void)uv_cancel((uv_req_t *)&job->work); /* where it has not begun */
}

static void job_done(uv_work_t *work, int status)
{
    struct job *job = work->data;
    if (status == 0 && job->search != NULL) {
        job->search->job = NULL;
        answer(job, true);
    }
    job_free(job);
}

static void on_ready(uv_async_t *ready)
{
    struct search *search = ready->data;
    if (search->job != NULL)
        answer(search->job, false);
}

static void out_of_memory(struct search *search)
{
    struct message message = {.kind = MESSAGE_FOUND,
                              .search = search->number,
                              .searched = true,
                              .text = "cannot search: out of memory"};
    search->config.answer(&message, search->config.context);
}

static struct job *job_new(struct search *search)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->found = calloc(STATE_FOUND_MAX, sizeof *job->found);
    if (job->found == NULL || uv_mutex_init(&job->lock) != 0) {
        free(job->found);
        free(job);
        return NULL;
    }
    job->work.data = job;
    job->search = search;
    job->config = search->config;
    job->number = search->number;
    job->above = search->above;
    job->ready = &search->ready;
    job->understood =
        query_parse(search->query, strlen(search->query), QUERY_ARRIVALS,
                    ambient_wall_ms(&search->config.ambient), &job->query, &job->wrong);
    return job;
}

static void on_delay(uv_timer_t *delay)
{
    struct search *search = delay->data;
    struct job *job = job_new(search);
    if (job == NULL) {
        out_of_memory(search);
        return;
    }
    search->job = job;
    if (uv_queue_work(search->loop, &job->work, job_work, job_done) == 0)
        return;
    search->job = NULL;
    job_free(job);
    out_of_memory(search);
}

void search_begin(struct search *search, uint64_t number, const char *query, int64_t above,
                  uint64_t delay_ms)
{
    if (search->closing)
        return;
    let_go(search);
    uv_timer_stop(&search->delay);
    if (query[0] == '\0')
        return;
    search->number = number;
    search->above = above;
    (void)snprintf(search->query, sizeof search->query, "%s", query);
    (void)uv_timer_start(&search->delay, on_delay, delay_ms, 0);
}

/* --- from beginning to end ------------------------------------------------------------------ */

struct search *search_new(uv_loop_t *loop, const struct search_config *config)
{
    struct search *search = calloc(1, sizeof *search);
    if (search == NULL)
        return NULL;
    search->loop = loop;
    search->config = *config;
    if (uv_async_init(loop, &search->ready, on_ready) != 0) {
        free(search);
        return NULL;
    }
    (void)uv_timer_init(loop, &search->delay);
    search->delay.data = search->ready.data = search;
    search->handles = 2;
    return search;
}

static void on_closed(uv_handle_t *handle)
{
    struct search *search = handle->data;
    if (--search->handles == 0)
        free(search);
}

void search_close(struct search *search)
{
    if (search == NULL || search->closing)
        return;
    search->closing = true;
    let_go(search);
    uv_close((uv_handle_t *)&search->delay, on_closed);
    uv_close((uv_handle_t *)&search->ready, on_closed);
}
