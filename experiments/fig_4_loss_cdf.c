/* Figure 4: how the loss of a trained detector is spread over its examples, from the easiest to the
 * hardest, for several gammas; and who holds loss and gradient: positives or negatives, easy ones
 * or hard ones (sec. 3.2).
 *
 * What to expect of the gradient: the last layer has a bias, whose derivative is the sum of all
 * d loss / dx. Where training has come to rest that sum is 0, so that negatives hold one half of
 * the |d loss / dx| and positives the other, by the loss that the detector was trained with,
 * whatever that is. Easy negatives can have more than half only by another loss, or while training
 * still moves. */
#include "common/figures.h"
#include "common/images.h"
#include "common/loss_cdf.h"

#include <math.h>
#include <stdlib.h>

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    study_add(s, "CE", true, "loss=ce prior=0.01");
    study_add(s, "FL", true, "loss=focal gamma=2 alpha=0.25");
    return RN_OK;
}

/* ---- a seed ---------------------------------------------------------------------------------- */

static rn_status measure(loss_cdf *m, const study *s, const run_outcome *ce, const run_outcome *fl,
                         const rn_dataset *test, rn_err *err) {
    char folder[CDF_MODELS][RN_PATH_SIZE], path[CDF_MODELS][RN_PATH_SIZE];
    const char *checkpoint[CDF_MODELS];
    for (int i = 0; i < CDF_MODELS; i++) {
        study_run_folder(folder[i], s, i == CDF_FL ? fl : ce);
        checkpoint[i] = path[i];
        if (i < RUN_SNAPSHOTS)
            rn_trainer_kept(path[i], RN_PATH_SIZE, folder[i],
                            rn_trainer_keep_step(run_snapshots[i], s->base.train.iterations));
        else
            rn_text_path(path[i], RN_PATH_SIZE, folder[i], "last.safetensors");
    }
    return loss_cdf_measure(m, checkpoint, test, stderr, &cli_interrupted, err);
}

/* The numbers of a seed, from the file that keeps them or from the detectors; the test images are
 * read when they are needed first. */
static rn_status seed_numbers(loss_cdf *m, const study *s, const run_outcome *ce,
                              const run_outcome *fl, rn_dataset *test, rn_err *err) {
    char file[RN_PATH_SIZE], name[64];
    const char *images = s->options.images.value;
    rn_err unread;
    snprintf(name, sizeof name, "loss_cdf-%s.json", ce->key);
    rn_text_path(file, sizeof file, study_run_folder((char[RN_PATH_SIZE]){0}, s, fl), name);
    if (!s->options.redo && loss_cdf_load(m, file, &unread) == RN_OK) return RN_OK;
    if (!test->num_images && images_load(test, s->data, images, IMAGES_TEST, err) != RN_OK)
        return RN_ERROR;
    rn_status status = measure(m, s, ce, fl, test, err);
    return status == RN_OK ? loss_cdf_save(m, file, err) : status;
}

/* All seeds of which both detectors are trained; the caller frees *list. */
static rn_status all_seeds(loss_cdf **list, size_t *count, study *s, rn_err *err) {
    const row_outcome *ce = outcome_row(&s->outcome, "CE"), *fl = outcome_row(&s->outcome, "FL");
    rn_dataset test = {0};
    rn_status status = RN_OK;
    *list = rn_vec_zeros(fl->num_runs, sizeof **list);
    *count = 0;
    for (size_t i = 0; i < fl->num_runs && status == RN_OK; i++) {
        const run_outcome *ours = &fl->run[i], *other = row_run(ce, ours->seed);
        if (!other || other->state != RUN_DONE || ours->state != RUN_DONE) continue;
        status = seed_numbers(&(*list)[*count], s, other, ours, &test, err);
        if (status == RN_OK) loss_cdf_facts(&s->outcome, &(*list)[(*count)++], ours->seed);
    }
    rn_dataset_free(&test);
    return status;
}

/* ---- tables and figures ---------------------------------------------------------------------- */

static rn_status draw_curves(const study *s, const loss_cdf *mean, rn_err *err) {
    rn_table table = loss_cdf_figure(mean);
    rn_status status = study_draw(s, "fig_4", "loss_cdf", &table,
                                  "Figure 4: share of the loss, from easy examples to hard ones",
                                  err, (char *)NULL);
    rn_table_free(&table);
    return status;
}

static rn_status draw_quadrants(const study *s, const loss_cdf *mean, cdf_model model,
                                const char *figure, const char *title, rn_err *err) {
    rn_table table = loss_quadrants_figure(mean, model);
    rn_status status = study_draw(s, figure, "quadrants", &table, title, err, (char *)NULL);
    rn_table_free(&table);
    return status;
}

static rn_status save_table(const study *s, const char *file, rn_table table, rn_err *err) {
    rn_status status = study_table(s, file, &table, err);
    rn_table_free(&table);
    return status;
}

static rn_status show(const study *s, const loss_cdf *list, size_t count, rn_err *err) {
    loss_cdf *mean = rn_vec_zeros(1, sizeof *mean);
    loss_cdf_mean(mean, list, count);
    printf("\n%.0f positives, %.0f negatives kept; %.0f negative anchors a positive one\n",
           mean->positives, mean->negatives, mean->negatives_a_positive);
    rn_status status = save_table(s, "loss_shares", loss_cdf_table(list, count), err);
    if (status == RN_OK) status = save_table(s, "quadrants", loss_quadrants_table(mean), err);
    if (status == RN_OK) status = draw_curves(s, mean, err);
    if (status == RN_OK)
        status =
            draw_quadrants(s, mean, CDF_CE, "quadrants_ce",
                           "Who holds the loss of a detector trained by CE (easy: p_t > .6)", err);
    if (status == RN_OK)
        status =
            draw_quadrants(s, mean, CDF_FL, "quadrants_fl",
                           "Who holds the loss of a detector trained by FL (easy: p_t > .6)", err);
    free(mean);
    return status;
}

static rn_status conclude(study *s, rn_err *err) {
    loss_cdf *list;
    size_t count;
    rn_status status = all_seeds(&list, &count, s, err);
    if (status == RN_OK && count) status = show(s, list, count, err);
    free(list);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){
            .name = "fig_4_loss_cdf",
            .title = "Figure 4: how the loss is spread over easy and hard examples",
            .about = "Detectors trained by CE and FL look at the test images; the loss of each\n"
                     "anchor and class is then computed for several gammas.",
            .claims = "c05 c16 c17 c18",
            .add_rows = add_rows,
            .conclude = conclude});
}
