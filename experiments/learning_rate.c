/* Each loss at its own best learning rate, the second protocol: the first, one rate for all, is the
 * paper's. The rate is chosen on the validation images. */
#include "common/figures.h"

#include <math.h>

static const struct {
    const char *name, *settings;
} arms[] = {
    {"CE", "loss=ce"},
    {"CE alpha .75", "loss=alpha-ce alpha=0.75"},
    {"CE alpha .9", "loss=alpha-ce alpha=0.9"},
    {"CE alpha .99", "loss=alpha-ce alpha=0.99"},
    {"FL (.5, .5)", "loss=focal gamma=0.5 alpha=0.5"},
    {"FL (1, .25)", "loss=focal gamma=1 alpha=0.25"},
    {"FL (2, .25)", "loss=focal gamma=2 alpha=0.25"},
    {"FL (2, .5)", "loss=focal gamma=2 alpha=0.5"},
    {"FL (5, .25)", "loss=focal gamma=5 alpha=0.25"},
    {"FL* (2, 1)", "loss=fl-star gamma=2 beta=1 alpha=0.25"},
    {"FL* (4, 0)", "loss=fl-star gamma=4 beta=0 alpha=0.25"},
    {"OHEM 128, .7", "loss=ohem ohem-batch=128 ohem-nms=0.7"},
};

enum { FL = 6 }; /* of these */

static const double rates[] = {.003, .01, .02, .03};

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    for (size_t i = 0; i < RN_COUNT(arms); i++)
        for (size_t r = 0; r < RN_COUNT(rates); r++) {
            char label[64], rate[16];
            snprintf(label, sizeof label, "%s, rate %s", arms[i].name,
                     study_number(rate, rates[r]));
            study_add(s, label, false, "%s lr=%g", arms[i].settings, rates[r]);
        }
    return RN_OK;
}

static const row_outcome *row_of(const study *s, size_t arm, size_t rate) {
    return &s->outcome.row[arm * RN_COUNT(rates) + rate];
}

/* NULL where not every rate was tried: that is no choice. All have the first seed, by which it is
 * made. */
static const row_outcome *best_of(const study *s, size_t arm) {
    for (size_t r = 0; r < RN_COUNT(rates); r++)
        if (!row_finished(row_of(s, arm, r))) return NULL;
    return row_best(row_of(s, arm, 0), RN_COUNT(rates));
}

static void mark_headline(study *s) {
    for (size_t i = 0; i < RN_COUNT(arms); i++) study_mark(s, best_of(s, i));
}

static rn_status print_best(study *s, rn_err *err) {
    static const rn_column columns[] = {
        {"loss", RN_COLUMN_TEXT, 0},
        {"best rate", RN_COLUMN_NUMBER, 3},
        {"AP", RN_COLUMN_NUMBER, 1},
        {"sd", RN_COLUMN_NUMBER, 1},
        {"seeds", RN_COLUMN_NUMBER, 0},
        {"AP at .01", RN_COLUMN_NUMBER, 1},
        DIFFERENCE_COLUMNS,
    };
    bool any = false;
    for (size_t i = 0; i < RN_COUNT(arms); i++) any = any || best_of(s, i);
    if (!any) return RN_OK;
    rn_table table =
        rn_table_start("Each loss at its own best rate; difference: FL (2, .25) less it", columns,
                       RN_COUNT(columns));
    for (size_t i = 0; i < RN_COUNT(arms); i++) {
        const row_outcome *best = best_of(s, i);
        rn_table_row(&table);
        rn_table_add_text(&table, arms[i].name);
        if (!best) continue;
        rn_table_add_number(&table, row_setting(best, "lr"));
        rn_table_add_number(&table, row_mean(best, METRIC_AP, false));
        rn_table_add_number(&table, row_spread(best, METRIC_AP));
        rn_table_add_number(&table, (double)row_finished(best));
        rn_table_add_number(&table, row_mean(row_of(s, i, 1), METRIC_AP, false));
        difference_add(&table, i == FL ? NULL : best_of(s, FL), best);
        outcome_set_fact(&s->outcome, row_setting(best, "lr"), "best rate/%s", arms[i].name);
    }
    rn_status status = study_table(s, "best_rate", &table, err);
    rn_table_free(&table);
    return status;
}

static rn_status conclude(study *s, rn_err *err) {
    rn_table table = multiples_start();
    for (size_t i = 0; i < RN_COUNT(arms); i++)
        for (size_t r = 0; r < RN_COUNT(rates); r++)
            if (row_finished(row_of(s, i, r)))
                multiples_add(&table, arms[i].name, rates[r], row_of(s, i, r),
                              row_of(s, i, r) == best_of(s, i));
    rn_status status = RN_OK;
    if (table.num_rows)
        status = study_draw(s, "ap_by_rate", "multiples", &table, s->outcome.title, err, "xlabel",
                            "learning rate", "ylabel", "AP (points)", "log_x", "1", (char *)NULL);
    rn_table_free(&table);
    return status == RN_OK ? print_best(s, err) : status;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "learning_rate",
                      .title = "Learning rates: each loss at its own best",
                      .about = "A dozen losses at four rates with one seed; then each at the rate\n"
                               "that is best on the validation images, with all seeds.",
                      .choose_first = true,
                      .add_rows = add_rows,
                      .mark_headline = mark_headline,
                      .conclude = conclude});
}
