/*
 * How the parts of the inspector talk to each other; for tui/inspector*.c only.
 */
#ifndef BRIDGETOP_TUI_INSPECTOR_PRIVATE_H
#define BRIDGETOP_TUI_INSPECTOR_PRIVATE_H

#include "tui/inspector.h"

/* --- inspector.c ------------------------------------------------------------- */

const struct inspector_line *inspector_line_at(const struct inspector *inspector, size_t line);

/* The hidden span that holds the byte or is the first behind it; `hidden_count` when there is none.
 */
size_t inspector_span_at(const struct inspector_body *body, size_t offset);

/* The order in which lines stand; below, the same and above zero as with strcmp(). */
int inspector_compare_lines(const struct inspector_line *a, const struct inspector_line *b);

/* Whether the sides of a diff stand one below the other for want of room. */
bool inspector_stacks(const struct inspector *inspector);

/* Every line there is, folded or not, in order, until `visit` says false. */
typedef bool (*inspector_visit)(const struct inspector_line *line, void *context);
void inspector_each_line(const struct inspector *inspector, inspector_visit visit, void *context);

/* The line that is shown, or the last one before it: where it is hidden, that is what hides it. */
size_t inspector_find_line(const struct inspector *inspector, const struct inspector_line *line);

/* Makes the lines anew, with cursor and top on those on which they were. */
void inspector_make_lines(struct inspector *inspector);

/* --- inspector_walk.c ---------------------------------------------------------- */

const struct inspector_section *inspector_section_of(const struct inspector *inspector,
                                                     const struct inspector_line *line);
void inspector_scroll_into_view(struct inspector *inspector);
void inspector_move_to(struct inspector *inspector, size_t line);

/* Unfolds what hides a line, and puts the cursor there. */
void inspector_reveal(struct inspector *inspector, const struct inspector_line *line);

#endif
