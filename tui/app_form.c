/* The endpoint form in the state: its keys, and the question that it becomes. What it sends is a
   plan of app_plans.c. */
#include "tui/app_private.h"

#include <stdio.h>
#include <string.h>

/* --- opening and closing ------------------------------------------------------------ */

/* What Bridge refused is not typed twice: the same form has it again. */
void form_open(struct app *app, const struct webhook *webhook)
{
    const char *id = webhook != NULL ? webhook->id : "";
    if (webhook == NULL)
        endpoint_form_create(&app->form);
    else
        endpoint_form_change(&app->form, webhook);
    if (app->sent_failed && strcmp(app->sent.webhook_id, id) == 0)
        endpoint_form_retype(&app->form, &app->sent);
    app->form_open = true;
    app->notice.tone = TONE_NONE;
}

void form_close(struct app *app)
{
    app->form_open = false;
    if (strcmp(app->form.webhook_id, app->sent.webhook_id) == 0)
        app->sent_failed = false; /* it was brought back, and is sent again or not wanted */
}

static void leave(struct app *app)
{
    struct question *question = &app->question;
    if (!endpoint_form_typed(&app->form)) {
        form_close(app);
        return;
    }
    plan_clear(&question->plan);
    *question = (struct question){.open = true, .leaving = true};
    app->notice.tone = TONE_NONE;
    (void)snprintf(question->title, sizeof question->title, "Throw away what is typed");
    (void)snprintf(question->text, sizeof question->text,
                   "The form is closed, and what is typed in it is lost. Nothing has been sent.");
    (void)snprintf(question->verb, sizeof question->verb, "throw it away");
    (void)snprintf(question->no, sizeof question->no, "go on typing");
}

/* --- what it asks for ----------------------------------------------------------------- */

static void join(char *text, size_t size, const struct string_list *list)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->count && at < size - 1; i++) {
        int n = snprintf(text + at, size - at, "%s%s", i > 0 ? ", " : "", list->items[i]);
        at += n > 0 ? (size_t)n : 0;
    }
}

static void ask_create(struct app *app, struct plan plan)
{
    char categories[200];
    char text[400];
    plan_add_step(&plan, (struct step){.call = API_CREATE_WEBHOOK});
    plan.from_beginning = app->form.from_beginning;
    join(categories, sizeof categories, &plan.categories);
    (void)snprintf(text, sizeof text,
                   "Created disabled, to be enabled when the receiver is ready. Events: %s. "
                   "Categories: %s.",
                   plan.from_beginning ? "everything from the beginning of time"
                                       : "those from its creation on",
                   plan.categories.count > 0 ? categories : "left to Bridge (none ticked)");
    plan_ask(app, plan, "Create endpoint", "create it", text);
    plan_add_preview(&app->question);
}

static void ask_change(struct app *app, struct plan plan)
{
    const struct endpoint_form *form = &app->form;
    bool url = endpoint_form_url_changed(form);
    bool categories = endpoint_form_categories_changed(form);
    struct step change = {.call = API_UPDATE_WEBHOOK, .url = url, .categories = categories};
    (void)snprintf(plan.webhook_id, sizeof plan.webhook_id, "%s", form->webhook_id);
    (void)snprintf(plan.old_url, sizeof plan.old_url, "%s", url ? form->old_url : "");
    char names[200];
    char text[400];
    join(names, sizeof names, &plan.categories);
    if (plan.categories.count == 0)
        (void)snprintf(names, sizeof names, "none");
    if (url && form->was_active) {
        plan_add_step(&plan, (struct step){.call = API_UPDATE_WEBHOOK, .status = WEBHOOK_DISABLED});
        plan_add_step(&plan, change);
        plan_add_step(&plan, (struct step){.call = API_UPDATE_WEBHOOK, .status = WEBHOOK_ACTIVE});
        (void)snprintf(text, sizeof text,
                       "Only a disabled endpoint may change its URL. So three steps: disable it, "
                       "change it, enable it again. Deliveries pause meanwhile.%s%s",
                       categories ? " Categories: " : "", categories ? names : "");
    } else {
        plan_add_step(&plan, change);
        (void)snprintf(text, sizeof text, "%s%s%s",
                       url ? "It is disabled: the URL changes at once. " : "",
                       categories ? "Categories: " : "", categories ? names : "");
    }
    plan_ask(app, plan, "Change endpoint", "change it", text);
    plan_add_preview(&app->question);
}

static void submit(struct app *app)
{
    const struct endpoint_form *form = &app->form;
    if (!endpoint_form_submit(&app->form))
        return; /* the form shows why */
    struct plan plan = {.kind = form->creating ? PLAN_CREATE : PLAN_CHANGE};
    (void)snprintf(plan.url, sizeof plan.url, "%s", form->url.text);
    if (!endpoint_form_ticked(form, &plan.categories)) {
        app_say(app, TONE_BAD, "out of memory");
        return;
    }
    if (form->creating)
        ask_create(app, plan);
    else
        ask_change(app, plan);
}

/* --- once it is sent ------------------------------------------------------------------- */

/* It closes, and comes back should Bridge refuse. */
void form_sent(struct app *app)
{
    if (!app->form_open)
        return;
    app->sent = app->form;
    app->sent_plan = app->plan_serial;
    form_close(app);
}

/* "; c has what was typed", once, of the plan whose form was sent last. */
const char *form_offer(struct app *app, const struct plan *plan, char text[FORM_OFFER_SIZE])
{
    char key[KEYMAP_LABEL_SIZE];
    enum action action = plan->kind == PLAN_CREATE ? ACTION_CREATE : ACTION_CHANGE;
    text[0] = '\0';
    if (app->sent_plan != plan->id)
        return text;
    app->sent_failed = true;
    (void)snprintf(text, FORM_OFFER_SIZE, "; %s has what was typed",
                   state_pane_key(app, action, key));
    return text;
}

/* --- keys ------------------------------------------------------------------------------ */

static void act(struct app *app, enum action action)
{
    struct endpoint_form *form = &app->form;
    int columns = endpoint_form_columns(app->width);
    switch (action) {
    case ACTION_NEXT_FIELD:
        endpoint_form_next(form);
        break;
    case ACTION_PREVIOUS_FIELD:
        endpoint_form_previous(form);
        break;
    case ACTION_DOWN:
        endpoint_form_down(form, columns);
        break;
    case ACTION_UP:
        endpoint_form_up(form, columns);
        break;
    case ACTION_NEXT_CHOICE:
        endpoint_form_aside(form, 1, columns);
        break;
    case ACTION_PREVIOUS_CHOICE:
        endpoint_form_aside(form, -1, columns);
        break;
    case ACTION_TICK:
        if (!endpoint_form_toggle(form))
            app_say(app, TONE_INFO, "a URL has no blanks: %%20 stands for one");
        break;
    case ACTION_SUBMIT:
        if (form->field == FORM_OTHER && form->other.length > 0)
            (void)endpoint_form_toggle(form);
        else
            submit(app);
        break;
    case ACTION_DECLINE:
        leave(app);
        break;
    default:
        break;
    }
}

/* A category that was typed leaves its field: it is told where it went. */
static void tell_added(struct app *app, size_t before)
{
    const struct endpoint_form *form = &app->form;
    if (app->form_open && form->category_count > before)
        app_say(app, TONE_INFO, "%s is in the list now, and ticked",
                form->categories[form->category_count - 1]);
}

void form_act(struct app *app, enum action action)
{
    size_t before = app->form.category_count;
    act(app, action);
    tell_added(app, before);
}

void form_point(struct app *app, enum endpoint_field field, size_t option, size_t byte)
{
    size_t before = app->form.category_count;
    endpoint_form_point(&app->form, field, option, byte);
    tell_added(app, before);
}
