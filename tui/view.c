#include "tui/view.h"

#include "tui/bars.h"
#include "tui/dialog.h"
#include "tui/footer.h"
#include "tui/header.h"
#include "tui/inspector_view.h"
#include "tui/keymap.h"
#include "tui/menu.h"
#include "tui/messages.h"
#include "tui/pane.h"
#include "tui/rows.h"
#include "tui/rows_query.h"
#include "tui/typed_line.h"
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
    char key[KEYMAP_LABEL_SIZE];
    char how[KEYMAP_LABEL_SIZE + 16] = ", then stopping";
    if (!app->sending.stopping)
        (void)snprintf(how, sizeof how, " (%s stops)", state_pane_key(app, ACTION_BACK, key));
    if (plan->queued)
        (void)snprintf(text, size, "sending %zu of %zu to %s%s…%s%s", app->sending.next,
                       app->sending.count, target, how, gap, plan->progress);
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

/* What there is to type, as long as nothing is. */
static void hint_at_fields(const struct app *app, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "words, \"in quotes\", !not");
    unsigned scope = rows_query_scope(app->focus);
    for (size_t i = 0; i < QUERY_FIELDS_COUNT && at < size; i++)
        if ((QUERY_FIELDS[i].scopes & scope) != 0)
            at += (size_t)snprintf(text + at, size - at, " %s:", QUERY_FIELDS[i].name);
}

/* Words that belong to the status line, whole, on lines above it: the lower edge of the frame gives
   way, and what rows are needed more. */
static void draw_above(const struct app *app, struct grid *grid, const char *text, enum role role)
{
    enum { LINES_MAX = 4 };
    struct rect status = app->layout.status;
    int width = status.width - 2;
    int lines = widget_paragraph_height(text, width, app->ascii);
    lines = lines > LINES_MAX ? LINES_MAX : lines;
    struct rect rect = {status.x, status.y - lines, status.width, lines};
    grid_fill(grid, rect, style_of(ROLE_NORMAL));
    (void)widget_paragraph(grid, (struct rect){rect.x + 1, rect.y, width, lines}, style_of(role),
                           text);
}

/* The wrong term is underlined, and what would be right stands above. */
static void draw_query_help(const struct app *app, struct grid *grid, struct rect rect)
{
    const struct list *list = &app->lists[app->focus];
    const struct query_error *wrong = &list->wrong;
    char hint[256] = "";
    if (list->query.length == 0) {
        hint_at_fields(app, hint, sizeof hint);
        if (width_of(app, hint) < rect.width)
            (void)grid_text(grid, rect.x + 1, rect.y, rect.width - 1, style_of(ROLE_DIM), hint);
        else
            draw_above(app, grid, hint, ROLE_DIM);
    }
    if (wrong->message[0] == '\0')
        return;
    line_edit_mark(&list->query, grid, rect.x, rect.y, rect.width, wrong->start, wrong->length);
    draw_above(app, grid, wrong->message, ROLE_BAD);
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
    }
    grid_fill(grid, (struct rect){0, rect.y, grid->width, rect.height}, style_of(ROLE_NORMAL));
    (void)widget_paragraph(grid, rect, style_of(role), text);
}

/* Above its keys, which may take more lines than the footer has. */
static void draw_copy_question(const struct app *app, struct grid *grid)
{
    struct rect line = {0, footer_rect(app).y - 1, grid->width, 1};
    grid_fill(grid, line, style_of(ROLE_NORMAL));
    (void)grid_text(grid, 1, line.y, line.width - 2, style_of(ROLE_KEY), "copy what?");
}

/* The last notice, unless what is under way is later. */
static bool has_news(const struct app *app)
{
    const struct plan *plan = first_plan(app);
    return app->notice.tone != TONE_NONE &&
           (plan == NULL || app->notice.since_ms >= plan->since_ms);
}

/* What is under way, or does not work. False: nothing. */
static bool draw_work(const struct app *app, struct grid *grid)
{
    char text[STATE_TEXT_MAX + 80];
    char key[KEYMAP_LABEL_SIZE];
    const struct plan *plan = first_plan(app);
    enum role role = ROLE_INFO;
    if (plan != NULL) {
        describe_plan(app, plan, text, sizeof text);
    } else if (app->exporting.running) {
        export_describe(&app->exporting, state_pane_key(app, ACTION_BACK, key), text, sizeof text);
    } else if (app->storing_trouble[0] != '\0') {
        (void)snprintf(text, sizeof text, "NOT STORING: %s", app->storing_trouble);
        role = ROLE_BAD;
    } else {
        return false;
    }
    draw_news(app, grid, role, text);
    return true;
}

/* A line that is typed has the status line: what a paste became is told above it. */
static bool draw_typed(const struct app *app, struct grid *grid)
{
    struct typed_line typed;
    if (app->prompt.open || !typed_line_of(app, &typed))
        return false;
    typed_line_draw(&typed, grid);
    if (state_place(app) == PLACE_QUERY)
        draw_query_help(app, grid, typed.text);
    else if (state_place(app) == PLACE_FIND)
        inspector_draw_matches(&app->inspector, grid, app->layout.status);
    if (app->notice.answer && has_news(app))
        draw_above(app, grid, app->notice.text, messages_role(app->notice.tone));
    return true;
}

static void draw_status(const struct app *app, struct grid *grid)
{
    char text[STATE_TEXT_MAX];
    if (draw_typed(app, grid))
        return;
    if (app->copy.open) {
        draw_copy_question(app, grid);
    } else if (has_news(app)) {
        draw_news(app, grid, messages_role(app->notice.tone), app->notice.text);
    } else if (app->help.open) {
        menu_describe_selected(app, text, sizeof text);
        draw_news(app, grid, ROLE_DIM, text);
    } else if (!draw_work(app, grid) && !app->messages.open && !app->activity.page.open) {
        inspector_draw_status(app, grid, app->layout.status);
    }
}

/* A dialog has the status line for itself. */
static void draw_dialog(const struct app *app, struct grid *grid, enum place place)
{
    char text[160] = "";
    enum role role = ROLE_NORMAL;
    grid->cursor_x = grid->cursor_y = -1;
    grid_fill(grid, app->layout.status, style_of(ROLE_NORMAL));
    if (place == PLACE_FORM) {
        dialog_draw_form(app, grid);
        role = dialog_form_status(app, text, sizeof text);
    } else if (place == PLACE_EXPORT) {
        dialog_draw_export(app, grid);
    } else {
        dialog_draw_question(app, grid);
    }
    if (has_news(app))
        draw_news(app, grid, messages_role(app->notice.tone), app->notice.text);
    else if (text[0] != '\0')
        (void)grid_text(grid, 1, app->layout.status.y, app->width - 2, style_of(role), text);
    else
        (void)draw_work(app, grid);
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
    if (app->messages.open || app->activity.page.open)
        messages_draw(app, grid);
    if (app->help.open)
        menu_draw_help(app, grid);
    draw_status(app, grid);
    footer_draw(app, grid);
    if (app->prompt.open)
        menu_draw_prompt(app, grid);
    enum place place = state_place(app);
    if ((place & (PLACE_QUESTION | PLACE_TYPED | PLACE_FORM | PLACE_EXPORT)) != 0)
        draw_dialog(app, grid, place);
}
