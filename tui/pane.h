/*
 * A pane: a framed table of rows from tui/rows.h. What differs between the five
 * is one table each, in pane_endpoints.c and its neighbours.
 */
#ifndef BRIDGETOP_TUI_PANE_H
#define BRIDGETOP_TUI_PANE_H

#include "tui/state.h"
#include "tui/widgets.h"

struct pane_view {
    const char *name;
    const struct table_column *columns; /* as rows_columns() counts them */
    size_t column_count;

    /* What to add to the title ("" for nothing), and what to say instead of rows, filter aside. */
    void (*subject)(const struct app *app, char *text, size_t size);
    void (*empty)(const struct app *app, char *text, size_t size);
};

extern const struct pane_view PANE_ENDPOINTS_VIEW;
extern const struct pane_view PANE_UPCOMING_VIEW;
extern const struct pane_view PANE_DELIVERIES_VIEW;
extern const struct pane_view PANE_LIVE_VIEW;
extern const struct pane_view PANE_GAPS_VIEW;

const struct pane_view *pane_view(enum pane pane);

/* Draws the pane into its rectangle of the layout; nothing if it has none. */
void pane_draw(const struct app *app, struct grid *grid, enum pane pane);

/* The row of the pane's list on a line of the screen, the column whose head is on a cell, with the
   gap behind it; false where there is none. */
bool pane_row_at(const struct app *app, enum pane pane, int y, size_t *row);
bool pane_head_at(const struct app *app, enum pane pane, int x, int y, size_t *column);

/* Subject and emptiness that the upcoming and the deliveries pane share: the selected endpoint. */
void pane_subject_endpoint(const struct app *app, char *text, size_t size);
const char *pane_empty_without_endpoint(const struct app *app);

#endif
