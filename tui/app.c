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
        .activity.told_id = config->activity_id,
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
    if (config->listener != NULL) {
        app->receiving.how = RECEIVING_HERE;
        (void)snprintf(app->receiving.address, sizeof app->receiving.address, "%s",
                       config->listener);
    }
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
    activity_free(app);
    gaps_clear(&app->gaps);
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

/* How long a line that says what happened stays. What went wrong stays until a key comes: the next
   one where it was the answer to a key, else one that comes once it could be read. */
enum { NOTICE_MS = 15 * 1000, NOTICE_READ_MS = 2 * 1000 };

static void let_notice_pass(struct app *app)
{
    if (app->notice.answer || app->now_ms - app->notice.since_ms >= NOTICE_READ_MS)
        app->notice.tone = TONE_NONE;
}

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

/* The time of an answer is a little different each time. What is shown of it changes when it is
   another figure: on a quiet screen nothing else would move. */
static bool is_about(int64_t ms, int64_t shown_ms)
{
    enum { LITTLE_MS = 10, PART = 3 };
    int64_t little = shown_ms / PART > LITTLE_MS ? shown_ms / PART : LITTLE_MS;
    return ms >= shown_ms - little && ms <= shown_ms + little;
}

/* A trouble that stands elsewhere, cut, is kept once to be read; and that it is over. */
static void keep_trouble(struct app *app, const char *before, const char *now, const char *over)
{
    if (now[0] != '\0' && strcmp(before, now) != 0)
        messages_add_trouble(app, now);
    else if (now[0] == '\0' && before[0] != '\0')
        messages_add(app, TONE_GOOD, over);
}

static void health(struct app *app, const struct api_health *now, struct effects *effects)
{
    struct api_health before = app->health;
    app->health = *now;
    keep_trouble(app, before.message, now->message, "Bridge answers again");
    bool well = before.ever_ok && before.failures == 0 && now->failures == 0;
    if (well && is_about(now->latency_ms, before.latency_ms)) {
        app->health.latency_ms = before.latency_ms;
        effects->still = !app->refreshing;
    }
    if (!app->refreshing)
        return;
    app->refreshing = false;
    if (now->failures == 0)
        app_say(app, TONE_GOOD, "refreshed: Bridge answered in %lld ms",
                (long long)now->latency_ms);
    else
        app_say(app, TONE_BAD, "could not refresh: %s", now->message);
}

static void storing(struct app *app, const char *trouble)
{
    char text[STATE_TEXT_MAX];
    (void)snprintf(app->storing_trouble, sizeof app->storing_trouble, "%s", trouble);
    if (trouble[0] == '\0') {
        app_say(app, TONE_GOOD, "storing works again");
        return;
    }
    (void)snprintf(text, sizeof text, "NOT STORING: %.480s", trouble);
    messages_add_trouble(app, text);
    alert_failure(app);
}

static void receiving(struct app *app, const struct receiving *now)
{
    bool answered = app->receiving.order.left > 0 && now->order.left == 0;
    app->receiving = *now;
    if (answered && now->how == RECEIVING_HERE)
        app_say(app, TONE_INFO, "answers are normal again");
}

void app_update(struct app *app, const struct message *message, struct effects *effects)
{
    app->acting = message->kind == MESSAGE_KEY || message->kind == MESSAGE_PASTE ||
                  message->kind == MESSAGE_MOUSE;
    activity_forget_notes(app);
    if (app->acting)
        app->exporting.waited_for = false;
    switch (message->kind) {
    case MESSAGE_TICK:
        tick(app, message->now_ms);
        break;
    case MESSAGE_RESIZE:
        resize(app, message->width, message->height);
        break;
    case MESSAGE_KEY:
        alert_seen(app);
        let_notice_pass(app);
        keys_press(app, message->key, effects);
        break;
    case MESSAGE_MOUSE:
        if (message->mouse.kind == MOUSE_PRESS)
            let_notice_pass(app);
        mouse_act(app, &message->mouse, &message->hit, effects);
        break;
    case MESSAGE_PASTE:
        let_notice_pass(app);
        keys_paste(app, message->text, message->length, effects);
        break;
    case MESSAGE_WEBHOOKS:
        data_webhooks(app, message->webhooks, message->as_stored, effects);
        app_inspector_follow_endpoint(app, NULL, effects);
        app_trace_bridge_told(app, effects);
        break;
    case MESSAGE_UPCOMING:
        data_upcoming(app, message->webhook_id, message->events, effects);
        app_inspector_follow_endpoint(app, message->webhook_id, effects);
        app_trace_bridge_told(app, effects);
        app_object_bridge_told(app, message->events, effects);
        break;
    case MESSAGE_LOGS:
        data_logs(app, message->webhook_id, message->logs, effects);
        app_inspector_follow_endpoint(app, message->webhook_id, effects);
        app_trace_bridge_told(app, effects);
        break;
    case MESSAGE_LEARNED:
        data_learned(app, message->events);
        app_trace_learned(app, message->events);
        app_object_bridge_told(app, message->events, effects);
        break;
    case MESSAGE_HEALTH:
        health(app, message->health, effects);
        break;
    case MESSAGE_FAILED:
        data_failed(app, message->call, message->webhook_id, message->text);
        break;
    case MESSAGE_RESULT:
        plans_result(app, message->plan, message->result, effects);
        app_inspector_follow_endpoint(app, NULL, effects);
        break;
    case MESSAGE_RETRYING:
        plans_retrying(app, message->plan, message->text);
        break;
    case MESSAGE_ARRIVED:
        data_delivery(app, message->delivery, true, effects);
        app_trace_arrived(app, message->delivery, effects);
        app_object_arrived(app, message->delivery, effects);
        break;
    case MESSAGE_STORED:
        data_delivery(app, message->delivery, false, effects);
        break;
    case MESSAGE_LOADED:
        if (message->attempt != 0) {
            app_inspector_attempt_loaded(app, message);
            break;
        }
        app_inspector_loaded(app, message->delivery_id, message->delivery, message->text);
        copy_loaded(app, message->delivery_id, message->delivery, message->text, effects);
        break;
    case MESSAGE_DIAGNOSED:
        app_inspector_diagnosed(app, message->delivery_id, message->diagnosis);
        break;
    case MESSAGE_COPIED:
        copy_done(app, message->text, message->error);
        break;
    case MESSAGE_TRACED:
        app_trace_read(app, message, effects);
        break;
    case MESSAGE_HISTORY:
        app_object_read(app, message, effects);
        break;
    case MESSAGE_FOUND:
        find_found(app, message, effects);
        break;
    case MESSAGE_STORING:
        storing(app, message->text != NULL ? message->text : "");
        break;
    case MESSAGE_EXPORT:
        export_reported(app, message->report);
        break;
    case MESSAGE_PATHS:
        export_completed(app, message->paths);
        break;
    case MESSAGE_CHECKED:
        look_checked(app, message->check, message->url_report);
        break;
    case MESSAGE_RECEIVING:
        receiving(app, message->receiving);
        break;
    case MESSAGE_ANSWERED:
        data_answered(app, message, effects);
        app_trace_changed(app, message->delivery_id, effects);
        break;
    case MESSAGE_FORWARDING:
        forward_changed(app, message->forwarding);
        break;
    case MESSAGE_FORWARDED:
        forward_tried(app, message, effects);
        app_trace_changed(app, message->delivery_id, effects);
        break;
    case MESSAGE_REPLAY_KEY:
        replay_key_read(app, message->text, message->error);
        break;
    case MESSAGE_REPLAYED:
        replay_queued(app, message->count, message->error);
        break;
    case MESSAGE_FORWARDS:
        forward_listed(app, message->delivery_id, message->forwards);
        break;
    case MESSAGE_COUNTED:
        app->arrived = message->arrived;
        app->genuine = message->genuine;
        break;
    case MESSAGE_GAPS:
        effects->still = !gaps_found(app, message->gaps);
        break;
    case MESSAGE_ACTIVITY:
        effects->still = !activity_read(app, message, effects);
        break;
    case MESSAGE_SAY:
        app_say(app, message->tone, "%s", message->text);
        break;
    }
    alert_tell(app, effects);
}
