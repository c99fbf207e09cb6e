#include "api/delivery_query.h"

#include <string.h>

/* "transfer" of "transfer.updated". */
static struct query_text category_of(const char *type)
{
    return (struct query_text){type, type != NULL ? strcspn(type, ".") : 0};
}

void delivery_subject(const struct delivery *delivery, struct delivery_subject *subject)
{
    struct query_text type = query_text_of(delivery->event_type);
    struct query_text status = query_text_of(delivery->object_status);
    struct query_text id = query_text_of(delivery->event_id);
    struct query_text object = query_text_of(delivery->object_id);
    struct query_text endpoint = query_text_of(delivery->webhook_id);
    struct query_text path = query_text_of(delivery->target);
    struct query_text reason = query_text_of(delivery->reason);
    struct query_text from = query_text_of(delivery->peer);
    struct query_text body = {delivery->body, delivery->body != NULL ? delivery->body_length : 0};
    *subject = (struct delivery_subject){
        .texts = {query_text_of(verdict_name(delivery->verdict)), type, status, id, object,
                  endpoint, path, reason, from, body},
        .subject =
            {
                .fields = {[QUERY_TYPE] = type,
                           [QUERY_CATEGORY] = category_of(delivery->event_type),
                           [QUERY_STATUS] = status,
                           [QUERY_ENDPOINT] = endpoint,
                           [QUERY_ID] = id,
                           [QUERY_OBJECT] = object,
                           [QUERY_PATH] = path,
                           [QUERY_FROM] = from,
                           [QUERY_REASON] = reason},
                .texts = subject->texts,
                .text_count = DELIVERY_TEXTS,
                .answer = delivery->answer_status,
                .size = (int64_t)delivery->body_length,
                .verdict = delivery->verdict,
                .time_ms = delivery->received_ms,
            },
    };
}
