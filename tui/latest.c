#include "tui/latest.h"

bool latest_job_init(struct latest *latest, struct latest_job *job)
{
    job->work.data = job;
    job->kind = latest->kind;
    job->ready = &latest->ready;
    return uv_mutex_init(&job->lock) == 0;
}

void latest_job_clear(struct latest_job *job)
{
    uv_mutex_destroy(&job->lock);
}

/* --- on the thread -------------------------------------------------------------------- */

bool latest_is_cancelled(struct latest_job *job)
{
    uv_mutex_lock(&job->lock);
    bool cancelled = job->cancelled;
    uv_mutex_unlock(&job->lock);
    return cancelled;
}

void latest_tell(struct latest_job *job)
{
    uv_mutex_lock(&job->lock);
    if (job->ready != NULL)
        (void)uv_async_send(job->ready);
    uv_mutex_unlock(&job->lock);
}

static void run(uv_work_t *work)
{
    struct latest_job *job = work->data;
    job->kind->run(job);
}

/* --- on the loop ---------------------------------------------------------------------- */

static void let_go(struct latest *latest)
{
    struct latest_job *job = latest->job;
    uv_timer_stop(&latest->delay);
    if (latest->waiting != NULL)
        latest->kind->free(latest->waiting);
    latest->waiting = NULL;
    if (job == NULL)
        return;
    uv_mutex_lock(&job->lock);
    job->cancelled = true;
    job->ready = NULL;
    uv_mutex_unlock(&job->lock);
    job->latest = NULL;
    latest->job = NULL;
    (void)uv_cancel((uv_req_t *)&job->work); /* where it has not begun */
}

static void end(struct latest_job *job, bool answers)
{
    if (answers && job->latest != NULL) {
        job->latest->job = NULL;
        job->kind->answer(job, true);
    }
    job->kind->free(job);
}

static void on_done(uv_work_t *work, int status)
{
    end(work->data, status == 0);
}

static void on_ready(uv_async_t *ready)
{
    struct latest *latest = ready->data;
    if (latest->job != NULL)
        latest->kind->answer(latest->job, false);
}

static void on_delay(uv_timer_t *delay)
{
    struct latest *latest = delay->data;
    struct latest_job *job = latest->waiting;
    latest->waiting = NULL;
    latest->job = job;
    job->latest = latest;
    if (uv_queue_work(latest->loop, &job->work, run, on_done) != 0)
        end(job, true);
}

void latest_begin(struct latest *latest, struct latest_job *job, uint64_t delay_ms)
{
    let_go(latest);
    latest->waiting = job;
    (void)uv_timer_start(&latest->delay, on_delay, delay_ms, 0);
}

void latest_cancel(struct latest *latest)
{
    if (!latest->closing)
        let_go(latest);
}

/* --- from beginning to end -------------------------------------------------------------- */

bool latest_init(struct latest *latest, uv_loop_t *loop, const struct latest_kind *kind)
{
    *latest = (struct latest){.loop = loop, .kind = kind, .handles = 2};
    if (uv_async_init(loop, &latest->ready, on_ready) != 0)
        return false;
    (void)uv_timer_init(loop, &latest->delay);
    latest->delay.data = latest->ready.data = latest;
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    struct latest *latest = handle->data;
    if (--latest->handles == 0)
        latest->closed(latest->context);
}

void latest_close(struct latest *latest, void (*closed)(void *context), void *context)
{
    latest_cancel(latest);
    latest->closing = true;
    latest->closed = closed;
    latest->context = context;
    uv_close((uv_handle_t *)&latest->delay, on_closed);
    uv_close((uv_handle_t *)&latest->ready, on_closed);
}
