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
    (void)snprintf(text, size, "%zu endpoint%s · %" PRId64 " arrived, %" PRId64 " refused ",
                   app->endpoint_count, app->endpoint_count == 1 ? "" : "s", app->arrived,
                   app->arrived - app->genuine);
}

static int width_of(const struct app *app, const char *text)
{
    return (int)text_width(text, strlen(text), app->ascii);
}

/* Who, where, and with what restraint; returns where it ends. */
static int draw_environment(const struct app *app, struct grid *grid, struct rect rect)
{
    int x = rect.x;
    int end = rect.x + rect.width;
    x += grid_text(grid, x, rect.y, end - x, style_of(ROLE_HEADER), " bridgetop ");
    char text[160];
    (void)snprintf(text, sizeof text, " %s ", state_environment_name(app));
    x += grid_text(grid, x, rect.y, rect.width / 3, style_of(environment_role(app)), text) + 1;
    if (app->read_only)
        x += grid_text(grid, x, rect.y, end - x, style_of(ROLE_WARN), "READ-ONLY") + 1;
    return x;
}

static void draw_header(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.header;
    grid_fill(grid, rect, style_of(ROLE_HEADER));
    int x = draw_environment(app, grid, rect);
    int end = rect.x + rect.width;
    char health[ERROR_MAX + 128];
    char listener[120];
    char counts[160];
    enum role role = describe_health(app, health, sizeof health);
    describe_counts(app, counts, sizeof counts);
    (void)snprintf(listener, sizeof listener, "%s%s",
                   app->listener[0] != '\0' ? "listening " : "no listener", app->listener);

    if (rect.height > 1) {
        int room = rect.width - width_of(app, counts) - 2;
        (void)grid_text(grid, x, rect.y, end - x - 1, style_of(role), health);
        (void)grid_text(grid, rect.x + 1, rect.y + 1, room, style_of(ROLE_HEADER), listener);
        (void)grid_text_right(grid, rect.x, rect.y + 1, rect.width, style_of(ROLE_HEADER), counts);
        return;
    }
    /* What is wrong matters more than the counts: it may take their room. */
    char right[300];
    (void)snprintf(right, sizeof right, "%s · %s", listener, counts);
    int right_width = width_of(app, right);
    bool both = x + width_of(app, health) + 2 + right_width <= end;
    int room = both || role != ROLE_BAD ? end - x - right_width - 2 : end - x - 1;
    (void)grid_text(grid, x, rect.y, room, style_of(role), health);
    if (both || role != ROLE_BAD)
        (void)grid_text_right(grid, x, rect.y, end - x, style_of(ROLE_HEADER), right);
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

static int footer_width(const struct app *app, const struct binding *binding)
{
    return width_of(app, binding->label) + 1 + width_of(app, binding->footer);
}

static void draw_binding(struct grid *grid, int x, int y, const struct binding *binding)
{
    x += grid_text(grid, x, y, grid->width - x, style_of(ROLE_KEY), binding->label) + 1;
    (void)grid_text(grid, x, y, grid->width - x, style_of(ROLE_FOOTER), binding->footer);
}

/* The way out and the way to more are always there, flush right. */
static bool goes_last(const struct binding *binding)
{
    return binding->action == ACTION_HELP || binding->action == ACTION_QUIT;
}

static void draw_footer(const struct app *app, struct grid *grid)
{
    enum { GAP = 2 };
    struct rect rect = app->layout.footer;
    unsigned place = (unsigned)state_place(app);
    int end = rect.x + rect.width - 1;
    grid_fill(grid, rect, style_of(ROLE_FOOTER));
    for (size_t i = KEYMAP_COUNT; i > 0; i--) {
        const struct binding *binding = &KEYMAP[i - 1];
        if ((binding->places & place) == 0 || binding->footer == NULL || !goes_last(binding))
            continue;
        end -= footer_width(app, binding);
        draw_binding(grid, end, rect.y, binding);
        end -= GAP;
    }
    int x = rect.x + 1;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        const struct binding *binding = &KEYMAP[i];
        if ((binding->places & place) == 0 || binding->footer == NULL || goes_last(binding))
            continue;
        int width = footer_width(app, binding);
        if (x + width > end)
            break;
        draw_binding(grid, x, rect.y, binding);
        x += width + GAP;
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
