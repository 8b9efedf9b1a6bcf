#include "train/pretrain.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/vec.h"
#include "model/classifier.h"
#include "train/checkpoint.h"
#include "train/schedule.h"
#include "train/sgd.h"

#include <stdlib.h>

/* ---- settings -------------------------------------------------------------------------------- */

#define FIELD(name)      offsetof(rn_pretrain_config, name)
#define INT(from, to)    .kind = RN_OPTION_INT, .low = (from), .high = (to)
#define NUMBER(from, to) .kind = RN_OPTION_NUMBER, .low = (from), .high = (to)
#define LIST(from, to)   .kind = RN_OPTION_LIST, .low = (from), .high = (to)
#define CHOICE(words)    .kind = RN_OPTION_CHOICE, .choices = (words)
#define ROW(text, field, type, standard, what)                                                     \
    {                                                                                              \
        .group = "pretraining", .name = text, .offset = FIELD(field), type, .initial = standard,   \
        .source = "this project", .help = what                                                     \
    }

rn_options rn_pretrain_options(void) {
    static const rn_option table[] = {
        ROW("model", backbone, CHOICE(rn_resnet_choices), "tiny", "backbone"),
        ROW("norm", norm, CHOICE(rn_norm_choices), "batch", "its norm: batch, group or none"),
        ROW("norm-groups", norm_groups, INT(1, 1024), "32", "groups of a group norm"),
        ROW("crops", crops, INT(1, 100000), "12000", "pictures to learn from"),
        ROW("val-crops", validation, INT(1, 100000), "2600", "others to test with"),
        ROW("epochs", epochs, INT(1, 10000), "8", "times each crop is seen"),
        ROW("batch", batch, INT(1, 1024), "64", "crops an iteration"),
        ROW("lr", learning_rate, NUMBER(0, 100), "0.1", "learning rate after the warm-up"),
        ROW("momentum", momentum, NUMBER(0, .9999), "0.9", "of SGD"),
        ROW("weight-decay", weight_decay, NUMBER(0, 1), "0.0001", "of convolutions"),
        ROW("warmup", warm_up, INT(0, 1000000), "100", "iterations of linear warm-up"),
        ROW("lr-steps", lr_steps, LIST(0, 1), "0.6,0.85", "drops of the rate, of the run's length"),
        ROW("lr-factor", lr_factor, NUMBER(0, 1), "0.1", "the rate is multiplied by this there"),
        ROW("seed", seed, INT(0, 2147483647), "0", "of crops, weights and order"),
    };
    return (rn_options){table, RN_COUNT(table)};
}

rn_pretrain_config rn_pretrain_default(void) {
    rn_pretrain_config config;
    rn_option_defaults(&config, rn_pretrain_options());
    return config;
}

rn_status rn_pretrain_check(const rn_pretrain_config *config, rn_err *err) {
    if (config->norm == RN_NORM_FROZEN)
        return rn_fail(err, "--norm: expected batch, group or none (a frozen norm takes what a "
                            "batch norm has learnt), got frozen");
    if (config->crops < config->batch)
        return rn_fail(err, "--crops: expected at least --batch %d, got %d", config->batch,
                       config->crops);
    return RN_OK;
}

/* ---- a step ---------------------------------------------------------------------------------- */

typedef struct rn_pretrain_run {
    const rn_pretrain_config *config;
    const rn_pretrain_output *output;
    rn_pretrain_result *result;
    rn_classifier net;
    rn_crops train, validation;
    long steps, in_epoch; /* of the whole run, of an epoch */
    int *order;           /* (train.count), of the epoch */
    rn_float *pixel;      /* (batch, RN_CROP_SIDE, RN_CROP_SIDE, 3) */
    int *label;           /* (batch) */
    rn_arena arena;
    double loss; /* of the last step */
} rn_pretrain_run;

static bool stopped(const rn_pretrain_run *run) { return run->output->stop && *run->output->stop; }

static double learning_rate(const rn_pretrain_run *run, long step) {
    const rn_pretrain_config *config = run->config;
    rn_schedule schedule = {.rate = config->learning_rate,
                            .warm_up = config->warm_up,
                            .warm_up_factor = .1,
                            .num_steps = config->lr_steps.count,
                            .factor = config->lr_factor};
    for (int i = 0; i < schedule.num_steps; i++)
        schedule.step[i] = (long)(config->lr_steps.value[i] * (double)run->steps + .5);
    return rn_schedule_rate(&schedule, step);
}

/* Fills pixel and label with the batch of that number; every epoch has its own order. */
static rn_tensor lay_out(rn_pretrain_run *run, long step) {
    uint64_t seed = (uint64_t)run->config->seed;
    int n = run->config->batch;
    if (step % run->in_epoch == 0) {
        rn_rng rng = rn_rng_stream(seed, "pretrain/order", (uint64_t)(step / run->in_epoch));
        rn_rng_permutation(&rng, run->order, run->config->crops);
    }
    const int *crop = run->order + step % run->in_epoch * n;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        rn_rng rng = rn_rng_stream(seed, "pretrain/flip", (uint64_t)(step * n + i));
        bool flip = rn_rng_uniform(&rng) < .5;
        rn_crops_pixels(run->pixel + (size_t)i * RN_CROP_VALUES, &run->train, (size_t)crop[i],
                        flip);
        run->label[i] = run->train.label[crop[i]];
    }
    return (rn_tensor){.n = n, .h = RN_CROP_SIDE, .w = RN_CROP_SIDE, .c = 3, .value = run->pixel};
}

/* False, and no change, when loss or gradient is not finite. */
static bool train_step(rn_pretrain_run *run, long step) {
    rn_params *params = &run->net.params;
    rn_tensor image = lay_out(run, step);
    rn_tape tape = {.arena = &run->arena, .recording = true, .training = true};
    rn_params_zero_grad(params);
    rn_tensor *logit = rn_classifier_forward(&tape, &run->net, &image);
    run->loss = rn_classifier_loss(&tape, &run->net, logit, run->label);
    if (isfinite(run->loss)) rn_tape_backward(&tape);
    rn_arena_reset(&run->arena);
    double norm = rn_sgd_gradient_norm(params->grad, params->trainable, &run->arena);
    if (!isfinite(run->loss) || !isfinite(norm)) return false;
    double rate = learning_rate(run, step);
    size_t d = params->decayed;
    rn_sgd decayed = {run->config->momentum, run->config->weight_decay};
    rn_sgd other = {run->config->momentum, 0};
    rn_sgd_step(params->value, params->momentum, params->grad, d, &decayed, rate);
    rn_sgd_step(params->value + d, params->momentum + d, params->grad + d, params->trainable - d,
                &other, rate);
    return true;
}

/* ---- the run --------------------------------------------------------------------------------- */

static rn_status interrupted(rn_err *err, const char *what, long done, long total) {
    rn_fail(err, "interrupted: %s %ld of %ld; nothing is written", what, done, total);
    return RN_INTERRUPTED;
}

static rn_status paint(rn_pretrain_run *run, rn_crops *crops, const char *split, rn_err *err) {
    enum { AT_ONCE = 256 };
    size_t done = 0, total = crops->count;
    rn_progress progress =
        rn_progress_start(run->output->progress, "painting crops", 0, (long)total);
    while (done < total && !stopped(run)) {
        size_t next = done + AT_ONCE < total ? done + AT_ONCE : total;
        rn_crops_render(crops, (uint64_t)run->config->seed, split, done, next);
        rn_progress_update(&progress, (long)next, NULL);
        done = next;
    }
    rn_progress_end(&progress);
    return done < total ? interrupted(err, "crop", (long)done, (long)total) : RN_OK;
}

static rn_status train(rn_pretrain_run *run, rn_err *err) {
    char detail[64];
    double sum = 0;
    rn_status status = RN_OK;
    rn_progress progress = rn_progress_start(run->output->progress, "pretraining", 0, run->steps);
    for (long step = 0; step < run->steps && status == RN_OK; step++) {
        if (stopped(run)) {
            status = interrupted(err, "iteration", step, run->steps);
        } else if (!train_step(run, step)) {
            run->result->diverged = true;
            status = rn_fail(err,
                             "iteration %ld: loss or gradient is not finite: diverged (try a "
                             "lower --lr or a longer --warmup)",
                             step + 1);
        } else {
            if (step % run->in_epoch == 0) sum = 0;
            sum += run->loss;
            run->result->steps++;
            snprintf(detail, sizeof detail, "loss %.3f", run->loss);
            rn_progress_update(&progress, step + 1, detail);
        }
    }
    rn_progress_end(&progress);
    run->result->loss = sum / (double)run->in_epoch;
    return status;
}

static void validate(rn_pretrain_run *run) {
    rn_pretrain_result *result = run->result;
    int right = 0, total = run->config->validation;
    for (int first = 0; first < total; first += run->config->batch) {
        int n = total - first < run->config->batch ? total - first : run->config->batch;
        for (int i = 0; i < n; i++)
            rn_crops_pixels(run->pixel + (size_t)i * RN_CROP_VALUES, &run->validation,
                            (size_t)first + (size_t)i, false);
        rn_tensor image = {
            .n = n, .h = RN_CROP_SIDE, .w = RN_CROP_SIDE, .c = 3, .value = run->pixel};
        rn_tape tape = {.arena = &run->arena};
        rn_classifier_predict(run->label, rn_classifier_forward(&tape, &run->net, &image));
        rn_arena_reset(&run->arena);
        for (int i = 0; i < n; i++) {
            int label = run->validation.label[first + i];
            result->seen[label]++;
            if (run->label[i] != label) continue;
            result->right[label]++, right++;
        }
    }
    result->accuracy = (double)right / total;
}

static rn_status save(const rn_pretrain_run *run, rn_err *err) {
    const rn_pretrain_result *result = run->result;
    char number[32];
    cJSON *metadata = cJSON_CreateObject();
    cJSON_AddStringToObject(metadata, "format", "retinanet.c backbone 1");
    rn_json_add_as_text(metadata, "pretraining",
                        rn_option_to_json(run->config, rn_pretrain_options()));
    rn_text_from_double(number, sizeof number, result->loss, 6);
    cJSON_AddStringToObject(metadata, "loss", number);
    rn_text_from_double(number, sizeof number, result->accuracy, 6);
    cJSON_AddStringToObject(metadata, "accuracy", number);
    rn_status status =
        rn_checkpoint_save(run->output->path, &run->net.params, false, metadata, err);
    cJSON_Delete(metadata);
    return status;
}

static rn_status run_all(rn_pretrain_run *run, rn_err *err) {
    double start = rn_clock_seconds();
    rn_status status = paint(run, &run->train, "train", err);
    if (status == RN_OK) status = paint(run, &run->validation, "val", err);
    run->result->painting_seconds = rn_clock_seconds() - start;
    if (status == RN_OK) status = train(run, err);
    if (status != RN_OK) return status;
    if (!rn_params_are_finite(&run->net.params)) {
        run->result->diverged = true;
        return rn_fail(err, "the weights are not finite: diverged (try a lower --lr)");
    }
    validate(run);
    run->result->weights = rn_params_hash(&run->net.params);
    run->result->seconds = rn_clock_seconds() - start;
    return run->output->path ? save(run, err) : RN_OK;
}

static void open_run(rn_pretrain_run *run) {
    const rn_pretrain_config *config = run->config;
    size_t batch = (size_t)config->batch;
    run->in_epoch = config->crops / config->batch;
    run->steps = run->in_epoch * config->epochs;
    rn_classifier_create(&run->net, config->backbone, (rn_norm_kind)config->norm,
                         config->norm_groups, RN_CROP_CLASSES, true);
    rn_classifier_init(&run->net, (uint64_t)config->seed);
    run->train = rn_crops_new((size_t)config->crops);
    run->validation = rn_crops_new((size_t)config->validation);
    run->order = rn_vec_zeros((size_t)config->crops, sizeof *run->order);
    run->pixel = rn_vec_zeros(batch * RN_CROP_VALUES, sizeof *run->pixel);
    run->label = rn_vec_zeros(batch, sizeof *run->label);
}

static void close_run(rn_pretrain_run *run) {
    rn_classifier_free(&run->net);
    rn_crops_free(&run->train);
    rn_crops_free(&run->validation);
    rn_arena_free(&run->arena);
    free(run->order), free(run->pixel), free(run->label);
}

/* No file appears yet, nor is one that is there touched. */
static rn_status check_path(const char *path, rn_err *err) {
    rn_file file = {0};
    rn_status status = path ? rn_file_begin(&file, path, err) : RN_OK;
    rn_file_abandon(&file);
    return status;
}

rn_status rn_pretrain(rn_pretrain_result *result, const rn_pretrain_config *config,
                      const rn_pretrain_output *output, rn_err *err) {
    rn_pretrain_run run = {.config = config, .output = output, .result = result};
    *result = (rn_pretrain_result){0};
    if (rn_pretrain_check(config, err) != RN_OK || check_path(output->path, err) != RN_OK)
        return RN_ERROR;
    open_run(&run);
    rn_status status = run_all(&run, err);
    close_run(&run);
    return status;
}
