#include "tui/header.h"

#include "api/count.h"
#include "tui/rows.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_WIDTH = 60,   /* from here on there is room for the program's name, and for details */
    SPARK_WIDTH = 100, /* and for all minutes of the sparkline */
    SPARK_NARROW = 5,
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

/* What a person should know of the receiver's way in, or "". */
static enum role describe_way_in(const struct app *app, char *text, size_t size)
{
    enum { WARN_DAYS = 14 };
    const struct receiving *receiving = &app->receiving;
    text[0] = '\0';
    if (receiving->exposed)
        (void)snprintf(text, size, " · NO TLS");
    else if (receiving->tls && receiving->tls_days < 0)
        (void)snprintf(text, size, " · CERTIFICATE ENDED");
    else if (receiving->tls)
        (void)snprintf(text, size, " · %d d", receiving->tls_days);
    return receiving->exposed                                  ? ROLE_WARN
           : receiving->tls && receiving->tls_days < 0         ? ROLE_BAD
           : receiving->tls && receiving->tls_days < WARN_DAYS ? ROLE_WARN
                                                               : ROLE_HEADER;
}

static enum role describe_other(const struct app *app, bool brief, char *text, size_t size)
{
    const struct receiving *receiving = &app->receiving;
    char pid[32] = "";
    if (receiving->how == RECEIVING_NOBODY) {
        (void)snprintf(text, size, "no receiver");
        return ROLE_WARN;
    }
    if (receiving->pid != 0)
        (void)snprintf(pid, sizeof pid, "pid %d", (int)receiving->pid);
    if (brief)
        (void)snprintf(text, size, "%s", pid[0] != '\0' ? pid : "receiver");
    else
        (void)snprintf(text, size, "receiver: %s%s%s", pid[0] != '\0' ? pid : "another process",
                       receiving->address[0] != '\0' ? " · " : "", receiving->address);
    return ROLE_HEADER;
}

/* As long as it lasts: in place of the address, which is nothing new. */
static enum role describe_order(const struct app *app, bool brief, char *text, size_t size)
{
    const struct answer_order *order = &app->receiving.order;
    char words[ANSWER_ORDER_SIZE];
    if (brief)
        (void)snprintf(text, size, "ANSWERING %d ×%u", order->status, order->left);
    else
        (void)snprintf(text, size, "ANSWERING %s", answer_order_text(order, words));
    return ROLE_WARN;
}

static enum role describe_own(const struct app *app, bool brief, char *text, size_t size)
{
    char way_in[48];
    bool storing = app->storing_trouble[0] == '\0';
    if (storing && app->receiving.order.left > 0)
        return describe_order(app, brief, text, size);
    const char *state = storing ? "listening" : "NOT STORING";
    enum role role = describe_way_in(app, way_in, sizeof way_in);
    if (brief)
        (void)snprintf(text, size, "%s%s", state, storing && role != ROLE_HEADER ? way_in : "");
    else
        (void)snprintf(text, size, "%s %s%s", state, app->receiving.address, way_in);
    return storing ? role : ROLE_BAD;
}

static enum role describe_listener(const struct app *app, bool brief, char *text, size_t size)
{
    switch (app->receiving.how) {
    case RECEIVING_HERE:
        return describe_own(app, brief, text, size);
    case RECEIVING_THERE:
    case RECEIVING_NOBODY:
        return describe_other(app, brief, text, size);
    case RECEIVING_NOT:
        break;
    }
    (void)snprintf(text, size, "no listener");
    return ROLE_HEADER;
}

/* --- what must not be missed ------------------------------------------------------------ */

struct figure {
    char text[96];
    const char *brief; /* the word that matters, of an alert; else NULL */
    enum role role;
};

enum { ALERTS_MAX = 5 }; /* one of each kind */

struct alerts {
    struct figure items[ALERTS_MAX];
    size_t count;
    size_t said; /* of them, on the first line */
};

__attribute__((format(printf, 4, 5))) static void
add_alert(struct alerts *alerts, enum role role, const char *brief, const char *format, ...)
{
    if (alerts->count == ALERTS_MAX)
        return;
    struct figure *alert = &alerts->items[alerts->count++];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(alert->text, sizeof alert->text, format, arguments);
    va_end(arguments);
    alert->brief = brief;
    alert->role = role;
}

/* A clock that is off by so much will soon make deliveries stale, or ahead of it. */
static void collect_clock(const struct app *app, struct alerts *alerts)
{
    enum { OFF_MS = 60 * 1000 };
    char off[24];
    int64_t ahead_ms = app->health.clock_ahead_ms;
    if (!app->health.clock_known || (ahead_ms < OFF_MS && ahead_ms > -OFF_MS))
        return;
    rows_format_age(off, sizeof off, ahead_ms < 0 ? -ahead_ms : ahead_ms);
    add_alert(alerts, ROLE_WARN, "CLOCK", "CLOCK %s %s", off, ahead_ms < 0 ? "BEHIND" : "AHEAD");
}

/* Events that should be here. */
static void collect_gaps(const struct app *app, struct alerts *alerts)
{
    size_t missing = gaps_missing(&app->gaps);
    char count[COUNT_SIZE];
    if (missing > 0)
        add_alert(alerts, ROLE_BAD, "MISSING", "%s MISSING",
                  count_format(count, sizeof count, (int64_t)missing));
}

/* Queues in which Bridge repeats, or has given up, what fails; and others that grow: that one grows
   which is stuck goes without saying. */
static void collect_queues(const struct app *app, struct alerts *alerts)
{
    size_t stuck = 0, given_up = 0, growing = 0;
    char how[160];
    for (size_t i = 0; i < app->endpoint_count; i++) {
        const struct endpoint *endpoint = &app->endpoints[i];
        enum queue_state state = queue_state_of(
            &endpoint->queue, endpoint->webhook.status == WEBHOOK_ACTIVE, app->now_ms);
        bool fails = state == QUEUE_STUCK || state == QUEUE_GIVEN_UP;
        stuck += state == QUEUE_STUCK;
        given_up += state == QUEUE_GIVEN_UP;
        growing += !fails && endpoint->webhook.status == WEBHOOK_ACTIVE &&
                   queue_trend_grows(&endpoint->trend, app->now_ms, how, sizeof how);
    }
    const char *state = given_up == 0 ? "STUCK" : stuck == 0 ? "GIVEN UP" : "STUCK OR GIVEN UP";
    if (stuck + given_up > 0)
        add_alert(alerts, ROLE_BAD, stuck > 0 ? "STUCK" : state, "%zu QUEUE%s %s", stuck + given_up,
                  stuck + given_up == 1 ? "" : "S", state);
    if (growing > 0)
        add_alert(alerts, ROLE_WARN, "GROWING", "%zu QUEUE%s GROWING", growing,
                  growing == 1 ? "" : "S");
}

/* "12 wait", "10,000+ wait", or "". */
static void describe_waiting(const struct app *app, char *text, size_t size)
{
    char count[COUNT_SIZE];
    int64_t waiting = app->forwarding.waiting;
    text[0] = '\0';
    if (waiting > 0)
        (void)snprintf(text, size, "%s%s wait", count_format(count, sizeof count, waiting),
                       waiting >= FORWARD_WAITING_COUNTED ? "+" : "");
}

static void collect_forwarding(const struct app *app, struct alerts *alerts)
{
    char waiting[40];
    describe_waiting(app, waiting, sizeof waiting);
    if (state_hands_on(app) && app->forwarding.trouble[0] != '\0')
        add_alert(alerts, ROLE_BAD, "DOWN", "→ %.50s DOWN%s%s", app->forwarding.name,
                  waiting[0] != '\0' ? ", " : "", waiting);
}

/* The most urgent first. */
static void collect_alerts(const struct app *app, struct alerts *alerts)
{
    collect_forwarding(app, alerts);
    collect_clock(app, alerts);
    collect_queues(app, alerts);
    collect_gaps(app, alerts);
}

/* As many as fit behind the API's state: the others begin the second line. */
static void draw_alerts(const struct app *app, struct grid *grid, int x, int y, int end,
                        struct alerts *alerts)
{
    for (; alerts->said < alerts->count; alerts->said++) {
        const struct figure *alert = &alerts->items[alerts->said];
        int width = width_of(app, alert->text);
        if (x + width > end)
            return;
        x += grid_text(grid, x, y, width, on_band(app, alert->role), alert->text) + GAP;
    }
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
        x += grid_text(grid, x, rect.y, end - x, on_band(app, ROLE_WARN), "READ-ONLY") +
             (rect.width >= NAME_WIDTH ? 2 : 1);
    return x;
}

enum { WORDS_MAX = ALERTS_MAX + 2 };

/* The most urgent first: storing that fails, and answers on demand; an API that fails; alerts; then
   what is as it should be. */
static size_t collect_words(const struct app *app, const struct alerts *alerts,
                            struct figure words[WORDS_MAX])
{
    struct figure health = {.brief = NULL};
    struct figure listener = {.brief = NULL};
    health.role = describe_health(app, true, health.text, sizeof health.text);
    listener.role = describe_listener(app, true, listener.text, sizeof listener.text);
    bool listener_first = listener.role == ROLE_BAD || app->receiving.order.left > 0;
    bool health_first = health.role == ROLE_BAD;
    size_t count = 0;
    if (listener_first)
        words[count++] = listener;
    if (health_first)
        words[count++] = health;
    for (size_t i = 0; i < alerts->count; i++)
        words[count++] = alerts->items[i];
    if (!health_first)
        words[count++] = health;
    if (!listener_first)
        words[count++] = listener;
    return count;
}

/* Those for which there is room, the first ones first: the last of them stands at the right. */
static void draw_words(const struct app *app, struct grid *grid, struct rect rect, int x,
                       struct figure *words, size_t count)
{
    int gap = rect.width >= NAME_WIDTH ? GAP : 1;
    int end = rect.x + rect.width - 1;
    int room = end - x;
    size_t fitting = 0;
    for (size_t i = 0; i < count; i++) {
        struct figure *word = &words[i];
        int before = fitting > 0 ? gap : 0;
        if (before + width_of(app, word->text) > room && word->brief != NULL)
            (void)snprintf(word->text, sizeof word->text, "%s", word->brief);
        if (fitting > 0 && before + width_of(app, word->text) > room)
            continue; /* "API …" would say nothing */
        room -= before + width_of(app, word->text);
        words[fitting++] = *word;
    }
    for (size_t i = 0; i < fitting; i++) {
        struct style style = on_band(app, words[i].role);
        if (i > 0 && i + 1 == fitting)
            (void)grid_text_right(grid, x, rect.y, end - x, style, words[i].text);
        else
            x += grid_text(grid, x, rect.y, end + 1 - x, style, words[i].text) + gap;
    }
}

/* On a line that has no second below it, alerts have their place as well. */
static void draw_brief(const struct app *app, struct grid *grid, struct rect rect, int x,
                       const struct alerts *alerts)
{
    static const struct alerts below = {.count = 0};
    struct figure words[WORDS_MAX];
    size_t count = collect_words(app, rect.height < 2 ? alerts : &below, words);
    draw_words(app, grid, rect, x, words, count);
}

static int width_of_alerts(const struct app *app, const struct alerts *alerts)
{
    int width = 0;
    for (size_t i = 0; i < alerts->count; i++)
        width += width_of(app, alerts->items[i].text) + GAP;
    return width;
}

/* What is wrong with Bridge is said whole: the listener gives way to the second line. */
static bool draw_first_line(const struct app *app, struct grid *grid, struct rect rect,
                            struct alerts *alerts)
{
    grid_fill(grid, (struct rect){rect.x, rect.y, rect.width, 1}, on_band(app, ROLE_HEADER));
    int x = draw_environment(app, grid, rect);
    if (rect.width < NAME_WIDTH) {
        draw_brief(app, grid, rect, x, alerts);
        return true;
    }
    char health[ERROR_MAX + 128];
    char listener[160];
    enum role health_role = describe_health(app, false, health, sizeof health);
    enum role listener_role = describe_listener(app, false, listener, sizeof listener);
    int end = rect.x + rect.width - 1;
    int listener_width = width_of(app, listener);
    int taken = x + width_of(app, health) + GAP + listener_width;
    bool fits = taken <= end;
    if (rect.height < 2 && health_role != ROLE_BAD && alerts->count > 0 &&
        taken + width_of_alerts(app, alerts) > end) {
        draw_brief(app, grid, rect, x, alerts);
        return true;
    }
    bool both = fits || rect.height < 2;
    if (both) {
        if (!fits && listener_width > (end - x) / 2)
            listener_width = (end - x) / 2;
        end -= listener_width;
        (void)grid_text(grid, end, rect.y, listener_width, on_band(app, listener_role), listener);
        end -= GAP;
    }
    x += grid_text(grid, x, rect.y, end - x, on_band(app, health_role), health) + GAP;
    draw_alerts(app, grid, x, rect.y, end, alerts);
    return both;
}

/* --- the second line -------------------------------------------------------------------- */

static void describe_counts(const struct app *app, char *text, size_t size)
{
    char arrived[COUNT_SIZE];
    char refused[COUNT_SIZE];
    (void)snprintf(text, size, "%s arrived, %s refused ",
                   count_format(arrived, sizeof arrived, app->arrived),
                   count_format(refused, sizeof refused, app->arrived - app->genuine));
}

static enum role share_role(int percent)
{
    return percent >= 95 ? ROLE_HEADER : percent >= 50 ? ROLE_WARN : ROLE_BAD;
}

/* "1.8" beside "26 ms". */
static void drop_same_unit(char *text, const char *beside)
{
    char *unit = strchr(text, ' ');
    const char *other = strchr(beside, ' ');
    if (unit != NULL && other != NULL && strcmp(unit, other) == 0)
        *unit = '\0';
}

enum { FIGURES = 6 };

/* In the order in which they are left out, from the end. */
static size_t collect_figures(const struct app *app, int width, struct figure figures[FIGURES])
{
    const struct glance_figures *shown = &app->glance.shown;
    size_t count = 0;
    if (app->unreadable > 0) {
        figures[count].role = ROLE_WARN;
        (void)snprintf(figures[count].text, sizeof figures[count].text, "%zu endpoint%s unreadable",
                       app->unreadable, app->unreadable == 1 ? "" : "s");
        count++;
    }
    if (state_hands_on(app) && app->forwarding.trouble[0] == '\0') {
        char waiting[40];
        describe_waiting(app, waiting, sizeof waiting);
        figures[count].role = waiting[0] != '\0' ? ROLE_INFO : ROLE_HEADER;
        (void)snprintf(figures[count].text, sizeof figures[count].text, "→ %.50s%s%s",
                       app->forwarding.name, waiting[0] != '\0' ? " · " : "", waiting);
        count++;
    }
    if (shown->arrivals > 0) {
        char spark[GLANCE_SPARK_SIZE];
        char count_text[COUNT_SIZE];
        (void)glance_spark(shown, width >= SPARK_WIDTH ? GLANCE_MINUTES : SPARK_NARROW, spark);
        figures[count].role = ROLE_INFO;
        (void)snprintf(figures[count].text, sizeof figures[count].text, "%s %s/min", spark,
                       count_format(count_text, sizeof count_text, shown->last_minute));
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
        bool wide = width >= SPARK_WIDTH;
        if (!wide)
            drop_same_unit(p50, p95);
        figures[count].role = ROLE_HEADER;
        (void)snprintf(figures[count].text, sizeof figures[count].text, "%sp50 %s, p95 %s",
                       wide ? "answers " : "", p50, p95);
        count++;
    }
    return count;
}

/* As many as fit, the first first; returns where they end. */
static int draw_figures(const struct app *app, struct grid *grid, int x, int y, int end,
                        const struct figure *figures, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int width = width_of(app, figures[i].text);
        if (x + width > end)
            break;
        x += grid_text(grid, x, y, width, style_of(figures[i].role), figures[i].text) + GAP;
    }
    return x;
}

/* From the left, what the first line had no room for, and the figures; from the right, the clock
 * and, in what room is left, the counts, which the live pane says too. */
static void draw_second_line(const struct app *app, struct grid *grid, struct rect rect,
                             bool with_listener, const struct alerts *alerts)
{
    grid_fill(grid, rect, style_of(ROLE_HEADER));
    int end = rect.x + rect.width - 1;
    int x = rect.x + 1;
    char text[192];
    rows_format_clock(text, sizeof text, app->times, app->now_ms);
    end -= width_of(app, text);
    (void)grid_text(grid, end, rect.y, width_of(app, text), style_of(ROLE_HEADER), text);
    end -= GAP;
    if (with_listener) {
        enum role role = describe_listener(app, rect.width < NAME_WIDTH, text, sizeof text);
        x += grid_text(grid, x, rect.y, end - x, style_of(role), text) + GAP;
    }
    struct figure figures[FIGURES];
    size_t count = collect_figures(app, grid->width, figures);
    x = draw_figures(app, grid, x, rect.y, end, alerts->items + alerts->said,
                     alerts->count - alerts->said);
    x = draw_figures(app, grid, x, rect.y, end, figures, count);
    describe_counts(app, text, sizeof text);
    int counts = width_of(app, text);
    if (end - counts > x - GAP)
        (void)grid_text(grid, end - counts, rect.y, counts, style_of(ROLE_HEADER), text);
}

void header_draw(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.header;
    struct alerts alerts = {.count = 0};
    collect_alerts(app, &alerts);
    bool listener_said = draw_first_line(app, grid, rect, &alerts);
    if (rect.height > 1)
        draw_second_line(app, grid, (struct rect){rect.x, rect.y + 1, rect.width, 1},
                         !listener_said, &alerts);
}
