/* The mouse: what it does to what it was found over (tui/hit.h). A click chooses, a click on what
   is chosen opens, the wheel moves in what it is over, borders are dragged. */
#include "tui/app_private.h"

#include <string.h>

enum { WHEEL_ROWS = 3 };

/* --- lists ------------------------------------------------------------------------- */

static void focus(struct app *app, enum pane pane)
{
    if (app->focus != pane)
        app->filtering = false; /* the line is kept, as with Enter */
    app->focus = pane;
    app_lay_out(app);
}

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
        focus(app, hit->pane);
    move(app, hit->pane, (int64_t)hit->index - (int64_t)list->cursor, effects);
    /* Beside the inspector, it shows what is chosen. */
    if (chosen != open)
        app_inspector_open(app, effects);
}

static void click_tab(struct app *app, enum pane pane)
{
    app->help.open = false;
    if (app->inspector.kind != INSPECTOR_NONE)
        app_inspector_close(app);
    focus(app, pane);
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

/* --- all of it ------------------------------------------------------------------------ */

/* A click is too easily made to answer a question with. */
static void click_key(struct app *app, enum action action, struct effects *effects)
{
    if (action != ACTION_CONFIRM)
        (void)app_act(app, action, NULL, effects);
}

static void press(struct app *app, const struct hit *hit, struct effects *effects)
{
    switch (hit->kind) {
    case HIT_NOTHING:
        break;
    case HIT_PANE:
        if (app->inspector.kind == INSPECTOR_NONE)
            focus(app, hit->pane);
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
    case HIT_HELP:
        click_help(app, hit->index, effects);
        break;
    case HIT_MATCH:
        click_match(app, hit->index);
        break;
    case HIT_BORDER:
        app->dragging = true;
        app->dragged = hit->border;
        break;
    }
}

static void drag(struct app *app, const struct mouse *mouse)
{
    if (!app->dragging)
        return;
    layout_drag(&app->layout, app->dragged, mouse->x, mouse->y, &app->shares);
    app_lay_out(app);
    app_inspector_lay_out(app);
}

static void wheel(struct app *app, const struct hit *hit, int rows, struct effects *effects)
{
    if (hit->kind == HIT_INSPECTOR)
        inspector_move(&app->inspector, rows);
    else if (hit->kind == HIT_ROW || hit->kind == HIT_PANE)
        move(app, hit->pane, rows, effects);
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
        press(app, hit, effects);
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
