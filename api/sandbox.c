#include "api/sandbox.h"

#include "api/listener.h"
#include "api/sandbox_api.h"
#include "api/sandbox_control.h"
#include "api/sandbox_delivery.h"
#include "api/sandbox_demo.h"
#include "api/sandbox_tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 512 };

/* One request that is not answered yet. */
struct visit {
    struct sandbox *sandbox;
    struct exchange *exchange;
    bool is_control;
    uint64_t record;
    struct sandbox_fault fault;
    bool is_delayed; /* the timer is in use */
    uv_timer_t timer;
    struct visit *next;
    struct visit **here; /* what points at it */
};

struct sandbox {
    uv_loop_t *loop;
    struct sandbox_config config;
    struct sandbox_tunnel tunnels[SANDBOX_TUNNELS_MAX];
    int64_t start_ms;

    struct sandbox_state *state;
    struct sandbox_replays *replays;
    struct sandbox_control *control;
    struct listener *listener;
    struct sandbox_delivery *delivery;
    uv_timer_t tick;

    struct visit *visits; /* in order of arrival */
    struct visit **last;

    bool starting;     /* the demo's keys are being made */
    unsigned deriving; /* keys that are being made; one batch at a time */
    bool underived;    /* one of the batch could not be made */
    struct signing_key *demo_keys[SANDBOX_DEMO_ENDPOINTS];
    struct signing_key *spare; /* of the next endpoint */
    struct signing_key *stray; /* of no endpoint */

    bool closing;
    unsigned open; /* what is still to be closed */
    void (*closed)(void *context);
    void *closed_context;
};

static int64_t now_of(const struct sandbox *sandbox)
{
    return ambient_wall_ms(&sandbox->config.ambient);
}

static void tell(const struct sandbox *sandbox, const char *line)
{
    if (sandbox->config.line != NULL)
        sandbox->config.line(line, sandbox->config.context);
}

/* --- time --------------------------------------------------------------- */

static void on_tick(uv_timer_t *timer);

/* Wakes when something is due next. */
static void plan(struct sandbox *sandbox)
{
    if (sandbox->closing || sandbox->starting)
        return;
    int64_t next = sandbox_state_next_ms(sandbox->state);
    int64_t now = now_of(sandbox);
    (void)uv_timer_stop(&sandbox->tick);
    if (next != INT64_MAX)
        (void)uv_timer_start(&sandbox->tick, on_tick, next > now ? (uint64_t)(next - now) : 0, 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct sandbox *sandbox = timer->data;
    sandbox_state_advance(sandbox->state, now_of(sandbox));
    sandbox_delivery_run(sandbox->delivery);
    plan(sandbox);
}

static void on_delivery_finished(void *context)
{
    plan(context);
}

/* --- visits ------------------------------------------------------------- */

static struct visit *begin_visit(struct sandbox *sandbox, struct exchange *exchange)
{
    struct visit *visit = calloc(1, sizeof *visit);
    if (visit == NULL)
        return NULL;
    visit->sandbox = sandbox;
    visit->exchange = exchange;
    visit->here = sandbox->last;
    *sandbox->last = visit;
    sandbox->last = &visit->next;
    return visit;
}

static void on_visit_closed(uv_handle_t *handle);

static void unlink_visit(struct visit *visit)
{
    *visit->here = visit->next;
    if (visit->next != NULL)
        visit->next->here = visit->here;
    else
        visit->sandbox->last = visit->here;
}

static void end_visit(struct visit *visit)
{
    unlink_visit(visit);
    if (visit->is_delayed) {
        visit->sandbox->open++;
        uv_close((uv_handle_t *)&visit->timer, on_visit_closed);
    } else {
        free(visit);
    }
}

static struct sandbox_request request_of(const struct visit *visit)
{
    const struct listener_request *http = exchange_request(visit->exchange);
    return (struct sandbox_request){
        .method = http->method,
        .target = http->target,
        .api_key = header_list_find(http->headers, "Api-Key"),
        .idempotency_key = header_list_find(http->headers, "Idempotency-Key"),
        .body = http->body,
        .body_length = http->body_length,
        .now_ms = now_of(visit->sandbox),
    };
}

/* --- answering ---------------------------------------------------------- */

static void note_answer(struct visit *visit, const char *outcome, int status)
{
    struct sandbox *sandbox = visit->sandbox;
    const struct listener_request *http = exchange_request(visit->exchange);
    char line[LINE_SIZE];
    if (visit->is_control)
        return;
    sandbox_control_answered(sandbox->control, visit->record, status);
    (void)snprintf(line, sizeof line, "%s %s: %s", http->method, http->target, outcome);
    tell(sandbox, line);
}

static void respond(struct visit *visit, const struct sandbox_answer *answer)
{
    struct header_list headers = {0};
    char number[24];
    (void)snprintf(number, sizeof number, "%d", answer->status);
    note_answer(visit, number, answer->status);
    if (answer->allow[0] != '\0')
        (void)header_list_add(&headers, "Allow", answer->allow);
    if (answer->retry_after_s >= 0) {
        (void)snprintf(number, sizeof number, "%lld", (long long)answer->retry_after_s);
        (void)header_list_add(&headers, "Retry-After", number);
    }
    (void)exchange_respond(visit->exchange, answer->status, answer->content_type, &headers,
                           answer->body.data ? answer->body.data : "", answer->body.length);
    header_list_clear(&headers);
}

static void finish_visit(struct visit *visit, struct sandbox_answer *answer)
{
    if (answer->body.failed)
        sandbox_answer_unexpected(answer);
    if (visit->fault.kind == SANDBOX_FAULT_DROP) {
        note_answer(visit, "dropped", 0);
        exchange_drop(visit->exchange);
    } else {
        sandbox_fault_answer(&visit->fault, answer);
        respond(visit, answer);
    }
    end_visit(visit);
}

static enum sandbox_need perform(struct visit *visit, struct sandbox_answer *answer)
{
    struct sandbox *sandbox = visit->sandbox;
    struct sandbox_request request = request_of(visit);
    struct sandbox_api api = {.state = sandbox->state, .replays = sandbox->replays};
    bool replaced = visit->fault.kind > SANDBOX_FAULT_SLOW;
    if (replaced && !visit->fault.performed)
        return SANDBOX_NEEDS_NOTHING;
    if (visit->is_control)
        return sandbox_control_answer(sandbox->control, &request, sandbox->stray != NULL, answer);
    return sandbox_api_answer(&api, &request, &sandbox->spare, answer);
}

static bool derive_for(struct sandbox *sandbox, enum sandbox_need need);

/* Answers the visit, or leaves it to wait for a key. */
static void attend(struct visit *visit)
{
    struct sandbox *sandbox = visit->sandbox;
    struct sandbox_answer answer;
    if (sandbox->starting)
        return;
    sandbox_answer_init(&answer);
    enum sandbox_need need = perform(visit, &answer);
    if (need != SANDBOX_NEEDS_NOTHING && sandbox->deriving == 0 && !derive_for(sandbox, need)) {
        sandbox_answer_unexpected(&answer);
        need = SANDBOX_NEEDS_NOTHING;
    }
    if (need == SANDBOX_NEEDS_NOTHING)
        finish_visit(visit, &answer);
    sandbox_answer_clear(&answer);
    plan(sandbox);
}

/* --- keys --------------------------------------------------------------- */

struct derivation {
    uv_work_t work;
    struct sandbox *sandbox;
    uint64_t seed;
    struct signing_key *key;
    struct signing_key **into;
};

static void on_keys_ready(struct sandbox *sandbox);
static void release(struct sandbox *sandbox);

static void derive(uv_work_t *work)
{
    struct derivation *derivation = work->data;
    derivation->key = signing_key_from_seed(derivation->seed, NULL);
}

static void on_derived(uv_work_t *work, int status)
{
    struct derivation *derivation = work->data;
    struct sandbox *sandbox = derivation->sandbox;
    (void)status; /* a cancelled one has no key */
    *derivation->into = derivation->key;
    sandbox->underived = sandbox->underived || derivation->key == NULL;
    free(derivation);
    sandbox->deriving--;
    if (sandbox->closing)
        release(sandbox);
    else if (sandbox->deriving == 0)
        on_keys_ready(sandbox);
}

static bool start_derivation(struct sandbox *sandbox, uint64_t seed, struct signing_key **into)
{
    struct derivation *derivation = calloc(1, sizeof *derivation);
    if (derivation == NULL)
        return false;
    derivation->work.data = derivation;
    derivation->sandbox = sandbox;
    derivation->seed = seed;
    derivation->into = into;
    sandbox->deriving++;
    (void)uv_queue_work(sandbox->loop, &derivation->work, derive, on_derived);
    return true;
}

static bool derive_for(struct sandbox *sandbox, enum sandbox_need need)
{
    if (need == SANDBOX_NEEDS_STRAY_KEY)
        return start_derivation(sandbox, sandbox_state_stray_key_seed(sandbox->state),
                                &sandbox->stray);
    return start_derivation(sandbox, sandbox_state_key_seed(sandbox->state, 0), &sandbox->spare);
}

/* For a key, that is, and not for its delay to be over. */
static bool is_waiting(const struct visit *visit)
{
    return !visit->is_delayed || !uv_is_active((const uv_handle_t *)&visit->timer);
}

/* A request that still waits now cannot be answered: its key could not be made. */
static void refuse_visits(struct sandbox *sandbox)
{
    struct visit *next;
    for (struct visit *visit = sandbox->visits; visit != NULL; visit = next) {
        struct sandbox_answer answer;
        next = visit->next;
        if (!is_waiting(visit))
            continue;
        sandbox_answer_init(&answer);
        sandbox_answer_unexpected(&answer);
        finish_visit(visit, &answer);
        sandbox_answer_clear(&answer);
    }
}

static void attend_all(struct sandbox *sandbox)
{
    struct visit *next;
    for (struct visit *visit = sandbox->visits; visit != NULL; visit = next) {
        next = visit->next;
        if (is_waiting(visit))
            attend(visit);
    }
}

/* Keys that were made are taken over, whatever becomes of the endpoints. */
static void begin_demo(struct sandbox *sandbox)
{
    struct signing_key *keys[SANDBOX_DEMO_ENDPOINTS];
    memcpy(keys, sandbox->demo_keys, sizeof keys);
    memset(sandbox->demo_keys, 0, sizeof sandbox->demo_keys);
    if (!sandbox_demo_begin(sandbox->state, sandbox->tunnels[0].origin, keys, sandbox->start_ms))
        tell(sandbox, "out of memory: the demo's endpoints could not all be made");
}

static void on_keys_ready(struct sandbox *sandbox)
{
    bool underived = sandbox->underived;
    bool starting = sandbox->starting;
    sandbox->underived = false;
    sandbox->starting = false;
    sandbox_delivery_set_stray(sandbox->delivery, sandbox->stray);
    if (starting && !underived)
        begin_demo(sandbox);
    if (underived) {
        tell(sandbox, "out of memory: a key could not be made");
        refuse_visits(sandbox);
    } else {
        attend_all(sandbox);
    }
    plan(sandbox);
}

static bool derive_for_demo(struct sandbox *sandbox)
{
    bool all = true;
    for (unsigned i = 0; i < SANDBOX_DEMO_ENDPOINTS; i++)
        all = start_derivation(sandbox, sandbox_state_key_seed(sandbox->state, i),
                               &sandbox->demo_keys[i]) &&
              all;
    all =
        start_derivation(sandbox, sandbox_state_stray_key_seed(sandbox->state), &sandbox->stray) &&
        all;
    sandbox->underived = !all;
    return sandbox->deriving > 0;
}

/* --- requests ----------------------------------------------------------- */

static void on_delay_over(uv_timer_t *timer)
{
    attend(timer->data);
}

static void delay(struct visit *visit)
{
    (void)uv_timer_init(visit->sandbox->loop, &visit->timer);
    visit->timer.data = visit;
    visit->is_delayed = true;
    (void)uv_timer_start(&visit->timer, on_delay_over, (uint64_t)visit->fault.delay_ms, 0);
}

static void on_request(struct exchange *exchange, void *context)
{
    struct sandbox *sandbox = context;
    struct visit *visit = begin_visit(sandbox, exchange);
    if (visit == NULL) {
        exchange_drop(exchange);
        return;
    }
    struct sandbox_request request = request_of(visit);
    visit->is_control = sandbox_control_owns(request.target);
    if (!visit->is_control) {
        visit->record = sandbox_control_record(sandbox->control, &request);
        visit->fault = sandbox_control_meet(sandbox->control, &request);
    }
    if (visit->fault.kind == SANDBOX_FAULT_SLOW)
        delay(visit);
    else
        attend(visit);
}

/* --- life --------------------------------------------------------------- */

static void free_sandbox(struct sandbox *sandbox)
{
    for (size_t i = 0; i < sandbox->config.tunnel_count; i++) {
        free((char *)sandbox->tunnels[i].origin);
        free((char *)sandbox->tunnels[i].target);
    }
    sandbox_control_free(sandbox->control);
    sandbox_replays_free(sandbox->replays);
    sandbox_state_free(sandbox->state);
    free(sandbox);
}

static bool copy_tunnels(struct sandbox *sandbox, const struct sandbox_config *config,
                         struct error *error)
{
    sandbox->config.tunnels = sandbox->tunnels;
    sandbox->config.tunnel_count = 0;
    if (config->tunnel_count > SANDBOX_TUNNELS_MAX)
        return error_set(error, "more than %d tunnels", SANDBOX_TUNNELS_MAX);
    if (config->demo && config->tunnel_count == 0)
        return error_set(error, "the demo's endpoints need a tunnel");
    for (size_t i = 0; i < config->tunnel_count; i++) {
        if (!sandbox_tunnel_check(&config->tunnels[i], error))
            return false;
        struct sandbox_tunnel *tunnel = &sandbox->tunnels[sandbox->config.tunnel_count++];
        const char *origin = config->tunnels[i].origin;
        tunnel->origin = strndup(origin, strlen(origin) - (origin[strlen(origin) - 1] == '/'));
        tunnel->target = strdup(config->tunnels[i].target);
        if (tunnel->origin == NULL || tunnel->target == NULL)
            return error_set(error, "out of memory");
    }
    return true;
}

static bool make_rooms(struct sandbox *sandbox, struct error *error)
{
    sandbox->start_ms = now_of(sandbox);
    sandbox->state = sandbox_state_new(sandbox->config.seed, sandbox->config.events_per_minute,
                                       sandbox->start_ms);
    sandbox->replays = sandbox_replays_new();
    if (sandbox->state != NULL)
        sandbox->control = sandbox_control_new(sandbox->state);
    if (sandbox->control == NULL || sandbox->replays == NULL)
        return error_set(error, "out of memory");
    struct listener_config listener = {
        .address = "127.0.0.1",
        .port = sandbox->config.port,
        .ambient = sandbox->config.ambient,
        .handler = on_request,
        .context = sandbox,
    };
    sandbox->listener = listener_new(sandbox->loop, &listener, error);
    return sandbox->listener != NULL;
}

static bool make_delivery(struct sandbox *sandbox, struct error *error)
{
    struct sandbox_delivery_config delivery = {
        .state = sandbox->state,
        .tunnels = sandbox->tunnels,
        .tunnel_count = sandbox->config.tunnel_count,
        .ambient = sandbox->config.ambient,
        .finished = on_delivery_finished,
        .line = sandbox->config.line,
        .line_context = sandbox->config.context,
        .context = sandbox,
    };
    sandbox->delivery = sandbox_delivery_new(sandbox->loop, &delivery, error);
    return sandbox->delivery != NULL;
}

static void free_later(void *context)
{
    free_sandbox(context);
}

struct sandbox *sandbox_new(uv_loop_t *loop, const struct sandbox_config *config,
                            struct error *error)
{
    struct sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (sandbox == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    sandbox->loop = loop;
    sandbox->config = *config;
    sandbox->last = &sandbox->visits;
    if (!copy_tunnels(sandbox, config, error) || !make_rooms(sandbox, error)) {
        free_sandbox(sandbox);
        return NULL;
    }
    if (!make_delivery(sandbox, error)) {
        listener_close(sandbox->listener, free_later, sandbox);
        return NULL;
    }
    (void)uv_timer_init(loop, &sandbox->tick);
    sandbox->tick.data = sandbox;
    sandbox->starting = config->demo && derive_for_demo(sandbox);
    plan(sandbox);
    return sandbox;
}

uint16_t sandbox_port(const struct sandbox *sandbox)
{
    return listener_port(sandbox->listener);
}

/* --- the end ------------------------------------------------------------ */

/* One part is closed; after the last one all is freed. */
static void release(struct sandbox *sandbox)
{
    if (--sandbox->open > 0)
        return;
    void (*closed)(void *context) = sandbox->closed;
    void *context = sandbox->closed_context;
    for (size_t i = 0; i < SANDBOX_DEMO_ENDPOINTS; i++)
        signing_key_free(sandbox->demo_keys[i]);
    signing_key_free(sandbox->spare);
    signing_key_free(sandbox->stray);
    free_sandbox(sandbox);
    if (closed != NULL)
        closed(context);
}

static void on_part_closed(void *context)
{
    release(context);
}

static void on_tick_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void on_visit_closed(uv_handle_t *handle)
{
    struct visit *visit = handle->data;
    struct sandbox *sandbox = visit->sandbox;
    free(visit);
    if (sandbox->closing)
        release(sandbox);
    else
        sandbox->open--;
}

void sandbox_close(struct sandbox *sandbox, void (*closed)(void *context), void *context)
{
    sandbox->closing = true;
    sandbox->closed = closed;
    sandbox->closed_context = context;
    sandbox->open += 3 + sandbox->deriving; /* listener, delivery, tick; and each key */
    struct visit *next;
    for (struct visit *visit = sandbox->visits; visit != NULL; visit = next) {
        next = visit->next;
        end_visit(visit);
    }
    uv_close((uv_handle_t *)&sandbox->tick, on_tick_closed);
    sandbox_delivery_close(sandbox->delivery, on_part_closed, sandbox);
    listener_close(sandbox->listener, on_part_closed, sandbox);
}
