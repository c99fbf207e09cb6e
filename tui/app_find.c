/* Filters: the words of `/` and the filter language of `f`, for the pane in focus. Panes 1 to 3 are
   looked through here; what pane 4 is asked for is searched for in the store, off the loop. */
#include "tui/app_private.h"
#include "tui/rows.h"
#include "tui/rows_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TYPED_DELAY_MS = 50,    /* another key may follow; one held down repeats faster */
    ARRIVED_DELAY_MS = 250, /* so may another delivery */
};

/* --- what passes --------------------------------------------------------------------- */

void find_read(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    struct query_error error;
    if (list->asked[0] != '\0')
        (void)query_parse(list->asked, strlen(list->asked), rows_query_scope(pane), app->now_ms,
                          &list->parsed, &error);
}

bool find_passes(const struct app *app, enum pane pane, size_t index)
{
    const struct list *list = &app->lists[pane];
    if (list->asked[0] != '\0' && pane != PANE_LIVE &&
        !rows_query_match(app, pane, index, &list->parsed))
        return false;
    return list->filter.length == 0 || rows_match(app, pane, index, list->filter.text);
}

/* Another endpoint may be under the cursor afterwards. */
static void sync_focus(struct app *app, struct effects *effects)
{
    char before[ROW_KEY_SIZE];
    memcpy(before, app->lists[app->focus].selected, sizeof before);
    list_sync(app, app->focus);
    if (app->focus == PANE_ENDPOINTS && strcmp(before, app->lists[app->focus].selected) != 0)
        app_endpoint_selected(app, effects);
}

/* --- the store ----------------------------------------------------------------------------- */

static void drop_found(struct found *found, size_t from)
{
    for (size_t i = from; i < found->count; i++)
        delivery_clear(&found->rows[i].delivery);
    found->count = from < found->count ? from : found->count;
}

void find_clear(struct app *app)
{
    drop_found(&app->found, 0);
    free(app->found.rows);
    app->found.rows = NULL;
    history_clear(&app->filters);
    history_clear(&app->queries);
}

static void ask_store(struct app *app, struct effects *effects, int64_t above, uint64_t delay_ms)
{
    struct effect *effect = app_effect(effects, EFFECT_SEARCH);
    if (effect == NULL)
        return;
    effect->search = app->found.generation;
    effect->query = app->lists[PANE_LIVE].asked;
    effect->above = above;
    effect->delay_ms = delay_ms;
    app->found.searching = true;
}

/* Pane 4 shows what it has until the first answer comes. */
static void search_store(struct app *app, uint64_t delay_ms, struct effects *effects)
{
    struct found *found = &app->found;
    found->generation++;
    found->newer = found->again = false;
    found->late_id = 0;
    found->stale = true;
    found->trouble[0] = '\0';
    ask_store(app, effects, 0, delay_ms);
    if (app->lists[PANE_LIVE].asked[0] != '\0')
        return;
    found->open = found->searching = found->stale = false; /* "" ended the search */
    drop_found(found, 0);
    list_sync(app, PANE_LIVE);
}

void find_arrived(struct app *app, struct effects *effects)
{
    struct found *found = &app->found;
    if (app->lists[PANE_LIVE].asked[0] == '\0')
        return;
    if (found->searching) {
        found->again = true;
        return;
    }
    int64_t above = found->newest_id;
    if (found->late_id > 0 && found->late_id <= above)
        above = found->late_id - 1;
    found->late_id = 0;
    found->newer = true;
    found->again = false;
    found->newer_count = 0;
    ask_store(app, effects, above, ARRIVED_DELAY_MS);
}

/* Whether a query asks for the answer, and whether that status is what it asks for. */
static bool asks_for_answer(const struct query *query, int status, bool *holds)
{
    struct query_subject subject = {.answer = status};
    bool asks = false;
    *holds = true;
    for (size_t i = 0; i < query->count; i++) {
        if (query->terms[i].field != QUERY_ANSWER)
            continue;
        asks = true;
        *holds = *holds && query_term_holds(query, &query->terms[i], &subject);
    }
    return asks;
}

static struct live_row *find_row(struct found *found, int64_t id)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->rows[i].delivery.id == id)
            return &found->rows[i];
    return NULL;
}

static void take_out(struct found *found, struct live_row *row)
{
    size_t at = (size_t)(row - found->rows);
    delivery_clear(&row->delivery);
    memmove(row, row + 1, (found->count - at - 1) * sizeof *row);
    found->count--;
}

/* The answer may come after the row was looked at, and be what is asked for, or no longer that. */
void find_answered(struct app *app, const struct message *message, struct effects *effects)
{
    struct found *found = &app->found;
    const struct list *list = &app->lists[PANE_LIVE];
    int64_t id = message->delivery_id;
    bool holds;
    struct live_row *row = find_row(found, id);
    if (row != NULL) {
        row->delivery.answer_us = message->answer_us;
        if (message->answer_status != 0)
            row->delivery.answer_status = message->answer_status;
    }
    if (message->answer_status == 0 || list->asked[0] == '\0' ||
        !asks_for_answer(&list->parsed, message->answer_status, &holds))
        return;
    if (holds && row == NULL) {
        if (found->late_id == 0 || id < found->late_id)
            found->late_id = id;
        find_arrived(app, effects);
    } else if (!holds && row != NULL && !found->stale) {
        take_out(found, row);
        list_sync(app, PANE_LIVE);
    }
}

static bool has_room(struct found *found)
{
    if (found->rows == NULL)
        found->rows = calloc(STATE_FOUND_MAX, sizeof *found->rows);
    return found->rows != NULL;
}

/* How long an answer took is stored with the next ones: what has just arrived knows it before. */
static int64_t answer_time(const struct app *app, const struct delivery *summary)
{
    for (size_t i = app->live_count; i > 0 && summary->answer_us < 0; i--)
        if (app->live[i - 1].delivery.id == summary->id)
            return app->live[i - 1].delivery.answer_us;
    return summary->answer_us;
}

/* Newest first: what is older goes to the end, what is newer before what was there; of what is
   searched once more, some is there already. */
static void put_found(struct app *app, const struct delivery *summary)
{
    struct found *found = &app->found;
    size_t at = found->newer ? 0 : found->count;
    while (found->newer && at < found->count && found->rows[at].delivery.id > summary->id)
        at++;
    if (at >= STATE_FOUND_MAX || (at < found->count && found->rows[at].delivery.id == summary->id))
        return;
    struct live_row row = {0};
    if (!delivery_copy_summary(&row.delivery, summary))
        return;
    row.serial = (uint64_t)summary->id;
    row.delivery.answer_us = answer_time(app, summary);
    drop_found(found, STATE_FOUND_MAX - 1);
    memmove(found->rows + at + 1, found->rows + at, (found->count - at) * sizeof *found->rows);
    found->rows[at] = row;
    found->count++;
    found->newer_count += found->newer;
}

static void note_progress(struct found *found, const struct message *message)
{
    const struct store_search_progress *progress = message->progress;
    if (progress != NULL && progress->newest_id > found->newest_id)
        found->newest_id = progress->newest_id;
    if (progress != NULL && !found->newer) {
        found->oldest_id = progress->oldest_id;
        found->whole = message->searched && message->whole;
    }
    if (message->text != NULL)
        (void)snprintf(found->trouble, sizeof found->trouble, "%s", message->text);
    found->searching = !message->searched;
}

void find_found(struct app *app, const struct message *message, struct effects *effects)
{
    struct found *found = &app->found;
    struct list *list = &app->lists[PANE_LIVE];
    if (message->search != found->generation || list->asked[0] == '\0' || !has_room(found))
        return;
    if (found->stale) {
        drop_found(found, 0);
        found->stale = false;
        found->open = true;
        found->newest_id = 0;
    }
    size_t before = found->newer_count;
    for (size_t i = 0; i < message->found_count; i++)
        put_found(app, &message->found[i]);
    note_progress(found, message);
    if (found->newer && !list->following)
        list->arrived_since += found->newer_count - before;
    list_sync(app, PANE_LIVE);
    if (message->searched && found->again && found->trouble[0] == '\0')
        find_arrived(app, effects);
}

/* --- the query ------------------------------------------------------------------------------ */

/* What stands before a term that is wrong holds by itself. */
static size_t right_part(const struct list *list)
{
    bool wrong = list->wrong.message[0] != '\0';
    size_t end = wrong ? list->wrong.start : list->query.length;
    if (wrong && end > 0 && list->query.text[end - 1] == '!')
        end--;
    while (end > 0 && strchr(" \t", list->query.text[end - 1]) != NULL)
        end--;
    return end;
}

static void ask(struct app *app, uint64_t delay_ms, struct effects *effects)
{
    struct list *list = &app->lists[app->focus];
    struct query query;
    (void)query_parse(list->query.text, list->query.length, rows_query_scope(app->focus),
                      app->now_ms, &query, &list->wrong);
    size_t length = right_part(list);
    if (strlen(list->asked) == length && memcmp(list->asked, list->query.text, length) == 0)
        return;
    memcpy(list->asked, list->query.text, length);
    list->asked[length] = '\0';
    find_read(app, app->focus);
    if (app->focus == PANE_LIVE)
        search_store(app, delay_ms, effects);
    else
        sync_focus(app, effects);
}

static void set_query(struct app *app, const char *text, struct effects *effects)
{
    line_edit_set(&app->lists[app->focus].query, text);
    ask(app, 0, effects);
}

static void set_filter(struct app *app, const char *text, struct effects *effects)
{
    line_edit_set(&app->lists[app->focus].filter, text);
    sync_focus(app, effects);
}

bool find_back(struct app *app, struct effects *effects)
{
    struct list *list = &app->lists[app->focus];
    if (list->filter.length > 0)
        set_filter(app, "", effects);
    else if (list->asked[0] != '\0' || list->query.length > 0)
        set_query(app, "", effects);
    else
        return false;
    return true;
}

/* --- the lines -----------------------------------------------------------------------------------
 */

void find_open_filter(struct app *app)
{
    app->filtering = true;
    history_rest(&app->filters);
}

void find_open_query(struct app *app)
{
    app->querying = true;
    history_rest(&app->queries);
}

void find_filter(struct app *app, const char *text, struct effects *effects)
{
    set_filter(app, text, effects);
    history_add(&app->filters, text);
}

void find_query(struct app *app, const char *text, struct effects *effects)
{
    struct list *list = &app->lists[app->focus];
    set_query(app, text, effects);
    if (list->wrong.message[0] == '\0')
        history_add(&app->queries, text);
    else
        app->querying = true; /* to be put right */
}

void find_typed(struct app *app, enum place place, struct effects *effects)
{
    if (place == PLACE_FILTER)
        sync_focus(app, effects);
    else
        ask(app, TYPED_DELAY_MS, effects);
}

/* What is wrong cannot be kept: the line stays, and says why. */
static void keep(struct app *app, enum place place)
{
    struct list *list = &app->lists[app->focus];
    if (place == PLACE_FILTER) {
        app->filtering = false;
        history_add(&app->filters, list->filter.text);
    } else if (list->wrong.message[0] == '\0') {
        app->querying = false;
        history_add(&app->queries, list->query.text);
    }
}

static void give_up(struct app *app, enum place place, struct effects *effects)
{
    app->filtering = app->querying = false;
    if (place == PLACE_FILTER)
        set_filter(app, "", effects);
    else
        set_query(app, "", effects);
}

static void walk_back(struct app *app, enum place place, bool older, struct effects *effects)
{
    struct list *list = &app->lists[app->focus];
    bool filter = place == PLACE_FILTER;
    struct history *history = filter ? &app->filters : &app->queries;
    struct line_edit *line = filter ? &list->filter : &list->query;
    const char *text = older ? history_older(history, line->text) : history_newer(history);
    if (text == NULL)
        return;
    line_edit_set(line, text);
    find_typed(app, place, effects);
}

void find_act(struct app *app, enum place place, enum action action, struct effects *effects)
{
    switch (action) {
    case ACTION_SUBMIT:
        keep(app, place);
        break;
    case ACTION_DECLINE:
        give_up(app, place, effects);
        break;
    case ACTION_OLDER:
    case ACTION_NEWER:
        walk_back(app, place, action == ACTION_OLDER, effects);
        break;
    default:
        break;
    }
}
