/* The prior (sec. 3.3, 4.1): the last layer's bias is set so that every anchor starts with the
 * probability pi of being an object. pi .5 is the usual bias of 0. */
#include "common/figures.h"
#include "common/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *settings;
} losses[] = {{"ce", "loss=ce"}, {"fl", "loss=focal gamma=2 alpha=0.25"}};

static rn_status add_rows(study *s, rn_err *err) {
    static const double pis[] = {.5, .1, .03, .01, .003, .001};
    (void)err;
    for (size_t l = 0; l < RN_COUNT(losses); l++)
        for (size_t i = 0; i < RN_COUNT(pis); i++) {
            char label[48], pi[16];
            snprintf(label, sizeof label, "%s pi %s", losses[l].name, study_number(pi, pis[i]));
            study_add(s, label, pis[i] == .5 || pis[i] == .01, "%s prior=%g", losses[l].settings,
                      pis[i]);
        }
    for (size_t l = 0; l < RN_COUNT(losses); l++)
        for (int i = 0; i < 2; i++) { /* warm-up can hide that training diverges */
            char label[48];
            snprintf(label, sizeof label, "%s pi %s, no warm-up", losses[l].name, i ? ".01" : ".5");
            study_add(s, label, true, "%s prior=%s warmup=0", losses[l].settings,
                      i ? "0.01" : "0.5");
        }
    return RN_OK;
}

/* ---- the first steps ------------------------------------------------------------------------- */

/* Sum of the loss over all negatives of a batch, not normalised. */
static double negative_loss(const rn_detector *detector, const rn_batch *batch,
                            const rn_outputs *out, rn_arena *arena) {
    const rn_retinanet *net = &detector->net;
    const rn_model_config *m = &net->config;
    rn_loss_options options = {.gamma = (rn_float)m->gamma, .alpha = (rn_float)m->alpha};
    rn_assign assign = rn_retinanet_assign(m);
    const rn_box *anchor = rn_retinanet_anchors(net, out, arena);
    size_t anchors = out->first[out->levels], columns = (size_t)net->columns;
    int *label = rn_arena_alloc(arena, anchors * sizeof *label);
    int *match = rn_arena_alloc(arena, anchors * sizeof *match);
    float *iou = rn_arena_alloc(arena, anchors * sizeof *iou);
    double sum = 0;
    for (int i = 0; i < batch->n; i++) {
        int first = batch->first[i];
        rn_assign_anchors(label, match, iou, anchor, anchors, batch->box + first,
                          batch->label + first, batch->first[i + 1] - first, &assign);
        for (size_t a = 0; a < anchors; a++)
            if (label[a] >= 0) label[a] = RN_IGNORE;
        for (int l = 0; l < out->levels; l++) {
            size_t n = out->first[l + 1] - out->first[l];
            sum += net->loss->compute(NULL, out->logit[l]->value + (size_t)i * n * columns,
                                      label + out->first[l], n, net->columns, &options, 1);
        }
    }
    return sum;
}

/* The same of the first batch that a run sees, before its first step. */
static rn_status first_negative_loss(double *sum, const char *folder, rn_err *err) {
    rn_detector detector = {0};
    rn_dataset train = {0};
    rn_arena arena = {0};
    rn_loader *loader = NULL;
    const rn_batch *batch;
    rn_status status = run_start(&detector, &train, folder, err);
    rn_loader_options options = rn_train_loader_options(&detector.config.train);
    if (status == RN_OK) status = rn_loader_start(&loader, &train, &options, 0, err);
    if (status == RN_OK) status = rn_loader_next(&batch, loader, err);
    if (status == RN_OK) {
        rn_tape tape = {.arena = &arena, .training = true};
        rn_tensor input = {
            .n = batch->n, .h = batch->h, .w = batch->w, .c = 3, .value = batch->pixel};
        rn_outputs out;
        rn_retinanet_forward(&out, &tape, &detector.net, &input);
        *sum = negative_loss(&detector, batch, &out, &arena);
    }
    rn_loader_stop(loader);
    rn_arena_free(&arena);
    rn_dataset_free(&train);
    rn_detector_free(&detector);
    return status;
}

/* The largest loss of the first twentieth over the mean of the ten steps around its end; NAN for a
 * run that diverged by then. */
static double peak_over_mark(const double *loss, size_t steps) {
    size_t mark = steps / 20 ? steps / 20 : 1, around = mark < 5 ? mark : 5;
    double peak = 0, mean = 0;
    for (size_t i = 0; i < mark; i++) peak = fmax(peak, loss[i]);
    for (size_t i = mark - around; i < mark + around && i < steps; i++)
        mean += loss[i] / (double)((mark + around < steps ? mark + around : steps) - mark + around);
    return peak / mean;
}

/* NAN where the run's first weights or its log cannot be read. */
static void add_facts(study *s, const row_outcome *row, const run_outcome *run) {
    char folder[RN_PATH_SIZE];
    rn_err err;
    size_t steps = (size_t)s->base.train.iterations;
    double sum = NAN, *loss = rn_vec_zeros(steps, sizeof *loss);
    study_run_folder(folder, s, run);
    log_read(loss, steps, folder, "loss");
    if (first_negative_loss(&sum, folder, &err) != RN_OK)
        fprintf(stderr, "%s; \"%s\" has no first loss\n", err.text, row->label);
    outcome_set_fact(&s->outcome, sum, "first negative loss/%s/%d", row->label, run->seed);
    outcome_set_fact(&s->outcome, peak_over_mark(loss, steps), "peak over mark/%s/%d", row->label,
                     run->seed);
    free(loss);
}

/* ---- figures --------------------------------------------------------------------------------- */

/* Losses of the first 200 steps of seed 0, with and without the prior. */
static rn_status draw_losses(study *s, rn_err *err) {
    static const char *const rows[] = {"ce pi .5", "ce pi .01", "fl pi .5", "fl pi .01"};
    enum { CURVES = RN_COUNT(rows), STEPS = 200 };
    rn_column columns[CURVES + 1] = {{"iteration", RN_COLUMN_NUMBER, 0}};
    double loss[CURVES][STEPS];
    for (size_t c = 0; c < CURVES; c++) {
        char folder[RN_PATH_SIZE];
        const row_outcome *row = outcome_row(&s->outcome, rows[c]);
        const run_outcome *run = row_run(row, 0);
        columns[c + 1] = (rn_column){rows[c], RN_COLUMN_NUMBER, 4};
        for (int i = 0; i < STEPS; i++) loss[c][i] = NAN;
        if (run && run->state != RUN_MISSING)
            log_read(loss[c], STEPS, study_run_folder(folder, s, run), "loss");
    }
    rn_table table = rn_table_start(NULL, columns, CURVES + 1);
    for (int i = 0; i < STEPS && i < s->base.train.iterations; i++) {
        rn_table_row(&table);
        rn_table_add_number(&table, i + 1);
        for (size_t c = 0; c < CURVES; c++) rn_table_add_number(&table, loss[c][i]);
    }
    rn_status status = study_draw(
        s, "first_losses", "losses", &table, "The prior: loss of the first steps, seed 0", err,
        "ylabel", "training loss (log scale)", "pairs", "1", "log_x", "1", (char *)NULL);
    rn_table_free(&table);
    return status;
}

static rn_status draw_priors(study *s, rn_err *err) {
    rn_table table = lines_start();
    for (size_t l = 0; l < RN_COUNT(losses); l++)
        for (size_t i = 0; i < s->outcome.num_rows; i++) {
            const row_outcome *row = &s->outcome.row[i];
            if (strncmp(row->label, losses[l].name, 2) != 0 || strchr(row->label, ',')) continue;
            if (row_finished(row))
                lines_add(&table, l ? "FL (2, .25)" : "CE", row_setting(row, "prior"), row);
        }
    rn_status status = RN_OK;
    if (table.num_rows)
        status = study_draw(s, "ap_by_prior", "lines", &table, s->outcome.title, err, "xlabel",
                            "prior pi", "ylabel", "AP (points)", "x_axis", "log", (char *)NULL);
    rn_table_free(&table);
    return status;
}

static rn_status conclude(study *s, rn_err *err) {
    for (size_t i = 0; i < s->outcome.num_rows; i++)
        for (size_t k = 0; k < s->outcome.row[i].num_runs; k++)
            add_facts(s, &s->outcome.row[i], &s->outcome.row[i].run[k]);
    return draw_losses(s, err) == RN_OK ? draw_priors(s, err) : RN_ERROR;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "prior_init",
                      .title = "The prior: AP by the initial probability of an object",
                      .about =
                          "Cross entropy and focal loss, pi from .5 (a bias of 0) to .001, with\n"
                          "and without warm-up; the loss of the first steps as a figure.",
                      .claims = "c01 c02 c03 c04",
                      .add_rows = add_rows,
                      .conclude = conclude});
}
