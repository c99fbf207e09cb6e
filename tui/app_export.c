/* The export under way, in the state: it begins, says how far it is, ends. */
#include "tui/app_private.h"
#include "tui/rows.h"

#include <stdio.h>

/* --- beginning ------------------------------------------------------------------------- */

bool export_busy(struct app *app)
{
    char key[KEYMAP_LABEL_SIZE];
    if (app->exporting.running)
        app_say(app, TONE_WARN, "an export is still being written: %s in a pane stops it",
                state_pane_key(app, ACTION_BACK, key));
    return app->exporting.running;
}

static void start(struct app *app, struct effects *effects)
{
    struct export_job *job = &app->exporting;
    job->running = app_effect(effects, EFFECT_EXPORT) != NULL;
    job->stopping = false;
    job->waited_for = true;
    job->since_ms = app->now_ms;
    job->done = job->total = 0;
    app->notice.tone = TONE_NONE;
}

bool export_start(struct app *app, enum export_what what, enum export_format format,
                  const char *path, struct effects *effects)
{
    struct export_request *request = &app->exporting.request;
    export_request_clear(request);
    *request =
        (struct export_request){.format = format, .masked = app->masked, .now_ms = app->now_ms};
    (void)snprintf(request->path, sizeof request->path, "%s", path);
    if (!export_fill(app, request, what)) {
        export_request_clear(request);
        app_say(app, TONE_BAD, "cannot export: out of memory");
        return false;
    }
    request->folder = format == EXPORT_RAW && what != EXPORT_THIS;
    start(app, effects);
    return true;
}

/* --- what it reports --------------------------------------------------------------------- */

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
        export_come_back(app, "the file exists");
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
        app->export_dialog.writing = false;
        end(app);
        break;
    case EXPORT_STOPPED:
        app_say(app, TONE_WARN, "export stopped: nothing is written");
        app->export_dialog.writing = false;
        end(app);
        break;
    case EXPORT_FAILED:
        app_say(app, TONE_BAD, "nothing exported: %s", report->text);
        export_come_back(app, report->text);
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
    export_come_back(app, "");
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

void export_describe(const struct export_job *job, const char *stop_key, char *text, size_t size)
{
    char done[32], total[32];
    char how[KEYMAP_LABEL_SIZE + 16] = "stopping";
    if (!job->stopping)
        (void)snprintf(how, sizeof how, "%s stops", stop_key);
    if (job->total == 0)
        (void)snprintf(text, size, "exporting: looking through the store · %s", how);
    else
        (void)snprintf(text, size, "exporting %s of %s · %s", grouped(job->done, done),
                       grouped(job->total, total), how);
}
