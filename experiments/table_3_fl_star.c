/* Table 3 and figure 7: FL*, cross entropy of a scaled and shifted logit (appendix A). The figure
 * shows 17 settings, those of AP above 33.5 as effective. */
#include "common/figures.h"

#include <math.h>

static size_t pairs(void) { return paper_table_of(PAPER_FIGURE_7)->num_rows; }

static double pair(size_t i, const char *column) { return paper_value(PAPER_FIGURE_7, i, column); }

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    study_paper(study_add(s, "FL", true, "loss=focal gamma=2 alpha=0.25"), PAPER_TABLE_3, 1);
    for (size_t i = 0; i < pairs(); i++) {
        char label[48], gamma_text[16], beta_text[16];
        double gamma = pair(i, "gamma"), beta = pair(i, "beta");
        bool table_3 = (gamma == 2 && beta == 1) || (gamma == 4 && beta == 0);
        snprintf(label, sizeof label, "FL* (%s, %s)", study_number(gamma_text, gamma),
                 study_number(beta_text, beta));
        row_outcome *row =
            study_add(s, label, table_3, "loss=fl-star gamma=%g beta=%g alpha=0.25", gamma, beta);
        if (table_3) study_paper(row, PAPER_TABLE_3, beta == 1 ? 2 : 3);
    }
    return RN_OK;
}

static void mark_headline(study *s) {
    static const char *const labels[] = {"FL", "FL* (2, 1)", "FL* (4, 0)"};
    for (size_t i = 0; i < RN_COUNT(labels); i++)
        study_mark(s, outcome_row(&s->outcome, labels[i]));
}

/* Effective: within half a point of FL, as 33.5 is of 34.0; the paper's mark is AP 33.5. */
static const double NEARLY = .5;

static rn_status draw_plane(study *s, rn_err *err) {
    static const rn_column columns[] = {
        {"gamma", RN_COLUMN_NUMBER, 1},          {"beta", RN_COLUMN_NUMBER, 1},
        {"ours", RN_COLUMN_NUMBER, 2},           {"effective", RN_COLUMN_NUMBER, 0},
        {"ours effective", RN_COLUMN_NUMBER, 0},
    };
    char threshold[64];
    double fl = row_mean(&s->outcome.row[0], METRIC_AP, false);
    snprintf(threshold, sizeof threshold, "AP above %.1f", fl - NEARLY);
    rn_table table = rn_table_start(NULL, columns, RN_COUNT(columns));
    for (size_t i = 0; i < pairs(); i++) {
        const row_outcome *row = &s->outcome.row[i + 1];
        double ap = row_mean(row, METRIC_AP, false);
        size_t finished = row_finished(row);
        rn_table_row(&table);
        rn_table_add_number(&table, pair(i, "gamma"));
        rn_table_add_number(&table, pair(i, "beta"));
        if (finished && row_diverged(row) == finished)
            rn_table_add_diverged(&table, row->run[0].diverged_at);
        else
            rn_table_add_number(&table, ap);
        rn_table_add_number(&table, pair(i, "effective"));
        rn_table_add_number(&table, finished && isfinite(fl) ? ap > fl - NEARLY : NAN);
    }
    rn_status status =
        study_draw(s, "fig_7", "fl_star_plane", &table, "Figure 7: which settings of FL* work", err,
                   "threshold", threshold, (char *)NULL);
    rn_table_free(&table);
    return status;
}

static rn_status conclude(study *s, rn_err *err) {
    rn_table table = arms_start();
    for (size_t i = 0; i < s->outcome.num_rows; i++)
        arms_add(&table,
                 i == 0                         ? "focal loss"
                 : pair(i - 1, "effective") > 0 ? "FL*, effective in the paper"
                                                : "FL*, not effective in the paper",
                 s->outcome.row[i].label, &s->outcome.row[i]);
    rn_status status = study_draw(s, "ap_by_pair", "arms", &table, s->outcome.title, err, "xlabel",
                                  "AP (points)", "reference", "FL", (char *)NULL);
    rn_table_free(&table);
    return status == RN_OK ? draw_plane(s, err) : status;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "table_3_fl_star",
                      .title = "Table 3 and figure 7: FL*",
                      .about = "FL* is cross entropy of gamma x_t + beta, divided by gamma.",
                      .claims = "c23 c24",
                      .add_rows = add_rows,
                      .mark_headline = mark_headline,
                      .conclude = conclude});
}
