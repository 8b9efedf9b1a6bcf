#include "train/trainer.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/text.h"
#include "data/loader.h"
#include "train/estimate.h"
#include "train/schedule.h"
#include "train/sgd.h"
#include "train/trainer_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIVERGED                                                                                   \
    "diverged (try a lower --lr, a longer --warmup or --clip); the last good checkpoint is kept"

typedef struct rn_run_state {
    rn_detector *detector;
    const rn_trainer_options *options;
    rn_loader *loader;
    rn_arena arena;
    rn_runlog log;
    rn_progress progress;
    rn_trainer_result *result;
    double started, gradient_norm;
    rn_loss_report report; /* of the last step, summed over its micro-batches */
} rn_run_state;

void rn_train_batch(rn_loss_report *report, rn_detector *detector, const rn_batch *batch, int first,
                    int count, double weight, rn_arena *arena, rn_stage_times *times) {
    const rn_model_config *config = &detector->config.model;
    size_t image = (size_t)batch->h * (size_t)batch->w * 3;
    rn_tape tape = {.arena = arena, .recording = true, .training = true};
    rn_tensor input = {.n = count,
                       .h = batch->h,
                       .w = batch->w,
                       .c = 3,
                       .value = batch->pixel + (size_t)first * image};
    rn_targets targets = {.box = batch->box,
                          .label = batch->label,
                          .first = batch->first + first,
                          .images = count,
                          .seed = (uint64_t)detector->config.train.seed,
                          .sample =
                              (uint64_t)detector->step * (uint64_t)batch->n + (uint64_t)first};
    rn_normaliser normaliser = {(rn_normaliser_kind)config->normaliser, config->normaliser_momentum,
                                detector->normaliser};
    rn_outputs out;
    double start = rn_clock_seconds();
    rn_retinanet_forward(&out, &tape, &detector->net, &input);
    double forward = rn_clock_seconds();
    rn_detection_loss(report, &detector->net, &out, &targets, &normaliser, weight, arena);
    detector->normaliser = normaliser.value;
    double loss = rn_clock_seconds();
    if (!report->bad_term) rn_tape_backward(&tape);
    double backward = rn_clock_seconds();
    rn_arena_reset(arena);
    times->forward += forward - start;
    times->loss += loss - forward;
    times->backward += backward - loss;
}

static void add_report(rn_loss_report *sum, const rn_loss_report *part, double weight) {
    sum->classification += weight * part->classification;
    sum->box += weight * part->box;
    sum->class_gradient = hypot(sum->class_gradient, weight * part->class_gradient);
    for (int l = 0; l < RN_FPN_LEVELS_MOST; l++) sum->positives[l] += part->positives[l];
    sum->positive += part->positive, sum->ignored += part->ignored;
    sum->thinned += part->thinned;
    sum->anchors += part->anchors, sum->sampled += part->sampled;
}

static double learning_rate(const rn_train_config *train, long step) {
    rn_schedule schedule = {.rate = train->learning_rate,
                            .warm_up = train->warm_up,
                            .warm_up_factor = train->warm_up_factor,
                            .num_steps = train->lr_steps.count,
                            .factor = train->lr_factor};
    for (int i = 0; i < train->lr_steps.count; i++)
        schedule.step[i] = (long)(train->lr_steps.value[i] * train->iterations + .5);
    return rn_schedule_rate(&schedule, step);
}

/* False, and no change, when the gradient is not finite. */
static bool apply_gradient(rn_run_state *run, double rate) {
    const rn_train_config *train = &run->detector->config.train;
    rn_params *params = &run->detector->net.params;
    rn_sgd decayed = {.momentum = train->momentum, .weight_decay = train->weight_decay};
    rn_sgd other = {.momentum = train->momentum,
                    .weight_decay = train->decay_all ? train->weight_decay : 0};
    run->gradient_norm = rn_sgd_gradient_norm(params->grad, params->trainable, &run->arena);
    if (!isfinite(run->gradient_norm)) return false;
    if (train->clip > 0 && run->gradient_norm > train->clip)
        rn_sgd_scale(params->grad, params->trainable, train->clip / run->gradient_norm);
    size_t d = params->decayed;
    rn_sgd_step(params->value, params->momentum, params->grad, d, &decayed, rate);
    rn_sgd_step(params->value + d, params->momentum + d, params->grad + d, params->trainable - d,
                &other, rate);
    return true;
}

static void note_divergence(rn_run_state *run, long step) {
    run->result->diverged = true;
    run->result->diverged_at = step;
}

static rn_status refuse_bad_loss(rn_run_state *run, const rn_batch *batch, int first, rn_err *err) {
    const rn_loss_report *r = &run->report;
    const rn_dataset *dataset = run->options->train;
    note_divergence(run, run->detector->step + 1);
    return rn_fail(err, "step %ld: the %s is not finite on image %s, level P%d: " DIVERGED,
                   run->detector->step + 1, r->bad_term,
                   dataset->image[batch->image[first + r->bad_image]].file_name, r->bad_level);
}

/* Forward and backward over the batch in `accumulate` parts, then one update. */
static rn_status train_step(rn_run_state *run, rn_err *err) {
    rn_detector *detector = run->detector;
    const rn_train_config *train = &detector->config.train;
    rn_stage_times *times = &run->result->stages;
    const rn_batch *batch;
    double start = rn_clock_seconds();
    if (rn_loader_next(&batch, run->loader, err) != RN_OK) return RN_ERROR;
    times->data += rn_clock_seconds() - start;
    rn_params_zero_grad(&detector->net.params);
    int parts = train->accumulate, count = train->batch / parts;
    run->report = (rn_loss_report){0};
    for (int part = 0; part < parts; part++) {
        rn_loss_report report;
        rn_train_batch(&report, detector, batch, part * count, count, 1. / parts, &run->arena,
                       times);
        add_report(&run->report, &report, 1. / parts);
        if (!report.bad_term) continue;
        run->report.bad_term = report.bad_term;
        run->report.bad_image = report.bad_image, run->report.bad_level = report.bad_level;
        return refuse_bad_loss(run, batch, part * count, err);
    }
    start = rn_clock_seconds();
    bool finite = apply_gradient(run, learning_rate(train, detector->step));
    times->step += rn_clock_seconds() - start;
    if (!finite) {
        note_divergence(run, detector->step + 1);
        return rn_fail(err, "step %ld: the gradient is not finite: " DIVERGED, detector->step + 1);
    }
    detector->step++;
    run->result->steps++;
    return RN_OK;
}

/* ---- log and progress
 * ------------------------------------------------------------------------------ */

static double images_per_second(const rn_run_state *run) {
    double seconds = rn_clock_seconds() - run->started;
    return (double)run->result->steps * run->detector->config.train.batch / fmax(seconds, 1e-9);
}

static void log_step(rn_run_state *run) {
    const rn_detector *detector = run->detector;
    rn_trainer_line line = {.report = &run->report,
                            .rate = learning_rate(&detector->config.train, detector->step - 1),
                            .gradient_norm = run->gradient_norm,
                            .images_per_second = images_per_second(run),
                            .idle = rn_loader_waited(run->loader) / (double)run->result->steps};
    rn_trainer_log_step(&run->log, detector, &line);
}

static void show_progress(rn_run_state *run) {
    char text[256];
    const rn_loss_report *r = &run->report;
    if (!rn_progress_due(&run->progress)) return;
    int n = snprintf(text, sizeof text,
                     "loss %.3f (class %.3f, box %.3f)  %.1f images/s  |g| %.2f  positives",
                     r->classification + r->box, r->classification, r->box, images_per_second(run),
                     run->gradient_norm);
    for (int l = 0; l < run->detector->net.fpn.levels && n < (int)sizeof text - 32; l++)
        n += snprintf(text + n, sizeof text - (size_t)n, " P%d:%zu",
                      run->detector->net.fpn.first + l, r->positives[l]);
    rn_progress_update(&run->progress, run->detector->step, text);
}

static rn_status validate(rn_run_state *run, rn_err *err) {
    const rn_dataset *dataset = run->options->validate;
    rn_eval_detection *detection;
    size_t count;
    rn_eval eval = {0};
    rn_eval_options options = rn_eval_options_coco();
    rn_status status = rn_detector_run(&detection, &count, run->detector, dataset,
                                       run->options->progress, run->options->stop, err);
    if (status != RN_OK) return status;
    rn_detector_evaluate(&eval, dataset, detection, count, &options);
    rn_trainer_log_evaluation(&run->log, run->detector, &eval);
    if (run->options->progress)
        fprintf(run->options->progress, "step %ld: validation AP %.3f  AP50 %.3f\n",
                run->detector->step, eval.number[0], eval.number[1]);
    rn_eval_free(&eval);
    free(detection);
    return RN_OK;
}

/* ---- the run
 * ---------------------------------------------------------------------------------------- */

/* A checkpoint that nothing can go on from must not take the place of a good one. */
static rn_status save_as(rn_run_state *run, const char *path, bool momentum, rn_err *err) {
    const rn_params *params = &run->detector->net.params;
    if (rn_params_are_finite(params)) return rn_detector_save(run->detector, path, momentum, err);
    note_divergence(run, run->detector->step);
    return rn_fail(err, "step %ld: the weights are not finite: " DIVERGED, run->detector->step);
}

static rn_status save(rn_run_state *run, rn_err *err) {
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, run->options->folder, "last.safetensors");
    return save_as(run, path, true, err);
}

long rn_trainer_keep_step(double fraction, int iterations) { return lround(fraction * iterations); }

char *rn_trainer_kept(char *out, size_t size, const char *folder, long step) {
    char name[64];
    snprintf(name, sizeof name, "step-%06ld.safetensors", step);
    return rn_text_path(out, size, folder, name);
}

/* Keeps the weights if this is a step to keep; those that are there only when `again`. */
static rn_status keep(rn_run_state *run, bool again, rn_err *err) {
    const rn_trainer_options *options = run->options;
    const rn_detector *detector = run->detector;
    char path[RN_PATH_SIZE];
    bool wanted = false;
    for (size_t i = 0; i < options->num_keep; i++)
        wanted |= rn_trainer_keep_step(options->keep[i], detector->config.train.iterations) ==
                  detector->step;
    if (!wanted) return RN_OK;
    rn_trainer_kept(path, sizeof path, options->folder, detector->step);
    return again || !rn_file_exists(path) ? save_as(run, path, false, err) : RN_OK;
}

static bool due(long step, int every) { return every > 0 && step % every == 0; }

/* Ends an unfinished run so that it can go on. */
static rn_status interrupt(rn_run_state *run, rn_err *err) {
    if (save(run, err) != RN_OK) return RN_ERROR;
    rn_fail(err, "interrupted: saved after step %ld of %d, go on with --resume",
            run->detector->step, run->detector->config.train.iterations);
    return RN_INTERRUPTED;
}

static rn_status train_all(rn_run_state *run, rn_err *err) {
    const rn_train_config *train = &run->detector->config.train;
    long *step = &run->detector->step;
    while (*step < train->iterations) {
        if (train_step(run, err) != RN_OK) return RN_ERROR;
        log_step(run);
        show_progress(run);
        bool last = *step == train->iterations;
        if (keep(run, true, err) != RN_OK) return RN_ERROR;
        if (!last && run->options->stop && *run->options->stop) return interrupt(run, err);
        if ((last || due(*step, train->save_every)) && save(run, err) != RN_OK) return RN_ERROR;
        if (run->options->validate && (due(*step, train->eval_every) || last)) {
            rn_status status = validate(run, err);
            if (status == RN_INTERRUPTED && !last) return interrupt(run, err);
            if (status != RN_OK) return status;
        }
    }
    return RN_OK;
}

rn_loader_options rn_train_loader_options(const rn_train_config *train) {
    return (rn_loader_options){.batch = train->batch,
                               .size = train->size,
                               .max_size = train->max_size,
                               .multiple = RN_IMAGE_MULTIPLE,
                               .flip = train->flip,
                               .scale_jitter = train->scale_jitter,
                               .color_jitter = train->color_jitter,
                               .seed = (uint64_t)train->seed,
                               .threads = rn_parallel_threads(),
                               .ahead = RN_LOADER_AHEAD};
}

/* A checkpoint and a data set that changed since must not be taken together. */
static rn_status check_classes(const rn_detector *detector, const rn_dataset *dataset,
                               rn_err *err) {
    int count = detector->config.model.num_classes;
    if (dataset->num_classes != count)
        return rn_fail(err, "%s: expected the detector's %d classes, got %d", dataset->name, count,
                       dataset->num_classes);
    for (int c = 0; c < count; c++)
        if (strcmp(dataset->category[c].name, detector->category[c].name) != 0)
            return rn_fail(err, "%s: class %d: expected the detector's \"%.100s\", got \"%.100s\"",
                           dataset->name, c, detector->category[c].name, dataset->category[c].name);
    return RN_OK;
}

static rn_status check_run(const rn_detector *detector, const rn_trainer_options *options,
                           rn_err *err) {
    if (detector->net.loss->uses_alpha && isnan(detector->net.config.alpha))
        return rn_fail(err, "--alpha auto: expected a number by now, see rn_train_alpha");
    if (check_classes(detector, options->train, err) != RN_OK) return RN_ERROR;
    for (size_t i = 0; i < options->num_keep; i++)
        RN_CHECK(options->keep[i] >= 0 && options->keep[i] <= 1, "fraction %g", options->keep[i]);
    return options->validate ? check_classes(detector, options->validate, err) : RN_OK;
}

rn_status rn_train(rn_trainer_result *result, rn_detector *detector,
                   const rn_trainer_options *options, rn_err *err) {
    const rn_train_config *train = &detector->config.train;
    char path[RN_PATH_SIZE];
    *result = (rn_trainer_result){0};
    if (check_run(detector, options, err) != RN_OK) return RN_ERROR;
    rn_run_state run = {
        .detector = detector, .options = options, .result = result, .started = rn_clock_seconds()};
    rn_loader_options loading = rn_train_loader_options(train);
    rn_text_path(path, sizeof path, options->folder, "log.jsonl");
    if (rn_runlog_open(&run.log, path, err) != RN_OK) return RN_ERROR;
    if (rn_loader_start(&run.loader, options->train, &loading, detector->step, err) != RN_OK) {
        rn_runlog_close(&run.log);
        return RN_ERROR;
    }
    rn_arena_reserve(&run.arena, rn_train_step_memory(detector, options->train));
    run.progress =
        rn_progress_start(options->progress, "training", detector->step, train->iterations);
    rn_trainer_log_start(&run.log, detector, options->train);
    /* A run that diverges or is killed before its first checkpoint leaves one all the same. */
    rn_status status = keep(&run, detector->step == 0, err);
    if (status == RN_OK && detector->step == 0) status = save(&run, err);
    if (status == RN_OK) status = train_all(&run, err);
    rn_trainer_log_end(&run.log, detector);
    rn_progress_end(&run.progress);
    result->seconds = rn_clock_seconds() - run.started;
    result->images_per_second = images_per_second(&run);
    double *stage[] = {&result->stages.data, &result->stages.forward, &result->stages.loss,
                       &result->stages.backward, &result->stages.step};
    for (size_t i = 0; i < RN_COUNT(stage); i++) *stage[i] /= fmax((double)result->steps, 1);
    rn_loader_stop(run.loader);
    rn_runlog_close(&run.log);
    rn_arena_free(&run.arena);
    return status;
}
