#include "api/delivery.h"

#include "api/contract.h"

#include <stdlib.h>
#include <string.h>

static void clear_event_fields(struct delivery *delivery)
{
    free(delivery->event_id);
    free(delivery->event_type);
    free(delivery->object_id);
    free(delivery->object_status);
    delivery->event_id = NULL;
    delivery->event_type = NULL;
    delivery->object_id = NULL;
    delivery->object_status = NULL;
    delivery->sequence = -1;
}

/* Moves a string from one owner to another. */
static char *take(char **from)
{
    char *string = *from;
    *from = NULL;
    return string;
}

bool delivery_read_event(struct delivery *delivery)
{
    struct event event = {0};
    bool found;
    clear_event_fields(delivery);
    if (!event_decode_if_one(delivery->body, delivery->body_length, &event, &found))
        return false;
    if (!found)
        return true;
    delivery->event_id = take(&event.id);
    delivery->event_type = take(&event.type);
    delivery->object_id = take(&event.object_id);
    delivery->object_status = take(&event.object_status);
    delivery->sequence = event.sequence;
    event_clear(&event);
    return true;
}

/* Copies a string that may be absent. */
static bool copy(char **to, const char *from)
{
    *to = from != NULL ? strdup(from) : NULL;
    return *to != NULL || from == NULL;
}

bool delivery_copy_summary(struct delivery *to, const struct delivery *from)
{
    *to = (struct delivery){
        .id = from->id,
        .received_ms = from->received_ms,
        .body_length = from->body_length,
        .verdict = from->verdict,
        .answer_status = from->answer_status,
        .answer_us = from->answer_us,
        .on_demand = from->on_demand,
        .forwarded = from->forwarded,
        .sequence = from->sequence,
        .attempts = from->attempts,
    };
    if (copy(&to->peer, from->peer) && copy(&to->method, from->method) &&
        copy(&to->target, from->target) && copy(&to->reason, from->reason) &&
        copy(&to->webhook_id, from->webhook_id) &&
        copy(&to->newest_webhook_id, from->newest_webhook_id) &&
        copy(&to->event_id, from->event_id) && copy(&to->event_type, from->event_type) &&
        copy(&to->object_id, from->object_id) && copy(&to->object_status, from->object_status))
        return true;
    delivery_clear(to);
    return false;
}

void attempt_list_clear(struct attempt_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].peer);
        free(list->items[i].target);
        free(list->items[i].webhook_id);
        free(list->items[i].signature);
    }
    free(list->items);
    *list = (struct attempt_list){0};
}

bool attempt_list_copy(struct attempt_list *to, const struct attempt_list *from)
{
    *to = (struct attempt_list){.items = calloc(from->count + 1, sizeof *to->items)};
    bool copied = to->items != NULL;
    for (size_t i = 0; copied && i < from->count; i++) {
        const struct attempt *attempt = &from->items[i];
        struct attempt *made = &to->items[to->count++];
        *made = *attempt;
        made->peer = made->target = made->webhook_id = made->signature = NULL;
        copied = copy(&made->peer, attempt->peer) && copy(&made->target, attempt->target) &&
                 copy(&made->webhook_id, attempt->webhook_id) &&
                 copy(&made->signature, attempt->signature);
    }
    if (!copied)
        attempt_list_clear(to);
    return copied;
}

void delivery_drop_payload(struct delivery *delivery)
{
    header_list_clear(&delivery->headers);
    free(delivery->body);
    delivery->body = NULL;
}

void delivery_clear(struct delivery *delivery)
{
    free(delivery->peer);
    free(delivery->method);
    free(delivery->target);
    delivery_drop_payload(delivery);
    free(delivery->reason);
    free(delivery->webhook_id);
    free(delivery->newest_webhook_id);
    clear_event_fields(delivery);
    attempt_list_clear(&delivery->repeats);
    *delivery = (struct delivery){0};
}
