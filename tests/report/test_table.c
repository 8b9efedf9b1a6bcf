#include "report/table.h"
#include "base/file.h"
#include "base/real.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const rn_column columns[] = {{"loss, |alpha|", RN_COLUMN_TEXT, 0},
                                    {"AP", RN_COLUMN_NUMBER, 1},
                                    {"seconds", RN_COLUMN_NUMBER, 0}};

/* Every kind of cell, and texts that each format must take care of. */
static rn_table sample(void) {
    rn_table table = rn_table_start("Table 1a", columns, RN_COUNT(columns));
    rn_table_row(&table);
    rn_table_add_text(&table, "FL \"2\", .25");
    rn_table_add_number(&table, 34.04999);
    rn_table_add_number(&table, 1234567);
    rn_table_row(&table);
    rn_table_add_text(&table, "CE | caf\xC3\xA9");
    rn_table_add_diverged(&table, 212);
    rn_table_row(&table);
    rn_table_add_text(&table, "two\nlines");
    rn_table_add_number(&table, NAN);
    rn_table_add_number(&table, -0.75);
    return table;
}

static const struct {
    rn_table_format format;
    const char *text;
} renderings[] = {
    {RN_TABLE_TEXT, "Table 1a\n"
                    "\n"
                    "loss, |alpha|                    AP  seconds\n"
                    "-------------  --------------------  -------\n"
                    "FL \"2\", .25                    34.0  1234567\n"
                    "CE | caf\xC3\xA9      diverged at step 212      n/a\n"
                    "two lines                       n/a       -1\n"},
    {RN_TABLE_MARKDOWN, "### Table 1a\n"
                        "\n"
                        "| loss, \\|alpha\\| |                   AP | seconds |\n"
                        "| --------------- | -------------------: | ------: |\n"
                        "| FL \"2\", .25     |                 34.0 | 1234567 |\n"
                        "| CE \\| caf\xC3\xA9      | diverged at step 212 |     n/a |\n"
                        "| two lines       |                  n/a |      -1 |\n"},
    {RN_TABLE_CSV, "\"loss, |alpha|\",AP,seconds\n"
                   "\"FL \"\"2\"\", .25\",34.04999,1234567\n"
                   "CE | caf\xC3\xA9,diverged at step 212,n/a\n"
                   "\"two\nlines\",n/a,-0.75\n"},
};

Test(table, what_rounds_to_zero_has_no_sign) {
    const rn_column x_alone[] = {{"x", RN_COLUMN_NUMBER, 1}};
    rn_table table = rn_table_start(NULL, x_alone, 1);
    for (int i = 0; i < 2; i++) {
        rn_table_row(&table);
        rn_table_add_number(&table, i ? -0.04 : -0.06);
    }
    char *got = rn_table_render(&table, RN_TABLE_TEXT);
    cr_expect(strstr(got, "-0.1\n") && strstr(got, " 0.0\n"), "%s", got);
    free(got);
    rn_table_free(&table);
}

Test(table, as_text_markdown_and_csv) {
    rn_table table = sample();
    for (size_t i = 0; i < RN_COUNT(renderings); i++) {
        char *got = rn_table_render(&table, renderings[i].format);
        cr_expect_str_eq(got, renderings[i].text, "format %d:\n%s", (int)renderings[i].format, got);
        free(got);
    }
    rn_table_free(&table);
}

Test(table, as_json) {
    rn_table table = sample();
    char *text = rn_table_render(&table, RN_TABLE_JSON);
    cJSON *root = cJSON_Parse(text);
    cr_assert(root, "%s", text);
    cr_expect_str_eq(cJSON_GetObjectItem(root, "title")->valuestring, "Table 1a");
    const cJSON *rows = cJSON_GetObjectItem(root, "rows");
    cr_assert_eq(cJSON_GetArraySize(rows), 3);
    const cJSON *first = cJSON_GetArrayItem(rows, 0), *second = cJSON_GetArrayItem(rows, 1);
    cr_expect_str_eq(cJSON_GetObjectItem(first, "loss, |alpha|")->valuestring, "FL \"2\", .25");
    cr_expect(cJSON_GetObjectItem(first, "AP")->valuedouble == 34.04999);
    cr_expect_str_eq(cJSON_GetObjectItem(second, "AP")->valuestring, "diverged at step 212");
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(second, "seconds")));
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 2), "AP")));
    cJSON_Delete(root);
    free(text);
    rn_table_free(&table);
}

Test(table, without_rows_or_title) {
    rn_table table = rn_table_start(NULL, columns + 1, 2);
    char *text = rn_table_render(&table, RN_TABLE_TEXT);
    cr_expect_str_eq(text, "AP  seconds\n--  -------\n");
    free(text);
    text = rn_table_render(&table, RN_TABLE_CSV);
    cr_expect_str_eq(text, "AP,seconds\n");
    free(text);
    rn_table_free(&table);
}

Test(table, numbers_have_a_point_in_every_locale) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bool found = false;
    for (size_t i = 0; i < RN_COUNT(names) && !found; i++) found = setlocale(LC_ALL, names[i]);
    if (!found) cr_skip_test("skipped: no locale with a decimal comma is installed");
    rn_table table = sample();
    for (size_t i = 0; i < RN_COUNT(renderings); i++) {
        char *got = rn_table_render(&table, renderings[i].format);
        cr_expect_str_eq(got, renderings[i].text);
        free(got);
    }
    rn_table_free(&table);
}

Test(table, printed_and_saved_alike) {
    rn_table table = sample();
    folder f = folder_make();
    const char *path = folder_file(&f, "table.csv");
    rn_err err = {""};
    char *saved, *printed = NULL;
    size_t size, printed_size;
    cr_assert_eq(rn_table_save(&table, path, RN_TABLE_CSV, &err), RN_OK, "%s", err.text);
    cr_assert_eq(rn_file_read(&saved, &size, path, 10000, &err), RN_OK, "%s", err.text);
    FILE *stream = open_memstream(&printed, &printed_size);
    rn_table_print(&table, stream, RN_TABLE_CSV);
    fclose(stream);
    cr_expect_str_eq(saved, printed);
    cr_expect_eq(rn_table_save(&table, folder_file(&f, "none/table.csv"), RN_TABLE_CSV, &err),
                 RN_ERROR);
    cr_expect(strstr(err.text, "none/table.csv: cannot write"), "%s", err.text);
    free(saved);
    free(printed);
    folder_remove(&f);
    rn_table_free(&table);
}
