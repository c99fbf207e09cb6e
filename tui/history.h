/*
 * What was typed into a line before, for the up arrow. Kept for the session only: it may hold
 * personal data. Pure.
 */
#ifndef BRIDGETOP_TUI_HISTORY_H
#define BRIDGETOP_TUI_HISTORY_H

#include <stddef.h>

enum { HISTORY_MAX = 50 }; /* entries; the oldest goes */

struct history {
    char *items[HISTORY_MAX]; /* oldest first; owned */
    size_t count;
    size_t back; /* how far the arrows have gone, 0: what is being typed */
    char *typed; /* it, while the arrows are elsewhere */
};

void history_clear(struct history *history);

/* Adds a text as the newest; one that is there already moves. Ends the walk. Empty texts, and what
   finds no memory, are not kept. */
void history_add(struct history *history, const char *text);

/* One entry further back; `current` is what the line holds now. NULL when there is none. */
const char *history_older(struct history *history, const char *current);

/* One entry forward, at last what was being typed. NULL when the walk has not begun. */
const char *history_newer(struct history *history);

/* The line was left or changed by hand: the next walk begins at the newest. */
void history_rest(struct history *history);

#endif
