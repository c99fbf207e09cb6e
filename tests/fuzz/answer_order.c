/* Orders for answers: what is taken is within its bounds and reads again as it is told; what is not
   is told in one line, and leaves none. */
#include "tests/fuzz/fuzz.h"

#include "api/answer_order.h"

#include <string.h>

static void check_order(const struct answer_order *order)
{
    struct answer_order again;
    char text[ANSWER_ORDER_SIZE];
    FUZZ_CHECK(order->left <= ANSWER_COUNT_MAX);
    FUZZ_CHECK(order->delay_ms >= 0 && order->delay_ms <= ANSWER_DELAY_MAX_MS);
    FUZZ_CHECK(order->left == 0 ? order->status == 0 && order->delay_ms == 0
                                : order->status >= 200 && order->status <= 599);
    FUZZ_CHECK(answer_order_text(order, text) == text && strlen(text) < sizeof text - 1);
    FUZZ_CHECK(answer_order_parse(text, &again, NULL));
    FUZZ_CHECK(again.status == order->status && again.left == order->left &&
               again.delay_ms == order->delay_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    struct answer_order order;
    struct error error = {""};
    fuzz_begin(&input, bytes, length);
    const char *text = fuzz_string(&input);
    if (answer_order_parse(text, &order, &error)) {
        check_order(&order);
    } else {
        FUZZ_CHECK(error.message[0] != '\0');
        FUZZ_CHECK(order.left == 0 && order.status == 0);
    }
    fuzz_end(&input);
    return 0;
}
