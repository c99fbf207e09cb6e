#include "tui/pane.h"
#include "tui/rows.h"

static const struct table_column COLUMNS[] = {
    [DELIVERY_TIME] = {.minimum = 8, .maximum = 24, .priority = 0},
    [DELIVERY_STATUS] = {.minimum = 6, .maximum = 24, .priority = 1},
    [DELIVERY_TYPE] = {.minimum = 14, .maximum = 60, .priority = 2},
    [DELIVERY_ID] = {.minimum = 8, .maximum = 42, .priority = 4},
    [DELIVERY_RESPONSE] = {.minimum = 8, .maximum = 400, .priority = 3},
};

static const char *empty(const struct app *app)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (endpoint == NULL)
        return pane_empty_without_endpoint(app);
    if (endpoint->logs_trouble[0] != '\0')
        return endpoint->logs_trouble;
    return endpoint->logs_known ? "Bridge has not delivered to this endpoint yet."
                                : "Asking Bridge…";
}

const struct pane_view PANE_DELIVERIES_VIEW = {
    .name = "Deliveries",
    .columns = COLUMNS,
    .column_count = DELIVERY_COLUMNS,
    .subject = pane_subject_endpoint,
    .empty = empty,
};
