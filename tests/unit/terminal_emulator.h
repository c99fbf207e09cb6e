/*
 * A terminal that obeys only what bridgetop means to send.
 *
 * It understands the control functions that ncurses needs to draw (cursor addressing, erasing,
 * inserting, deleting, repeating, scroll region, colours, character set) and the modes that are set
 * at the start and the end; anything else is trouble, and is said. What it shows can be held
 * against a grid, so that a control that is allowed but was not meant shows as a wrong screen.
 */
#ifndef BRIDGETOP_TESTS_TERMINAL_EMULATOR_H
#define BRIDGETOP_TESTS_TERMINAL_EMULATOR_H

#include "tui/grid.h"

#include <stdbool.h>
#include <stddef.h>

enum { EMULATOR_SEQUENCE_MAX = 64, EMULATOR_NUMBERS_MAX = 16 };

struct emulator_cell {
    char32_t base; /* 0: the right half of a wide character */
    char32_t marks[TEXT_MARKS_MAX + 1];
};

struct emulator {
    int width, height;
    struct emulator_cell *cells;
    int x, y;
    int top, bottom; /* of the scroll region */
    bool wraps;      /* the last column is written: the next character goes on the next line */
    char32_t last;   /* what is repeated */
    char pending[EMULATOR_SEQUENCE_MAX + 1]; /* of a sequence or a character */
    size_t pending_length;
    char trouble[3 * EMULATOR_SEQUENCE_MAX]; /* "" as long as there was none */
};

bool emulator_init(struct emulator *emulator, int width, int height);
void emulator_free(struct emulator *emulator);

/* False once there was trouble. */
bool emulator_feed(struct emulator *emulator, const char *bytes, size_t length);

/* Whether it shows this grid's text; if not, *x and *y say where it first does not. */
bool emulator_shows(const struct emulator *emulator, const struct grid *grid, int *x, int *y);

#endif
