/* The mouse: what it does to what it was found over (tui/hit.h). A click chooses, a click on what
   is chosen opens, the wheel moves in what it is over, borders are dragged. */
#include "tui/app_private.h"

#include <string.h>

enum { WHEEL_ROWS = 3 };

/* --- lists ------------------------------------------------------------------------- */

/* Moves the cursor of a pane; the panes of another endpoint follow. */
static void move(struct app *app, enum pane pane, int64_t by, struct effects *effects)
{
    char before[ROW_KEY_SIZE];
    memcpy(before, app->lists[pane].selected, sizeof before);
    list_move(app, pane, by);
    if (pane == PANE_ENDPOINTS && strcmp(before, app->lists[pane].selected) != 0)
        app_endpoint_selected(app, effects);
}

static void click_row(struct app *app, const struct hit *hit, struct effects *effects)
{
    const struct list *list = &app->lists[hit->pane];
    bool open = app->inspector.kind != INSPECTOR_NONE;
    bool chosen = app->focus == hit->pane && list->cursor == hit->index;
    if (hit->index >= list->count)
        return;
    if (app->focus != hit->pane)
        list_focus(app, hit->pane);
    move(app, hit->pane, (int64_t)hit->index - (int64_t)list->cursor, effects);
    /* Beside the inspector, it shows what is chosen. */
    if (chosen != open)
        app_inspector_open(app, effects);
}

static void click_head(struct app *app, const struct hit *hit)
{
    if (app->focus != hit->pane)
        list_focus(app, hit->pane);
    list_sort_column(app, hit->pane, hit->index);
}

static void click_tab(struct app *app, enum pane pane)
{
    app->help.open = app->messages.open = app->activity.page.open = false;
    if (app->inspector.kind != INSPECTOR_NONE)
        app_inspector_close(app);
    list_focus(app, pane);
}

/* --- menus ------------------------------------------------------------------------- */

static void click_help(struct app *app, size_t index, struct effects *effects)
{
    struct help *help = &app->help;
    if (index >= help->count || help->rows[index].heading != NULL)
        return;
    bool chosen = help->cursor == index;
    help->cursor = index;
    help->filtering = false;
    if (chosen)
        help_act(app, ACTION_SUBMIT, effects);
}

static void click_match(struct app *app, size_t index)
{
    struct prompt *prompt = &app->prompt;
    if (index >= prompt->match_count)
        return;
    prompt->completing = true;
    prompt->chosen = index > 0 ? index - 1 : prompt->match_count - 1;
    prompt_complete(prompt, 1);
}

/* --- dialogs ------------------------------------------------------------------------- */

static void click_field(struct app *app, const struct hit *hit)
{
    enum place place = state_place(app);
    if (place == PLACE_FORM)
        form_point(app, (enum endpoint_field)hit->field, hit->index, hit->at);
    else if (place == PLACE_EXPORT)
        export_point(app, (enum export_field)hit->field, hit->index, hit->at);
    else if (place == PLACE_TYPED && hit->at <= app->question.answer.length)
        app->question.answer.cursor = hit->at;
}

static void click_line(struct app *app, size_t at)
{
    struct line_edit *line = keys_line(app);
    if (line != NULL && at <= line->length)
        line->cursor = at;
}

/* In a question its text, in the form from line to line. */
static void wheel_dialog(struct app *app, int rows, struct effects *effects)
{
    enum action action = rows > 0 ? ACTION_DOWN : ACTION_UP;
    if (keymap_binding(action, state_place(app)) != NULL)
        (void)app_act(app, action, NULL, effects);
}

/* --- all of it ------------------------------------------------------------------------ */

/* A click is too easily made to answer a question with. */
static void click_key(struct app *app, enum action action, struct effects *effects)
{
    bool yes =
        action == ACTION_CONFIRM || (action == ACTION_SUBMIT && state_place(app) == PLACE_TYPED);
    if (!yes)
        (void)app_act(app, action, NULL, effects);
}

/* A question may come up meanwhile. */
static bool is_covered(const struct app *app)
{
    return app->question.open || app->form_open || app->export_dialog.open;
}

/* It moves once the mouse does. */
static void grab(struct app *app, const struct mouse *mouse, enum layout_border border)
{
    app->dragging = true;
    app->dragged = border;
    app->grabbed_x = mouse->x;
    app->grabbed_y = mouse->y;
}

static void press(struct app *app, const struct mouse *mouse, const struct hit *hit,
                  struct effects *effects)
{
    switch (hit->kind) {
    case HIT_NOTHING:
    case HIT_DIALOG:
        break;
    case HIT_FIELD:
        click_field(app, hit);
        break;
    case HIT_LINE:
        click_line(app, hit->at);
        break;
    case HIT_PANE:
        if (app->inspector.kind == INSPECTOR_NONE)
            list_focus(app, hit->pane);
        break;
    case HIT_ROW:
        click_row(app, hit, effects);
        break;
    case HIT_TAB:
        click_tab(app, hit->pane);
        break;
    case HIT_KEY:
        click_key(app, hit->action, effects);
        break;
    case HIT_INSPECTOR:
        (void)inspector_point(&app->inspector, (int)hit->index);
        break;
    case HIT_MESSAGE:
        messages_select(app, hit->index);
        break;
    case HIT_HELP:
        click_help(app, hit->index, effects);
        break;
    case HIT_MATCH:
        click_match(app, hit->index);
        break;
    case HIT_HEAD:
        click_head(app, hit);
        break;
    case HIT_PANE_BORDER:
        if (app->inspector.kind == INSPECTOR_NONE)
            list_focus(app, hit->pane);
        grab(app, mouse, hit->border);
        break;
    case HIT_BORDER:
        grab(app, mouse, hit->border);
        break;
    }
}

static void drag(struct app *app, const struct mouse *mouse)
{
    bool moved = mouse->x != app->grabbed_x || mouse->y != app->grabbed_y;
    if (!app->dragging || !moved || is_covered(app))
        return;
    app->grabbed_x = app->grabbed_y = -1; /* back to there is a move, too */
    layout_drag(&app->layout, app->dragged, mouse->x, mouse->y, &app->shares);
    app_lay_out(app);
    app_inspector_lay_out(app);
}

static void wheel(struct app *app, const struct hit *hit, int rows, struct effects *effects)
{
    if (hit->kind == HIT_DIALOG || hit->kind == HIT_FIELD)
        wheel_dialog(app, rows, effects);
    else if (hit->kind == HIT_INSPECTOR)
        inspector_move(&app->inspector, rows);
    else if (hit->kind == HIT_ROW || hit->kind == HIT_PANE)
        move(app, hit->pane, rows, effects);
    else if (hit->kind == HIT_MESSAGE)
        for (int i = 0; i < WHEEL_ROWS; i++)
            messages_act(app, rows > 0 ? ACTION_DOWN : ACTION_UP, effects);
    else if (hit->kind == HIT_HELP)
        for (int i = 0; i < WHEEL_ROWS; i++)
            help_act(app, rows > 0 ? ACTION_DOWN : ACTION_UP, effects);
}

void mouse_act(struct app *app, const struct mouse *mouse, const struct hit *hit,
               struct effects *effects)
{
    switch (mouse->kind) {
    case MOUSE_PRESS:
        app->dragging = false; /* a release may have been lost */
        press(app, mouse, hit, effects);
        break;
    case MOUSE_DRAG:
        drag(app, mouse);
        break;
    case MOUSE_RELEASE:
        app->dragging = false;
        break;
    case MOUSE_WHEEL_UP:
        wheel(app, hit, -WHEEL_ROWS, effects);
        break;
    case MOUSE_WHEEL_DOWN:
        wheel(app, hit, WHEEL_ROWS, effects);
        break;
    }
}
