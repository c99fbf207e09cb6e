#include "tui/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- formats ---------------------------------------------------------------- */

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };
enum { KILOBYTE = 1000, MEGABYTE = 1000000 };
enum { MILLISECOND_US = 1000, TEN_MILLISECONDS_US = 10000, SECOND_US = 1000000 };

void rows_format_age(char *text, size_t size, int64_t age_ms)
{
    int64_t s = age_ms > 0 ? age_ms / 1000 : 0;
    if (s < MINUTE_S)
        (void)snprintf(text, size, "%" PRId64 " s", s);
    else if (s < HOUR_S)
        (void)snprintf(text, size, "%" PRId64 " min", s / MINUTE_S);
    else if (s < 48 * (int64_t)HOUR_S)
        (void)snprintf(text, size, "%" PRId64 " h", s / HOUR_S);
    else
        (void)snprintf(text, size, "%" PRId64 " d", s / DAY_S);
}

void rows_format_duration(char *text, size_t size, int64_t us)
{
    if (us < 0)
        (void)snprintf(text, size, "–");
    else if (us < MILLISECOND_US)
        (void)snprintf(text, size, "%.2f ms", (double)us / 1e3);
    else if (us < TEN_MILLISECONDS_US)
        (void)snprintf(text, size, "%.1f ms", (double)us / 1e3);
    else if (us < SECOND_US)
        (void)snprintf(text, size, "%" PRId64 " ms", us / MILLISECOND_US);
    else
        (void)snprintf(text, size, "%.1f s", (double)us / 1e6);
}

void rows_format_size(char *text, size_t size, size_t bytes)
{
    if (bytes < KILOBYTE)
        (void)snprintf(text, size, "%zu B", bytes);
    else if (bytes < MEGABYTE)
        (void)snprintf(text, size, "%.1f kB", (double)bytes / 1e3);
    else
        (void)snprintf(text, size, "%.1f MB", (double)bytes / 1e6);
}

void rows_format_time(char *text, size_t size, int64_t ms, int64_t now_ms)
{
    time_t then_s = (time_t)(ms / 1000);
    time_t now_s = (time_t)(now_ms / 1000);
    struct tm then;
    struct tm now;
    text[0] = '\0';
    if (localtime_r(&then_s, &then) == NULL || localtime_r(&now_s, &now) == NULL)
        return;
    bool today = then.tm_year == now.tm_year && then.tm_yday == now.tm_yday;
    (void)strftime(text, size, today ? "%H:%M:%S" : "%m-%d %H:%M", &then);
}

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

static void endpoint_state(const struct endpoint *endpoint, struct row_cell *cell)
{
    switch (endpoint->webhook.status) {
    case WEBHOOK_ACTIVE:
        put(cell, ROLE_GOOD, "● active");
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
        char age[24];
        rows_format_age(age, sizeof age, app->now_ms - last->created_ms);
        size_t at = strlen(cell->text);
        (void)snprintf(cell->text + at, sizeof cell->text - at, " · %s", age);
    }
}

static void endpoint_share(const struct endpoint *endpoint, struct row_cell *cell)
{
    size_t good = 0;
    for (size_t i = 0; i < endpoint->logs.count; i++)
        good += log_entry_succeeded(&endpoint->logs.items[i]);
    put(cell, ROLE_DIM, "–");
    if (endpoint->logs.count == 0)
        return;
    size_t percent = good * 100 / endpoint->logs.count; /* rounds down: 100 % means all */
    cell->role = percent >= 95 ? ROLE_GOOD : percent >= 50 ? ROLE_WARN : ROLE_BAD;
    (void)snprintf(cell->text, sizeof cell->text, "%zu %%", percent);
}

static void endpoint_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct endpoint *endpoint = &app->endpoints[index];
    switch ((enum endpoint_column)column) {
    case ENDPOINT_STATE:
        endpoint_state(endpoint, cell);
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
    case ENDPOINT_SHARE:
        endpoint_share(endpoint, cell);
        break;
    case ENDPOINT_COLUMNS:
        break;
    }
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
        put(cell, ROLE_NORMAL, event->object_id);
        if (event->object_status != NULL)
            (void)snprintf(cell->text, sizeof cell->text, "%s %s", event->object_status,
                           event->object_id != NULL ? event->object_id : "");
        break;
    case UPCOMING_AGE:
        put(cell, ROLE_DIM, NULL);
        if (event->created_ms >= 0)
            rows_format_age(cell->text, sizeof cell->text, app->now_ms - event->created_ms);
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

static void delivery_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct log_entry *entry = &state_selected_endpoint(app)->logs.items[index];
    switch ((enum delivery_column)column) {
    case DELIVERY_TIME:
        put(cell, ROLE_DIM, entry->created_at);
        if (entry->created_ms >= 0)
            rows_format_time(cell->text, sizeof cell->text, entry->created_ms, app->now_ms);
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
        put(cell, log_entry_succeeded(entry) ? ROLE_DIM : ROLE_NORMAL,
            entry->response_body != NULL ? entry->response_body : "");
        trim_end(cell->text);
        break;
    case DELIVERY_COLUMNS:
        break;
    }
}

static void live_verdict(const struct delivery *delivery, struct row_cell *cell)
{
    bool genuine = delivery->verdict == VERDICT_GENUINE;
    put(cell, genuine ? ROLE_GOOD : ROLE_BAD, NULL);
    (void)snprintf(cell->text, sizeof cell->text, "%s %s", genuine ? "✓" : "✗",
                   verdict_name(delivery->verdict));
}

/* The endpoint and the path it came to, which tells endpoints of one host apart. */
static void live_endpoint(const struct delivery *delivery, struct row_cell *cell)
{
    put(cell, delivery->webhook_id != NULL ? ROLE_NORMAL : ROLE_DIM, delivery->target);
    if (delivery->webhook_id != NULL)
        (void)snprintf(cell->text, sizeof cell->text, "%s %s", delivery->webhook_id,
                       delivery->target != NULL ? delivery->target : "");
}

static void live_cell(const struct app *app, size_t index, size_t column, struct row_cell *cell)
{
    const struct delivery *delivery = &app->live[index].delivery;
    switch ((enum live_column)column) {
    case LIVE_TIME:
        put(cell, ROLE_DIM, "");
        rows_format_time(cell->text, sizeof cell->text, delivery->received_ms, app->now_ms);
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
    case LIVE_ENDPOINT:
        live_endpoint(delivery, cell);
        break;
    case LIVE_SIZE:
        put(cell, ROLE_DIM, "");
        rows_format_size(cell->text, sizeof cell->text, delivery->body_length);
        break;
    case LIVE_ANSWER:
        put(cell, ROLE_DIM, "");
        rows_format_duration(cell->text, sizeof cell->text, delivery->answer_us);
        break;
    case LIVE_COLUMNS:
        break;
    }
}

/* --- rows ------------------------------------------------------------------- */

static const struct {
    size_t columns;
    void (*cell)(const struct app *app, size_t index, size_t column, struct row_cell *cell);
} PANES[PANE_COUNT] = {
    [PANE_ENDPOINTS] = {ENDPOINT_COLUMNS, endpoint_cell},
    [PANE_UPCOMING] = {UPCOMING_COLUMNS, upcoming_cell},
    [PANE_DELIVERIES] = {DELIVERY_COLUMNS, delivery_cell},
    [PANE_LIVE] = {LIVE_COLUMNS, live_cell},
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
        return app->live_count;
    case PANE_COUNT:
        break;
    }
    return 0;
}

size_t rows_columns(enum pane pane)
{
    return PANES[pane].columns;
}

void rows_cell(const struct app *app, enum pane pane, size_t index, size_t column,
               struct row_cell *cell)
{
    *cell = (struct row_cell){.role = ROLE_NORMAL};
    PANES[pane].cell(app, index, column, cell);
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
        (void)snprintf(key, ROW_KEY_SIZE, "%" PRIu64, app->live[index].serial);
        break;
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
