/*
 * The command prompt: an action by its name, and what it is about.
 *
 *     :pane live
 *
 * Pure: a line goes in, and out come the commands that it may become, or the one that it
 * is. What can be typed are the names of the key table (tui/keymap.h); those that
 * do not hold in the place where the prompt was opened are found too, but not run. Where no
 * name begins as the line does, the nearest one is the first of them.
 */
#ifndef BRIDGETOP_TUI_PROMPT_H
#define BRIDGETOP_TUI_PROMPT_H

#include "api/error.h"
#include "tui/form.h"
#include "tui/keymap.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PROMPT_HISTORY_MAX = 100, /* lines; the oldest goes first */
    PROMPT_COLUMNS_SIZE = 128,
};

/* What the line may become: a command, or a word of its argument. */
struct prompt_match {
    const struct binding *binding;
    const char *choice; /* NULL: the command itself. Not terminated. */
    size_t choice_length;
    bool holds; /* where the prompt was opened */
};

struct prompt {
    bool open;
    enum place from;
    struct line_edit line;
    char columns[PROMPT_COLUMNS_SIZE]; /* what :sort may name, "time|size", set by who opens it */

    struct prompt_match matches[KEYMAP_ROWS_MAX]; /* best first */
    size_t match_count;
    bool completing; /* the line is matches[chosen], not what was typed */
    size_t chosen;
    size_t word; /* where in the line the word begins that is completed */

    char *history[PROMPT_HISTORY_MAX]; /* oldest first */
    size_t history_count;
    size_t recalled;               /* which one the line is; history_count: none */
    char draft[LINE_EDIT_MAX + 1]; /* what was typed before one was recalled */
};

void prompt_open(struct prompt *prompt, enum place from, const char *text);
void prompt_close(struct prompt *prompt); /* the history stays */
void prompt_clear(struct prompt *prompt);

/* The line was typed in: looks for matches again. */
void prompt_typed(struct prompt *prompt);

/* Puts the next match (or, with -1, the one before) into the line. What can only be meant, and
   takes something behind it, gets a blank: what may follow is found then. */
void prompt_complete(struct prompt *prompt, int by);

/* Puts an older line (-1) or a newer one (1) there; newer than the newest is what was typed. */
void prompt_recall(struct prompt *prompt, int by);
void prompt_remember(struct prompt *prompt, const char *line);

struct prompt_command {
    const struct binding *binding; /* NULL: the line is empty */
    const char *argument;          /* in the line; NULL: none */
};

/* What a line asks for in a place. A name may be shortened as far as it stays one of those that
   hold there. False, and why in one line, when it asks for nothing that could be run. */
bool prompt_parse(const char *line, enum place from, struct prompt_command *command,
                  struct error *error);

#endif
