/*
 * The mouse as data: what it does (tui/input.h reads it), and what it does that to
 * (tui/hit.h knows where things are drawn).
 */
#ifndef BRIDGETOP_TUI_MOUSE_H
#define BRIDGETOP_TUI_MOUSE_H

#include "tui/keymap.h"
#include "tui/layout.h"

#include <stddef.h>

/* The left button and the wheel; others are the terminal's. */
enum mouse_kind { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
    enum mouse_kind kind;
    int x, y; /* of the cell, from 0 */
};

enum hit_kind {
    HIT_NOTHING,
    HIT_PANE,      /* pane; on no row */
    HIT_ROW,       /* pane, index: of its list */
    HIT_HEAD,      /* pane, index: the column whose head it is */
    HIT_TAB,       /* pane */
    HIT_KEY,       /* action: in the footer */
    HIT_INSPECTOR, /* index: a row of its window */
    HIT_MESSAGE,   /* index: its number in the log */
    HIT_HELP,      /* index: a row of the help */
    HIT_MATCH,     /* index: of the prompt's matches */
    HIT_DIALOG,    /* on no field of it */
    HIT_FIELD,  /* field, index: the choice in it, at: the byte of its line; of the dialog open */
    HIT_LINE,   /* at: the byte of the line that is typed on the status line */
    HIT_BORDER, /* border */
    HIT_PANE_BORDER, /* border, and pane: the frame of that one */
};

struct hit {
    enum hit_kind kind;
    enum pane pane;
    size_t index;
    enum action action;
    enum layout_border border;
    int field;
    size_t at;
};

#endif
