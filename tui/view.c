#include "tui/view.h"

#include "tui/bars.h"
#include "tui/dialog.h"
#include "tui/header.h"
#include "tui/inspector_view.h"
#include "tui/keymap.h"
#include "tui/menu.h"
#include "tui/pane.h"
#include "tui/rows.h"
#include "tui/rows_query.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

static int width_of(const struct app *app, const char *text)
{
    return (int)text_width(text, strlen(text), app->ascii);
}

/* --- tabs, status, footer ---------------------------------------------------------- */

static const char *under_way(const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_ENABLE:
        return "enabling";
    case PLAN_DISABLE:
        return "disabling";
    case PLAN_SEND:
        return "sending to";
    case PLAN_DELETE:
        return "deleting";
    case PLAN_CREATE:
        return "creating";
    case PLAN_CHANGE:
        return "changing";
    }
    return "";
}

static void describe_plan(const struct app *app, const struct plan *plan, char *text, size_t size)
{
    const char *target = plan->webhook_id[0] != '\0' ? plan->webhook_id : "it";
    const char *gap = plan->progress[0] != '\0' ? " " : "";
    if (plan->queued)
        (void)snprintf(text, size, "sending %zu of %zu to %s%s…%s%s", app->sending.next,
                       app->sending.count, target,
                       app->sending.stopping ? ", then stopping" : " (Esc stops)", gap,
                       plan->progress);
    else
        (void)snprintf(text, size, "%s %s…%s%s", under_way(plan), target, gap, plan->progress);
}

static const struct plan *first_plan(const struct app *app)
{
    for (size_t i = 0; i < STATE_PLANS; i++)
        if (app->plans[i].id != 0)
            return &app->plans[i];
    return NULL;
}

static void draw_filter_line(const struct app *app, struct grid *grid,
                             const struct line_edit *filter)
{
    struct rect rect = app->layout.status;
    int x = rect.x + 1;
    x += grid_text(grid, x, rect.y, 2, style_of(ROLE_KEY), "/");
    line_edit_draw(filter, grid, x, rect.y, rect.width - x - 1, ROLE_NORMAL, true);
}

/* What there is to type, as long as nothing is. */
static void hint_at_fields(const struct app *app, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "words, \"in quotes\", !not");
    unsigned scope = rows_query_scope(app->focus);
    for (size_t i = 0; i < QUERY_FIELDS_COUNT && at < size; i++)
        if ((QUERY_FIELDS[i].scopes & scope) != 0)
            at += (size_t)snprintf(text + at, size - at, " %s:", QUERY_FIELDS[i].name);
}

/* The wrong term is underlined, and what would be right stands on the line above, for which the
   lower edge of the frame gives way. */
static void draw_query_line(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.status;
    const struct list *list = &app->lists[app->focus];
    const struct query_error *wrong = &list->wrong;
    char hint[256] = "";
    int x = rect.x + 1;
    x += grid_text(grid, x, rect.y, 5, style_of(ROLE_KEY), "find ");
    int width = rect.width - x - 1;
    line_edit_draw(&list->query, grid, x, rect.y, width, ROLE_NORMAL, true);
    if (list->query.length == 0) {
        hint_at_fields(app, hint, sizeof hint);
        (void)grid_text(grid, x + 1, rect.y, width - 1, style_of(ROLE_DIM), hint);
    }
    if (wrong->message[0] == '\0')
        return;
    line_edit_mark(&list->query, grid, x, rect.y, width, wrong->start, wrong->length);
    grid_fill(grid, (struct rect){0, rect.y - 1, grid->width, 1}, style_of(ROLE_NORMAL));
    (void)grid_text(grid, x, rect.y - 1, width, style_of(ROLE_BAD), wrong->message);
}

/* What happened is said whole, in Bridge's words: where one line is too short, the lower edge of
   the frame above gives way. */
static void draw_news(const struct app *app, struct grid *grid, enum role role, const char *text)
{
    struct rect rect = app->layout.status;
    rect.x++;
    rect.width -= 2;
    if (width_of(app, text) > rect.width) {
        rect.y--;
        rect.height++;
        grid_fill(grid, (struct rect){0, rect.y, grid->width, 1}, style_of(ROLE_NORMAL));
    }
    (void)widget_paragraph(grid, rect, style_of(role), text);
}

static void draw_status(const struct app *app, struct grid *grid)
{
    static const enum role roles[] = {
        [TONE_NONE] = ROLE_NORMAL, [TONE_INFO] = ROLE_INFO, [TONE_GOOD] = ROLE_GOOD,
        [TONE_WARN] = ROLE_WARN,   [TONE_BAD] = ROLE_BAD,
    };
    char text[STATE_TEXT_MAX + 80];
    const struct plan *plan = first_plan(app);
    bool news =
        app->notice.tone != TONE_NONE && (plan == NULL || app->notice.since_ms >= plan->since_ms);
    if (app->help.open && app->help.filtering) {
        draw_filter_line(app, grid, &app->help.filter);
    } else if (app->filtering) {
        draw_filter_line(app, grid, &app->lists[app->focus].filter);
    } else if (app->querying) {
        draw_query_line(app, grid);
    } else if (app->inspector.find.typing) {
        inspector_draw_status(app, grid, app->layout.status);
    } else if (app->copy.open) {
        draw_news(app, grid, ROLE_KEY, "copy what?");
    } else if (news) {
        draw_news(app, grid, roles[app->notice.tone], app->notice.text);
    } else if (app->help.open) {
        menu_describe_selected(app, text, sizeof text);
        draw_news(app, grid, ROLE_DIM, text);
    } else if (plan != NULL) {
        describe_plan(app, plan, text, sizeof text);
        draw_news(app, grid, ROLE_INFO, text);
    } else if (app->exporting.running) {
        export_describe(&app->exporting, text, sizeof text);
        draw_news(app, grid, ROLE_INFO, text);
    } else if (app->storing_trouble[0] != '\0') {
        (void)snprintf(text, sizeof text, "NOT STORING: %s", app->storing_trouble);
        draw_news(app, grid, ROLE_BAD, text);
    } else {
        inspector_draw_status(app, grid, app->layout.status);
    }
}

/* --- the screen -------------------------------------------------------------------- */

static void draw_too_small(const struct app *app, struct grid *grid)
{
    char text[160];
    (void)snprintf(text, sizeof text, "bridgetop needs %d × %d; this terminal has %d × %d.",
                   LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN, app->width, app->height);
    (void)widget_paragraph(grid, grid_rect(grid), style_of(ROLE_NORMAL), text);
}

void view_draw(const struct app *app, struct grid *grid)
{
    grid_clear(grid);
    if (app->layout.too_small) {
        draw_too_small(app, grid);
        return;
    }
    header_draw(app, grid);
    bars_draw_tabs(app, grid);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        pane_draw(app, grid, pane);
    if (app->inspector.kind != INSPECTOR_NONE)
        inspector_draw(app, grid);
    if (app->help.open)
        menu_draw_help(app, grid);
    draw_status(app, grid);
    bars_draw_footer(app, grid);
    if (app->prompt.open)
        menu_draw_prompt(app, grid);
    if (app->form_open)
        dialog_draw_form(app, grid);
    if (app->export_dialog.open)
        dialog_draw_export(app, grid);
    if (app->question.open)
        dialog_draw_question(app, grid);
}
