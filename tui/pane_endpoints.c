#include "tui/pane.h"
#include "tui/rows.h"

static const struct table_column COLUMNS[] = {
    [ENDPOINT_STATE] = {.minimum = 10, .maximum = 16, .priority = 0},
    [ENDPOINT_ID] = {.minimum = 8, .maximum = 42, .priority = 3},
    [ENDPOINT_URL] = {.minimum = 24, .maximum = 160, .priority = 1, .keep_end = true},
    [ENDPOINT_CATEGORIES] = {.minimum = 10, .maximum = 300, .priority = 6},
    [ENDPOINT_LAST] = {.minimum = 14, .maximum = 24, .priority = 2},
    [ENDPOINT_RECENT] = {.minimum = 10, .maximum = 10, .priority = 5, .spare = true},
    [ENDPOINT_SHARE] = {.minimum = 5, .maximum = 5, .priority = 4, .right = true},
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
