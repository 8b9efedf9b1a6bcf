/* Table 1a: cross entropy, its sides weighted by alpha and 1 - alpha (sec. 3.1, 5.1).
 *
 * Cross entropy without alpha is a row of its own: with alpha .5 the loss is half as large. So is
 * alpha from the class frequencies, which sec. 3.1 mentions and the table leaves out. */
#include "common/figures.h"

#include <math.h>

static const double alphas[] = {.1, .25, .5, .75, .9, .99, .999};

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    study_add(s, "CE", true, "loss=ce");
    for (size_t i = 0; i < RN_COUNT(alphas); i++) {
        char label[32], number[16];
        snprintf(label, sizeof label, "alpha %s", study_number(number, alphas[i]));
        study_paper(study_add(s, label, true, "loss=alpha-ce alpha=%g", alphas[i]), PAPER_TABLE_1A,
                    i);
    }
    study_add(s, "alpha auto", true, "loss=alpha-ce alpha=auto");
    return RN_OK;
}

/* What the claims mean by cross entropy at its best alpha. */
static bool has_number(const row_outcome *row) { return isfinite(row_setting(row, "alpha")); }

static void mark_headline(study *s) {
    study_mark(s, outcome_row(&s->outcome, "CE"));
    study_mark(s, outcome_best(&s->outcome, has_number));
}

static rn_status conclude(study *s, rn_err *err) {
    rn_table table = lines_start();
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        double alpha = row_setting(row, "alpha");
        lines_add(&table, isnan(alpha) ? row->label : "weighted CE", alpha, row);
    }
    rn_status status = study_draw(s, "ap_by_alpha", "lines", &table, s->outcome.title, err,
                                  "xlabel", "alpha, the weight of positives", "ylabel",
                                  "AP (points)", "x_axis", "logit", (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(argc, argv,
                           &(experiment){.name = "table_1a_ce_alpha",
                                         .title = "Table 1a: weighted cross entropy",
                                         .about = "Positives weigh alpha, negatives 1 - alpha.",
                                         .claims = "c06 c07 c08",
                                         .add_rows = add_rows,
                                         .mark_headline = mark_headline,
                                         .conclude = conclude});
}
