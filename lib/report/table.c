#include "report/table.h"
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum cell_kind { MISSING, TEXT, NUMBER, DIVERGED } cell_kind;

typedef struct rn_cell {
    cell_kind kind;
    double number; /* NUMBER; the step of DIVERGED, or -1 */
    char *text;    /* TEXT, owned */
} rn_cell;

/* ---- filling --------------------------------------------------------------------------------- */

rn_table rn_table_start(const char *title, const rn_column *column, size_t num_columns) {
    RN_CHECK(num_columns > 0, "a table without columns");
    rn_table table = {.title = title ? rn_vec_text(title) : NULL, .num_columns = num_columns};
    table.column = rn_vec_zeros(num_columns, sizeof *table.column);
    for (size_t c = 0; c < num_columns; c++) {
        RN_CHECK(column[c].digits >= 0 && column[c].digits <= 17, "column %s: %d digits",
                 column[c].name, column[c].digits);
        table.column[c] = column[c];
    }
    return table;
}

void rn_table_row(rn_table *table) {
    size_t count = (table->num_rows + 1) * table->num_columns;
    table->cell = rn_vec_reserve(table->cell, count, &table->capacity, sizeof *table->cell);
    for (size_t i = count - table->num_columns; i < count; i++) table->cell[i] = (rn_cell){0};
    table->num_rows++;
    table->filled = 0;
}

static void add(rn_table *table, rn_cell cell) {
    RN_CHECK(table->num_rows > 0 && table->filled < table->num_columns,
             "cell %zu of row %zu in a table of %zu columns", table->filled + 1, table->num_rows,
             table->num_columns);
    const rn_column *column = &table->column[table->filled];
    RN_CHECK(cell.kind == MISSING || (cell.kind == TEXT) == (column->kind == RN_COLUMN_TEXT),
             "column %s: a %s is wanted", column->name,
             column->kind == RN_COLUMN_TEXT ? "text" : "number");
    table->cell[(table->num_rows - 1) * table->num_columns + table->filled++] = cell;
}

void rn_table_add_text(rn_table *table, const char *text) {
    add(table, (rn_cell){.kind = TEXT, .text = rn_vec_text(text)});
}

void rn_table_add_number(rn_table *table, double number) {
    add(table, (rn_cell){.kind = isfinite(number) ? NUMBER : MISSING, .number = number});
}

void rn_table_add_missing(rn_table *table) { add(table, (rn_cell){.kind = MISSING}); }

void rn_table_add_diverged(rn_table *table, long step) {
    add(table, (rn_cell){.kind = DIVERGED, .number = (double)step});
}

void rn_table_free(rn_table *table) {
    for (size_t i = 0; i < table->num_rows * table->num_columns; i++) free(table->cell[i].text);
    free(table->cell);
    free(table->column);
    free(table->title);
    *table = (rn_table){0};
}

/* ---- text that grows ------------------------------------------------------------------------- */

typedef struct text {
    char *bytes;
    size_t size, capacity;
} text;

static void put_bytes(text *out, const char *bytes, size_t size) {
    out->bytes = rn_vec_reserve(out->bytes, out->size + size + 1, &out->capacity, 1);
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
    out->bytes[out->size] = '\0';
}

static void put(text *out, const char *s) { put_bytes(out, s, strlen(s)); }

static void put_times(text *out, char c, size_t count) {
    for (size_t i = 0; i < count; i++) put_bytes(out, &c, 1);
}

/* ---- cells as text --------------------------------------------------------------------------- */

enum { CELL_SIZE = 400 }; /* 1.8e308 with 17 digits behind the point */

static const rn_cell *cell_at(const rn_table *table, size_t row, size_t column) {
    return &table->cell[row * table->num_columns + column];
}

/* digits < 0: as many as give the same number back. */
static void fixed_number(char out[CELL_SIZE], double number, int digits) {
    if (digits < 0) {
        rn_text_from_double(out, CELL_SIZE, number, 0);
        return;
    }
    snprintf(out, CELL_SIZE, "%.*f", digits, number);
    char *point = out + strspn(out, "-0123456789"); /* whatever the locale makes of it */
    size_t size = strcspn(point, "0123456789");
    if (*point && size > 0) {
        *point = '.';
        memmove(point + 1, point + size, strlen(point + size) + 1);
    }
    if (*out == '-' && out[1 + strspn(out + 1, "0.")] == '\0') /* nothing is left to be negative */
        memmove(out, out + 1, strlen(out));
}

/* The cell's words; `buffer` is used for numbers. */
static const char *cell_text(char buffer[CELL_SIZE], const rn_cell *cell, int digits) {
    switch (cell->kind) {
    case TEXT: return cell->text;
    case NUMBER: fixed_number(buffer, cell->number, digits); return buffer;
    case DIVERGED:
        if (cell->number < 0) return "diverged";
        snprintf(buffer, CELL_SIZE, "diverged at step %.0f", cell->number);
        return buffer;
    default: return "n/a";
    }
}

/* Characters of UTF-8: all bytes but those that continue one. */
static size_t width_of(const char *s) {
    size_t width = 0;
    for (; *s; s++) width += ((unsigned char)*s & 0xC0) != 0x80;
    return width;
}

/* Aligned formats are one line a row: control characters become spaces, Markdown's bar is escaped.
 */
static char *plain(const char *s, rn_table_format format) {
    text out = {0};
    put(&out, "");
    for (; *s; s++) {
        if (*s == '|' && format == RN_TABLE_MARKDOWN) put(&out, "\\");
        put_bytes(&out, (unsigned char)*s < ' ' || *s == 127 ? " " : s, 1);
    }
    return out.bytes;
}

/* ---- aligned text and Markdown --------------------------------------------------------------- */

/* Text for row `row`, or for the header where row is num_rows. The caller frees. */
static char *aligned_cell(const rn_table *table, size_t row, size_t c, rn_table_format format) {
    char buffer[CELL_SIZE];
    const rn_column *column = &table->column[c];
    return plain(row == table->num_rows ? column->name
                                        : cell_text(buffer, cell_at(table, row, c), column->digits),
                 format);
}

static size_t column_width(const rn_table *table, size_t c, rn_table_format format) {
    size_t width = format == RN_TABLE_MARKDOWN ? 3 : 1;
    for (size_t row = 0; row <= table->num_rows; row++) {
        char *cell = aligned_cell(table, row, c, format);
        if (width_of(cell) > width) width = width_of(cell);
        free(cell);
    }
    return width;
}

static void put_aligned_row(text *out, const rn_table *table, size_t row, const size_t *width,
                            rn_table_format format) {
    bool markdown = format == RN_TABLE_MARKDOWN;
    for (size_t c = 0; c < table->num_columns; c++) {
        char *cell = aligned_cell(table, row, c, format);
        size_t space = width[c] - width_of(cell);
        bool left = table->column[c].kind == RN_COLUMN_TEXT;
        bool last = c + 1 == table->num_columns;
        put(out, markdown ? "| " : c ? "  " : "");
        if (!left) put_times(out, ' ', space);
        put(out, cell);
        if (left && (markdown || !last)) put_times(out, ' ', space);
        if (markdown) put(out, " ");
        free(cell);
    }
    put(out, markdown ? "|\n" : "\n");
}

static void put_rule(text *out, const rn_table *table, const size_t *width,
                     rn_table_format format) {
    for (size_t c = 0; c < table->num_columns; c++) {
        if (format == RN_TABLE_MARKDOWN) {
            bool left = table->column[c].kind == RN_COLUMN_TEXT;
            put(out, "| ");
            put_times(out, '-', width[c] - !left);
            put(out, left ? " " : ": ");
        } else {
            put(out, c ? "  " : "");
            put_times(out, '-', width[c]);
        }
    }
    put(out, format == RN_TABLE_MARKDOWN ? "|\n" : "\n");
}

static void put_aligned(text *out, const rn_table *table, rn_table_format format) {
    size_t *width = rn_vec_zeros(table->num_columns, sizeof *width);
    for (size_t c = 0; c < table->num_columns; c++) width[c] = column_width(table, c, format);
    if (table->title) {
        char *title = plain(table->title, RN_TABLE_TEXT);
        put(out, format == RN_TABLE_MARKDOWN ? "### " : "");
        put(out, title);
        put(out, "\n\n");
        free(title);
    }
    put_aligned_row(out, table, table->num_rows, width, format);
    put_rule(out, table, width, format);
    for (size_t row = 0; row < table->num_rows; row++)
        put_aligned_row(out, table, row, width, format);
    free(width);
}

/* ---- CSV and JSON ---------------------------------------------------------------------------- */

static void put_csv(text *out, const char *s, bool last) {
    if (strpbrk(s, ",\"\r\n") || *s == ' ' || *s == '\0') {
        put(out, "\"");
        for (; *s; s++) {
            if (*s == '"') put(out, "\"");
            put_bytes(out, s, 1);
        }
        put(out, "\"");
    } else {
        put(out, s);
    }
    put(out, last ? "\n" : ",");
}

static void put_csv_table(text *out, const rn_table *table) {
    char buffer[CELL_SIZE];
    for (size_t c = 0; c < table->num_columns; c++)
        put_csv(out, table->column[c].name, c + 1 == table->num_columns);
    for (size_t row = 0; row < table->num_rows; row++)
        for (size_t c = 0; c < table->num_columns; c++)
            put_csv(out, cell_text(buffer, cell_at(table, row, c), -1),
                    c + 1 == table->num_columns);
}

cJSON *rn_table_to_json(const rn_table *table) {
    char buffer[CELL_SIZE];
    cJSON *root = cJSON_CreateObject();
    if (table->title) cJSON_AddStringToObject(root, "title", table->title);
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t row = 0; row < table->num_rows; row++) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, object);
        for (size_t c = 0; c < table->num_columns; c++) {
            const rn_cell *cell = cell_at(table, row, c);
            const char *name = table->column[c].name;
            if (cell->kind == NUMBER)
                rn_json_add_number(object, name, cell->number);
            else if (cell->kind == MISSING)
                cJSON_AddNullToObject(object, name);
            else
                cJSON_AddStringToObject(object, name, cell_text(buffer, cell, 0));
        }
    }
    return root;
}

static void put_json_table(text *out, const rn_table *table) {
    cJSON *root = rn_table_to_json(table);
    char *printed = cJSON_Print(root);
    RN_CHECK(printed, "out of memory while printing a table of %zu rows", table->num_rows);
    put(out, printed);
    put(out, "\n");
    cJSON_free(printed);
    cJSON_Delete(root);
}

/* ---- output ---------------------------------------------------------------------------------- */

char *rn_table_render(const rn_table *table, rn_table_format format) {
    text out = {0};
    if (format == RN_TABLE_CSV)
        put_csv_table(&out, table);
    else if (format == RN_TABLE_JSON)
        put_json_table(&out, table);
    else
        put_aligned(&out, table, format);
    return out.bytes;
}

void rn_table_print(const rn_table *table, FILE *stream, rn_table_format format) {
    char *rendered = rn_table_render(table, format);
    fputs(rendered, stream);
    free(rendered);
}

rn_status rn_table_save(const rn_table *table, const char *path, rn_table_format format,
                        rn_err *err) {
    char *rendered = rn_table_render(table, format);
    rn_status status = rn_file_save(path, rendered, strlen(rendered), err);
    free(rendered);
    return status;
}
