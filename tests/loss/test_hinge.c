#include "loss/hinge.h"
#include "support/near.h"

#include <criterion/criterion.h>

static double hinge(double *slope, double x_t, double margin) {
    const rn_loss_options options = {.margin = (rn_float)margin};
    rn_float x = (rn_float)x_t, grad;
    double value = rn_hinge_loss(&grad, &x, (int[]){0}, 1, 1, &options, 1);
    *slope = (double)grad;
    return value;
}

Test(hinge, by_hand) {
    const struct {
        double x_t, margin, value, slope;
    } rows[] = {
        {0, .75, .25, -.25}, /* p_t = .5 */
        {0, .5, 0, 0},       /* at the corner */
        {0, .25, 0, 0},      /* above the margin nothing is left to learn */
        {-1e4, .75, .75, 0}, /* nor can a hopeless example be helped */
        {1e4, 1, 0, 0},      {1.0986122886681098, .875, .125, -.1875}, /* p_t = 3/4 */
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double slope, value = hinge(&slope, rows[i].x_t, rows[i].margin);
        cr_expect(rn_test_near(value, rows[i].value, 1e-6, 0), "row %zu: %.9g", i, value);
        cr_expect(rn_test_near(slope, rows[i].slope, 1e-6, 0), "row %zu: slope %.9g", i, slope);
    }
}

Test(hinge, with_margin_1_is_1_minus_p_t_down_to_the_last_digits) {
    for (double x_t = 16; x_t <= 80; x_t += 4) {
        double slope, value = hinge(&slope, x_t, 1);
        cr_expect(rn_test_near(value, exp(-x_t), 1e-6, 0), "%g: %g", x_t, value);
        cr_expect(rn_test_near(slope, -exp(-x_t), 1e-6, 0), "%g: slope %g", x_t, slope);
    }
}
