#include "tui/pane.h"
#include "tui/rows.h"

#include <stdio.h>

static const struct table_column COLUMNS[] = {
    [DELIVERY_TIME] = {.minimum = 8, .maximum = 24, .priority = 0},
    [DELIVERY_STATUS] = {.minimum = 6, .maximum = 24, .priority = 1},
    [DELIVERY_TYPE] = {.minimum = 14, .maximum = 60, .priority = 2, .keep_both = true},
    [DELIVERY_ID] = {.minimum = 8, .maximum = 42, .priority = 4},
    [DELIVERY_RESPONSE] = {.minimum = 8, .maximum = 400, .priority = 3},
};

static void empty(const struct app *app, char *text, size_t size)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (endpoint == NULL)
        (void)snprintf(text, size, "%s", pane_empty_without_endpoint(app));
    else if (endpoint->logs_trouble[0] != '\0')
        (void)snprintf(text, size, "%s", endpoint->logs_trouble);
    else
        (void)snprintf(text, size, "%s",
                       endpoint->logs_known ? "Bridge has not delivered to this endpoint yet."
                                            : "Asking Bridge…");
}

const struct pane_view PANE_DELIVERIES_VIEW = {
    .name = "Deliveries",
    .columns = COLUMNS,
    .column_count = DELIVERY_COLUMNS,
    .subject = pane_subject_endpoint,
    .empty = empty,
};
