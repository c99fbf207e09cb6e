/*
 * The rows of a list that a person has marked, by identity.
 *
 * A set of keys (ROW_KEY_SIZE bytes at most, see rows_key()), bounded. Marks survive refreshing
 * and filtering; that those of rows which are gone go with them is up to the list.
 */
#ifndef BRIDGETOP_TUI_MARKS_H
#define BRIDGETOP_TUI_MARKS_H

#include <stdbool.h>
#include <stddef.h>

enum { MARKS_MAX = 2000 };

/* Zeroed: empty. */
struct marks {
    char **keys; /* sorted */
    size_t count;
    size_t capacity;
};

bool marks_has(const struct marks *marks, const char *key);

/* True when the key is marked now; false when the set is full or memory is out. */
bool marks_put(struct marks *marks, const char *key);

void marks_drop(struct marks *marks, const char *key);
void marks_clear(struct marks *marks);

#endif
