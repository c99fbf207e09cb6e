#include "api/headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool header_list_add(struct header_list *list, const char *name, const char *value)
{
    if (list->count >= HEADER_COUNT_MAX)
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

const char *header_list_find(const struct header_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcasecmp(list->items[i].name, name) == 0)
            return list->items[i].value;
    return NULL;
}

size_t header_list_count(const struct header_list *list, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += strcasecmp(list->items[i].name, name) == 0;
    return count;
}

void header_list_clear(struct header_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].value);
    }
    free(list->items);
    *list = (struct header_list){0};
}
