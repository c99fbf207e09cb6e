/* The inspector in the dashboard: what Enter opens in which pane, and what comes from the store. It
   holds copies, so that a refresh under it changes nothing; but an endpoint is shown as it is now.
 */
#include "tui/app_private.h"

#include <stdio.h>
#include <string.h>

/* --- opening and closing --------------------------------------------------------- */

static bool open_endpoint(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (endpoint == NULL || !webhook_copy(&inspector->webhook, &endpoint->webhook))
        return false;
    inspector->kind = INSPECTOR_ENDPOINT;
    (void)snprintf(inspector->title, sizeof inspector->title, "Endpoint %s", endpoint->webhook.id);
    return true;
}

/* Takes the event, and the entry, over. */
static void show_event(struct inspector *inspector, struct event event)
{
    inspector->kind = INSPECTOR_EVENT;
    inspector->event = event;
    (void)snprintf(inspector->title, sizeof inspector->title, "%s %s",
                   inspector->below != NULL ? "Event" : "Upcoming event", event.id);
}

static void show_log(struct inspector *inspector, struct log_entry entry)
{
    inspector->kind = INSPECTOR_LOG;
    inspector->log = entry;
    (void)snprintf(inspector->title, sizeof inspector->title, "Delivery of %s",
                   entry.event_id != NULL ? entry.event_id : "an event");
}

static bool open_event(struct app *app)
{
    struct event copy;
    const struct event *event = state_selected_upcoming(app);
    if (event == NULL || !event_copy(&copy, event))
        return false;
    show_event(&app->inspector, copy);
    return true;
}

static bool open_gap(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct gap_row *row = state_selected_gap(app);
    if (row == NULL || !event_copy(&inspector->event, &row->event))
        return false;
    inspector->kind = INSPECTOR_EVENT;
    (void)snprintf(inspector->gap, sizeof inspector->gap, "%s: %s", gap_reason_name(row->reason),
                   row->why);
    (void)snprintf(inspector->title, sizeof inspector->title, "Bridge's event %s", row->event.id);
    return true;
}

static bool open_log(struct app *app)
{
    struct log_entry copy;
    const struct log_entry *entry = state_selected_log(app);
    if (entry == NULL || !log_entry_copy(&copy, entry))
        return false;
    show_log(&app->inspector, copy);
    return true;
}

bool app_inspector_load(int64_t delivery_id, struct effects *effects)
{
    struct effect *effect = app_effect(effects, EFFECT_LOAD);
    if (effect != NULL)
        effect->delivery_id = delivery_id;
    return effect != NULL;
}

/* Takes the summary over. */
static void show_delivery(struct inspector *inspector, struct delivery summary)
{
    inspector->kind = INSPECTOR_DELIVERY;
    inspector->delivery = summary;
    inspector->delivery_id = summary.id;
    (void)snprintf(inspector->title, sizeof inspector->title, "Arrived: %s",
                   summary.event_id != NULL ? summary.event_id : "a request without an event id");
}

static bool open_delivery(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    const struct live_row *row = state_selected_live(app);
    struct delivery summary;
    if (row == NULL || !delivery_copy_summary(&summary, &row->delivery))
        return false;
    show_delivery(inspector, summary);
    inspector->loading = app_inspector_load(summary.id, effects);
    return true;
}

bool app_inspector_open_selected(struct app *app, struct effects *effects)
{
    switch (app->focus) {
    case PANE_ENDPOINTS:
        return open_endpoint(app);
    case PANE_UPCOMING:
        return open_event(app);
    case PANE_DELIVERIES:
        return open_log(app);
    case PANE_LIVE:
        return open_delivery(app, effects);
    case PANE_GAPS:
        return open_gap(app);
    case PANE_COUNT:
        break;
    }
    return false;
}

/* Shows what was opened. The list stays on its row, and follows again when this closes. */
static void show(struct app *app)
{
    struct list *list = &app->lists[app->focus];
    app->inspector.list_followed = list->following;
    list->following = false;
    app_lay_out(app);
    app_inspector_tell(app);
}

void app_inspector_open(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    inspector_drop(inspector);
    inspector_close(inspector);
    inspector->folded = INSPECTOR_FOLDED_AT_FIRST;
    if (!app_inspector_open_selected(app, effects)) {
        inspector_close(inspector);
        return;
    }
    seen_to_cursor(app, app->focus);
    show(app);
}

bool app_inspector_begin(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    if (!inspector_push(inspector)) {
        app_say(app, TONE_BAD, "it could not be opened: out of memory");
        return false;
    }
    if (inspector->below != NULL)
        return true;
    inspector_close(inspector);
    struct list *list = &app->lists[app->focus];
    inspector->list_followed = list->following;
    list->following = false;
    return true;
}

void app_inspector_show(struct app *app)
{
    app_lay_out(app);
    app_inspector_tell(app);
}

/* What it waited for is asked for once more. */
void app_inspector_show_below(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    if (inspector->kind == INSPECTOR_TRACE)
        app_trace_refresh(app, effects);
    else if (inspector->kind == INSPECTOR_OBJECT)
        app_object_refresh(app, effects);
    else if (inspector->kind == INSPECTOR_DELIVERY && inspector->loading)
        (void)app_inspector_load(inspector->delivery_id, effects);
    for (size_t i = 0; inspector->kind == INSPECTOR_COMPARISON && i < 2; i++)
        if (inspector->sides[i].delivery_id != 0)
            (void)app_inspector_load(inspector->sides[i].delivery_id, effects);
    inspector->attempt_asked = 0;
    app_lay_out(app);
    app_inspector_retell(app);
}

/* --- what is opened from what is shown --------------------------------------------------- */

bool app_inspector_open_event(struct app *app, const struct event *event)
{
    struct event copy;
    if (!event_copy(&copy, event))
        return false;
    if (!app_inspector_begin(app)) {
        event_clear(&copy);
        return false;
    }
    show_event(&app->inspector, copy);
    app->inspector.folded = INSPECTOR_FOLDED_AT_FIRST;
    app_inspector_show(app);
    return true;
}

bool app_inspector_open_log(struct app *app, const struct log_entry *entry)
{
    struct log_entry copy;
    if (!log_entry_copy(&copy, entry))
        return false;
    if (!app_inspector_begin(app)) {
        log_entry_clear(&copy);
        return false;
    }
    show_log(&app->inspector, copy);
    app->inspector.folded = INSPECTOR_FOLDED_AT_FIRST;
    app_inspector_show(app);
    return true;
}

bool app_inspector_open_delivery(struct app *app, const struct delivery *summary,
                                 struct effects *effects)
{
    struct delivery copy;
    if (!delivery_copy_summary(&copy, summary))
        return false;
    if (!app_inspector_begin(app)) {
        delivery_clear(&copy);
        return false;
    }
    show_delivery(&app->inspector, copy);
    app->inspector.folded = INSPECTOR_FOLDED_AT_FIRST;
    app->inspector.loading = app_inspector_load(copy.id, effects);
    app_inspector_show(app);
    return true;
}

/* --- comparing ---------------------------------------------------------------------- */

static bool take_event_side(struct inspector_side *side, const struct event *event)
{
    (void)snprintf(side->name, sizeof side->name, "%s", event->id);
    (void)snprintf(side->type, sizeof side->type, "%s", event->type != NULL ? event->type : "");
    side->at_ms = event->created_ms;
    return event->raw != NULL &&
           inspector_copy_bytes(event->raw, event->raw_length, &side->bytes, &side->length);
}

static bool take_live_side(struct inspector_side *side, const struct delivery *delivery,
                           struct effects *effects)
{
    (void)snprintf(side->name, sizeof side->name, "%s",
                   delivery->event_id != NULL ? delivery->event_id : "without an event id");
    (void)snprintf(side->type, sizeof side->type, "%s",
                   delivery->event_type != NULL ? delivery->event_type : "");
    side->at_ms = delivery->received_ms;
    side->arrived = true;
    side->verdict = delivery->verdict;
    side->delivery_id = delivery->id;
    return app_inspector_load(delivery->id, effects);
}

/* Takes the pane's marked events as sides, from side `count` on; returns how many there are now. */
static size_t take_marked(struct app *app, enum pane pane, size_t count, struct effects *effects)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    for (size_t i = 0; count < 2 && list_mark_next(app, pane, &i); i++) {
        struct inspector_side *side = &app->inspector.sides[count];
        bool taken = pane == PANE_GAPS ? take_event_side(side, &app->gaps.rows[i].event)
                     : pane == PANE_UPCOMING
                         ? endpoint != NULL && take_event_side(side, &endpoint->upcoming.items[i])
                         : take_live_side(side, &state_live_row(app, i)->delivery, effects);
        count += taken;
    }
    return count;
}

void app_inspector_compare(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    enum pane pane = app->focus;
    bool has_events = pane == PANE_UPCOMING || pane == PANE_LIVE || pane == PANE_GAPS;
    bool both = !has_events || list_mark_count(app, pane) != 2;
    size_t marked = both ? list_mark_count(app, PANE_UPCOMING) + list_mark_count(app, PANE_LIVE) +
                               list_mark_count(app, PANE_GAPS)
                         : list_mark_count(app, pane);
    char key[KEYMAP_LABEL_SIZE];
    if (marked != 2) {
        app_say(app, TONE_INFO,
                "comparing takes two marked events of panes 2, 4, 5; %zu marked (%s marks)", marked,
                state_pane_key(app, ACTION_MARK, key));
        return;
    }
    inspector_drop(inspector);
    inspector_close(inspector);
    size_t taken = both || pane == PANE_UPCOMING ? take_marked(app, PANE_UPCOMING, 0, effects) : 0;
    if (both || pane == PANE_LIVE)
        taken = take_marked(app, PANE_LIVE, taken, effects);
    if (both || pane == PANE_GAPS)
        taken = take_marked(app, PANE_GAPS, taken, effects);
    if (taken != 2) {
        inspector_close(inspector);
        app_say(app, TONE_BAD, "the marked events could not be read");
        return;
    }
    inspector->kind = INSPECTOR_COMPARISON;
    inspector->folded = 0;
    (void)snprintf(inspector->title, sizeof inspector->title, "%s beside %s",
                   inspector->sides[0].name, inspector->sides[1].name);
    show(app);
}

void app_inspector_close(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    bool follow = inspector->list_followed && inspector->kind != INSPECTOR_NONE;
    inspector_drop(inspector);
    inspector_stop_finding(inspector);
    inspector_close(inspector);
    inspector->list_followed = inspector->zoomed = false;
    app_lay_out(app);
    if (follow)
        list_follow(app, app->focus);
}

/* --- what comes from the store ------------------------------------------------------ */

static bool take_delivery(struct inspector *inspector, const struct delivery *delivery)
{
    bool copied = true;
    for (size_t i = 0; copied && i < delivery->headers.count; i++)
        copied = header_list_add(&inspector->delivery.headers, delivery->headers.items[i].name,
                                 delivery->headers.items[i].value);
    attempt_list_clear(&inspector->delivery.repeats);
    inspector->delivery.attempts = delivery->attempts;
    copied = attempt_list_copy(&inspector->delivery.repeats, &delivery->repeats) && copied;
    return inspector_copy_bytes(delivery->body, delivery->body_length, &inspector->delivery.body,
                                &inspector->delivery.body_length) &&
           copied;
}

static void loaded_side(struct app *app, struct inspector_side *side,
                        const struct delivery *delivery, const char *text)
{
    side->delivery_id = 0;
    if (delivery == NULL)
        app_say(app, TONE_BAD, "%s", text);
    else if (!inspector_copy_bytes(delivery->body, delivery->body_length, &side->bytes,
                                   &side->length))
        app_say(app, TONE_BAD, "the delivery could not be read: out of memory");
}

/* The delivery that was stepped to takes the place of the one that is shown. */
static void show_next(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    struct delivery next = inspector->next;
    inspector->next = (struct delivery){0};
    inspector_remember(inspector);
    bool has_memory = inspector->has_memory;
    inspector_close(inspector);
    show_delivery(inspector, next);
    inspector->loading = true;
    inspector->has_memory = has_memory;
}

void app_inspector_loaded(struct app *app, int64_t id, const struct delivery *delivery,
                          const char *text)
{
    struct inspector *inspector = &app->inspector;
    bool wanted = false;
    if (inspector->next.id != 0 && inspector->next.id == id)
        show_next(app);
    if (inspector->kind == INSPECTOR_DELIVERY && inspector->loading &&
        inspector->delivery_id == id) {
        wanted = true;
        inspector->loading = false;
        if (delivery == NULL)
            app_say(app, TONE_BAD, "%s", text);
        else if (!take_delivery(inspector, delivery))
            app_say(app, TONE_BAD, "not all of this delivery could be read: out of memory");
    }
    for (size_t i = 0; inspector->kind == INSPECTOR_COMPARISON && i < 2; i++) {
        if (inspector->sides[i].delivery_id == id && id != 0) {
            wanted = true;
            loaded_side(app, &inspector->sides[i], delivery, text);
        }
    }
    if (!wanted)
        return; /* the answer to a question of before */
    bool at_end = inspector->cursor > 0 && inspector->cursor + 1 == inspector->line_count;
    app_inspector_tell(app);
    if (at_end && !inspector->has_memory)
        inspector_move_to_end(inspector, true); /* who went there wants what comes there */
    inspector_recall(inspector);
    inspector->has_memory = false;
}

void app_inspector_diagnosed(struct app *app, int64_t id, const struct doctor_report *diagnosis)
{
    struct inspector *inspector = &app->inspector;
    if (inspector->kind != INSPECTOR_DELIVERY || inspector->delivery_id != id)
        return;
    inspector_remember(inspector);
    inspector->diagnosis = *diagnosis;
    app_inspector_tell(app);
    inspector_recall(inspector);
    inspector->has_memory = false;
}

void app_inspector_follow_endpoint(struct app *app, const char *webhook_id,
                                   const struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    struct webhook now;
    if (effects->still || inspector->kind != INSPECTOR_ENDPOINT ||
        (webhook_id != NULL && strcmp(webhook_id, inspector->webhook.id) != 0))
        return;
    const struct endpoint *endpoint = state_find_endpoint(app, inspector->webhook.id);
    if (endpoint == NULL || !webhook_copy(&now, &endpoint->webhook))
        return;
    webhook_clear(&inspector->webhook);
    inspector->webhook = now;
    inspector_remember(inspector);
    app_inspector_tell(app);
    inspector_recall(inspector);
    inspector->has_memory = false;
}
