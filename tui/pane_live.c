#include "tui/pane.h"
#include "tui/rows.h"

#include <stdio.h>

static const struct table_column COLUMNS[] = {
    [LIVE_TIME] = {.minimum = 8, .maximum = 12, .priority = 0},
    [LIVE_VERDICT] = {.minimum = 14, .maximum = 20, .priority = 1},
    [LIVE_TYPE] = {.minimum = 12, .maximum = 60, .priority = 2, .keep_both = true},
    [LIVE_STATUS] = {.minimum = 8, .maximum = 24, .priority = 4},
    [LIVE_EVENT] = {.minimum = 8, .maximum = 42, .priority = 7, .spare = true},
    [LIVE_ENDPOINT] = {.minimum = 10, .maximum = 120, .priority = 5, .keep_end = true},
    [LIVE_SIZE] = {.minimum = 6, .maximum = 9, .priority = 6, .right = true},
    [LIVE_ANSWER] = {.minimum = 7, .maximum = 10, .priority = 3, .right = true},
};

static void subject(const struct app *app, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", app->receiving.address);
}

static const char *waiting_for(const struct app *app)
{
    switch (app->receiving.how) {
    case RECEIVING_NOT:
        return "There is no listener (--listen none).";
    case RECEIVING_NOBODY:
        return "Nothing has arrived yet, and nobody receives now.";
    case RECEIVING_HERE:
    case RECEIVING_THERE:
        break;
    }
    return "Nothing has arrived yet. Deliveries that reach the listener show here at once, "
           "each with its verdict.";
}

static void empty(const struct app *app, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", waiting_for(app));
}

const struct pane_view PANE_LIVE_VIEW = {
    .name = "Live",
    .columns = COLUMNS,
    .column_count = LIVE_COLUMNS,
    .subject = subject,
    .empty = empty,
};
