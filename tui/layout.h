/*
 * Where everything is on a screen of a given size. Pure geometry.
 *
 * Wide and high enough: four panes at once, endpoints on top, upcoming events and
 * deliveries of the selected endpoint side by side, live arrivals below. What is missing needs the
 * width: while it has the focus it takes the place of both in the middle. Smaller: one
 * pane at a time, with tabs. Smaller still: nothing, and a word on what is needed.
 *
 * The inspector stands beside the list of the pane in focus where there is room for both, else
 * over the panes.
 */
#ifndef BRIDGETOP_TUI_LAYOUT_H
#define BRIDGETOP_TUI_LAYOUT_H

#include "tui/grid.h"

#include <stdbool.h>

enum pane { PANE_ENDPOINTS, PANE_UPCOMING, PANE_DELIVERIES, PANE_LIVE, PANE_GAPS, PANE_COUNT };

/* Whether something is open, and whether it wants the whole screen. */
enum layout_inspector { LAYOUT_NO_INSPECTOR, LAYOUT_INSPECTOR, LAYOUT_ZOOMED };

enum {
    LAYOUT_WIDTH_MIN = 40,
    LAYOUT_HEIGHT_MIN = 10,
    LAYOUT_LOW = 15,        /* lines below which there are no tabs, and one line for the header */
    LAYOUT_ALL_WIDTH = 110, /* from here on all panes at once */
    LAYOUT_ALL_HEIGHT = 28,
    LAYOUT_ONE_LINE_FOOTER = 240, /* from here on one line has room for all keys */
    LAYOUT_BESIDE_WIDTH = 130,    /* from here on the inspector stands beside the list */
    LAYOUT_TWO_LINE_FOOTER = 20,  /* lines from which a narrow screen has two for the keys */
};

/* What can be dragged: an edge between two panes. */
enum layout_border {
    BORDER_ENDPOINTS, /* below pane 1 */
    BORDER_LIVE,      /* above pane 4 */
    BORDER_MIDDLE,    /* between panes 2 and 3 */
    BORDER_INSPECTOR, /* between the list and what is open beside it */
    BORDER_COUNT
};

enum { LAYOUT_WHOLE = 10000 };

/* Where borders were dragged to: of the body's height or width, in parts of LAYOUT_WHOLE, so that
   they stay when it is resized. 0: where it suits best. */
struct layout_shares {
    int at[BORDER_COUNT];
};

struct layout {
    bool too_small;
    bool tabs;                     /* one pane at a time */
    struct rect header;            /* two lines, or one on a low screen */
    struct rect tab_bar;           /* height 0 without tabs, and on a low screen */
    struct rect panes[PANE_COUNT]; /* frames included; width 0: not shown */
    struct rect body;              /* all that is between header and status: help */
    struct rect inspector;         /* width 0: closed */
    struct rect status;
    struct rect footer; /* one line, or two where it is narrow but high enough */
};

/* `endpoints` is how many rows the endpoints pane could use; `shares` may be NULL. */
void layout_compute(struct layout *layout, int width, int height, enum pane focus, size_t endpoints,
                    enum layout_inspector inspector, const struct layout_shares *shares);

/* The border on a cell; false where there is none that can be dragged. */
bool layout_border_at(const struct layout *layout, int x, int y, enum layout_border *border);

/* Puts a border where the mouse has it. */
void layout_drag(const struct layout *layout, enum layout_border border, int x, int y,
                 struct layout_shares *shares);

/* Rows of a list that fit into a pane, below its column heads; at least 1. */
int layout_list_height(const struct layout *layout, enum pane pane);

#endif
