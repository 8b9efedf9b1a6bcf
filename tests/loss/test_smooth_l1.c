#include "loss/smooth_l1.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/vec.h"
#include "golden/loss_smooth_l1.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = RN_COUNT(golden_label) };

static const bool is_double = sizeof(rn_float) == sizeof(double);

Test(smooth_l1, value_and_gradient_are_torchs) {
    rn_float prediction[4 * ROWS], target[4 * ROWS], grad[4 * ROWS];
    for (size_t k = 0; k < 4 * ROWS; k++) {
        prediction[k] = (rn_float)golden_prediction[k / 4][k % 4];
        target[k] = (rn_float)golden_target[k / 4][k % 4];
    }
    for (size_t i = 0; i < RN_COUNT(golden_beta); i++) {
        double value = rn_smooth_l1_loss(grad, prediction, target, golden_label, ROWS,
                                         (rn_float)golden_beta[i], 1);
        cr_expect(rn_test_near(value, golden_value[i], is_double ? 1e-14 : 1e-6, 0),
                  "beta %g: %.9g, want %.9g", golden_beta[i], value, golden_value[i]);
        for (size_t k = 0; k < 4 * ROWS; k++)
            cr_expect(rn_test_near((double)grad[k], golden_gradient[i][k / 4][k % 4],
                                   is_double ? 1e-14 : 1e-6, 0),
                      "beta %g, number %zu: %g, want %g", golden_beta[i], k, (double)grad[k],
                      golden_gradient[i][k / 4][k % 4]);
    }
}

Test(smooth_l1, by_hand) {
    const struct {
        double d, beta, value, slope;
    } rows[] = {
        {0, 1, 0, 0},     {.5, 1, .125, .5},      {1, 1, .5, 1},
        {-3, 1, 2.5, -1}, {-.25, .5, .0625, -.5}, {.5, .5, .25, 1},
        {0, 0, 0, 0},     {2, 0, 2, 1},           {-2, 0, 2, -1},
        {1, 2, .25, .5},  {1e-30, 0, 1e-30, 1},   {1e4, .125, 1e4 - .0625, 1},
        {1, 1e-30, 1, 1},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        const rn_float prediction[4] = {0, 0, (rn_float)rows[i].d, 0}, target[4] = {0};
        rn_float grad[4] = {7, 7, 7, 7};
        double value =
            rn_smooth_l1_loss(grad, prediction, target, (int[]){5}, 1, (rn_float)rows[i].beta, -2);
        cr_expect(rn_test_near(value, rows[i].value, 1e-6, 0), "row %zu: %g, want %g", i, value,
                  rows[i].value);
        cr_expect(rn_test_near((double)grad[2], -2 * rows[i].slope, 1e-6, 0), "row %zu: %g", i,
                  (double)grad[2]);
        cr_expect(grad[0] == 0 && grad[1] == 0 && grad[3] == 0, "row %zu", i);
    }
}

Test(smooth_l1, rows_without_an_object_are_not_read) {
    const rn_float nan = (rn_float)NAN, inf = (rn_float)INFINITY;
    const rn_float prediction[] = {nan, inf, -inf, 1, 1, 2, 3, 4, 5, nan, 7, 8};
    const rn_float target[] = {nan, nan, inf, inf, 1, 2, 3, 3, nan, nan, nan, inf};
    const rn_float betas[] = {0, 1};
    for (size_t i = 0; i < RN_COUNT(betas); i++) {
        rn_float grad[12];
        double value =
            rn_smooth_l1_loss(grad, prediction, target, (int[]){-1, 0, -2}, 3, betas[i], 1);
        cr_expect(value == (betas[i] > 0 ? .5 : 1), "beta %g: %g", (double)betas[i], value);
        for (size_t k = 0; k < 12; k++) cr_expect(grad[k] == (k == 7 ? 1 : 0), "%zu", k);
        value = rn_smooth_l1_loss(grad, prediction, target, (int[]){-1, -1, -1}, 3, betas[i], 1);
        cr_expect(value == 0 && grad[7] == 0);
    }
    cr_expect(rn_smooth_l1_loss(NULL, NULL, NULL, NULL, 0, 1, 1) == 0);
}

Test(smooth_l1, nan_in_a_row_that_counts_comes_through) {
    for (int i = 0; i < 2; i++) {
        const rn_float bad[4] = {0, (rn_float)NAN, 0, 0}, zero[4] = {0};
        rn_float grad[4];
        double value = rn_smooth_l1_loss(grad, bad, zero, (int[]){0}, 1, (rn_float)i, 1);
        cr_expect(isnan(value) && isnan(grad[1]) && grad[0] == 0, "beta %d", i);
    }
}

Test(smooth_l1, gradient_is_the_derivative_and_no_thread_changes_a_bit) {
    enum { N = 1500 };
    rn_rng rng = rn_rng_stream(1, "test/smooth-l1", 0);
    rn_float *at = rn_vec_zeros(4 * N * 5, sizeof *at), *moved = at + 4 * N, *target = at + 8 * N;
    rn_float *grad = at + 12 * N, *other = at + 16 * N;
    int *label = rn_vec_zeros(N, sizeof *label);
    double h = is_double ? 1e-6 : 1. / 1024, along = 0, size = 0, beta = .11;
    for (size_t i = 0; i < N; i++) label[i] = (int)rn_rng_below(&rng, 4) - 2;
    for (size_t k = 0; k < 4 * N; k++) {
        at[k] = (rn_float)rn_rng_normal(&rng);
        target[k] = at[k] + (rn_float)rn_rng_range(&rng, -.3, .3);
    }
    rn_parallel_set_threads(1);
    double one = rn_smooth_l1_loss(grad, at, target, label, N, (rn_float)beta, 1);
    rn_parallel_set_threads(2);
    double two = rn_smooth_l1_loss(other, at, target, label, N, (rn_float)beta, 1);
    cr_expect(one == two &&
              one == rn_smooth_l1_loss(NULL, at, target, label, N, (rn_float)beta, 1));
    cr_expect(memcmp(grad, other, 4 * N * sizeof *grad) == 0);
    double difference = 0;
    for (int side = -1; side <= 1; side += 2) {
        rn_rng signs = rn_rng_stream(2, "test/smooth-l1", 0);
        along = size = 0;
        for (size_t k = 0; k < 4 * N; k++) {
            int sign = rn_rng_below(&signs, 2) ? 1 : -1;
            moved[k] = at[k] + (rn_float)(side * sign * h);
            along += sign * (double)grad[k], size += fabs((double)grad[k]);
        }
        difference += side * rn_smooth_l1_loss(NULL, moved, target, label, N, (rn_float)beta, 1);
    }
    cr_expect(rn_test_near(along, difference / (2 * h), 0, (is_double ? 1e-6 : 1e-3) * size),
              "%g along d, differences %g", along, difference / (2 * h));
    free(at);
    free(label);
}

Test(smooth_l1, a_negative_beta_is_misuse, .signal = SIGABRT) {
    rn_smooth_l1_loss(NULL, (rn_float[4]){0}, (rn_float[4]){0}, (int[]){0}, 1, -1, 1);
}
