/* The copy menu: what of the selected row, or of what the inspector shows, goes to the clipboard.
 */
#include "api/count.h"
#include "api/curl.h"
#include "api/redact.h"
#include "tui/app_private.h"
#include "tui/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is selected: one of them, or none. */
struct source {
    const struct webhook *webhook;
    const struct event *event;
    const struct log_entry *log;
    const struct delivery *delivery;
    bool comparison;
    const struct inspector_side *attempt; /* of a comparison: an attempt that has another body */
};

/* What arrived, else what Bridge told of it. */
static struct source traced(const struct trace_told *told)
{
    if (told->record != NULL && told->record->found)
        return (struct source){.delivery = &told->record->delivery};
    return (struct source){.event = told->event.id != NULL ? &told->event : NULL};
}

static struct source of_object(const struct app *app)
{
    const struct object_event *event = object_selected(app);
    if (event == NULL)
        return (struct source){0};
    if (event->delivery.id != 0)
        return (struct source){.delivery = &event->delivery};
    return (struct source){.event = event->bridge.id != NULL ? &event->bridge : NULL};
}

static struct source opened(const struct app *app)
{
    const struct inspector *inspector = &app->inspector;
    switch (inspector->kind) {
    case INSPECTOR_ENDPOINT:
        return (struct source){.webhook = &inspector->webhook};
    case INSPECTOR_EVENT:
        return (struct source){.event = &inspector->event};
    case INSPECTOR_LOG:
        return (struct source){.log = &inspector->log};
    case INSPECTOR_DELIVERY:
        return (struct source){.delivery = &inspector->delivery};
    case INSPECTOR_COMPARISON:
        return (struct source){.comparison = true,
                               .attempt = inspector->attempt != 0 ? &inspector->sides[1] : NULL};
    case INSPECTOR_TRACE:
        return traced(inspector->trace);
    case INSPECTOR_OBJECT:
        return of_object(app);
    case INSPECTOR_NONE:
        break;
    }
    return (struct source){0};
}

static struct source selected(const struct app *app)
{
    struct source source = {0};
    if (app->inspector.kind != INSPECTOR_NONE)
        return opened(app);
    const struct endpoint *endpoint = state_selected_endpoint(app);
    const struct live_row *row = state_selected_live(app);
    const struct gap_row *gap = state_selected_gap(app);
    if (app->focus == PANE_ENDPOINTS)
        source.webhook = endpoint != NULL ? &endpoint->webhook : NULL;
    else if (app->focus == PANE_UPCOMING)
        source.event = state_selected_upcoming(app);
    else if (app->focus == PANE_GAPS)
        source.event = gap != NULL ? &gap->event : NULL;
    else if (app->focus == PANE_DELIVERIES)
        source.log = state_selected_log(app);
    else
        source.delivery = row != NULL ? &row->delivery : NULL;
    return source;
}

static const char *kind_of(const struct source *source)
{
    return source->webhook != NULL ? "an endpoint"
           : source->event != NULL ? "an upcoming event"
           : source->log != NULL   ? "an entry of Bridge's log"
                                   : "a comparison";
}

/* --- what is copied, masked where the screen is -------------------------------------------- */

/* Counts what was hidden; a copy that cannot be made is a failed buffer. */
static void take_masked(struct app *app, struct buffer *to, const char *bytes, char *masked,
                        size_t length)
{
    if (!app->masked) {
        (void)buffer_append(to, bytes, length);
        return;
    }
    if (masked == NULL) {
        to->failed = true;
        return;
    }
    size_t now = strlen(masked);
    if (now != length || memcmp(masked, bytes, length) != 0)
        app->copy.hidden = true;
    (void)buffer_append(to, masked, now);
    free(masked);
}

/* May hold NULs. */
static void take_body(struct app *app, struct buffer *to, const char *bytes, size_t length)
{
    if (!app->masked) {
        (void)buffer_append(to, bytes, length);
        return;
    }
    size_t now;
    size_t hidden;
    char *masked = redact_copy(bytes, length, REDACT_JSON_OR_TEXT, &now, &hidden);
    if (masked == NULL) {
        to->failed = true;
        return;
    }
    app->copy.hidden = app->copy.hidden || hidden > 0;
    (void)buffer_append(to, masked, now);
    free(masked);
}

static void take_text(struct app *app, struct buffer *to, const char *text)
{
    char *masked =
        app->masked ? redact_copy(text, strlen(text), REDACT_PLAIN_TEXT, NULL, NULL) : NULL;
    take_masked(app, to, text, masked, strlen(text));
}

static void take_header(struct app *app, struct buffer *to, const struct header *field)
{
    char *masked = app->masked ? redact_header_value(field->name, field->value) : NULL;
    take_masked(app, to, field->value, masked, strlen(field->value));
}

static void take_headers(struct app *app, struct buffer *to, const struct header_list *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        (void)buffer_printf(to, "%s: ", headers->items[i].name);
        take_header(app, to, &headers->items[i]);
        (void)buffer_append_string(to, "\n");
    }
}

/* The delivery as it may be shown; to be cleared with delivery_clear(). */
static bool masked_delivery(struct app *app, const struct delivery *delivery, struct delivery *copy)
{
    *copy = (struct delivery){0};
    struct buffer text;
    buffer_init(&text, CURL_COMMAND_MAX);
    take_body(app, &text, delivery->body, delivery->body_length);
    copy->body = buffer_take(&text, &copy->body_length);
    const char *target = delivery->target != NULL ? delivery->target : "/";
    take_masked(app, &text, target, app->masked ? redact_target(target) : NULL, strlen(target));
    copy->target = buffer_take(&text, NULL);
    copy->method = strdup(delivery->method != NULL ? delivery->method : "POST");
    bool whole = copy->body != NULL && copy->target != NULL && copy->method != NULL;
    for (size_t i = 0; whole && i < delivery->headers.count; i++) {
        const struct header *field = &delivery->headers.items[i];
        take_header(app, &text, field);
        char *value = buffer_take(&text, NULL);
        whole = value != NULL && header_list_add(&copy->headers, field->name, value);
        free(value);
    }
    buffer_clear(&text);
    return whole;
}

static void take_curl(struct app *app, struct buffer *to, const struct delivery *delivery)
{
    char url[128];
    struct delivery copy;
    if (!masked_delivery(app, delivery, &copy) ||
        !curl_command(to, &copy, state_receiver_url(app, url)))
        to->failed = true;
    delivery_clear(&copy);
}

/* What of a value the spans leave, a mask in the place of each. */
static void take_value(struct app *app, struct buffer *to, const struct inspector_body *body,
                       size_t start, size_t length)
{
    static const char *const QUOTES[] = {"", "\"", "\\\""};
    const struct redact_span *after = body->hidden.items + body->hidden.count;
    const struct redact_span *span = app->masked ? redact_span_at(&body->hidden, start) : NULL;
    size_t at = start;
    size_t end = start + length;
    if (app->masked && body->all_hidden) {
        to->failed = true;
        return;
    }
    for (; span != NULL && span < after && span->start < end; span++) {
        const char *quote = QUOTES[span->quotes < 3 ? span->quotes : 0];
        if (span->start > at)
            (void)buffer_append(to, body->bytes + at, span->start - at);
        (void)buffer_printf(to, "%s" REDACT_MASK "%s", quote, quote);
        at = span->start + span->length < end ? span->start + span->length : end;
        app->copy.hidden = true;
    }
    (void)buffer_append(to, body->bytes + at, end - at);
}

/* `event_object.source.payment_rail = "ach"` */
static bool take_node(struct app *app, struct buffer *to)
{
    struct inspector_selection selection;
    if (app->inspector.kind == INSPECTOR_NONE || !inspector_selected(&app->inspector, &selection))
        return false;
    const struct json_node *node = selection.node;
    if (selection.path[0] != '\0')
        (void)buffer_printf(to, "%s = ", selection.path);
    take_value(app, to, selection.body, node->value, node->value_length);
    return true;
}

/* --- by key ---------------------------------------------------------------------------------- */

static const struct {
    enum action action;
    const char *argument; /* of :copy */
    const char *name;
} WHAT[] = {
    {ACTION_COPY_BODY, "body", "body"},
    {ACTION_COPY_HEADERS, "headers", "headers"},
    {ACTION_COPY_ID, "id", "id"},
    {ACTION_COPY_SIGNATURE, "signature", "signature"},
    {ACTION_COPY_NODE, "node", "path and value"},
    {ACTION_COPY_CURL, "curl", "curl command"},
    {ACTION_COPY_URL, "url", "URL"},
};

static const char *name_of(enum action action)
{
    for (size_t i = 0; i < sizeof WHAT / sizeof *WHAT; i++)
        if (WHAT[i].action == action)
            return WHAT[i].name;
    return "message";
}

static void take_id(struct buffer *to, const struct source *source)
{
    const char *id = source->webhook != NULL    ? source->webhook->id
                     : source->event != NULL    ? source->event->id
                     : source->log != NULL      ? source->log->event_id
                     : source->delivery != NULL ? source->delivery->event_id
                                                : NULL;
    (void)buffer_append_string(to, id != NULL ? id : "");
}

static void take_raw(struct app *app, struct buffer *to, const struct source *source)
{
    if (source->event != NULL && source->event->raw != NULL)
        take_body(app, to, source->event->raw, source->event->raw_length);
    else if (source->log != NULL && source->log->raw != NULL)
        take_body(app, to, source->log->raw, source->log->raw_length);
    else if (source->delivery != NULL && source->delivery->body != NULL)
        take_body(app, to, source->delivery->body, source->delivery->body_length);
    else if (source->attempt != NULL)
        take_body(app, to, source->attempt->bytes, source->attempt->length);
}

/* An event's is that of the endpoint that it is for, or was. */
static void take_url(struct app *app, struct buffer *to, const struct source *source)
{
    const struct webhook *webhook = source->webhook;
    const struct endpoint *endpoint = NULL;
    if (source->event != NULL || source->log != NULL)
        endpoint = state_selected_endpoint(app);
    else if (source->delivery != NULL && source->delivery->webhook_id != NULL)
        endpoint = state_find_endpoint(app, source->delivery->webhook_id);
    if (endpoint != NULL)
        webhook = &endpoint->webhook;
    if (webhook != NULL && webhook->url != NULL)
        take_text(app, to, webhook->url);
}

/* An empty buffer: there is none. */
static void take(struct app *app, enum action action, struct buffer *to,
                 const struct source *source)
{
    const struct delivery *delivery = source->delivery;
    const char *signature =
        delivery != NULL ? header_list_find(&delivery->headers, CONTRACT_SIGNATURE_HEADER) : NULL;
    if (action == ACTION_COPY_BODY)
        take_raw(app, to, source);
    else if (action == ACTION_COPY_ID)
        take_id(to, source);
    else if (action == ACTION_COPY_URL)
        take_url(app, to, source);
    else if (action == ACTION_COPY_NODE)
        (void)take_node(app, to);
    else if (action == ACTION_COPY_HEADERS && delivery != NULL)
        take_headers(app, to, &delivery->headers);
    else if (action == ACTION_COPY_SIGNATURE && signature != NULL)
        (void)buffer_append_string(to, signature);
    else if (action == ACTION_COPY_CURL && delivery != NULL)
        take_curl(app, to, delivery);
}

static bool is_under_way(struct app *app)
{
    if (app->copy.under_way)
        app_say(app, TONE_INFO, "the last copy is still being written");
    return app->copy.under_way;
}

static void say_none(struct app *app, enum action action, const struct source *source)
{
    char key[KEYMAP_LABEL_SIZE];
    if (action == ACTION_COPY_NODE && app->inspector.kind == INSPECTOR_NONE)
        app_say(app, TONE_INFO, "path and value are copied from the inspector: %s opens it",
                state_pane_key(app, ACTION_OPEN, key));
    else if (action == ACTION_COPY_NODE)
        app_say(app, TONE_INFO, "no value is selected: move to one of the payload's lines");
    else if (source->delivery != NULL)
        app_say(app, TONE_INFO, "this delivery has no %s", name_of(action));
    else
        app_say(app, TONE_INFO, "%s has no %s", kind_of(source), name_of(action));
}

static void copy(struct app *app, enum action action, const struct source *source,
                 struct effects *effects)
{
    struct copy *now = &app->copy;
    buffer_clear(&now->bytes);
    buffer_init(&now->bytes, CURL_COMMAND_MAX);
    now->hidden = false;
    now->what = action;
    take(app, action, &now->bytes, source);
    if (now->bytes.failed) {
        app_say(app, TONE_BAD, "the %s could not be copied: out of memory", name_of(action));
        return;
    }
    if (now->bytes.length == 0) {
        say_none(app, action, source);
        return;
    }
    now->under_way = app_effect(effects, EFFECT_COPY) != NULL;
}

void copy_message(struct app *app, const char *text, struct effects *effects)
{
    struct copy *now = &app->copy;
    if (is_under_way(app))
        return;
    buffer_clear(&now->bytes);
    buffer_init(&now->bytes, CURL_COMMAND_MAX);
    now->hidden = false;
    now->what = ACTION_COPY;
    now->delivery_id = 0;
    if (buffer_append_string(&now->bytes, text))
        now->under_way = app_effect(effects, EFFECT_COPY) != NULL;
    else
        app_say(app, TONE_BAD, "the message could not be copied: out of memory");
}

void copy_done(struct app *app, const char *path, const char *error)
{
    struct copy *now = &app->copy;
    char size[COUNT_SIZE];
    const char *mask = "";
    if (now->hidden)
        mask = now->what == ACTION_COPY_CURL || now->what == ACTION_COPY_BODY
                   ? " (masked: the signature will not fit)"
                   : " (masked)";
    count_format(size, sizeof size, (int64_t)now->bytes.length);
    if (error != NULL)
        app_say(app, TONE_BAD, "the %s could not be copied: %s", name_of(now->what), error);
    else if (path != NULL)
        app_say(app, TONE_GOOD, "%s written to %s: %s bytes%s", name_of(now->what), path, size,
                mask);
    else
        app_say(app, TONE_GOOD, "%s copied: %s bytes%s", name_of(now->what), size, mask);
    now->under_way = false;
    buffer_clear(&now->bytes);
}

/* --- the menu ----------------------------------------------------------------------------------
 */

/* Arrivals in the list are summaries: the rest is in the store. */
static bool load_first(struct app *app, enum action action, const struct delivery *delivery,
                       struct effects *effects)
{
    if (delivery == NULL || delivery->body != NULL || delivery->id == 0 ||
        action == ACTION_COPY_ID || action == ACTION_COPY_NODE || action == ACTION_COPY_URL)
        return false;
    struct effect *effect = app_effect(effects, EFFECT_LOAD);
    if (effect == NULL)
        return false;
    effect->delivery_id = app->copy.delivery_id = delivery->id;
    app->copy.what = action;
    return true;
}

void copy_act(struct app *app, enum action action, struct effects *effects)
{
    struct source source = selected(app);
    app->copy.open = false;
    if (action == ACTION_DECLINE)
        return;
    if (is_under_way(app))
        return;
    app->copy.delivery_id = 0;
    if (!load_first(app, action, source.delivery, effects))
        copy(app, action, &source, effects);
}

void copy_begin(struct app *app, const char *what, struct effects *effects)
{
    struct source source = selected(app);
    if (source.webhook == NULL && source.event == NULL && source.log == NULL &&
        source.delivery == NULL && !source.comparison) {
        app_say(app, TONE_INFO, "nothing is selected to copy");
        return;
    }
    app->notice.tone = TONE_NONE;
    app->copy.open = what == NULL;
    for (size_t i = 0; what != NULL && i < sizeof WHAT / sizeof *WHAT; i++)
        if (strcmp(what, WHAT[i].argument) == 0)
            copy_act(app, WHAT[i].action, effects);
}

void copy_loaded(struct app *app, int64_t id, const struct delivery *delivery, const char *text,
                 struct effects *effects)
{
    if (id == 0 || id != app->copy.delivery_id)
        return;
    app->copy.delivery_id = 0;
    struct source source = {.delivery = delivery};
    if (delivery == NULL)
        app_say(app, TONE_BAD, "%s", text);
    else if (!app->copy.under_way)
        copy(app, app->copy.what, &source, effects);
}
