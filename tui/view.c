#include "tui/view.h"

#include "tui/dialog.h"
#include "tui/keymap.h"
#include "tui/pane.h"
#include "tui/rows.h"
#include "tui/widgets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- header ---------------------------------------------------------------------- */

static enum role environment_role(const struct app *app)
{
    return app->environment == ENVIRONMENT_PRODUCTION ? ROLE_PRODUCTION : ROLE_INFO;
}

/* How the API is doing, in words. */
static enum role describe_health(const struct app *app, char *text, size_t size)
{
    const struct api_health *health = &app->health;
    char age[24];
    if (app->environment == ENVIRONMENT_NONE) {
        (void)snprintf(text, size, "API not asked");
        return ROLE_DIM;
    }
    rows_format_age(age, sizeof age, app->now_ms - health->last_ok_ms);
    if (health->failures > 0) {
        char wait[24];
        rows_format_age(wait, sizeof wait, health->next_try_ms - app->now_ms);
        (void)snprintf(text, size, "API: %s%s%s%s%s", health->message,
                       health->next_try_ms > 0 ? ", next try in " : "",
                       health->next_try_ms > 0 ? wait : "",
                       health->ever_ok ? ", last success " : "", health->ever_ok ? age : "");
        if (health->ever_ok) {
            size_t at = strlen(text);
            (void)snprintf(text + at, size - at, " ago");
        }
        return ROLE_BAD;
    }
    if (!health->ever_ok) {
        (void)snprintf(text, size, "API: asking…");
        return ROLE_DIM;
    }
    (void)snprintf(text, size, "API ok · %" PRId64 " ms · %s ago", health->latency_ms, age);
    return ROLE_GOOD;
}

static void describe_counts(const struct app *app, char *text, size_t size)
{
    int64_t refused = app->arrived - app->genuine;
    (void)snprintf(text, size,
                   "%zu endpoint%s · %" PRId64 " arrived, %" PRId64 " verified, %" PRId64
                   " refused",
                   app->endpoint_count, app->endpoint_count == 1 ? "" : "s", app->arrived,
                   app->genuine, refused);
}

static void draw_header(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.header;
    grid_fill(grid, rect, style_of(ROLE_HEADER));
    char text[ERROR_MAX + 128];
    int x = rect.x;
    int end = rect.x + rect.width;
    x += grid_text(grid, x, rect.y, end - x, style_of(ROLE_HEADER), " bridgetop ");
    (void)snprintf(text, sizeof text, " %s ", state_environment_name(app));
    x += grid_text(grid, x, rect.y, 40, style_of(environment_role(app)), text) + 1;
    if (app->read_only)
        x += grid_text(grid, x, rect.y, end - x, style_of(ROLE_WARN), "READ-ONLY") + 1;

    char counts[160];
    char listener[100];
    describe_counts(app, counts, sizeof counts);
    (void)snprintf(listener, sizeof listener, "%s%s",
                   app->listener[0] != '\0' ? "listening on " : "no listener", app->listener);
    bool one_line = rect.height == 1;
    char right[280];
    (void)snprintf(right, sizeof right, "%s%s%s ", one_line ? listener : "", one_line ? " · " : "",
                   counts);
    int right_width = (int)text_width(right, strlen(right), app->ascii);

    enum role role = describe_health(app, text, sizeof text);
    int room = one_line ? end - x - right_width - 2 : end - x - 1;
    /* What is wrong matters more than the counts. */
    if (one_line && role == ROLE_BAD && (int)text_width(text, strlen(text), app->ascii) > room)
        room = end - x - 1;
    int used = grid_text(grid, x, rect.y, room, style_of(role), text);
    if (!one_line) {
        (void)grid_printf(grid, rect.x + 1, rect.y + 1, rect.width / 2, style_of(ROLE_HEADER), "%s",
                          listener);
        (void)grid_text_right(grid, rect.x, rect.y + 1, rect.width, style_of(ROLE_HEADER), right);
    } else if (x + used + 2 + right_width <= end) {
        (void)grid_text_right(grid, x, rect.y, end - x, style_of(ROLE_HEADER), right);
    }
}

/* --- tabs, status, footer ---------------------------------------------------------- */

static void draw_tabs(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.tab_bar;
    if (rect.height == 0)
        return;
    int x = rect.x + 1;
    for (enum pane pane = 0; pane < PANE_COUNT; pane++) {
        bool here = pane == app->focus;
        struct style style = style_of(here ? ROLE_TITLE : ROLE_DIM);
        if (here)
            style.bits = STYLE_SELECTED;
        x += grid_printf(grid, x, rect.y, rect.width - x, style, " %d %s %zu ", (int)pane + 1,
                         pane_view(pane)->name, rows_total(app, pane)) +
             1;
    }
}

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

static const struct plan *first_plan(const struct app *app)
{
    for (size_t i = 0; i < STATE_PLANS; i++)
        if (app->plans[i].id != 0)
            return &app->plans[i];
    return NULL;
}

static void draw_filter_line(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.status;
    const struct line_edit *filter = &app->lists[app->focus].filter;
    int x = rect.x + 1;
    x += grid_text(grid, x, rect.y, 2, style_of(ROLE_KEY), "/");
    (void)grid_text(grid, x, rect.y, rect.width - x - 1, style_of(ROLE_NORMAL), filter->text);
    grid->cursor_x = x + (int)text_width(filter->text, filter->cursor, app->ascii);
    grid->cursor_y = rect.y;
}

static void draw_status(const struct app *app, struct grid *grid)
{
    static const enum role roles[] = {
        [TONE_NONE] = ROLE_NORMAL, [TONE_INFO] = ROLE_INFO, [TONE_GOOD] = ROLE_GOOD,
        [TONE_WARN] = ROLE_WARN,   [TONE_BAD] = ROLE_BAD,
    };
    struct rect rect = app->layout.status;
    int width = rect.width - 2;
    const struct plan *plan = first_plan(app);
    if (app->filtering) {
        draw_filter_line(app, grid);
    } else if (app->storing_trouble[0] != '\0') {
        (void)grid_printf(grid, rect.x + 1, rect.y, width, style_of(ROLE_BAD), "NOT STORING: %s",
                          app->storing_trouble);
    } else if (plan != NULL) {
        (void)grid_printf(grid, rect.x + 1, rect.y, width, style_of(ROLE_INFO), "%s %s…%s%s",
                          under_way(plan), plan->webhook_id[0] != '\0' ? plan->webhook_id : "it",
                          plan->progress[0] != '\0' ? " " : "", plan->progress);
    } else if (app->notice.tone != TONE_NONE) {
        (void)grid_text(grid, rect.x + 1, rect.y, width, style_of(roles[app->notice.tone]),
                        app->notice.text);
    }
}

static void draw_footer(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.footer;
    grid_fill(grid, rect, style_of(ROLE_FOOTER));
    enum place place = state_place(app);
    int x = rect.x + 1;
    int end = rect.x + rect.width;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        const struct binding *binding = &KEYMAP[i];
        if ((binding->places & (unsigned)place) == 0 || binding->footer == NULL)
            continue;
        int width = (int)(text_width(binding->label, strlen(binding->label), app->ascii) + 1 +
                          text_width(binding->footer, strlen(binding->footer), app->ascii));
        if (x + width > end)
            break;
        x += grid_text(grid, x, rect.y, end - x, style_of(ROLE_KEY), binding->label) + 1;
        x += grid_text(grid, x, rect.y, end - x, style_of(ROLE_FOOTER), binding->footer) + 2;
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
    draw_header(app, grid);
    draw_tabs(app, grid);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        pane_draw(app, grid, pane);
    if (app->detail.kind != DETAIL_NONE)
        page_draw_detail(app, grid);
    if (app->help.open)
        page_draw_help(app, grid);
    draw_status(app, grid);
    draw_footer(app, grid);
    if (app->form_open)
        dialog_draw_form(app, grid);
    if (app->question.open)
        dialog_draw_question(app, grid);
}
