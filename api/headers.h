/*
 * An ordered list of HTTP header fields, doubled ones kept (RFC 9110, 5.2 and 5.3).
 *
 * Names keep the case in which they came and compare without it. Values are the
 * bytes as they came, NUL-terminated: a value that holds a NUL is refused before
 * it gets here.
 */
#ifndef BRIDGETOP_API_HEADERS_H
#define BRIDGETOP_API_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

struct header {
    char *name;
    char *value;
};

struct header_list {
    struct header *items;
    size_t count;
    size_t capacity; /* 0 of one that has items: they and their strings are one block, a copy's */
};

enum { HEADER_COUNT_MAX = 100 };

/* Overwrites `to` without clearing it with a copy of all of `from`, in one block of memory: nothing
   can be added to that, or set. False when memory is out: it is empty then. */
bool header_list_copy(struct header_list *to, const struct header_list *from);

/* Copies both strings. False when the list is full or a copy, or memory is out. */
bool header_list_add(struct header_list *list, const char *name, const char *value);

/* The first value of that name, or NULL. The list keeps it. */
const char *header_list_find(const struct header_list *list, const char *name);

/* How many fields have that name. */
size_t header_list_count(const struct header_list *list, const char *name);

/* The first field of that name has this value, and there is no other; where there is none it is
   added. False when the list is full or memory is out. */
bool header_list_set(struct header_list *list, const char *name, const char *value);

/* Bytes that its strings take, with their ends. */
size_t header_list_bytes(const struct header_list *list);

/* Takes all fields of that name away. */
void header_list_remove(struct header_list *list, const char *name);

void header_list_clear(struct header_list *list);

#endif
