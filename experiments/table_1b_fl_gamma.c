/* Table 1b: the focal loss, gamma by alpha. The paper shows the best alpha of each gamma; here is
 * the whole grid. With gamma 0 it is weighted cross entropy. */
#include "common/figures.h"

#include <math.h>

static const double gammas[] = {0, .1, .2, .5, 1, 2, 5}, alphas[] = {.1, .25, .5, .75, .9};

/* The best alpha of each gamma in the paper: row g of its table. */
static const double paper_alphas[RN_COUNT(gammas)] = {.75, .75, .75, .5, .25, .25, .25};

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    for (size_t g = 0; g < RN_COUNT(gammas); g++)
        for (size_t a = 0; a < RN_COUNT(alphas); a++) {
            char label[48], gamma[16], alpha[16];
            bool paper = alphas[a] == paper_alphas[g];
            bool core =
                paper || gammas[g] == 0 || (gammas[g] >= .5 && alphas[a] >= .25 && alphas[a] <= .5);
            snprintf(label, sizeof label, "gamma %s alpha %s", study_number(gamma, gammas[g]),
                     study_number(alpha, alphas[a]));
            row_outcome *row =
                gammas[g] > 0
                    ? study_add(s, label, core, "loss=focal gamma=%g alpha=%g", gammas[g],
                                alphas[a])
                    : study_add(s, label, core, "loss=alpha-ce gamma=0 alpha=%g", alphas[a]);
            if (paper) study_paper(row, PAPER_TABLE_1B, g);
        }
    return RN_OK;
}

/* ---- the best alpha of a gamma --------------------------------------------------------------- */

static const row_outcome *row_of(const study *s, size_t g, size_t a) {
    return &s->outcome.row[g * RN_COUNT(alphas) + a];
}

static const row_outcome *best_of(const study *s, size_t g) {
    return row_best(row_of(s, g, 0), RN_COUNT(alphas));
}

static void mark_headline(study *s) {
    static const double headline[] = {0, .5, 1, 2, 5};
    for (size_t g = 0; g < RN_COUNT(gammas); g++)
        for (size_t h = 0; h < RN_COUNT(headline); h++)
            if (gammas[g] == headline[h]) study_mark(s, best_of(s, g));
    study_mark(s, outcome_row(&s->outcome, "gamma 2 alpha .25"));
}

/* ---- figures --------------------------------------------------------------------------------- */

static rn_status draw_map(study *s, rn_err *err) {
    rn_table table = map_start();
    const row_outcome *top = outcome_best(&s->outcome, NULL);
    for (size_t g = 0; g < RN_COUNT(gammas); g++)
        for (size_t a = 0; a < RN_COUNT(alphas); a++) {
            char gamma[16], alpha[16];
            const row_outcome *row = row_of(s, g, a), *best = best_of(s, g);
            map_add(&table, study_number(gamma, gammas[g]), study_number(alpha, alphas[a]), row,
                    row == top ? 2 : row == best);
        }
    rn_status status = study_draw(
        s, "heat_map", "heat_map", &table, "AP by gamma and alpha (framed: best on validation)",
        err, "xlabel", "alpha", "ylabel", "gamma", "zlabel", "AP (points)", (char *)NULL);
    rn_table_free(&table);
    return status;
}

static rn_status draw_line(study *s, rn_err *err) {
    rn_table table = lines_start();
    for (size_t g = 0; g < RN_COUNT(gammas); g++) {
        const row_outcome *best = best_of(s, g);
        size_t a = 0;
        while (alphas[a] != paper_alphas[g]) a++;
        if (!best) continue;
        row_outcome row = *best;
        row.paper[METRIC_AP] = row_of(s, g, a)->paper[METRIC_AP];
        lines_add(&table, "best alpha", gammas[g], &row);
    }
    rn_status status =
        study_draw(s, "ap_by_gamma", "lines", &table,
                   "Table 1b: focal loss by gamma, each with its best alpha", err, "xlabel",
                   "gamma", "ylabel", "AP (points)", "x_axis", "even", (char *)NULL);
    rn_table_free(&table);
    return status;
}

static rn_status conclude(study *s, rn_err *err) {
    return draw_map(s, err) == RN_OK ? draw_line(s, err) : RN_ERROR;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "table_1b_fl_gamma",
                      .title = "Table 1b: focal loss, gamma by alpha",
                      .about = "The whole grid, as a table and as a heat map; each gamma with its\n"
                               "best alpha beside the paper's.",
                      .claims = "c09 c10 c11 c12 c13 c14",
                      .add_rows = add_rows,
                      .mark_headline = mark_headline,
                      .conclude = conclude});
}
