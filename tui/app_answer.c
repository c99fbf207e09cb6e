/* `:answer`: other answers for what arrives next, to see what its sender does. */
#include "tui/app_private.h"

#include <string.h>

/* Who receives decides what is answered. */
static bool receives_here(struct app *app)
{
    const struct receiving *receiving = &app->receiving;
    switch (receiving->how) {
    case RECEIVING_HERE:
        return true;
    case RECEIVING_THERE:
        if (receiving->pid != 0)
            app_say(app, TONE_WARN,
                    "another process receives and answers (pid %d): it takes no orders from here; "
                    "end it, and give --answer-next when it is started",
                    (int)receiving->pid);
        else
            app_say(app, TONE_WARN,
                    "another process receives and answers: it takes no orders from here; end it, "
                    "and give --answer-next when it is started");
        break;
    case RECEIVING_NOBODY:
        app_say(app, TONE_WARN, "nobody receives deliveries now: there is nothing to answer");
        break;
    case RECEIVING_NOT:
        app_say(app, TONE_WARN,
                "this dashboard does not receive (--listen none): there is nothing "
                "to answer");
        break;
    }
    return false;
}

void answer_act(struct app *app, const char *argument, struct effects *effects)
{
    struct answer_order order;
    struct error error = {""};
    char text[ANSWER_ORDER_SIZE];
    if (!answer_order_parse(argument, &order, &error)) {
        app_say(app, TONE_WARN, "%s", error.message);
        return;
    }
    if (!receives_here(app))
        return;
    struct effect *effect = app_effect(effects, EFFECT_ANSWER);
    if (effect == NULL)
        return;
    effect->order = order;
    if (order.left > 0)
        app_say(app, TONE_WARN, "the next deliveries are answered %s; they are stored as always",
                answer_order_text(&order, text));
    else if (app->receiving.order.left == 0)
        app_say(app, TONE_INFO, "answers are normal");
}
