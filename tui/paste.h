/*
 * What of pasted text goes into a line.
 *
 * Pure. A line break in it is neither Enter nor nothing: of several lines that are not blank the
 * first is taken, or all of them, joined by blanks. Blanks beside a line break go with it, a
 * tab is a blank, and other control characters are left out.
 */
#ifndef BRIDGETOP_TUI_PASTE_H
#define BRIDGETOP_TUI_PASTE_H

#include "tui/line_edit.h"

#include <stdbool.h>
#include <stddef.h>

struct pasted {
    char text[LINE_EDIT_MAX + 1]; /* of `length` bytes, whole characters; not terminated */
    size_t length;
    size_t lines; /* that are not blank */
    bool cut;     /* its end did not fit */
};

void paste_read(struct pasted *pasted, const char *text, size_t length, bool join);

#endif
