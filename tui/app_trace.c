/* The trace of an event in the dashboard: what opens it, what is found out meanwhile, and what
   joins while it is open. What it says is told by app_trace_tell.c. */
#include "tui/app_private.h"
#include "tui/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWERED_MS = 60 * 1000, /* what came so long ago has been answered, if it ever is */
    ANSWERS_LATER_MS = 1500, /* their times are written when there is time for it */
};

/* --- what somebody waits for ------------------------------------------------------- */

/* Asks Bridge for its newest events, where some may be what is looked for; not again and again. */
bool told_ask_bridge(struct app *app, struct effects *effects)
{
    if (app->environment == ENVIRONMENT_NONE || app->now_ms < app->told_learn_ms)
        return false;
    if (app_effect(effects, EFFECT_LEARN) == NULL)
        return false;
    app->told_learn_ms = app->now_ms + TOLD_LEARN_MS;
    return true;
}

uint64_t state_looks_up(const struct app *app)
{
    const struct inspector *inspector = &app->inspector;
    if (inspector->kind == INSPECTOR_TRACE && inspector->trace != NULL)
        return inspector->trace->reading.asked;
    if (inspector->kind == INSPECTOR_OBJECT && inspector->object != NULL)
        return inspector->object->reading.asked;
    return 0;
}

struct effect *told_look_up(struct app *app, struct told_reading *reading, uint64_t delay_ms,
                            struct effects *effects)
{
    if (reading->asked != 0) {
        reading->again = true;
        return NULL;
    }
    struct effect *effect = app_effect(effects, EFFECT_LOOK_UP);
    if (effect == NULL)
        return NULL;
    reading->again = false;
    reading->asked = effect->search = ++app->lookup_serial;
    effect->delay_ms = delay_ms;
    return effect;
}

static void look_up(struct app *app, struct trace_told *told, uint64_t delay_ms,
                    struct effects *effects)
{
    struct effect *effect = told_look_up(app, &told->reading, delay_ms, effects);
    if (effect != NULL)
        effect->event_id = told->event_id;
}

/* --- the event itself ----------------------------------------------------------------- */

static bool take_event(struct trace_told *told, const struct event *event)
{
    if (told->event.id != NULL || strcmp(event->id, told->event_id) != 0)
        return false;
    return event_copy(&told->event, event);
}

static void find_event(const struct app *app, struct trace_told *told)
{
    for (size_t i = 0; i < app->endpoint_count; i++)
        for (size_t j = 0; j < app->endpoints[i].upcoming.count; j++)
            if (take_event(told, &app->endpoints[i].upcoming.items[j]))
                return;
    for (size_t i = 0; i < app->gaps.count; i++)
        if (take_event(told, &app->gaps.rows[i].event))
            return;
}

/* What arrived says what Bridge would. */
static void read_event(struct trace_told *told)
{
    const struct delivery *delivery = &told->record->delivery;
    struct event event = {0};
    bool is_event = false;
    if (told->event.id == NULL && told->record->found && delivery->body != NULL &&
        event_decode_if_one(delivery->body, delivery->body_length, &event, &is_event) && is_event)
        (void)take_event(told, &event);
    event_clear(&event);
    if (told->event.id == NULL && told->record->told.id != NULL)
        (void)take_event(told, &told->record->told);
}

/* --- opening ------------------------------------------------------------------------------ */

/* The event that is selected in the pane, or that the inspector is about. */
static const char *event_at(const struct app *app)
{
    const struct inspector *inspector = &app->inspector;
    const struct event *event;
    const struct log_entry *entry;
    const struct live_row *row;
    const struct gap_row *gap;
    switch (inspector->kind) {
    case INSPECTOR_EVENT:
        return inspector->event.id;
    case INSPECTOR_LOG:
        return inspector->log.event_id;
    case INSPECTOR_DELIVERY:
        return inspector->delivery.event_id;
    case INSPECTOR_TRACE:
        return inspector->trace->event_id;
    case INSPECTOR_OBJECT:
        return object_selected_event(app);
    case INSPECTOR_ENDPOINT:
    case INSPECTOR_COMPARISON:
        return NULL;
    case INSPECTOR_NONE:
        break;
    }
    switch (app->focus) {
    case PANE_UPCOMING:
        event = state_selected_upcoming(app);
        return event != NULL ? event->id : NULL;
    case PANE_DELIVERIES:
        entry = state_selected_log(app);
        return entry != NULL ? entry->event_id : NULL;
    case PANE_LIVE:
        row = state_selected_live(app);
        return row != NULL ? row->delivery.event_id : NULL;
    case PANE_GAPS:
        gap = state_selected_gap(app);
        return gap != NULL ? gap->event.id : NULL;
    default:
        return NULL;
    }
}

const char *told_event(const struct app *app)
{
    const char *id = event_at(app);
    return contract_id_valid(id) ? id : NULL;
}

static struct trace_told *told_new(const char *event_id)
{
    struct trace_told *told = calloc(1, sizeof *told);
    if (told != NULL)
        (void)snprintf(told->event_id, sizeof told->event_id, "%s", event_id);
    return told;
}

/* Shows it in the inspector, whose content is empty. */
static void show(struct app *app, struct trace_told *told, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    inspector->kind = INSPECTOR_TRACE;
    inspector->trace = told;
    inspector->folded = UINT32_C(1) << SECTION_KNOWN;
    (void)snprintf(inspector->title, sizeof inspector->title, "Trace of %s", told->event_id);
    find_event(app, told);
    look_up(app, told, 0, effects);
    if (app->environment != ENVIRONMENT_NONE)
        (void)app_effect(effects, EFFECT_WANT);
}

void app_trace_open(struct app *app, struct effects *effects)
{
    const char *event_id = told_event(app);
    if (app->inspector.kind == INSPECTOR_TRACE) {
        app_say(app, TONE_INFO, "this is its trace");
        return;
    }
    struct trace_told *told = event_id != NULL ? told_new(event_id) : NULL;
    if (told == NULL) {
        app_say(app, TONE_INFO,
                event_id == NULL ? "no event is selected that could be traced"
                                 : "the trace could not be opened: out of memory");
        return;
    }
    if (!app_inspector_begin(app)) {
        trace_told_free(told);
        return;
    }
    show(app, told, effects);
    app_inspector_show(app);
}

void app_trace_refresh(struct app *app, struct effects *effects)
{
    struct trace_told *told = app->inspector.trace;
    told->reading.asked = 0; /* what was asked for while something lay above it answers no more */
    look_up(app, told, 0, effects);
}

/* --- what comes ------------------------------------------------------------------------------ */

static struct trace_told *told_now(struct app *app)
{
    return app->inspector.kind == INSPECTOR_TRACE ? app->inspector.trace : NULL;
}

static bool is_new(const struct app *app, int64_t received_ms, int64_t answer_us)
{
    return answer_us < 0 && received_ms > app->now_ms - ANSWERED_MS;
}

/* How long an answer took is written a while after what was answered. */
static bool lacks_times(const struct app *app, const struct trace_told *told)
{
    const struct delivery *delivery = &told->record->delivery;
    bool lacks = told->record->found && is_new(app, delivery->received_ms, delivery->answer_us);
    for (size_t i = 0; i < delivery->repeats.count; i++)
        lacks = lacks || is_new(app, delivery->repeats.items[i].received_ms,
                                delivery->repeats.items[i].answer_us);
    return lacks;
}

void app_trace_read(struct app *app, const struct message *message, struct effects *effects)
{
    struct trace_told *told = told_now(app);
    if (told == NULL || told->reading.asked == 0 || told->reading.asked != message->search)
        return; /* the answer to a question of before */
    told->reading.asked = 0;
    told->trouble[0] = '\0';
    if (message->record != NULL && *message->record != NULL) {
        if (told->record != NULL)
            event_record_clear(told->record);
        free(told->record);
        told->record = *message->record;
        *message->record = NULL;
        read_event(told);
    } else if (message->text != NULL) {
        (void)snprintf(told->trouble, sizeof told->trouble, "%s", message->text);
    }
    if (told->event.id == NULL && !told->asked_bridge)
        told->asked_bridge = told_ask_bridge(app, effects);
    app_inspector_retell(app);
    if (told->reading.again)
        look_up(app, told, LOOKUP_AGAIN_MS, effects);
    else if (told->record != NULL && lacks_times(app, told))
        look_up(app, told, ANSWERS_LATER_MS, effects);
}

void app_trace_arrived(struct app *app, const struct delivery *delivery, struct effects *effects)
{
    struct trace_told *told = told_now(app);
    if (told != NULL && delivery->event_id != NULL &&
        strcmp(delivery->event_id, told->event_id) == 0)
        look_up(app, told, told->record != NULL ? LOOKUP_AGAIN_MS : 0, effects);
}

void app_trace_changed(struct app *app, int64_t delivery_id, struct effects *effects)
{
    struct trace_told *told = told_now(app);
    if (told != NULL && told->record != NULL && told->record->found &&
        told->record->delivery.id == delivery_id)
        look_up(app, told, LOOKUP_AGAIN_MS, effects);
}

/* The log of the endpoint for which it came grows while it is watched, selected or not. */
static void want_log(struct app *app, const struct trace_told *told, struct effects *effects)
{
    const char *id = told->record != NULL ? told->record->delivery.webhook_id : NULL;
    const struct endpoint *endpoint = state_find_endpoint(app, id);
    if (endpoint == NULL || endpoint == state_selected_endpoint(app) ||
        app->environment == ENVIRONMENT_NONE || app->now_ms - endpoint->logs_ms < POLLER_FRESH_MS)
        return;
    struct effect *effect = app_effect(effects, EFFECT_WANT);
    if (effect != NULL)
        (void)snprintf(effect->webhook_id, sizeof effect->webhook_id, "%s", id);
}

void app_trace_bridge_told(struct app *app, struct effects *effects)
{
    struct trace_told *told = told_now(app);
    if (told == NULL)
        return;
    find_event(app, told);
    want_log(app, told, effects);
    app_inspector_retell(app);
    effects->still = false;
}

void app_trace_learned(struct app *app, const struct event_list *events)
{
    struct trace_told *told = told_now(app);
    bool found = false;
    for (size_t i = 0; told != NULL && !found && i < events->count; i++)
        found = take_event(told, &events->items[i]);
    if (found)
        app_inspector_retell(app);
}
