/* The answers that the loop gives: at once, later because a person has ordered that, or as the
   application has answered. */
#include "api/inbox_private.h"

#include "api/buffer.h"

#include <string.h>

/* --- what is said ------------------------------------------------------------------ */

/* The same bytes each time: a sender learns from an answer whether to try again, nothing else. */
struct answer {
    int status;
    const char *body;
    const char *header; /* besides Content-Type and Content-Length; may be NULL */
    const char *value;
};

static const struct answer ACCEPTED = {INBOX_ACCEPTED, "{\"status\":\"stored\"}\n", NULL, NULL};
static const struct answer REFUSED = {INBOX_REFUSED, "{\"error\":\"delivery refused\"}\n", NULL,
                                      NULL};
static const struct answer UNAVAILABLE = {503, "{\"error\":\"try again later\"}\n", "Retry-After",
                                          "5"};
_Static_assert(INBOX_RETRY_AFTER_S == 5, "UNAVAILABLE says so in text");
static const struct answer NOT_ALLOWED = {405, "{\"error\":\"method not allowed\"}\n", "Allow",
                                          "GET, HEAD, POST"};

static int64_t respond(struct exchange *exchange, const struct answer *answer)
{
    struct header header = {(char *)answer->header, (char *)answer->value};
    struct header_list headers = {.items = &header, .count = answer->header != NULL};
    return exchange_respond(exchange, answer->status, "application/json", &headers, answer->body,
                            strlen(answer->body));
}

void inbox_respond_unavailable(struct exchange *exchange)
{
    (void)respond(exchange, &UNAVAILABLE);
}

void inbox_respond_not_allowed(struct exchange *exchange)
{
    (void)respond(exchange, &NOT_ALLOWED);
}

void inbox_respond_health(struct inbox *inbox, struct exchange *exchange)
{
    uv_mutex_lock(&inbox->lock);
    bool failing = inbox->failing;
    int64_t stored = inbox->stored.deliveries;
    size_t keys = keyring_count(inbox->keyring);
    uv_mutex_unlock(&inbox->lock);

    struct buffer body;
    buffer_init(&body, 256);
    (void)buffer_printf(
        &body, "{\"service\":\"bridgetop\",\"status\":\"%s\",\"stored\":%lld,\"keys\":%zu}\n",
        failing ? "storage failing" : "ok", (long long)stored, keys);
    if (body.failed)
        (void)respond(exchange, &UNAVAILABLE);
    else
        (void)exchange_respond(exchange, 200, "application/json", NULL, body.data, body.length);
    buffer_clear(&body);
}

/* --- to a delivery ---------------------------------------------------------------- */

/* The bodies say which it was, and nothing of why; statuses that have none are sent without. */
static const struct answer *answer_for(const struct inbox_item *item, struct answer *on_demand)
{
    *on_demand = (struct answer){item->status, "{\"status\":\"answered on demand\"}\n", NULL, NULL};
    if (item->delivery.id == 0)
        return &UNAVAILABLE;
    if (item->order.status != 0)
        return on_demand;
    if (item->status == INBOX_LATER)
        return &UNAVAILABLE;
    return item->status == INBOX_ACCEPTED ? &ACCEPTED : &REFUSED;
}

static void answer_item(struct inbox_item *item)
{
    struct answer on_demand;
    item->answer_us = respond(item->exchange, answer_for(item, &on_demand));
    if (item->attempt <= 1)
        item->delivery.answer_us = item->answer_us;
}

static struct inbox_answer told_answer(const struct inbox_item *item)
{
    return (struct inbox_answer){
        .attempt = item->attempt,
        .status = item->status,
        .on_demand = item->order.status != 0,
        .answer_us = item->answer_us,
    };
}

/* Times beyond the bound are let go: the thread is too far behind to care. */
static void note_time(struct inbox_times *times, const struct inbox_item *item)
{
    if (item->answer_us >= 0 && times->count < INBOX_TIMES_MAX)
        times->items[times->count++] =
            (struct inbox_time){item->delivery.id, item->attempt, item->answer_us,
                                item->late_status ? item->status : 0};
}

void inbox_note_times(struct inbox *inbox, const struct inbox_list *done)
{
    uv_mutex_lock(&inbox->lock);
    for (const struct inbox_item *item = done->first; item != NULL; item = item->next) {
        if (item->delivery.id == 0)
            continue;
        inbox->timeless--;
        note_time(&inbox->new_times, item);
    }
    uv_mutex_unlock(&inbox->lock);
}

/* --- answers that wait ------------------------------------------------------------- */

static void on_pause_over(uv_timer_t *timer);

/* Timers may be a millisecond too early; an answer that was ordered for later is not. */
static void wait_for_first(struct inbox *inbox)
{
    const struct inbox_item *first = inbox->delayed.first;
    uv_update_time(inbox->pause.loop);
    uint64_t now_ms = uv_now(inbox->pause.loop);
    if (first == NULL)
        uv_timer_stop(&inbox->pause);
    else
        uv_timer_start(&inbox->pause, on_pause_over,
                       first->due_ms > now_ms ? first->due_ms - now_ms + 1 : 0, 0);
}

static void tell_answered(struct inbox *inbox, struct inbox_item *item)
{
    struct inbox_answer answer = told_answer(item);
    uv_mutex_lock(&inbox->lock);
    note_time(&inbox->new_times, item);
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
    if (inbox->config.answered != NULL)
        inbox->config.answered(item->delivery.id, &answer, inbox->config.context);
}

/* All that were due by then. */
void inbox_answer_delayed(struct inbox *inbox, uint64_t until_ms)
{
    while (inbox->delayed.first != NULL && inbox->delayed.first->due_ms <= until_ms) {
        struct inbox_item *item = inbox_list_take(&inbox->delayed);
        answer_item(item);
        tell_answered(inbox, item);
        inbox_item_free(item);
    }
    wait_for_first(inbox);
}

static void on_pause_over(uv_timer_t *timer)
{
    inbox_answer_delayed(timer->data, uv_now(timer->loop));
}

/* Behind those that are due as early. */
static void delay(struct inbox *inbox, struct inbox_item *item)
{
    struct inbox_list *list = &inbox->delayed;
    struct inbox_item **at = &list->first;
    uv_update_time(inbox->pause.loop);
    item->due_ms = uv_now(inbox->pause.loop) + (uint64_t)item->order.delay_ms;
    while (*at != NULL && (*at)->due_ms <= item->due_ms)
        at = &(*at)->next;
    if (*at == NULL) {
        inbox_list_append(list, item);
        return;
    }
    item->next = *at;
    *at = item;
    list->count++;
}

/* --- the application's own answers --------------------------------------------------- */

static bool is_asked(const struct inbox *inbox, const struct inbox_item *item)
{
    return inbox->config.ask != NULL && item->delivery.id != 0 && item->forward_id != 0 &&
           item->delivery.verdict == VERDICT_GENUINE && item->order.status == 0;
}

static void end_asked(struct inbox *inbox, struct inbox_item *item)
{
    if (item->attempt <= 1) {
        item->delivery.answer_us = item->answer_us;
        item->delivery.answer_status = item->status;
    }
    tell_answered(inbox, item);
    inbox_item_free(item);
}

/* What nobody can be asked about is answered as what cannot be stored. */
static void ask(struct inbox *inbox, struct inbox_item *item)
{
    if (!inbox->closing && inbox->config.ask(item->forward_id, item, inbox->config.context))
        return;
    item->status = INBOX_LATER;
    item->late_status = true;
    answer_item(item);
    end_asked(inbox, item);
}

static int status_of(const struct forward_answer *answer)
{
    enum { BAD_GATEWAY = 502, GATEWAY_TIMEOUT = 504 };
    switch (answer->kind) {
    case FORWARD_ANSWERED:
        return answer->status;
    case FORWARD_NO_ANSWER:
        return BAD_GATEWAY;
    case FORWARD_TOO_LATE:
        return GATEWAY_TIMEOUT;
    case FORWARD_ENDING:
        break;
    }
    return INBOX_LATER;
}

/* 204 and 304 have no body (RFC 9110, 15.3.5 and 15.4.5). */
static size_t body_length_of(const struct forward_answer *answer)
{
    return answer->status == 204 || answer->status == 304 ? 0 : answer->body_length;
}

void inbox_answer(struct inbox *inbox, struct inbox_item *item, const struct forward_answer *answer)
{
    static const char NONE[] = "{\"error\":\"the application did not answer\"}\n";
    item->status = status_of(answer);
    item->late_status = true;
    if (answer->kind == FORWARD_ANSWERED)
        item->answer_us = exchange_respond(item->exchange, item->status, answer->content_type, NULL,
                                           answer->body, body_length_of(answer));
    else if (answer->kind == FORWARD_ENDING)
        answer_item(item);
    else
        item->answer_us = exchange_respond(item->exchange, item->status, "application/json", NULL,
                                           NONE, sizeof NONE - 1);
    end_asked(inbox, item);
}

void inbox_order_answers(struct inbox *inbox, const struct answer_order *order)
{
    uv_mutex_lock(&inbox->lock);
    inbox->order = *order;
    inbox->order_number++;
    uv_mutex_unlock(&inbox->lock);
    if (order->left == 0)
        inbox_answer_delayed(inbox, UINT64_MAX);
}

struct answer_order inbox_ordered(struct inbox *inbox)
{
    uv_mutex_lock(&inbox->lock);
    struct answer_order order = inbox->order;
    uv_mutex_unlock(&inbox->lock);
    return order;
}

/* --- telling ------------------------------------------------------------------------ */

/* But for those that are to wait, as far as there is room for them. */
void inbox_answer_all(const struct inbox *inbox, const struct inbox_list *done)
{
    size_t room = inbox->closing ? 0 : INBOX_DELAYED_MAX - inbox->delayed.count;
    for (struct inbox_item *item = done->first; item != NULL; item = item->next) {
        bool waits = item->delivery.id != 0 && item->order.delay_ms > 0 && room > 0;
        room -= waits;
        if (!waits && !is_asked(inbox, item))
            answer_item(item);
    }
}

/* The callback may have it all end, or order other answers: each item is in no list then. */
void inbox_tell_arrivals(struct inbox *inbox, struct inbox_list *done)
{
    struct inbox_item *item;
    while ((item = inbox_list_take(done)) != NULL) {
        struct inbox_answer answer = told_answer(item);
        if (item->delivery.id != 0 && inbox->config.arrived != NULL)
            inbox->config.arrived(&item->delivery, &answer, inbox->config.context);
        if (item->answer_us >= 0) {
            inbox_item_free(item);
            continue;
        }
        delivery_drop_payload(&item->delivery); /* it may wait for long */
        if (is_asked(inbox, item))
            ask(inbox, item);
        else
            delay(inbox, item);
    }
    if (inbox->delayed.first != NULL)
        wait_for_first(inbox);
}
