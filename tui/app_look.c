/* What is found at an endpoint's URL, while the question whether to enable it is open. Nothing
   waits for it: the question can be answered at once. */
#include "tui/app_private.h"

#include <stdio.h>
#include <string.h>

void look_begin(struct app *app, const struct endpoint *endpoint, struct effects *effects)
{
    struct url_look *look = &app->question.look;
    *look = (struct url_look){.open = true, .id = ++app->look_serial};
    if (app->environment == ENVIRONMENT_DEMO)
        return; /* its URLs are nowhere: it promises to ask nobody */
    if (!url_check_askable(endpoint->webhook.url, &look->report)) {
        look->asked = look->done = true;
        return;
    }
    struct effect *effect = app_effect(effects, EFFECT_CHECK_URL);
    if (effect == NULL)
        return;
    look->asked = true;
    effect->check = look->id;
    effect->url = endpoint->webhook.url;
}

void look_checked(struct app *app, uint64_t id, const struct url_report *report)
{
    struct url_look *look = &app->question.look;
    if (!app->question.open || !look->open || look->id != id)
        return; /* the answer to a question of before */
    look->done = true;
    look->report = *report;
}
