/* table.h: results with names, kinds and digits, written as aligned text, Markdown, CSV or JSON.
 *
 *     const rn_column columns[] = {{"loss", RN_COLUMN_TEXT, 0}, {"AP", RN_COLUMN_NUMBER, 1}};
 *     rn_table table = rn_table_start("Table 1a", columns, 2);
 *     rn_table_row(&table);
 *     rn_table_add_text(&table, "FL");
 *     rn_table_add_number(&table, 34.02);
 *     status = rn_table_save(&table, "table_1a.md", RN_TABLE_MARKDOWN, err);
 *     rn_table_free(&table);
 *
 * A cell that nobody has filled is "n/a": there is no such number. "diverged" is a result too. Text
 * and Markdown round numbers to the column's digits; CSV and JSON keep all of them. Numbers have a
 * decimal point in every locale. */
#ifndef RN_REPORT_TABLE_H
#define RN_REPORT_TABLE_H

#include "base/err.h"
#include "base/json.h"

#include <stddef.h>
#include <stdio.h>

typedef enum rn_column_kind { RN_COLUMN_TEXT, RN_COLUMN_NUMBER } rn_column_kind;

typedef struct rn_column {
    const char *name; /**< borrowed until rn_table_free */
    rn_column_kind kind;
    int digits; /**< behind the decimal point, 0 to 17 */
} rn_column;

typedef enum rn_table_format {
    RN_TABLE_TEXT,     /**< columns aligned with spaces */
    RN_TABLE_MARKDOWN, /**< GitHub's tables */
    RN_TABLE_CSV,      /**< RFC 4180 but for lines that end in \n; a header line first */
    RN_TABLE_JSON      /**< {"title", "rows": [{column: value}]}; "n/a" is null */
} rn_table_format;

/** Holds its own copies of all texts but the columns' names. */
typedef struct rn_table {
    char *title;
    rn_column *column;
    size_t num_columns, num_rows;
    struct rn_cell *cell; /* (num_rows, num_columns) */
    size_t capacity, filled;
} rn_table;

/** `title` may be NULL. */
rn_table rn_table_start(const char *title, const rn_column *column, size_t num_columns);

/** A new row; its cells are "n/a" until they are added, from left to right. */
void rn_table_row(rn_table *table);

/** The next cell of the row. RN_CHECKs that the column is of that kind. */
void rn_table_add_text(rn_table *table, const char *text);

/** A number that is not finite becomes "n/a". */
void rn_table_add_number(rn_table *table, double number);

void rn_table_add_missing(rn_table *table);

/** "diverged at step N", or "diverged" where step < 0. */
void rn_table_add_diverged(rn_table *table, long step);

/** The whole table as text that ends with a newline; the caller frees. */
char *rn_table_render(const rn_table *table, rn_table_format format);

/** The same to an open stream, or through a temporary file to `path`. */
void rn_table_print(const rn_table *table, FILE *stream, rn_table_format format);
rn_status rn_table_save(const rn_table *table, const char *path, rn_table_format format,
                        rn_err *err);

/** RN_TABLE_JSON as a tree; the caller deletes it. */
cJSON *rn_table_to_json(const rn_table *table);

void rn_table_free(rn_table *table);

#endif
