/* The history of an object in the dashboard: all events of one event_object_id, as the store and
   Bridge have them. Which there are and how they differ is found out off the loop. */
#include "tui/app_private.h"
#include "tui/lookup.h"
#include "tui/rows.h"

#include "api/redact.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BRIDGE_EVENTS_MAX = 256 }; /* of one object, that only Bridge told of */

/* --- what is known of Bridge's ------------------------------------------------------ */

static bool has_event(const struct event_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id, id) == 0)
            return true;
    return false;
}

/* True: it is one more. */
static bool take_event(struct object_told *told, const struct event *event)
{
    struct event_list *bridge = &told->bridge;
    if (event->object_id == NULL || told->object_id[0] == '\0' ||
        strcmp(event->object_id, told->object_id) != 0 || bridge->count == BRIDGE_EVENTS_MAX ||
        has_event(bridge, event->id))
        return false;
    if (bridge->items == NULL)
        bridge->items = calloc(BRIDGE_EVENTS_MAX, sizeof *bridge->items);
    if (bridge->items == NULL || !event_copy(&bridge->items[bridge->count], event))
        return false;
    bridge->count++;
    return true;
}

static bool take_events(struct object_told *told, const struct event_list *events)
{
    bool more = false;
    for (size_t i = 0; i < events->count; i++)
        more = take_event(told, &events->items[i]) || more;
    return more;
}

/* What waits in queues, and what is missing here. */
static bool take_known(const struct app *app, struct object_told *told)
{
    bool more = false;
    for (size_t i = 0; i < app->endpoint_count; i++)
        more = take_events(told, &app->endpoints[i].upcoming) || more;
    for (size_t i = 0; i < app->gaps.count; i++)
        more = take_event(told, &app->gaps.rows[i].event) || more;
    return more;
}

/* The event's object, where it was not known. */
static void learn_object(struct object_told *told, const struct event_list *events)
{
    for (size_t i = 0; told->object_id[0] == '\0' && i < events->count; i++) {
        const struct event *event = &events->items[i];
        if (strcmp(event->id, told->event_id) == 0 && event->object_id != NULL &&
            strlen(event->object_id) < sizeof told->object_id)
            (void)snprintf(told->object_id, sizeof told->object_id, "%s", event->object_id);
    }
}

/* --- reading --------------------------------------------------------------------------- */

static void look_up(struct app *app, struct object_told *told, uint64_t delay_ms,
                    struct effects *effects)
{
    struct effect *effect = told_look_up(app, &told->reading, delay_ms, effects);
    if (effect == NULL)
        return;
    effect->event_id = told->event_id;
    effect->object_id = told->object_id;
    effect->bridge = &told->bridge;
}

/* --- opening ----------------------------------------------------------------------------- */

/* What is selected or shown is about this object; NULL: not known. */
static const char *object_at(const struct app *app)
{
    const struct inspector *inspector = &app->inspector;
    switch (inspector->kind) {
    case INSPECTOR_EVENT:
        return inspector->event.object_id;
    case INSPECTOR_DELIVERY:
        return inspector->delivery.object_id;
    case INSPECTOR_TRACE:
        return inspector->trace->event.object_id;
    case INSPECTOR_NONE:
        break;
    default:
        return NULL;
    }
    if (app->focus == PANE_UPCOMING) {
        const struct event *event = state_selected_upcoming(app);
        return event != NULL ? event->object_id : NULL;
    }
    if (app->focus == PANE_LIVE) {
        const struct live_row *row = state_selected_live(app);
        return row != NULL ? row->delivery.object_id : NULL;
    }
    if (app->focus == PANE_GAPS) {
        const struct gap_row *row = state_selected_gap(app);
        return row != NULL ? row->event.object_id : NULL;
    }
    return NULL;
}

static void set_title(struct inspector *inspector)
{
    const struct object_told *told = inspector->object;
    (void)snprintf(inspector->title, sizeof inspector->title, "History of %s",
                   told->object_id[0] != '\0' ? told->object_id : "an object");
}

static void show(struct app *app, struct object_told *told, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    inspector->kind = INSPECTOR_OBJECT;
    inspector->object = told;
    inspector->folded = 0;
    for (size_t i = 0; i < app->endpoint_count; i++)
        learn_object(told, &app->endpoints[i].upcoming);
    (void)take_known(app, told);
    set_title(inspector);
    look_up(app, told, 0, effects);
    told->asked_bridge = told_ask_bridge(app, effects);
    if (app->environment != ENVIRONMENT_NONE)
        (void)app_effect(effects, EFFECT_WANT);
}

void app_object_open(struct app *app, struct effects *effects)
{
    const char *event_id = told_event(app), *object_id = object_at(app);
    if (app->inspector.kind == INSPECTOR_OBJECT) {
        app_say(app, TONE_INFO, "this is its history");
        return;
    }
    if (object_id != NULL && (object_id[0] == '\0' || strlen(object_id) >= OBJECT_ID_SIZE))
        object_id = NULL;
    if (event_id == NULL && object_id == NULL) {
        app_say(app, TONE_INFO, "no event is selected whose object could be looked up");
        return;
    }
    struct object_told *told = calloc(1, sizeof *told);
    if (told == NULL) {
        app_say(app, TONE_BAD, "the history could not be opened: out of memory");
        return;
    }
    (void)snprintf(told->event_id, sizeof told->event_id, "%s", event_id != NULL ? event_id : "");
    (void)snprintf(told->object_id, sizeof told->object_id, "%s",
                   object_id != NULL ? object_id : "");
    if (!app_inspector_begin(app)) {
        object_told_free(told);
        return;
    }
    show(app, told, effects);
    app_inspector_show(app);
}

void app_object_refresh(struct app *app, struct effects *effects)
{
    struct object_told *told = app->inspector.object;
    told->reading.asked = 0;
    look_up(app, told, 0, effects);
}

/* --- what comes ---------------------------------------------------------------------------- */

static struct object_told *told_now(struct app *app)
{
    return app->inspector.kind == INSPECTOR_OBJECT ? app->inspector.object : NULL;
}

/* The cursor begins on the event from which it was opened. */
static void go_to_event(struct app *app, const struct object_told *told)
{
    struct inspector *inspector = &app->inspector;
    inspector->memory = (struct inspector_memory){.section = SECTION_HISTORY,
                                                  .line_in_section = 1,
                                                  .field_id = object_event_mark(told->event_id)};
    inspector->has_memory = true;
    inspector_recall(inspector);
    inspector->has_memory = false;
}

void app_object_read(struct app *app, const struct message *message, struct effects *effects)
{
    struct object_told *told = told_now(app);
    if (told == NULL || told->reading.asked == 0 || told->reading.asked != message->search)
        return; /* the answer to a question of before */
    bool first = told->history == NULL;
    told->trouble[0] = '\0';
    if (message->text != NULL)
        (void)snprintf(told->trouble, sizeof told->trouble, "%s", message->text);
    if (told->object_id[0] == '\0' && message->object_id != NULL)
        (void)snprintf(told->object_id, sizeof told->object_id, "%s", message->object_id);
    if (message->history != NULL && *message->history != NULL) {
        object_history_free(told->history);
        told->history = *message->history;
        *message->history = NULL;
    }
    if (message->searched) {
        told->reading.asked = 0;
        told->whole = message->whole;
        if (take_known(app, told)) /* which object that is about was not known before */
            told->reading.again = true;
    }
    set_title(&app->inspector);
    app_inspector_retell(app);
    if (first && told->history != NULL)
        go_to_event(app, told);
    if (message->searched && told->reading.again)
        look_up(app, told, LOOKUP_AGAIN_MS, effects);
}

void app_object_arrived(struct app *app, const struct delivery *delivery, struct effects *effects)
{
    struct object_told *told = told_now(app);
    if (told != NULL && delivery->verdict == VERDICT_GENUINE && delivery->object_id != NULL &&
        strcmp(delivery->object_id, told->object_id) == 0)
        look_up(app, told, LOOKUP_AGAIN_MS, effects);
}

void app_object_bridge_told(struct app *app, const struct event_list *events,
                            struct effects *effects)
{
    struct object_told *told = told_now(app);
    if (told == NULL)
        return;
    learn_object(told, events);
    if (take_events(told, events))
        look_up(app, told, 0, effects);
}

/* --- what it says ----------------------------------------------------------------------------- */

uint64_t object_event_mark(const char *event_id)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (const char *byte = event_id; *byte != '\0'; byte++)
        hash = (hash ^ (unsigned char)*byte) * UINT64_C(0x100000001B3); /* FNV-1a */
    return hash | 1;
}

static const char *value_of(const struct app *app, const struct object_value *value)
{
    if (value->text[0] == '\0')
        return "–";
    return value->hidden && app->masked ? REDACT_MASK : value->text;
}

static void tell_changes(struct app *app, const struct object_event *event, uint64_t mark)
{
    struct inspector *inspector = &app->inspector;
    for (size_t i = 0; i < event->change_count; i++) {
        const struct object_change *change = &event->changes[i];
        inspector_fieldf(inspector, "", ROLE_NORMAL, "  %s: %s → %s", change->path,
                         value_of(app, &change->old), value_of(app, &change->new));
        inspector_field_of(inspector, mark);
    }
    if (event->more_changes > 0)
        inspector_fieldf(inspector, "", ROLE_DIM, "  … and %zu more", event->more_changes);
    if (event->change_count > 0)
        return;
    inspector_field(inspector, "", ROLE_DIM,
                    event->compared ? "  the object is as it was before"
                                    : "  not compared: not both are there, or they are too large");
    inspector_field_of(inspector, mark);
}

static void tell_marks(struct app *app, const struct object_event *event, const char *last,
                       uint64_t mark)
{
    struct inspector *inspector = &app->inspector;
    if (event->back) {
        inspector_fieldf(inspector, "", ROLE_WARN, "  ! a step back: it had left %s before",
                         event->status);
        inspector_field_of(inspector, mark);
    }
    if (event->jump) {
        inspector_fieldf(inspector, "", ROLE_WARN,
                         "  ! a jump: it says that it was %s, and the event before left it at %s: "
                         "one between them is missing",
                         event->was, last);
        inspector_field_of(inspector, mark);
    }
    if (event->late) {
        inspector_field(inspector, "", ROLE_DIM, "  it arrived after one that is later");
        inspector_field_of(inspector, mark);
    }
}

static void tell_one(struct app *app, const struct object_event *event, const char *last)
{
    struct inspector *inspector = &app->inspector;
    char moment[64], sequence[32] = "";
    uint64_t mark = object_event_mark(event->event_id);
    int64_t at = event->created_ms >= 0 ? event->created_ms : event->received_ms;
    (void)snprintf(moment, sizeof moment, "no time");
    if (at >= 0)
        rows_format_moment(moment, sizeof moment, app->times, at, app->now_ms);
    if (event->sequence >= 0)
        (void)snprintf(sequence, sizeof sequence, "  #%" PRId64, event->sequence);
    size_t used = strlen(moment);
    (void)snprintf(moment + used, sizeof moment - used, "%s", sequence);
    bool stays = last != NULL && event->status != NULL && strcmp(last, event->status) == 0;
    inspector_fieldf(
        inspector, moment, event->back || event->jump ? ROLE_WARN : ROLE_STRONG,
        "%s%s%s%s  %s  %s%s", last != NULL && !stays ? last : "",
        last != NULL && !stays ? " → " : "", event->status != NULL ? event->status : "no status",
        stays ? ", as before" : "", event->type != NULL ? event->type : "", event->event_id,
        event->received_ms < 0 ? "  not arrived here, told by Bridge" : "");
    inspector_field_of(inspector, mark);
    tell_marks(app, event, last, mark);
}

static void tell_summary(struct app *app, const struct object_told *told)
{
    struct inspector *inspector = &app->inspector;
    const struct object_history *history = told->history;
    size_t back = 0, jumps = 0, absent = 0;
    inspector_add_fields(inspector, SECTION_SUMMARY);
    inspector_field(inspector, "object", ROLE_STRONG,
                    told->object_id[0] != '\0' ? told->object_id : NULL);
    if (told->trouble[0] != '\0')
        inspector_field(inspector, "trouble", ROLE_BAD, told->trouble);
    if (told->reading.asked != 0)
        inspector_field(inspector, "", ROLE_DIM, "the store is being searched…");
    else if (told->object_id[0] == '\0')
        inspector_field(inspector, "", ROLE_DIM,
                        "which object the event is about is not known: it neither arrived here nor "
                        "is it among Bridge's newest events");
    for (size_t i = 0; history != NULL && i < history->count; i++) {
        back += history->events[i].back;
        jumps += history->events[i].jump;
        absent += history->events[i].received_ms < 0;
    }
    if (history == NULL)
        return;
    inspector_fieldf(inspector, "events", ROLE_NORMAL, "%zu%s%s", history->count,
                     history->more ? ", the newest: older ones are not shown" : "",
                     told->whole || history->more || told->reading.asked != 0 ? "" : " so far");
    if (absent > 0)
        inspector_fieldf(inspector, "not here", ROLE_WARN, "%zu that only Bridge told of", absent);
    if (back > 0)
        inspector_fieldf(inspector, "steps back", ROLE_WARN, "%zu", back);
    if (jumps > 0)
        inspector_fieldf(inspector, "jumps", ROLE_WARN, "%zu", jumps);
}

void app_object_tell(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct object_told *told = inspector->object;
    const struct object_history *history = told->history;
    const char *last = NULL;
    char key[KEYMAP_LABEL_SIZE];
    tell_summary(app, told);
    inspector_add_fields(inspector, SECTION_HISTORY);
    for (size_t i = 0; history != NULL && i < history->count; i++) {
        const struct object_event *event = &history->events[i];
        tell_one(app, event, last);
        if (i > 0)
            tell_changes(app, event, object_event_mark(event->event_id));
        last = event->status != NULL ? event->status : last;
    }
    if (history == NULL || history->count == 0)
        inspector_field(inspector, "", ROLE_DIM,
                        told->reading.asked != 0 ? "being read…" : "no event of it is known");
    else
        inspector_note(inspector, "%s opens an event",
                       keymap_key_label(&app->keymap, ACTION_TOGGLE_FOLD, PLACE_DETAIL, key));
}

/* --- what a line of it stands for ------------------------------------------------------------- */

const struct object_event *object_selected(const struct app *app)
{
    const struct object_told *told = app->inspector.object;
    uint64_t mark = inspector_selected_field(&app->inspector);
    for (size_t i = 0; mark != 0 && told->history != NULL && i < told->history->count; i++)
        if (object_event_mark(told->history->events[i].event_id) == mark)
            return &told->history->events[i];
    return NULL;
}

const char *object_selected_event(const struct app *app)
{
    const struct object_event *event = object_selected(app);
    return event != NULL ? event->event_id : NULL;
}

bool app_object_open_selected(struct app *app, struct effects *effects)
{
    if (app->inspector.kind != INSPECTOR_OBJECT)
        return false;
    const struct object_event *event = object_selected(app);
    if (event == NULL)
        return false;
    if (event->delivery.id == 0)
        return event->bridge.id != NULL && app_inspector_open_event(app, &event->bridge);
    return app_inspector_open_delivery(app, &event->delivery, effects);
}
