/* What comes from outside: endpoints, events, logs, deliveries. */
#include "tui/app_private.h"
#include "tui/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void endpoint_clear(struct endpoint *endpoint)
{
    webhook_clear(&endpoint->webhook);
    event_list_clear(&endpoint->upcoming);
    log_list_clear(&endpoint->logs);
}

/* After endpoints came, went or changed: lists and cursor follow, and if the cursor's endpoint is
   another one now, so do the panes that show it. */
static void endpoints_changed(struct app *app, const char *selected_before, struct effects *effects)
{
    app_lay_out(app);
    list_sync(app, PANE_ENDPOINTS);
    if (strcmp(selected_before, app->lists[PANE_ENDPOINTS].selected) != 0) {
        app_endpoint_selected(app, effects);
        return;
    }
    list_sync(app, PANE_UPCOMING);
    list_sync(app, PANE_DELIVERIES);
}

/* Moves what is known of the endpoint (events, logs) from `before` into `after`. */
static void carry_over(struct endpoint *before, size_t count, struct endpoint *after)
{
    for (size_t i = 0; i < count; i++) {
        if (before[i].webhook.id == NULL || strcmp(before[i].webhook.id, after->webhook.id) != 0)
            continue;
        struct webhook newer = after->webhook;
        *after = before[i];
        before[i] = (struct endpoint){0};
        webhook_clear(&after->webhook);
        after->webhook = newer;
        return;
    }
}

/* Elements without a usable id cannot be shown or acted on; that there are some is said. */
static void count_unreadable(struct app *app, size_t unreadable)
{
    if (unreadable > app->unreadable)
        app_say(app, TONE_WARN, "%zu of Bridge's endpoints could not be read: ids that are none",
                unreadable);
    app->unreadable = unreadable;
}

/* Most answers say what the one before said: they cost no frame. */
static bool are_known(const struct app *app, const struct webhook_list *webhooks)
{
    bool same = app->endpoints_known && webhooks->count == app->endpoint_count &&
                webhooks->skipped == app->unreadable;
    for (size_t i = 0; same && i < webhooks->count; i++)
        same = webhook_equals(&webhooks->items[i], &app->endpoints[i].webhook);
    return same;
}

void data_webhooks(struct app *app, const struct webhook_list *webhooks, bool as_stored,
                   struct effects *effects)
{
    if (!as_stored && are_known(app, webhooks)) {
        effects->still = true;
        return;
    }
    struct endpoint *endpoints = calloc(webhooks->count + 1, sizeof *endpoints);
    if (endpoints == NULL)
        return;
    size_t count = 0;
    for (size_t i = 0; i < webhooks->count; i++) {
        if (webhooks->items[i].status == WEBHOOK_DELETED)
            continue;
        if (!webhook_copy(&endpoints[count].webhook, &webhooks->items[i]))
            break;
        carry_over(app->endpoints, app->endpoint_count, &endpoints[count]);
        count++;
    }
    for (size_t i = 0; i < app->endpoint_count; i++)
        endpoint_clear(&app->endpoints[i]);
    free(app->endpoints);

    char before[ROW_KEY_SIZE];
    memcpy(before, app->lists[PANE_ENDPOINTS].selected, sizeof before);
    app->endpoints = endpoints;
    app->endpoint_count = count;
    app->endpoints_known = !as_stored;
    count_unreadable(app, webhooks->skipped);
    endpoints_changed(app, before, effects);
}

void data_put_webhook(struct app *app, const struct webhook *webhook, struct effects *effects)
{
    char before[ROW_KEY_SIZE];
    memcpy(before, app->lists[PANE_ENDPOINTS].selected, sizeof before);
    struct webhook copy = {0};
    if (webhook->id == NULL || !webhook_copy(&copy, webhook))
        return;
    struct endpoint *endpoint = state_find_endpoint(app, webhook->id);
    if (endpoint == NULL) {
        struct endpoint *more =
            realloc(app->endpoints, (app->endpoint_count + 1) * sizeof *app->endpoints);
        if (more == NULL) {
            webhook_clear(&copy);
            return;
        }
        app->endpoints = more;
        endpoint = &app->endpoints[app->endpoint_count++];
        *endpoint = (struct endpoint){0};
    }
    webhook_clear(&endpoint->webhook);
    endpoint->webhook = copy;
    endpoints_changed(app, before, effects);
}

void data_drop_webhook(struct app *app, const char *webhook_id, struct effects *effects)
{
    struct endpoint *endpoint = state_find_endpoint(app, webhook_id);
    if (endpoint == NULL)
        return;
    char before[ROW_KEY_SIZE];
    memcpy(before, app->lists[PANE_ENDPOINTS].selected, sizeof before);
    endpoint_clear(endpoint);
    size_t index = (size_t)(endpoint - app->endpoints);
    memmove(endpoint, endpoint + 1, (app->endpoint_count - index - 1) * sizeof *endpoint);
    app->endpoint_count--;
    endpoints_changed(app, before, effects);
}

static bool is_selected(const struct app *app, const struct endpoint *endpoint)
{
    return endpoint == state_selected_endpoint(app);
}

static bool same_events(const struct endpoint *endpoint, const struct event_list *events)
{
    bool same = endpoint->upcoming_known && endpoint->upcoming_trouble[0] == '\0' &&
                events->count == endpoint->upcoming.count;
    for (size_t i = 0; same && i < events->count; i++)
        same = event_equals(&events->items[i], &endpoint->upcoming.items[i]);
    return same;
}

void data_upcoming(struct app *app, const char *webhook_id, const struct event_list *events,
                   struct effects *effects)
{
    struct endpoint *endpoint = state_find_endpoint(app, webhook_id);
    if (endpoint == NULL)
        return;
    endpoint->upcoming_ms = app->now_ms;
    queue_trend_look(&endpoint->trend, events, app->now_ms);
    if (same_events(endpoint, events)) {
        effects->still = true;
        return;
    }
    struct event *items = calloc(events->count + 1, sizeof *items);
    if (items == NULL)
        return;
    event_list_clear(&endpoint->upcoming);
    endpoint->upcoming.items = items;
    endpoint->upcoming_known = true;
    endpoint->upcoming_trouble[0] = '\0';
    for (size_t i = 0; i < events->count; i++) {
        if (!event_copy(&items[i], &events->items[i]))
            break;
        endpoint->upcoming.count++;
        state_learn_type(app, items[i].id, items[i].type);
    }
    endpoint->queue = queue_watch_of(&endpoint->upcoming, &endpoint->logs);
    if (is_selected(app, endpoint))
        list_sync(app, PANE_UPCOMING);
}

/* Upcoming events are asked for the selected endpoint alone; of the others they are not known, or
   old. */
static void watch_queue(const struct app *app, struct endpoint *endpoint)
{
    struct queue_watch of_log = queue_watch_of_log(&endpoint->logs);
    if (endpoint->upcoming_known)
        endpoint->queue = queue_watch_of(&endpoint->upcoming, &endpoint->logs);
    bool sure = is_selected(app, endpoint) || endpoint->queue.failures > 0;
    if (!endpoint->upcoming_known || (of_log.known && !sure))
        endpoint->queue = of_log;
}

/* How many entries of `logs` (oldest first) are later than `since`. */
static size_t later_than(const struct log_list *logs, int64_t since_ms)
{
    size_t later = 0;
    while (later < logs->count && logs->items[logs->count - 1 - later].created_ms > since_ms)
        later++;
    return later;
}

/* Bridge's log names events by id alone; what type they have is learned from the account's events,
   now and then, while there are some of which it is not known. */
static void ask_for_types(struct app *app, const struct log_list *logs, struct effects *effects)
{
    if (app->now_ms < app->learn_after_ms)
        return;
    for (size_t i = 0; i < logs->count; i++) {
        const char *id = logs->items[i].event_id;
        if (id == NULL || state_event_type(app, id) != NULL)
            continue;
        if (app_effect(effects, EFFECT_LEARN) != NULL)
            app->learn_after_ms = app->now_ms + STATE_LEARN_MS;
        return;
    }
}

void data_learned(struct app *app, const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++)
        state_learn_type(app, events->items[i].id, events->items[i].type);
    list_sync(app, PANE_DELIVERIES);
}

static void alert_new_failures(struct app *app, const struct log_list *logs, int64_t since_ms)
{
    for (size_t i = logs->count; i > 0 && logs->items[i - 1].created_ms > since_ms; i--)
        if (!log_entry_succeeded(&logs->items[i - 1]))
            alert_failure(app);
}

/* What is kept is turned round where the answer had the newest first. */
static bool same_logs(const struct endpoint *endpoint, const struct log_list *logs)
{
    bool same = endpoint->logs_known && endpoint->logs_trouble[0] == '\0' &&
                logs->count == endpoint->logs.count;
    bool reverse = log_list_newest_first(logs);
    for (size_t i = 0; same && i < logs->count; i++)
        same = log_entry_equals(&logs->items[reverse ? logs->count - 1 - i : i],
                                &endpoint->logs.items[i]);
    return same;
}

void data_logs(struct app *app, const char *webhook_id, const struct log_list *logs,
               struct effects *effects)
{
    struct endpoint *endpoint = state_find_endpoint(app, webhook_id);
    if (endpoint == NULL)
        return;
    endpoint->logs_ms = app->now_ms;
    if (same_logs(endpoint, logs)) {
        effects->still = true;
        if (is_selected(app, endpoint))
            ask_for_types(app, &endpoint->logs, effects);
        return;
    }
    struct log_entry *items = calloc(logs->count + 1, sizeof *items);
    if (items == NULL)
        return;
    const struct log_list *old = &endpoint->logs;
    int64_t newest_ms = old->count > 0 ? old->items[old->count - 1].created_ms : INT64_MAX;
    log_list_clear(&endpoint->logs);
    endpoint->logs.items = items;
    endpoint->succeeded = 0;
    endpoint->logs_known = true;
    endpoint->logs_trouble[0] = '\0';
    for (size_t i = 0; i < logs->count; i++) {
        if (!log_entry_copy(&items[i], &logs->items[i]))
            break;
        endpoint->logs.count++;
        endpoint->succeeded += log_entry_succeeded(&items[i]);
    }
    log_list_sort(&endpoint->logs);
    watch_queue(app, endpoint);
    if (newest_ms == INT64_MAX && endpoint->logs.count > 0)
        endpoint->seen_ms = endpoint->logs.items[endpoint->logs.count - 1].created_ms;
    else
        alert_new_failures(app, &endpoint->logs, newest_ms);
    list_measure(app, PANE_ENDPOINTS);
    if (!is_selected(app, endpoint))
        return;
    struct list *list = &app->lists[PANE_DELIVERIES];
    if (!list->following && newest_ms != INT64_MAX)
        list->arrived_since += later_than(&endpoint->logs, newest_ms);
    list_sync(app, PANE_DELIVERIES);
    seen_arrived(app, PANE_DELIVERIES);
    ask_for_types(app, &endpoint->logs, effects);
}

/* The pane says it, cut; it is kept once to be read whole. */
static void set_trouble(struct app *app, char trouble[STATE_TEXT_MAX], const char *text)
{
    if (strcmp(trouble, text) == 0)
        return;
    (void)snprintf(trouble, STATE_TEXT_MAX, "%s", text);
    messages_add_trouble(app, trouble);
}

void data_failed(struct app *app, enum api_call call, const char *webhook_id, const char *text)
{
    struct endpoint *endpoint = state_find_endpoint(app, webhook_id);
    if (endpoint == NULL && webhook_id != NULL)
        return; /* it went while it was being asked for */
    if (endpoint == NULL)
        app_say(app, TONE_BAD, "%s", text);
    else if (call == API_UPCOMING_EVENTS)
        set_trouble(app, endpoint->upcoming_trouble, text);
    else
        set_trouble(app, endpoint->logs_trouble, text);
}

/* Room for one more arrival: the oldest go in one step, so that a flood does not move the whole
   array for every row. */
static void make_room(struct app *app)
{
    struct list *list = &app->lists[PANE_LIVE];
    size_t gone = 0;
    while (!app->found.open && !list->sorted && gone < list->count &&
           list->rows[gone] < STATE_LIVE_DROP)
        gone++;
    list->cursor -= list->cursor < gone ? list->cursor : gone;
    list->top -= list->top < gone ? list->top : gone;
    for (size_t i = 0; i < STATE_LIVE_DROP; i++)
        delivery_clear(&app->live[i].delivery);
    app->live_count -= STATE_LIVE_DROP;
    memmove(app->live, app->live + STATE_LIVE_DROP, app->live_count * sizeof *app->live);
    if (!app->found.open)
        list_sync(app, PANE_LIVE);
}

static void take_attempt(struct app *app, struct live_row *row, const struct delivery *delivery)
{
    row->delivery.attempts = delivery->attempts;
    if (delivery->forwarded != FORWARD_NONE)
        row->delivery.forwarded = delivery->forwarded;
    row->again_ms = app->now_ms;
}

/* One more attempt of an event that is shown; else its row is added. Pane 4 shows what was found
   instead where a query holds. */
static bool count_attempt(struct app *app, const struct delivery *delivery)
{
    struct found *found = &app->found;
    bool shown = false;
    for (size_t i = 0; found->rows != NULL && i < found->count; i++) {
        if (found->rows[i].delivery.id != delivery->id)
            continue;
        take_attempt(app, &found->rows[i], delivery);
        if (found->open)
            list_changed(app, PANE_LIVE, i);
    }
    for (size_t i = app->live_count; i > 0 && !shown; i--) {
        shown = app->live[i - 1].delivery.id == delivery->id;
        if (!shown)
            continue;
        take_attempt(app, &app->live[i - 1], delivery);
        if (!found->open)
            list_changed(app, PANE_LIVE, i - 1);
    }
    return shown;
}

void data_delivery(struct app *app, const struct delivery *delivery, bool live,
                   struct effects *effects)
{
    bool repeat = live && delivery->attempts > 1;
    app->heard += live;
    if (live)
        gaps_arrived(app, delivery);
    if (repeat && count_attempt(app, delivery))
        return;
    if (live && !repeat) {
        app->arrived++;
        app->genuine += delivery->verdict == VERDICT_GENUINE;
    }
    if (app->live_count == STATE_LIVE_MAX)
        make_room(app);
    struct live_row *row = &app->live[app->live_count];
    *row = (struct live_row){.serial = ++app->live_serial};
    if (!delivery_copy_summary(&row->delivery, delivery)) {
        delivery_clear(&row->delivery);
        return;
    }
    app->live_count++;
    glance_add(&app->glance, delivery->received_ms, delivery->verdict == VERDICT_GENUINE,
               delivery->on_demand ? -1 : delivery->answer_us); /* its time is none of ours */
    if (delivery->verdict == VERDICT_GENUINE)
        state_learn_type(app, row->delivery.event_id, row->delivery.event_type);
    if (!app->found.open)
        list_appended(app, PANE_LIVE);
    find_arrived(app, effects);
    if (!live) {
        app->lists[PANE_LIVE].arrived_since = 0;
        seen_all(app, PANE_LIVE);
        return;
    }
    seen_arrived(app, PANE_LIVE);
    if (delivery->verdict != VERDICT_GENUINE)
        alert_failure(app);
}

void data_answered(struct app *app, const struct message *message, struct effects *effects)
{
    for (size_t i = app->live_count; i > 0; i--) {
        struct delivery *delivery = &app->live[i - 1].delivery;
        if (delivery->id != message->delivery_id)
            continue;
        delivery->answer_us = message->answer_us;
        if (message->answer_status != 0)
            delivery->answer_status = message->answer_status;
        break;
    }
    find_answered(app, message, effects);
    list_measure(app, PANE_LIVE);
}
