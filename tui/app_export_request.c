/* What an export takes: the row under the cursor, marked ones, all that are shown or stored. */
#include "api/json_write.h"
#include "api/redact.h"
#include "tui/app_private.h"
#include "tui/rows.h"
#include "tui/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void export_request_clear(struct export_request *request)
{
    for (size_t i = 0; i < request->record_count; i++) {
        free(request->records[i].id);
        free(request->records[i].json);
    }
    free(request->records);
    free(request->ids);
    *request = (struct export_request){0};
}

/* --- what there is to take ------------------------------------------------------ */

/* What the inspector shows, which need not be what the list behind it is on. */
struct shown {
    int64_t delivery_id; /* 0: it did not arrive, or is none */
    const struct event *event;
    const struct log_entry *log;
    const char *id;
};

static struct shown shown_event(const struct event *event)
{
    return (struct shown){.event = event, .id = event != NULL ? event->id : NULL};
}

static struct shown shown_delivery(const struct delivery *delivery)
{
    return (struct shown){.delivery_id = delivery->id, .id = delivery->event_id};
}

static struct shown what_is_shown(const struct app *app)
{
    const struct inspector *inspector = &app->inspector;
    const struct object_event *of_object;
    switch (inspector->kind) {
    case INSPECTOR_DELIVERY:
        return (struct shown){.delivery_id = inspector->delivery_id,
                              .id = inspector->delivery.event_id};
    case INSPECTOR_EVENT:
        return shown_event(&inspector->event);
    case INSPECTOR_LOG:
        return (struct shown){.log = &inspector->log, .id = inspector->log.event_id};
    case INSPECTOR_TRACE:
        if (inspector->trace->record != NULL && inspector->trace->record->found)
            return shown_delivery(&inspector->trace->record->delivery);
        return shown_event(inspector->trace->event.id != NULL ? &inspector->trace->event : NULL);
    case INSPECTOR_OBJECT:
        of_object = object_selected(app);
        if (of_object != NULL && of_object->delivery.id != 0)
            return shown_delivery(&of_object->delivery);
        return shown_event(of_object != NULL && of_object->bridge.id != NULL ? &of_object->bridge
                                                                             : NULL);
    default:
        return (struct shown){0};
    }
}

/* Whether the inspector is open on one arrival. */
static bool inspects_arrival(const struct app *app)
{
    return what_is_shown(app).delivery_id != 0;
}

/* Whether it shows something that the list behind it need not be on. */
static bool inspects_one(const struct app *app)
{
    enum inspector_kind kind = app->inspector.kind;
    return kind != INSPECTOR_NONE && kind != INSPECTOR_ENDPOINT && kind != INSPECTOR_COMPARISON;
}

static bool selected_index(const struct app *app, size_t *index)
{
    const struct list *list = &app->lists[app->focus];
    bool any = list->cursor < list->count;
    if (any)
        *index = list->rows[list->cursor];
    return any;
}

static const struct delivery *arrival(const struct app *app, size_t index)
{
    return &state_live_row(app, index)->delivery;
}

/* The query that pane 4 holds, "" for none. */
static const char *store_query(const struct app *app)
{
    return app->found.open ? app->lists[PANE_LIVE].query.text : "";
}

void export_count(const struct app *app, struct export_dialog *dialog)
{
    size_t index;
    const struct shown shown = what_is_shown(app);
    bool any = shown.delivery_id != 0 || shown.event != NULL || shown.log != NULL;
    dialog->counts[EXPORT_THIS] = inspects_one(app) ? any : selected_index(app, &index);
    /* As HAR or curl only what came as a request: the rows, and what is shown of them. */
    dialog->of_arrivals = app->focus == PANE_LIVE && (!inspects_one(app) || shown.delivery_id != 0);
    dialog->counts[EXPORT_MARKED] = list_mark_count(app, app->focus);
    dialog->counts[EXPORT_SHOWN] = app->lists[app->focus].count;
    dialog->finds = store_query(app)[0] != '\0';
    dialog->counts[EXPORT_STORED] =
        app->focus == PANE_LIVE && app->arrived > 0 ? (size_t)app->arrived : 0;
}

/* --- the request ----------------------------------------------------------------- */

static bool add_record(struct export_request *request, const char *id, const char *json,
                       size_t length)
{
    struct export_record *record = &request->records[request->record_count];
    record->json = malloc(length + 1);
    record->id = id != NULL ? strdup(id) : NULL;
    if (record->json == NULL)
        return false;
    memcpy(record->json, json, length);
    record->json[length] = '\0';
    record->length = length;
    request->record_count++;
    return true;
}

static bool add_endpoint(struct export_request *request, const struct webhook *webhook)
{
    enum { ENDPOINT_MAX = 1024 * 1024 };
    struct buffer json;
    char *url = request->masked && webhook->url != NULL ? redact_target(webhook->url) : NULL;
    buffer_init(&json, ENDPOINT_MAX);
    buffer_append_string(&json, "{\"id\":");
    json_write_string(&json, webhook->id);
    buffer_append_string(&json, ",\"url\":");
    json_write_string(&json, request->masked ? url : webhook->url);
    buffer_append_string(&json, ",\"status\":");
    json_write_string(&json, webhook->status_text);
    buffer_append_string(&json, ",\"created_at\":");
    json_write_string(&json, webhook->created_at);
    buffer_append_string(&json, ",\"public_key\":");
    json_write_string(&json, webhook->public_key);
    buffer_append_string(&json, ",\"event_categories\":[");
    for (size_t i = 0; i < webhook->categories.count; i++) {
        buffer_append_string(&json, i > 0 ? "," : "");
        json_write_string(&json, webhook->categories.items[i]);
    }
    buffer_append_string(&json, "]}");
    bool ok = !json.failed && add_record(request, webhook->id, json.data, json.length);
    buffer_clear(&json);
    free(url);
    return ok;
}

static bool add_row(const struct app *app, struct export_request *request, size_t index)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (app->focus == PANE_LIVE) {
        if (arrival(app, index)->id > 0)
            request->ids[request->id_count++] = arrival(app, index)->id;
        return true;
    }
    if (app->focus == PANE_ENDPOINTS)
        return add_endpoint(request, &app->endpoints[index].webhook);
    if (app->focus == PANE_GAPS) {
        const struct event *event = &app->gaps.rows[index].event;
        return event->raw == NULL || add_record(request, event->id, event->raw, event->raw_length);
    }
    if (endpoint == NULL)
        return true;
    if (app->focus == PANE_UPCOMING) {
        const struct event *event = &endpoint->upcoming.items[index];
        return add_record(request, event->id, event->raw, event->raw_length);
    }
    const struct log_entry *entry = &endpoint->logs.items[index];
    return add_record(request, entry->event_id, entry->raw, entry->raw_length);
}

static bool add_shown(struct export_request *request, struct shown shown)
{
    if (shown.delivery_id != 0) {
        request->ids[request->id_count++] = shown.delivery_id;
        return true;
    }
    if (shown.event != NULL)
        return add_record(request, shown.event->id, shown.event->raw, shown.event->raw_length);
    return shown.log != NULL &&
           add_record(request, shown.log->event_id, shown.log->raw, shown.log->raw_length);
}

static bool add_rows(const struct app *app, struct export_request *request, enum export_what what)
{
    const struct list *list = &app->lists[app->focus];
    size_t index;
    bool ok = true;
    if (what == EXPORT_THIS && inspects_one(app))
        ok = add_shown(request, what_is_shown(app));
    else if (what == EXPORT_THIS)
        ok = selected_index(app, &index) && add_row(app, request, index);
    else if (what == EXPORT_MARKED)
        for (index = 0; ok && list_mark_next(app, app->focus, &index); index++)
            ok = add_row(app, request, index);
    else
        for (size_t row = 0; ok && row < list->count; row++)
            ok = add_row(app, request, list->rows[row]);
    return ok;
}

bool export_fill(const struct app *app, struct export_request *request, enum export_what what)
{
    size_t most = rows_total(app, app->focus) + 1;
    request->stored = what == EXPORT_STORED;
    if (request->stored) {
        (void)snprintf(request->query, sizeof request->query, "%s", store_query(app));
        return true;
    }
    bool arrivals =
        what == EXPORT_THIS && inspects_one(app) ? inspects_arrival(app) : app->focus == PANE_LIVE;
    request->ids = arrivals ? calloc(most, sizeof *request->ids) : NULL;
    request->records = !arrivals ? calloc(most, sizeof *request->records) : NULL;
    return (request->ids != NULL || request->records != NULL) && add_rows(app, request, what);
}

/* --- names ------------------------------------------------------------------------ */

/* An id as part of a file's name, "" where it is none that could be. */
static const char *safe_id(const char *id)
{
    static const char SAFE[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    enum { LONGEST = 80 };
    size_t length = id != NULL ? strspn(id, SAFE) : 0;
    return length > 0 && length <= LONGEST && id[length] == '\0' && id[0] != '-' ? id : "";
}

static const char *row_id(const struct app *app)
{
    size_t index;
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (inspects_one(app))
        return what_is_shown(app).id;
    if (!selected_index(app, &index))
        return NULL;
    if (app->focus == PANE_LIVE)
        return arrival(app, index)->event_id;
    if (app->focus == PANE_ENDPOINTS)
        return app->endpoints[index].webhook.id;
    if (app->focus == PANE_GAPS)
        return app->gaps.rows[index].event.id;
    if (endpoint == NULL)
        return NULL;
    return app->focus == PANE_UPCOMING ? endpoint->upcoming.items[index].id
                                       : endpoint->logs.items[index].event_id;
}

const char *export_this_id(const struct app *app)
{
    return safe_id(row_id(app));
}
