/* What the inspector says, section by section, of the copy of what was selected that it holds. What
   opens it, and its keys, are in app_inspector_act.c. */
#include "api/redact.h"
#include "tui/app_private.h"
#include "tui/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what it says --------------------------------------------------------------- */

static void say_time(struct app *app, const char *label, const char *text, int64_t ms)
{
    char age[24];
    char clock[24];
    if (text == NULL || ms < 0) {
        inspector_field(&app->inspector, label, ROLE_NORMAL, text);
        return;
    }
    rows_format_age(age, sizeof age, app->now_ms - ms);
    rows_format_moment(clock, sizeof clock, app->times, ms, app->now_ms);
    if (app->times == TIMES_RELATIVE)
        inspector_fieldf(&app->inspector, label, ROLE_NORMAL, "%s (%s ago)", text, age);
    else
        inspector_fieldf(&app->inspector, label, ROLE_NORMAL, "%s (%s %s, %s ago)", text, clock,
                         app->times == TIMES_UTC ? "UTC" : "here", age);
}

/* The body, and what of it is not to be read. */
static bool add_body(struct app *app, const char *bytes, size_t length, size_t *body)
{
    struct inspector *inspector = &app->inspector;
    if (bytes == NULL || !inspector_add_body(inspector, bytes, length, body))
        return false;
    struct redact_spans found;
    struct byte_span *spans = NULL;
    if (redact_find(bytes, length, REDACT_JSON_OR_TEXT, &found))
        spans = reallocarray(NULL, found.count + 1, sizeof *spans);
    for (size_t i = 0; spans != NULL && i < found.count; i++)
        spans[i] = (struct byte_span){found.items[i].start, found.items[i].length};
    struct byte_span all = {0, length};
    inspector_hide(inspector, *body, spans != NULL ? spans : &all, spans != NULL ? found.count : 1);
    redact_spans_clear(&found);
    free(spans);
    return true;
}

/* A value beside the payload, as it may be shown; `masked` is its copy without what is hidden, or
   NULL when memory is out. */
static void say_masked(struct app *app, const char *label, const char *value, char *masked)
{
    inspector_field(&app->inspector, label, ROLE_NORMAL,
                    !app->masked     ? value
                    : masked != NULL ? masked
                                     : REDACT_MASK);
    free(masked);
}

static void say_request(struct app *app, const struct delivery *delivery)
{
    char line[4096];
    const char *shown = delivery->target != NULL ? delivery->target : "";
    char *masked = app->masked ? redact_target(shown) : NULL;
    if (app->masked)
        shown = masked != NULL ? masked : REDACT_MASK;
    (void)snprintf(line, sizeof line, "%s %s", delivery->method != NULL ? delivery->method : "",
                   shown);
    inspector_field(&app->inspector, "request", ROLE_NORMAL, line);
    free(masked);
}

static void say_state_of(struct app *app, const struct endpoint *endpoint)
{
    struct inspector *inspector = &app->inspector;
    struct row_cell cell;
    size_t index = (size_t)(endpoint - app->endpoints);
    rows_cell(app, PANE_ENDPOINTS, index, ENDPOINT_LAST, &cell);
    inspector_field(inspector, "last delivery", cell.role, cell.text);
    rows_cell(app, PANE_ENDPOINTS, index, ENDPOINT_SHARE, &cell);
    if (endpoint->logs.count > 0)
        inspector_fieldf(inspector, "succeeded", cell.role, "%s of %zu in the log", cell.text,
                         endpoint->logs.count);
    if (endpoint->upcoming_known)
        inspector_fieldf(inspector, "upcoming", ROLE_NORMAL, "%zu%s event%s",
                         endpoint->upcoming.count,
                         endpoint->upcoming.count >= CONTRACT_UPCOMING ? " or more" : "",
                         endpoint->upcoming.count == 1 ? "" : "s");
    else
        inspector_field(inspector, "upcoming", ROLE_DIM, "not known yet");
    if (endpoint->upcoming_trouble[0] != '\0')
        inspector_field(inspector, "events failed", ROLE_BAD, endpoint->upcoming_trouble);
    if (endpoint->logs_trouble[0] != '\0')
        inspector_field(inspector, "log failed", ROLE_BAD, endpoint->logs_trouble);
}

static void say_endpoint(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct webhook *webhook = &inspector->webhook;
    const struct endpoint *endpoint = state_find_endpoint(app, webhook->id);
    inspector_add_fields(inspector, SECTION_SUMMARY);
    inspector_field(inspector, "id", ROLE_STRONG, webhook->id);
    inspector_field(inspector, "url", ROLE_NORMAL, webhook->url);
    inspector_field(inspector, "status", webhook->status == WEBHOOK_ACTIVE ? ROLE_GOOD : ROLE_WARN,
                    webhook->status_text);
    if (webhook->created_at != NULL)
        inspector_field(inspector, "created at", ROLE_NORMAL, webhook->created_at);
    if (endpoint != NULL)
        say_state_of(app, endpoint);

    inspector_add_fields(inspector, SECTION_CATEGORIES);
    if (webhook->categories.count > 0)
        inspector_note(inspector, "%zu", webhook->categories.count);
    else
        inspector_field(inspector, "", ROLE_DIM, "none named");
    for (size_t i = 0; i < webhook->categories.count; i++)
        inspector_field(inspector, "",
                        contract_category_known(webhook->categories.items[i]) ? ROLE_NORMAL
                                                                              : ROLE_WARN,
                        webhook->categories.items[i]);
    size_t body;
    const char *pem = webhook->public_key != NULL ? webhook->public_key : "none given";
    if (inspector_add_body(inspector, pem, strlen(pem), &body))
        inspector_add_tree(inspector, SECTION_KEY, body);
}

static void say_event(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct event *event = &inspector->event;
    inspector_add_fields(inspector, SECTION_SUMMARY);
    inspector_field(inspector, "id", ROLE_STRONG, event->id);
    inspector_field(inspector, "type", ROLE_NORMAL, event->type);
    inspector_field(inspector, "category", ROLE_NORMAL, event->category);
    inspector_field(inspector, "object", ROLE_NORMAL, event->object_id);
    inspector_field(inspector, "object status", ROLE_NORMAL, event->object_status);
    if (event->sequence >= 0)
        inspector_fieldf(inspector, "sequence", ROLE_NORMAL, "%" PRId64, event->sequence);
    say_time(app, "created at", event->created_at, event->created_ms);
    inspector_field(inspector, "developer", ROLE_NORMAL, event->developer_id);
    size_t body;
    if (!add_body(app, event->raw, event->raw_length, &body))
        return;
    inspector_add_event(inspector, body);
    inspector_add_raw(inspector, body);
}

static void say_log(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct log_entry *entry = &inspector->log;
    const char *type = entry->event_id != NULL ? state_event_type(app, entry->event_id) : NULL;
    inspector_add_fields(inspector, SECTION_SUMMARY);
    inspector_note(inspector, "as Bridge logged it");
    inspector_field(inspector, "event", ROLE_STRONG, entry->event_id);
    inspector_field(inspector, "type", ROLE_NORMAL, type);
    inspector_field(inspector, "status", log_entry_succeeded(entry) ? ROLE_GOOD : ROLE_BAD,
                    entry->status_text);
    say_time(app, "time", entry->created_at, entry->created_ms);
    size_t body;
    const char *response = entry->response_body != NULL ? entry->response_body : "";
    if (add_body(app, response, strlen(response), &body)) {
        inspector_add_tree(inspector, SECTION_RESPONSE, body);
        if (response[0] == '\0')
            inspector_note(inspector, "empty");
    }
    if (add_body(app, entry->raw, entry->raw_length, &body)) {
        inspector_add_tree(inspector, SECTION_ENTRY, body);
        inspector_add_raw(inspector, body);
    }
}

static void say_verification(struct inspector *inspector)
{
    const struct delivery *delivery = &inspector->delivery;
    bool genuine = delivery->verdict == VERDICT_GENUINE;
    inspector_add_fields(inspector, SECTION_VERIFICATION);
    inspector_fieldf(inspector, "verdict", genuine ? ROLE_GOOD : ROLE_BAD, "%s %s",
                     genuine ? "✓" : "✗", verdict_name(delivery->verdict));
    inspector_field(inspector, "reason", ROLE_NORMAL, delivery->reason);
    inspector_field(inspector, "endpoint", ROLE_NORMAL, delivery->webhook_id);
    inspector_field(inspector, "signature", ROLE_NORMAL,
                    header_list_find(&delivery->headers, CONTRACT_SIGNATURE_HEADER));
}

static void say_delivery(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct delivery *delivery = &inspector->delivery;
    char text[CONTRACT_TIME_SIZE];
    inspector_add_fields(inspector, SECTION_SUMMARY);
    inspector_field(inspector, "id", ROLE_STRONG, delivery->event_id);
    inspector_field(inspector, "type", ROLE_NORMAL, delivery->event_type);
    inspector_field(inspector, "object", ROLE_NORMAL, delivery->object_id);
    inspector_field(inspector, "object status", ROLE_NORMAL, delivery->object_status);
    if (delivery->sequence >= 0)
        inspector_fieldf(inspector, "sequence", ROLE_NORMAL, "%" PRId64, delivery->sequence);
    contract_time_format(delivery->received_ms, text);
    say_time(app, "received", text, delivery->received_ms);
    say_request(app, delivery);
    inspector_field(inspector, "from", ROLE_NORMAL, delivery->peer);
    rows_format_duration(text, sizeof text, delivery->answer_us);
    inspector_fieldf(inspector, "answered", delivery->answer_status == 200 ? ROLE_GOOD : ROLE_BAD,
                     "%d after %s", delivery->answer_status, text);
    say_verification(inspector);

    if (inspector->loading || delivery->body == NULL) {
        inspector_add_fields(inspector, SECTION_PAYLOAD);
        inspector_field(inspector, "", ROLE_DIM,
                        inspector->loading ? "being read from the store…"
                                           : "could not be read from the store");
        return;
    }
    size_t body;
    bool readable = add_body(app, delivery->body, delivery->body_length, &body);
    if (readable)
        inspector_add_event(inspector, body);
    inspector_add_fields(inspector, SECTION_HEADERS);
    inspector_note(inspector, "%zu", delivery->headers.count);
    for (size_t i = 0; i < delivery->headers.count; i++)
        say_masked(
            app, delivery->headers.items[i].name, delivery->headers.items[i].value,
            redact_header_value(delivery->headers.items[i].name, delivery->headers.items[i].value));
    if (readable)
        inspector_add_raw(inspector, body);
}

static void say_side(struct app *app, const char *label, enum role role,
                     const struct inspector_side *side)
{
    const char *type = state_event_type(app, side->name);
    inspector_fieldf(&app->inspector, label, role, "%s%s%s", side->name, type != NULL ? "  " : "",
                     type != NULL ? type : "");
}

static void say_comparison(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    inspector_add_fields(inspector, SECTION_SUMMARY);
    say_side(app, "- left", ROLE_BAD, &inspector->sides[0]);
    say_side(app, "+ right", ROLE_GOOD, &inspector->sides[1]);
    size_t body;
    for (size_t i = 0; i < 2; i++) {
        const struct inspector_side *side = &inspector->sides[i];
        if (side->delivery_id != 0) {
            inspector_field(inspector, "", ROLE_DIM, "being read from the store…");
            return;
        }
        if (!add_body(app, side->bytes, side->length, &body)) {
            inspector_fieldf(inspector, "", ROLE_BAD, "the %s one could not be read",
                             i == 0 ? "left" : "right");
            return;
        }
    }
    inspector_add_comparison(inspector);
}

static void say(struct app *app)
{
    inspector_begin(&app->inspector);
    switch (app->inspector.kind) {
    case INSPECTOR_NONE:
        break;
    case INSPECTOR_ENDPOINT:
        say_endpoint(app);
        break;
    case INSPECTOR_EVENT:
        say_event(app);
        break;
    case INSPECTOR_LOG:
        say_log(app);
        break;
    case INSPECTOR_DELIVERY:
        say_delivery(app);
        break;
    case INSPECTOR_COMPARISON:
        say_comparison(app);
        break;
    }
}

/* The room inside its frame, a blank column on either side. */
void app_inspector_lay_out(struct app *app)
{
    const struct rect *rect = &app->layout.inspector;
    if (app->inspector.kind != INSPECTOR_NONE)
        inspector_lay_out(&app->inspector, rect->width - 4, rect->height - 2, app->ascii);
}

void app_inspector_tell(struct app *app)
{
    say(app);
    app_inspector_lay_out(app);
}

void app_inspector_retell(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    inspector->unmasked = !app->masked;
    if (inspector->kind == INSPECTOR_NONE)
        return;
    inspector_remember(inspector);
    say(app);
    app_inspector_lay_out(app);
    inspector_recall(inspector);
    inspector->has_memory = inspector->loading;
}
