/*
 * Questions, and actions at Bridge.
 *
 * An action becomes a plan, the plan a question, and only a yes starts it. A plan
 * is one call, or a few in order; its results end in one line that says what
 * happened, in Bridge's own words where it refused.
 */
#include "tui/app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPED_CHARACTERS = 4 }; /* of the id, to delete where it is not production */

void plan_clear(struct plan *plan)
{
    string_list_clear(&plan->categories);
    *plan = (struct plan){0};
}

/* What a step asks of Bridge; its strings are the plan's. */
static struct api_request request_of(const struct plan *plan, const struct step *step)
{
    struct api_request request = {
        .call = step->call,
        .webhook_id = plan->webhook_id,
        .event_id = plan->event_id,
        .status = step->status,
        .attempts = CLIENT_ACTION_ATTEMPTS,
    };
    if (step->call == API_CREATE_WEBHOOK)
        request.epoch = plan->from_beginning ? "beginning_of_time" : "webhook_creation";
    if (step->call == API_CREATE_WEBHOOK || step->url)
        request.url = plan->url;
    if (step->categories || (step->call == API_CREATE_WEBHOOK && plan->categories.count > 0))
        request.categories = &plan->categories;
    return request;
}

/* --- asking ------------------------------------------------------------------ */

void plan_add_step(struct plan *plan, struct step step)
{
    plan->steps[plan->step_count++] = step;
}

struct plan plan_for(enum plan_kind kind, const struct endpoint *endpoint)
{
    struct plan plan = {.kind = kind};
    if (endpoint != NULL) {
        (void)snprintf(plan.webhook_id, sizeof plan.webhook_id, "%s", endpoint->webhook.id);
        (void)snprintf(plan.url, sizeof plan.url, "%s",
                       endpoint->webhook.url != NULL ? endpoint->webhook.url : "");
    }
    return plan;
}

/* Takes the plan over. The text begins with what the question is about, and always names
   where it would happen. */
void plan_ask(struct app *app, struct plan plan, const char *title, const char *verb,
              const char *text)
{
    struct question *question = &app->question;
    plan_clear(&question->plan);
    *question = (struct question){.open = true, .plan = plan};
    app->notice.tone = TONE_NONE; /* the status line is the dialog's */
    (void)snprintf(question->title, sizeof question->title, "%s · %s", title,
                   state_environment_name(app));
    (void)snprintf(question->verb, sizeof question->verb, "%s", verb);
    (void)snprintf(question->text, sizeof question->text, "%.300s\n%s%.300s%s%s · %s\n\n%.400s",
                   plan.url, plan.old_url[0] != '\0' ? "instead of " : "", plan.old_url,
                   plan.old_url[0] != '\0' ? "\n" : "",
                   plan.webhook_id[0] != '\0' ? plan.webhook_id : "a new endpoint",
                   state_environment_name(app), text);
}

/* Shows what would be sent, request by request. */
void plan_add_preview(struct question *question)
{
    const struct plan *plan = &question->plan;
    size_t at = strlen(question->text);
    for (size_t i = 0; i < plan->step_count; i++) {
        struct api_request request = request_of(plan, &plan->steps[i]);
        char preview[QUESTION_TEXT_MAX];
        if (!client_preview(&request, preview, sizeof preview))
            continue;
        int n = snprintf(question->text + at, sizeof question->text - at, "\n\n%s", preview);
        if (n < 0 || (size_t)n >= sizeof question->text - at)
            return;
        at += (size_t)n;
    }
}

static bool busy(struct app *app, const char *webhook_id)
{
    for (size_t i = 0; i < STATE_PLANS; i++) {
        if (app->plans[i].id != 0 && strcmp(app->plans[i].webhook_id, webhook_id) == 0) {
            app_say(app, TONE_WARN, "%s: the last action is still under way", webhook_id);
            return true;
        }
    }
    return false;
}

static void ask_status(struct app *app, const struct endpoint *endpoint, enum webhook_status status,
                       struct effects *effects)
{
    bool enable = status == WEBHOOK_ACTIVE;
    if (endpoint->webhook.status == status) {
        app_say(app, TONE_INFO, "%s is %s already", endpoint->webhook.id,
                enable ? "active" : "disabled");
        return;
    }
    struct plan plan = plan_for(enable ? PLAN_ENABLE : PLAN_DISABLE, endpoint);
    plan_add_step(&plan, (struct step){.call = API_UPDATE_WEBHOOK, .status = status});
    if (enable)
        plan_ask(app, plan, "Enable endpoint", "enable it",
                 "Bridge begins to deliver to this URL, and starts with what has queued up.");
    else
        plan_ask(app, plan, "Disable endpoint", "disable it",
                 "Bridge stops delivering to this URL. Single events can still be sent.");
    if (enable)
        look_begin(app, endpoint, effects);
}

static void ask_delete(struct app *app, const struct endpoint *endpoint)
{
    struct plan plan = plan_for(PLAN_DELETE, endpoint);
    plan_add_step(&plan, (struct step){.call = API_DELETE_WEBHOOK});
    plan_ask(app, plan, "Delete endpoint", "delete",
             "This cannot be undone: Bridge forgets the endpoint, its key, its queue and its log.");
    /* In production all of it. */
    size_t wanted = app->environment == ENVIRONMENT_PRODUCTION ? CONTRACT_ID_MAX : TYPED_CHARACTERS;
    size_t length = strlen(plan.webhook_id);
    size_t from = length > wanted ? length - wanted : 0;
    app->question.typed = true;
    (void)snprintf(app->question.wanted, sizeof app->question.wanted, "%s", plan.webhook_id + from);
}

/* The endpoint that a key means: of what arrived, the one it was for; else the one that panes 1 to
   3 show. NULL, and said why, when there is none. */
static const struct endpoint *endpoint_meant(struct app *app, enum action action)
{
    const struct live_row *row = state_selected_live(app);
    const struct gap_row *gap = state_selected_gap(app);
    const struct endpoint *endpoint = NULL;
    if (action == ACTION_SEND)
        endpoint = send_endpoint(app);
    else if (app->focus == PANE_GAPS && gap != NULL)
        endpoint = state_find_endpoint(app, gap->webhook_id);
    else if (app->focus != PANE_LIVE)
        endpoint = state_selected_endpoint(app);
    else if (row != NULL)
        endpoint = state_find_endpoint(app, row->delivery.webhook_id);
    if (endpoint != NULL)
        return endpoint;
    if (action == ACTION_SEND || app->focus != PANE_LIVE)
        app_say(app, TONE_INFO, "no endpoint is selected");
    else if (row == NULL)
        app_say(app, TONE_INFO, "no delivery is selected, and so no endpoint");
    else if (row->delivery.webhook_id != NULL)
        app_say(app, TONE_INFO, "this delivery's endpoint, %.80s, is none of the account's",
                row->delivery.webhook_id);
    else
        app_say(app, TONE_INFO, "no endpoint is known for this delivery: choose one in pane 1");
    return NULL;
}

void plans_act(struct app *app, enum action action, struct effects *effects)
{
    if (app->environment == ENVIRONMENT_NONE) {
        app_say(app, TONE_WARN, "no API key was given: this dashboard only listens");
        return;
    }
    if (app->read_only) {
        app_say(app, TONE_WARN, STATE_READ_ONLY);
        return;
    }
    if (action == ACTION_CREATE) {
        form_open(app, NULL);
        return;
    }
    bool shown = app->inspector.kind != INSPECTOR_NONE; /* that one, whatever is marked */
    if (action == ACTION_SEND && !shown && list_mark_count(app, app->focus) > 0) {
        send_ask_marked(app);
        return;
    }
    const struct endpoint *endpoint = endpoint_meant(app, action);
    if (endpoint == NULL || busy(app, endpoint->webhook.id))
        return;
    switch (action) {
    case ACTION_ENABLE:
        ask_status(app, endpoint, WEBHOOK_ACTIVE, effects);
        break;
    case ACTION_DISABLE:
        ask_status(app, endpoint, WEBHOOK_DISABLED, effects);
        break;
    case ACTION_DELETE:
        ask_delete(app, endpoint);
        break;
    case ACTION_SEND:
        send_ask(app, endpoint);
        break;
    case ACTION_CHANGE:
        form_open(app, &endpoint->webhook);
        break;
    default:
        break;
    }
}

/* --- doing ------------------------------------------------------------------- */

static struct plan *find_plan(struct app *app, uint64_t id)
{
    for (size_t i = 0; i < STATE_PLANS; i++)
        if (app->plans[i].id == id)
            return &app->plans[i];
    return NULL;
}

static void call_step(struct app *app, struct plan *plan, struct effects *effects)
{
    struct effect *effect = app_effect(effects, EFFECT_CALL);
    if (effect == NULL)
        return;
    plan->progress[0] = '\0';
    effect->plan = plan->id;
    effect->request = request_of(plan, &plan->steps[plan->step]);
    activity_begin(app, plan, effects);
}

bool plan_start(struct app *app, struct plan plan, struct effects *effects)
{
    struct plan *slot = find_plan(app, 0);
    if (slot == NULL) {
        app_say(app, TONE_WARN, "too many actions are under way: wait for one to end");
        return false;
    }
    *slot = plan;
    slot->id = ++app->plan_serial;
    slot->since_ms = app->now_ms;
    app->notice.tone = TONE_NONE;
    call_step(app, slot, effects);
    return true;
}

void plans_confirmed(struct app *app, struct effects *effects)
{
    struct question *question = &app->question;
    if (question->exporting) {
        export_confirmed(app, effects);
    } else if (question->leaving) {
        plans_declined(app);
        form_close(app);
    } else if (question->replaying || question->key_shown) {
        replay_confirmed(app, effects);
    } else if (question->queued) {
        plans_declined(app); /* the question's own plan only names the endpoint */
        send_start(app, effects);
    } else if (plan_start(app, question->plan, effects)) {
        *question = (struct question){0};
        form_sent(app);
    }
}

void plans_declined(struct app *app)
{
    plan_clear(&app->question.plan);
    app->question = (struct question){0};
}

void plans_retrying(struct app *app, uint64_t id, const char *text)
{
    struct plan *plan = find_plan(app, id);
    if (plan == NULL || id == 0)
        return;
    (void)snprintf(plan->progress, sizeof plan->progress, "%s", text);
    plan->since_ms = app->now_ms;
}

static const char *verb_of(const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_ENABLE:
        return "enable";
    case PLAN_DISABLE:
        return "disable";
    case PLAN_SEND:
        return "send";
    case PLAN_DELETE:
        return "delete";
    case PLAN_CREATE:
        return "create";
    case PLAN_CHANGE:
        return "change";
    }
    return "";
}

static void say_done(struct app *app, const struct plan *plan, const struct api_result *result)
{
    char key[KEYMAP_LABEL_SIZE];
    switch (plan->kind) {
    case PLAN_ENABLE:
        app_say(app, TONE_GOOD, "%s is active: Bridge delivers to it", plan->webhook_id);
        break;
    case PLAN_DISABLE:
        app_say(app, TONE_GOOD, "%s is disabled", plan->webhook_id);
        break;
    case PLAN_SEND:
        app_say(app, TONE_GOOD, "sent %s to %s: %s", plan->event_id, plan->webhook_id,
                result->message != NULL ? result->message : "Bridge took it");
        break;
    case PLAN_DELETE:
        app_say(app, TONE_GOOD, "%s is deleted", plan->webhook_id);
        break;
    case PLAN_CREATE:
        app_say(app, TONE_GOOD, "created %s, disabled: %s enables it",
                result->webhook.id != NULL ? result->webhook.id : "the endpoint",
                state_pane_key(app, ACTION_ENABLE, key));
        break;
    case PLAN_CHANGE:
        app_say(app, TONE_GOOD, "%s is changed%s", plan->webhook_id,
                plan->step_count > 1 ? " and active again" : "");
        break;
    }
}

static void say_failed(struct app *app, const struct plan *plan, const char *why)
{
    char offer[FORM_OFFER_SIZE];
    if (plan->kind == PLAN_SEND)
        app_say(app, TONE_BAD, "could not send %s to %s: %s", plan->event_id, plan->webhook_id,
                why);
    else
        app_say(app, TONE_BAD, "could not %s %s: %.300s%s", verb_of(plan),
                plan->webhook_id[0] != '\0' ? plan->webhook_id : "the endpoint", why,
                form_offer(app, plan, offer));
}

/* A step failed. What was disabled only for the change is enabled again, once. */
static void step_failed(struct app *app, struct plan *plan, const struct api_result *result,
                        struct effects *effects)
{
    const char *why = result->error.message;
    bool was_disabled_for_it = plan->kind == PLAN_CHANGE && plan->step_count > 1;
    if (was_disabled_for_it && plan->step == 1) {
        plan->restoring = true;
        (void)snprintf(plan->failure, sizeof plan->failure, "%s", why);
        plan->step = 2;
        call_step(app, plan, effects);
        return;
    }
    if (was_disabled_for_it && plan->step == 2 && !plan->restoring)
        app_say(app, TONE_BAD, "%s has its new URL but could not be enabled again: %s",
                plan->webhook_id, why);
    else
        say_failed(app, plan, why);
    plan_clear(plan);
}

/* What the answer says of the URL counts: a change whose answer was lost may have been made. */
static void restored(struct app *app, struct plan *plan, const struct api_result *result)
{
    bool answered = result->outcome == API_OK;
    const char *url = answered ? result->webhook.url : NULL;
    char offer[FORM_OFFER_SIZE];
    if (url != NULL && strcmp(url, plan->url) == 0)
        app_say(app, TONE_WARN, "%s has its new URL and is active again, though it was said: %s",
                plan->webhook_id, plan->failure);
    else if (answered)
        app_say(app, TONE_BAD, "%s keeps its old URL and is active again: %.300s%s",
                plan->webhook_id, plan->failure, form_offer(app, plan, offer));
    else
        app_say(app, TONE_BAD, "%s could not be changed (%.150s) and is DISABLED: %.150s%s",
                plan->webhook_id, plan->failure, result->error.message,
                form_offer(app, plan, offer));
    plan_clear(plan);
}

static void keep_answer(struct app *app, const struct plan *plan, const struct api_result *result,
                        struct effects *effects)
{
    if (result->call == API_DELETE_WEBHOOK) {
        data_drop_webhook(app, plan->webhook_id, effects);
        struct effect *forget = app_effect(effects, EFFECT_FORGET);
        if (forget != NULL)
            (void)snprintf(forget->webhook_id, sizeof forget->webhook_id, "%s", plan->webhook_id);
    } else if (result->call == API_CREATE_WEBHOOK || result->call == API_UPDATE_WEBHOOK) {
        data_put_webhook(app, &result->webhook, effects);
    }
    if (result->call == API_CREATE_WEBHOOK && result->webhook.id != NULL) {
        list_select_key(app, PANE_ENDPOINTS, result->webhook.id);
        app_endpoint_selected(app, effects);
    }
}

void plans_result(struct app *app, uint64_t id, const struct api_result *result,
                  struct effects *effects)
{
    struct plan *plan = find_plan(app, id);
    if (plan == NULL || id == 0)
        return;
    activity_end(app, plan, result, effects);
    if (plan->queued) {
        plan_clear(plan);
        send_result(app, result, effects);
        return;
    }
    if (result->outcome == API_OK)
        keep_answer(app, plan, result, effects);
    if (plan->restoring) {
        restored(app, plan, result);
    } else if (result->outcome != API_OK) {
        step_failed(app, plan, result, effects);
    } else if (plan->step + 1 < plan->step_count) {
        plan->step++;
        call_step(app, plan, effects);
        return;
    } else {
        say_done(app, plan, result);
        plan_clear(plan);
    }
    (void)app_effect(effects, EFFECT_REFRESH);
}
