/* What the inspector says, section by section, of the copy of what was selected that it holds. What
   opens it, and its keys, are in app_inspector_act.c. */
#include "api/buffer.h"
#include "api/count.h"
#include "api/redact.h"
#include "tui/app_private.h"
#include "tui/rows.h"
#include "tui/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what it says --------------------------------------------------------------- */

/* What is said stays until it is told anew, so an age is said with the time at which it was so. */
static void say_time(struct app *app, const char *label, const char *text, int64_t ms)
{
    char clock[24], now[24];
    if (text == NULL || ms < 0) {
        inspector_field(&app->inspector, label, ROLE_NORMAL, text);
        return;
    }
    rows_format_moment(clock, sizeof clock, app->times, ms, app->now_ms);
    rows_format_time(now, sizeof now, app->now_ms, app->now_ms);
    if (app->times == TIMES_RELATIVE)
        inspector_fieldf(&app->inspector, label, ROLE_NORMAL, "%s (%s ago at %s)", text, clock,
                         now);
    else
        inspector_fieldf(&app->inspector, label, ROLE_NORMAL, "%s (%s %s)", text, clock,
                         app->times == TIMES_UTC ? "UTC" : "here");
}

/* The body, and what of it is not to be read. */
static bool add_body(struct app *app, const char *bytes, size_t length, size_t *body)
{
    struct inspector *inspector = &app->inspector;
    if (bytes == NULL || !inspector_add_body(inspector, bytes, length, body))
        return false;
    struct redact_spans found;
    if (redact_find(bytes, length, REDACT_JSON_OR_TEXT, &found))
        inspector_hide(inspector, *body, &found);
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

static void say_queue(struct app *app, const struct endpoint *endpoint)
{
    char text[192];
    enum queue_state state =
        queue_state_of(&endpoint->queue, endpoint->webhook.status == WEBHOOK_ACTIVE, app->now_ms);
    if (state == QUEUE_UNKNOWN || state == QUEUE_EMPTY)
        return;
    enum role role = state == QUEUE_STUCK || state == QUEUE_GIVEN_UP ? ROLE_BAD
                     : state == QUEUE_SLOW                           ? ROLE_WARN
                                                                     : ROLE_NORMAL;
    queue_describe(&endpoint->queue, state, app->now_ms, text, sizeof text);
    inspector_field(&app->inspector, "queue", role, text);
    if (queue_trend_grows(&endpoint->trend, app->now_ms, text, sizeof text))
        inspector_field(&app->inspector, "", ROLE_WARN, text);
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
    say_queue(app, endpoint);
    if (endpoint->upcoming_trouble[0] != '\0')
        inspector_field(inspector, "events failed", ROLE_BAD, endpoint->upcoming_trouble);
    if (endpoint->logs_trouble[0] != '\0')
        inspector_field(inspector, "log failed", ROLE_BAD, endpoint->logs_trouble);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What is in `all` and not in `some`: one line, in the order of the alphabet. No line where there
   is nothing. */
static void list_difference(struct inspector *inspector, const char *name, enum role role,
                            const struct string_list *all, const struct string_list *some)
{
    enum { NAMED_MAX = 64, BYTES_MAX = 8 * 1024 };
    const char *names[NAMED_MAX];
    size_t count = 0;
    struct buffer line;
    for (size_t i = 0; i < all->count && count < NAMED_MAX; i++)
        if (!string_list_has(some, all->items[i]))
            names[count++] = all->items[i];
    if (count == 0)
        return;
    qsort(names, count, sizeof *names, by_name);
    buffer_init(&line, BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&line, "%s%.200s", i > 0 ? ", " : "", names[i]);
    if (line.data != NULL)
        inspector_field(inspector, name, role, line.data);
    buffer_clear(&line);
}

/* What is taken and has not come up, and the other way round: as far as Bridge's list was gone
   through. */
static void say_categories_seen(struct app *app, const struct webhook *webhook)
{
    struct inspector *inspector = &app->inspector;
    const struct string_list *seen = &app->gaps.categories;
    const struct string_list *taken = &webhook->categories;
    if (!app->gaps.compared || app->gaps.seen == 0)
        return;
    list_difference(inspector, "never seen", ROLE_DIM, taken, seen);
    list_difference(inspector, "seen, not taken", ROLE_WARN, seen, taken);
    char from[48];
    rows_format_moment(from, sizeof from, app->times, app->gaps.seen_from_ms, app->now_ms);
    inspector_fieldf(inspector, "seen in", ROLE_DIM, "the account's events %s %s",
                     app->times == TIMES_RELATIVE ? "of the last" : "since", from);
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
    say_categories_seen(app, webhook);
    size_t body;
    const char *pem = webhook->public_key != NULL ? webhook->public_key : "none given";
    if (inspector_add_body(inspector, pem, strlen(pem), &body)) {
        inspector_hide(inspector, body, &(struct redact_spans){0}); /* it is public */
        inspector_add_tree(inspector, SECTION_KEY, body);
    }
}

static void say_event(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct event *event = &inspector->event;
    inspector_add_fields(inspector, SECTION_SUMMARY);
    if (inspector->gap[0] != '\0')
        inspector_field(inspector, "here", ROLE_WARN, inspector->gap);
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

/* What it begins with: the headers have the whole of it, which takes many rows. */
static void say_signature(struct inspector *inspector, const char *header)
{
    enum { SHOWN = 40, WHOLE = 72 };
    size_t length = header != NULL ? strlen(header) : 0;
    if (length <= WHOLE)
        inspector_field(inspector, "signature", ROLE_NORMAL, header);
    else
        inspector_fieldf(inspector, "signature", ROLE_NORMAL, "%.*s… (whole below, in Headers)",
                         (int)text_fit(header, length, SHOWN, false, NULL), header);
}

/* Hints, and drawn as such: none of them makes a delivery verified. */
static void say_diagnosis(struct inspector *inspector)
{
    for (size_t i = 0; i < inspector->diagnosis.count; i++) {
        const struct doctor_finding *finding = &inspector->diagnosis.findings[i];
        if (!doctor_repeats(finding, inspector->delivery.reason))
            inspector_field(inspector, finding->shown ? "? shown" : "? hint", ROLE_WARN,
                            finding->what);
        if (finding->remedy[0] != '\0')
            inspector_field(inspector, "  to do", ROLE_NORMAL, finding->remedy);
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
    say_diagnosis(inspector);
    inspector_field(inspector, "endpoint", ROLE_NORMAL, delivery->webhook_id);
    say_signature(inspector, header_list_find(&delivery->headers, CONTRACT_SIGNATURE_HEADER));
}

/* When its signature was made, by its own account: Bridge makes a new one for each attempt. */
static void format_signed(const char *header, char *text, size_t size)
{
    struct signature signature;
    char time[CONTRACT_TIME_SIZE];
    if (header == NULL || !signature_parse(header, &signature, NULL)) {
        (void)snprintf(text, size, "–");
        return;
    }
    contract_time_format(signature.t_ms, time);
    (void)snprintf(text, size, "%s", time);
}

static void say_attempt(struct app *app, const struct attempt *attempt)
{
    char label[24], received[64], signed_at[CONTRACT_TIME_SIZE], answered[32], body[96] = "";
    char count[COUNT_SIZE];
    char key[KEYMAP_LABEL_SIZE];
    enum role role = attempt->on_demand              ? ROLE_INFO
                     : attempt->answer_status != 200 ? ROLE_BAD
                     : attempt->body_length >= 0     ? ROLE_WARN
                                                     : ROLE_NORMAL;
    const char *target = attempt->target != NULL ? attempt->target : "";
    char *masked = app->masked ? redact_target(target) : NULL;
    if (app->masked)
        target = masked != NULL ? masked : REDACT_MASK;
    (void)snprintf(label, sizeof label, "%" PRId64, attempt->number);
    rows_format_moment(received, sizeof received, app->times, attempt->received_ms, app->now_ms);
    format_signed(attempt->signature, signed_at, sizeof signed_at);
    rows_format_duration(answered, sizeof answered, attempt->answer_us);
    if (attempt->body_length >= 0)
        (void)snprintf(body, sizeof body, " another body of %s bytes (%s compares),",
                       count_format(count, sizeof count, attempt->body_length),
                       keymap_key_label(&app->keymap, ACTION_TOGGLE_FOLD, PLACE_DETAIL, key));
    inspector_fieldf(&app->inspector, label, role,
                     "%s%s from %s to %s%s%s, signed %s, answered %d%s after %s", received, body,
                     attempt->peer, attempt->webhook_id != NULL ? attempt->webhook_id : "",
                     attempt->webhook_id != NULL ? " " : "", target, signed_at,
                     attempt->answer_status, attempt->on_demand ? " on demand" : "", answered);
    free(masked);
}

static bool has_other_body(const struct attempt_list *repeats)
{
    for (size_t i = 0; i < repeats->count; i++)
        if (repeats->items[i].body_length >= 0)
            return true;
    return false;
}

/* The first is the delivery itself; of the others the store keeps the newest. */
static void say_attempts(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const struct delivery *delivery = &inspector->delivery;
    const struct attempt_list *repeats = &delivery->repeats;
    const struct attempt first = {
        .number = 1,
        .received_ms = delivery->received_ms,
        .peer = delivery->peer != NULL ? delivery->peer : (char *)"",
        .target = delivery->target,
        .webhook_id = delivery->webhook_id,
        .signature = (char *)header_list_find(&delivery->headers, CONTRACT_SIGNATURE_HEADER),
        .answer_status = delivery->answer_status,
        .answer_us = delivery->answer_us,
        .on_demand = delivery->on_demand,
        .body_length = -1,
    };
    inspector_add_fields(inspector, SECTION_ATTEMPTS);
    inspector_note(inspector, "%" PRId64 "%s", delivery->attempts,
                   has_other_body(repeats) ? ", not all with the same body" : "");
    say_attempt(app, &first);
    int64_t left_out = delivery->attempts - 1 - (int64_t)repeats->count;
    if (left_out > 0)
        inspector_fieldf(inspector, "…", ROLE_DIM, "%" PRId64 " more, which are not kept",
                         left_out);
    for (size_t i = 0; i < repeats->count; i++)
        say_attempt(app, &repeats->items[i]);
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
    inspector_fieldf(inspector, "answered",
                     delivery->on_demand              ? ROLE_INFO
                     : delivery->answer_status == 200 ? ROLE_GOOD
                                                      : ROLE_BAD,
                     "%d%s after %s", delivery->answer_status,
                     delivery->on_demand ? " on demand" : "", text);
    say_verification(inspector);

    if (inspector->loading || delivery->body == NULL) {
        inspector_add_fields(inspector, SECTION_PAYLOAD);
        inspector_field(inspector, "", ROLE_DIM,
                        inspector->loading ? "being read from the store…"
                                           : "could not be read from the store");
        return;
    }
    if (delivery->attempts > 1)
        say_attempts(app);
    forward_say(app);
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

/* What it is, for while not both can be compared. */
static void say_side(struct app *app, const char *label, enum role role,
                     const struct inspector_side *side)
{
    inspector_fieldf(&app->inspector, label, role, "%s  %s", side->name, side->type);
}

/* `17:48:12 verified`, and the type below. */
static void say_head(struct app *app, size_t at)
{
    const struct inspector_side *side = &app->inspector.sides[at];
    char moment[32] = "";
    if (side->at_ms >= 0)
        rows_format_moment(moment, sizeof moment, app->times, side->at_ms, app->now_ms);
    if (app->inspector.attempt != 0)
        inspector_head(&app->inspector, at, 0, "%s %s", moment, side->name);
    else if (side->arrived)
        inspector_head(&app->inspector, at, 0, "%s %s", moment, verdict_name(side->verdict));
    else
        inspector_head(&app->inspector, at, 0, "%s upcoming", moment);
    inspector_head(&app->inspector, at, 1, "%s", side->type);
}

static void say_comparison(struct app *app)
{
    struct inspector *inspector = &app->inspector;
    const char *trouble = NULL;
    size_t body;
    for (size_t i = 0; i < 2 && trouble == NULL; i++) {
        const struct inspector_side *side = &inspector->sides[i];
        if (side->delivery_id != 0)
            trouble = "being read from the store…";
        else if (!add_body(app, side->bytes, side->length, &body))
            trouble = i == 0 ? "the left one could not be read" : "the right one could not be read";
    }
    if (trouble == NULL) {
        say_head(app, 0);
        say_head(app, 1);
        inspector_add_comparison(inspector);
        if (inspector->attempt != 0) {
            inspector_add_tree(inspector, SECTION_PAYLOAD, body);
            inspector_add_raw(inspector, body);
        }
        return;
    }
    inspector_add_fields(inspector, SECTION_SUMMARY);
    say_side(app, "- left", ROLE_BAD, &inspector->sides[0]);
    say_side(app, "+ right", ROLE_GOOD, &inspector->sides[1]);
    inspector_field(inspector, "", ROLE_DIM, trouble);
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
    case INSPECTOR_TRACE:
        app_trace_tell(app);
        break;
    case INSPECTOR_OBJECT:
        app_object_tell(app);
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
