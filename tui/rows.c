#include "tui/rows.h"

#include "api/redact.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- cells ------------------------------------------------------------------ */

static void put(struct row_cell *cell, enum role role, const char *text)
{
    cell->role = role;
    (void)snprintf(cell->text, sizeof cell->text, "%s", text != NULL ? text : "–");
}

static enum role status_role(int http_status)
{
    if (http_status >= 200 && http_status < 300)
        return ROLE_GOOD;
    if (http_status >= 300 && http_status < 400)
        return ROLE_WARN;
    return ROLE_BAD;
}

/* Of an active one whose queue does not move that is said: it is what has to be looked after. */
static void active_state(const struct app *app, const struct endpoint *endpoint,
                         struct row_cell *cell)
{
    enum queue_state state = queue_state_of(&endpoint->queue, true, app->now_ms);
    if (state == QUEUE_STUCK)
        put(cell, ROLE_BAD, "● stuck");
    else if (state == QUEUE_GIVEN_UP)
        put(cell, ROLE_BAD, "● given up");
    else
        put(cell, ROLE_GOOD, "● active");
}

static void endpoint_state(const struct app *app, const struct endpoint *endpoint,
                           struct row_cell *cell)
{
    switch (endpoint->webhook.status) {
    case WEBHOOK_ACTIVE:
        active_state(app, endpoint, cell);
        return;
    case WEBHOOK_DISABLED:
        put(cell, ROLE_WARN, "○ disabled");
        return;
    case WEBHOOK_DELETED:
        put(cell, ROLE_BAD, "× deleted");
        return;
    default:
        put(cell, ROLE_INFO, endpoint->webhook.status_text);
        return;
    }
}

static void endpoint_categories(const struct endpoint *endpoint, struct row_cell *cell)
{
    const struct string_list *categories = &endpoint->webhook.categories;
    put(cell, ROLE_DIM, categories->count == 0 ? NULL : "");
    size_t at = 0;
    for (size_t i = 0; i < categories->count && at < sizeof cell->text - 1; i++) {
        int written = snprintf(cell->text + at, sizeof cell->text - at, "%s%s", i > 0 ? ", " : "",
                               categories->items[i]);
        at += written > 0 ? (size_t)written : 0;
    }
}

static void endpoint_last(const struct app *app, const struct endpoint *endpoint,
                          struct row_cell *cell)
{
    if (endpoint->logs.count == 0) {
        put(cell, ROLE_DIM, endpoint->logs_known ? "none yet" : "…");
        return;
    }
    const struct log_entry *last = &endpoint->logs.items[endpoint->logs.count - 1];
    put(cell, status_role(last->status), last->status_text);
    if (last->created_ms >= 0) {
        enum { STATUS_COLUMNS = 9 }; /* "timed out"; a sentence is for pane 3 */
        char when[24];
        size_t length = strlen(cell->text);
        size_t at = text_fit(cell->text, length, STATUS_COLUMNS, app->ascii, NULL);
        rows_format_moment(when, sizeof when, app->times, last->created_ms, app->now_ms);
        (void)snprintf(cell->text + at, sizeof cell->text - at, "%s · %s", at < length ? "…" : "",
                       when);
    }
}

/* The last results, the newest last. */
static void endpoint_recent(const struct endpoint *endpoint, struct row_cell *cell)
{
    enum { RESULTS = 10 };
    size_t count = endpoint->logs.count;
    size_t at = 0;
    put(cell, ROLE_DIM, count == 0 ? NULL : "");
    for (size_t i = count > RESULTS ? count - RESULTS : 0; i < count; i++) {
        bool succeeded = log_entry_succeeded(&endpoint->logs.items[i]);
        at +=
            (size_t)snprintf(cell->text + at, sizeof cell->text - at, "%s", succeeded ? "✓" : "✗");
        if (!succeeded)
            cell->role = ROLE_WARN;
    }
}

static void endpoint_share(const struct endpoint *endpoint, struct row_cell *cell)
{
    put(cell, ROLE_DIM, "–");
    if (endpoint->logs.count == 0)
        return;
    size_t percent =
        endpoint->succeeded * 100 / endpoint->logs.count; /* rounds down: 100 % means all */
    cell->role = percent >= 95 ? ROLE_GOOD : percent >= 50 ? ROLE_WARN : ROLE_BAD;
    (void)snprintf(cell->text, sizeof cell->text, "%zu %%", percent);
}

static void endpoint_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct endpoint *endpoint = &app->endpoints[index];
    switch ((enum endpoint_column)column) {
    case ENDPOINT_STATE:
        endpoint_state(app, endpoint, cell);
        break;
    case ENDPOINT_ID:
        put(cell, ROLE_DIM, endpoint->webhook.id);
        break;
    case ENDPOINT_URL:
        put(cell, ROLE_NORMAL, endpoint->webhook.url);
        break;
    case ENDPOINT_CATEGORIES:
        endpoint_categories(endpoint, cell);
        break;
    case ENDPOINT_LAST:
        endpoint_last(app, endpoint, cell);
        break;
    case ENDPOINT_RECENT:
        endpoint_recent(endpoint, cell);
        break;
    case ENDPOINT_SHARE:
        endpoint_share(endpoint, cell);
        break;
    case ENDPOINT_COLUMNS:
        break;
    }
}

static void event_object(const struct event *event, struct row_cell *cell)
{
    put(cell, ROLE_NORMAL, event->object_id);
    if (event->object_status != NULL)
        (void)snprintf(cell->text, sizeof cell->text, "%s %s", event->object_status,
                       event->object_id != NULL ? event->object_id : "");
}

static void upcoming_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct event *event = &state_selected_endpoint(app)->upcoming.items[index];
    switch ((enum upcoming_column)column) {
    case UPCOMING_SEQUENCE:
        put(cell, ROLE_DIM, NULL);
        if (event->sequence >= 0)
            (void)snprintf(cell->text, sizeof cell->text, "%" PRId64, event->sequence);
        break;
    case UPCOMING_TYPE:
        put(cell, ROLE_NORMAL, event->type);
        break;
    case UPCOMING_OBJECT:
        event_object(event, cell);
        break;
    case UPCOMING_TIME:
        put(cell, ROLE_DIM, NULL);
        if (event->created_ms >= 0)
            rows_format_moment(cell->text, sizeof cell->text, app->times, event->created_ms,
                               app->now_ms);
        break;
    case UPCOMING_ID:
        put(cell, ROLE_DIM, event->id);
        break;
    case UPCOMING_COLUMNS:
        break;
    }
}

/* Most bodies end with a newline, which says nothing. */
static void trim_end(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
}

/* What the endpoint answered may repeat what it was sent. */
static void delivery_response(const struct app *app, const struct log_entry *entry,
                              struct row_cell *cell)
{
    const char *body = entry->response_body != NULL ? entry->response_body : "";
    size_t length = strnlen(body, sizeof cell->text - 1);
    char *masked = NULL;
    if (app->masked)
        masked = redact_copy(body, length, REDACT_JSON_OR_TEXT, NULL, NULL);
    put(cell, log_entry_succeeded(entry) ? ROLE_DIM : ROLE_NORMAL,
        masked != NULL ? masked
        : app->masked  ? REDACT_MASK
                       : body);
    free(masked);
    trim_end(cell->text);
}

static void delivery_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct log_entry *entry = &state_selected_endpoint(app)->logs.items[index];
    switch ((enum delivery_column)column) {
    case DELIVERY_TIME:
        put(cell, ROLE_DIM, entry->created_at);
        if (entry->created_ms >= 0)
            rows_format_moment(cell->text, sizeof cell->text, app->times, entry->created_ms,
                               app->now_ms);
        break;
    case DELIVERY_STATUS:
        put(cell, status_role(entry->status), entry->status_text);
        break;
    case DELIVERY_TYPE:
        put(cell, ROLE_NORMAL,
            entry->event_id != NULL ? state_event_type(app, entry->event_id) : NULL);
        break;
    case DELIVERY_ID:
        put(cell, ROLE_DIM, entry->event_id);
        break;
    case DELIVERY_RESPONSE:
        delivery_response(app, entry, cell);
        break;
    case DELIVERY_COLUMNS:
        break;
    }
}

static void live_verdict(const struct delivery *delivery, struct row_cell *cell)
{
    bool genuine = delivery->verdict == VERDICT_GENUINE;
    put(cell, genuine ? ROLE_GOOD : ROLE_BAD, NULL);
    int length = snprintf(cell->text, sizeof cell->text, "%s %s", genuine ? "✓" : "✗",
                          verdict_name(delivery->verdict));
    if (delivery->attempts > 1)
        length += snprintf(cell->text + length, sizeof cell->text - (size_t)length, " ×%" PRId64,
                           delivery->attempts);
    if (delivery->forwarded == FORWARD_NONE)
        return;
    (void)snprintf(cell->text + length, sizeof cell->text - (size_t)length, " →%s",
                   delivery->forwarded == FORWARD_DONE       ? "✓"
                   : delivery->forwarded == FORWARD_GIVEN_UP ? "✗"
                                                             : "…");
    if (genuine && delivery->forwarded != FORWARD_DONE)
        cell->role = ROLE_WARN;
}

/* The endpoint and the path it came to, which tells endpoints of one host apart. */
static void live_endpoint(const struct app *app, const struct delivery *delivery,
                          struct row_cell *cell)
{
    char *masked = NULL;
    const char *target = delivery->target;
    if (app->masked && target != NULL) {
        masked = redact_target(target);
        target = masked != NULL ? masked : REDACT_MASK;
    }
    put(cell, delivery->webhook_id != NULL ? ROLE_NORMAL : ROLE_DIM, target);
    if (delivery->webhook_id != NULL)
        (void)snprintf(cell->text, sizeof cell->text, "%s %s", delivery->webhook_id,
                       target != NULL ? target : "");
    free(masked);
}

/* What is genuine is answered 200. The column says so where it was not, for that is sent again: an
   application answered itself ("500 4ms"), or a person had chosen it ("500* 2s"). */
static void live_answer(const struct delivery *delivery, struct row_cell *cell)
{
    enum { SECOND_US = 1000 * 1000 };
    bool failed = delivery->verdict == VERDICT_GENUINE && delivery->answer_status > 0 &&
                  delivery->answer_status != 200;
    int64_t us = delivery->answer_us;
    char took[32];
    put(cell, delivery->on_demand ? ROLE_INFO : failed ? ROLE_WARN : ROLE_DIM, "");
    if (us < 0)
        (void)snprintf(took, sizeof took, "…");
    else if (us < SECOND_US)
        (void)snprintf(took, sizeof took, "%" PRId64 "ms", us / 1000);
    else
        (void)snprintf(took, sizeof took, "%.2gs", (double)us / SECOND_US);
    if (delivery->on_demand || failed)
        (void)snprintf(cell->text, sizeof cell->text, "%d%s %s", delivery->answer_status,
                       delivery->on_demand ? "*" : "", took);
    else
        rows_format_duration(cell->text, sizeof cell->text, us);
}

static void live_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct delivery *delivery = &state_live_row(app, index)->delivery;
    switch ((enum live_column)column) {
    case LIVE_TIME:
        put(cell, ROLE_DIM, "");
        rows_format_moment(cell->text, sizeof cell->text, app->times, delivery->received_ms,
                           app->now_ms);
        break;
    case LIVE_VERDICT:
        live_verdict(delivery, cell);
        break;
    case LIVE_TYPE:
        put(cell, ROLE_NORMAL, delivery->event_type);
        break;
    case LIVE_STATUS:
        put(cell, ROLE_NORMAL, delivery->object_status);
        break;
    case LIVE_EVENT:
        put(cell, ROLE_DIM, delivery->event_id);
        break;
    case LIVE_ENDPOINT:
        live_endpoint(app, delivery, cell);
        break;
    case LIVE_SIZE:
        put(cell, ROLE_DIM, "");
        rows_format_size(cell->text, sizeof cell->text, delivery->body_length);
        break;
    case LIVE_ANSWER:
        live_answer(delivery, cell);
        break;
    case LIVE_COLUMNS:
        break;
    }
}

static enum role reason_role(enum gap_reason reason)
{
    return !gap_is_missing(reason) ? ROLE_INFO : reason == GAP_FAILED ? ROLE_WARN : ROLE_BAD;
}

static void gap_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct gap_row *row = &app->gaps.rows[index];
    const struct event *event = &row->event;
    switch ((enum gap_column)column) {
    case GAP_TIME:
        put(cell, ROLE_DIM, NULL);
        if (event->created_ms >= 0)
            rows_format_moment(cell->text, sizeof cell->text, app->times, event->created_ms,
                               app->now_ms);
        break;
    case GAP_SEQUENCE:
        put(cell, ROLE_DIM, NULL);
        if (event->sequence >= 0)
            (void)snprintf(cell->text, sizeof cell->text, "%" PRId64, event->sequence);
        break;
    case GAP_TYPE:
        put(cell, ROLE_NORMAL, event->type);
        break;
    case GAP_OBJECT:
        event_object(event, cell);
        break;
    case GAP_ENDPOINT:
        put(cell, ROLE_NORMAL, row->webhook_id[0] != '\0' ? row->webhook_id : NULL);
        break;
    case GAP_REASON:
        put(cell, reason_role(row->reason), "");
        (void)snprintf(cell->text, sizeof cell->text, "%s: %s", gap_reason_name(row->reason),
                       row->why);
        break;
    case GAP_ID:
        put(cell, ROLE_DIM, event->id);
        break;
    case GAP_COLUMNS:
        break;
    }
}

/* --- values, where a column holds numbers or times ----------------------------- */

static bool endpoint_value(const struct endpoint *endpoint, size_t column, int64_t *value)
{
    size_t count = endpoint->logs.count;
    *value = -1;
    if (column == ENDPOINT_LAST && count > 0)
        *value = endpoint->logs.items[count - 1].created_ms;
    else if (column == ENDPOINT_SHARE && count > 0)
        *value = (int64_t)(endpoint->succeeded * 10000 / count);
    return column == ENDPOINT_LAST || column == ENDPOINT_SHARE;
}

static bool upcoming_value(const struct event *event, size_t column, int64_t *value)
{
    *value = column == UPCOMING_SEQUENCE ? event->sequence : event->created_ms;
    return column == UPCOMING_SEQUENCE || column == UPCOMING_TIME;
}

static bool gap_value(const struct event *event, size_t column, int64_t *value)
{
    *value = column == GAP_SEQUENCE ? event->sequence : event->created_ms;
    return column == GAP_SEQUENCE || column == GAP_TIME;
}

static bool delivery_value(const struct log_entry *entry, size_t column, int64_t *value)
{
    *value = column == DELIVERY_STATUS ? entry->status : entry->created_ms;
    return column == DELIVERY_STATUS || column == DELIVERY_TIME;
}

static bool live_value(const struct delivery *delivery, size_t column, int64_t *value)
{
    switch (column) {
    case LIVE_TIME:
        *value = delivery->received_ms;
        return true;
    case LIVE_SIZE:
        *value = (int64_t)delivery->body_length;
        return true;
    case LIVE_ANSWER:
        *value = delivery->answer_us;
        return true;
    default:
        return false;
    }
}

/* --- rows ------------------------------------------------------------------- */

static const struct {
    size_t columns;
    void (*cell)(const struct app *app, size_t index, size_t column, struct row_cell *cell);
    const char *titles[ROW_COLUMNS_MAX];
} PANES[PANE_COUNT] = {
    [PANE_ENDPOINTS] = {ENDPOINT_COLUMNS,
                        endpoint_cell,
                        {[ENDPOINT_STATE] = "STATE",
                         [ENDPOINT_ID] = "ID",
                         [ENDPOINT_URL] = "URL",
                         [ENDPOINT_CATEGORIES] = "CATEGORIES",
                         [ENDPOINT_LAST] = "LAST",
                         [ENDPOINT_RECENT] = "RECENT",
                         [ENDPOINT_SHARE] = "OK"}},
    [PANE_UPCOMING] = {UPCOMING_COLUMNS,
                       upcoming_cell,
                       {[UPCOMING_SEQUENCE] = "SEQ",
                        [UPCOMING_TYPE] = "TYPE",
                        [UPCOMING_OBJECT] = "OBJECT",
                        [UPCOMING_TIME] = "TIME",
                        [UPCOMING_ID] = "ID"}},
    [PANE_DELIVERIES] = {DELIVERY_COLUMNS,
                         delivery_cell,
                         {[DELIVERY_TIME] = "TIME",
                          [DELIVERY_STATUS] = "STATUS",
                          [DELIVERY_TYPE] = "TYPE",
                          [DELIVERY_ID] = "EVENT",
                          [DELIVERY_RESPONSE] = "RESPONSE"}},
    [PANE_LIVE] = {LIVE_COLUMNS,
                   live_cell,
                   {[LIVE_TIME] = "TIME",
                    [LIVE_VERDICT] = "VERIFIED",
                    [LIVE_TYPE] = "TYPE",
                    [LIVE_STATUS] = "OBJECT",
                    [LIVE_EVENT] = "EVENT",
                    [LIVE_ENDPOINT] = "ENDPOINT",
                    [LIVE_SIZE] = "SIZE",
                    [LIVE_ANSWER] = "ANSWER"}},
    [PANE_GAPS] = {GAP_COLUMNS,
                   gap_cell,
                   {[GAP_TIME] = "TIME",
                    [GAP_SEQUENCE] = "SEQ",
                    [GAP_TYPE] = "TYPE",
                    [GAP_OBJECT] = "OBJECT",
                    [GAP_ENDPOINT] = "ENDPOINT",
                    [GAP_REASON] = "REASON",
                    [GAP_ID] = "ID"}},
};

size_t rows_total(const struct app *app, enum pane pane)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    switch (pane) {
    case PANE_ENDPOINTS:
        return app->endpoint_count;
    case PANE_UPCOMING:
        return endpoint != NULL ? endpoint->upcoming.count : 0;
    case PANE_DELIVERIES:
        return endpoint != NULL ? endpoint->logs.count : 0;
    case PANE_LIVE:
        return state_live_count(app);
    case PANE_GAPS:
        return app->gaps.count;
    case PANE_COUNT:
        break;
    }
    return 0;
}

size_t rows_columns(enum pane pane)
{
    return PANES[pane].columns;
}

const char *rows_column_name(enum pane pane, size_t column)
{
    return PANES[pane].titles[column];
}

const char *rows_column_words(enum pane pane, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t column = 0; column < rows_columns(pane) && at + 1 < size; column++) {
        const char *name = rows_column_name(pane, column);
        if (at > 0)
            text[at++] = '|';
        for (; *name != '\0' && at + 1 < size; name++)
            text[at++] = (char)tolower((unsigned char)*name);
        text[at] = '\0';
    }
    return text;
}

static bool shows_time(enum pane pane, size_t column)
{
    static const size_t TIMES[PANE_COUNT] = {
        [PANE_ENDPOINTS] = ENDPOINT_LAST,
        [PANE_UPCOMING] = UPCOMING_TIME,
        [PANE_DELIVERIES] = DELIVERY_TIME,
        [PANE_LIVE] = LIVE_TIME,
        [PANE_GAPS] = GAP_TIME,
    };
    return column == TIMES[pane];
}

void rows_column_title(const struct app *app, enum pane pane, size_t column,
                       char title[ROW_TITLE_SIZE])
{
    const struct list *list = &app->lists[pane];
    const char *name = rows_column_name(pane, column);
    const char *times = "";
    const char *sign = "";
    if (shows_time(pane, column) && app->times == TIMES_UTC)
        times = " UTC";
    else if (shows_time(pane, column) && app->times == TIMES_RELATIVE && pane == PANE_ENDPOINTS)
        times = " AGE";
    else if (shows_time(pane, column) && app->times == TIMES_RELATIVE)
        name = "AGE";
    if (list->sorted && list->sort_column == column)
        sign = list->reversed ? "▼" : "▲";
    (void)snprintf(title, ROW_TITLE_SIZE, "%s%s%s", name, times, sign);
}

bool rows_value(const struct app *app, enum pane pane, size_t index, size_t column, int64_t *value)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    switch (pane) {
    case PANE_ENDPOINTS:
        return endpoint_value(&app->endpoints[index], column, value);
    case PANE_UPCOMING:
        return upcoming_value(&endpoint->upcoming.items[index], column, value);
    case PANE_DELIVERIES:
        return delivery_value(&endpoint->logs.items[index], column, value);
    case PANE_LIVE:
        return live_value(&state_live_row(app, index)->delivery, column, value);
    case PANE_GAPS:
        return gap_value(&app->gaps.rows[index].event, column, value);
    case PANE_COUNT:
        break;
    }
    return false;
}

void rows_cell(const struct app *app, enum pane pane, size_t index, size_t column,
               struct row_cell *cell)
{
    *cell = (struct row_cell){.role = ROLE_NORMAL};
    PANES[pane].cell(app, index, column, cell);
}

/* The same delivery is the same row, whether it arrived or was found. */
static void live_key(const struct live_row *row, char key[ROW_KEY_SIZE])
{
    if (row->delivery.id > 0)
        (void)snprintf(key, ROW_KEY_SIZE, "%" PRId64, row->delivery.id);
    else
        (void)snprintf(key, ROW_KEY_SIZE, "serial %" PRIu64, row->serial);
}

void rows_key(const struct app *app, enum pane pane, size_t index, char key[ROW_KEY_SIZE])
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    switch (pane) {
    case PANE_ENDPOINTS:
        (void)snprintf(key, ROW_KEY_SIZE, "%s", app->endpoints[index].webhook.id);
        break;
    case PANE_UPCOMING:
        (void)snprintf(key, ROW_KEY_SIZE, "%s", endpoint->upcoming.items[index].id);
        break;
    case PANE_DELIVERIES: {
        const struct log_entry *entry = &endpoint->logs.items[index];
        (void)snprintf(key, ROW_KEY_SIZE, "%s %s",
                       entry->created_at != NULL ? entry->created_at : "",
                       entry->event_id != NULL ? entry->event_id : "");
        break;
    }
    case PANE_LIVE:
        live_key(state_live_row(app, index), key);
        break;
    case PANE_GAPS: { /* one event may be a row for each of several endpoints */
        const struct gap_row *row = &app->gaps.rows[index];
        (void)snprintf(key, ROW_KEY_SIZE, "%.42s %s %d", row->event.id, row->webhook_id,
                       gap_is_missing(row->reason) ? 0 : (int)row->reason);
        break;
    }
    case PANE_COUNT:
        key[0] = '\0';
        break;
    }
}

static bool word_in_row(const struct app *app, enum pane pane, size_t index, const char *word)
{
    struct row_cell cell;
    for (size_t column = 0; column < rows_columns(pane); column++) {
        rows_cell(app, pane, index, column, &cell);
        if (strcasestr(cell.text, word) != NULL)
            return true;
    }
    return false;
}

bool rows_match(const struct app *app, enum pane pane, size_t index, const char *filter)
{
    char words[LINE_EDIT_MAX + 1];
    (void)snprintf(words, sizeof words, "%s", filter);
    char *rest = words;
    for (char *word = strtok_r(words, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest))
        if (!word_in_row(app, pane, index, word))
            return false;
    return true;
}
