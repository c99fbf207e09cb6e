#include "tui/pane.h"
#include "tui/rows.h"

static const struct table_column COLUMNS[] = {
    [ENDPOINT_STATE] = {.title = "STATE", .minimum = 10, .maximum = 12, .priority = 0},
    [ENDPOINT_ID] = {.title = "ID", .minimum = 10, .maximum = 26, .priority = 3},
    [ENDPOINT_URL] = {.title = "URL", .minimum = 20, .maximum = 80, .priority = 1},
    [ENDPOINT_CATEGORIES] = {.title = "CATEGORIES", .minimum = 14, .maximum = 60, .priority = 5},
    [ENDPOINT_LAST] = {.title = "LAST", .minimum = 12, .maximum = 18, .priority = 2},
    [ENDPOINT_SHARE] = {.title = "OK", .minimum = 5, .maximum = 6, .priority = 4, .right = true},
};

static void subject(const struct app *app, char *text, size_t size)
{
    (void)app;
    if (size > 0)
        text[0] = '\0';
}

static const char *empty(const struct app *app)
{
    if (app->environment == ENVIRONMENT_NONE)
        return "No API key was given: endpoints are not asked for. Set BRIDGE_API_KEY to see "
               "them.";
    if (!app->endpoints_known)
        return app->health.failures > 0 ? "Bridge could not be asked yet: see the line above."
                                        : "Waiting for Bridge's first answer…";
    return "This account has no webhook endpoints. c creates one.";
}

const struct pane_view PANE_ENDPOINTS_VIEW = {
    .name = "Endpoints",
    .columns = COLUMNS,
    .column_count = ENDPOINT_COLUMNS,
    .subject = subject,
    .empty = empty,
};
