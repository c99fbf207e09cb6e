/*
 * The table that a benchmark prints: one figure a row, bridgetop's beside the aim, and beside the
 * same of other programs.
 */
#ifndef BRIDGETOP_TESTS_BENCH_TABLE_H
#define BRIDGETOP_TESTS_BENCH_TABLE_H

#include "tests/bench/figures.h"

#include <stddef.h>

enum subject { SUBJECT_BRIDGETOP, SUBJECT_HTOP, SUBJECT_TIG, SUBJECTS };

enum { TABLE_ROWS_MAX = 64, TABLE_NAME_MAX = 80 };

struct table_row {
    char name[TABLE_NAME_MAX]; /* with the unit */
    double aim;                /* at most; FIGURE_NONE: no aim */
    double values[SUBJECTS];   /* FIGURE_NONE: not measured */
};

struct table {
    struct table_row rows[TABLE_ROWS_MAX];
    size_t count;
    const char *absent[SUBJECTS]; /* why a column is empty ("not installed"), or NULL */
};

/* The row of that name; a new one has no values yet. Aborts when the table is full. */
struct table_row *table_row(struct table *table, double aim, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* To standard output. A value above its aim has a "!" behind it. Returns how many have. */
size_t table_print(const struct table *table);

#endif
