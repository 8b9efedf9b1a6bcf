#include "common/paper.h"
#include "common/paper_data.h"
#include "base/check.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

const paper_table *paper_table_of(paper_table_id id) {
    RN_CHECK(id >= PAPER_TABLE_1A && id < PAPER_TABLES, "table %d", (int)id);
    return id < PAPER_FIGURE_2 ? &paper_tables_printed[id]
                               : &paper_tables_drawn[id - PAPER_FIGURE_2];
}

/* Of the numbers. */
static int column_of(const paper_table *table, const char *column) {
    for (int i = 0; i < table->num_numbers; i++)
        if (strcmp(table->column[table->num_texts + i], column) == 0) return i;
    RN_CHECK(false, "%s has no numbers called %s", table->place, column);
    return -1;
}

double paper_value(paper_table_id id, size_t row, const char *column) {
    const paper_table *table = paper_table_of(id);
    RN_CHECK(row < table->num_rows, "%s has no row %zu", table->place, row);
    return table->row[row].number[column_of(table, column)];
}

static bool fits(double wanted, double number) { return isnan(wanted) || wanted == number; }

double paper_find(paper_table_id id, const char *text, double a, double b, const char *column) {
    const paper_table *table = paper_table_of(id);
    for (size_t i = 0; i < table->num_rows; i++) {
        const paper_row *row = &table->row[i];
        if (text && (table->num_texts == 0 || strcmp(row->text[0], text) != 0)) continue;
        if (fits(a, row->number[0]) && fits(b, row->number[1])) return paper_value(id, i, column);
    }
    return NAN;
}

double paper_number(const char *name) {
    for (size_t i = 0; i < paper_num_singles; i++)
        if (strcmp(paper_singles[i].name, name) == 0) return paper_singles[i].value;
    RN_CHECK(false, "the paper has no number called %s", name);
    return NAN;
}
