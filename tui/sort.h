/*
 * The order of a pane's rows: as they are, or by a column's values.
 *
 * Numbers and times are sorted as such, text regardless of its case. Rows that are equal stay in
 * the order of the data.
 */
#ifndef BRIDGETOP_TUI_SORT_H
#define BRIDGETOP_TUI_SORT_H

#include "tui/state.h"

#include <stddef.h>

/* Sorts indexes of rows (before the filter) as the pane's list says. Where memory is out they stay
   as they are. */
void sort_rows(const struct app *app, enum pane pane, size_t *rows, size_t count);

/* Where a row that is not among `rows` belongs: after its equals. */
size_t sort_place(const struct app *app, enum pane pane, const size_t *rows, size_t count,
                  size_t index);

#endif
