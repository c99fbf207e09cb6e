#include "api/forwarder_private.h"

#include "api/backoff.h"

#include <stdlib.h>
#include <string.h>

/* --- who waits for an answer ------------------------------------------------------- */

static void reply_clear(struct reply *reply)
{
    free(reply->content_type);
    free(reply->body);
    *reply = (struct reply){0};
}

static void give_reply(struct reply *reply)
{
    struct forward_answer answer = {
        .kind = reply->kind,
        .status = reply->status,
        .content_type = reply->content_type,
        .body = reply->body != NULL ? reply->body : "",
        .body_length = reply->body_length,
    };
    struct awaited whose = reply->whose;
    reply->whose = (struct awaited){0};
    if (whose.forward_id != 0 && !whose.too_late)
        whose.answered(&answer, whose.context);
    reply_clear(reply);
}

void flight_reply(struct flight *flight)
{
    give_reply(&flight->reply);
}

void flight_clear(struct flight *flight)
{
    forward_item_clear(&flight->item);
    forward_try_clear(&flight->result.attempt);
    reply_clear(&flight->reply);
}

static struct awaited *find_awaited(struct forwarder *forwarder, int64_t forward_id)
{
    for (size_t i = 0; i < forwarder->awaited_count; i++)
        if (forwarder->awaited[i].forward_id == forward_id)
            return &forwarder->awaited[i];
    return NULL;
}

static void drop_awaited(struct forwarder *forwarder, struct awaited *awaited)
{
    *awaited = forwarder->awaited[--forwarder->awaited_count];
}

void awaited_end(struct forwarder *forwarder)
{
    uv_timer_stop(&forwarder->late);
    while (forwarder->awaited_count > 0) {
        struct reply reply = {.whose = forwarder->awaited[--forwarder->awaited_count],
                              .kind = FORWARD_ENDING};
        give_reply(&reply);
    }
}

static void on_late(uv_timer_t *timer);

static void watch_the_time(struct forwarder *forwarder)
{
    uint64_t next_us = UINT64_MAX, now_us = forwarder_now_us(forwarder);
    for (size_t i = 0; i < forwarder->awaited_count; i++)
        if (!forwarder->awaited[i].too_late && forwarder->awaited[i].until_us < next_us)
            next_us = forwarder->awaited[i].until_us;
    if (next_us == UINT64_MAX)
        uv_timer_stop(&forwarder->late);
    else
        uv_timer_start(&forwarder->late, on_late,
                       next_us > now_us ? (next_us - now_us) / 1000 + 1 : 0, 0);
}

/* Its turn has not come: whoever waits hears that, and the forward is given up when it comes. */
static void on_late(uv_timer_t *timer)
{
    struct forwarder *forwarder = timer->data;
    uint64_t now_us = forwarder_now_us(forwarder);
    for (size_t i = 0; i < forwarder->awaited_count; i++) {
        struct awaited *awaited = &forwarder->awaited[i];
        if (awaited->too_late || awaited->until_us > now_us)
            continue;
        struct reply reply = {.whose = *awaited, .kind = FORWARD_TOO_LATE};
        awaited->too_late = true;
        give_reply(&reply);
    }
    watch_the_time(forwarder);
}

static void note_arrived(struct forwarder *forwarder, int64_t forward_id)
{
    if (forward_id > forwarder->arrived)
        forwarder->arrived = forward_id;
}

void forwarder_arrived(struct forwarder *forwarder, int64_t forward_id)
{
    note_arrived(forwarder, forward_id);
    forwarder_look(forwarder);
}

bool forwarder_await(struct forwarder *forwarder, int64_t forward_id, int64_t limit_ms,
                     forward_answered answered, void *context)
{
    if (forwarder->closing || forwarder->awaited_count == FORWARD_AWAITED_MAX)
        return false;
    note_arrived(forwarder, forward_id);
    forwarder->awaited[forwarder->awaited_count++] =
        (struct awaited){.forward_id = forward_id,
                         .until_us = forwarder_now_us(forwarder) + (uint64_t)limit_ms * 1000,
                         .answered = answered,
                         .context = context};
    watch_the_time(forwarder);
    forwarder_begin_job(forwarder);
    return true;
}

bool awaited_some(const struct forwarder *forwarder)
{
    for (size_t i = 0; i < forwarder->awaited_count; i++)
        if (!forwarder->awaited[i].too_late)
            return true;
    return false;
}

/* --- one request --------------------------------------------------------------------- */

static void set_attempt(struct flight *flight, int status, const char *error, const char *answer,
                        size_t length, int64_t took_us)
{
    struct forward_try *attempt = &flight->result.attempt;
    *attempt = (struct forward_try){.at_ms = flight->at_ms,
                                    .took_us = took_us,
                                    .status = status,
                                    .error = error != NULL ? strdup(error) : NULL};
    attempt->answer_length = length < FORWARD_ANSWER_KEPT ? length : FORWARD_ANSWER_KEPT;
    attempt->answer = calloc(1, attempt->answer_length + 1);
    if (attempt->answer == NULL)
        attempt->answer_length = 0;
    else if (attempt->answer_length > 0)
        memcpy(attempt->answer, answer, attempt->answer_length);
}

/* Whoever waits tries again himself: then there is no other try here. */
static void end_flight(struct flight *flight, enum forward_outcome outcome)
{
    bool awaited = flight->reply.whose.forward_id != 0;
    flight->result.outcome = awaited && outcome != FORWARD_TAKEN ? FORWARD_HOPELESS : outcome;
    flight->state = FLIGHT_ENDED;
    flight->handle = 0;
}

static bool is_unreached(const struct transfer_result *result)
{
    return result->failure != TRANSFER_OK && result->failure != TRANSFER_IMPOSSIBLE &&
           result->sends == 0;
}

static void note_reached(struct forwarder *forwarder, const struct transfer_result *result)
{
    uint64_t now_us = forwarder_now_us(forwarder);
    bool was_down = forwarder->unreached > 0;
    if (!is_unreached(result)) {
        forwarder->unreached = 0;
        forwarder->down = (struct error){0};
    } else if (now_us >= forwarder->ask_at_us) {
        forwarder->unreached++;
        forwarder->ask_at_us =
            now_us + 1000 * (uint64_t)backoff_pause_ms(
                                forwarder->unreached, FORWARD_DOWN_FIRST_MS, FORWARD_DOWN_MAX_MS,
                                ambient_random_u64(&forwarder->config.ambient));
        forwarder->down = result->error;
    }
    forwarder->to_publish = forwarder->to_publish || was_down != (forwarder->unreached > 0);
    forwarder->told = forwarder->told && was_down == (forwarder->unreached > 0);
}

static void keep_reply(struct flight *flight, const struct transfer_result *result)
{
    struct reply *reply = &flight->reply;
    const char *type = header_list_find(&result->headers, "Content-Type");
    if (reply->whose.forward_id == 0)
        return;
    reply->kind = result->failure == TRANSFER_OK          ? FORWARD_ANSWERED
                  : result->failure == TRANSFER_TIMED_OUT ? FORWARD_TOO_LATE
                                                          : FORWARD_NO_ANSWER;
    reply->status = result->status;
    reply->content_type = type != NULL ? strdup(type) : NULL;
    if (result->failure == TRANSFER_OK)
        reply->body = malloc(result->body_length + 1);
    if (reply->body == NULL)
        return;
    memcpy(reply->body, result->body, result->body_length + 1); /* with its NUL */
    reply->body_length = result->body_length;
}

static void on_transferred(const struct transfer_result *result, void *context)
{
    struct flight *flight = context;
    struct forwarder *forwarder = flight->forwarder;
    bool answered = result->failure == TRANSFER_OK;
    bool taken = answered && result->status >= 200 && result->status < 300;
    set_attempt(flight, answered ? result->status : 0, answered ? NULL : result->error.message,
                result->body, answered ? result->body_length : 0, result->elapsed_us);
    keep_reply(flight, result);
    note_reached(forwarder, result);
    end_flight(flight, taken                  ? FORWARD_TAKEN
                       : is_unreached(result) ? FORWARD_UNREACHED
                                              : FORWARD_REFUSED);
    forwarder_begin_job(forwarder);
}

static void fail_flight(struct flight *flight, enum forward_outcome outcome, const char *why)
{
    set_attempt(flight, 0, why, NULL, 0, 0);
    flight->reply.kind = FORWARD_NO_ANSWER;
    end_flight(flight, outcome);
}

static int64_t time_left_ms(const struct flight *flight)
{
    const struct awaited *whose = &flight->reply.whose;
    uint64_t now_us = forwarder_now_us(flight->forwarder);
    if (whose->forward_id == 0)
        return FORWARD_TIMEOUT_MS;
    return whose->until_us > now_us + 1000 ? (int64_t)(whose->until_us - now_us) / 1000 : 1;
}

static void send_item(struct flight *flight)
{
    struct forwarder *forwarder = flight->forwarder;
    struct forward_item *item = &flight->item;
    char *url = forward_url(forwarder->config.to, item->target);
    if (url == NULL || !forward_filter_headers(&item->headers)) {
        free(url);
        fail_flight(flight, FORWARD_REFUSED, "out of memory");
        return;
    }
    struct transfer_request request = {
        .method = "POST",
        .url = url,
        .headers = &item->headers,
        .body = item->body,
        .body_length = item->body_length,
        .connect_timeout_ms = FORWARD_CONNECT_MS,
        .timeout_ms = time_left_ms(flight),
        .answer_max = FORWARD_BODY_MAX,
        .exact = true,
        .cut_answer = true,
    };
    flight->state = FLIGHT_UNDER_WAY;
    flight->handle = transfer_start(forwarder->pool, &request, on_transferred, flight);
    free(url);
    if (flight->handle == 0)
        fail_flight(flight, FORWARD_REFUSED, "out of memory");
}

static void drop_payload(struct forward_item *item)
{
    struct forward_item rest = {
        .id = item->id, .attempt = item->attempt, .kind = item->kind, .file = item->file};
    forward_item_clear(item);
    *item = rest;
}

/* Takes the item over. */
void flight_begin(struct flight *flight, struct forward_item *item)
{
    struct forwarder *forwarder = flight->forwarder;
    struct awaited *awaited = find_awaited(forwarder, item->id);
    flight->item = *item;
    *item = (struct forward_item){0};
    flight->at_ms = ambient_wall_ms(&forwarder->config.ambient);
    flight->result = (struct forward_result){.id = flight->item.id,
                                             .delivery_id = flight->item.delivery_id,
                                             .lane = flight->item.lane,
                                             .file = flight->item.file};
    flight->reply = (struct reply){0};
    if (awaited != NULL) {
        flight->reply.whose = *awaited;
        drop_awaited(forwarder, awaited);
        watch_the_time(forwarder);
    }
    if (flight->reply.whose.too_late)
        fail_flight(flight, FORWARD_HOPELESS, "its turn came too late: that was answered");
    else if (flight->item.error.message[0] != '\0')
        fail_flight(flight, FORWARD_HOPELESS, flight->item.error.message);
    else
        send_item(flight);
    drop_payload(&flight->item);
}

void flights_cancel(struct forwarder *forwarder)
{
    for (size_t i = 0; i < FORWARD_CONNECTIONS; i++) {
        struct flight *flight = &forwarder->flights[i];
        if (flight->state != FLIGHT_UNDER_WAY)
            continue;
        transfer_cancel(forwarder->pool, flight->handle);
        flight->state = FLIGHT_FREE;
        flight->reply.kind = FORWARD_ENDING;
        give_reply(&flight->reply);
    }
}
