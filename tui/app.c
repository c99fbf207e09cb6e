#include "tui/app.h"

#include "tui/app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool app_init(struct app *app, const struct app_config *config)
{
    *app = (struct app){
        .environment = config->environment,
        .read_only = config->read_only,
        .masked = !config->unmasked,
        .ascii = config->ascii,
        .theme = config->theme,
        .times = config->times,
        .arrived = config->arrived,
        .genuine = config->genuine,
        .now_ms = config->now_ms,
        .width = config->width,
        .height = config->height,
    };
    if (config->keymap != NULL)
        app->keymap = *config->keymap;
    else
        keymap_init(&app->keymap);
    app->live = calloc(STATE_LIVE_MAX, sizeof *app->live);
    if (app->live == NULL)
        return false;
    if (config->api_host != NULL)
        (void)snprintf(app->api_host, sizeof app->api_host, "%s", config->api_host);
    if (config->listener != NULL)
        (void)snprintf(app->listener, sizeof app->listener, "%s", config->listener);
    if (config->environment == ENVIRONMENT_NONE)
        app->focus = PANE_LIVE;
    app->lists[PANE_DELIVERIES].following = true;
    app->lists[PANE_LIVE].following = true;
    app->inspector.unmasked = config->unmasked;
    app_lay_out(app);
    return true;
}

void app_clear(struct app *app)
{
    inspector_clear(&app->inspector);
    prompt_clear(&app->prompt);
    buffer_clear(&app->copy.bytes);
    export_request_clear(&app->exporting.request);
    for (size_t i = 0; i < app->endpoint_count; i++)
        endpoint_clear(&app->endpoints[i]);
    free(app->endpoints);
    for (size_t i = 0; i < app->live_count; i++)
        delivery_clear(&app->live[i].delivery);
    free(app->live);
    find_clear(app);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        list_clear(&app->lists[pane]);
    for (size_t i = 0; i < STATE_PLANS; i++)
        plan_clear(&app->plans[i]);
    plan_clear(&app->question.plan);
}

/* How long a line that says what happened stays; what went wrong stays until something else does.
 */
enum { NOTICE_MS = 15 * 1000 };

static void tick(struct app *app, int64_t now_ms)
{
    app->now_ms = now_ms;
    glance_tick(&app->glance, now_ms);
    bool passes = app->notice.tone == TONE_INFO || app->notice.tone == TONE_GOOD;
    if (passes && now_ms - app->notice.since_ms > NOTICE_MS)
        app->notice.tone = TONE_NONE;
}

static void resize(struct app *app, int width, int height)
{
    app->width = width;
    app->height = height;
    app_lay_out(app);
    app_inspector_lay_out(app);
    help_show_cursor(app);
}

static void health(struct app *app, const struct api_health *now)
{
    app->health = *now;
    if (!app->refreshing)
        return;
    app->refreshing = false;
    if (now->failures == 0)
        app_say(app, TONE_GOOD, "refreshed: Bridge answered in %lld ms",
                (long long)now->latency_ms);
    else
        app_say(app, TONE_BAD, "could not refresh: %s", now->message);
}

void app_update(struct app *app, const struct message *message, struct effects *effects)
{
    switch (message->kind) {
    case MESSAGE_TICK:
        tick(app, message->now_ms);
        break;
    case MESSAGE_RESIZE:
        resize(app, message->width, message->height);
        break;
    case MESSAGE_KEY:
        alert_seen(app);
        keys_press(app, message->key, effects);
        break;
    case MESSAGE_MOUSE:
        mouse_act(app, &message->mouse, &message->hit, effects);
        break;
    case MESSAGE_PASTE:
        keys_paste(app, message->text, message->length, effects);
        break;
    case MESSAGE_WEBHOOKS:
        data_webhooks(app, message->webhooks, message->as_stored, effects);
        break;
    case MESSAGE_UPCOMING:
        data_upcoming(app, message->webhook_id, message->events);
        break;
    case MESSAGE_LOGS:
        data_logs(app, message->webhook_id, message->logs, effects);
        break;
    case MESSAGE_LEARNED:
        data_learned(app, message->events);
        break;
    case MESSAGE_HEALTH:
        health(app, message->health);
        break;
    case MESSAGE_FAILED:
        data_failed(app, message->call, message->webhook_id, message->text);
        break;
    case MESSAGE_RESULT:
        plans_result(app, message->plan, message->result, effects);
        break;
    case MESSAGE_RETRYING:
        plans_retrying(app, message->plan, message->text);
        break;
    case MESSAGE_ARRIVED:
        data_delivery(app, message->delivery, true, effects);
        break;
    case MESSAGE_STORED:
        data_delivery(app, message->delivery, false, effects);
        break;
    case MESSAGE_LOADED:
        app_inspector_loaded(app, message->delivery_id, message->delivery, message->text);
        copy_loaded(app, message->delivery_id, message->delivery, message->text, effects);
        break;
    case MESSAGE_COPIED:
        copy_done(app, message->text, message->error);
        break;
    case MESSAGE_FOUND:
        find_found(app, message, effects);
        break;
    case MESSAGE_STORING:
        (void)snprintf(app->storing_trouble, sizeof app->storing_trouble, "%s",
                       message->text != NULL ? message->text : "");
        if (message->text == NULL)
            app_say(app, TONE_GOOD, "storing works again");
        else
            alert_failure(app);
        break;
    case MESSAGE_EXPORT:
        export_reported(app, message->report);
        break;
    case MESSAGE_PATHS:
        export_completed(app, message->paths);
        break;
    case MESSAGE_SAY:
        app_say(app, message->tone, "%s", message->text);
        break;
    }
    alert_tell(app, effects);
}
