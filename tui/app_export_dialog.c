/* The dialog of `x`: what is exported, as what, and where to. */
#include "tui/app_private.h"
#include "tui/key.h"

#include <stdio.h>
#include <string.h>

/* Fits the narrowest dialog. */
static const char NEEDS_ARRIVAL[] = "HAR, curl: arrivals alone";

/* "wh_abc.json", "events.har"; for a file each, a folder: "events". */
static void suggest_path(const struct app *app, struct export_dialog *dialog)
{
    char path[128];
    static const char *const PLURALS[PANE_COUNT] = {"endpoints", "events", "deliveries", "events",
                                                    "gaps"};
    bool one = dialog->what == EXPORT_THIS;
    const char *id = one ? export_this_id(app) : "";
    const char *name = id[0] != '\0' ? id : one ? "event" : PLURALS[app->focus];
    bool folder = dialog->format == EXPORT_RAW && !one;
    (void)snprintf(path, sizeof path, "%s%s", name,
                   folder ? "" : export_format_ending(dialog->format));
    if (!dialog->named)
        line_edit_set(&dialog->path, path);
}

/* --- the dialog ---------------------------------------------------------------------- */

/* The counts of what can be taken from here. False, and said, when that is nothing. */
static bool look(struct app *app, struct export_dialog *dialog)
{
    *dialog = (struct export_dialog){.of_arrivals = app->focus == PANE_LIVE};
    export_count(app, dialog);
    for (enum export_what what = 0; what < EXPORT_WHATS; what++)
        if (dialog->counts[what] > 0)
            return true;
    app_say(app, TONE_INFO, "nothing to export here");
    return false;
}

/* As it was left, as far as that can be taken from here. */
static void open_again(struct app *app)
{
    struct export_dialog *dialog = &app->export_dialog;
    struct export_dialog before = *dialog;
    if (!look(app, dialog)) {
        *dialog = before;
        return;
    }
    dialog->open = dialog->named = dialog->path_judged = true;
    dialog->format = before.format;
    dialog->what = before.what;
    while (dialog->counts[dialog->what] == 0)
        dialog->what = (enum export_what)((dialog->what + 1) % EXPORT_WHATS);
    dialog->path = before.path;
    dialog->field = EXPORT_FIELD_PATH;
    memcpy(dialog->failure, before.failure, sizeof dialog->failure);
}

void export_open(struct app *app)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (export_busy(app))
        return;
    app->notice.tone = TONE_NONE;
    if (dialog->failed) {
        open_again(app);
        return;
    }
    if (!look(app, dialog))
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

static void command(struct app *app, enum export_format format, const char *path,
                    struct effects *effects)
{
    struct export_dialog found;
    if (export_busy(app) || !look(app, &found))
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
    (void)export_start(app, what, format, path, effects);
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
        command(app, format, path, effects);
        return;
    }
    export_open(app);
    app->export_dialog.format = format;
    suggest_path(app, &app->export_dialog);
}

/* Another choice: the path follows, and may be written to now. */
static void chosen(struct app *app)
{
    app->export_dialog.failure[0] = '\0';
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
    chosen(app);
}

static void go_to(struct export_dialog *dialog, enum export_field field)
{
    dialog->path_judged = dialog->path_judged || dialog->field == EXPORT_FIELD_PATH;
    dialog->field = field;
    dialog->completions.count = 0;
    dialog->asked = dialog->completing = false;
}

static void move(struct export_dialog *dialog, int by)
{
    go_to(dialog, (enum export_field)(((int)dialog->field + by + EXPORT_FIELDS) % EXPORT_FIELDS));
}

void export_point(struct app *app, enum export_field field, size_t value, size_t byte)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (field != dialog->field)
        go_to(dialog, field);
    if (field == EXPORT_FIELD_PATH) {
        dialog->path.cursor = byte <= dialog->path.length ? byte : dialog->path.length;
        return;
    }
    if (field == EXPORT_FIELD_FORMAT && value < EXPORT_FORMATS)
        dialog->format = (enum export_format)value;
    else if (field == EXPORT_FIELD_WHAT && value < EXPORT_WHATS && dialog->counts[value] > 0)
        dialog->what = (enum export_what)value;
    chosen(app);
}

static void submit(struct app *app, struct effects *effects)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (!dialog->of_arrivals && dialog->format >= EXPORT_HAR)
        return; /* the dialog says so */
    if (dialog->path.length == 0) {
        go_to(dialog, EXPORT_FIELD_PATH);
        dialog->path_judged = true;
        return;
    }
    if (export_start(app, dialog->what, dialog->format, dialog->path.text, effects)) {
        dialog->open = false;
        dialog->writing = true;
    }
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
    if (dialog->field != EXPORT_FIELD_PATH || (by < 0 && count < 2)) {
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
    size_t length = names->count > 0 ? common_prefix(names) : 0;
    bool more = dialog->word + length > dialog->path.length;
    if (names->count < 2)
        dialog->completions.count = 0;
    if (more)
        put_name(dialog, names->names[0], length);
    else if (names->count < 2)
        move(dialog, 1); /* there is nothing to complete: the key goes on */
}

void export_typed(struct app *app)
{
    struct export_dialog *dialog = &app->export_dialog;
    dialog->named = dialog->path.length > 0;
    dialog->failure[0] = '\0';
    dialog->completions.count = 0;
    dialog->asked = dialog->completing = false;
}

struct line_edit *export_path(struct app *app)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (dialog->field != EXPORT_FIELD_PATH) {
        go_to(dialog, EXPORT_FIELD_PATH);
        dialog->path.cursor = dialog->path.length;
        if (!dialog->named)
            line_edit_set(&dialog->path, "");
    }
    return &dialog->path;
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

/* --- once it is written, or not ---------------------------------------------------------- */

/* The dialog whose export was not written comes back with what was typed, and why: at once where
   that is waited for, so that it takes no key that was meant for something else; else when it is
   asked for. */
void export_come_back(struct app *app, const char *why)
{
    struct export_dialog *dialog = &app->export_dialog;
    if (!dialog->writing)
        return;
    dialog->writing = false;
    dialog->failed = true;
    (void)snprintf(dialog->failure, sizeof dialog->failure, "%s", why);
    bool waits = app->acting || app->exporting.waited_for;
    if (waits && (state_place(app) & (PLACE_LISTS | PLACE_DETAIL)) != 0)
        open_again(app);
}
