#include "tui/marks.h"

#include <stdlib.h>
#include <string.h>

/* Where the key is, or belongs. */
static size_t place_of(const struct marks *marks, const char *key)
{
    size_t from = 0;
    size_t to = marks->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (strcmp(marks->keys[middle], key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_at(const struct marks *marks, size_t at, const char *key)
{
    return at < marks->count && strcmp(marks->keys[at], key) == 0;
}

bool marks_has(const struct marks *marks, const char *key)
{
    return marks->count > 0 && is_at(marks, place_of(marks, key), key);
}

static bool make_room(struct marks *marks)
{
    if (marks->count < marks->capacity)
        return true;
    size_t capacity = marks->capacity > 0 ? marks->capacity * 2 : 16;
    char **keys = realloc(marks->keys, capacity * sizeof *keys);
    if (keys == NULL)
        return false;
    marks->keys = keys;
    marks->capacity = capacity;
    return true;
}

bool marks_put(struct marks *marks, const char *key)
{
    size_t at = place_of(marks, key);
    if (is_at(marks, at, key))
        return true;
    if (marks->count == MARKS_MAX || !make_room(marks))
        return false;
    char *copy = strdup(key);
    if (copy == NULL)
        return false;
    memmove(marks->keys + at + 1, marks->keys + at, (marks->count - at) * sizeof *marks->keys);
    marks->keys[at] = copy;
    marks->count++;
    return true;
}

void marks_drop(struct marks *marks, const char *key)
{
    size_t at = place_of(marks, key);
    if (!is_at(marks, at, key))
        return;
    free(marks->keys[at]);
    marks->count--;
    memmove(marks->keys + at, marks->keys + at + 1, (marks->count - at) * sizeof *marks->keys);
}

void marks_clear(struct marks *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        free(marks->keys[i]);
    free(marks->keys);
    *marks = (struct marks){0};
}
