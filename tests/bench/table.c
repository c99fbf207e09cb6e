#include "tests/bench/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct table_row *add(struct table *table, const char *name, double aim, bool at_least)
{
    if (table->count == TABLE_ROWS_MAX) {
        (void)fprintf(stderr, "bench: the table has no room for: %s\n", name);
        abort();
    }
    struct table_row *row = &table->rows[table->count++];
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    row->aim = aim;
    row->at_least = at_least;
    for (size_t i = 0; i < TABLE_SUBJECTS_MAX; i++)
        row->values[i] = FIGURE_NONE;
    return row;
}

static struct table_row *find_or_add(struct table *table, double aim, bool at_least,
                                     const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

static struct table_row *find_or_add(struct table *table, double aim, bool at_least,
                                     const char *format, va_list arguments)
{
    char name[TABLE_NAME_MAX];
    (void)vsnprintf(name, sizeof name, format, arguments);
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return add(table, name, aim, at_least);
}

struct table_row *table_row(struct table *table, double aim, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct table_row *row = find_or_add(table, aim, false, format, arguments);
    va_end(arguments);
    return row;
}

struct table_row *table_row_at_least(struct table *table, double aim, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct table_row *row = find_or_add(table, aim, true, format, arguments);
    va_end(arguments);
    return row;
}

static void print_value(double value)
{
    if (value < 0)
        (void)printf(" %12s", "-");
    else
        (void)printf(" %12.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

static bool misses(const struct table_row *row)
{
    if (row->aim < 0 || row->values[0] < 0)
        return false;
    return row->at_least ? row->values[0] < row->aim : row->values[0] > row->aim;
}

static void print_row(const struct table *table, const struct table_row *row)
{
    (void)printf("%-58s", row->name);
    print_value(row->values[0]);
    if (row->aim >= 0)
        (void)printf("  %s %5.*f %-8s", row->at_least ? ">=" : "<=", row->aim < 10 ? 1 : 0,
                     row->aim,
                     row->values[0] < 0 ? ""
                     : misses(row)      ? "MISSED"
                                        : "reached");
    else
        (void)printf("  %17s", "");
    for (size_t i = 1; i < TABLE_SUBJECTS_MAX; i++)
        if (table->subjects[i] != NULL)
            print_value(row->values[i]);
    (void)printf("\n");
}

size_t table_print(const struct table *table)
{
    size_t missed = 0;
    (void)printf("%-58s %12s  %-17s", "", table->subjects[0], "aim");
    for (size_t i = 1; i < TABLE_SUBJECTS_MAX; i++)
        if (table->subjects[i] != NULL)
            (void)printf(" %12s", table->subjects[i]);
    (void)printf("\n");
    for (size_t r = 0; r < table->count; r++) {
        print_row(table, &table->rows[r]);
        missed += misses(&table->rows[r]);
    }
    for (size_t i = 0; i < TABLE_SUBJECTS_MAX; i++)
        if (table->absent[i] != NULL)
            (void)printf("%s: %s\n", table->subjects[i], table->absent[i]);
    return missed;
}
