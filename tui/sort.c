#include "tui/sort.h"

#include "tui/rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sort_key {
    size_t index;
    int64_t value;
    char *text; /* NULL: the value counts */
    bool reversed;
};

static bool read_key(const struct app *app, enum pane pane, size_t index, struct sort_key *key)
{
    const struct list *list = &app->lists[pane];
    *key = (struct sort_key){.index = index, .reversed = list->reversed};
    if (rows_value(app, pane, index, list->sort_column, &key->value))
        return true;
    struct row_cell cell;
    rows_cell(app, pane, index, list->sort_column, &cell);
    key->text = strdup(cell.text);
    return key->text != NULL;
}

static int compare_values(const struct sort_key *one, const struct sort_key *other)
{
    if (one->text != NULL && other->text != NULL)
        return strcasecmp(one->text, other->text);
    return (one->value > other->value) - (one->value < other->value);
}

static int compare(const void *a, const void *b)
{
    const struct sort_key *one = a;
    const struct sort_key *other = b;
    int order = compare_values(one, other);
    if (order != 0)
        return one->reversed ? -order : order;
    return (one->index > other->index) - (one->index < other->index);
}

void sort_rows(const struct app *app, enum pane pane, size_t *rows, size_t count)
{
    if (!app->lists[pane].sorted || count < 2)
        return;
    struct sort_key *keys = calloc(count, sizeof *keys);
    size_t read = 0;
    while (keys != NULL && read < count && read_key(app, pane, rows[read], &keys[read]))
        read++;
    if (keys != NULL && read == count) {
        qsort(keys, count, sizeof *keys, compare);
        for (size_t i = 0; i < count; i++)
            rows[i] = keys[i].index;
    }
    for (size_t i = 0; i < read; i++)
        free(keys[i].text);
    free(keys);
}

size_t sort_place(const struct app *app, enum pane pane, const size_t *rows, size_t count,
                  size_t index)
{
    struct sort_key row;
    size_t from = 0;
    size_t to = count;
    if (!app->lists[pane].sorted || !read_key(app, pane, index, &row))
        return count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        struct sort_key other;
        bool before = read_key(app, pane, rows[middle], &other) && compare(&other, &row) < 0;
        free(other.text);
        if (before)
            from = middle + 1;
        else
            to = middle;
    }
    free(row.text);
    return from;
}
