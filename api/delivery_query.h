/*
 * A delivery as the filter language sees it: which of its parts each field means, and where words
 * are looked for. The store's index and its search hold on to the same list.
 */
#ifndef BRIDGETOP_API_DELIVERY_QUERY_H
#define BRIDGETOP_API_DELIVERY_QUERY_H

#include "api/delivery.h"
#include "api/query.h"

/* Verdict's name, type, object's status, event's and object's id, endpoint, path, reason, peer,
   body. */
enum { DELIVERY_TEXTS = 10 };

struct delivery_subject {
    struct query_text texts[DELIVERY_TEXTS];
    struct query_subject subject; /* points to texts: fill it in where it stays */
};

/* Without a body (a summary), words are looked for in the columns alone. Borrows everything. */
void delivery_subject(const struct delivery *delivery, struct delivery_subject *subject);

#endif
