/*
 * The table that a benchmark prints: one figure a row, bridgetop's beside the aim, and beside the
 * same of other programs.
 */
#ifndef BRIDGETOP_TESTS_BENCH_TABLE_H
#define BRIDGETOP_TESTS_BENCH_TABLE_H

#include "tests/bench/figures.h"

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_SUBJECTS_MAX = 3, TABLE_ROWS_MAX = 256, TABLE_NAME_MAX = 80 };

struct table_row {
    char name[TABLE_NAME_MAX];         /* with the unit */
    double aim;                        /* FIGURE_NONE: no aim */
    bool at_least;                     /* else at most */
    double values[TABLE_SUBJECTS_MAX]; /* FIGURE_NONE: not measured */
};

/* The first subject is the one that has aims. */
struct table {
    const char *subjects[TABLE_SUBJECTS_MAX]; /* what the columns are called; NULL: no column */
    const char *absent[TABLE_SUBJECTS_MAX];   /* why one is empty ("not installed"), or NULL */
    struct table_row rows[TABLE_ROWS_MAX];
    size_t count;
};

/* The row of that name; a new one has no values yet. The aim is what the first subject's value is
   to be at most. Aborts when the table is full. */
struct table_row *table_row(struct table *table, double aim, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with an aim that is to be reached: at least. */
struct table_row *table_row_at_least(struct table *table, double aim, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* To standard output: beside each aim stands whether it is reached. Returns how many are not. */
size_t table_print(const struct table *table);

#endif
