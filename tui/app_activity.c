/* What was done to the endpoints: our actions become notes for the store, the store's rows become
   the page, and what others did a message. */
#include "tui/app_private.h"
#include "tui/messages.h"
#include "tui/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOLD_MAX = 10 }; /* lines for one reading; of more their number is told */

/* --- our own --------------------------------------------------------------------- */

struct words {
    const char *doing;
    const char *done;
};

static struct words words_of(const struct step *step)
{
    switch (step->call) {
    case API_CREATE_WEBHOOK:
        return (struct words){"creating", "created"};
    case API_DELETE_WEBHOOK:
        return (struct words){"deleting", "deleted"};
    case API_SEND_EVENT:
        return (struct words){"sending", "sent"};
    default:
        break;
    }
    if (step->status == WEBHOOK_ACTIVE)
        return (struct words){"enabling", "enabled"};
    if (step->status == WEBHOOK_DISABLED)
        return (struct words){"disabling", "disabled"};
    return (struct words){"changing", "changed"};
}

static unsigned fields_of(const struct step *step)
{
    if (step->call == API_CREATE_WEBHOOK || step->call == API_DELETE_WEBHOOK)
        return ACTIVITY_EXISTENCE;
    if (step->call != API_UPDATE_WEBHOOK)
        return 0;
    return (step->status != WEBHOOK_STATUS_UNKNOWN ? ACTIVITY_STATE : 0u) |
           (step->url ? ACTIVITY_URL : 0u) | (step->categories ? ACTIVITY_CATEGORIES : 0u);
}

static char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *text_of(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return length >= 0 ? text : NULL;
}

static void add_note(struct app *app, struct activity_note *note, struct effects *effects)
{
    struct activity_log *log = &app->activity;
    struct effect *effect =
        log->note_count < NOTES_AN_UPDATE ? app_effect(effects, EFFECT_NOTE) : NULL;
    if (effect == NULL) {
        activity_clear(&note->activity);
        webhook_clear(&note->answer);
        return;
    }
    log->notes[log->note_count] = *note;
    effect->note = &log->notes[log->note_count++];
}

void activity_forget_notes(struct app *app)
{
    struct activity_log *log = &app->activity;
    for (size_t i = 0; i < log->note_count; i++) {
        activity_clear(&log->notes[i].activity);
        webhook_clear(&log->notes[i].answer);
    }
    log->note_count = 0;
}

/* What is to be: its strings are the plan's. */
static struct webhook wanted_of(const struct plan *plan, const struct step *step)
{
    bool creates = step->call == API_CREATE_WEBHOOK;
    return (struct webhook){
        .url = (char *)plan->url,
        .status = creates ? WEBHOOK_DISABLED : step->status,
        .categories = plan->categories,
    };
}

static struct activity activity_of(const struct app *app, const struct plan *plan)
{
    const struct step *step = &plan->steps[plan->step];
    return (struct activity){
        .who = ACTIVITY_OWN,
        .at_ms = app->now_ms,
        .token = (int64_t)(plan->id * PLAN_STEPS_MAX + plan->step + 1),
        .fields = fields_of(step),
        .webhook_id = plan->webhook_id[0] != '\0' ? strdup(plan->webhook_id) : NULL,
    };
}

/* Sends change no endpoint: they are noted once, when they have ended. */
void activity_begin(struct app *app, const struct plan *plan, struct effects *effects)
{
    const struct step *step = &plan->steps[plan->step];
    const struct endpoint *endpoint = state_find_endpoint(app, plan->webhook_id);
    struct activity_note note = {.activity = activity_of(app, plan)};
    struct activity *activity = &note.activity;
    struct webhook wanted = wanted_of(plan, step);
    bool creates = step->call == API_CREATE_WEBHOOK;
    bool deletes = step->call == API_DELETE_WEBHOOK;
    unsigned shown =
        creates || deletes ? ACTIVITY_STATE | ACTIVITY_URL | ACTIVITY_CATEGORIES : activity->fields;
    if (activity->fields != 0) {
        activity->text = text_of("%s %s: under way", words_of(step).doing,
                                 creates ? "an endpoint" : plan->webhook_id);
        activity->before = activity_side(endpoint != NULL ? &endpoint->webhook : NULL, shown);
        activity->after = activity_side(deletes ? NULL : &wanted, shown);
        add_note(app, &note, effects);
    } else {
        activity_clear(activity);
    }
}

static enum activity_outcome outcome_of(const struct api_result *result)
{
    switch (result->outcome) {
    case API_OK:
        return ACTIVITY_DONE;
    case API_REFUSED:
        return ACTIVITY_REFUSED;
    case API_UNAVAILABLE:
    case API_UNREADABLE:
        break;
    }
    return ACTIVITY_UNCERTAIN;
}

static char *end_text(const struct plan *plan, const struct api_result *result,
                      const char *webhook_id)
{
    const struct step *step = &plan->steps[plan->step];
    bool sends = step->call == API_SEND_EVENT;
    bool done = result->outcome == API_OK;
    struct words words = words_of(step);
    const char *why = done ? result->message : result->error.message;
    const char *how = done ? "" : result->outcome == API_REFUSED ? "refused: " : "not sure: ";
    return text_of("%s %s%s%s%s%s%.300s", done ? words.done : words.doing,
                   sends ? plan->event_id : "", sends ? " to " : "",
                   webhook_id != NULL ? webhook_id : "an endpoint", why != NULL ? ": " : "", how,
                   why != NULL ? why : "");
}

void activity_end(struct app *app, const struct plan *plan, const struct api_result *result,
                  struct effects *effects)
{
    struct activity_note note = {.activity = activity_of(app, plan)};
    struct activity *activity = &note.activity;
    bool done = result->outcome == API_OK;
    bool creates = result->call == API_CREATE_WEBHOOK;
    if (creates && done && result->webhook.id != NULL && activity->webhook_id == NULL)
        activity->webhook_id = strdup(result->webhook.id);
    activity->outcome = outcome_of(result);
    activity->at_ms = plan->since_ms;
    activity->ended_ms = app->now_ms;
    if (activity->fields == 0)
        activity->token = 0;
    activity->text = end_text(plan, result, activity->webhook_id);
    note.gone = done && result->call == API_DELETE_WEBHOOK;
    note.answered = done && (creates || result->call == API_UPDATE_WEBHOOK) &&
                    webhook_copy(&note.answer, &result->webhook);
    add_note(app, &note, effects);
}

/* --- the store's rows ------------------------------------------------------------------ */

/* In the status line, where nothing stands that a person waits for. */
static void show(struct app *app, const char *line)
{
    const struct notice *notice = &app->notice;
    if (notice->text[0] != '\0' && (notice->tone != TONE_INFO || notice->answer))
        return;
    app->notice = (struct notice){.tone = TONE_INFO, .since_ms = app->now_ms};
    (void)snprintf(app->notice.text, sizeof app->notice.text, "%s", line);
}

static bool is_news(const struct app *app, const struct activity *row)
{
    return row->id > app->activity.told_id && row->who == ACTIVITY_OTHERS;
}

static bool tell_news(struct app *app, const struct message *message)
{
    char line[STATE_TEXT_MAX] = "";
    size_t news = 0;
    for (size_t i = 0; i < message->activity_count; i++) {
        const struct activity *row = &message->activity[i];
        if (!is_news(app, row) || ++news > TOLD_MAX)
            continue;
        (void)snprintf(line, sizeof line, "at Bridge: %s", row->text);
        messages_add(app, TONE_INFO, line);
    }
    if (news > TOLD_MAX) {
        char key[KEYMAP_LABEL_SIZE];
        (void)snprintf(line, sizeof line, "at Bridge: %zu more changes: %s lists them",
                       news - TOLD_MAX, state_pane_key(app, ACTION_ACTIVITY, key));
        messages_add(app, TONE_INFO, line);
    }
    if (news > 0)
        show(app, line);
    return news > 0;
}

/* The first row that is not before `id`. */
static size_t place_of(const struct activity_log *log, int64_t id)
{
    size_t at = log->count;
    while (at > 0 && log->items[at - 1].id >= id)
        at--;
    return at;
}

static bool make_room(struct activity_log *log)
{
    if (log->count == ACTIVITY_LISTED_MAX) {
        activity_clear(&log->items[0]);
        memmove(log->items, log->items + 1, --log->count * sizeof *log->items);
        log->page.selected -= log->page.selected > 0;
        log->whole = true; /* no more are held */
    }
    if (log->count < log->capacity)
        return true;
    size_t capacity = log->capacity + ACTIVITY_PAGE;
    struct activity *items = realloc(log->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    log->items = items;
    log->capacity = capacity;
    return true;
}

/* An action's end takes the place of its beginning. */
static bool is_same(const struct activity *a, const struct activity *b)
{
    return a->ended_ms == b->ended_ms && a->outcome == b->outcome && strcmp(a->text, b->text) == 0;
}

/* False where it is there already. */
static bool keep(struct activity_log *log, const struct activity *row)
{
    struct activity copy;
    size_t at = place_of(log, row->id);
    bool there = at < log->count && log->items[at].id == row->id;
    if ((there && is_same(&log->items[at], row)) || !activity_copy(&copy, row))
        return false;
    if (there) {
        activity_clear(&log->items[at]);
        log->items[at] = copy;
        return true;
    }
    size_t count = log->count;
    if (!make_room(log)) {
        activity_clear(&copy);
        return false;
    }
    at -= log->count < count && at > 0;
    memmove(log->items + at + 1, log->items + at, (log->count - at) * sizeof *log->items);
    log->items[at] = copy;
    log->count++;
    log->page.selected += at <= log->page.selected && log->count > 1;
    return true;
}

/* Whoever is at the newest stays there. */
bool activity_read(struct app *app, const struct message *message, struct effects *effects)
{
    struct activity_log *log = &app->activity;
    bool at_end = log->page.selected + 1 >= log->count ||
                  (log->page.open && messages_next(app, log->page.selected + 1) >= log->count);
    bool changed = message->older;
    changed |= tell_news(app, message);
    if (message->older)
        log->asking_older = false;
    if (log->asked)
        for (size_t i = message->activity_count; i > 0; i--)
            changed |= keep(log, &message->activity[i - 1]);
    if (message->older && message->whole)
        log->whole = true;
    if (message->activity_count > 0 &&
        message->activity[message->activity_count - 1].id > log->told_id)
        log->told_id = message->activity[message->activity_count - 1].id;
    if (changed && at_end && log->count > 0) {
        uint64_t last = log->page.open ? messages_previous(app, log->count) : log->count;
        messages_select_in(&log->page, last < log->count ? last : log->count - 1);
    }
    if (log->page.open && message->older)
        activity_ask_older(app, effects);
    return changed;
}

static void ask_older(struct app *app, struct effects *effects)
{
    struct activity_log *log = &app->activity;
    if (log->whole || log->asking_older)
        return;
    struct effect *effect = app_effect(effects, EFFECT_ACTIVITY);
    if (effect == NULL)
        return;
    effect->above = log->count > 0 ? log->items[0].id : INT64_MAX;
    log->asking_older = log->asked = true;
}

/* A filter is for all that is kept, as far as the page has room for it. */
void activity_ask_older(struct app *app, struct effects *effects)
{
    const struct activity_log *log = &app->activity;
    if (log->page.filter.length == 0)
        return;
    int room = messages_page(app);
    uint64_t number = log->count;
    while (room > 0 && (number = messages_previous(app, number)) < log->count)
        room--;
    if (room > 0)
        ask_older(app, effects);
}

void activity_open(struct app *app, struct effects *effects)
{
    struct activity_log *log = &app->activity;
    messages_open_page(&log->page);
    log->sides = false;
    messages_select_in(&log->page, log->count > 0 ? log->count - 1 : 0);
    if (log->count == 0) {
        ask_older(app, effects);
        return;
    }
    struct effect *effect = app_effect(effects, EFFECT_ACTIVITY);
    if (effect != NULL)
        effect->above = 0; /* what is new: another program may have written it */
}

void activity_act(struct app *app, enum action action, struct effects *effects)
{
    struct activity_log *log = &app->activity;
    if (action == ACTION_BACK && log->sides)
        log->sides = false;
    else if (action == ACTION_SIDES)
        log->sides = !log->sides && log->page.selected < log->count &&
                     messages_pass(app, log->page.selected);
    else
        messages_act(app, action, effects);
    log->page.skipped = action == ACTION_SIDES ? 0 : log->page.skipped;
    bool topmost = messages_previous(app, log->page.selected) >= log->count;
    if (log->page.open && topmost)
        ask_older(app, effects);
}

void activity_free(struct app *app)
{
    struct activity_log *log = &app->activity;
    activity_forget_notes(app);
    for (size_t i = 0; i < log->count; i++)
        activity_clear(&log->items[i]);
    free(log->items);
    *log = (struct activity_log){0};
}
