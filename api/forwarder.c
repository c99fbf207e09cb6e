#include "api/forwarder_private.h"

#include <stdlib.h>
#include <string.h>

static void go_on_closing(struct forwarder *forwarder);

/* --- what is told ---------------------------------------------------------------- */

static void tell_state(struct forwarder *forwarder)
{
    struct forwarder_state state = {
        .name = forwarder->config.to->name,
        .trouble = forwarder->down.message[0] != '\0' ? forwarder->down.message : NULL,
        .waiting = forwarder->waiting,
    };
    forwarder->told = true;
    if (!forwarder->closing)
        forwarder->config.changed(&state, forwarder->config.context);
}

static void tell_trouble(struct forwarder *forwarder, const char *line)
{
    if (forwarder->closing || forwarder->told_trouble == (line != NULL))
        return;
    forwarder->told_trouble = line != NULL;
    forwarder->config.trouble(line, forwarder->config.context);
}

static void tell_try(struct forwarder *forwarder, const struct flight *flight,
                     const struct forward_result *result)
{
    struct forward_report report = {
        .forward_id = result->id,
        .delivery_id = result->delivery_id,
        .delivery_attempt = flight->item.attempt,
        .kind = flight->item.kind,
        .state = result->state,
        .next_ms = result->next_ms,
        .attempt = &result->attempt,
    };
    if (result->state != FORWARD_NONE)
        forwarder->config.tried(&report, forwarder->config.context);
}

/* --- the job: on a thread of its own ----------------------------------------------------- */

static void do_job(uv_work_t *work)
{
    struct forwarder *forwarder = work->data;
    struct forward_queue *queue = forwarder->queue;
    struct job *job = &forwarder->job;
    forward_queue_hold_above(queue, job->arrived);
    job->ok = job->written = forward_queue_finish(queue, job->results, job->result_count,
                                                  job->now_ms, job->random, &job->error);
    if (job->ok && job->publishes)
        job->ok = forward_queue_publish(queue, &job->target, &job->error);
    if (job->ok && job->replay != NULL)
        job->ok = job->replayed =
            forward_queue_replay(queue, job->replay->ids, job->replay->count, job->replay->kind,
                                 job->now_ms, &job->replay->queued, &job->error);
    if (job->ok && job->most > 0)
        job->ok = forward_queue_take(queue, job->now_ms, job->random, job->items, job->most,
                                     &job->item_count, &job->error);
    if (job->ok)
        job->ok = forward_queue_waiting(queue, &job->waiting, &job->error);
    job->wait_ms = forward_queue_wait_ms(queue, job->now_ms);
}

static void on_wake(uv_timer_t *timer)
{
    forwarder_begin_job(timer->data);
}

size_t forwarder_count(const struct forwarder *forwarder, enum flight_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < FORWARD_CONNECTIONS; i++)
        count += forwarder->flights[i].state == state;
    return count;
}

/* How many may begin now. One at a time while it cannot be reached; but who waits for an answer is
   told at once that there is none. */
static size_t room(const struct forwarder *forwarder)
{
    size_t free_ones = forwarder_count(forwarder, FLIGHT_FREE);
    if (forwarder->closing)
        return 0;
    if (forwarder->unreached == 0 || awaited_some(forwarder))
        return free_ones;
    return forwarder_count(forwarder, FLIGHT_UNDER_WAY) == 0 && free_ones > 0 &&
           forwarder_now_us(forwarder) >= forwarder->ask_at_us;
}

/* While it cannot be reached, the end of the one request that is under way, or the time for it,
   comes before. */
static void wake_in(struct forwarder *forwarder, int64_t wait_ms)
{
    uint64_t now_us = forwarder_now_us(forwarder);
    uint64_t wait = (uint64_t)wait_ms;
    bool one_at_a_time = forwarder->unreached > 0 && !awaited_some(forwarder);
    if (forwarder->closing || (one_at_a_time && forwarder_count(forwarder, FLIGHT_UNDER_WAY) > 0))
        return;
    uint64_t until_us = forwarder->ask_at_us > now_us ? forwarder->ask_at_us - now_us : 0;
    if (one_at_a_time && until_us / 1000 + 1 > wait)
        wait = until_us / 1000 + 1;
    uv_timer_start(&forwarder->wake, on_wake, wait, 0);
}

static void results_written(struct forwarder *forwarder, const struct job *job)
{
    for (size_t i = 0; i < job->result_count; i++) {
        struct flight *flight = job->whose[i];
        struct forward_result result = job->results[i];
        flight->state = job->written ? FLIGHT_FREE : FLIGHT_ENDED;
        if (job->written) {
            tell_try(forwarder, flight, &result);
            forward_try_clear(&result.attempt);
            flight->result = (struct forward_result){0};
            forward_item_clear(&flight->item);
        }
        flight_reply(flight); /* also when it could not be written: what he gets is true */
    }
}

static void replay_free(struct replay *replay)
{
    if (replay != NULL)
        free(replay->ids);
    free(replay);
}

/* What fails after it was queued is none of its own: said as its failure, it would be asked for
   once more, and go twice. */
static void replay_queued(struct forwarder *forwarder, const struct job *job)
{
    struct replay *replay = job->replay;
    if (replay == NULL)
        return;
    forwarder->replay_count -= replay->count;
    if (replay->done != NULL && !forwarder->closing)
        replay->done(replay->queued, job->replayed ? NULL : job->error.message, replay->context);
    replay_free(replay);
}

static void begin_flights(struct forwarder *forwarder, struct job *job)
{
    size_t next = 0;
    for (size_t i = 0; i < job->item_count; i++) {
        while (forwarder->flights[next].state != FLIGHT_FREE)
            next++;
        if (forwarder->closing) /* they are given out to nobody, and wait for the next start */
            forward_item_clear(&job->items[i]);
        else
            flight_begin(&forwarder->flights[next], &job->items[i]);
    }
}

static void job_done(uv_work_t *work, int status)
{
    struct forwarder *forwarder = work->data;
    struct job *job = &forwarder->job;
    bool reads = job->ok && status == 0;
    forward_target_clear(&job->target);
    forwarder->to_publish = forwarder->to_publish || (job->publishes && !reads);
    results_written(forwarder, job);
    replay_queued(forwarder, job);
    begin_flights(forwarder, job);
    tell_trouble(forwarder, reads ? NULL : job->error.message);
    if (reads && job->waiting != forwarder->waiting) {
        forwarder->waiting = job->waiting;
        forwarder->told = false;
    }
    if (!forwarder->told)
        tell_state(forwarder);
    forwarder->working = false; /* not before: a callback may close this */
    if (!reads)
        wake_in(forwarder, FORWARD_STORE_AGAIN_MS);
    else if (job->wait_ms >= 0 && forwarder_count(forwarder, FLIGHT_FREE) > 0)
        wake_in(forwarder, job->wait_ms);
    if (forwarder->closing)
        go_on_closing(forwarder);
    else if (reads && (forwarder->again || forwarder->replays != NULL ||
                       forwarder_count(forwarder, FLIGHT_ENDED) > 0))
        forwarder_begin_job(forwarder);
}

static void collect_results(struct forwarder *forwarder, struct job *job)
{
    for (size_t i = 0; i < FORWARD_CONNECTIONS; i++) {
        struct flight *flight = &forwarder->flights[i];
        if (flight->state != FLIGHT_ENDED)
            continue;
        flight->state = FLIGHT_WRITING;
        job->whose[job->result_count] = flight;
        job->results[job->result_count++] = flight->result;
    }
}

static char *copy_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? strdup(text) : NULL;
}

void forwarder_begin_job(struct forwarder *forwarder)
{
    struct job *job = &forwarder->job;
    forwarder->again = forwarder->working;
    if (forwarder->working)
        return;
    uv_timer_stop(&forwarder->wake);
    *job = (struct job){.now_ms = ambient_wall_ms(&forwarder->config.ambient),
                        .random = ambient_random_u64(&forwarder->config.ambient),
                        .arrived = forwarder->arrived};
    collect_results(forwarder, job);
    job->publishes = forwarder->to_publish;
    forwarder->to_publish = false;
    if (!forwarder->closing)
        job->target = (struct forward_target){.name = strdup(forwarder->config.to->name),
                                              .trouble = copy_or_null(forwarder->down.message)};
    job->replay = forwarder->closing ? NULL : forwarder->replays;
    if (job->replay != NULL)
        forwarder->replays = job->replay->next;
    job->most = room(forwarder);
    forwarder->working = uv_queue_work(forwarder->loop, &forwarder->work, do_job, job_done) == 0;
}

void forwarder_look(struct forwarder *forwarder)
{
    if (!forwarder->closing)
        forwarder_begin_job(forwarder);
}

bool forwarder_replay(struct forwarder *forwarder, const int64_t *delivery_ids, size_t count,
                      enum forward_kind kind,
                      void (*done)(size_t queued, const char *error, void *context), void *context)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL || forwarder->closing ||
        count > FORWARD_REPLAYS_MAX - forwarder->replay_count ||
        (replay->ids = calloc(count + 1, sizeof *replay->ids)) == NULL) {
        replay_free(replay);
        return false;
    }
    memcpy(replay->ids, delivery_ids, count * sizeof *delivery_ids);
    replay->count = count;
    replay->kind = kind;
    replay->done = done;
    replay->context = context;
    struct replay **at = &forwarder->replays;
    while (*at != NULL)
        at = &(*at)->next;
    *at = replay;
    forwarder->replay_count += count;
    forwarder_begin_job(forwarder);
    return true;
}

/* --- beginning and end -------------------------------------------------------------------- */

struct forwarder *forwarder_new(uv_loop_t *loop, const struct forwarder_config *config,
                                struct error *error)
{
    struct forwarder *forwarder = calloc(1, sizeof *forwarder);
    if (forwarder == NULL)
        goto no_memory;
    forwarder->loop = loop;
    forwarder->config = *config;
    forwarder->awaited = calloc(FORWARD_AWAITED_MAX, sizeof *forwarder->awaited);
    forwarder->queue = forward_queue_new(config->store_path);
    if (forwarder->awaited == NULL || forwarder->queue == NULL)
        goto no_memory;
    forwarder->arrived = INT64_MAX;
    if (config->awaits && !forward_queue_newest(forwarder->queue, &forwarder->arrived, error))
        goto no_pool;
    forwarder->pool = transfer_pool_new(loop, FORWARD_CONNECTIONS, error);
    if (forwarder->pool == NULL)
        goto no_pool;
    for (size_t i = 0; i < FORWARD_CONNECTIONS; i++)
        forwarder->flights[i].forwarder = forwarder;
    (void)uv_timer_init(loop, &forwarder->wake);
    (void)uv_timer_init(loop, &forwarder->late);
    (void)uv_timer_init(loop, &forwarder->drain);
    forwarder->wake.data = forwarder->late.data = forwarder->drain.data = forwarder;
    forwarder->work.data = forwarder;
    forwarder->open_handles = 4; /* and the pool */
    forwarder->to_publish = true;
    forwarder_begin_job(forwarder);
    return forwarder;

no_memory:
    (void)error_set(error, "out of memory");
no_pool:
    if (forwarder != NULL) {
        forward_queue_free(forwarder->queue);
        free(forwarder->awaited);
    }
    free(forwarder);
    return NULL;
}

static void free_all(struct forwarder *forwarder)
{
    void (*closed)(void *context) = forwarder->closed;
    void *context = forwarder->closed_context;
    for (size_t i = 0; i < FORWARD_CONNECTIONS; i++)
        flight_clear(&forwarder->flights[i]);
    free(forwarder->awaited);
    free(forwarder);
    if (closed != NULL)
        closed(context);
}

static void pool_gone(void *context)
{
    struct forwarder *forwarder = context;
    if (--forwarder->open_handles == 0)
        free_all(forwarder);
}

static void handle_gone(uv_handle_t *handle)
{
    pool_gone(handle->data);
}

/* Closing the store may write its log back: that is a job's to do. */
static void close_queue(uv_work_t *work)
{
    struct forwarder *forwarder = work->data;
    forward_queue_free(forwarder->queue);
    forwarder->queue = NULL;
}

static void queue_closed(uv_work_t *work, int status)
{
    struct forwarder *forwarder = work->data;
    (void)status;
    uv_close((uv_handle_t *)&forwarder->wake, handle_gone);
    uv_close((uv_handle_t *)&forwarder->late, handle_gone);
    uv_close((uv_handle_t *)&forwarder->drain, handle_gone);
    transfer_pool_close(forwarder->pool, pool_gone, forwarder);
}

/* What ended is written, once: what cannot be written then is handed on again. */
static void go_on_closing(struct forwarder *forwarder)
{
    if (forwarder->working || forwarder_count(forwarder, FLIGHT_UNDER_WAY) > 0)
        return;
    uv_timer_stop(&forwarder->drain);
    if (!forwarder->drained) {
        forwarder->drained = true;
        forwarder->to_publish = true;
        forwarder_begin_job(forwarder);
        if (forwarder->working)
            return;
    }
    if (uv_queue_work(forwarder->loop, &forwarder->work, close_queue, queue_closed) != 0) {
        close_queue(&forwarder->work);
        queue_closed(&forwarder->work, 0);
    }
}

static void on_drained(uv_timer_t *timer)
{
    struct forwarder *forwarder = timer->data;
    flights_cancel(forwarder);
    go_on_closing(forwarder);
}

void forwarder_close(struct forwarder *forwarder, void (*closed)(void *context), void *context)
{
    forwarder->closing = true;
    forwarder->closed = closed;
    forwarder->closed_context = context;
    uv_timer_stop(&forwarder->wake);
    awaited_end(forwarder);
    while (forwarder->replays != NULL) {
        struct replay *replay = forwarder->replays;
        forwarder->replays = replay->next;
        replay_free(replay);
    }
    uv_timer_start(&forwarder->drain, on_drained, FORWARD_DRAIN_MS, 0);
    go_on_closing(forwarder);
}
