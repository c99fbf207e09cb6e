/*
 * A terminal that obeys only what bridgetop means to send.
 *
 * It understands the control functions that ncurses needs to draw (cursor addressing, erasing,
 * saving it, inserting, deleting, repeating, scroll region, colours, character set) and the modes
 * that are set at the start and the end; anything else is trouble, and is said. What it shows can
 * be held against a grid, so that a control that is allowed but was not meant shows as a wrong
 * screen.
 *
 * What is sent only when it was asked for (a title, a copy, a question, a bell) is allowed one by
 * one, in exactly the form in which it is meant, and what came is kept to be held against it.
 */
#ifndef BRIDGETOP_TESTS_TERMINAL_EMULATOR_H
#define BRIDGETOP_TESTS_TERMINAL_EMULATOR_H

#include "api/buffer.h"
#include "tui/grid.h"

#include <stdbool.h>
#include <stddef.h>

enum { EMULATOR_SEQUENCE_MAX = 64, EMULATOR_NUMBERS_MAX = 16 };

/* What more may come; of the copies, those of one route of tui/clipboard.h at most. */
enum emulator_may {
    EMULATOR_BELL = 1,
    EMULATOR_TITLE = 2,       /* kept, set and brought back: XTWINOPS 22;2 and 23;2, OSC 2 */
    EMULATOR_ASK = 4,         /* the background (OSC 11) and what kind of terminal it is (DA1) */
    EMULATOR_COPY = 8,        /* OSC 52, plain */
    EMULATOR_COPY_TMUX = 16,  /* in tmux's passthrough, and once more plain */
    EMULATOR_COPY_SCREEN = 32 /* in pieces, each in a DCS */
};

struct emulator_cell {
    char32_t base; /* 0: the right half of a wide character */
    char32_t marks[TEXT_MARKS_MAX + 1];
};

struct emulator {
    int width, height;
    struct emulator_cell *cells;
    int x, y;
    int saved_x, saved_y;
    int top, bottom; /* of the scroll region */
    bool wraps;      /* the last column is written: the next character goes on the next line */
    char32_t last;   /* what is repeated */
    char pending[EMULATOR_SEQUENCE_MAX + 1]; /* of a sequence or a character */
    size_t pending_length;
    char trouble[3 * EMULATOR_SEQUENCE_MAX]; /* "" as long as there was none */

    unsigned may;         /* of enum emulator_may; 0 at the start */
    bool in_string;       /* in an OSC or a DCS, whose first two bytes are kept too */
    bool escaped;         /* the byte before, within the string, was an ESC */
    struct buffer string; /* what came of it */
    struct buffer pieces; /* of screen's copies, joined */
    struct buffer title;  /* the last one */
    struct buffer copied; /* the last copy, as base64 */
    bool title_kept;
    size_t titles, copies, questions, bells; /* so many came */
};

bool emulator_init(struct emulator *emulator, int width, int height);
void emulator_free(struct emulator *emulator);

/* False once there was trouble. */
bool emulator_feed(struct emulator *emulator, const char *bytes, size_t length);

/* Whether it shows this grid's text; if not, *x and *y say where it first does not. */
bool emulator_shows(const struct emulator *emulator, const struct grid *grid, int *x, int *y);

#endif
