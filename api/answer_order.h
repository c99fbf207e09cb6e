/*
 * An order for answers on demand: which status the next deliveries are answered with, and after how
 * long, for seeing how their sender behaves.
 *
 *     500 x3 after 2s      429      normal
 *
 * Pure: words to an order, and an order to words. The inbox keeps it (api/inbox.h).
 */
#ifndef BRIDGETOP_API_ANSWER_ORDER_H
#define BRIDGETOP_API_ANSWER_ORDER_H

#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ANSWER_STATUS_MIN = 200, /* those below are no answers: something has to follow them */
    ANSWER_STATUS_MAX = 599,
    ANSWER_COUNT_MAX = 100,
    ANSWER_DELAY_MAX_MS = 60 * 1000,
    ANSWER_ORDER_SIZE = 64,
};

/* Zeroed, it is none: answers are normal. */
struct answer_order {
    int status;
    unsigned left; /* deliveries that it still holds for; 0: none */
    int64_t delay_ms;
};

/* "STATUS [xN] [after DURATION]": without N once, without a duration at once; N and the duration
   may change places, "×" is an x. A duration is a number with ms, s or m ("2s", "1.5 s"). "normal"
   is no order. False, with a line for a person, where it is none of these. */
bool answer_order_parse(const char *text, struct answer_order *order, struct error *error);

/* "500 ×3 after 2 s"; "normal" for none: what answer_order_parse() reads again. Returns `text`. */
const char *answer_order_text(const struct answer_order *order, char text[ANSWER_ORDER_SIZE]);

#endif
