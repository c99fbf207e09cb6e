#include "api/sandbox_state.h"

#include "api/contract.h"
#include "api/signing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CATCH_UP_MAX = 1000, /* events at one time: a machine that slept does not make up for it all */
    STREAM_TIMES = 10,   /* when events happen */
    STREAM_ENDPOINT = 1000, /* and up: ids, keys and faults of each endpoint */
};

struct sandbox_state {
    uint64_t seed;
    struct sandbox_stories *stories;
    struct sandbox_random times;
    double gap_ms; /* the mean between two events; 0: none come by themselves */
    int64_t next_event_ms;
    struct sandbox_event *events; /* a ring: sequence modulo SANDBOX_EVENTS_MAX */
    int64_t first;
    int64_t end;
    struct sandbox_endpoint *endpoints[SANDBOX_ENDPOINTS_MAX];
    size_t endpoint_count;
    uint64_t created; /* endpoints so far, deleted ones too */
};

/* --- life --------------------------------------------------------------- */

/* From half of the mean to one and a half: steady, but not a metronome. */
static int64_t draw_gap_ms(struct sandbox_state *state)
{
    int64_t gap_ms = llround(state->gap_ms * (0.5 + sandbox_random_unit(&state->times)));
    return gap_ms > 0 ? gap_ms : 1;
}

struct sandbox_state *sandbox_state_new(uint64_t seed, double events_per_minute, int64_t start_ms)
{
    struct sandbox_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return NULL;
    state->seed = seed;
    state->stories = sandbox_stories_new(seed);
    state->events = calloc(SANDBOX_EVENTS_MAX, sizeof *state->events);
    if (state->stories == NULL || state->events == NULL) {
        sandbox_state_free(state);
        return NULL;
    }
    state->first = 1;
    state->end = 1;
    state->times = sandbox_random_stream(seed, STREAM_TIMES);
    state->gap_ms = events_per_minute > 0 ? 60000.0 / events_per_minute : 0;
    state->next_event_ms = state->gap_ms > 0 ? start_ms + draw_gap_ms(state) : INT64_MAX;
    return state;
}

static void free_endpoint(struct sandbox_endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    for (size_t i = 0; i < SANDBOX_LOGS_MAX; i++)
        free(endpoint->logs[i].body);
    signing_key_free(endpoint->key);
    free(endpoint->public_pem);
    free(endpoint->url);
    free(endpoint);
}

void sandbox_state_free(struct sandbox_state *state)
{
    if (state == NULL)
        return;
    for (size_t i = 0; i < state->endpoint_count; i++)
        free_endpoint(state->endpoints[i]);
    for (size_t i = 0; state->events != NULL && i < SANDBOX_EVENTS_MAX; i++)
        sandbox_event_clear(&state->events[i]);
    free(state->events);
    sandbox_stories_free(state->stories);
    free(state);
}

/* --- events ------------------------------------------------------------- */

static struct sandbox_event *slot_of(const struct sandbox_state *state, int64_t sequence)
{
    return &state->events[sequence % SANDBOX_EVENTS_MAX];
}

const struct sandbox_event *sandbox_state_happen(struct sandbox_state *state, const char *category,
                                                 int64_t now_ms)
{
    struct sandbox_event event;
    if (!sandbox_stories_next(state->stories, category, state->end, now_ms, &event))
        return NULL;
    if (state->end - state->first == SANDBOX_EVENTS_MAX)
        sandbox_event_clear(slot_of(state, state->first++));
    *slot_of(state, state->end) = event;
    return slot_of(state, state->end++);
}

void sandbox_state_advance(struct sandbox_state *state, int64_t now_ms)
{
    for (int i = 0; i < CATCH_UP_MAX && state->next_event_ms <= now_ms; i++) {
        sandbox_state_happen(state, NULL, state->next_event_ms);
        state->next_event_ms += draw_gap_ms(state);
    }
    if (state->next_event_ms <= now_ms)
        state->next_event_ms = now_ms + draw_gap_ms(state);
}

int64_t sandbox_state_first(const struct sandbox_state *state)
{
    return state->first;
}

int64_t sandbox_state_end(const struct sandbox_state *state)
{
    return state->end;
}

const struct sandbox_event *sandbox_state_event_at(const struct sandbox_state *state,
                                                   int64_t sequence)
{
    bool kept = sequence >= state->first && sequence < state->end;
    return kept ? slot_of(state, sequence) : NULL;
}

const struct sandbox_event *sandbox_state_event(const struct sandbox_state *state, const char *id)
{
    for (int64_t sequence = state->end - 1; sequence >= state->first; sequence--)
        if (strcmp(slot_of(state, sequence)->id, id) == 0)
            return slot_of(state, sequence);
    return NULL;
}

uint32_t sandbox_category_bit(const char *category)
{
    for (unsigned i = 0; CONTRACT_CATEGORIES[i] != NULL && i < 32; i++)
        if (strcmp(CONTRACT_CATEGORIES[i], category) == 0)
            return UINT32_C(1) << i;
    return 0;
}

uint32_t sandbox_categories_all(void)
{
    uint32_t all = 0;
    for (unsigned i = 0; CONTRACT_CATEGORIES[i] != NULL && i < 32; i++)
        all |= UINT32_C(1) << i;
    return all;
}

/* --- endpoints ---------------------------------------------------------- */

static struct sandbox_random stream_of_next(const struct sandbox_state *state, unsigned ahead)
{
    return sandbox_random_stream(state->seed, STREAM_ENDPOINT + state->created + ahead);
}

uint64_t sandbox_state_key_seed(const struct sandbox_state *state, unsigned ahead)
{
    struct sandbox_random random = stream_of_next(state, ahead);
    return sandbox_random_next(&random);
}

uint64_t sandbox_state_stray_key_seed(const struct sandbox_state *state)
{
    struct sandbox_random random = sandbox_random_stream(state->seed, STREAM_ENDPOINT - 1);
    return sandbox_random_next(&random);
}

struct sandbox_endpoint *sandbox_state_create(struct sandbox_state *state,
                                              const struct sandbox_subscription *subscription,
                                              int64_t now_ms)
{
    struct sandbox_endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (endpoint == NULL || state->endpoint_count == SANDBOX_ENDPOINTS_MAX)
        goto refused;
    endpoint->url = strdup(subscription->url);
    endpoint->public_pem = strdup(subscription->public_pem);
    if (endpoint->url == NULL || endpoint->public_pem == NULL)
        goto refused;
    struct sandbox_random random = stream_of_next(state, 0);
    (void)sandbox_random_next(&random); /* the key's seed */
    sandbox_random_id(&random, "wep_", endpoint->id);
    endpoint->faults = random;
    endpoint->categories = subscription->categories;
    endpoint->created_ms = now_ms;
    endpoint->key = subscription->key;
    endpoint->key_is_escaped = state->created % 4 == 3;
    endpoint->cursor = subscription->from_beginning ? state->first : state->end;
    state->created++;
    state->endpoints[state->endpoint_count++] = endpoint;
    return endpoint;

refused:
    signing_key_free(subscription->key);
    free_endpoint(endpoint);
    return NULL;
}

bool sandbox_endpoint_set_key(struct sandbox_endpoint *endpoint, struct signing_key *key)
{
    char *pem = strdup(signing_key_public_pem(key));
    if (pem == NULL) {
        signing_key_free(key);
        return false;
    }
    signing_key_free(endpoint->key);
    free(endpoint->public_pem);
    endpoint->key = key;
    endpoint->public_pem = pem;
    return true;
}

void sandbox_state_delete(struct sandbox_state *state, struct sandbox_endpoint *endpoint)
{
    for (size_t i = 0; i < state->endpoint_count; i++) {
        if (state->endpoints[i] != endpoint)
            continue;
        memmove(&state->endpoints[i], &state->endpoints[i + 1],
                (state->endpoint_count - i - 1) * sizeof(struct sandbox_endpoint *));
        state->endpoint_count--;
        free_endpoint(endpoint);
        return;
    }
}

size_t sandbox_state_endpoint_count(const struct sandbox_state *state)
{
    return state->endpoint_count;
}

struct sandbox_endpoint *sandbox_state_endpoint_at(const struct sandbox_state *state, size_t index)
{
    return index < state->endpoint_count ? state->endpoints[index] : NULL;
}

struct sandbox_endpoint *sandbox_state_endpoint(const struct sandbox_state *state, const char *id)
{
    for (size_t i = 0; i < state->endpoint_count; i++)
        if (strcmp(state->endpoints[i]->id, id) == 0)
            return state->endpoints[i];
    return NULL;
}

bool sandbox_endpoint_set_url(struct sandbox_endpoint *endpoint, const char *url)
{
    char *copy = strdup(url);
    if (copy == NULL)
        return false;
    free(endpoint->url);
    endpoint->url = copy;
    return true;
}

const struct sandbox_log *sandbox_endpoint_log(const struct sandbox_endpoint *endpoint,
                                               size_t index)
{
    if (index >= endpoint->log_total || index >= SANDBOX_LOGS_MAX)
        return NULL;
    return &endpoint->logs[(endpoint->log_total - 1 - index) % SANDBOX_LOGS_MAX];
}

static void add_log(struct sandbox_endpoint *endpoint, const char *event_id, int64_t now_ms,
                    const char *status, const char *body, size_t length)
{
    struct sandbox_log *log = &endpoint->logs[endpoint->log_total++ % SANDBOX_LOGS_MAX];
    free(log->body);
    *log = (struct sandbox_log){.created_ms = now_ms};
    (void)snprintf(log->status, sizeof log->status, "%s", status);
    (void)snprintf(log->event_id, sizeof log->event_id, "%s", event_id);
    size_t kept = length < SANDBOX_LOG_BODY_MAX ? length : SANDBOX_LOG_BODY_MAX;
    log->body = body ? malloc(kept + 1) : NULL;
    if (log->body == NULL)
        return;
    memcpy(log->body, body, kept);
    log->body[kept] = '\0';
    log->body_length = kept;
}

/* --- the queue ---------------------------------------------------------- */

size_t sandbox_state_upcoming(const struct sandbox_state *state,
                              const struct sandbox_endpoint *endpoint, uint32_t categories,
                              const struct sandbox_event **events, size_t max)
{
    uint32_t wanted = endpoint->categories & categories;
    int64_t from = endpoint->cursor > state->first ? endpoint->cursor : state->first;
    size_t count = 0;
    for (int64_t sequence = from; sequence < state->end && count < max; sequence++) {
        const struct sandbox_event *event = slot_of(state, sequence);
        if (sandbox_category_bit(event->category) & wanted)
            events[count++] = event;
    }
    return count;
}

/* The event that an active endpoint is given next. The cursor moves up to it, past what it is not
   subscribed to: that has been passed over and does not come back when the categories change. */
static const struct sandbox_event *move_to_head(struct sandbox_state *state,
                                                struct sandbox_endpoint *endpoint)
{
    const struct sandbox_event *head = NULL;
    size_t found = sandbox_state_upcoming(state, endpoint, UINT32_MAX, &head, 1);
    int64_t cursor = found ? head->sequence : state->end;
    if (cursor != endpoint->cursor) {
        endpoint->cursor = cursor;
        endpoint->tries = 0;
        endpoint->next_try_ms = 0;
    }
    return head;
}

static bool is_deep_enough(const struct sandbox_state *state,
                           const struct sandbox_endpoint *endpoint)
{
    enum { RESERVE_MAX = 2 * CONTRACT_UPCOMING };
    const struct sandbox_event *queued[RESERVE_MAX + 1];
    size_t reserve = endpoint->reserve < RESERVE_MAX ? endpoint->reserve : RESERVE_MAX;
    return sandbox_state_upcoming(state, endpoint, UINT32_MAX, queued, reserve + 1) > reserve;
}

static int64_t queue_due_ms(struct sandbox_state *state, struct sandbox_endpoint *endpoint)
{
    if (!endpoint->active || move_to_head(state, endpoint) == NULL || endpoint->stopped)
        return INT64_MAX;
    if (endpoint->reserve > 0 && !is_deep_enough(state, endpoint))
        return INT64_MAX;
    return endpoint->next_try_ms;
}

static int64_t send_due_ms(const struct sandbox_endpoint *endpoint)
{
    return endpoint->send_count ? endpoint->sends[0].due_ms : INT64_MAX;
}

static int64_t endpoint_due_ms(struct sandbox_state *state, struct sandbox_endpoint *endpoint)
{
    if (endpoint->busy)
        return INT64_MAX;
    int64_t queue = queue_due_ms(state, endpoint);
    int64_t send = send_due_ms(endpoint);
    return queue < send ? queue : send;
}

int64_t sandbox_state_next_ms(struct sandbox_state *state)
{
    int64_t next = state->next_event_ms;
    for (size_t i = 0; i < state->endpoint_count; i++) {
        int64_t due = endpoint_due_ms(state, state->endpoints[i]);
        next = due < next ? due : next;
    }
    return next;
}

bool sandbox_state_send(struct sandbox_endpoint *endpoint, const struct sandbox_event *event,
                        int64_t now_ms)
{
    if (endpoint->send_count == SANDBOX_SENDS_MAX)
        return false;
    struct sandbox_send *send = &endpoint->sends[endpoint->send_count++];
    memcpy(send->event_id, event->id, sizeof send->event_id);
    send->due_ms = now_ms + SANDBOX_SEND_DELAY_MS;
    return true;
}

/* --- attempts ----------------------------------------------------------- */

static bool make_attempt(struct sandbox_endpoint *endpoint, const struct sandbox_event *event,
                         struct sandbox_attempt *attempt)
{
    *attempt = (struct sandbox_attempt){
        .sequence = event->sequence,
        .number = endpoint->tries + 1,
        .body = malloc(event->length + 1),
        .body_length = event->length,
    };
    if (attempt->body == NULL)
        return false;
    memcpy(attempt->body, event->json, event->length + 1);
    memcpy(attempt->endpoint_id, endpoint->id, sizeof attempt->endpoint_id);
    memcpy(attempt->event_id, event->id, sizeof attempt->event_id);
    endpoint->busy = true;
    return true;
}

/* The first send; the event may have been forgotten since it was asked for. */
static bool take_send(struct sandbox_state *state, struct sandbox_endpoint *endpoint,
                      struct sandbox_attempt *attempt)
{
    struct sandbox_send send = endpoint->sends[0];
    endpoint->send_count--;
    memmove(endpoint->sends, endpoint->sends + 1, endpoint->send_count * sizeof send);
    const struct sandbox_event *event = sandbox_state_event(state, send.event_id);
    if (event == NULL || !make_attempt(endpoint, event, attempt))
        return false;
    attempt->is_send = true;
    return true;
}

static bool take_from(struct sandbox_state *state, struct sandbox_endpoint *endpoint,
                      int64_t now_ms, struct sandbox_attempt *attempt)
{
    while (!endpoint->busy && send_due_ms(endpoint) <= now_ms)
        if (take_send(state, endpoint, attempt))
            return true;
    if (endpoint->busy || queue_due_ms(state, endpoint) > now_ms)
        return false;
    return make_attempt(endpoint, move_to_head(state, endpoint), attempt);
}

bool sandbox_state_take(struct sandbox_state *state, int64_t now_ms,
                        struct sandbox_attempt *attempt)
{
    for (size_t i = 0; i < state->endpoint_count; i++)
        if (take_from(state, state->endpoints[i], now_ms, attempt))
            return true;
    return false;
}

static int64_t retry_pause_ms(unsigned tries)
{
    int64_t pause = SANDBOX_RETRY_FIRST_MS;
    for (unsigned i = 1; i < tries && pause < SANDBOX_RETRY_MAX_MS; i++)
        pause *= 2;
    return pause < SANDBOX_RETRY_MAX_MS ? pause : SANDBOX_RETRY_MAX_MS;
}

static void finish_send(struct sandbox_endpoint *endpoint, int64_t now_ms, bool success)
{
    if (!success || !endpoint->stopped)
        return;
    endpoint->stopped = false;
    endpoint->tries = 0;
    endpoint->next_try_ms = now_ms;
}

static void finish_queued(struct sandbox_endpoint *endpoint, int64_t sequence, int64_t now_ms,
                          bool success)
{
    if (endpoint->cursor != sequence) /* it was forgotten, or is no longer subscribed to */
        return;
    if (success) {
        endpoint->cursor = sequence + 1;
        endpoint->tries = 0;
        endpoint->next_try_ms = 0;
        return;
    }
    endpoint->tries++;
    endpoint->stopped = endpoint->tries >= SANDBOX_TRIES_MAX;
    endpoint->next_try_ms = now_ms + retry_pause_ms(endpoint->tries);
}

void sandbox_state_finish(struct sandbox_state *state, struct sandbox_attempt *attempt,
                          int64_t now_ms, const char *status, const char *body, size_t length)
{
    struct sandbox_endpoint *endpoint = sandbox_state_endpoint(state, attempt->endpoint_id);
    if (endpoint != NULL) {
        bool success = strlen(status) == 3 && status[0] == '2';
        endpoint->busy = false;
        add_log(endpoint, attempt->event_id, now_ms, status, body, length);
        if (attempt->is_send)
            finish_send(endpoint, now_ms, success);
        else
            finish_queued(endpoint, attempt->sequence, now_ms, success);
    }
    sandbox_attempt_clear(attempt);
}

void sandbox_attempt_clear(struct sandbox_attempt *attempt)
{
    free(attempt->body);
    *attempt = (struct sandbox_attempt){0};
}
