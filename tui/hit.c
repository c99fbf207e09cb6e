#include "tui/hit.h"

#include "tui/bars.h"
#include "tui/menu.h"
#include "tui/pane.h"

static bool is_over(const struct rect *rect, int x, int y)
{
    return x >= rect->x && x < rect->x + rect->width && y >= rect->y && y < rect->y + rect->height;
}

static struct hit in_inspector(const struct app *app, int y)
{
    int row = y - app->layout.inspector.y - 1; /* the frame */
    if (row < 0 || row >= app->layout.inspector.height - 2)
        return (struct hit){.kind = HIT_NOTHING};
    return (struct hit){.kind = HIT_INSPECTOR, .index = (size_t)row};
}

static struct hit in_pane(const struct app *app, enum pane pane, int y)
{
    struct hit hit = {.kind = HIT_PANE, .pane = pane};
    if (pane_row_at(app, pane, y, &hit.index))
        hit.kind = HIT_ROW;
    return hit;
}

static struct hit in_body(const struct app *app, int x, int y)
{
    struct hit hit = {.kind = HIT_NOTHING};
    if (layout_border_at(&app->layout, x, y, &hit.border)) {
        hit.kind = HIT_BORDER;
        return hit;
    }
    if (app->inspector.kind != INSPECTOR_NONE && is_over(&app->layout.inspector, x, y))
        return in_inspector(app, y);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        if (is_over(&app->layout.panes[pane], x, y))
            return in_pane(app, pane, y);
    return hit;
}

struct hit hit_at(const struct app *app, int x, int y)
{
    struct hit hit = {.kind = HIT_NOTHING};
    if (app->layout.too_small)
        return hit;
    if (bars_key_at(app, x, y, &hit.action))
        hit.kind = HIT_KEY;
    else if (app->question.open || app->form_open)
        return hit;
    else if (app->prompt.open)
        hit.kind = menu_match_at(app, y, &hit.index) ? HIT_MATCH : HIT_NOTHING;
    else if (bars_tab_at(app, x, y, &hit.pane))
        hit.kind = HIT_TAB;
    else if (app->help.open)
        hit.kind = menu_help_row_at(app, y, &hit.index) ? HIT_HELP : HIT_NOTHING;
    else
        return in_body(app, x, y);
    return hit;
}
