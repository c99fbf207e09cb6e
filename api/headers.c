#include "api/headers.h"

#include <stdlib.h>
#include <string.h>

size_t header_list_bytes(const struct header_list *list)
{
    size_t bytes = 0;
    for (size_t i = 0; i < list->count; i++)
        bytes += strlen(list->items[i].name) + strlen(list->items[i].value) + 2;
    return bytes;
}

static bool is_copy(const struct header_list *list)
{
    return list->items != NULL && list->capacity == 0;
}

/* To `*at`, which moves on. */
static char *put(char **at, const char *string)
{
    char *to = *at;
    size_t size = strlen(string) + 1;
    memcpy(to, string, size);
    *at += size;
    return to;
}

bool header_list_copy(struct header_list *to, const struct header_list *from)
{
    *to = (struct header_list){0};
    if (from->count == 0)
        return true;
    to->items = malloc(from->count * sizeof from->items[0] + header_list_bytes(from));
    if (to->items == NULL)
        return false;
    to->count = from->count;
    char *at = (char *)(to->items + to->count);
    for (size_t i = 0; i < to->count; i++) {
        to->items[i].name = put(&at, from->items[i].name);
        to->items[i].value = put(&at, from->items[i].value);
    }
    return true;
}

bool header_list_add(struct header_list *list, const char *name, const char *value)
{
    if (list->count >= HEADER_COUNT_MAX || is_copy(list))
        return false;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        struct header *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    struct header added = {.name = strdup(name), .value = strdup(value)};
    if (added.name == NULL || added.value == NULL) {
        free(added.name);
        free(added.value);
        return false;
    }
    list->items[list->count++] = added;
    return true;
}

static char ascii_lower(char character)
{
    return (char)(character >= 'A' && character <= 'Z' ? character - 'A' + 'a' : character);
}

/* Not strcasecmp(), which goes by the locale: a header's name is ASCII, and in Turkish an I is
   not an i. */
static bool same_name(const char *a, const char *b)
{
    while (*a != '\0' && ascii_lower(*a) == ascii_lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const char *header_list_find(const struct header_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (same_name(list->items[i].name, name))
            return list->items[i].value;
    return NULL;
}

size_t header_list_count(const struct header_list *list, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += same_name(list->items[i].name, name);
    return count;
}

static void free_field(const struct header_list *list, const struct header *field)
{
    if (is_copy(list))
        return;
    free(field->name);
    free(field->value);
}

static void remove_from(struct header_list *list, size_t first, const char *name)
{
    size_t kept = first;
    for (size_t i = first; i < list->count; i++) {
        if (same_name(list->items[i].name, name)) {
            free_field(list, &list->items[i]);
        } else {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept < list->count ? kept : list->count;
}

void header_list_remove(struct header_list *list, const char *name)
{
    remove_from(list, 0, name);
}

bool header_list_set(struct header_list *list, const char *name, const char *value)
{
    size_t first = 0;
    while (first < list->count && !same_name(list->items[first].name, name))
        first++;
    if (first == list->count)
        return header_list_add(list, name, value);
    if (is_copy(list))
        return false;
    char *copy = strdup(value);
    if (copy == NULL)
        return false;
    free(list->items[first].value);
    list->items[first].value = copy;
    remove_from(list, first + 1, name);
    return true;
}

void header_list_clear(struct header_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_field(list, &list->items[i]);
    free(list->items);
    *list = (struct header_list){0};
}
