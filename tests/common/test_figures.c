#include "common/figures.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void set(row_outcome *row, int seed, run_state state, double ap) {
    run_outcome *run = outcome_add_run(row, seed);
    run->state = state;
    run->test[METRIC_AP] = ap;
}

/* Two rows: a has the seeds 0 1 2 3, b has 0 1 (diverged) 2 (missing) 4. */
static void make(outcome *o) {
    row_outcome *a = outcome_add_row(o, "a", "", NAN);
    for (int seed = 0; seed < 4; seed++) set(a, seed, RUN_DONE, 10 + 2 * seed);
    row_outcome *b = outcome_add_row(o, "b", "", NAN);
    set(b, 0, RUN_DONE, 7);
    set(b, 1, RUN_DIVERGED, NAN);
    set(b, 2, RUN_MISSING, NAN);
    set(b, 4, RUN_DONE, 50);
}

static const rn_column columns[] = {DIFFERENCE_COLUMNS};
enum { COLUMNS = RN_COUNT(columns) };

/* The line of cells, as CSV. */
static const char *difference(char out[512], const row_outcome *a, const row_outcome *b) {
    rn_table table = rn_table_start(NULL, columns, COLUMNS);
    rn_table_row(&table);
    difference_add(&table, a, b);
    FILE *stream = fmemopen(out, 512, "w");
    cr_assert(stream);
    rn_table_print(&table, stream, RN_TABLE_CSV);
    fclose(stream);
    rn_table_free(&table);
    const char *line = strchr(out, '\n');
    cr_assert(line, "%s", out);
    return line + 1;
}

/* 10 - 7 and 12 - 0: mean 7.5, and t(1) sd / sqrt(2) = 12.706 * 4.5 around it. */
Test(figures, differences_are_paired_by_seed) {
    outcome o = {0};
    make(&o);
    char text[512];
    double value[COLUMNS];
    const char *line = difference(text, &o.row[0], &o.row[1]);
    cr_assert(sscanf(line, "%lf,%lf,%lf,%lf", &value[0], &value[1], &value[2], &value[3]) ==
                  COLUMNS,
              "%s", text);
    cr_expect(fabs(value[0] - 7.5) <= .05, "%g", value[0]);
    cr_expect(fabs(value[1] - (7.5 - 12.706 * 4.5)) <= .06, "%g", value[1]);
    cr_expect(fabs(value[2] - (7.5 + 12.706 * 4.5)) <= .06, "%g", value[2]);
    cr_expect_eq(value[3], 2);
    outcome_free(&o);
}

Test(figures, a_difference_of_nothing_is_missing) {
    outcome o = {0};
    make(&o);
    const row_outcome *pairs[][2] = {{NULL, &o.row[0]}, {&o.row[0], NULL}, {NULL, NULL}};
    for (size_t i = 0; i < RN_COUNT(pairs); i++) {
        char text[512];
        double value;
        const char *line = difference(text, pairs[i][0], pairs[i][1]);
        cr_expect(sscanf(line, "%lf", &value) != 1, "%s", text);
    }
    outcome_free(&o);
}
