/*
 * Two JSON values side by side: one row a leaf, in the order of the left one.
 *
 * Members go together by name, of doubled names the first with the first; elements by
 * their number. Values are compared as they are written: 1.0 and 1 differ, for what
 * was sent differs. Containers are gone into only where both sides have one of a kind.
 */
#ifndef BRIDGETOP_TUI_JSON_DIFF_H
#define BRIDGETOP_TUI_JSON_DIFF_H

#include "tui/json_tree.h"

enum { JSON_DIFF_ROWS_MAX = 100000 }; /* beyond it `cut` is set */

struct json_diff_row {
    uint32_t left; /* node, or JSON_TREE_NONE: it is on the other side only */
    uint32_t right;
    uint32_t top; /* of a member's rows: what their paths are told from; see the functions below */
    uint32_t run; /* rows that are equal from this one on; 0 behind the first of them */
    bool equal;
    bool odd;  /* of changes: a value that is no pair, or what is below one; it has no other side */
    bool open; /* the run's rows are shown; of its first row */
};

struct json_diff {
    const struct json_tree *left;
    const struct json_tree *right;
    struct json_diff_row *rows;
    uint32_t count, capacity;
    uint32_t differing;
    uint32_t odd; /* fields of changes that are no pair */
    bool cut;     /* at a limit, or memory is out */
};

/* Compares two values; where one is text that is no JSON, line by line. `top` of its rows is
 * JSON_TREE_NONE: paths are told from the top. */
void json_diff_init(struct json_diff *diff, const struct json_tree *left, uint32_t left_node,
                    const struct json_tree *right, uint32_t right_node);

/* Reads an `event_object_changes` (field → [old, new], or {"old": …, "new": …}), each field's rows
   in order with `top` being the pair's node; a pair's path is its field, and what is below the old
   or new value. A field that is no such pair has a row for each of its leaves, on the left, which
   are `odd`. False when the value is no object, or has fields and no pair among them;
   the diff is empty then. */
bool json_diff_changes(struct json_diff *diff, const struct json_tree *tree, uint32_t changes);

/* Puts the rows that are equal behind those that differ, else in the order in which they were. */
void json_diff_differing_first(struct json_diff *diff);

void json_diff_clear(struct json_diff *diff);

/* What a row's values are called. */
size_t json_diff_path(const struct json_diff *diff, const struct json_diff_row *row, char *text,
                      size_t size);

/* How many bytes two texts have in common at their front and at their end: the two never overlap in
   either. What differs is told in whole glyphs, escapes (`\u00e9`) and, where they are not very
   long, words: of "settled" and "posted" the end is no part that stayed. */
void text_difference(const char *left, size_t left_length, const char *right, size_t right_length,
                     size_t *front, size_t *end);

#endif
