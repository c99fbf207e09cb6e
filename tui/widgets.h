/*
 * What panes and dialogs are drawn with: frames, tables, scroll bars, paragraphs.
 *
 * Widgets draw into a rectangle of a grid and keep nothing.
 */
#ifndef BRIDGETOP_TUI_WIDGETS_H
#define BRIDGETOP_TUI_WIDGETS_H

#include "tui/grid.h"

#include <stdbool.h>
#include <stddef.h>

/* A frame with a title in its top line and, flush right, a note (either may be NULL).
   Returns the room inside. */
struct rect widget_frame(struct grid *grid, struct rect rect, struct style border,
                         struct style title_style, const char *title, const char *note);

/* The same over what is there, for dialogs: the inside is cleared, and a blank column on either
   side keeps it apart. */
void widget_dialog(struct grid *grid, struct rect frame, struct style border, const char *title);

/* --- tables ------------------------------------------------------------- */

enum { TABLE_COLUMNS_MAX = 12 };

struct table_column {
    const char *title; /* NULL: none */
    int minimum;       /* columns it needs at least */
    int maximum;       /* and at most */
    int priority;      /* when room is short the highest number is left out first; 0 is never */
    bool spare;        /* shown only where columns of lower numbers lose nothing by it */
    bool right;        /* flush right */
    bool keep_end;     /* what does not fit is cut at the front: paths differ at their end */
    bool keep_both;    /* cut in the middle: event types differ at both ends */
};

/* Where each column starts and how wide it is (0: left out) for a table of `width` columns, with a
   blank between neighbours, two where all is shown in full. Room is given up to the maxima in order
   of priority. */
struct table_layout {
    int x[TABLE_COLUMNS_MAX];
    int width[TABLE_COLUMNS_MAX];
    size_t count;
};

void table_lay_out(struct table_layout *layout, const struct table_column *columns, size_t count,
                   int width);

void table_head(struct grid *grid, struct rect row, const struct table_layout *layout,
                const struct table_column *columns);

/* One cell of a row; text is gated, cut, and flush right where the column is. */
void table_cell(struct grid *grid, struct rect row, const struct table_layout *layout,
                const struct table_column *columns, size_t column, struct style style,
                const char *text);

/* Marks what is found in a cell that has been drawn: `length` bytes at `from` of its text. */
void table_match(struct grid *grid, struct rect row, const struct table_layout *layout,
                 const struct table_column *columns, size_t column, const char *text, size_t from,
                 size_t length);

/* --- lists -------------------------------------------------------------- */

/* The first row to show so that `selected` is visible among `count` rows in `height` lines, moving
   as little as possible from `top`. */
size_t list_scroll(size_t top, size_t selected, size_t count, int height);

/* A scroll bar along the right edge of `rect`, nothing if all rows fit. */
void widget_scroll_bar(struct grid *grid, struct rect rect, size_t top, size_t count);

/* --- text --------------------------------------------------------------- */

/* Breaks text at blanks into lines of at most rect.width columns (within a word that is longer), at
   newlines too, and draws up to rect.height of them; `…` ends the last one where more would follow.
   Returns the lines drawn. */
int widget_paragraph(struct grid *grid, struct rect rect, struct style style, const char *text);

/* The same from its line `skip` on. */
int widget_paragraph_from(struct grid *grid, struct rect rect, struct style style, const char *text,
                          int skip);

/* The lines that widget_paragraph() would take at that width. */
int widget_paragraph_height(const char *text, int width, bool ascii);

/* Marks what is found in a paragraph that has been drawn there: `length` bytes at `from` of its
   text, on however many lines they are. */
void widget_paragraph_match(struct grid *grid, struct rect rect, const char *text, size_t from,
                            size_t length);

#endif
