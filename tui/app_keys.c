/* Keys: which place has them, and what they do there. */
#include "tui/app_private.h"
#include "tui/dialog.h"
#include "tui/key.h"
#include "tui/paste.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- lists ------------------------------------------------------------------- */

static void move(struct app *app, enum action action, struct effects *effects)
{
    enum pane pane = app->focus;
    int64_t page = layout_list_height(&app->layout, pane);
    char before[ROW_KEY_SIZE];
    memcpy(before, app->lists[pane].selected, sizeof before);
    switch (action) {
    case ACTION_DOWN:
        list_move(app, pane, 1);
        break;
    case ACTION_UP:
        list_move(app, pane, -1);
        break;
    case ACTION_PAGE_DOWN:
        list_move(app, pane, page);
        break;
    case ACTION_PAGE_UP:
        list_move(app, pane, -page);
        break;
    case ACTION_TOP:
        list_move(app, pane, -(int64_t)app->lists[pane].count);
        break;
    case ACTION_BOTTOM:
        list_move_to_end(app, pane);
        break;
    default:
        break;
    }
    if (pane == PANE_ENDPOINTS && strcmp(before, app->lists[pane].selected) != 0)
        app_endpoint_selected(app, effects);
}

/* Marking moves on, in pane 1 to another endpoint. */
static void mark(struct app *app, struct effects *effects)
{
    char before[ROW_KEY_SIZE];
    memcpy(before, app->lists[app->focus].selected, sizeof before);
    list_mark(app, app->focus);
    if (app->focus == PANE_ENDPOINTS && strcmp(before, app->lists[app->focus].selected) != 0)
        app_endpoint_selected(app, effects);
}

static void toggle_follow(struct app *app)
{
    struct list *list = &app->lists[app->focus];
    if (list->following) {
        list->following = false;
        list->arrived_since = 0;
    } else {
        list_follow(app, app->focus);
    }
}

/* "live", or its number. */
static bool pane_by_name(const char *name, enum pane *pane)
{
    static const char *const NAMES[PANE_COUNT] = {"endpoints", "upcoming", "deliveries", "live",
                                                  "gaps"};
    for (*pane = 0; name != NULL && *pane < PANE_COUNT; (*pane)++)
        if (strcmp(name, NAMES[*pane]) == 0 ||
            (name[0] == (char)('1' + (int)*pane) && name[1] == '\0'))
            return true;
    return false;
}

/* By the column of that name, or the next one. */
static void sort(struct app *app, const char *name)
{
    if (name == NULL)
        list_sort_next(app, app->focus);
    else if (!list_sort_by(app, app->focus, name))
        app_say(app, TONE_WARN, "no column of this pane is called '%.80s': it has %s", name,
                app->prompt.columns);
}

/* To a pane that is named, from another or from the inspector, which closes. False: it is another
   action. */
static bool go_to_pane(struct app *app, enum action action, const char *argument)
{
    enum pane pane;
    if (action == ACTION_PANE) {
        if (!pane_by_name(argument, &pane))
            return true; /* the prompt lets none of another name through */
    } else if (action >= ACTION_PANE_1 && action <= ACTION_PANE_5) {
        pane = (enum pane)(action - ACTION_PANE_1);
    } else {
        return false;
    }
    if (app->inspector.kind != INSPECTOR_NONE)
        app_inspector_close(app);
    list_focus(app, pane);
    return true;
}

static void in_list(struct app *app, enum action action, const char *argument,
                    struct effects *effects)
{
    if (go_to_pane(app, action, argument))
        return;
    switch (action) {
    case ACTION_NEXT_PANE:
        list_focus(app, (app->focus + 1) % PANE_COUNT);
        break;
    case ACTION_PREVIOUS_PANE:
        list_focus(app, (app->focus + PANE_COUNT - 1) % PANE_COUNT);
        break;
    case ACTION_OPEN:
        app_inspector_open(app, effects);
        break;
    case ACTION_BACK:
        if (!find_back(app, effects) && !send_stop(app) && !export_stop(app, effects))
            app->notice.tone = TONE_NONE;
        break;
    case ACTION_SORT:
        sort(app, argument);
        break;
    case ACTION_SORT_REVERSE:
        list_sort_reverse(app, app->focus);
        break;
    case ACTION_WRAP:
        app->wrap = !app->wrap;
        break;
    case ACTION_COMPARE:
        app_inspector_compare(app, effects);
        break;
    case ACTION_TRACE:
        app_trace_open(app, effects);
        break;
    case ACTION_HISTORY:
        app_object_open(app, effects);
        break;
    case ACTION_MARK:
        mark(app, effects);
        break;
    case ACTION_MARK_ALL:
        list_mark_all(app, app->focus);
        break;
    case ACTION_FOLLOW:
        toggle_follow(app);
        break;
    case ACTION_FILTER:
        if (argument != NULL)
            find_filter(app, argument, effects);
        else
            find_open_filter(app);
        break;
    case ACTION_QUERY:
        if (argument != NULL)
            find_query(app, argument, effects);
        else
            find_open_query(app);
        break;
    case ACTION_ENABLE:
    case ACTION_DISABLE:
    case ACTION_SEND:
    case ACTION_CREATE:
    case ACTION_CHANGE:
    case ACTION_DELETE:
        plans_act(app, action, effects);
        break;
    default:
        move(app, action, effects);
        break;
    }
}

/* --- questions, the form, the filter line ------------------------------------- */

static bool typed_right(const struct question *question)
{
    return strcmp(question->answer.text, question->wanted) == 0;
}

/* As far as there is more; the screen may have become larger. */
static void scroll_question(struct app *app, enum action action)
{
    size_t hidden = dialog_question_hidden(app);
    size_t *top = &app->question.top;
    bool page = action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN;
    size_t by = page ? dialog_question_lines(app) : 1;
    *top = *top < hidden ? *top : hidden;
    if (action == ACTION_UP || action == ACTION_PAGE_UP)
        *top -= *top < by ? *top : by;
    else
        *top += hidden - *top < by ? hidden - *top : by;
}

static void in_question(struct app *app, enum action action, struct effects *effects)
{
    if (action == ACTION_DOWN || action == ACTION_UP || action == ACTION_PAGE_DOWN ||
        action == ACTION_PAGE_UP)
        scroll_question(app, action);
    else if (action == ACTION_DECLINE && app->question.exporting)
        export_declined(app);
    else if (action == ACTION_DECLINE)
        plans_declined(app);
    else if (action == ACTION_CONFIRM || (action == ACTION_SUBMIT && typed_right(&app->question)))
        plans_confirmed(app, effects);
}

/* The line that typing goes to in a place, or NULL. */
static struct line_edit *line_of(struct app *app, enum place place)
{
    if (place == PLACE_TYPED)
        return &app->question.answer;
    if (place == PLACE_FILTER)
        return &app->lists[app->focus].filter;
    if (place == PLACE_QUERY)
        return &app->lists[app->focus].query;
    if (place == PLACE_FIND)
        return &app->inspector.find.needle;
    if (place == PLACE_HELP_FILTER)
        return &app->help.filter;
    if (place == PLACE_PAGE_FILTER)
        return app->messages.open ? &app->messages.filter : &app->activity.page.filter;
    if (place == PLACE_PROMPT)
        return &app->prompt.line;
    if (place == PLACE_EXPORT && app->export_dialog.field == EXPORT_FIELD_PATH)
        return &app->export_dialog.path;
    if (place == PLACE_FORM)
        return endpoint_form_line(&app->form);
    return NULL;
}

struct line_edit *keys_line(struct app *app)
{
    return line_of(app, state_place(app));
}

/* The line of a place has changed. */
static void typed(struct app *app, enum place place, struct effects *effects)
{
    if (place == PLACE_FILTER || place == PLACE_QUERY)
        find_typed(app, place, effects);
    else if (place == PLACE_FIND)
        inspector_search(&app->inspector);
    else if (place == PLACE_HELP_FILTER)
        help_typed(app);
    else if (place == PLACE_PAGE_FILTER)
        messages_typed(app, effects);
    else if (place == PLACE_EXPORT)
        export_typed(app);
    else if (place == PLACE_PROMPT)
        prompt_typed(&app->prompt);
}

/* --- everywhere ---------------------------------------------------------------- */

/* Those of that name, or the next ones. */
static void choose_times(struct app *app, const char *name)
{
    static const char *const SAID[] = {"local", "UTC", "relative"};
    size_t count = sizeof SAID / sizeof *SAID;
    size_t times = (app->times + 1) % count;
    for (size_t i = 0; name != NULL && i < count; i++)
        if (strcasecmp(name, SAID[i]) == 0)
            times = i;
    app->times = (enum times)times;
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        list_measure(app, pane);
    app_inspector_retell(app);
    app_say(app, TONE_INFO, "times are %s", SAID[app->times]);
}

/* What the lists show changes with it, and so does what a filter finds. */
static void toggle_mask(struct app *app)
{
    char key[KEYMAP_LABEL_SIZE];
    app->masked = !app->masked;
    list_sync(app, PANE_DELIVERIES);
    app_inspector_retell(app);
    if (app->masked)
        app_say(app, TONE_INFO, "masked: personal and banking data is hidden, in copies too");
    else
        app_say(app, TONE_WARN, "UNMASKED: payloads are shown as they are; %s hides them again",
                keymap_key_label(&app->keymap, ACTION_MASK, state_place(app), key));
}

/* The theme of that name, or the next one. */
static void choose_theme(struct app *app, const char *name, struct effects *effects)
{
    enum theme theme = (app->theme + 1) % THEME_COUNT;
    if (name != NULL && !theme_by_name(name, &theme))
        return;
    app->theme = theme;
    app_say(app, TONE_INFO, "theme: %s", theme_name(theme));
    (void)app_effect(effects, EFFECT_THEME);
}

static void undo(struct app *app, bool again, struct effects *effects)
{
    enum place place = state_place(app);
    struct line_edit *line = line_of(app, place);
    if (line != NULL && (again ? line_edit_redo(line) : line_edit_undo(line)))
        typed(app, place, effects);
}

static bool anywhere(struct app *app, enum action action, const char *argument,
                     struct effects *effects)
{
    switch (action) {
    case ACTION_QUIT:
        (void)app_effect(effects, EFFECT_QUIT);
        return true;
    case ACTION_SUSPEND:
        (void)app_effect(effects, EFFECT_SUSPEND);
        return true;
    case ACTION_REPAINT:
        (void)app_effect(effects, EFFECT_REPAINT);
        return true;
    case ACTION_UNDO:
    case ACTION_REDO:
        undo(app, action == ACTION_REDO, effects);
        return true;
    case ACTION_TIMES:
        choose_times(app, argument);
        return true;
    case ACTION_EXPORT:
        export_argument(app, argument, effects);
        return true;
    case ACTION_HELP:
        help_open(app);
        return true;
    case ACTION_MESSAGES:
        messages_open(app);
        return true;
    case ACTION_ACTIVITY:
        activity_open(app, effects);
        return true;
    case ACTION_COPY:
        if (app->messages.open || app->activity.page.open)
            return false;
        copy_begin(app, argument, effects);
        return true;
    case ACTION_MASK:
        toggle_mask(app);
        return true;
    case ACTION_PROMPT:
        command_open(app, "");
        return true;
    case ACTION_REPLAY:
        replay_act(app, argument, effects);
        return true;
    case ACTION_ANSWER:
        answer_act(app, argument, effects);
        return true;
    case ACTION_LAYOUT:
        app->shares = (struct layout_shares){0};
        app_say(app, TONE_INFO, "borders are where they suit best");
        app_lay_out(app);
        app_inspector_lay_out(app);
        return true;
    case ACTION_THEME:
        choose_theme(app, argument, effects);
        return true;
    case ACTION_REFRESH:
        if (app->environment == ENVIRONMENT_NONE) {
            plans_act(app, action, effects); /* says that there is no API to ask */
            return true;
        }
        app->refreshing = true;
        app_say(app, TONE_INFO, "asking Bridge again…");
        (void)app_effect(effects, EFFECT_REFRESH);
        return true;
    default:
        return false;
    }
}

bool app_act(struct app *app, enum action action, const char *argument, struct effects *effects)
{
    enum place place = state_place(app);
    const struct binding *binding = keymap_binding(action, place);
    if (binding == NULL)
        return false;
    if (argument == NULL && keymap_wants_argument(binding)) {
        char line[80];
        (void)snprintf(line, sizeof line, "%s ", binding->name);
        command_open(app, line);
        return true;
    }
    if (anywhere(app, action, argument, effects))
        return true;
    switch (place) {
    case PLACE_QUESTION:
    case PLACE_TYPED:
        in_question(app, action, effects);
        break;
    case PLACE_EXPORT:
        export_act(app, action, effects);
        break;
    case PLACE_FORM:
        form_act(app, action);
        break;
    case PLACE_HELP:
    case PLACE_HELP_FILTER:
        help_act(app, action, effects);
        break;
    case PLACE_MESSAGES:
        messages_act(app, action, effects);
        break;
    case PLACE_ACTIVITY:
        activity_act(app, action, effects);
        break;
    case PLACE_PAGE_FILTER:
        messages_filter_act(app, action, effects);
        break;
    case PLACE_PROMPT:
        command_act(app, action, effects);
        break;
    case PLACE_FILTER:
    case PLACE_QUERY:
        find_act(app, place, action, effects);
        break;
    case PLACE_COPY:
        copy_act(app, action, effects);
        break;
    case PLACE_DETAIL:
        if (!go_to_pane(app, action, argument))
            app_inspector_act(app, action, effects);
        break;
    case PLACE_FIND:
        app_inspector_found(app, action);
        break;
    default:
        in_list(app, action, argument, effects);
        break;
    }
    return true;
}

/* `q` is one step back, too: it does not end the program while a filter hides something. */
static bool leaves_filter(const struct app *app, const struct binding *binding)
{
    const struct list *list = &app->lists[app->focus];
    return binding->action == ACTION_QUIT && binding->places == PLACE_LISTS &&
           (list->filter.length > 0 || list->asked[0] != '\0');
}

void keys_press(struct app *app, char32_t key, struct effects *effects)
{
    enum place place = state_place(app);
    const struct binding *binding = keymap_find(&app->keymap, place, key);
    struct line_edit *line = line_of(app, place);
    if (binding == NULL && place == PLACE_EXPORT && line_edit_types(key))
        line = export_path(app);
    if (binding != NULL && leaves_filter(app, binding))
        (void)find_back(app, effects);
    else if (binding != NULL)
        (void)app_act(app, binding->action, NULL, effects);
    else if (line != NULL && line_edit_key(line, key))
        typed(app, place, effects);
}

/* Several words are right there: else it is one value. */
static const unsigned TAKES_WORDS =
    PLACE_FILTER | PLACE_QUERY | PLACE_FIND | PLACE_HELP_FILTER | PLACE_PAGE_FILTER | PLACE_PROMPT;

/* A line break in it is no Enter, and never gets lost without a word. */
void keys_paste(struct app *app, const char *text, size_t length, struct effects *effects)
{
    enum place place = state_place(app);
    struct line_edit *line = place == PLACE_EXPORT ? export_path(app) : line_of(app, place);
    struct pasted pasted;
    if (line == NULL) {
        app_say(app, TONE_INFO, "nothing here takes a paste");
        return;
    }
    bool join = (TAKES_WORDS & (unsigned)place) != 0;
    paste_read(&pasted, text, length, join);
    size_t before = line->length;
    line_edit_paste(line, pasted.text, pasted.length);
    bool cut = pasted.cut || line->length - before < pasted.length;
    typed(app, place, effects);
    if (cut)
        app_say(app, TONE_WARN, "what was pasted is too long: its end is left out");
    else if (pasted.lines > 1 && join)
        app_say(app, TONE_INFO, "pasted %zu lines as one", pasted.lines);
    else if (pasted.lines > 1)
        app_say(app, TONE_WARN, "pasted the first of %zu lines: there is room for one",
                pasted.lines);
}
