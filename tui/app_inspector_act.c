/* The inspector's keys. */
#include "tui/app_private.h"
#include "tui/rows_query.h"

#include <stdio.h>

/* What is shown stays until the next one's body is there: no frame shows half of it. */
static bool read_next(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    const struct live_row *row = state_selected_live(app);
    delivery_clear(&inspector->next);
    if (row == NULL || row->delivery.id == 0 ||
        !delivery_copy_summary(&inspector->next, &row->delivery))
        return false;
    if (app_inspector_load(row->delivery.id, effects))
        return true;
    delivery_clear(&inspector->next);
    return false;
}

/* What the list is on now, with folds and cursor as they were remembered. */
static void reopen(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    inspector_close(inspector);
    inspector->has_memory = true;
    if (!app_inspector_open_selected(app, effects)) {
        app_inspector_close(app);
        return;
    }
    app_inspector_tell(app);
    inspector_recall(inspector);
    inspector->has_memory = inspector->loading;
}

static bool is_told(const struct inspector *inspector)
{
    return inspector->kind == INSPECTOR_TRACE || inspector->kind == INSPECTOR_OBJECT;
}

/* The same of what the list is on now: opened from there as it was, from the inspector or not. */
static void tell_next(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    bool trace = inspector->kind == INSPECTOR_TRACE, from_inspector = inspector->below != NULL;
    inspector_drop(inspector);
    inspector_close(inspector);
    inspector->folded = INSPECTOR_FOLDED_AT_FIRST;
    if (from_inspector && !app_inspector_open_selected(app, effects)) {
        app_inspector_close(app);
        return;
    }
    if (trace)
        app_trace_open(app, effects);
    else
        app_object_open(app, effects);
    if (inspector->kind == INSPECTOR_NONE) { /* this row names no event, and that was said */
        if (app_inspector_open_selected(app, effects))
            app_inspector_tell(app);
        else
            app_inspector_close(app);
    }
}

static bool open_line(struct app *app, struct effects *effects)
{
    return app_trace_open_selected(app, effects) || app_object_open_selected(app, effects);
}

/* The next or previous of what this was opened from: of a time line, or a history. */
static void step_below(struct app *app, int by, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    (void)inspector_pop(inspector);
    app_lay_out(app);
    app_inspector_retell(app);
    size_t from = inspector->cursor;
    uint64_t open = inspector_selected_field(inspector) | 1;
    for (size_t before = SIZE_MAX; before != inspector->cursor;) {
        before = inspector->cursor;
        inspector_move(inspector, by);
        if ((inspector_selected_field(inspector) | 1) != open && open_line(app, effects))
            return;
    }
    app_say(app, TONE_INFO, "this is the %s one", by > 0 ? "last" : "first");
    inspector_move(inspector, (int64_t)from - (int64_t)inspector->cursor);
    (void)open_line(app, effects);
}

/* The next or previous event of the list behind, which stays paused on it. */
static void step(struct app *app, int by, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    struct list *list = &app->lists[app->focus];
    size_t before = list->cursor;
    if (inspector->kind == INSPECTOR_COMPARISON) {
        app_say(app, TONE_INFO, "a comparison has no next one");
        return;
    }
    if (inspector->below != NULL && !is_told(inspector)) {
        step_below(app, by, effects);
        return;
    }
    list_move(app, app->focus, by);
    if (list->cursor == before) {
        app_say(app, TONE_INFO, "this is the %s one", by > 0 ? "last" : "first");
        return;
    }
    if (app->focus == PANE_ENDPOINTS)
        app_endpoint_selected(app, effects);
    list->following = false;
    inspector->list_followed = false;
    if (inspector->kind == INSPECTOR_DELIVERY && read_next(app, effects))
        return;
    if (is_told(inspector)) {
        tell_next(app, effects);
        return;
    }
    inspector_remember(inspector);
    reopen(app, effects);
}

static void back(struct app *app, struct effects *effects)
{
    if (inspector_finds(&app->inspector))
        inspector_stop_finding(&app->inspector);
    else if (inspector_pop(&app->inspector))
        app_inspector_show_below(app, effects);
    else
        app_inspector_close(app);
}

static bool search_for(struct inspector *inspector, struct query_text text)
{
    char needle[LINE_EDIT_MAX + 1];
    (void)snprintf(needle, sizeof needle, "%.*s", (int)text.length, text.bytes);
    line_edit_set(&inspector->find.needle, needle);
    inspector_search(inspector);
    return inspector->find.count > 0;
}

/* For what the row was found by in its list: a word of the query, or else the first that is here of
   what is marked there. */
static bool search_as_the_list(struct app *app)
{
    enum { TRIED_MAX = 4 }; /* of each kind: a payload may be long */
    struct inspector *inspector = &app->inspector;
    const struct list *list = &app->lists[app->focus];
    struct needles needles;
    inspector_begin_search(inspector);
    inspector->find.typing = false;
    for (size_t i = 0; list->asked[0] != '\0' && i < list->parsed.count && i < TRIED_MAX; i++) {
        const struct query_term *term = &list->parsed.terms[i];
        if (term->field == QUERY_WORD && !term->inverted && term->any_count > 0 &&
            search_for(inspector, query_value(&list->parsed, term, 0)))
            return true;
    }
    rows_needles(app, app->focus, &needles);
    for (size_t i = 0; i < needles.count && i < TRIED_MAX; i++)
        if (search_for(inspector, needles.items[i]))
            return true;
    inspector_leave_search(inspector);
    return false;
}

static void next_match(struct app *app, int by)
{
    struct inspector *inspector = &app->inspector;
    char key[KEYMAP_LABEL_SIZE];
    if (!inspector_finds(inspector) && search_as_the_list(app))
        return;
    if (!inspector_finds(inspector))
        app_say(app, TONE_INFO, "nothing is searched for: %s finds text here",
                keymap_key_label(&app->keymap, ACTION_FIND, PLACE_DETAIL, key));
    else if (inspector->find.count == 0)
        app_say(app, TONE_INFO, "not found: %s", inspector->find.needle.text);
    else
        inspector_next_match(inspector, by);
}

static void zoom(struct app *app)
{
    if (app->layout.body.width < LAYOUT_BESIDE_WIDTH) {
        app_say(app, TONE_INFO, STATE_ZOOMED);
        return;
    }
    app->inspector.zoomed = !app->inspector.zoomed;
    app_lay_out(app);
    app_inspector_lay_out(app);
}

void app_inspector_act(struct app *app, enum action action, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    switch (action) {
    case ACTION_BACK:
        back(app, effects);
        break;
    case ACTION_DOWN:
        inspector_move(inspector, 1);
        break;
    case ACTION_UP:
        inspector_move(inspector, -1);
        break;
    case ACTION_PAGE_DOWN:
        inspector_page(inspector, 1);
        break;
    case ACTION_PAGE_UP:
        inspector_page(inspector, -1);
        break;
    case ACTION_TOP:
        inspector_move_to_end(inspector, false);
        break;
    case ACTION_BOTTOM:
        inspector_move_to_end(inspector, true);
        break;
    case ACTION_FOLD:
        inspector_fold(inspector);
        break;
    case ACTION_UNFOLD:
        inspector_unfold(inspector);
        break;
    case ACTION_TOGGLE_FOLD:
        if (!open_line(app, effects) && !app_inspector_open_attempt(app, effects))
            inspector_toggle(inspector);
        break;
    case ACTION_FOLD_ALL:
        inspector_fold_all(inspector, true);
        break;
    case ACTION_UNFOLD_ALL:
        inspector_fold_all(inspector, false);
        break;
    case ACTION_NEXT_SECTION:
        inspector_next_section(inspector, 1);
        break;
    case ACTION_PREVIOUS_SECTION:
        inspector_next_section(inspector, -1);
        break;
    case ACTION_NEXT_EVENT:
        step(app, 1, effects);
        break;
    case ACTION_PREVIOUS_EVENT:
        step(app, -1, effects);
        break;
    case ACTION_ZOOM:
        zoom(app);
        break;
    case ACTION_FIND:
        inspector_begin_search(inspector);
        break;
    case ACTION_NEXT_MATCH:
        next_match(app, 1);
        break;
    case ACTION_PREVIOUS_MATCH:
        next_match(app, -1);
        break;
    case ACTION_TRACE:
        app_trace_open(app, effects);
        break;
    case ACTION_HISTORY:
        app_object_open(app, effects);
        break;
    case ACTION_SEND:
        plans_act(app, action, effects);
        break;
    case ACTION_WRAP:
        inspector->cut_lines = !inspector->cut_lines;
        app_inspector_lay_out(app);
        break;
    default:
        break;
    }
}

void app_inspector_found(struct app *app, enum action action)
{
    if (action == ACTION_DECLINE)
        inspector_leave_search(&app->inspector);
    else if (action == ACTION_SUBMIT)
        app->inspector.find.typing = false;
}
