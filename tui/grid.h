/*
 * A screen as cells: what views draw into, and the terminal shows.
 *
 * Text is gated as it is written (tui/text.h): there is no other way into a cell.
 * Everything clips: coordinates outside draw nothing.
 */
#ifndef BRIDGETOP_TUI_GRID_H
#define BRIDGETOP_TUI_GRID_H

#include "tui/text.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>

enum { GRID_WIDTH_MAX = 1000, GRID_HEIGHT_MAX = 500 };

struct cell {
    struct glyph glyph; /* width 0: the right half of the wide glyph before it */
    struct style style;
};

struct grid {
    int width;
    int height;
    bool ascii;   /* draw in ASCII only */
    int cursor_x; /* where the terminal's cursor shows, or -1: hidden */
    int cursor_y;
    struct cell *cells; /* row by row */
};

struct rect {
    int x, y, width, height;
};

/* Sizes are clamped to 1…MAX. Starts blank. False when memory is out (the grid is empty then). */
bool grid_init(struct grid *grid, int width, int height, bool ascii);
bool grid_resize(struct grid *grid, int width, int height); /* blank afterwards */
void grid_free(struct grid *grid);
void grid_clear(struct grid *grid); /* blank, cursor hidden */

struct rect grid_rect(const struct grid *grid);
const struct cell *grid_cell(const struct grid *grid, int x, int y); /* NULL outside */

/* Writes gated text from (x, y) into at most `width` columns; what does not fit is cut, and the
   last column then shows `…` (`~` in ASCII). Returns the columns used. A wide glyph is never
   halved. */
int grid_text(struct grid *grid, int x, int y, int width, struct style style, const char *text);
int grid_bytes(struct grid *grid, int x, int y, int width, struct style style, const char *bytes,
               size_t length);
int grid_printf(struct grid *grid, int x, int y, int width, struct style style, const char *format,
                ...) __attribute__((format(printf, 6, 7)));

/* The same, flush right within `width`. */
int grid_text_right(struct grid *grid, int x, int y, int width, struct style style,
                    const char *text);

/* One of the program's own drawing characters, count times to the right (or down). */
void grid_hline(struct grid *grid, int x, int y, int count, struct style style, char32_t character);
void grid_vline(struct grid *grid, int x, int y, int count, struct style style, char32_t character);

/* Blanks with this style. */
void grid_fill(struct grid *grid, struct rect rect, struct style style);

/* Another role for what is there: found text. */
void grid_paint(struct grid *grid, struct rect rect, enum role role);

/* Adds style bits to what is there: the selected row. */
void grid_mark(struct grid *grid, struct rect rect, uint8_t bits);

/* The whole screen as UTF-8 lines without trailing blanks, allocated: for tests. */
char *grid_to_text(const struct grid *grid);

static inline bool rect_has(struct rect rect, int x, int y)
{
    return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

/* Shorthand for a style without bits. */
static inline struct style style_of(enum role role)
{
    return (struct style){.role = (uint8_t)role};
}

#endif
