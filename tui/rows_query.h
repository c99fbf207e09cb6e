/*
 * Rows as the filter language sees them: which columns its fields are, and the payloads that words
 * are looked for in; and what of a filter is to be marked in a row.
 */
#ifndef BRIDGETOP_TUI_ROWS_QUERY_H
#define BRIDGETOP_TUI_ROWS_QUERY_H

#include "tui/state.h"

enum query_scope rows_query_scope(enum pane pane);

/* Whether row `index` (before the filter) of panes 1 to 3 matches. Words are looked for in its
   columns and in its JSON as Bridge sent it. Pane 4's are searched for in the store. */
bool rows_query_match(const struct app *app, enum pane pane, size_t index,
                      const struct query *query);

/* What is looked for in a pane: the words of its filter, and the texts of its query that are not
   inverted. They point into `bytes` and into the list's query. */
enum { ROWS_NEEDLES_MAX = 48 };

struct needles {
    struct query_text items[ROWS_NEEDLES_MAX];
    size_t count;
    char bytes[LINE_EDIT_MAX + 1];
};

void rows_needles(const struct app *app, enum pane pane, struct needles *needles);

#endif
