#include "tui/pane.h"
#include "tui/rows.h"

#include <stdio.h>

static const struct table_column COLUMNS[] = {
    [UPCOMING_SEQUENCE] = {.minimum = 4, .maximum = 10, .priority = 2, .right = true},
    [UPCOMING_TYPE] = {.minimum = 16, .maximum = 60, .priority = 0, .keep_both = true},
    [UPCOMING_OBJECT] = {.minimum = 10, .maximum = 80, .priority = 3},
    [UPCOMING_TIME] = {.minimum = 8, .maximum = 12, .priority = 1, .right = true},
    [UPCOMING_ID] = {.minimum = 8, .maximum = 42, .priority = 4},
};

static void empty(const struct app *app, char *text, size_t size)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (endpoint == NULL)
        (void)snprintf(text, size, "%s", pane_empty_without_endpoint(app));
    else if (endpoint->upcoming_trouble[0] != '\0')
        (void)snprintf(text, size, "%s", endpoint->upcoming_trouble);
    else
        (void)snprintf(text, size, "%s",
                       endpoint->upcoming_known ? "No events wait for this endpoint."
                                                : "Asking Bridge…");
}

const struct pane_view PANE_UPCOMING_VIEW = {
    .name = "Upcoming",
    .columns = COLUMNS,
    .column_count = UPCOMING_COLUMNS,
    .subject = pane_subject_endpoint,
    .empty = empty,
};
