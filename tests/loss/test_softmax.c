#include "loss/softmax.h"
#include "golden/loss_softmax.h"
#include "loss/cross_entropy.h"
#include "loss/focal.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <math.h>

enum { ROWS = RN_COUNT(golden_label), COLUMNS = RN_COUNT(golden_logit[0]) };

static const double relative = sizeof(rn_float) == sizeof(double) ? 1e-11 : 2e-5;

Test(softmax, value_and_gradient_are_torchs) {
    rn_float logit[ROWS * COLUMNS], grad[ROWS * COLUMNS], alpha[COLUMNS];
    for (size_t k = 0; k < ROWS * COLUMNS; k++)
        logit[k] = (rn_float)golden_logit[k / COLUMNS][k % COLUMNS];
    for (size_t k = 0; k < COLUMNS; k++) alpha[k] = (rn_float)golden_class_alpha[k];
    for (size_t i = 0; i < RN_COUNT(golden_option); i++) {
        double gamma = golden_option[i][0];
        rn_loss_options options = {.gamma = (rn_float)gamma,
                                   .class_alpha = golden_option[i][1] > 0 ? alpha : NULL};
        const rn_loss *loss = rn_loss_find(gamma < 0 ? "softmax-ce" : "softmax-focal");
        double value = loss->compute(grad, logit, golden_label, ROWS, COLUMNS, &options, 1);
        cr_expect(rn_test_near(value, golden_value[i], relative, 0), "%zu: %.12g, want %.12g", i,
                  value, golden_value[i]);
        for (size_t k = 0; k < ROWS * COLUMNS; k++) {
            double want = golden_gradient[i][k / COLUMNS][k % COLUMNS];
            cr_expect(rn_test_near((double)grad[k], want, relative, 1e-14),
                      "%zu, logit %zu: %.12g, want %.12g", i, k, (double)grad[k], want);
        }
    }
}

Test(softmax, of_two_columns_is_the_sigmoid_of_their_difference) {
    const rn_loss_options options = {.gamma = 1.5};
    for (int i = -40; i <= 40; i++)
        for (int label = -1; label <= 0; label++) {
            rn_float pair[] = {(rn_float)(i / 4. + 3), 3}, x = (rn_float)(i / 4.), g2[2], g;
            double two = rn_softmax_focal_loss(g2, pair, &label, 1, 2, &options, 1);
            double one = rn_focal_loss(&g, &x, &label, 1, 1, &options, 1);
            cr_expect(rn_test_near(two, one, 1e-5, 0), "x %g: %g, want %g", (double)x, two, one);
            cr_expect(rn_test_near((double)g2[0], (double)g, 1e-5, 0));
            cr_expect(rn_test_near((double)g2[1], -(double)g, 1e-5, 0));
            two = rn_softmax_cross_entropy_loss(g2, pair, &label, 1, 2, &options, 1);
            one = rn_cross_entropy_loss(&g, &x, &label, 1, 1, &options, 1);
            cr_expect(rn_test_near(two, one, 1e-5, 0), "x %g: %g, want %g", (double)x, two, one);
            cr_expect(rn_test_near((double)g2[0], (double)g, 1e-5, 0));
        }
}

Test(softmax, does_not_notice_a_constant_on_all_columns) {
    const rn_loss_options options = {.gamma = 2};
    const rn_float x[] = {1, -2, .5, 3}, far[] = {1025, 1022, 1024.5, 1027};
    for (int label = -1; label < 3; label++) {
        rn_float g[4], h[4];
        double a = rn_softmax_focal_loss(g, x, &label, 1, 4, &options, 1);
        double b = rn_softmax_focal_loss(h, far, &label, 1, 4, &options, 1);
        cr_expect(rn_test_near(b, a, 1e-3, 0), "label %d: %g, %g", label, a, b);
        for (int k = 0; k < 4; k++) cr_expect(rn_test_near((double)h[k], (double)g[k], 1e-3, 0));
    }
}
