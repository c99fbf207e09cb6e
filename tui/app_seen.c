/*
 * What has been seen, and failures that somebody should look at.
 *
 * A row of a log is new from when it comes until its pane is left, or the cursor has come as far
 * as it; what a log in focus follows is seen as it comes. What is there at the start is not new.
 */
#include "tui/app_private.h"

enum { ALERT_MS = 5000 }; /* at most one so often */

static bool is_watched(const struct app *app, enum pane pane)
{
    return app->focus == pane && app->lists[pane].following &&
           ((unsigned)state_place(app) & PLACE_LISTS) != 0;
}

void seen_all(struct app *app, enum pane pane)
{
    struct endpoint *endpoint = state_selected_endpoint(app);
    if (pane == PANE_LIVE)
        app->live_seen = app->live_serial;
    else if (pane == PANE_DELIVERIES && endpoint != NULL && endpoint->logs.count > 0)
        endpoint->seen_ms = endpoint->logs.items[endpoint->logs.count - 1].created_ms;
}

void seen_arrived(struct app *app, enum pane pane)
{
    if (is_watched(app, pane))
        seen_all(app, pane);
}

/* In another order than their own, what is above the cursor says nothing about what came before. */
void seen_to_cursor(struct app *app, enum pane pane)
{
    const struct list *list = &app->lists[pane];
    struct endpoint *endpoint = state_selected_endpoint(app);
    if (list->sorted || app->focus != pane || list->cursor >= list->count)
        return;
    size_t index = list->rows[list->cursor];
    if (pane == PANE_LIVE && !app->found.open && app->live[index].serial > app->live_seen)
        app->live_seen = app->live[index].serial;
    if (pane == PANE_DELIVERIES && endpoint != NULL &&
        endpoint->logs.items[index].created_ms > endpoint->seen_ms)
        endpoint->seen_ms = endpoint->logs.items[index].created_ms;
}

void alert_failure(struct app *app)
{
    app->failures++;
    app->alert = true;
}

void alert_seen(struct app *app)
{
    app->failures = 0;
}

void alert_tell(struct app *app, struct effects *effects)
{
    int64_t since_ms = app->now_ms - app->alerted_ms;
    bool soon = app->alerted_ms != 0 && since_ms >= 0 && since_ms < ALERT_MS;
    if (!app->alert || soon)
        return;
    app->alert = false;
    app->alerted_ms = app->now_ms;
    (void)app_effect(effects, EFFECT_ALERT);
}
