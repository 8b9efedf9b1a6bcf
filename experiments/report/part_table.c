#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 4 << 20, COLUMNS_MOST = 64, OPEN_MOST = 10 };

/* Cuts the next line off *text; NULL at the end. */
static char *next_line(char **text) {
    char *line = *text;
    if (!*line) return NULL;
    size_t length = strcspn(line, "\n");
    *text += length + (line[length] == '\n');
    line[length] = '\0';
    return line;
}

/* The cells of "| a | b |", trimmed, "\|" being a bar; 0 where the line is no row. */
static size_t split(char *cell[COLUMNS_MOST], char *line) {
    size_t count = 0;
    char *from = rn_text_trim(line), *to;
    if (*from++ != '|') return 0;
    while (*from && count < COLUMNS_MOST) {
        char *start = from;
        for (to = from; *from && *from != '|'; from++) {
            if (from[0] == '\\' && from[1] == '|') from++;
            *to++ = *from;
        }
        if (*from == '|') from++;
        *to = '\0';
        cell[count++] = rn_text_trim(start);
    }
    return count;
}

static size_t count_lines(const char *text) {
    size_t count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

static bool is_rule(const char *line) { return *line == '|' && !line[strspn(line, "|-: ")]; }

static void put_rows(page *p, char *text, size_t num_columns) {
    char *cell[COLUMNS_MOST];
    for (char *line; (line = next_line(&text));) {
        size_t count = split(cell, line);
        if (count == 0) break;
        page_row_begin(p, NULL);
        for (size_t c = 0; c < count && c < num_columns; c++)
            page_cell_text(p, "%s", strcmp(cell[c], "n/a") == 0 ? "\xE2\x80\x93" : cell[c]);
        page_row_end(p);
    }
}

/* A title after "###", names, a rule that says which columns are numbers, rows. */
static bool put_table(page *p, char *text) {
    page_column column[COLUMNS_MOST];
    char *name[COLUMNS_MOST], *side[COLUMNS_MOST], *line = next_line(&text);
    const char *title = NULL;
    while (line && *line != '|') {
        if (*line == '#') title = rn_text_trim(line + strspn(line, "#"));
        line = next_line(&text);
    }
    char *rule = line ? next_line(&text) : NULL;
    if (!rule || !is_rule(rule)) return false;
    size_t count = split(name, line);
    if (count == 0 || split(side, rule) != count) return false;
    for (size_t c = 0; c < count; c++)
        column[c] =
            (page_column){name[c], rn_text_ends_with(side[c], ":") ? PAGE_NUMBER : PAGE_WORDS};
    bool folded = count_lines(text) > OPEN_MOST;
    if (folded) {
        page_fold_begin(p, "%s", title ? title : "A table");
    } else if (title) {
        page_paragraph_begin(p);
        page_strong(p, title);
        page_paragraph_end(p);
    }
    page_table_begin(p, PAGE_SCROLLS, column, count);
    put_rows(p, text, count);
    page_table_end(p);
    if (folded) page_fold_end(p);
    return true;
}

rn_status part_table(page *p, const char *path, rn_err *err) {
    char *text;
    size_t size;
    if (rn_file_read(&text, &size, path, FILE_MOST, err) != RN_OK) return RN_ERROR;
    rn_status status = RN_OK;
    if (!put_table(p, text)) status = rn_fail(err, "%s: expected a table in Markdown", path);
    free(text);
    return status;
}
