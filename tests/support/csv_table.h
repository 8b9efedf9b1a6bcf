/* csv_table.h: a CSV file as an rn_table, for tests that draw. */
#ifndef TESTS_SUPPORT_CSV_TABLE_H
#define TESTS_SUPPORT_CSV_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct csv_table {
    char *text;        /* owns what the cells point to */
    const char **cell; /* (num_rows, num_columns); the first row are the headings */
    size_t num_columns, num_rows;
} csv_table;

/* Reads a file that rn_table_save wrote, or one like it. Failures fail the test. */
csv_table csv_table_read(const char *path);
void csv_table_free(csv_table *table);

/* The column of that heading, or -1. */
int csv_table_column(const csv_table *table, const char *heading);

#endif
