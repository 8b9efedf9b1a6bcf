/* What PyTorch, torchvision and mmdetection give for the same numbers. */
#include "loss/classification.h"
#include "golden/loss_sigmoid.h"
#include "support/near.h"

#include <criterion/criterion.h>

enum { ROWS = RN_COUNT(golden_label), COLUMNS = RN_COUNT(golden_logit[0]) };

static const double relative = sizeof(rn_float) == sizeof(double) ? 1e-11 : 2e-5;

/* `fl` and `ce` have the weight 1 on both sides, which torchvision calls alpha -1. */
static double compute(rn_float *grad, double gamma, double alpha) {
    const char *name = gamma > 0 ? (alpha < 0 ? "fl" : "focal") : (alpha < 0 ? "ce" : "alpha-ce");
    rn_loss_options options = {.gamma = (rn_float)gamma, .alpha = (rn_float)alpha};
    rn_float logit[ROWS * COLUMNS];
    for (size_t k = 0; k < ROWS * COLUMNS; k++)
        logit[k] = (rn_float)golden_logit[k / COLUMNS][k % COLUMNS];
    return rn_loss_find(name)->compute(grad, logit, golden_label, ROWS, COLUMNS, &options, 1);
}

static void check(const char *source, const double option[2], double value,
                  const double *gradient) {
    rn_float grad[ROWS * COLUMNS];
    double got = compute(grad, option[0], option[1]);
    cr_expect(rn_test_near(got, value, relative, 0), "%s, gamma %g alpha %g: %.12g, want %.12g",
              source, option[0], option[1], got, value);
    for (size_t k = 0; k < ROWS * COLUMNS; k++)
        cr_expect(rn_test_near((double)grad[k], gradient[k], relative, 1e-14),
                  "%s, gamma %g alpha %g, logit %zu: %.12g, want %.12g", source, option[0],
                  option[1], k, (double)grad[k], gradient[k]);
}

Test(golden_sigmoid, value_and_gradient_are_torchvisions) {
    for (size_t i = 0; i < RN_COUNT(golden_option); i++)
        check("torchvision", golden_option[i], golden_torchvision[i],
              &golden_torchvision_gradient[i][0][0]);
}

Test(golden_sigmoid, value_and_gradient_are_mmdetections) {
    for (size_t i = 0; i < RN_COUNT(golden_mmdet_option); i++)
        check("mmdetection", golden_option[golden_mmdet_option[i]], golden_mmdet[i],
              &golden_mmdet_gradient[i][0][0]);
}
