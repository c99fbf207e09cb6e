/*
 * What a line of the inspector says: its text in one to three columns.
 *
 * Made when it is needed and forgotten after; it points into the inspector's content.
 */
#ifndef BRIDGETOP_TUI_INSPECTOR_TEXT_H
#define BRIDGETOP_TUI_INSPECTOR_TEXT_H

#include "tui/flow.h"
#include "tui/hex_dump.h"
#include "tui/inspector.h"

enum { INSPECTOR_CELLS_MAX = 3, INSPECTOR_SCRATCH = 1024 };

struct inspector_text {
    struct flow cells[INSPECTOR_CELLS_MAX];
    int x[INSPECTOR_CELLS_MAX];
    int width[INSPECTOR_CELLS_MAX];
    size_t cell_count;
    bool stacked; /* the third column stands below the second */
    int above;    /* blank rows before it */
    bool wraps;   /* long lines are, or this one is since what was found is in it */
    bool keeps;   /* is never wrapped */
    bool marked;  /* its matches are marked already */
    char scratch[INSPECTOR_SCRATCH];
    size_t used;
};

/* Overwrites `text`. A line that is shown; any line, as it is when nothing is folded. */
void inspector_text_make(const struct inspector *inspector, size_t line,
                         struct inspector_text *text);
void inspector_text_of(const struct inspector *inspector, const struct inspector_line *line,
                       struct inspector_text *text);

/* How many rows it takes, blank ones included. */
int inspector_text_height(const struct inspector *inspector, const struct inspector_text *text);

/* On which row of it, blank ones not counted, a column begins. */
int inspector_text_cell_row(const struct inspector *inspector, const struct inspector_text *text,
                            size_t cell);

const char *inspector_section_name(enum section_id id);

#endif
