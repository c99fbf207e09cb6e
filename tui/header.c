#include "tui/header.h"

#include "tui/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_WIDTH = 60,   /* from here on there is room for the program's name, and for details */
    SPARK_WIDTH = 100, /* and for all minutes of the sparkline */
    SPARK_NARROW = 8,
    GAP = 2,
};

static int width_of(const struct app *app, const char *text)
{
    return (int)text_width(text, strlen(text), app->ascii);
}

static bool in_production(const struct app *app)
{
    return app->environment == ENVIRONMENT_PRODUCTION;
}

/* The band is one colour: what is good or bad on it is told by words. */
static struct style on_band(const struct app *app, enum role role)
{
    return style_of(in_production(app) ? ROLE_PRODUCTION : role);
}

/* --- how Bridge is -------------------------------------------------------------- */

/* When it is asked again, and since when it has not answered. */
static void describe_failure(const struct app *app, char *text, size_t size)
{
    const struct api_health *health = &app->health;
    char next[48] = "";
    char last[48] = "";
    char age[24];
    int64_t wait_ms = health->next_try_ms - app->now_ms;
    if (health->next_try_ms > 0 && wait_ms < 1000) {
        (void)snprintf(next, sizeof next, ", next try now");
    } else if (health->next_try_ms > 0) {
        rows_format_age(age, sizeof age, wait_ms);
        (void)snprintf(next, sizeof next, ", next try in %s", age);
    }
    if (health->ever_ok) {
        rows_format_age(age, sizeof age, app->now_ms - health->last_ok_ms);
        (void)snprintf(last, sizeof last, ", last success %s ago", age);
    }
    (void)snprintf(text, size, "API fails%s%s: %s", next, last, health->message);
}

/* An answer's age is said once it is old: one that counts seconds would have the screen change all
   the time. */
static void describe_answer(const struct app *app, char *text, size_t size)
{
    enum { OLD_MS = 60 * 1000 };
    const struct api_health *health = &app->health;
    int64_t age_ms = app->now_ms - health->last_ok_ms;
    char age[24];
    int at = snprintf(text, size, "API ok · %" PRId64 " ms", health->latency_ms);
    if (age_ms < OLD_MS || at < 0 || (size_t)at >= size)
        return;
    rows_format_age(age, sizeof age, age_ms);
    (void)snprintf(text + at, size - (size_t)at, " · %s ago", age);
}

static enum role describe_health(const struct app *app, bool brief, char *text, size_t size)
{
    const struct api_health *health = &app->health;
    if (app->environment == ENVIRONMENT_NONE) {
        (void)snprintf(text, size, "API not asked");
        return ROLE_DIM;
    }
    if (health->failures > 0) {
        if (brief)
            (void)snprintf(text, size, "API fails");
        else
            describe_failure(app, text, size);
        return ROLE_BAD;
    }
    if (!health->ever_ok) {
        (void)snprintf(text, size, "API: asking…");
        return ROLE_DIM;
    }
    if (brief)
        (void)snprintf(text, size, "API ok");
    else
        describe_answer(app, text, size);
    return ROLE_GOOD;
}

static enum role describe_listener(const struct app *app, bool brief, char *text, size_t size)
{
    bool storing = app->storing_trouble[0] == '\0';
    const char *state = storing ? "listening" : "NOT STORING";
    if (app->listener[0] == '\0')
        (void)snprintf(text, size, "no listener");
    else if (brief)
        (void)snprintf(text, size, "%s", state);
    else
        (void)snprintf(text, size, "%s %s", state, app->listener);
    return storing ? ROLE_HEADER : ROLE_BAD;
}

/* --- the first line ---------------------------------------------------------------- */

/* Who, where, and with what restraint; returns where it ends. */
static int draw_environment(const struct app *app, struct grid *grid, struct rect rect)
{
    int x = rect.x;
    int end = rect.x + rect.width;
    if (rect.width >= NAME_WIDTH)
        x += grid_text(grid, x, rect.y, end - x, on_band(app, ROLE_HEADER), " bridgetop ");
    char text[160];
    (void)snprintf(text, sizeof text, " %s ", state_environment_name(app));
    x += grid_text(grid, x, rect.y, rect.width / 3, on_band(app, ROLE_INFO), text) + 1;
    x += grid_text(grid, x, rect.y, end - x, on_band(app, app->masked ? ROLE_HEADER : ROLE_WARN),
                   app->masked ? "masked" : "UNMASKED") +
         (rect.width >= NAME_WIDTH ? 2 : 1);
    if (app->read_only)
        x += grid_text(grid, x, rect.y, end - x, on_band(app, ROLE_WARN), "READ-ONLY") + 1;
    return x;
}

/* Storing that fails comes first where there is little room, then the API. */
static void draw_brief(const struct app *app, struct grid *grid, struct rect rect, int x)
{
    char health[40];
    char listener[40];
    enum role health_role = describe_health(app, true, health, sizeof health);
    enum role listener_role = describe_listener(app, true, listener, sizeof listener);
    int end = rect.x + rect.width;
    bool listener_first = listener_role == ROLE_BAD;
    x += grid_text(grid, x, rect.y, end - x,
                   on_band(app, listener_first ? listener_role : health_role),
                   listener_first ? listener : health) +
         1;
    (void)grid_text_right(grid, x, rect.y, end - x - 1,
                          on_band(app, listener_first ? health_role : listener_role),
                          listener_first ? health : listener);
}

/* What is wrong with Bridge is said whole: the listener gives way to the second line. */
static bool draw_first_line(const struct app *app, struct grid *grid, struct rect rect)
{
    grid_fill(grid, (struct rect){rect.x, rect.y, rect.width, 1}, on_band(app, ROLE_HEADER));
    int x = draw_environment(app, grid, rect);
    if (rect.width < NAME_WIDTH) {
        draw_brief(app, grid, rect, x);
        return true;
    }
    char health[ERROR_MAX + 128];
    char listener[120];
    enum role health_role = describe_health(app, false, health, sizeof health);
    enum role listener_role = describe_listener(app, false, listener, sizeof listener);
    int end = rect.x + rect.width - 1;
    int listener_width = width_of(app, listener);
    bool fits = x + width_of(app, health) + GAP + listener_width <= end;
    bool both = fits || rect.height < 2;
    if (both) {
        if (!fits && listener_width > (end - x) / 2)
            listener_width = (end - x) / 2;
        end -= listener_width;
        (void)grid_text(grid, end, rect.y, listener_width, on_band(app, listener_role), listener);
        end -= GAP;
    }
    (void)grid_text(grid, x, rect.y, end - x, on_band(app, health_role), health);
    return both;
}

/* --- the second line -------------------------------------------------------------------- */

static void describe_counts(const struct app *app, char *text, size_t size)
{
    char unreadable[64] = "";
    if (app->unreadable > 0)
        (void)snprintf(unreadable, sizeof unreadable, "%zu endpoint%s unreadable · ",
                       app->unreadable, app->unreadable == 1 ? "" : "s");
    (void)snprintf(text, size, "%s%" PRId64 " arrived, %" PRId64 " refused ", unreadable,
                   app->arrived, app->arrived - app->genuine);
}

struct figure {
    char text[96];
    enum role role;
};

static enum role share_role(int percent)
{
    return percent >= 95 ? ROLE_HEADER : percent >= 50 ? ROLE_WARN : ROLE_BAD;
}

enum { FIGURES = 4 };

/* In the order in which they are left out, from the end. */
static size_t collect_figures(const struct app *app, int width, struct figure figures[FIGURES])
{
    const struct glance_figures *shown = &app->glance.shown;
    size_t count = 0;
    if (shown->arrivals > 0) {
        char spark[GLANCE_SPARK_SIZE];
        (void)glance_spark(shown, width >= SPARK_WIDTH ? GLANCE_MINUTES : SPARK_NARROW, app->ascii,
                           spark);
        figures[count].role = ROLE_INFO;
        (void)snprintf(figures[count].text, sizeof figures[count].text, "%s %" PRIu32 "/min", spark,
                       glance_a_minute(shown));
        count++;
        figures[count].role = share_role(shown->verified_percent);
        (void)snprintf(figures[count].text, sizeof figures[count].text, "verified %d %%",
                       shown->verified_percent);
        count++;
    }
    int delivered = state_delivered_percent(app);
    if (delivered >= 0) {
        figures[count].role = share_role(delivered);
        (void)snprintf(figures[count].text, sizeof figures[count].text, "delivered %d %%",
                       delivered);
        count++;
    }
    if (shown->arrivals > 0 && shown->p50_us >= 0) {
        char p50[24];
        char p95[24];
        rows_format_duration(p50, sizeof p50, shown->p50_us);
        rows_format_duration(p95, sizeof p95, shown->p95_us);
        figures[count].role = ROLE_HEADER;
        (void)snprintf(figures[count].text, sizeof figures[count].text, "answers p50 %s, p95 %s",
                       p50, p95);
        count++;
    }
    return count;
}

static int draw_figures(const struct app *app, struct grid *grid, int x, int y, int end)
{
    struct figure figures[FIGURES];
    size_t count = collect_figures(app, grid->width, figures);
    for (size_t i = 0; i < count; i++) {
        int width = width_of(app, figures[i].text);
        if (x + width > end)
            break;
        x += grid_text(grid, x, y, width, style_of(figures[i].role), figures[i].text) + GAP;
    }
    return x;
}

static void draw_second_line(const struct app *app, struct grid *grid, struct rect rect,
                             bool with_listener)
{
    grid_fill(grid, rect, style_of(ROLE_HEADER));
    int end = rect.x + rect.width - 1;
    int x = rect.x + 1;
    char text[160];
    rows_format_clock(text, sizeof text, app->times, app->now_ms);
    end -= width_of(app, text);
    (void)grid_text(grid, end, rect.y, width_of(app, text), style_of(ROLE_HEADER), text);
    end -= GAP;
    describe_counts(app, text, sizeof text);
    int counts = width_of(app, text);
    if (end - counts > x) {
        end -= counts;
        (void)grid_text(grid, end, rect.y, counts, style_of(ROLE_HEADER), text);
        end -= 1;
    }
    if (with_listener) {
        enum role role = describe_listener(app, rect.width < NAME_WIDTH, text, sizeof text);
        x += grid_text(grid, x, rect.y, end - x, style_of(role), text) + GAP;
    }
    (void)draw_figures(app, grid, x, rect.y, end);
}

void header_draw(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.header;
    bool listener_said = draw_first_line(app, grid, rect);
    if (rect.height > 1)
        draw_second_line(app, grid, (struct rect){rect.x, rect.y + 1, rect.width, 1},
                         !listener_said);
}
