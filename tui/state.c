#include "tui/state.h"

#include "tui/rows.h"

#include <stdio.h>
#include <string.h>

/* The row under a pane's cursor, before the filter; false in an empty list. */
static bool cursor_row(const struct app *app, enum pane pane, size_t *index)
{
    const struct list *list = &app->lists[pane];
    if (list->cursor >= list->count)
        return false;
    *index = list->rows[list->cursor];
    return true;
}

struct endpoint *state_selected_endpoint(const struct app *app)
{
    size_t index;
    return cursor_row(app, PANE_ENDPOINTS, &index) ? &app->endpoints[index] : NULL;
}

struct endpoint *state_find_endpoint(const struct app *app, const char *id)
{
    for (size_t i = 0; id != NULL && i < app->endpoint_count; i++)
        if (strcmp(app->endpoints[i].webhook.id, id) == 0)
            return &app->endpoints[i];
    return NULL;
}

const struct event *state_selected_upcoming(const struct app *app)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    size_t index;
    return endpoint != NULL && cursor_row(app, PANE_UPCOMING, &index)
               ? &endpoint->upcoming.items[index]
               : NULL;
}

const struct log_entry *state_selected_log(const struct app *app)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    size_t index;
    return endpoint != NULL && cursor_row(app, PANE_DELIVERIES, &index)
               ? &endpoint->logs.items[index]
               : NULL;
}

const struct live_row *state_selected_live(const struct app *app)
{
    size_t index;
    return cursor_row(app, PANE_LIVE, &index) ? state_live_row(app, index) : NULL;
}

size_t state_live_count(const struct app *app)
{
    return app->found.open ? app->found.count : app->live_count;
}

const struct live_row *state_live_row(const struct app *app, size_t index)
{
    return app->found.open ? &app->found.rows[app->found.count - 1 - index] : &app->live[index];
}

const struct gap_row *state_selected_gap(const struct app *app)
{
    size_t index;
    return cursor_row(app, PANE_GAPS, &index) ? &app->gaps.rows[index] : NULL;
}

/* --- marks ------------------------------------------------------------------ */

bool list_marked(const struct app *app, enum pane pane, const char *key)
{
    return marks_has(&app->lists[pane].marks, key);
}

size_t list_mark_count(const struct app *app, enum pane pane)
{
    return app->lists[pane].marks.count;
}

bool list_mark_next(const struct app *app, enum pane pane, size_t *index)
{
    char key[ROW_KEY_SIZE];
    size_t total = list_mark_count(app, pane) > 0 ? rows_total(app, pane) : 0;
    for (; *index < total; (*index)++) {
        rows_key(app, pane, *index, key);
        if (list_marked(app, pane, key))
            return true;
    }
    return false;
}

/* --- what is new ---------------------------------------------------------------- */

bool list_row_new(const struct app *app, enum pane pane, size_t index)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (pane == PANE_LIVE) /* what was looked for is not news */
        return !app->found.open && app->live[index].serial > app->live_seen;
    return pane == PANE_DELIVERIES && endpoint != NULL &&
           endpoint->logs.items[index].created_ms > endpoint->seen_ms;
}

/* Newest last: from the end. */
size_t list_new_count(const struct app *app, enum pane pane)
{
    size_t total = rows_total(app, pane);
    size_t count = 0;
    while (count < total && list_row_new(app, pane, total - 1 - count))
        count++;
    return count;
}

void state_title(const struct app *app, char *text, size_t size)
{
    char failed[48] = "";
    if (app->failures > 0)
        (void)snprintf(failed, sizeof failed, "✗ %zu failed · ", app->failures);
    (void)snprintf(text, size, "%sbridgetop · %s", failed, state_environment_name(app));
}

/* --- event types ------------------------------------------------------------ */

/* FNV-1a: spreads ids over a table in which a newer name simply takes the place of an older. */
static size_t name_slot(const char *event_id)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = event_id; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash % STATE_NAMES;
}

const char *state_event_type(const struct app *app, const char *event_id)
{
    const struct event_name *name = &app->names[name_slot(event_id)];
    return name->id[0] != '\0' && strcmp(name->id, event_id) == 0 ? name->type : NULL;
}

void state_learn_type(struct app *app, const char *event_id, const char *type)
{
    if (event_id == NULL || type == NULL || event_id[0] == '\0' ||
        strlen(event_id) > CONTRACT_ID_MAX)
        return;
    struct event_name *name = &app->names[name_slot(event_id)];
    (void)snprintf(name->id, sizeof name->id, "%s", event_id);
    (void)snprintf(name->type, sizeof name->type, "%s", type);
}

size_t state_visible_endpoints(const struct app *app, const char **ids, size_t most)
{
    const struct list *list = &app->lists[PANE_ENDPOINTS];
    size_t height = (size_t)layout_list_height(&app->layout, PANE_ENDPOINTS);
    size_t count = 0;
    if (app->layout.panes[PANE_ENDPOINTS].width == 0)
        return 0;
    for (size_t row = list->top; row < list->count && row < list->top + height; row++)
        if (count < most)
            ids[count++] = app->endpoints[list->rows[row]].webhook.id;
    return count;
}

int state_delivered_percent(const struct app *app)
{
    size_t total = 0;
    size_t succeeded = 0;
    for (size_t i = 0; i < app->endpoint_count; i++) {
        total += app->endpoints[i].logs.count;
        succeeded += app->endpoints[i].succeeded;
    }
    return total > 0 ? (int)(succeeded * 100 / total) : -1;
}

const char *state_environment_name(const struct app *app)
{
    switch (app->environment) {
    case ENVIRONMENT_PRODUCTION:
        return "PRODUCTION";
    case ENVIRONMENT_SANDBOX:
        return "SANDBOX";
    case ENVIRONMENT_DEMO:
        return "DEMO";
    case ENVIRONMENT_CUSTOM:
        return app->api_host;
    case ENVIRONMENT_NONE:
        return "LISTENING ONLY";
    }
    return "";
}

uint64_t said_first(const struct said_log *said)
{
    return said->total > SAID_MAX ? said->total - SAID_MAX : 0;
}

const struct said *said_at(const struct said_log *said, uint64_t number)
{
    return &said->items[number % SAID_MAX];
}

enum place state_pane_place(enum pane pane)
{
    return pane == PANE_GAPS ? PLACE_GAPS : (enum place)(1 << pane);
}

enum place state_place(const struct app *app)
{
    if (app->question.open)
        return app->question.typed ? PLACE_TYPED : PLACE_QUESTION;
    if (app->form_open)
        return PLACE_FORM;
    if (app->export_dialog.open)
        return PLACE_EXPORT;
    if (app->prompt.open)
        return PLACE_PROMPT;
    if (app->help.open)
        return app->help.filtering ? PLACE_HELP_FILTER : PLACE_HELP;
    if (app->messages.open)
        return app->messages.filtering ? PLACE_PAGE_FILTER : PLACE_MESSAGES;
    if (app->activity.page.open)
        return app->activity.page.filtering ? PLACE_PAGE_FILTER : PLACE_ACTIVITY;
    if (app->filtering)
        return PLACE_FILTER;
    if (app->copy.open)
        return PLACE_COPY;
    if (app->querying)
        return PLACE_QUERY;
    if (app->inspector.find.typing)
        return PLACE_FIND;
    if (app->inspector.kind != INSPECTOR_NONE)
        return PLACE_DETAIL;
    return state_pane_place(app->focus);
}

const char *state_pane_key(const struct app *app, enum action action, char text[KEYMAP_LABEL_SIZE])
{
    return keymap_key_label(&app->keymap, action, state_pane_place(app->focus), text);
}

bool state_hands_on(const struct app *app)
{
    enum receiving_how how = app->receiving.how;
    return app->forwarding.name[0] != '\0' && (how == RECEIVING_HERE || how == RECEIVING_THERE);
}

const char *state_why_not(const struct app *app, const struct binding *binding, enum place place,
                          char text[KEYMAP_WHERE_SIZE])
{
    bool asks = keymap_asks_bridge(binding->action);
    if ((binding->places & (unsigned)place) == 0) {
        char where[KEYMAP_WHERE_SIZE];
        (void)snprintf(text, KEYMAP_WHERE_SIZE, "only in %.140s",
                       keymap_where(binding->places, where));
        return text;
    }
    if (asks && app->environment == ENVIRONMENT_NONE)
        return "no API key was given";
    if (asks && app->read_only && binding->action != ACTION_REFRESH)
        return STATE_READ_ONLY;
    if (binding->action == ACTION_REPLAY && !state_hands_on(app))
        return "there is no application (--forward)";
    if (binding->action == ACTION_REPLAY && place == PLACE_DETAIL &&
        app->inspector.kind != INSPECTOR_DELIVERY)
        return "only what arrived here can be replayed: pane 4";
    if (binding->action == ACTION_ZOOM && app->layout.body.width < LAYOUT_BESIDE_WIDTH)
        return STATE_ZOOMED;
    return NULL;
}

const char *state_receiver_url(const struct app *app, char text[128])
{
    static const char HTTPS[] = "https://";
    const char *address = app->receiving.address;
    bool whole = strncmp(address, HTTPS, sizeof HTTPS - 1) == 0;
    (void)snprintf(text, 128, "%s%s", whole ? "" : "http://",
                   address[0] != '\0' ? address : "127.0.0.1:8787");
    return text;
}
