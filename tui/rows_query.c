#include "tui/rows_query.h"

#include "tui/rows.h"

#include <stdio.h>
#include <string.h>

enum { ROW_TEXTS = ROW_COLUMNS_MAX + 2 }; /* the columns, and payloads */

/* One row laid open. */
struct row_subject {
    struct row_cell cells[ROW_COLUMNS_MAX];
    struct query_text texts[ROW_TEXTS];
    struct query_subject subject;
};

enum query_scope rows_query_scope(enum pane pane)
{
    static const enum query_scope scopes[PANE_COUNT] = {
        [PANE_ENDPOINTS] = QUERY_ENDPOINTS,   [PANE_UPCOMING] = QUERY_UPCOMING,
        [PANE_DELIVERIES] = QUERY_DELIVERIES, [PANE_LIVE] = QUERY_ARRIVALS,
        [PANE_GAPS] = QUERY_UPCOMING,
    };
    return scopes[pane];
}

static void add_text(struct row_subject *row, struct query_text text)
{
    if (row->subject.text_count < ROW_TEXTS)
        row->texts[row->subject.text_count++] = text;
}

static struct query_text category_of(const char *type)
{
    return (struct query_text){type, type != NULL ? strcspn(type, ".") : 0};
}

static void lay_endpoint(const struct webhook *webhook, struct row_subject *row)
{
    struct query_text *fields = row->subject.fields;
    fields[QUERY_ID] = query_text_of(webhook->id);
    fields[QUERY_URL] = query_text_of(webhook->url);
    fields[QUERY_STATUS] = query_text_of(webhook->status_text);
    fields[QUERY_CATEGORY] = query_text_of(row->cells[ENDPOINT_CATEGORIES].text);
}

static void lay_event(const struct event *event, struct row_subject *row)
{
    struct query_text *fields = row->subject.fields;
    fields[QUERY_TYPE] = query_text_of(event->type);
    fields[QUERY_CATEGORY] =
        event->category != NULL ? query_text_of(event->category) : category_of(event->type);
    fields[QUERY_STATUS] = query_text_of(event->object_status);
    fields[QUERY_ID] = query_text_of(event->id);
    fields[QUERY_OBJECT] = query_text_of(event->object_id);
    row->subject.size = (int64_t)event->raw_length;
    row->subject.time_ms = event->created_ms;
    add_text(row, (struct query_text){event->raw, event->raw_length});
}

static void lay_log(const struct app *app, const struct log_entry *entry, struct row_subject *row)
{
    struct query_text *fields = row->subject.fields;
    const char *type = entry->event_id != NULL ? state_event_type(app, entry->event_id) : NULL;
    fields[QUERY_TYPE] = query_text_of(type);
    fields[QUERY_CATEGORY] = category_of(type);
    fields[QUERY_STATUS] = query_text_of(entry->status_text);
    fields[QUERY_ID] = query_text_of(entry->event_id);
    row->subject.answer = entry->status;
    row->subject.time_ms = entry->created_ms;
    add_text(row, query_text_of(entry->response_body));
    add_text(row, (struct query_text){entry->raw, entry->raw_length});
}

bool rows_query_match(const struct app *app, enum pane pane, size_t index,
                      const struct query *query)
{
    struct row_subject row;
    row.subject = (struct query_subject){.texts = row.texts, .time_ms = -1};
    for (size_t column = 0; column < rows_columns(pane); column++) {
        rows_cell(app, pane, index, column, &row.cells[column]);
        add_text(&row, query_text_of(row.cells[column].text));
    }
    const struct endpoint *endpoint = state_selected_endpoint(app);
    switch (pane) {
    case PANE_ENDPOINTS:
        lay_endpoint(&app->endpoints[index].webhook, &row);
        break;
    case PANE_UPCOMING:
        lay_event(&endpoint->upcoming.items[index], &row);
        break;
    case PANE_GAPS:
        lay_event(&app->gaps.rows[index].event, &row);
        break;
    case PANE_DELIVERIES:
        lay_log(app, &endpoint->logs.items[index], &row);
        break;
    default:
        return true;
    }
    return query_matches(query, &row.subject);
}

/* --- what is marked ------------------------------------------------------------- */

static void add_needle(struct needles *needles, struct query_text text)
{
    if (needles->count < ROWS_NEEDLES_MAX && text.length > 0)
        needles->items[needles->count++] = text;
}

static void small_letters(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
}

void rows_needles(const struct app *app, enum pane pane, struct needles *needles)
{
    const struct list *list = &app->lists[pane];
    needles->count = 0;
    (void)snprintf(needles->bytes, sizeof needles->bytes, "%s", list->filter.text);
    small_letters(needles->bytes);
    char *rest = needles->bytes;
    for (char *word = strtok_r(needles->bytes, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest))
        add_needle(needles, query_text_of(word));
    const struct query *query = &list->parsed;
    for (size_t i = 0; list->asked[0] != '\0' && i < query->count; i++) {
        const struct query_term *term = &query->terms[i];
        for (size_t v = 0; term->kind == QUERY_IS_TEXT && !term->inverted && v < term->any_count;
             v++)
            add_needle(needles, query_value(query, term, v));
    }
}
