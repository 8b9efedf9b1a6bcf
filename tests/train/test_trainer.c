#include "train/trainer.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/text.h"
#include "model/plan.h"
#include "support/folder.h"
#include "support/toy_data.h"
#include "train/estimate.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_text(const char *path, size_t *size) {
    char *bytes = NULL;
    rn_err err;
    cr_assert(rn_file_read(&bytes, size, path, (size_t)1 << 30, &err) == RN_OK, "%s", err.text);
    return bytes;
}

/* Trains in `folder` up to `until` iterations of a run of `iterations`; resumes what is there. */
static rn_status train_until(folder *f, int iterations, int until, rn_err *err) {
    rn_dataset data;
    rn_detector detector = {0};
    rn_trainer_result result;
    rn_config config = toy_config(iterations);
    config.model.norm = RN_NORM_BATCH;
    config.model.normaliser = RN_NORMALISER_MOVING_AVERAGE;
    config.model.keep_negatives = .5;
    config.train.scale_jitter = 1.3, config.train.color_jitter = .2;
    config.train.save_every = until;
    volatile int stop = until < iterations;
    toy_data(&data, 10, 96, 64);
    const char *path = folder_file(f, "last.safetensors");
    if (rn_file_exists(path))
        cr_assert(rn_detector_load(&detector, path, true, err) == RN_OK, "%s", err->text);
    else
        toy_detector(&detector, &config, &data);
    static const double kept[] = {0, .34, .5, .5, 1};
    rn_trainer_options options = {
        .train = &data, .folder = f->path, .stop = &stop, .keep = kept, .num_keep = RN_COUNT(kept)};
    rn_status status = RN_INTERRUPTED;
    while (status == RN_INTERRUPTED && detector.step < until) /* `stop` ends it after each step */
        status = rn_train(&result, &detector, &options, err);
    rn_detector_free(&detector);
    rn_dataset_free(&data);
    return status;
}

/* The weights that a file of a run holds; the header names settings of the run. */
static char *read_weights(folder *f, const char *name, size_t *size) {
    char *bytes = read_text(folder_file(f, name), size);
    uint64_t header;
    memcpy(&header, bytes, sizeof header);
    *size -= sizeof header + header;
    memmove(bytes, bytes + sizeof header + header, *size);
    return bytes;
}

static void expect_same_weights(folder *f, const char *name, folder *g, const char *other) {
    size_t n, m;
    char *a = read_weights(f, name, &n), *b = read_weights(g, other, &m);
    cr_expect(n == m && n > 10000 && memcmp(a, b, n) == 0, "%s and %s differ", name, other);
    free(a), free(b);
}

Test(trainer, weights_on_the_way_are_kept_once_whatever_happens_to_the_run) {
    static const char *const names[] = {"step-000000.safetensors", "step-000002.safetensors",
                                        "step-000003.safetensors", "step-000006.safetensors"};
    rn_err err = {""};
    folder whole = folder_make(), parts = folder_make();
    cr_assert(train_until(&whole, 6, 6, &err) == RN_OK, "%s", err.text);
    cr_expect(folder_count(&whole) == 6, "four kept, the last, the log");
    cr_assert(train_until(&parts, 6, 2, &err) == RN_INTERRUPTED, "%s", err.text);
    cr_assert(remove(folder_file(&parts, names[1])) == 0); /* killed before it was there */
    cr_assert(remove(folder_file(&parts, names[0])) == 0); /* this one cannot come back */
    cr_assert(train_until(&parts, 6, 6, &err) == RN_OK, "%s", err.text);
    cr_expect(folder_count(&parts) == 5);
    for (size_t i = 1; i < RN_COUNT(names); i++)
        expect_same_weights(&whole, names[i], &parts, names[i]);
    folder_remove(&whole), folder_remove(&parts);
}

Test(trainer, kept_weights_are_those_of_their_step_without_momentum) {
    rn_err err = {""};
    rn_detector kept = {0}, last = {0};
    char path[256];
    folder f = folder_make();
    cr_assert(train_until(&f, 6, 2, &err) == RN_INTERRUPTED, "%s", err.text);
    rn_trainer_kept(path, sizeof path, f.path, 2);
    cr_expect(rn_trainer_keep_step(.34, 6) == 2 && rn_trainer_keep_step(.25, 900) == 225);
    cr_assert(rn_detector_load(&kept, path, false, &err) == RN_OK, "%s", err.text);
    cr_assert(rn_detector_load(&last, folder_file(&f, "last.safetensors"), true, &err) == RN_OK);
    cr_expect(kept.step == 2 && last.step == 2);
    cr_expect(rn_params_hash(&kept.net.params) == rn_params_hash(&last.net.params));
    rn_detector again = {0};
    cr_expect(rn_detector_load(&again, path, true, &err) == RN_ERROR, "it has no momentum");
    rn_detector_free(&kept), rn_detector_free(&last), rn_detector_free(&again);
    folder_remove(&f);
}

Test(trainer, a_resumed_run_equals_an_uninterrupted_one_bit_for_bit) {
    rn_err err = {""};
    folder whole = folder_make(), parts = folder_make();
    cr_assert(train_until(&whole, 6, 6, &err) == RN_OK, "%s", err.text);
    cr_assert(train_until(&parts, 6, 2, &err) == RN_INTERRUPTED, "%s", err.text);
    cr_assert(train_until(&parts, 6, 3, &err) == RN_INTERRUPTED, "%s", err.text);
    cr_assert(train_until(&parts, 6, 6, &err) == RN_OK, "%s", err.text);
    expect_same_weights(&whole, "last.safetensors", &parts, "last.safetensors");
    folder_remove(&whole), folder_remove(&parts);
}

static char *train_with_threads(int threads, size_t *size) {
    rn_err err = {""};
    folder f = folder_make();
    rn_parallel_set_threads(threads);
    cr_assert(train_until(&f, 3, 3, &err) == RN_OK, "%s", err.text);
    char *bytes = read_text(folder_file(&f, "last.safetensors"), size);
    folder_remove(&f);
    return bytes;
}

Test(trainer, the_number_of_threads_changes_no_bit) {
    size_t n, m, k;
    char *one = train_with_threads(1, &n), *two = train_with_threads(2, &m);
    char *five = train_with_threads(5, &k);
    cr_expect(n == m && memcmp(one, two, n) == 0);
    cr_expect(n == k && memcmp(one, five, n) == 0);
    free(one), free(two), free(five);
}

Test(trainer, divergence_names_step_image_level_and_term_and_keeps_the_checkpoint) {
    rn_err err = {""};
    rn_dataset data;
    rn_detector detector;
    rn_trainer_result result;
    folder f = folder_make();
    rn_config config = toy_config(50);
    config.train.learning_rate = 1000;
    config.train.weight_decay = 1; /* -999 times the weights, each step */
    config.train.save_every = 1;
    toy_data(&data, 10, 96, 64);
    toy_detector(&detector, &config, &data);
    rn_trainer_options options = {.train = &data, .folder = f.path};
    cr_assert(rn_train(&result, &detector, &options, &err) == RN_ERROR);
    cr_expect(result.diverged &&
              (result.diverged_at == detector.step + 1 || result.diverged_at == detector.step));
    char place[32];
    snprintf(place, sizeof place, "step %ld: ", result.diverged_at);
    cr_expect(strncmp(err.text, place, strlen(place)) == 0, "%s", err.text);
    cr_expect(strstr(err.text, "step ") && strstr(err.text, "not finite"), "%s", err.text);
    cr_expect(strstr(err.text, "gradient") ||
                  (strstr(err.text, "toy/") && strstr(err.text, "level P")),
              "%s", err.text);
    long step = detector.step;
    rn_detector_free(&detector);
    if (step > 0) {
        cr_assert(rn_detector_load(&detector, folder_file(&f, "last.safetensors"), true, &err) ==
                      RN_OK,
                  "%s", err.text);
        cr_expect(detector.step == step);
        rn_detector_free(&detector);
    }
    rn_dataset_free(&data);
    folder_remove(&f);
}

/* Nothing is written before it is refused. */
static void expect_refusal(rn_detector *detector, rn_dataset *train, rn_dataset *validate,
                           const char *message) {
    rn_err err = {""};
    rn_trainer_result result;
    folder f = folder_make();
    rn_trainer_options options = {.train = train, .validate = validate, .folder = f.path};
    cr_expect(rn_train(&result, detector, &options, &err) == RN_ERROR);
    cr_expect(strstr(err.text, message) != NULL, "%s", err.text);
    cr_expect(!result.diverged && result.diverged_at == 0 && folder_count(&f) == 0);
    folder_remove(&f);
}

Test(trainer, data_of_other_classes_are_refused) {
    rn_dataset data, other;
    rn_detector detector;
    rn_config config = toy_config(2);
    toy_data(&data, 4, 96, 64);
    toy_data(&other, 4, 96, 64);
    toy_detector(&detector, &config, &data);
    other.category[1].name[0] = 'B';
    expect_refusal(&detector, &other, NULL,
                   "class 1: expected the detector's \"blue\", got \"Blue\"");
    expect_refusal(&detector, &data, &other, "class 1: expected");
    other.num_classes = 1;
    expect_refusal(&detector, &other, NULL, "expected the detector's 2 classes, got 1");
    other.num_classes = 2;
    rn_detector_free(&detector);
    rn_dataset_free(&data);
    rn_dataset_free(&other);
}

Test(trainer, an_alpha_that_nobody_counted_is_refused) {
    rn_dataset data;
    rn_detector detector;
    rn_config config = toy_config(2);
    toy_set(&config, "alpha", "auto");
    toy_data(&data, 4, 96, 64);
    toy_detector(&detector, &config, &data);
    expect_refusal(&detector, &data, NULL, "--alpha auto");
    rn_detector_free(&detector);
    rn_dataset_free(&data);
}

/* ---- one batch
 * -------------------------------------------------------------------------------------- */

typedef struct bench_batch {
    rn_dataset data;
    rn_detector detector;
    rn_loader *loader;
    const rn_batch *batch;
    rn_arena arena;
    rn_stage_times times;
} bench_batch;

static bench_batch *batch_make(const rn_config *config) {
    bench_batch *b = calloc(1, sizeof *b);
    rn_err err;
    toy_data(&b->data, 10, 96, 64);
    toy_detector(&b->detector, config, &b->data);
    rn_loader_options options = {.batch = config->train.batch,
                                 .size = config->train.size,
                                 .max_size = config->train.max_size,
                                 .multiple = RN_IMAGE_MULTIPLE,
                                 .scale_jitter = 1,
                                 .threads = 1,
                                 .ahead = 2};
    cr_assert(rn_loader_start(&b->loader, &b->data, &options, 0, &err) == RN_OK, "%s", err.text);
    cr_assert(rn_loader_next(&b->batch, b->loader, &err) == RN_OK, "%s", err.text);
    return b;
}

static void batch_free(bench_batch *b) {
    rn_loader_stop(b->loader);
    rn_arena_free(&b->arena);
    rn_detector_free(&b->detector);
    rn_dataset_free(&b->data);
    free(b);
}

static rn_loss_report go(bench_batch *b, int first, int count, double weight) {
    rn_loss_report report;
    rn_train_batch(&report, &b->detector, b->batch, first, count, weight, &b->arena, &b->times);
    return report;
}

Test(trainer, a_step_allocates_nothing_in_the_steady_state) {
    rn_config config = toy_config(1);
    bench_batch *b = batch_make(&config);
    go(b, 0, 4, 1);
    go(b, 0, 4, 1);
    size_t calls = b->arena.system_calls;
    for (int i = 0; i < 3; i++) go(b, 0, 4, 1);
    cr_expect(b->arena.system_calls == calls, "%zu more blocks", b->arena.system_calls - calls);
    batch_free(b);
}

Test(trainer, backward_twice_is_twice_the_gradient) {
    rn_config config = toy_config(1);
    bench_batch *b = batch_make(&config);
    const rn_params *params = &b->detector.net.params;
    rn_float *once = malloc(params->trainable * sizeof *once);
    double worst = 0, largest = 0;
    go(b, 0, 4, 1);
    memcpy(once, params->grad, params->trainable * sizeof *once);
    go(b, 0, 4, 1);
    for (size_t i = 0; i < params->trainable; i++) {
        worst = fmax(worst, fabs((double)params->grad[i] - 2 * (double)once[i]));
        largest = fmax(largest, fabs((double)once[i]));
    }
    cr_expect(largest > 0 && worst <= 1e-5 * largest, "off by %g of %g", worst, largest);
    free(once);
    batch_free(b);
}

/* Group norm and a normaliser per image: the batch in two halves is the batch as one. */
Test(trainer, accumulated_halves_give_the_gradient_of_the_whole) {
    rn_config config = toy_config(1);
    bench_batch *b = batch_make(&config);
    rn_params *params = &b->detector.net.params;
    rn_float *whole = malloc(params->trainable * sizeof *whole);
    double worst = 0, largest = 0;
    rn_loss_report all = go(b, 0, 4, 1);
    memcpy(whole, params->grad, params->trainable * sizeof *whole);
    rn_params_zero_grad(params);
    rn_loss_report first = go(b, 0, 2, .5), second = go(b, 2, 2, .5);
    for (size_t i = 0; i < params->trainable; i++) {
        worst = fmax(worst, fabs((double)params->grad[i] - (double)whole[i]));
        largest = fmax(largest, fabs((double)whole[i]));
    }
    cr_expect(largest > 0 && worst <= 2e-5 * largest, "off by %g of %g", worst, largest);
    double halves = (first.classification + second.classification + first.box + second.box) / 2;
    cr_expect(fabs(halves - all.classification - all.box) <= 1e-5 * fabs(halves));
    batch_free(b);
}

Test(trainer, the_plan_bounds_the_memory_and_not_by_much) {
    rn_config config = toy_config(1);
    bench_batch *b = batch_make(&config);
    go(b, 0, 4, 1);
    rn_need need =
        rn_retinanet_plan(&b->detector.net, 4, b->batch->h, b->batch->w, true, NULL, NULL);
    size_t slabs = (need.parameters + 2 * need.trainable) * sizeof(rn_float);
    size_t used = b->arena.peak + slabs;
    cr_expect(used <= need.bytes, "used %zu, planned %zu", used, need.bytes);
    cr_expect((double)need.bytes <= 1.05 * (double)used + 65536, "used %zu, planned %zu", used,
              need.bytes);
    batch_free(b);
}

static void expect_alpha(double share) {
    rn_config config = toy_config(1);
    config.model.keep_negatives = share;
    bench_batch *b = batch_make(&config);
    double alpha = rn_train_alpha(&b->detector, &b->data);
    double positives = 0, pairs = 0;
    for (size_t i = 0; i < b->data.num_images; i++) { /* each image once, through the loss */
        rn_err err;
        rn_loss_report report;
        rn_loader *loader;
        const rn_batch *one;
        rn_dataset single = b->data;
        single.image = &b->data.image[i], single.num_images = 1;
        rn_loader_options options = {.batch = 1,
                                     .size = config.train.size,
                                     .multiple = 32,
                                     .max_size = config.train.max_size,
                                     .scale_jitter = 1,
                                     .threads = 1,
                                     .ahead = 1};
        cr_assert(rn_loader_start(&loader, &single, &options, 0, &err) == RN_OK);
        cr_assert(rn_loader_next(&one, loader, &err) == RN_OK);
        rn_train_batch(&report, &b->detector, one, 0, 1, 1, &b->arena, &b->times);
        positives += (double)report.positive;
        pairs += 2. * (double)report.sampled;
        rn_loader_stop(loader);
    }
    double tolerance = share < 1 ? .05 : 1e-4; /* the share is expected, and drawn */
    double want = (pairs - positives) / positives;
    cr_expect(fabs(alpha / (1 - alpha) - want) <= tolerance * want, "%g, want %g",
              alpha / (1 - alpha), want);
    batch_free(b);
}

Test(trainer, alpha_from_the_class_frequencies) {
    expect_alpha(1);
    expect_alpha(.25);
}

Test(trainer, the_log_says_what_ran_and_what_came_out) {
    rn_err err = {""};
    size_t n;
    folder a = folder_make(), b = folder_make();
    cr_assert(train_until(&a, 2, 2, &err) == RN_OK && train_until(&b, 2, 2, &err) == RN_OK);
    char *first = read_text(folder_file(&a, "log.jsonl"), &n);
    char *second = read_text(folder_file(&b, "log.jsonl"), &n);
    const char *const wanted[] = {"\"version\":", "\"seed\":5",          "\"images\":10",
                                  "\"gamma\":2",  "\"gradient_norm\":",  "\"positives\":[",
                                  "\"idle_ms\":", "\"class_gradient\":", "\"thinned\":"};
    for (size_t i = 0; i < RN_COUNT(wanted); i++)
        cr_expect(strstr(first, wanted[i]), "%s is not in %s", wanted[i], first);
    const char *hash = strstr(first, "\"weights\":"), *other = strstr(second, "\"weights\":");
    cr_assert(hash && other);
    cr_expect(strcmp(hash, other) == 0, "%s and %s", hash, other);
    free(first), free(second);
    folder_remove(&a), folder_remove(&b);
}
