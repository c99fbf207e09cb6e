/*
 * One line of text in several styles, broken into rows for a width.
 *
 * A flow points at bytes that belong to others; making, breaking and drawing it
 * allocates nothing. Rows break after the last blank that fits, or where a name may be parted, or
 * within a word that is longer than a row, never within a character's stand-in. Continuation rows
 * hang.
 */
#ifndef BRIDGETOP_TUI_FLOW_H
#define BRIDGETOP_TUI_FLOW_H

#include "tui/grid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FLOW_SEGMENTS_MAX = 40,
    FLOW_TEXT_MAX = 12 * 1024, /* bytes of a flow that are searched */
    FLOW_ROWS_MAX = 2000,      /* of one flow: beyond it nothing is drawn */
};

struct flow_segment {
    const char *bytes;
    uint32_t length;
    struct style style;
    bool breaks; /* a row may begin with it, though no blank is before it */
};

struct flow {
    struct flow_segment segments[FLOW_SEGMENTS_MAX];
    size_t count;
    int indent; /* columns before the first row */
    int hang;   /* by how much more the others are indented */

    /* What stands before and after it in the text that it is a part of: it is not drawn, but a
       match may begin or end in it. */
    const char *before, *after;
    uint32_t before_length, after_length;
};

void flow_init(struct flow *flow, int indent, int hang);

/* Adds a piece of text. Where there are more than FLOW_SEGMENTS_MAX, `…` stands for the rest. */
void flow_add(struct flow *flow, struct style style, const char *bytes, size_t length);
void flow_add_text(struct flow *flow, enum role role, const char *text);

/* A name as segments that may be parted after each of these ASCII characters; what is beyond
   FLOW_SEGMENTS_MAX is in the last one. */
void flow_add_name(struct flow *flow, struct style style, const char *name, size_t length,
                   const char *after);

/* How many rows it takes, at least 1; one where it is not wrapped but cut. */
int flow_height(const struct flow *flow, int width, bool ascii, bool wrap);

/* What is searched for: found text is drawn in ROLE_MATCH. */
struct needle {
    const char *text;
    size_t length; /* 0: nothing */
};

/* Draws the rows from `from` on into the rectangle. Pure. */
void flow_draw(const struct flow *flow, struct grid *grid, struct rect rect, int from, bool wrap,
               struct needle needle);

/* Where the needle begins in the flow's text, whatever the case of ASCII letters: at most `most`
   offsets of matches that do not overlap, in order. One that began in what stands before the flow
   is not among them. Returns how many. */
size_t flow_matches(const struct flow *flow, struct needle needle, size_t *places, size_t most);

/* Which row, counted from 0, shows the byte at that offset of the flow's text. */
int flow_row_of(const struct flow *flow, int width, bool ascii, size_t at);

/* The first such place in plain bytes from `from` on, or SIZE_MAX. */
size_t needle_find(struct needle needle, const char *bytes, size_t length, size_t from);

#endif
