#include "tui/history.h"

#include <stdlib.h>
#include <string.h>

void history_rest(struct history *history)
{
    history->back = 0;
    free(history->typed);
    history->typed = NULL;
}

void history_clear(struct history *history)
{
    history_rest(history);
    for (size_t i = 0; i < history->count; i++)
        free(history->items[i]);
    *history = (struct history){0};
}

static void drop(struct history *history, size_t at)
{
    free(history->items[at]);
    history->count--;
    memmove(history->items + at, history->items + at + 1,
            (history->count - at) * sizeof history->items[0]);
}

void history_add(struct history *history, const char *text)
{
    history_rest(history);
    char *copy = text[0] != '\0' ? strdup(text) : NULL;
    if (copy == NULL)
        return;
    for (size_t i = 0; i < history->count; i++) {
        if (strcmp(history->items[i], text) == 0) {
            drop(history, i);
            break;
        }
    }
    if (history->count == HISTORY_MAX)
        drop(history, 0);
    history->items[history->count++] = copy;
}

const char *history_older(struct history *history, const char *current)
{
    if (history->back == 0) {
        history_rest(history);
        history->typed = strdup(current);
        /* What is kept already is no earlier one. */
        if (history->count > 0 && strcmp(history->items[history->count - 1], current) == 0)
            history->back++;
    }
    if (history->back >= history->count)
        return NULL;
    history->back++;
    return history->items[history->count - history->back];
}

const char *history_newer(struct history *history)
{
    if (history->back == 0)
        return NULL;
    history->back--;
    if (history->back > 0)
        return history->items[history->count - history->back];
    return history->typed != NULL ? history->typed : "";
}
