/* Exports in the state: the dialog of `x`, the job under way, and what becomes of it. */
#include "api/json_write.h"
#include "api/redact.h"
#include "tui/app_private.h"
#include "tui/key.h"
#include "tui/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fits the narrowest dialog. */
static const char NEEDS_ARRIVAL[] = "HAR, curl: arrivals alone";

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

/* Whether pane 4 is open on one arrival. */
static bool inspects_arrival(const struct app *app)
{
    return app->inspector.kind == INSPECTOR_DELIVERY;
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

static void count_choices(const struct app *app, struct export_dialog *dialog)
{
    size_t index;
    dialog->counts[EXPORT_THIS] = inspects_arrival(app) || selected_index(app, &index);
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
    if (endpoint == NULL)
        return true;
    if (app->focus == PANE_UPCOMING) {
        const struct event *event = &endpoint->upcoming.items[index];
        return add_record(request, event->id, event->raw, event->raw_length);
    }
    const struct log_entry *entry = &endpoint->logs.items[index];
    return add_record(request, entry->event_id, entry->raw, entry->raw_length);
}

static bool add_rows(const struct app *app, struct export_request *request, enum export_what what)
{
    const struct list *list = &app->lists[app->focus];
    size_t index;
    bool ok = true;
    if (what == EXPORT_THIS && inspects_arrival(app) && request->ids != NULL)
        request->ids[request->id_count++] = app->inspector.delivery_id;
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

static bool fill(const struct app *app, struct export_request *request, enum export_what what)
{
    size_t most = rows_total(app, app->focus) + 1;
    request->stored = what == EXPORT_STORED;
    if (request->stored) {
        (void)snprintf(request->query, sizeof request->query, "%s", store_query(app));
        return true;
    }
    request->ids = app->focus == PANE_LIVE ? calloc(most, sizeof *request->ids) : NULL;
    request->records = app->focus != PANE_LIVE ? calloc(most, sizeof *request->records) : NULL;
    return (request->ids != NULL || request->records != NULL) && add_rows(app, request, what);
}

static void start(struct app *app, struct effects *effects)
{
    struct export_job *job = &app->exporting;
    job->running = app_effect(effects, EFFECT_EXPORT) != NULL;
    job->stopping = false;
    job->since_ms = app->now_ms;
    job->done = job->total = 0;
    app->notice.tone = TONE_NONE;
}

static bool begin(struct app *app, enum export_what what, enum export_format format,
                  const char *path, struct effects *effects)
{
    struct export_request *request = &app->exporting.request;
    export_request_clear(request);
    *request =
        (struct export_request){.format = format, .masked = app->masked, .now_ms = app->now_ms};
    (void)snprintf(request->path, sizeof request->path, "%s", path);
    if (!fill(app, request, what)) {
        export_request_clear(request);
        app_say(app, TONE_BAD, "cannot export: out of memory");
        return false;
    }
    request->folder = format == EXPORT_RAW && what != EXPORT_THIS;
    start(app, effects);
    return true;
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

static const char *this_id(const struct app *app)
{
    size_t index;
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (inspects_arrival(app))
        return app->inspector.delivery.event_id;
    if (!selected_index(app, &index))
        return NULL;
    if (app->focus == PANE_LIVE)
        return arrival(app, index)->event_id;
    if (app->focus == PANE_ENDPOINTS)
        return app->endpoints[index].webhook.id;
    if (endpoint == NULL)
        return NULL;
    return app->focus == PANE_UPCOMING ? endpoint->upcoming.items[index].id
                                       : endpoint->logs.items[index].event_id;
}

/* "wh_abc.json", "events.har"; for a file each, a folder: "events". */
static void suggest_path(const struct app *app, struct export_dialog *dialog)
{
    char path[128];
    static const char *const PLURALS[PANE_COUNT] = {"endpoints", "events", "deliveries", "events"};
    bool one = dialog->what == EXPORT_THIS;
    const char *id = one ? safe_id(this_id(app)) : "";
    const char *name = id[0] != '\0' ? id : one ? "event" : PLURALS[app->focus];
    bool folder = dialog->format == EXPORT_RAW && !one;
    (void)snprintf(path, sizeof path, "%s%s", name,
                   folder ? "" : export_format_ending(dialog->format));
    if (!dialog->named)
        line_edit_set(&dialog->path, path);
}

/* --- the dialog ---------------------------------------------------------------------- */

static bool is_busy(struct app *app)
{
    if (app->exporting.running)
        app_say(app, TONE_WARN, "an export is still being written: Esc in a pane stops it");
    return app->exporting.running;
}

/* The counts of what can be taken from here. False, and said, when that is nothing. */
static bool look(struct app *app, struct export_dialog *dialog)
{
    *dialog = (struct export_dialog){.of_arrivals = app->focus == PANE_LIVE};
    count_choices(app, dialog);
    for (enum export_what what = 0; what < EXPORT_WHATS; what++)
        if (dialog->counts[what] > 0)
            return true;
    app_say(app, TONE_INFO, "nothing to export here");
    return false;
}

void export_open(struct app *app)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (is_busy(app) || !look(app, dialog))
        return;
    bool inspects = app->inspector.kind != INSPECTOR_NONE;
    dialog->open = true;
    dialog->what = EXPORT_THIS;
    if (dialog->counts[EXPORT_MARKED] > 0 && !inspects)
        dialog->what = EXPORT_MARKED;
    else if (dialog->counts[EXPORT_THIS] == 0)
        dialog->what = dialog->counts[EXPORT_SHOWN] > 0 ? EXPORT_SHOWN : EXPORT_STORED;
    dialog->format = dialog->what == EXPORT_THIS ? EXPORT_RAW : EXPORT_JSONL;
    suggest_path(app, dialog);
}

void export_command(struct app *app, enum export_format format, const char *path,
                    struct effects *effects)
{
    struct export_dialog found;
    if (is_busy(app) || !look(app, &found))
        return;
    if (format >= EXPORT_HAR && !found.of_arrivals) {
        app_say(app, TONE_WARN, "HAR and curl need an arrival: pane 4 has them");
        return;
    }
    enum export_what what = EXPORT_SHOWN;
    if (app->inspector.kind != INSPECTOR_NONE)
        what = EXPORT_THIS;
    else if (found.counts[EXPORT_MARKED] > 0)
        what = EXPORT_MARKED;
    else if (found.counts[EXPORT_SHOWN] == 0) {
        app_say(app, TONE_INFO, "nothing to export here");
        return;
    }
    (void)begin(app, what, format, path, effects);
}

void export_argument(struct app *app, const char *argument, struct effects *effects)
{
    enum export_format format;
    size_t length = argument != NULL ? strcspn(argument, " \t") : 0;
    if (argument == NULL) {
        export_open(app);
        return;
    }
    if (!export_format_by_name(argument, length, &format))
        return;
    const char *path = argument + length + strspn(argument + length, " \t");
    if (path[0] != '\0') {
        export_command(app, format, path, effects);
        return;
    }
    export_open(app);
    app->export_dialog.format = format;
    suggest_path(app, &app->export_dialog);
}

static void choose(struct app *app, int by)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (dialog->field == EXPORT_FIELD_FORMAT) {
        int count = EXPORT_FORMATS;
        dialog->format = (enum export_format)(((int)dialog->format + by + count) % count);
    } else {
        do
            dialog->what =
                (enum export_what)(((int)dialog->what + by + EXPORT_WHATS) % EXPORT_WHATS);
        while (dialog->counts[dialog->what] == 0);
    }
    suggest_path(app, dialog);
}

static void move(struct export_dialog *dialog, int by)
{
    dialog->field = (enum export_field)(((int)dialog->field + by + EXPORT_FIELDS) % EXPORT_FIELDS);
    dialog->completing = false;
}

static void submit(struct app *app, struct effects *effects)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (!dialog->of_arrivals && dialog->format >= EXPORT_HAR)
        return; /* the dialog says so */
    if (dialog->path.length == 0) {
        dialog->field = EXPORT_FIELD_PATH;
        return;
    }
    if (begin(app, dialog->what, dialog->format, dialog->path.text, effects))
        dialog->open = false;
}

const char *export_trouble(const struct export_dialog *dialog)
{
    if (!dialog->of_arrivals && dialog->format >= EXPORT_HAR)
        return NEEDS_ARRIVAL;
    return dialog->path.length == 0 ? "the file needs a name" : NULL;
}

/* --- completing the path ---------------------------------------------------------------- */

static void put_name(struct export_dialog *dialog, const char *name, size_t length)
{
    char path[LINE_EDIT_MAX + 1];
    if (dialog->word + length > LINE_EDIT_MAX)
        return;
    (void)snprintf(path, sizeof path, "%.*s%.*s", (int)dialog->word, dialog->path.text, (int)length,
                   name);
    line_edit_set(&dialog->path, path);
    dialog->named = true;
}

static size_t common_prefix(const struct path_names *names)
{
    size_t length = strlen(names->names[0]);
    for (size_t i = 1; i < names->count; i++)
        for (size_t at = 0; at < length; at++)
            if (names->names[i][at] != names->names[0][at])
                length = at;
    while (length > 0 && ((unsigned char)names->names[0][length] & 0xC0) == 0x80)
        length--;
    return length;
}

static void complete(struct app *app, int by, struct effects *effects)
{
    struct export_dialog *dialog = &app->export_dialog;
    size_t count = dialog->completions.count;
    if (dialog->field != EXPORT_FIELD_PATH) {
        move(dialog, by);
        return;
    }
    if (count < 2) {
        dialog->asked = app_effect(effects, EFFECT_COMPLETE_PATH) != NULL;
        return;
    }
    if (dialog->completing)
        dialog->chosen = (dialog->chosen + count + (size_t)by) % count;
    else
        dialog->chosen = by > 0 ? 0 : count - 1;
    dialog->completing = true;
    const char *name = dialog->completions.names[dialog->chosen];
    put_name(dialog, name, strlen(name));
}

void export_completed(struct app *app, const struct path_names *names)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (!dialog->open || !dialog->asked)
        return; /* the path is another one by now */
    dialog->asked = false;
    const char *slash = strrchr(dialog->path.text, '/');
    dialog->word = slash != NULL ? (size_t)(slash - dialog->path.text) + 1 : 0;
    dialog->completions = *names;
    dialog->completing = false;
    if (names->count == 0)
        return;
    size_t length = common_prefix(names);
    if (dialog->word + length > dialog->path.length)
        put_name(dialog, names->names[0], length);
    if (names->count == 1)
        dialog->completions.count = 0;
}

void export_typed(struct app *app)
{
    struct export_dialog *dialog = &app->export_dialog;
    dialog->named = dialog->path.length > 0;
    dialog->completions.count = 0;
    dialog->asked = dialog->completing = false;
}

/* A key that edits the path and chooses elsewhere. */
static void choose_or_type(struct app *app, int by, char32_t key)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (dialog->field != EXPORT_FIELD_PATH)
        choose(app, by);
    else if (line_edit_key(&dialog->path, key) && key == ' ')
        export_typed(app);
}

void export_act(struct app *app, enum action action, struct effects *effects)
{
    struct export_dialog *dialog = &app->export_dialog;
    switch (action) {
    case ACTION_NEXT_FIELD:
        move(dialog, 1);
        break;
    case ACTION_PREVIOUS_FIELD:
        move(dialog, -1);
        break;
    case ACTION_TICK:
        choose_or_type(app, 1, ' ');
        break;
    case ACTION_NEXT_CHOICE:
        choose_or_type(app, 1, KEYS_RIGHT);
        break;
    case ACTION_PREVIOUS_CHOICE:
        choose_or_type(app, -1, KEYS_LEFT);
        break;
    case ACTION_COMPLETE:
        complete(app, 1, effects);
        break;
    case ACTION_COMPLETE_BACK:
        complete(app, -1, effects);
        break;
    case ACTION_SUBMIT:
        submit(app, effects);
        break;
    case ACTION_DECLINE:
        dialog->open = false;
        break;
    default:
        break;
    }
}

/* --- the job ------------------------------------------------------------------------------ */

static void end(struct app *app)
{
    app->exporting.running = false;
    export_request_clear(&app->exporting.request);
}

static void ask_to_replace(struct app *app, const char *what)
{
    struct question *question = &app->question;
    const char *path = app->exporting.request.path;
    app->exporting.running = false;
    if (question->open || app->form_open || app->export_dialog.open) {
        app_say(app, TONE_WARN, "not exported: %.300s exists", path);
        export_request_clear(&app->exporting.request);
        return;
    }
    *question = (struct question){.open = true, .exporting = true};
    (void)snprintf(question->title, sizeof question->title, "Replace a file");
    (void)snprintf(question->verb, sizeof question->verb, "replace it");
    (void)snprintf(question->text, sizeof question->text, "%s\n\nexists: %s.", path, what);
}

static void say_done(struct app *app, const struct export_report *report)
{
    const struct export_request *request = &app->exporting.request;
    char size[32];
    rows_format_size(size, sizeof size, (size_t)report->bytes);
    const char *what = request->records != NULL ? "row" : "event";
    app_say(app, TONE_GOOD, "exported %llu %s%s to %.300s, %s%s", (unsigned long long)report->done,
            what, report->done == 1 ? "" : "s", request->path, size,
            request->masked ? ", masked" : "");
}

void export_reported(struct app *app, const struct export_report *report)
{
    struct export_job *job = &app->exporting;
    switch (report->stage) {
    case EXPORT_RUNNING:
        job->done = report->done;
        job->total = report->total;
        break;
    case EXPORT_EXISTS:
        ask_to_replace(app, report->text);
        break;
    case EXPORT_DONE:
        say_done(app, report);
        end(app);
        break;
    case EXPORT_STOPPED:
        app_say(app, TONE_WARN, "export stopped: nothing is written");
        end(app);
        break;
    case EXPORT_FAILED:
        app_say(app, TONE_BAD, "nothing exported: %s", report->text);
        end(app);
        break;
    }
}

void export_confirmed(struct app *app, struct effects *effects)
{
    app->question = (struct question){0};
    app->exporting.request.replace = true;
    start(app, effects);
}

void export_declined(struct app *app)
{
    app->question = (struct question){0};
    export_request_clear(&app->exporting.request);
    app_say(app, TONE_INFO, "nothing exported");
}

bool export_stop(struct app *app, struct effects *effects)
{
    struct export_job *job = &app->exporting;
    bool stops = job->running && !job->stopping;
    if (stops)
        job->stopping = app_effect(effects, EFFECT_EXPORT_STOP) != NULL;
    return stops;
}

/* "12,000" */
static const char *grouped(uint64_t number, char text[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

void export_describe(const struct export_job *job, char *text, size_t size)
{
    char done[32], total[32];
    const char *how = job->stopping ? "stopping" : "Esc stops";
    if (job->total == 0)
        (void)snprintf(text, size, "exporting: looking through the store · %s", how);
    else
        (void)snprintf(text, size, "exporting %s of %s · %s", grouped(job->done, done),
                       grouped(job->total, total), how);
}
