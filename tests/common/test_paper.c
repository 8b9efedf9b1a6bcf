/* The paper's numbers in the programs against the facts of the paper, where those are present. */
#include "common/paper.h"
#include "common/paper_data.h"
#include "base/json.h"
#include "base/real.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *member(const cJSON *item, const char *path, const char *separator) {
    char text[256];
    snprintf(text, sizeof text, "%s", path);
    for (char *name = strtok(text, separator); name; name = strtok(NULL, separator))
        item = cJSON_GetObjectItemCaseSensitive(item, name);
    return item;
}

static cJSON *facts(void) {
    const char *data = getenv("RN_DATA");
    if (!data) cr_skip_test("skipped: RN_DATA is not set");
    char path[1024];
    snprintf(path, sizeof path, "%s/../paper/focal_loss.json", data);
    FILE *file = fopen(path, "r");
    if (!file) cr_skip_test("skipped: no %s", path);
    fclose(file);
    cJSON *root;
    rn_err err = {""};
    cr_assert_eq(rn_json_load(&root, path, &err), RN_OK, "%s", err.text);
    return root;
}

static double number_of(const cJSON *item) {
    if (cJSON_IsBool(item)) return cJSON_IsTrue(item);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static void expect_same_row(const paper_table *table, size_t at, const cJSON *row) {
    cr_assert_eq(cJSON_GetArraySize(row), table->num_texts + table->num_numbers);
    for (int i = 0; i < table->num_texts; i++)
        cr_expect_str_eq(table->row[at].text[i], cJSON_GetArrayItem(row, i)->valuestring);
    for (int i = 0; i < table->num_numbers; i++) {
        const cJSON *want = cJSON_GetArrayItem(row, table->num_texts + i);
        double got = table->row[at].number[i];
        cr_expect(cJSON_IsNull(want) ? isnan(got) : got == number_of(want), "%s row %zu %s: %g",
                  table->key, at, table->column[table->num_texts + i], got);
    }
}

/* The columns stand in the table, or, for the parts of figure 4, beside them. */
static const cJSON *columns_of(const cJSON *root, const paper_table *table) {
    const cJSON *own = member(member(root, table->key, "/"), "columns", "/");
    if (own) return own;
    return member(root,
                  strstr(table->key, "hardest") ? "figures/figure_4/hardest_share_columns"
                                                : "figures/figure_4/columns",
                  "/");
}

Test(paper, tables_and_figures_are_those_of_the_facts) {
    cJSON *root = facts();
    for (int id = 0; id < PAPER_TABLES; id++) {
        const paper_table *table = paper_table_of((paper_table_id)id);
        const cJSON *rows = member(root, table->key, "/"), *columns = columns_of(root, table);
        if (cJSON_IsObject(rows)) rows = member(rows, "rows", "/");
        cr_assert_eq(cJSON_GetArraySize(columns), table->num_texts + table->num_numbers);
        for (int i = 0; i < cJSON_GetArraySize(columns); i++)
            cr_expect_str_eq(table->column[i], cJSON_GetArrayItem(columns, i)->valuestring);
        cr_assert_eq((size_t)cJSON_GetArraySize(rows), table->num_rows, "%s", table->key);
        for (size_t r = 0; r < table->num_rows; r++)
            expect_same_row(table, r, cJSON_GetArrayItem(rows, (int)r));
    }
    cJSON_Delete(root);
}

/* How many numbers there are below `item`, every one of them being in our list as PATH.NAME. */
static size_t expect_numbers(const cJSON *item, const char *path) {
    if (cJSON_IsNumber(item)) {
        cr_expect_eq(paper_number(path), item->valuedouble, "%s: %g", path, paper_number(path));
        return 1;
    }
    size_t count = 0, index = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, item) {
        char below[256];
        if (child->string)
            snprintf(below, sizeof below, "%s.%s", path, child->string);
        else
            snprintf(below, sizeof below, "%s.%zu", path, index++);
        count += expect_numbers(child, below);
    }
    return count;
}

Test(paper, single_numbers_are_those_of_the_facts_and_no_others) {
    static const char *const of_figure_4[] = {"max_vertical_gap", "gini",
                                              "hardest_fraction_holding_half_the_loss"};
    cJSON *root = facts();
    const cJSON *claim;
    size_t count = 0;
    cJSON_ArrayForEach(claim, member(root, "claims", "/")) {
        count += expect_numbers(member(claim, "paper_values", "/"),
                                member(claim, "id", "/")->valuestring);
    }
    for (size_t i = 0; i < RN_COUNT(of_figure_4); i++) {
        char path[128];
        snprintf(path, sizeof path, "figure_4.%s", of_figure_4[i]);
        count += expect_numbers(member(member(root, "figures/figure_4", "/"), of_figure_4[i], "/"),
                                path);
    }
    cr_expect_eq(count, paper_num_singles);
    cJSON_Delete(root);
}

Test(paper, numbers_are_found_by_what_they_are_of) {
    cr_expect_eq(paper_find(PAPER_TABLE_1A, NULL, .75, NAN, "ap"), 31.1);
    cr_expect_eq(paper_find(PAPER_TABLE_1B, NULL, 2, .25, "ap50"), 52.5);
    cr_expect(isnan(paper_find(PAPER_TABLE_1B, NULL, 2, .5, "ap")));
    cr_expect_eq(paper_find(PAPER_TABLE_1D, "ohem_1_3", 512, .5, "ap"), 24);
    cr_expect_eq(paper_find(PAPER_TABLE_1D, "fl", NAN, NAN, "ap"), 36);
    cr_expect(isnan(paper_find(PAPER_TABLE_1D, "hinge", NAN, NAN, "ap")));
    cr_expect_eq(paper_find(PAPER_TABLE_1E, NULL, 101, 800, "time_ms"), 198);
    cr_expect_eq(paper_find(PAPER_FIGURE_7, NULL, 4, -4, "effective"), 0);
    cr_expect_eq(paper_value(PAPER_FIGURE_4_NEGATIVES_TOP, 2, "gamma_2"), .974);
    cr_expect_eq(paper_number("c09.gain"), 2.9);
}

/* What the claims say of the tables follows from the tables. */
Test(paper, single_numbers_agree_with_the_tables) {
    double fl = paper_find(PAPER_TABLE_1B, NULL, 2, .25, "ap");
    double ce = paper_find(PAPER_TABLE_1A, NULL, .75, NAN, "ap");
    cr_expect(fabs(fl - ce - paper_number("c09.gain")) < 1e-9);
    double ohem = paper_find(PAPER_TABLE_1D, "ohem", 128, .5, "ap");
    double fl_101 = paper_find(PAPER_TABLE_1D, "fl", NAN, NAN, "ap");
    cr_expect(fabs(fl_101 - ohem - paper_number("c19.gain")) < 1e-9);
    double small = paper_find(PAPER_TABLE_1E, NULL, 50, 400, "ap");
    double large = paper_find(PAPER_TABLE_1E, NULL, 50, 800, "ap");
    cr_expect(fabs(large - small - paper_number("c28.r50_400_to_800")) < 1e-9);
}
