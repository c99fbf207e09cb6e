#include "tui/typed_line.h"

#include "tui/dialog.h"
#include "tui/inspector_view.h"

#include <string.h>

static bool choose_line(const struct app *app, struct typed_line *typed)
{
    *typed = (struct typed_line){.sign = "/"};
    switch (state_place(app)) {
    case PLACE_HELP_FILTER:
        typed->line = &app->help.filter;
        break;
    case PLACE_PAGE_FILTER:
        typed->line = app->messages.open ? &app->messages.filter : &app->activity.page.filter;
        break;
    case PLACE_FILTER:
        typed->line = &app->lists[app->focus].filter;
        break;
    case PLACE_FIND:
        typed->line = &app->inspector.find.needle;
        break;
    case PLACE_QUERY:
        typed->line = &app->lists[app->focus].query;
        typed->sign = "find ";
        break;
    case PLACE_PROMPT:
        typed->line = &app->prompt.line;
        typed->sign = ":";
        break;
    default:
        break;
    }
    return typed->line != NULL;
}

bool typed_line_of(const struct app *app, struct typed_line *typed)
{
    if (!choose_line(app, typed))
        return false;
    struct rect status = app->layout.status;
    typed->sign_x = status.x + 1;
    int x = typed->sign_x + (int)strlen(typed->sign);
    int end = status.x + status.width - 1;
    if (typed->line == &app->inspector.find.needle)
        end -= inspector_matches_width(&app->inspector) + 2;
    typed->text = (struct rect){x, status.y, end - x, 1};
    return true;
}

void typed_line_draw(const struct typed_line *typed, struct grid *grid)
{
    struct rect text = typed->text;
    (void)grid_text(grid, typed->sign_x, text.y, text.x - typed->sign_x, style_of(ROLE_KEY),
                    typed->sign);
    line_edit_draw(typed->line, grid, text.x, text.y, text.width, ROLE_NORMAL, true);
}

bool typed_line_at(const struct app *app, int x, int y, size_t *byte)
{
    struct typed_line typed;
    if (!typed_line_of(app, &typed) || !rect_has(typed.text, x, y))
        return false;
    *byte = line_edit_byte_at(typed.line, typed.text.width, x - typed.text.x, app->ascii);
    return true;
}
