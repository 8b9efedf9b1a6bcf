/* How the losses compare while only the imbalance varies. Nobody has published this curve.
 *
 * Downward a fixed random share of the negatives counts; upward the same objects lie on a larger
 * canvas. Both leave iterations, batch and positives of a run as they are. Weighted cross entropy
 * has the alpha that is best on the validation images at each imbalance. */
#include "common/figures.h"
#include "common/log.h"

#include <math.h>
#include <stdlib.h>

static const struct {
    const char *name, *settings;
    bool core;
} losses[] = {
    {"FL", "loss=focal gamma=2 alpha=0.25", true},
    {"CE", "loss=ce", true},
    {"CE alpha .75", "loss=alpha-ce alpha=0.75", true},
    {"CE alpha .9", "loss=alpha-ce alpha=0.9", false},
    {"OHEM", "loss=ohem ohem-batch=128 ohem-nms=0.7", true},
};

/* What makes the imbalance: about 1:30, 1:100, 1:300, the set's own 1:715, 1:1120 and 1:1890. */
static const struct {
    const char *name, *settings;
    bool core;
} levels[] = {
    {"4% of the negatives", "keep-negatives=0.042", true},
    {"14% of the negatives", "keep-negatives=0.14", false},
    {"42% of the negatives", "keep-negatives=0.42", false},
    {"all negatives", "keep-negatives=1", true},
    {"canvas 320", "data=scenes:side=320 size=320 max-size=320", false},
    {"canvas 416", "data=scenes:side=416 size=416 max-size=416", true},
};

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    for (size_t i = 0; i < RN_COUNT(levels); i++)
        for (size_t l = 0; l < RN_COUNT(losses); l++) {
            char label[64];
            snprintf(label, sizeof label, "%s, %s", losses[l].name, levels[i].name);
            study_add(s, label, losses[l].core && levels[i].core, "%s %s", losses[l].settings,
                      levels[i].settings);
        }
    return RN_OK;
}

/* The rows of a level follow one another; where the data set is not rendered the last two levels
 * are missing. */
static const row_outcome *row_of(const study *s, size_t level, size_t loss) {
    size_t index = level * RN_COUNT(losses) + loss;
    return index < s->outcome.num_rows ? &s->outcome.row[index] : NULL;
}

/* The better of the two alphas. */
static const row_outcome *best_weighted(const study *s, size_t level) {
    return row_best(row_of(s, level, 2), 2);
}

/* Positive anchors that the row's first run has seen, from its log; NAN where there is none. */
static double count_positives(const study *s, const row_outcome *row) {
    size_t steps = (size_t)s->base.train.iterations;
    char folder[RN_PATH_SIZE];
    if (!row->num_runs || row->run[0].state != RUN_DONE) return NAN;
    double *seen = rn_vec_zeros(steps + 1, sizeof *seen);
    log_read(seen, steps, study_run_folder(folder, s, &row->run[0]), "positives");
    double positives = rn_stats_mean(seen, steps) * (double)steps;
    free(seen);
    return positives;
}

/* What varies, and what stays. */
static rn_status count_anchors(double *negatives, study *s, rn_err *err) {
    static const rn_column columns[] = {{"imbalance", RN_COLUMN_TEXT, 0},
                                        {"negatives a positive", RN_COLUMN_NUMBER, 0},
                                        {"positives a run", RN_COLUMN_NUMBER, 0}};
    rn_table table = rn_table_start("Anchors by level of imbalance", columns, RN_COUNT(columns));
    rn_status status = RN_OK;
    for (size_t i = 0; i < RN_COUNT(levels) && status == RN_OK; i++) {
        const row_outcome *row = row_of(s, i, 0);
        negatives[i] = NAN;
        if (!row) continue;
        status = study_negatives(&negatives[i], s, row, err);
        if (status != RN_OK) break;
        double positives = count_positives(s, row);
        outcome_set_fact(&s->outcome, negatives[i], "negatives a positive/%s", levels[i].name);
        outcome_set_fact(&s->outcome, positives, "positives a run/%s", levels[i].name);
        rn_table_row(&table);
        rn_table_add_text(&table, levels[i].name);
        rn_table_add_number(&table, negatives[i]);
        rn_table_add_number(&table, positives);
    }
    if (status == RN_OK) status = study_table(s, "anchors", &table, err);
    rn_table_free(&table);
    return status;
}

/* A curve is a loss, or the better of two. */
static const char *const curves[] = {"FL (2, .25)", "CE", "CE, best alpha", "OHEM"};

static const row_outcome *curve_row(const study *s, size_t level, size_t curve) {
    static const size_t loss_of[] = {0, 1, 2, 4};
    if (!row_of(s, level, 0)) return NULL;
    return loss_of[curve] == 2 ? best_weighted(s, level) : row_of(s, level, loss_of[curve]);
}

/* The focal loss less each of the others, seed by seed. */
static rn_status show_differences(const study *s, rn_err *err) {
    static const rn_column columns[] = {{"imbalance", RN_COLUMN_TEXT, 0},
                                        {"FL (2, .25) less", RN_COLUMN_TEXT, 0},
                                        DIFFERENCE_COLUMNS};
    rn_table table = rn_table_start("The focal loss less the others", columns, RN_COUNT(columns));
    for (size_t i = 0; i < RN_COUNT(levels); i++)
        for (size_t c = 1; c < RN_COUNT(curves); c++) {
            const row_outcome *fl = curve_row(s, i, 0), *other = curve_row(s, i, c);
            if (!fl || !other || !row_finished(fl) || !row_finished(other)) continue;
            rn_table_row(&table);
            rn_table_add_text(&table, levels[i].name);
            rn_table_add_text(&table, other->label);
            difference_add(&table, fl, other);
        }
    rn_status status = table.num_rows ? study_table(s, "differences", &table, err) : RN_OK;
    rn_table_free(&table);
    return status;
}

static rn_status conclude(study *s, rn_err *err) {
    double negatives[RN_COUNT(levels)];
    if (count_anchors(negatives, s, err) != RN_OK || show_differences(s, err) != RN_OK)
        return RN_ERROR;
    rn_table table = lines_start();
    for (size_t c = 0; c < RN_COUNT(curves); c++)
        for (size_t i = 0; i < RN_COUNT(levels); i++) {
            const row_outcome *row = curve_row(s, i, c);
            if (row && row_finished(row)) lines_add(&table, curves[c], negatives[i], row);
        }
    rn_status status = RN_OK;
    if (table.num_rows)
        status = study_draw(s, "ap_by_imbalance", "lines", &table, s->outcome.title, err, "xlabel",
                            "negative anchors a positive", "ylabel", "AP (points)", "x_axis", "log",
                            (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "imbalance",
                      .title = "Imbalance: the losses while only it varies",
                      .about =
                          "A random share of the negatives is ignored, or the canvas is larger\n"
                          "around the same objects; positives and iterations stay.",
                      .add_rows = add_rows,
                      .conclude = conclude});
}
