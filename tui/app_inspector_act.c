/* The inspector in the dashboard: what Enter opens in which pane, what comes from the store, and
   its keys. It holds copies, so that a refresh under it changes nothing. */
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

static bool open_event(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct event *event = state_selected_upcoming(app);
    if (event == NULL || !event_copy(&inspector->event, event))
        return false;
    inspector->kind = INSPECTOR_EVENT;
    (void)snprintf(inspector->title, sizeof inspector->title, "Upcoming event %s", event->id);
    return true;
}

static bool open_log(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct log_entry *entry = state_selected_log(app);
    if (entry == NULL || !log_entry_copy(&inspector->log, entry))
        return false;
    inspector->kind = INSPECTOR_LOG;
    (void)snprintf(inspector->title, sizeof inspector->title, "Delivery of %s",
                   entry->event_id != NULL ? entry->event_id : "an event");
    return true;
}

static bool load(int64_t delivery_id, struct effects *effects)
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
    inspector->loading = load(summary.id, effects);
    return true;
}

static bool open_selected(struct app *app, struct effects *effects)
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
    inspector_close(inspector);
    inspector->folded = UINT32_C(1) << SECTION_EVENT | UINT32_C(1) << SECTION_RAW;
    if (!open_selected(app, effects)) {
        inspector_close(inspector);
        return;
    }
    show(app);
}

/* --- comparing ---------------------------------------------------------------------- */

static bool take_event_side(struct inspector_side *side, const struct event *event)
{
    (void)snprintf(side->name, sizeof side->name, "%s", event->id);
    return event->raw != NULL &&
           inspector_copy_bytes(event->raw, event->raw_length, &side->bytes, &side->length);
}

static bool take_live_side(struct inspector_side *side, const struct delivery *delivery,
                           struct effects *effects)
{
    (void)snprintf(side->name, sizeof side->name, "%s",
                   delivery->event_id != NULL ? delivery->event_id : "without an event id");
    side->delivery_id = delivery->id;
    return load(delivery->id, effects);
}

/* Takes the pane's marked events as sides, from side `count` on; returns how many there are now. */
static size_t take_marked(struct app *app, enum pane pane, size_t count, struct effects *effects)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    for (size_t i = 0; count < 2 && list_mark_next(app, pane, &i); i++) {
        struct inspector_side *side = &app->inspector.sides[count];
        bool taken = pane == PANE_UPCOMING
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
    bool has_events = pane == PANE_UPCOMING || pane == PANE_LIVE;
    bool both = !has_events || list_mark_count(app, pane) != 2;
    size_t marked = both ? list_mark_count(app, PANE_UPCOMING) + list_mark_count(app, PANE_LIVE)
                         : list_mark_count(app, pane);
    if (marked != 2) {
        app_say(app, TONE_INFO,
                "comparing takes two marked events of panes 2 and 4; %zu marked (Space marks)",
                marked);
        return;
    }
    inspector_close(inspector);
    size_t taken = both || pane == PANE_UPCOMING ? take_marked(app, PANE_UPCOMING, 0, effects) : 0;
    if (both || pane == PANE_LIVE)
        taken = take_marked(app, PANE_LIVE, taken, effects);
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

/* --- keys ---------------------------------------------------------------------------- */

/* What is shown stays until the next one's body is there: no frame shows half of it. */
static bool read_next(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    const struct live_row *row = state_selected_live(app);
    delivery_clear(&inspector->next);
    if (row == NULL || row->delivery.id == 0 ||
        !delivery_copy_summary(&inspector->next, &row->delivery))
        return false;
    if (load(row->delivery.id, effects))
        return true;
    delivery_clear(&inspector->next);
    return false;
}

/* The next or previous event of the list behind, which stays paused on it. */
static void step(struct app *app, int by, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    struct list *list = &app->lists[app->focus];
    size_t before = list->cursor;
    if (inspector->kind == INSPECTOR_COMPARISON) {
        app_say(app, TONE_INFO, "a comparison has no next one");
        return;
    }
    list_move(app, app->focus, by);
    if (list->cursor == before) {
        app_say(app, TONE_INFO, "this is the %s one", by > 0 ? "last" : "first");
        return;
    }
    if (app->focus == PANE_ENDPOINTS)
        app_endpoint_selected(app, effects);
    list->following = false;
    inspector->list_followed = false;
    if (inspector->kind == INSPECTOR_DELIVERY && read_next(app, effects))
        return;
    inspector_remember(inspector);
    inspector_close(inspector);
    inspector->has_memory = true;
    if (!open_selected(app, effects)) {
        app_inspector_close(app);
        return;
    }
    app_inspector_tell(app);
    inspector_recall(inspector);
    inspector->has_memory = inspector->loading;
}

static void back(struct app *app)
{
    if (inspector_finds(&app->inspector))
        inspector_stop_finding(&app->inspector);
    else
        app_inspector_close(app);
}

static void next_match(struct app *app, int by)
{
    struct inspector *inspector = &app->inspector;
    if (!inspector_finds(inspector))
        app_say(app, TONE_INFO, "nothing is searched for: / finds text here");
    else if (inspector->find.count == 0)
        app_say(app, TONE_INFO, "not found: %s", inspector->find.needle.text);
    else
        inspector_next_match(inspector, by);
}

static void zoom(struct app *app)
{
    app->inspector.zoomed = !app->inspector.zoomed;
    app_lay_out(app);
    app_inspector_lay_out(app);
}

void app_inspector_act(struct app *app, enum action action, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    switch (action) {
    case ACTION_BACK:
        back(app);
        break;
    case ACTION_DOWN:
        inspector_move(inspector, 1);
        break;
    case ACTION_UP:
        inspector_move(inspector, -1);
        break;
    case ACTION_PAGE_DOWN:
        inspector_page(inspector, 1);
        break;
    case ACTION_PAGE_UP:
        inspector_page(inspector, -1);
        break;
    case ACTION_TOP:
        inspector_move_to_end(inspector, false);
        break;
    case ACTION_BOTTOM:
        inspector_move_to_end(inspector, true);
        break;
    case ACTION_FOLD:
        inspector_fold(inspector);
        break;
    case ACTION_UNFOLD:
        inspector_unfold(inspector);
        break;
    case ACTION_TOGGLE_FOLD:
        inspector_toggle(inspector);
        break;
    case ACTION_FOLD_ALL:
        inspector_fold_all(inspector, true);
        break;
    case ACTION_UNFOLD_ALL:
        inspector_fold_all(inspector, false);
        break;
    case ACTION_NEXT_SECTION:
        inspector_next_section(inspector, 1);
        break;
    case ACTION_PREVIOUS_SECTION:
        inspector_next_section(inspector, -1);
        break;
    case ACTION_NEXT_EVENT:
        step(app, 1, effects);
        break;
    case ACTION_PREVIOUS_EVENT:
        step(app, -1, effects);
        break;
    case ACTION_ZOOM:
        zoom(app);
        break;
    case ACTION_FIND:
        inspector_begin_search(inspector);
        break;
    case ACTION_NEXT_MATCH:
        next_match(app, 1);
        break;
    case ACTION_PREVIOUS_MATCH:
        next_match(app, -1);
        break;
    case ACTION_SEND:
        plans_act(app, action);
        break;
    case ACTION_WRAP:
        inspector->cut_lines = !inspector->cut_lines;
        app_inspector_lay_out(app);
        break;
    default:
        break;
    }
}

void app_inspector_found(struct app *app, enum action action)
{
    if (action == ACTION_DECLINE)
        inspector_leave_search(&app->inspector);
    else if (action == ACTION_SUBMIT)
        app->inspector.find.typing = false;
}
