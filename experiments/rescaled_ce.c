/* Cross entropy whose classification loss weighs more or less beside the box loss: alpha and gamma
 * change that balance too, and this is the control for it. The weight that brings the
 * gradient of cross entropy, averaged over the first twentieth of training, to that of the focal
 * loss is printed: the curve is to be read there, too. */
#include "common/figures.h"
#include "common/log.h"

#include <math.h>
#include <stdlib.h>

static const double weights[] = {.1, .2, .5, 1, 2, 5};

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    for (size_t i = 0; i < RN_COUNT(weights); i++) {
        char label[32], number[16];
        snprintf(label, sizeof label, "CE, weight %s", study_number(number, weights[i]));
        study_add(s, label, true, "loss=ce class-weight=%g", weights[i]);
    }
    study_add(s, "FL", true, "loss=focal gamma=2 alpha=0.25");
    return RN_OK;
}

/* Mean norm of the classification loss's gradient over the first twentieth of the iterations, of
 * seed 0; NAN where that run is not there. */
static double early_gradient(const study *s, const row_outcome *row) {
    const run_outcome *run = row_run(row, 0);
    char folder[RN_PATH_SIZE];
    size_t steps = (size_t)s->base.train.iterations / 20 + 1;
    if (!run || run->state == RUN_MISSING) return NAN;
    double *norm = rn_vec_zeros(steps, sizeof *norm);
    log_read(norm, steps, study_run_folder(folder, s, run), "class_gradient");
    double mean = rn_stats_mean(norm, steps);
    free(norm);
    return mean;
}

/* The weight at which both have the same early gradient. */
static void match_gradients(study *s) {
    double ce = early_gradient(s, outcome_row(&s->outcome, "CE, weight 1"));
    double fl = early_gradient(s, outcome_row(&s->outcome, "FL"));
    outcome_set_fact(&s->outcome, fl / ce, "weight of equal gradients");
    if (isfinite(fl / ce))
        printf(
            "\nAt weight %.3f cross entropy's early gradient has the norm of the focal loss's.\n",
            fl / ce);
}

/* Does the focal loss still win? */
static rn_status show_differences(const study *s, rn_err *err) {
    static const rn_column columns[] = {
        {"FL (2, .25) less", RN_COLUMN_TEXT, 0}, DIFFERENCE_COLUMNS, {"chosen", RN_COLUMN_TEXT, 0}};
    rn_table table =
        rn_table_start("The focal loss less rescaled cross entropy", columns, RN_COUNT(columns));
    const row_outcome *fl = outcome_row(&s->outcome, "FL");
    const row_outcome *best = row_best(s->outcome.row, RN_COUNT(weights));
    for (size_t i = 0; i < RN_COUNT(weights); i++) {
        const row_outcome *row = &s->outcome.row[i];
        if (!row_finished(fl) || !row_finished(row)) continue;
        rn_table_row(&table);
        rn_table_add_text(&table, row->label);
        difference_add(&table, fl, row);
        rn_table_add_text(&table, row == best ? "best on validation" : "");
    }
    rn_status status = table.num_rows ? study_table(s, "differences", &table, err) : RN_OK;
    rn_table_free(&table);
    return status;
}

static rn_status conclude(study *s, rn_err *err) {
    match_gradients(s);
    if (show_differences(s, err) != RN_OK) return RN_ERROR;
    rn_table table = lines_start();
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        bool focal = i == RN_COUNT(weights);
        if (row_finished(row))
            lines_add(&table, focal ? "FL (2, .25)" : "CE", focal ? NAN : weights[i], row);
    }
    rn_status status = RN_OK;
    if (table.num_rows)
        status = study_draw(s, "ap_by_weight", "lines", &table, s->outcome.title, err, "xlabel",
                            "weight of the classification loss", "ylabel", "AP (points)", "x_axis",
                            "log", (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "rescaled_ce",
                      .title = "Rescaled cross entropy against the focal loss",
                      .about =
                          "Does the focal loss win because its loss is smaller beside the box\n"
                          "loss? Cross entropy with the prior, weighted from .1 to 5.",
                      .add_rows = add_rows,
                      .conclude = conclude});
}
