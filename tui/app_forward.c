/* What is handed on to an application: how that is, and what became of each. */
#include "tui/app_private.h"

#include "api/redact.h"
#include "tui/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void forward_changed(struct app *app, const struct forwarder_state *state)
{
    struct forwarding *forwarding = &app->forwarding;
    (void)snprintf(forwarding->name, sizeof forwarding->name, "%s",
                   state->name != NULL ? state->name : "");
    (void)snprintf(forwarding->trouble, sizeof forwarding->trouble, "%s",
                   state->trouble != NULL ? state->trouble : "");
    forwarding->waiting = state->waiting;
}

static struct delivery *find_row(struct app *app, int64_t id)
{
    for (size_t i = app->live_count; i > 0; i--)
        if (app->live[i - 1].delivery.id == id)
            return &app->live[i - 1].delivery;
    return NULL;
}

/* What was found stands beside what arrived. */
static void mark_found(struct app *app, int64_t id, enum forward_state state)
{
    for (size_t i = 0; i < app->found.count; i++)
        if (app->found.rows[i].delivery.id == id)
            app->found.rows[i].delivery.forwarded = state;
}

void forward_queued(struct app *app, int64_t delivery_id)
{
    struct delivery *row = find_row(app, delivery_id);
    if (row != NULL)
        row->forwarded = FORWARD_WAITING;
    mark_found(app, delivery_id, FORWARD_WAITING);
    list_measure(app, PANE_LIVE);
}

void forward_tried(struct app *app, const struct message *message, struct effects *effects)
{
    int64_t delivery_id = message->delivery_id;
    enum forward_state state = message->forwarded;
    struct delivery *row = find_row(app, delivery_id);
    const struct inspector *inspector = &app->inspector;
    enum forward_state before = row != NULL ? row->forwarded : FORWARD_NONE;
    if (row != NULL)
        row->forwarded = state;
    mark_found(app, delivery_id, state);
    if (before != state)
        list_measure(app, PANE_LIVE);
    if (state == FORWARD_GIVEN_UP && before != FORWARD_GIVEN_UP)
        app_say(app, TONE_WARN, "%s was not taken by %s: it is given up",
                row != NULL && row->event_id != NULL ? row->event_id : "a delivery",
                app->forwarding.name);
    if (message->report_of_try != NULL)
        replay_tried(app, message->report_of_try);
    if (inspector->kind != INSPECTOR_DELIVERY || inspector->delivery_id != delivery_id)
        return;
    struct effect *effect = app_effect(effects, EFFECT_FORWARDS);
    if (effect != NULL)
        effect->delivery_id = delivery_id;
}

/* --- in the inspector -------------------------------------------------------------- */

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static bool copy_tries(struct forward *to, const struct forward *from)
{
    to->tries = calloc(from->try_count + 1, sizeof *to->tries);
    to->try_count = 0;
    for (size_t i = 0; to->tries != NULL && i < from->try_count; i++) {
        struct forward_try *attempt = &to->tries[to->try_count++];
        *attempt = from->tries[i];
        attempt->error = copy(attempt->error);
        attempt->answer = calloc(1, attempt->answer_length + 1);
        if (attempt->answer == NULL)
            return false;
        memcpy(attempt->answer, from->tries[i].answer, attempt->answer_length);
    }
    return to->tries != NULL;
}

/* Without memory there is nothing to show. */
static void copy_list(struct forward_list *to, const struct forward_list *from)
{
    forward_list_clear(to);
    to->items = calloc(from->count + 1, sizeof *to->items);
    for (size_t i = 0; to->items != NULL && i < from->count; i++) {
        to->items[to->count] = from->items[i];
        if (!copy_tries(&to->items[to->count++], &from->items[i])) {
            forward_list_clear(to);
            return;
        }
    }
}

void forward_listed(struct app *app, int64_t delivery_id, const struct forward_list *list)
{
    struct inspector *inspector = &app->inspector;
    if (inspector->kind != INSPECTOR_DELIVERY || inspector->delivery_id != delivery_id)
        return;
    bool some = inspector->forwards.count > 0 || list->count > 0;
    copy_list(&inspector->forwards, list);
    if (some && !inspector->loading)
        app_inspector_retell(app);
}

static const char *kind_words(enum forward_kind kind)
{
    return kind == FORWARD_REPLAY     ? "replayed"
           : kind == FORWARD_RESIGNED ? "replayed, signed anew"
                                      : "handed on";
}

/* What the application answered may repeat what it was sent. */
static void say_answer(struct app *app, const struct forward_try *attempt)
{
    if (attempt->answer_length == 0)
        return;
    char *masked = NULL;
    if (app->masked)
        masked =
            redact_copy(attempt->answer, attempt->answer_length, REDACT_JSON_OR_TEXT, NULL, NULL);
    inspector_field(&app->inspector, "  answer", ROLE_DIM,
                    !app->masked     ? attempt->answer
                    : masked != NULL ? masked
                                     : REDACT_MASK);
    free(masked);
}

static void say_try(struct app *app, const struct forward_try *attempt)
{
    char label[24], when[64], took[32];
    bool taken = attempt->status >= 200 && attempt->status < 300;
    (void)snprintf(label, sizeof label, "  try %" PRId64, attempt->number);
    rows_format_moment(when, sizeof when, app->times, attempt->at_ms, app->now_ms);
    rows_format_duration(took, sizeof took, attempt->took_us);
    if (attempt->status != 0)
        inspector_fieldf(&app->inspector, label, taken ? ROLE_GOOD : ROLE_BAD, "%s %d after %s",
                         when, attempt->status, took);
    else
        inspector_fieldf(&app->inspector, label, ROLE_BAD, "%s %s", when,
                         attempt->error != NULL ? attempt->error : "no answer");
    say_answer(app, attempt);
}

static void say_state(struct app *app, const struct forward *forward)
{
    char when[64], wait[32], next[64] = "";
    rows_format_moment(when, sizeof when, app->times, forward->queued_ms, app->now_ms);
    if (forward->next_ms > app->now_ms && forward->tries_made > 0) {
        rows_format_age(wait, sizeof wait, forward->next_ms - app->now_ms);
        (void)snprintf(next, sizeof next, ", again in %s", wait);
    }
    enum role role = forward->state == FORWARD_DONE       ? ROLE_GOOD
                     : forward->state == FORWARD_GIVEN_UP ? ROLE_BAD
                                                          : ROLE_WARN;
    const char *state = forward->state == FORWARD_DONE       ? "taken"
                        : forward->state == FORWARD_GIVEN_UP ? "given up"
                                                             : "waits";
    inspector_fieldf(&app->inspector, kind_words(forward->kind), role, "%s, %s%s%s", when, state,
                     next, forward->tries_made > FORWARD_TRIES_KEPT ? ", the newest tries" : "");
}

void forward_say(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct forward_list *list = &inspector->forwards;
    if (list->count == 0)
        return;
    inspector_add_fields(inspector, SECTION_FORWARDED);
    if (app->forwarding.name[0] != '\0')
        inspector_note(inspector, "to %.60s", app->forwarding.name);
    for (size_t i = 0; i < list->count; i++) {
        say_state(app, &list->items[i]);
        for (size_t j = 0; j < list->items[i].try_count; j++)
            say_try(app, &list->items[i].tries[j]);
    }
}
