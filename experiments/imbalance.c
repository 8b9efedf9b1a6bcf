/* How the losses compare while only the imbalance varies. Nobody has published this curve.
 *
 * Downward a fixed random share of the negatives counts; upward the same objects lie on a larger
 * canvas. Both leave iterations, batch and positives of a run as they are. Weighted cross entropy
 * has the alpha that is best on the validation images at each imbalance. */
#include "common/figures.h"

#include <math.h>

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

/* The better alpha on the validation images. */
static const row_outcome *best_weighted(const study *s, size_t level) {
    const row_outcome *a = row_of(s, level, 2), *b = row_of(s, level, 3);
    if (!row_finished(b)) return a;
    return row_mean(b, METRIC_AP, true) > row_mean(a, METRIC_AP, true) ? b : a;
}

static rn_status conclude(study *s, rn_err *err) {
    static const char *const curves[] = {"FL (2, .25)", "CE", "CE, best alpha", "OHEM"};
    static const size_t loss_of[] = {0, 1, 2, 4};
    double negatives[RN_COUNT(levels)];
    rn_table table = lines_start();
    for (size_t i = 0; i < RN_COUNT(levels); i++) {
        negatives[i] = NAN;
        if (!row_of(s, i, 0)) continue;
        if (study_negatives(&negatives[i], s, row_of(s, i, 0), err) != RN_OK) return RN_ERROR;
        outcome_set_fact(&s->outcome, negatives[i], "negatives a positive/%s", levels[i].name);
    }
    for (size_t c = 0; c < RN_COUNT(curves); c++)
        for (size_t i = 0; i < RN_COUNT(levels); i++) {
            const row_outcome *row = row_of(s, i, loss_of[c]);
            if (row && loss_of[c] == 2) row = best_weighted(s, i);
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
