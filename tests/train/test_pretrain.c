#include "train/pretrain.h"
#include "base/file.h"
#include "base/parallel.h"
#include "model/resnet.h"
#include "nn/norm.h"
#include "support/folder.h"
#include "train/initial.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static rn_pretrain_config small_config(void) {
    rn_pretrain_config config = rn_pretrain_default();
    config.crops = 70, config.validation = 45;
    config.epochs = 2, config.batch = 16, config.warm_up = 2;
    return config;
}

/* Trains, or fails the test. */
static rn_pretrain_result pretrained(const rn_pretrain_config *config, const char *path) {
    rn_err err;
    rn_pretrain_result result;
    rn_pretrain_output output = {.path = path};
    cr_assert(rn_pretrain(&result, config, &output, &err) == RN_OK, "%s", err.text);
    return result;
}

Test(pretrain, the_number_of_threads_changes_no_bit_and_the_seed_does) {
    rn_pretrain_config config = small_config();
    rn_parallel_set_threads(1);
    rn_pretrain_result one = pretrained(&config, NULL);
    rn_parallel_set_threads(5);
    rn_pretrain_result many = pretrained(&config, NULL);
    cr_expect(one.weights == many.weights && one.loss == many.loss);
    cr_expect(one.accuracy == many.accuracy && one.steps == 2 * (70 / 16) && many.steps == 8);
    cr_expect(memcmp(one.right, many.right, sizeof one.right) == 0);
    config.seed = 1;
    cr_expect(pretrained(&config, NULL).weights != one.weights);
}

Test(pretrain, counts_every_validation_crop_once) {
    rn_pretrain_config config = small_config();
    rn_pretrain_result result = pretrained(&config, NULL);
    int seen = 0, right = 0;
    for (int c = 0; c < RN_CROP_CLASSES; c++) {
        cr_expect(result.right[c] >= 0 && result.right[c] <= result.seen[c]);
        seen += result.seen[c], right += result.right[c];
    }
    cr_expect(seen == 45 && result.accuracy == right / 45., "%d seen, %g", seen, result.accuracy);
}

/* Guessing is right once in 13, with a standard deviation of .015, and costs log(13) = 2.56. */
Test(pretrain, learns) {
    rn_pretrain_config config = small_config();
    config.crops = 800, config.validation = 300, config.epochs = 6;
    config.warm_up = 20, config.learning_rate = .02;
    rn_parallel_set_threads(1);
    rn_pretrain_result result = pretrained(&config, NULL);
    cr_expect(result.loss < 2.4, "loss %g", result.loss);
    cr_expect(result.accuracy > .13, "accuracy %g", result.accuracy);
}

/* A detector of that preset and norm, weights not set. */
static void make_detector(rn_detector *detector, const char *preset, int norm) {
    rn_err err;
    rn_config config = rn_config_paper();
    const rn_category category[] = {{1, "a"}, {2, "b"}};
    cr_assert(rn_config_preset(&config, preset, &err) == RN_OK, "%s", err.text);
    config.model.backbone = 0, config.model.norm = norm;
    cr_assert(rn_detector_create(detector, &config, category, 2, false, &err) == RN_OK, "%s",
              err.text);
}

static bool is_body(const char *name) { return strncmp(name, "backbone.body.", 14) == 0; }

/* Every parameter of the backbone, running statistics included, comes from the file, and every
 * other one is what it would have been without. */
static void expect_taken(const char *path, const char *preset, int norm) {
    rn_err err;
    rn_detector detector, random;
    rn_checkpoint_match match;
    rn_safetensors file;
    size_t body = 0, statistics = 0;
    make_detector(&detector, preset, norm), make_detector(&random, preset, norm);
    cr_assert(rn_initial_weights(&detector, &match, path, &err) == RN_OK, "%s", err.text);
    rn_retinanet_init(&random.net, (uint64_t)random.config.train.seed);
    cr_assert(rn_safetensors_load(&file, path, &err) == RN_OK, "%s", err.text);
    for (size_t i = 0; i < detector.net.params.count; i++) {
        const rn_param *p = detector.net.params.list[i], *r = random.net.params.list[i];
        bool as_random = memcmp(p->value, r->value, p->count * sizeof *p->value) == 0;
        if (!is_body(p->name)) {
            cr_expect(as_random, "%s changed", p->name);
            continue;
        }
        const rn_safetensor *stored = rn_safetensors_find(&file, p->name);
        cr_assert(stored && stored->size == p->count * sizeof *p->value, "%s", p->name);
        if (p->kind != RN_PARAM_CONV) /* those have other axes in the file */
            cr_expect(memcmp(stored->bytes, p->value, stored->size) == 0, "%s", p->name);
        cr_expect(!as_random, "%s is as it was", p->name);
        body++, statistics += strstr(p->name, ".running_") != NULL;
    }
    cr_expect(match.taken == body && match.other_shape == 0 && match.unused == 0,
              "%zu of %zu taken, %zu of another shape, %zu unused", match.taken, body,
              match.other_shape, match.unused);
    cr_expect(match.missing == detector.net.params.count - body);
    cr_expect(norm == RN_NORM_GROUP ? statistics == 0 : statistics > 10);
    rn_safetensors_free(&file);
    rn_detector_free(&detector), rn_detector_free(&random);
}

Test(pretrain, a_detector_takes_the_whole_backbone) {
    const struct {
        const char *preset;
        int norm, detector_norm;
    } rows[] = {{"scenes", RN_NORM_BATCH, RN_NORM_BATCH},
                {"small", RN_NORM_BATCH, RN_NORM_BATCH},
                {"paper", RN_NORM_BATCH, RN_NORM_FROZEN},
                {"scenes", RN_NORM_GROUP, RN_NORM_GROUP}};
    folder f = folder_make();
    const char *path = folder_file(&f, "body.safetensors");
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_pretrain_config config = small_config();
        config.norm = rows[i].norm;
        pretrained(&config, path);
        expect_taken(path, rows[i].preset, rows[i].detector_norm);
    }
    folder_remove(&f);
}

Test(pretrain, every_failure_leaves_the_file_that_was_there) {
    volatile int now = 1;
    struct {
        rn_pretrain_config config;
        const volatile int *stop;
        rn_status status;
        bool diverged;
        const char *words;
    } rows[] = {
        {small_config(), &now, RN_INTERRUPTED, false, "interrupted: crop 0 of 70; nothing is"},
        {small_config(), NULL, RN_ERROR, true, "diverged"},
        {small_config(), NULL, RN_ERROR, false, "--norm: expected batch, group or none"},
        {small_config(), NULL, RN_ERROR, false, "--crops: expected at least --batch 16, got 15"},
    };
    rows[1].config.learning_rate = 1e30;
    rows[2].config.norm = RN_NORM_FROZEN;
    rows[3].config.crops = 15;
    folder f = folder_make();
    const char *path = folder_put(&f, "body.safetensors", "old", 3);
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_err err = {""};
        rn_pretrain_result result;
        rn_pretrain_output output = {.path = path, .stop = rows[i].stop};
        char *bytes = NULL;
        size_t size = 0;
        rn_status status = rn_pretrain(&result, &rows[i].config, &output, &err);
        cr_expect(status == rows[i].status && strstr(err.text, rows[i].words), "%d: %s", status,
                  err.text);
        cr_expect(result.diverged == rows[i].diverged, "%s", err.text);
        cr_assert(rn_file_read(&bytes, &size, path, 1 << 20, &err) == RN_OK, "%s", err.text);
        cr_expect(size == 3 && memcmp(bytes, "old", 3) == 0 && folder_count(&f) == 1, "row %zu", i);
        free(bytes);
    }
    folder_remove(&f);
}

static volatile int stop_now;
static void request_stop(int signal_number) {
    (void)signal_number;
    stop_now = 1;
}

/* Asked to stop after 300 ms, while it trains, or still paints on a slow machine. */
Test(pretrain, an_interruption_on_the_way_writes_nothing) {
    folder f = folder_make();
    rn_err err = {""};
    rn_pretrain_config config = small_config();
    rn_pretrain_result result;
    config.epochs = 10000;
    rn_pretrain_output output = {.path = folder_file(&f, "body.safetensors"), .stop = &stop_now};
    struct itimerval timer = {.it_value = {.tv_usec = 300000}};
    signal(SIGALRM, request_stop);
    setitimer(ITIMER_REAL, &timer, NULL);
    cr_expect(rn_pretrain(&result, &config, &output, &err) == RN_INTERRUPTED);
    cr_expect(strstr(err.text, "interrupted: ") && strstr(err.text, "nothing is written"), "%s",
              err.text);
    cr_expect(result.steps < 40000 && folder_count(&f) == 0);
    folder_remove(&f);
}

Test(pretrain, a_path_where_no_file_can_appear_is_refused_before_any_work) {
    rn_err err = {""};
    rn_pretrain_config config = small_config();
    rn_pretrain_result result;
    config.crops = 100000; /* a minute's work */
    rn_pretrain_output output = {.path = "/nowhere/at/all.safetensors"};
    cr_expect(rn_pretrain(&result, &config, &output, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "/nowhere/at/all.safetensors"), "%s", err.text);
    cr_expect(result.steps == 0 && result.painting_seconds == 0);
}
