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

void delivery_read_event(struct delivery *delivery)
{
    struct event event = {0};
    clear_event_fields(delivery);
    if (!event_decode(delivery->body, delivery->body_length, &event, NULL))
        return;
    delivery->event_id = take(&event.id);
    delivery->event_type = take(&event.type);
    delivery->object_id = take(&event.object_id);
    delivery->object_status = take(&event.object_status);
    delivery->sequence = event.sequence;
    event_clear(&event);
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
        .sequence = from->sequence,
    };
    if (copy(&to->peer, from->peer) && copy(&to->method, from->method) &&
        copy(&to->target, from->target) && copy(&to->reason, from->reason) &&
        copy(&to->webhook_id, from->webhook_id) && copy(&to->event_id, from->event_id) &&
        copy(&to->event_type, from->event_type) && copy(&to->object_id, from->object_id) &&
        copy(&to->object_status, from->object_status))
        return true;
    delivery_clear(to);
    return false;
}

void delivery_clear(struct delivery *delivery)
{
    free(delivery->peer);
    free(delivery->method);
    free(delivery->target);
    header_list_clear(&delivery->headers);
    free(delivery->body);
    free(delivery->reason);
    free(delivery->webhook_id);
    clear_event_fields(delivery);
    *delivery = (struct delivery){0};
}
