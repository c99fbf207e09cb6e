#include "api/poller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One request that is under way. */
struct slot {
    struct poller *poller;
    struct schedule_job job;
    uint64_t call; /* 0: free */
    int64_t asked_ms;
};

struct poller {
    struct client *client;
    struct poller_config config;
    struct schedule schedule;
    struct slot slots[POLLER_IN_FLIGHT_MAX];
    struct api_health health;
    int64_t list_asked_ms;
    uv_timer_t timer; /* when the next job is due */
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

static int64_t steady_ms(const struct poller *poller)
{
    return (int64_t)(ambient_steady_us(&poller->config.ambient) / 1000);
}

/* --- health --------------------------------------------------------------------- */

static void tell_health(struct poller *poller)
{
    if (poller->config.health != NULL)
        poller->config.health(&poller->health, poller->config.context);
}

static void note_success(struct poller *poller, const struct api_result *result)
{
    struct api_health *health = &poller->health;
    health->ever_ok = true;
    health->last_ok_ms = ambient_wall_ms(&poller->config.ambient);
    health->latency_ms = result->latency_ms;
    health->clock_known =
        api_result_clock_ahead(result, health->last_ok_ms, &health->clock_ahead_ms);
    /* Still failing when this one had been under way before the trouble began. */
    health->failures = poller->schedule.failures;
    if (health->failures == 0) {
        health->message[0] = '\0';
        health->next_try_ms = 0;
    }
}

/* The wall clock is told, the steady clock is waited for. */
static void note_next_try(struct poller *poller)
{
    int64_t retry = schedule_retry_ms(&poller->schedule);
    poller->health.next_try_ms =
        retry == SCHEDULE_NEVER
            ? 0
            : ambient_wall_ms(&poller->config.ambient) + (retry - steady_ms(poller));
}

static void note_failure(struct poller *poller, const struct api_result *result)
{
    struct api_health *health = &poller->health;
    health->failures = poller->schedule.failures;
    bool refused = result->http_status == 401 || result->http_status == 403;
    (void)snprintf(health->message, sizeof health->message, "%.440s%s", result->error.message,
                   refused ? ": is BRIDGE_API_KEY the key of this environment?" : "");
    note_next_try(poller);
}

/* --- asking ---------------------------------------------------------------------- */

static void on_answer(struct api_result *result, void *context);

static enum api_call call_of(enum schedule_kind kind)
{
    switch (kind) {
    case SCHEDULE_LIST:
        return API_LIST_WEBHOOKS;
    case SCHEDULE_UPCOMING:
        return API_UPCOMING_EVENTS;
    case SCHEDULE_LOGS:
        break;
    }
    return API_LOGS;
}

static struct slot *free_slot(struct poller *poller)
{
    for (size_t i = 0; i < POLLER_IN_FLIGHT_MAX; i++)
        if (poller->slots[i].call == 0)
            return &poller->slots[i];
    return NULL;
}

/* False when memory is out, which is treated as any other trouble: with a pause. */
static bool start(struct poller *poller, const struct schedule_job *job)
{
    struct slot *slot = free_slot(poller);
    if (slot == NULL)
        return false;
    *slot = (struct slot){
        .poller = poller, .job = *job, .asked_ms = ambient_wall_ms(&poller->config.ambient)};
    struct api_request request = {
        .call = call_of(job->kind),
        .webhook_id = job->kind == SCHEDULE_LIST ? NULL : slot->job.id,
        .attempts = 1, /* the schedule is what tries again */
    };
    slot->call = client_call(poller->client, &request, on_answer, NULL, slot);
    return slot->call != 0;
}

static void on_due(uv_timer_t *timer);

/* The wall clock may be set: where it beats is asked each time. */
static void find_beat(struct poller *poller, int64_t now)
{
    int64_t past = ambient_wall_ms(&poller->config.ambient) % POLLER_BEAT_MS;
    if (poller->config.beats)
        schedule_beat(&poller->schedule, POLLER_BEAT_MS, now - past);
}

static void wait_for(struct poller *poller, int64_t when, int64_t now)
{
    if (when == SCHEDULE_NEVER) {
        (void)uv_timer_stop(&poller->timer);
        return;
    }
    int64_t pause = when > now ? when - now : 1;
    if (schedule_is_beat(&poller->schedule, when))
        pause += POLLER_LATE_MS; /* poller_beat() comes before that */
    (void)uv_timer_start(&poller->timer, on_due, (uint64_t)pause, 0);
}

/* Starts what may start, and sets the timer for what may not yet. */
static void pump(struct poller *poller)
{
    if (poller->closing)
        return;
    struct schedule_job job;
    int64_t when;
    int64_t now = steady_ms(poller);
    find_beat(poller, now);
    while (schedule_next(&poller->schedule, now, &job, &when)) {
        if (!start(poller, &job)) {
            struct schedule_failure failure = {.cause = SCHEDULE_COMMON, .retry_after_ms = -1};
            struct api_result nothing = {.error = {"out of memory: Bridge cannot be asked"}};
            schedule_failed(&poller->schedule, &job, &failure, now,
                            ambient_random_u64(&poller->config.ambient));
            note_failure(poller, &nothing); /* told with the next answer: no callback from here */
        }
    }
    wait_for(poller, when, now);
}

static void on_due(uv_timer_t *timer)
{
    pump(timer->data);
}

/* --- answers ---------------------------------------------------------------------- */

static void hand_out(struct poller *poller, const struct schedule_job *job,
                     const struct api_result *result)
{
    const struct poller_config *config = &poller->config;
    if (job->kind == SCHEDULE_LIST && config->webhooks != NULL)
        config->webhooks(&result->webhooks, config->context);
    else if (job->kind == SCHEDULE_UPCOMING && config->upcoming != NULL)
        config->upcoming(job->id, &result->events, config->context);
    else if (job->kind == SCHEDULE_LOGS && config->logs != NULL)
        config->logs(job->id, &result->logs, config->context);
}

static void succeeded(struct poller *poller, const struct schedule_job *job,
                      const struct api_result *result)
{
    schedule_succeeded(&poller->schedule, job, steady_ms(poller));
    /* Before the list is handed out: who gets it may choose one of its endpoints. Where memory
       is out, the old endpoints stay until the next list. */
    if (job->kind == SCHEDULE_LIST)
        (void)schedule_set_endpoints(&poller->schedule, &result->webhooks);
    note_success(poller, result);
    hand_out(poller, job, result);
    if (!poller->closing)
        tell_health(poller);
}

static enum schedule_cause cause_of(const struct schedule_job *job, const struct api_result *result)
{
    bool asked_to_wait = result->http_status == 429 || result->retry_after_ms >= 0;
    if (job->kind == SCHEDULE_LIST || result->http_status == 401 || asked_to_wait)
        return SCHEDULE_COMMON;
    if (result->http_status == 404)
        return SCHEDULE_MISSING;
    return result->outcome == API_UNAVAILABLE ? SCHEDULE_UNCLEAR : SCHEDULE_OWN;
}

static void failed(struct poller *poller, const struct schedule_job *job,
                   const struct api_result *result)
{
    const struct poller_config *config = &poller->config;
    struct schedule_failure failure = {
        .cause = cause_of(job, result),
        .slow = result->http_status == 401 || result->http_status == 403,
        .retry_after_ms = result->retry_after_ms,
    };
    schedule_failed(&poller->schedule, job, &failure, steady_ms(poller),
                    ambient_random_u64(&config->ambient));
    if (failure.cause == SCHEDULE_COMMON) {
        note_failure(poller, result);
        tell_health(poller);
    }
    if (job->kind != SCHEDULE_LIST && !poller->closing && config->failed != NULL)
        config->failed(result->call, job->id, result->error.message, config->context);
}

/* Callbacks may focus, refresh, forget and close: the slot is free before the first. */
static void on_answer(struct api_result *result, void *context)
{
    struct slot *slot = context;
    struct poller *poller = slot->poller;
    struct schedule_job job = slot->job;
    slot->call = 0;
    if (result->outcome == API_OK && job.kind == SCHEDULE_LIST)
        poller->list_asked_ms = slot->asked_ms;
    if (result->outcome == API_OK)
        succeeded(poller, &job, result);
    else
        failed(poller, &job, result);
    pump(poller);
}

/* --- from outside -------------------------------------------------------------------- */

struct poller *poller_new(uv_loop_t *loop, struct client *client,
                          const struct poller_config *config)
{
    struct poller *poller = calloc(1, sizeof *poller);
    if (poller == NULL)
        return NULL;
    poller->client = client;
    poller->config = *config;
    schedule_init(&poller->schedule,
                  config->interval_ms > 0 ? config->interval_ms : POLLER_INTERVAL_MS);
    (void)uv_timer_init(loop, &poller->timer); /* cannot fail */
    poller->timer.data = poller;
    pump(poller);
    return poller;
}

void poller_beat(struct poller *poller)
{
    pump(poller);
}

int64_t poller_list_asked_ms(const struct poller *poller)
{
    return poller->list_asked_ms;
}

void poller_show(struct poller *poller, const char *const *webhook_ids, size_t count)
{
    schedule_show(&poller->schedule, webhook_ids, count);
    pump(poller);
}

void poller_want(struct poller *poller, const char *const *webhook_ids, size_t count)
{
    schedule_want(&poller->schedule, webhook_ids,
                  count < POLLER_WANTED_MAX ? count : POLLER_WANTED_MAX, POLLER_FRESH_MS,
                  steady_ms(poller));
    pump(poller);
}

void poller_focus(struct poller *poller, const char *webhook_id)
{
    schedule_focus(&poller->schedule, webhook_id, steady_ms(poller));
    pump(poller);
}

void poller_refresh(struct poller *poller)
{
    schedule_refresh(&poller->schedule, steady_ms(poller));
    if (poller->health.failures > 0) {
        note_next_try(poller);
        tell_health(poller);
    }
    pump(poller);
}

/* Answers that were asked for before the end of an endpoint would bring it back for a moment. */
static void drop_answers_about(struct poller *poller, const char *webhook_id)
{
    for (size_t i = 0; i < POLLER_IN_FLIGHT_MAX; i++) {
        struct slot *slot = &poller->slots[i];
        bool about = slot->job.kind == SCHEDULE_LIST || strcmp(slot->job.id, webhook_id) == 0;
        if (slot->call == 0 || !about)
            continue;
        client_cancel(poller->client, slot->call);
        slot->call = 0;
        schedule_cancelled(&poller->schedule, &slot->job);
    }
}

void poller_forget(struct poller *poller, const char *webhook_id)
{
    drop_answers_about(poller, webhook_id);
    schedule_forget(&poller->schedule, webhook_id, steady_ms(poller));
    pump(poller);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct poller *poller = handle->data;
    void (*closed)(void *context) = poller->closed;
    void *context = poller->closed_context;
    schedule_clear(&poller->schedule);
    free(poller);
    if (closed != NULL)
        closed(context);
}

void poller_close(struct poller *poller, void (*closed)(void *context), void *context)
{
    poller->closing = true;
    poller->closed = closed;
    poller->closed_context = context;
    for (size_t i = 0; i < POLLER_IN_FLIGHT_MAX; i++)
        if (poller->slots[i].call != 0)
            client_cancel(poller->client, poller->slots[i].call);
    uv_close((uv_handle_t *)&poller->timer, on_timer_closed);
}
