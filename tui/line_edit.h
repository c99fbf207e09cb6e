/*
 * One line of text that is being typed, with a cursor and an undo.
 *
 * Pure: keys in, text out. What was done is kept as far as LINE_EDIT_STEPS steps and
 * LINE_EDIT_STEPS_BYTES bytes reach; the oldest go first.
 */
#ifndef BRIDGETOP_TUI_LINE_EDIT_H
#define BRIDGETOP_TUI_LINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum {
    LINE_EDIT_MAX = 2048,
    LINE_EDIT_STEPS = 64,
    LINE_EDIT_STEPS_BYTES = 2 * LINE_EDIT_MAX,
};

/* At `at`, `removed` bytes gave way to `inserted` others; both are kept, in this order. */
struct line_step {
    uint16_t at, removed, inserted;
};

struct line_steps {
    struct line_step items[LINE_EDIT_STEPS];
    char bytes[LINE_EDIT_STEPS_BYTES];
    size_t count;
    size_t done; /* what follows was undone, and can be done again */
    bool open;   /* the last one takes the next character that is typed behind it */
};

/* UTF-8, NUL-terminated; the cursor is a byte offset at a character's start. Zeroed: empty. */
struct line_edit {
    char text[LINE_EDIT_MAX + 1];
    size_t length;
    size_t cursor;
    struct line_steps steps;
};

/* Another text, which cannot be undone. */
void line_edit_set(struct line_edit *line, const char *text);

/* Takes a key: printable characters are inserted; Left Right Home End Backspace Delete move and
   erase, and so do readline's Ctrl-A and Ctrl-E (to the start, the end), Ctrl-U and Ctrl-K (erase
   up to the start, the end), Ctrl-W (a word back). False: not for it. */
bool line_edit_key(struct line_edit *line, char32_t key);

/* Whether a key is a character, which is inserted. */
bool line_edit_types(char32_t key);

/* Inserts what was pasted, without control characters, as far as it fits. */
void line_edit_paste(struct line_edit *line, const char *text, size_t length);

/* Takes the last change back (a word that was typed is one), or makes it again. False when there
   is none. */
bool line_edit_undo(struct line_edit *line);
bool line_edit_redo(struct line_edit *line);

#endif
