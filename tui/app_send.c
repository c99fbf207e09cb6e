/*
 * Sending events to endpoints: the selected one, or the marked ones.
 *
 * The marked ones are one question and then a queue: one call at a time, so that Bridge's rate
 * limits are not run into, and each mark goes as its event is sent. What fails stays marked.
 */
#include "tui/app_private.h"
#include "tui/rows.h"

#include <stdio.h>
#include <string.h>

enum { FAILURES_MAX = 3 }; /* one after another, then the rest is left */

/* --- which events ------------------------------------------------------------- */

/* The event that a row of a pane stands for; of an endpoint, its first upcoming one. */
static const char *event_of_row(const struct app *app, enum pane pane, size_t index)
{
    const struct endpoint *selected = state_selected_endpoint(app);
    switch (pane) {
    case PANE_ENDPOINTS: {
        const struct event_list *upcoming = &app->endpoints[index].upcoming;
        return upcoming->count > 0 ? upcoming->items[0].id : NULL;
    }
    case PANE_UPCOMING:
        return selected->upcoming.items[index].id;
    case PANE_DELIVERIES:
        return selected->logs.items[index].event_id;
    case PANE_LIVE:
        return state_live_row(app, index)->delivery.event_id;
    case PANE_GAPS:
        return app->gaps.rows[index].event.id;
    case PANE_COUNT:
        break;
    }
    return NULL;
}

/* What arrived is sent again to the endpoint it was for, if that is known. */
static struct endpoint *endpoint_of_row(const struct app *app, enum pane pane, size_t index)
{
    struct endpoint *endpoint = NULL;
    if (pane == PANE_ENDPOINTS)
        return &app->endpoints[index];
    if (pane == PANE_LIVE)
        endpoint = state_find_endpoint(app, state_live_row(app, index)->delivery.webhook_id);
    if (pane == PANE_GAPS)
        endpoint = state_find_endpoint(app, app->gaps.rows[index].webhook_id);
    return endpoint != NULL ? endpoint : state_selected_endpoint(app);
}

static bool selected_row(const struct app *app, size_t *index)
{
    const struct list *list = &app->lists[app->focus];
    if (list->cursor >= list->count)
        return false;
    *index = list->rows[list->cursor];
    return true;
}

/* The event that the inspector shows, whatever the list behind it has become; of an endpoint, its
   first upcoming one. */
static const char *event_shown(const struct app *app, const struct endpoint *endpoint)
{
    const struct inspector *inspector = &app->inspector;
    switch (inspector->kind) {
    case INSPECTOR_ENDPOINT:
        return endpoint->upcoming.count > 0 ? endpoint->upcoming.items[0].id : NULL;
    case INSPECTOR_EVENT:
        return inspector->event.id;
    case INSPECTOR_LOG:
        return inspector->log.event_id;
    case INSPECTOR_DELIVERY:
        return inspector->delivery.event_id;
    case INSPECTOR_TRACE:
    case INSPECTOR_OBJECT:
        return told_event(app);
    case INSPECTOR_COMPARISON:
    case INSPECTOR_NONE:
        break;
    }
    return NULL;
}

static struct endpoint *endpoint_shown(const struct app *app)
{
    const struct inspector *inspector = &app->inspector;
    if (inspector->kind == INSPECTOR_ENDPOINT)
        return state_find_endpoint(app, inspector->webhook.id);
    struct endpoint *endpoint = NULL;
    const struct gap_row *gap = state_selected_gap(app);
    if (inspector->kind == INSPECTOR_DELIVERY)
        endpoint = state_find_endpoint(app, inspector->delivery.webhook_id);
    else if (app->focus == PANE_GAPS && gap != NULL)
        endpoint = state_find_endpoint(app, gap->webhook_id);
    return endpoint != NULL ? endpoint : state_selected_endpoint(app);
}

struct endpoint *send_endpoint(const struct app *app)
{
    size_t index;
    if (app->inspector.kind != INSPECTOR_NONE)
        return endpoint_shown(app);
    return selected_row(app, &index) ? endpoint_of_row(app, app->focus, index)
                                     : state_selected_endpoint(app);
}

/* --- one ------------------------------------------------------------------------ */

static void say_nothing_to_send(struct app *app, const struct endpoint *endpoint)
{
    const char *id = endpoint->webhook.id;
    if (app->focus != PANE_ENDPOINTS)
        app_say(app, TONE_INFO, "no event is selected to send to %s", id);
    else if (endpoint->upcoming_known)
        app_say(app, TONE_INFO, "%s has no upcoming event to send", id);
    else
        app_say(app, TONE_INFO, "the upcoming events of %s are not known yet", id);
}

/* Whether what is to be sent arrived here for an endpoint that is not known. */
static bool is_guess(const struct app *app)
{
    size_t index;
    const struct delivery *delivery = NULL;
    if (app->inspector.kind == INSPECTOR_DELIVERY)
        delivery = &app->inspector.delivery;
    else if (app->inspector.kind == INSPECTOR_NONE && app->focus == PANE_LIVE &&
             selected_row(app, &index))
        delivery = &state_live_row(app, index)->delivery;
    return delivery != NULL && state_find_endpoint(app, delivery->webhook_id) == NULL;
}

void send_ask(struct app *app, const struct endpoint *endpoint)
{
    size_t index;
    const char *event_id = NULL;
    if (app->inspector.kind != INSPECTOR_NONE)
        event_id = event_shown(app, endpoint);
    else if (selected_row(app, &index))
        event_id = event_of_row(app, app->focus, index);
    if (event_id == NULL) {
        say_nothing_to_send(app, endpoint);
        return;
    }
    if (strlen(event_id) > CONTRACT_ID_MAX) {
        app_say(app, TONE_WARN, "that is not an event id of Bridge's");
        return;
    }
    struct plan plan = plan_for(PLAN_SEND, endpoint);
    (void)snprintf(plan.event_id, sizeof plan.event_id, "%s", event_id);
    plan_add_step(&plan, (struct step){.call = API_SEND_EVENT});
    const char *type = state_event_type(app, event_id);
    char text[400];
    (void)snprintf(text, sizeof text,
                   "Bridge delivers event %s%s%s%s to this URL now. Its queue stays as it is.%s",
                   event_id, type != NULL ? " (" : "", type != NULL ? type : "",
                   type != NULL ? ")" : "",
                   is_guess(app) ? " Which endpoint it came for is not known: this is the one "
                                   "selected in pane 1."
                                 : "");
    plan_ask(app, plan, "Send event", "send it", text);
}

/* --- the marked ones ------------------------------------------------------------- */

static bool is_queued(const struct send_queue *queue, const char *webhook_id, const char *event_id)
{
    for (size_t i = 0; i < queue->count; i++)
        if (strcmp(queue->items[i].webhook_id, webhook_id) == 0 &&
            strcmp(queue->items[i].event_id, event_id) == 0)
            return true;
    return false;
}

/* Marked rows that are not sent. */
struct left_out {
    size_t useless;    /* they name no event that can be sent */
    size_t repeated;   /* of the gaps: their events have arrived */
    size_t disordered; /* the same */
};

/* Whether a row's event has arrived: to send it once more would only make it another gap. */
static bool leave_out(const struct app *app, size_t index, struct left_out *left)
{
    if (app->focus != PANE_GAPS || gap_is_missing(app->gaps.rows[index].reason))
        return false;
    bool repeated = app->gaps.rows[index].reason == GAP_REPEATED;
    left->repeated += repeated;
    left->disordered += !repeated;
    return true;
}

/* Fills the queue with the marked rows' events, each endpoint's once. False where there are more
   than it has room for. */
static bool fill_queue(struct app *app, struct left_out *left)
{
    struct send_queue *queue = &app->sending;
    size_t rows = 0;
    *queue = (struct send_queue){.pane = app->focus};
    *left = (struct left_out){0};
    for (size_t i = 0; list_mark_next(app, app->focus, &i); i++) {
        if (leave_out(app, i, left))
            continue;
        rows++;
        const struct endpoint *endpoint = endpoint_of_row(app, app->focus, i);
        const char *event_id = event_of_row(app, app->focus, i);
        if (endpoint == NULL || event_id == NULL || strlen(event_id) > CONTRACT_ID_MAX) {
            left->useless++;
            continue;
        }
        if (queue->count == SEND_QUEUE_MAX || is_queued(queue, endpoint->webhook.id, event_id))
            continue;
        struct send_target *target = &queue->items[queue->count++];
        (void)snprintf(target->webhook_id, sizeof target->webhook_id, "%s", endpoint->webhook.id);
        (void)snprintf(target->event_id, sizeof target->event_id, "%s", event_id);
        rows_key(app, app->focus, i, target->key);
    }
    return rows <= SEND_QUEUE_MAX;
}

/* "3 of the 5 marked rows are left out: their events have arrived (2 repeated, …)." */
static void say_left_out(const struct app *app, const struct left_out *left, char *text,
                         size_t size)
{
    size_t arrived = left->repeated + left->disordered;
    char why[80];
    int used = 0;
    text[0] = '\0';
    if (left->repeated > 0 && left->disordered > 0)
        (void)snprintf(why, sizeof why, "%zu repeated, %zu out of order", left->repeated,
                       left->disordered);
    else
        (void)snprintf(why, sizeof why, "%s", left->repeated > 0 ? "repeated" : "out of order");
    if (arrived > 0)
        used = snprintf(text, size, "\n\n%zu of the %zu marked rows %s left out: %s arrived (%s).",
                        arrived, list_mark_count(app, app->focus), arrived == 1 ? "is" : "are",
                        arrived == 1 ? "its event has" : "their events have", why);
    if (left->useless > 0 && used >= 0 && (size_t)used < size)
        (void)snprintf(text + used, size - (size_t)used,
                       " %zu marked row%s no event that can be sent: left out.", left->useless,
                       left->useless == 1 ? " names" : "s name");
}

static bool one_endpoint(const struct send_queue *queue)
{
    for (size_t i = 1; i < queue->count; i++)
        if (strcmp(queue->items[i].webhook_id, queue->items[0].webhook_id) != 0)
            return false;
    return true;
}

static size_t endpoints_of(const struct send_queue *queue)
{
    size_t endpoints = 0;
    for (size_t i = 0; i < queue->count; i++) {
        size_t first = 0;
        while (strcmp(queue->items[first].webhook_id, queue->items[i].webhook_id) != 0)
            first++;
        endpoints += first == i;
    }
    return endpoints;
}

/* "wh_1 (transfer.created), wh_2 and 3 more" */
static void name_events(const struct app *app, char *text, size_t size)
{
    enum { NAMED = 3 };
    const struct send_queue *queue = &app->sending;
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < queue->count && i < NAMED; i++) {
        const char *type = state_event_type(app, queue->items[i].event_id);
        int n = snprintf(text + at, size - at, "%s%s%s%.60s%s", i > 0 ? ", " : "",
                         queue->items[i].event_id, type != NULL ? " (" : "",
                         type != NULL ? type : "", type != NULL ? ")" : "");
        at += n > 0 && (size_t)n < size - at ? (size_t)n : 0;
    }
    if (queue->count > NAMED)
        (void)snprintf(text + at, size - at, " and %zu more", queue->count - NAMED);
}

static void ask_for_queue(struct app *app, const struct left_out *left)
{
    const struct send_queue *queue = &app->sending;
    const struct endpoint *endpoint = state_find_endpoint(app, queue->items[0].webhook_id);
    bool one = one_endpoint(queue);
    bool several = queue->count > 1;
    struct plan plan = plan_for(PLAN_SEND, endpoint);
    char title[80];
    char verb[40];
    char events[400];
    char where[400];
    char rest[240];
    (void)snprintf(title, sizeof title, "Send %zu event%s", queue->count, several ? "s" : "");
    if (several)
        (void)snprintf(verb, sizeof verb, "send all %zu", queue->count);
    else
        (void)snprintf(verb, sizeof verb, "send it");
    name_events(app, events, sizeof events);
    if (one)
        (void)snprintf(where, sizeof where, "%.300s\n%s · %s", plan.url, plan.webhook_id,
                       state_environment_name(app));
    else
        (void)snprintf(where, sizeof where, "%zu endpoints: each event to its own · %s",
                       endpoints_of(queue), state_environment_name(app));
    say_left_out(app, left, rest, sizeof rest);
    plan_ask(app, plan, title, verb, "");
    app->question.queued = true;
    char how[64] = "one event";
    if (several)
        (void)snprintf(how, sizeof how, "%zu events, one after another", queue->count);
    (void)snprintf(app->question.text, sizeof app->question.text,
                   "%s\n\nBridge delivers %s: %s. The queue%s.%s", where, how, events,
                   one ? " stays as it is" : "s stay as they are", rest);
}

void send_ask_marked(struct app *app)
{
    char key[KEYMAP_LABEL_SIZE];
    if (app->sending.running) {
        app_say(app, TONE_WARN, "events are still being sent: %s stops that",
                state_pane_key(app, ACTION_BACK, key));
        return;
    }
    struct left_out left;
    size_t marked = list_mark_count(app, app->focus);
    bool fits = fill_queue(app, &left);
    if (!fits)
        app_say(app, TONE_WARN, "%zu rows are marked: at most %d events go at once",
                marked - left.repeated - left.disordered, SEND_QUEUE_MAX);
    else if (app->sending.count > 0)
        ask_for_queue(app, &left);
    else if (left.repeated + left.disordered > 0 && left.useless == 0)
        app_say(app, TONE_INFO, "none of the %zu marked rows is missing: their events have arrived",
                marked);
    else
        app_say(app, TONE_INFO, "none of the %zu marked rows names an event to send", marked);
    if (!fits)
        app->sending.count = 0;
}

static void start_next(struct app *app, struct effects *effects)
{
    struct send_queue *queue = &app->sending;
    const struct send_target *target = &queue->items[queue->next];
    struct plan plan = plan_for(PLAN_SEND, state_find_endpoint(app, target->webhook_id));
    memcpy(plan.webhook_id, target->webhook_id, sizeof plan.webhook_id);
    memcpy(plan.event_id, target->event_id, sizeof plan.event_id);
    plan.queued = true;
    plan_add_step(&plan, (struct step){.call = API_SEND_EVENT});
    queue->running = plan_start(app, plan, effects);
    queue->next++;
}

void send_start(struct app *app, struct effects *effects)
{
    start_next(app, effects);
}

static void say_end(struct app *app)
{
    const struct send_queue *queue = &app->sending;
    size_t left = queue->count - queue->next;
    char where[64] = "";
    if (one_endpoint(queue))
        (void)snprintf(where, sizeof where, " to %s", queue->items[0].webhook_id);
    if (queue->failed == 0 && left == 0)
        app_say(app, TONE_GOOD, "sent %zu event%s%s", queue->sent, queue->sent == 1 ? "" : "s",
                where);
    else if (queue->failed == 0)
        app_say(app, TONE_WARN, "stopped: %zu of %zu events are sent%s, the others stay marked",
                queue->sent, queue->count, where);
    else
        app_say(app, TONE_BAD, "sent %zu of %zu events%s; the others stay marked: %s", queue->sent,
                queue->count, where, queue->failure);
}

void send_result(struct app *app, const struct api_result *result, struct effects *effects)
{
    struct send_queue *queue = &app->sending;
    const struct send_target *target = &queue->items[queue->next - 1];
    if (result->outcome == API_OK) {
        queue->sent++;
        queue->failed_in_a_row = 0;
        marks_drop(&app->lists[queue->pane].marks, target->key);
    } else {
        queue->failed++;
        queue->failed_in_a_row++;
        if (queue->failed == 1)
            (void)snprintf(queue->failure, sizeof queue->failure, "%s", result->error.message);
    }
    bool more =
        queue->next < queue->count && !queue->stopping && queue->failed_in_a_row < FAILURES_MAX;
    if (more) {
        start_next(app, effects);
        return;
    }
    queue->running = false;
    say_end(app);
    (void)app_effect(effects, EFFECT_REFRESH);
}

bool send_stop(struct app *app)
{
    bool stops = app->sending.running && !app->sending.stopping;
    if (stops)
        app->sending.stopping = true;
    return stops;
}
