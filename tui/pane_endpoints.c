#include "tui/pane.h"
#include "tui/rows.h"

#include <stdio.h>

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

static void empty(const struct app *app, char *text, size_t size)
{
    char key[KEYMAP_LABEL_SIZE];
    if (app->environment == ENVIRONMENT_NONE)
        (void)snprintf(text, size,
                       "No API key was given: endpoints are not asked for. Set BRIDGE_API_KEY to "
                       "see them.");
    else if (!app->endpoints_known && app->health.failures > 0)
        (void)snprintf(text, size, "Bridge could not be asked: %s\n%s%s asks at once.",
                       app->health.message,
                       app->health.next_try_ms > 0 ? "It is asked again by itself; " : "",
                       keymap_key_label(&app->keymap, ACTION_REFRESH, PLACE_ENDPOINTS, key));
    else if (!app->endpoints_known)
        (void)snprintf(text, size, "Waiting for Bridge's first answer…");
    else
        (void)snprintf(text, size, "This account has no webhook endpoints. %s creates one.",
                       keymap_key_label(&app->keymap, ACTION_CREATE, PLACE_ENDPOINTS, key));
}

const struct pane_view PANE_ENDPOINTS_VIEW = {
    .name = "Endpoints",
    .columns = COLUMNS,
    .column_count = ENDPOINT_COLUMNS,
    .subject = subject,
    .empty = empty,
};
