#include "tui/hit.h"

#include "tui/bars.h"
#include "tui/dialog.h"
#include "tui/footer.h"
#include "tui/menu.h"
#include "tui/messages.h"
#include "tui/pane.h"
#include "tui/typed_line.h"

static struct hit in_inspector(const struct app *app, int y)
{
    int row = y - app->layout.inspector.y - 1; /* the frame */
    if (row < 0 || row >= app->layout.inspector.height - 2)
        return (struct hit){.kind = HIT_NOTHING};
    return (struct hit){.kind = HIT_INSPECTOR, .index = (size_t)row};
}

static struct hit in_messages(const struct app *app, int y)
{
    uint64_t number;
    if (!messages_at(app, y, &number))
        return (struct hit){.kind = HIT_NOTHING};
    return (struct hit){.kind = HIT_MESSAGE, .index = (size_t)number};
}

static struct hit in_pane(const struct app *app, enum pane pane, int x, int y)
{
    struct hit hit = {.kind = HIT_PANE, .pane = pane};
    if (pane_row_at(app, pane, y, &hit.index))
        hit.kind = HIT_ROW;
    else if (pane_head_at(app, pane, x, y, &hit.index))
        hit.kind = HIT_HEAD;
    return hit;
}

static struct hit in_body(const struct app *app, int x, int y)
{
    struct hit hit = {.kind = HIT_NOTHING};
    if (app->inspector.kind != INSPECTOR_NONE && rect_has(app->layout.inspector, x, y))
        hit = in_inspector(app, y);
    else
        for (enum pane pane = 0; pane < PANE_COUNT; pane++)
            if (rect_has(app->layout.panes[pane], x, y))
                hit = in_pane(app, pane, x, y);
    if (layout_border_at(&app->layout, x, y, &hit.border))
        hit.kind = hit.kind == HIT_PANE ? HIT_PANE_BORDER : HIT_BORDER;
    return hit;
}

struct hit hit_at(const struct app *app, int x, int y)
{
    struct hit hit = {.kind = HIT_NOTHING};
    if (app->layout.too_small)
        return hit;
    if (footer_key_at(app, x, y, &hit.action)) {
        hit.kind = HIT_KEY;
        return hit;
    }
    if (typed_line_at(app, x, y, &hit.at)) {
        hit.kind = HIT_LINE;
        return hit;
    }
    switch (state_place(app)) {
    case PLACE_QUESTION:
    case PLACE_TYPED:
        return dialog_question_at(app, x, y);
    case PLACE_FORM:
        return dialog_form_at(app, x, y);
    case PLACE_EXPORT:
        return dialog_export_at(app, x, y);
    case PLACE_COPY:
        return hit;
    case PLACE_PROMPT:
        hit.kind = menu_match_at(app, y, &hit.index) ? HIT_MATCH : HIT_NOTHING;
        return hit;
    default:
        break;
    }
    if (bars_tab_at(app, x, y, &hit.pane))
        hit.kind = HIT_TAB;
    else if (app->help.open)
        hit.kind = menu_help_row_at(app, y, &hit.index) ? HIT_HELP : HIT_NOTHING;
    else if (app->messages.open || app->activity.page.open)
        return in_messages(app, y);
    else
        return in_body(app, x, y);
    return hit;
}
