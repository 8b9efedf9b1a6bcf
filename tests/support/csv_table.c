#include "support/csv_table.h"
#include "base/file.h"
#include "base/vec.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Ends the cell that begins at *at and moves *at behind it; returns the cell. *line_end: was it the
 * last of its line? */
static const char *take_cell(char **at, bool *line_end) {
    char *from = *at, *cell = *at, *to = *at;
    bool quoted = false;
    while (*from && (quoted || (*from != ',' && *from != '\n'))) {
        if (*from != '"')
            *to++ = *from++;
        else if (quoted && from[1] == '"')
            *to++ = '"', from += 2;
        else
            quoted = !quoted, from++;
    }
    cr_assert(*from, "a line without an end");
    *line_end = *from == '\n';
    *at = from + 1;
    *to = '\0';
    return cell;
}

csv_table csv_table_read(const char *path) {
    csv_table table = {0};
    size_t size, count = 0, capacity = 0;
    rn_err err = {""};
    cr_assert_eq(rn_file_read(&table.text, &size, path, 1 << 24, &err), RN_OK, "%s", err.text);
    for (char *at = table.text; *at;) {
        bool line_end;
        table.cell = rn_vec_reserve(table.cell, count + 1, &capacity, sizeof *table.cell);
        table.cell[count++] = take_cell(&at, &line_end);
        if (!line_end) continue;
        if (table.num_rows++ == 0) table.num_columns = count;
        cr_assert_eq(count, table.num_rows * table.num_columns, "%s: row %zu", path,
                     table.num_rows);
    }
    cr_assert(table.num_rows > 1, "%s: no rows", path);
    return table;
}

void csv_table_free(csv_table *table) {
    free(table->cell);
    free(table->text);
    *table = (csv_table){0};
}

int csv_table_column(const csv_table *table, const char *heading) {
    for (size_t c = 0; c < table->num_columns; c++)
        if (strcmp(table->cell[c], heading) == 0) return (int)c;
    return -1;
}
