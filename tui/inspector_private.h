/*
 * How the parts of the inspector talk to each other; for tui/inspector*.c only.
 */
#ifndef BRIDGETOP_TUI_INSPECTOR_PRIVATE_H
#define BRIDGETOP_TUI_INSPECTOR_PRIVATE_H

#include "tui/flow.h"
#include "tui/inspector.h"

enum { NEEDLE_BYTES_MAX = 64 }; /* bytes that can be searched for as hexadecimal */

/* --- inspector.c ------------------------------------------------------------- */

/* Room for one more item of that size; false when memory is out. */
bool inspector_make_room(void **items, size_t count, size_t *capacity, size_t size);

/* --- inspector_lines.c -------------------------------------------------------- */

const struct inspector_line *inspector_line_at(const struct inspector *inspector, size_t line);

/* The order in which lines stand; below, the same and above zero as with strcmp(). */
int inspector_compare_lines(const struct inspector_line *a, const struct inspector_line *b);

/* Whether the sides of a diff are lines of their own for want of room. */
bool inspector_stacks(const struct inspector *inspector);

/* Every line there is, folded or not, in order, until `visit` says false. */
typedef bool (*inspector_visit)(const struct inspector_line *line, void *context);
void inspector_each_line(const struct inspector *inspector, inspector_visit visit, void *context);

/* The line that is shown, or the last one before it: where it is hidden, that is what hides it. */
size_t inspector_find_line(const struct inspector *inspector, const struct inspector_line *line);

/* Makes the lines anew, with cursor and top on those on which they were. */
void inspector_make_lines(struct inspector *inspector);

/* --- inspector_dump.c ---------------------------------------------------------- */

/* What is searched for in the bytes of a body: the text where they are none that a tree could show,
   and bytes where they were typed as in a dump (`0d 0a`). */
struct byte_needles {
    struct needle text; /* length 0: not searched for */
    unsigned char bytes[NEEDLE_BYTES_MAX];
    size_t byte_count;
};

void byte_needles_read(struct byte_needles *needles, const struct inspector *inspector,
                       const struct inspector_body *body);

/* The first match that begins in [from, before) and of which every byte may be read, or SIZE_MAX;
 *length is how many bytes it takes. */
size_t byte_needles_find(const struct byte_needles *needles, const struct inspector *inspector,
                         const struct inspector_body *body, size_t from, size_t before,
                         size_t *length);

/* --- inspector_sides.c --------------------------------------------------------- */

/* Where names and values of a diff stand, in columns of the text. `both_width` is that of the two
   sides as one. */
struct sides_columns {
    int name_width;
    int left, right, side_width, both_width;
};

void inspector_sides_columns(const struct inspector *inspector, struct sides_columns *columns);

/* What the names of a diff need, within what the width leaves them. */
int inspector_names_width(const struct inspector *inspector, const struct json_diff *diff);

/* --- inspector_walk.c ---------------------------------------------------------- */

const struct inspector_section *inspector_section_of(const struct inspector *inspector,
                                                     const struct inspector_line *line);
void inspector_scroll_into_view(struct inspector *inspector);
void inspector_move_to(struct inspector *inspector, size_t line);

/* Scrolls so that a row of the cursor's line, counted from 0, is on screen. */
void inspector_show_row(struct inspector *inspector, int row);

/* Unfolds what hides a line, and puts the cursor there. */
void inspector_reveal(struct inspector *inspector, const struct inspector_line *line);

#endif
