#include "model/classifier.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 5, N = 3, SIDE = 64, VALUES = N * SIDE * SIDE * 3 };

static const int labels[N] = {4, 0, 2};

/* A classifier with drawn weights, its pictures and its memory. Open once, not to be copied. */
typedef struct fixture {
    rn_classifier net;
    rn_float pixel[VALUES];
    rn_tensor image;
    rn_arena arena;
} fixture;

static fixture *open_fixture(rn_norm_kind norm) {
    fixture *f = calloc(1, sizeof *f);
    rn_rng rng = rn_rng_stream(1, "classifier", 0);
    rn_classifier_create(&f->net, 0, norm, 8, CLASSES, true);
    rn_classifier_init(&f->net, 7);
    /* a last layer large enough that probabilities differ */
    for (size_t i = 0; i < f->net.last.weight->count; i++)
        f->net.last.weight->value[i] = (rn_float)(.3 * rn_rng_normal(&rng));
    for (int i = 0; i < VALUES; i++) f->pixel[i] = (rn_float)rn_rng_normal(&rng);
    f->image = (rn_tensor){.n = N, .h = SIDE, .w = SIDE, .c = 3, .value = f->pixel};
    return f;
}

static void close_fixture(fixture *f) {
    rn_classifier_free(&f->net);
    rn_arena_free(&f->arena);
    free(f);
}

/* Loss of the pictures, and the gradient of all parameters if asked. */
static double loss_of(fixture *f, bool gradient) {
    rn_tape tape = {.arena = &f->arena, .recording = gradient, .training = true};
    if (gradient) rn_params_zero_grad(&f->net.params);
    rn_tensor *logit = rn_classifier_forward(&tape, &f->net, &f->image);
    double loss = rn_classifier_loss(&tape, &f->net, logit, labels);
    if (gradient) rn_tape_backward(&tape);
    rn_arena_reset(&f->arena);
    return loss;
}

Test(classifier, loss_is_the_mean_of_minus_log_softmax) {
    fixture *f = open_fixture(RN_NORM_GROUP);
    rn_float value[] = {1, -2, 3, .5f, 0, 4, 4, 4, 4, 4, -30, 20, 10, 0, 1}, grad[N * CLASSES];
    rn_tape tape = {.arena = &f->arena, .recording = true};
    rn_tensor logit = {.n = N, .h = 1, .w = 1, .c = CLASSES, .value = value, .wants_grad = true};
    double want = 0;
    double got = rn_classifier_loss(&tape, &f->net, &logit, labels);
    memcpy(grad, logit.grad, sizeof grad);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int c = 0; c < CLASSES; c++) sum += exp((double)value[i * CLASSES + c]);
        for (int c = 0; c < CLASSES; c++) {
            double p = exp((double)value[i * CLASSES + c]) / sum;
            if (c == labels[i]) want -= log(p) / N;
            cr_expect(
                rn_test_near((double)grad[i * CLASSES + c], (p - (c == labels[i])) / N, 1e-5, 1e-6),
                "gradient of class %d of picture %d: %g", c, i, (double)grad[i * CLASSES + c]);
        }
    }
    cr_expect(rn_test_near(got, want, 1e-6, 0), "%g, want %g", got, want);
    close_fixture(f);
}

/* Along a random direction of signs, over all parameters at once. ReLU and max pooling have kinks,
 * which a small step in double precision rarely crosses. */
Test(classifier, gradient_is_the_derivative) {
    if (sizeof(rn_float) < 8) cr_skip_test("skipped: differences need double precision");
    for (int norm = RN_NORM_NONE; norm <= RN_NORM_GROUP; norm++) {
        if (norm == RN_NORM_FROZEN) continue;
        fixture *f = open_fixture((rn_norm_kind)norm);
        rn_params *params = &f->net.params;
        rn_rng rng = rn_rng_stream(2, "direction", (uint64_t)norm);
        double step = 1e-7, slope = 0, side[2];
        rn_float *start = calloc(params->trainable, sizeof *start);
        rn_float *sign = calloc(params->trainable, sizeof *sign);
        memcpy(start, params->value, params->trainable * sizeof *start);
        loss_of(f, true);
        for (size_t i = 0; i < params->trainable; i++) {
            sign[i] = rn_rng_below(&rng, 2) ? 1 : -1;
            slope += (double)(sign[i] * params->grad[i]);
        }
        for (int s = 0; s < 2; s++) {
            for (size_t i = 0; i < params->trainable; i++)
                params->value[i] = start[i] + sign[i] * (rn_float)(s ? step : -step);
            side[s] = loss_of(f, false);
        }
        double difference = (side[1] - side[0]) / (2 * step);
        cr_expect(rn_test_near(slope, difference, 1e-4, 1e-6), "norm %d: %.10g, difference %.10g",
                  norm, slope, difference);
        cr_expect(fabs(slope) > 1e-3, "norm %d: %g", norm, slope);
        free(start), free(sign);
        close_fixture(f);
    }
}

Test(classifier, the_number_of_threads_changes_no_bit) {
    const int threads[] = {1, 2, 5};
    double loss[3];
    rn_float *grad[3];
    size_t size = 0;
    for (int i = 0; i < 3; i++) {
        rn_parallel_set_threads(threads[i]);
        fixture *f = open_fixture(RN_NORM_BATCH);
        loss[i] = loss_of(f, true);
        size = f->net.params.trainable * sizeof *grad[i];
        grad[i] = malloc(size);
        memcpy(grad[i], f->net.params.grad, size);
        close_fixture(f);
    }
    for (int i = 1; i < 3; i++)
        cr_expect(loss[i] == loss[0] && memcmp(grad[i], grad[0], size) == 0, "%d threads",
                  threads[i]);
    for (int i = 0; i < 3; i++) free(grad[i]);
}

Test(classifier, prediction_is_the_largest_logit_and_the_first_among_equals) {
    rn_float value[] = {1, 3, 2, -1, -1, -2, 0, 0, 0};
    rn_tensor logit = {.n = 3, .h = 1, .w = 1, .c = 3, .value = value};
    int predicted[3] = {9, 9, 9};
    rn_classifier_predict(predicted, &logit);
    cr_expect(predicted[0] == 1 && predicted[1] == 0 && predicted[2] == 0);
}

/* Untrained, with its own small last layer, it knows nothing: the loss is nearly log(classes). */
Test(classifier, begins_without_an_opinion) {
    fixture *f = open_fixture(RN_NORM_BATCH);
    rn_classifier_init(&f->net, 7);
    double loss = loss_of(f, false);
    cr_expect(rn_test_near(loss, log((double)CLASSES), .15, 0), "%g", loss);
    close_fixture(f);
}
