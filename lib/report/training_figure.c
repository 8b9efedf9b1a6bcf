#include "report/training_figure.h"
#include "base/check.h"
#include "base/text.h"
#include "base/vec.h"
#include "report/figure.h"
#include "report/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MOST = 16, STEPS_SIZE = STEPS_MOST * 32 };

/* Where the learning rate went down, as gnuplot's words. */
typedef struct steps {
    char iterations[STEPS_SIZE], rates[STEPS_SIZE];
} steps;

static void append_word(char text[STEPS_SIZE], double value) {
    char word[32];
    size_t used = strlen(text);
    snprintf(text + used, STEPS_SIZE - used, "%s%s", used ? " " : "",
             rn_text_from_double(word, sizeof word, value, 6));
}

static steps find_steps(const rn_training_point *point, size_t n) {
    steps found = {"", ""};
    double before = NAN;
    for (size_t i = 0, count = 0; i < n && count < STEPS_MOST; i++) {
        if (point[i].rate < 0.7 * before) {
            append_word(found.iterations, (double)point[i].iteration);
            append_word(found.rates, point[i].rate);
            count++;
        }
        if (isfinite(point[i].rate)) before = point[i].rate;
    }
    return found;
}

static rn_table make_table(const rn_training_point *point, size_t n, size_t window) {
    const rn_column columns[] = {{"iteration", RN_COLUMN_NUMBER, 0},
                                 {"loss", RN_COLUMN_NUMBER, 6},
                                 {"mean", RN_COLUMN_NUMBER, 6},
                                 {"AP", RN_COLUMN_NUMBER, 4}};
    rn_table table = rn_table_start(NULL, columns, 4);
    double *loss = rn_vec_zeros(n, sizeof *loss), *smooth = rn_vec_zeros(n, sizeof *smooth);
    for (size_t i = 0; i < n; i++) loss[i] = point[i].loss > 0 ? point[i].loss : NAN;
    rn_stats_running_mean(smooth, loss, n, window);
    for (size_t i = 0; i < n; i++) {
        rn_table_row(&table);
        rn_table_add_number(&table, (double)point[i].iteration);
        rn_table_add_number(&table, loss[i]);
        rn_table_add_number(&table, smooth[i]);
        rn_table_add_number(&table, point[i].ap);
    }
    free(loss);
    free(smooth);
    return table;
}

rn_status rn_training_figure_save(const char *path, const char *title,
                                  const rn_training_point *point, size_t n, rn_err *err) {
    RN_CHECK(n > 0, "a figure of no points");
    bool validated = false;
    for (size_t i = 0; i < n; i++) validated |= isfinite(point[i].ap);
    size_t window = n / 50 > 1 ? n / 50 : 1;
    char words[32];
    steps found = find_steps(point, n);
    snprintf(words, sizeof words, "%zu", window);
    const rn_figure_variable variables[] = {{"title", title},
                                            {"window", words},
                                            {"steps", found.iterations},
                                            {"rates", found.rates},
                                            {"validation", validated ? "1" : "0"}};
    rn_table table = make_table(point, n, window);
    rn_status status = rn_figure_save(path, "training", &table, variables, 5, err);
    rn_table_free(&table);
    return status;
}
