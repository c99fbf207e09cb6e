#include "tests/bench/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const SUBJECT_NAMES[SUBJECTS] = {"bridgetop", "htop", "tig"};

static struct table_row *add(struct table *table, const char *name, double aim)
{
    if (table->count == TABLE_ROWS_MAX)
        abort();
    struct table_row *row = &table->rows[table->count++];
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    row->aim = aim;
    for (size_t i = 0; i < SUBJECTS; i++)
        row->values[i] = FIGURE_NONE;
    return row;
}

struct table_row *table_row(struct table *table, double aim, const char *format, ...)
{
    char name[TABLE_NAME_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return add(table, name, aim);
}

static void print_value(double value, const char *mark)
{
    if (value < 0)
        (void)printf(" %10s ", "-");
    else
        (void)printf(" %10.*f%s", value < 10 ? 2 : value < 100 ? 1 : 0, value, mark);
}

size_t table_print(const struct table *table)
{
    size_t missed = 0;
    (void)printf("%-56s %10s  %9s ", "", SUBJECT_NAMES[SUBJECT_BRIDGETOP], "aim");
    for (size_t i = SUBJECT_BRIDGETOP + 1; i < SUBJECTS; i++)
        (void)printf(" %10s ", SUBJECT_NAMES[i]);
    (void)printf("\n");
    for (size_t r = 0; r < table->count; r++) {
        const struct table_row *row = &table->rows[r];
        bool over = row->aim >= 0 && row->values[SUBJECT_BRIDGETOP] > row->aim;
        missed += over;
        (void)printf("%-56s", row->name);
        print_value(row->values[SUBJECT_BRIDGETOP], over ? "!" : " ");
        if (row->aim >= 0)
            (void)printf(" <= %6.*f ", row->aim < 1 ? 1 : 0, row->aim);
        else
            (void)printf(" %9s ", "");
        for (size_t i = SUBJECT_BRIDGETOP + 1; i < SUBJECTS; i++)
            print_value(row->values[i], " ");
        (void)printf("\n");
    }
    for (size_t i = 0; i < SUBJECTS; i++)
        if (table->absent[i] != NULL)
            (void)printf("%s: %s\n", SUBJECT_NAMES[i], table->absent[i]);
    return missed;
}
