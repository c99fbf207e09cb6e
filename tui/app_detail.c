/* What Enter and ? open: documents built from a copy of what was selected, so that a refresh
   under them changes nothing. */
#include "tui/app_private.h"
#include "tui/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- opening and closing -------------------------------------------------------- */

void detail_close(struct app *app)
{
    struct detail *detail = &app->detail;
    webhook_clear(&detail->webhook);
    event_clear(&detail->event);
    log_entry_clear(&detail->log);
    delivery_clear(&detail->delivery);
    document_clear(&detail->document);
    *detail = (struct detail){0};
    document_init(&detail->document);
}

static bool open_webhook(struct app *app)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (endpoint == NULL || !webhook_copy(&app->detail.webhook, &endpoint->webhook))
        return false;
    app->detail.kind = DETAIL_WEBHOOK;
    (void)snprintf(app->detail.title, sizeof app->detail.title, "Endpoint %s",
                   endpoint->webhook.id);
    return true;
}

static bool open_event(struct app *app)
{
    const struct event *event = state_selected_upcoming(app);
    if (event == NULL || !event_copy(&app->detail.event, event))
        return false;
    app->detail.kind = DETAIL_EVENT;
    (void)snprintf(app->detail.title, sizeof app->detail.title, "Upcoming event %s", event->id);
    return true;
}

static bool open_log(struct app *app)
{
    const struct log_entry *entry = state_selected_log(app);
    if (entry == NULL || !log_entry_copy(&app->detail.log, entry))
        return false;
    app->detail.kind = DETAIL_LOG;
    (void)snprintf(app->detail.title, sizeof app->detail.title, "Delivery of %s",
                   entry->event_id != NULL ? entry->event_id : "an event");
    return true;
}

static bool open_delivery(struct app *app, struct effects *effects)
{
    const struct live_row *row = state_selected_live(app);
    if (row == NULL || !delivery_copy_summary(&app->detail.delivery, &row->delivery))
        return false;
    struct detail *detail = &app->detail;
    detail->kind = DETAIL_DELIVERY;
    detail->delivery_id = row->delivery.id;
    (void)snprintf(detail->title, sizeof detail->title, "Arrived: %s",
                   row->delivery.event_id != NULL ? row->delivery.event_id
                                                  : "a request without an event id");
    struct effect *effect = app_effect(effects, EFFECT_LOAD);
    if (effect != NULL)
        effect->delivery_id = detail->delivery_id;
    detail->loading = effect != NULL;
    return true;
}

void detail_open(struct app *app, struct effects *effects)
{
    detail_close(app);
    bool opened = false;
    switch (app->focus) {
    case PANE_ENDPOINTS:
        opened = open_webhook(app);
        break;
    case PANE_UPCOMING:
        opened = open_event(app);
        break;
    case PANE_DELIVERIES:
        opened = open_log(app);
        break;
    case PANE_LIVE:
        opened = open_delivery(app, effects);
        break;
    case PANE_COUNT:
        break;
    }
    if (opened)
        detail_lay_out(app);
    else
        detail_close(app);
}

void detail_loaded(struct app *app, int64_t id, const struct delivery *delivery, const char *text)
{
    struct detail *detail = &app->detail;
    if (detail->kind != DETAIL_DELIVERY || !detail->loading || detail->delivery_id != id)
        return; /* the answer to a question of before */
    if (delivery == NULL) {
        detail->loading = false;
        app_say(app, TONE_BAD, "%s", text);
        detail_lay_out(app);
        return;
    }
    detail->loading = false;
    bool copied = true;
    for (size_t i = 0; copied && i < delivery->headers.count; i++)
        copied = header_list_add(&detail->delivery.headers, delivery->headers.items[i].name,
                                 delivery->headers.items[i].value);
    struct buffer body;
    buffer_init(&body, DOCUMENT_BYTES_MAX);
    (void)buffer_append(&body, delivery->body, delivery->body_length);
    detail->delivery.body = buffer_take(&body, &detail->delivery.body_length);
    if (!copied || detail->delivery.body == NULL)
        app_say(app, TONE_BAD, "not all of this delivery could be read: out of memory");
    detail_lay_out(app);
}

/* --- what they say --------------------------------------------------------------- */

static void field_time(struct document *document, const char *label, const char *text, int64_t ms,
                       int64_t now_ms)
{
    char age[24];
    rows_format_age(age, sizeof age, now_ms - ms);
    if (text == NULL || ms < 0)
        document_field(document, label, ROLE_NORMAL, text);
    else
        document_fieldf(document, label, ROLE_NORMAL, "%s  (%s ago)", text, age);
}

static void payload(struct document *document, const char *title, const char *bytes, size_t length,
                    bool exact)
{
    char heading[120];
    char size[24];
    rows_format_size(size, sizeof size, length);
    (void)snprintf(heading, sizeof heading, "%s · %s%s", title, size,
                   exact ? " · exact bytes" : "");
    document_mark(document);
    document_heading(document, heading);
    if (length == 0)
        document_text(document, ROLE_DIM, "(empty)", strlen("(empty)"));
    else if (exact)
        document_hex(document, bytes, length);
    else
        document_payload(document, bytes, length);
}

static void say_webhook(const struct app *app, struct document *document)
{
    const struct webhook *webhook = &app->detail.webhook;
    const struct endpoint *endpoint = state_find_endpoint(app, webhook->id);
    document_heading(document, "Endpoint");
    document_field(document, "id", ROLE_STRONG, webhook->id);
    document_field(document, "url", ROLE_NORMAL, webhook->url);
    document_field(document, "status", webhook->status == WEBHOOK_ACTIVE ? ROLE_GOOD : ROLE_WARN,
                   webhook->status_text);
    if (webhook->created_at != NULL)
        document_field(document, "created at", ROLE_NORMAL, webhook->created_at);
    if (endpoint != NULL) {
        struct row_cell cell;
        size_t index = (size_t)(endpoint - app->endpoints);
        rows_cell(app, PANE_ENDPOINTS, index, ENDPOINT_LAST, &cell);
        document_field(document, "last delivery", cell.role, cell.text);
        rows_cell(app, PANE_ENDPOINTS, index, ENDPOINT_SHARE, &cell);
        if (endpoint->logs.count > 0)
            document_fieldf(document, "succeeded", cell.role, "%s of %zu in the log", cell.text,
                            endpoint->logs.count);
        if (endpoint->upcoming_known)
            document_fieldf(document, "upcoming", ROLE_NORMAL, "%zu%s event%s",
                            endpoint->upcoming.count,
                            endpoint->upcoming.count >= CONTRACT_UPCOMING ? " or more" : "",
                            endpoint->upcoming.count == 1 ? "" : "s");
        else
            document_field(document, "upcoming", ROLE_DIM, "not known yet");
        if (endpoint->upcoming_trouble[0] != '\0')
            document_field(document, "events failed", ROLE_BAD, endpoint->upcoming_trouble);
        if (endpoint->logs_trouble[0] != '\0')
            document_field(document, "log failed", ROLE_BAD, endpoint->logs_trouble);
    }
    document_heading(document, "Categories");
    if (webhook->categories.count == 0)
        document_text(document, ROLE_DIM, "none named", strlen("none named"));
    for (size_t i = 0; i < webhook->categories.count; i++)
        document_text(document,
                      contract_category_known(webhook->categories.items[i]) ? ROLE_NORMAL
                                                                            : ROLE_WARN,
                      webhook->categories.items[i], strlen(webhook->categories.items[i]));
    document_heading(document, "Public key");
    const char *pem = webhook->public_key != NULL ? webhook->public_key : "none given";
    document_text(document, ROLE_NORMAL, pem, strlen(pem));
}

static void say_event(const struct app *app, struct document *document)
{
    const struct event *event = &app->detail.event;
    document_heading(document, "Event");
    document_field(document, "id", ROLE_STRONG, event->id);
    document_field(document, "type", ROLE_NORMAL, event->type);
    document_field(document, "category", ROLE_NORMAL, event->category);
    document_field(document, "object", ROLE_NORMAL, event->object_id);
    document_field(document, "object status", ROLE_NORMAL, event->object_status);
    if (event->sequence >= 0)
        document_fieldf(document, "sequence", ROLE_NORMAL, "%" PRId64, event->sequence);
    field_time(document, "created at", event->created_at, event->created_ms, app->now_ms);
    document_field(document, "developer", ROLE_NORMAL, event->developer_id);
    payload(document, "Payload", event->raw, event->raw_length, app->detail.exact);
}

static void say_log(const struct app *app, struct document *document)
{
    const struct log_entry *entry = &app->detail.log;
    const char *type = entry->event_id != NULL ? state_event_type(app, entry->event_id) : NULL;
    document_heading(document, "Delivery, as Bridge logged it");
    document_field(document, "event", ROLE_STRONG, entry->event_id);
    document_field(document, "type", ROLE_NORMAL, type);
    document_field(document, "status", log_entry_succeeded(entry) ? ROLE_GOOD : ROLE_BAD,
                   entry->status_text);
    field_time(document, "time", entry->created_at, entry->created_ms, app->now_ms);
    const char *body = entry->response_body != NULL ? entry->response_body : "";
    payload(document, "Response body", body, strlen(body), app->detail.exact);
    payload(document, "Log entry", entry->raw, entry->raw_length, app->detail.exact);
}

static void say_verification(const struct delivery *delivery, struct document *document)
{
    bool genuine = delivery->verdict == VERDICT_GENUINE;
    document_heading(document, "Verification");
    document_fieldf(document, "verdict", genuine ? ROLE_GOOD : ROLE_BAD, "%s %s",
                    genuine ? "✓" : "✗", verdict_name(delivery->verdict));
    document_field(document, "reason", ROLE_NORMAL, delivery->reason);
    document_field(document, "endpoint", ROLE_NORMAL, delivery->webhook_id);
    document_field(document, "signature", ROLE_NORMAL,
                   header_list_find(&delivery->headers, CONTRACT_SIGNATURE_HEADER));
}

static void say_delivery(const struct app *app, struct document *document)
{
    const struct delivery *delivery = &app->detail.delivery;
    char text[CONTRACT_TIME_SIZE];
    contract_time_format(delivery->received_ms, text);
    say_verification(delivery, document);

    document_heading(document, "Event, as the body says");
    document_field(document, "id", ROLE_STRONG, delivery->event_id);
    document_field(document, "type", ROLE_NORMAL, delivery->event_type);
    document_field(document, "object", ROLE_NORMAL, delivery->object_id);
    document_field(document, "object status", ROLE_NORMAL, delivery->object_status);
    if (delivery->sequence >= 0)
        document_fieldf(document, "sequence", ROLE_NORMAL, "%" PRId64, delivery->sequence);

    document_heading(document, "Request and answer");
    field_time(document, "received", text, delivery->received_ms, app->now_ms);
    document_fieldf(document, "request", ROLE_NORMAL, "%s %s",
                    delivery->method != NULL ? delivery->method : "",
                    delivery->target != NULL ? delivery->target : "");
    document_field(document, "from", ROLE_NORMAL, delivery->peer);
    rows_format_duration(text, sizeof text, delivery->answer_us);
    document_fieldf(document, "answered", delivery->answer_status == 200 ? ROLE_GOOD : ROLE_BAD,
                    "%d after %s", delivery->answer_status, text);

    if (app->detail.loading || delivery->body == NULL) {
        document_heading(document, "Headers and payload");
        const char *why =
            app->detail.loading ? "being read from the store…" : "could not be read from the store";
        document_text(document, ROLE_DIM, why, strlen(why));
        return;
    }
    document_heading(document, "Headers");
    for (size_t i = 0; i < delivery->headers.count; i++)
        document_field(document, delivery->headers.items[i].name, ROLE_NORMAL,
                       delivery->headers.items[i].value);
    payload(document, "Payload", delivery->body, delivery->body_length, app->detail.exact);
}

void detail_lay_out(struct app *app)
{
    struct detail *detail = &app->detail;
    document_clear(&detail->document);
    switch (detail->kind) {
    case DETAIL_NONE:
        return;
    case DETAIL_WEBHOOK:
        say_webhook(app, &detail->document);
        break;
    case DETAIL_EVENT:
        say_event(app, &detail->document);
        break;
    case DETAIL_LOG:
        say_log(app, &detail->document);
        break;
    case DETAIL_DELIVERY:
        say_delivery(app, &detail->document);
        break;
    }
    document_wrap(&detail->document, app->layout.body.width - 4, app->ascii);
    if (detail->top >= detail->document.row_count)
        detail->top = 0;
}

/* --- help ------------------------------------------------------------------------ */

/* Its keys in the first of the places where it holds. */
static void help_row(const struct keymap *keymap, struct document *document,
                     const struct binding *binding, unsigned places)
{
    char label[KEYMAP_LABEL_SIZE];
    unsigned holds = binding->places & places;
    enum place first = (enum place)(holds & -holds);
    document_field(document, keymap_label(keymap, binding, first, label), ROLE_NORMAL,
                   binding->help);
}

/* A binding is told once: in the first section that has its place, or under "Everywhere". */
static void help_section(const struct keymap *keymap, struct document *document, const char *title,
                         unsigned places, unsigned told)
{
    document_heading(document, title);
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        if ((KEYMAP[i].places & places) != 0 && (KEYMAP[i].places & told) == 0 &&
            KEYMAP[i].places != PLACE_ANYWHERE)
            help_row(keymap, document, &KEYMAP[i], places);
}

static void help_everywhere(const struct keymap *keymap, struct document *document)
{
    document_heading(document, "Everywhere");
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        if (KEYMAP[i].places == PLACE_ANYWHERE)
            help_row(keymap, document, &KEYMAP[i], PLACE_ANYWHERE);
}

void help_lay_out(struct app *app)
{
    if (!app->help.open)
        return;
    struct document *document = &app->help.document;
    const struct keymap *keymap = &app->keymap;
    document_clear(document);
    help_section(keymap, document, "In the panes", PLACE_LISTS, 0);
    help_section(keymap, document, "In a detail view, and in this help", PLACE_PAGES, PLACE_LISTS);
    help_section(keymap, document, "In a question", PLACE_QUESTION | PLACE_TYPED, 0);
    help_section(keymap, document, "In a form", PLACE_FORM, 0);
    help_section(keymap, document, "In the filter line", PLACE_FILTER, 0);
    help_everywhere(keymap, document);
    document_wrap(document, app->layout.body.width - 4, app->ascii);
    if (app->help.top >= document->row_count)
        app->help.top = 0;
}

void help_open(struct app *app)
{
    app->help.open = true;
    app->help.top = 0;
    help_lay_out(app);
}

void help_close(struct app *app)
{
    app->help.open = false;
    document_clear(&app->help.document);
}
