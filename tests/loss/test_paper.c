/* The numbers of the paper and of its formulas (Lin et al. 2017, sec. 3, 3.2, 3.3, appendix A, B).
 */
#include "loss/classification.h"
#include "loss/focal.h"
#include "support/near.h"

#include <criterion/criterion.h>

static const bool is_double = sizeof(rn_float) == sizeof(double);

/* Loss of a positive with logit x_t and alpha 1; *slope receives d/dx_t. */
static double loss_at(const char *name, double gamma, double beta, double x_t, double *slope) {
    rn_loss_options options = {.gamma = (rn_float)gamma, .alpha = 1, .beta = (rn_float)beta};
    rn_float x = (rn_float)x_t, grad;
    double value = rn_loss_find(name)->compute(&grad, &x, (int[]){0}, 1, 1, &options, 1);
    if (slope) *slope = (double)grad;
    return value;
}

static double logit_of(double p) { return log(p / (1 - p)); }

/* ---- figures 1, 5 and 6 --------------------------------------------------------------------- */

enum { CURVES = 7, POINTS = 11 };

static const struct {
    const char *name;
    double gamma, beta;
} curves[CURVES] = {{"ce", 0, 0}, {"fl", .5, 0},     {"fl", 1, 0},     {"fl", 2, 0},
                    {"fl", 5, 0}, {"fl-star", 2, 1}, {"fl-star", 4, 0}};

/* clang-format off */
static const struct {
    double x_t, p_t, value[CURVES], slope[CURVES];
} points[POINTS] = {
    {-5, 0.00669285, {5.00672, 4.98993, 4.97321, 4.93992, 4.8414, 4.50006, 5.0},
     {-0.993307, -1.00668, -1.01994, -1.04618, -1.12252, -0.999877, -1.0}},
    {-4, 0.0179862, {4.01815, 3.98185, 3.94588, 3.87491, 3.66956, 3.50046, 4.0},
     {-0.982014, -1.00895, -1.03532, -1.0864, -1.22683, -0.999089, -1.0}},
    {-3, 0.0474259, {3.04859, 2.97542, 2.90401, 2.76628, 2.39107, 2.50336, 3.0},
     {-0.952574, -1.00027, -1.04512, -1.12675, -1.31412, -0.993307, -0.999994}},
    {-2, 0.119203, {2.12693, 1.99614, 1.87339, 1.65008, 1.12754, 1.52429, 2.00008},
     {-0.880797, -0.945608, -0.999117, -1.07671, -1.13896, -0.952574, -0.999665}},
    {-1, 0.268941, {1.31326, 1.12286, 0.960071, 0.701868, 0.274228, 0.656631, 1.00454},
     {-0.731059, -0.776062, -0.79265, -0.768235, -0.521412, -0.731059, -0.982014}},
    {0, 0.5, {0.693147, 0.490129, 0.346574, 0.173287, 0.0216608, 0.156631, 0.173287},
     {-0.5, -0.476086, -0.423287, -0.298287, -0.0697771, -0.268941, -0.5}},
    {1, 0.731059, {0.313262, 0.162456, 0.084249, 0.0226581, 0.000440753, 0.0242937, 0.00453748},
     {-0.268941, -0.198854, -0.13392, -0.0525811, -0.00198948, -0.0474259, -0.0179862}},
    {2, 0.880797, {0.126928, 0.0438229, 0.0151302, 0.00180356, 3.05486e-06, 0.00335767, 8.38516e-05},
     {-0.119203, -0.0604553, -0.027536, -0.00487094, -1.63225e-05, -0.00669285, -0.00033535}},
    {3, 0.952574, {0.0485874, 0.0105811, 0.0023043, 0.000109283, 1.16574e-08, 0.000455733, 1.53605e-06},
     {-0.0474259, -0.0153678, -0.00444423, -0.000314872, -6.69011e-08, -0.000911051, -6.14417e-06}},
    {4, 0.982014, {0.0181499, 0.00243414, 0.000326448, 5.87157e-06, 3.41644e-11, 6.17011e-05, 2.81338e-08},
     {-0.0179862, -0.00360736, -0.000644081, -1.73505e-05, -2.01606e-10, -0.000123395, -1.12535e-07}},
    {5, 0.993307, {0.00671535, 0.000549382, 4.49448e-05, 3.00809e-07, 9.01829e-14, 8.35078e-06, 5.15288e-10},
     {-0.00669285, -0.000820393, -8.94383e-05, -8.97393e-07, -5.37778e-13, -1.67014e-05, -2.06115e-09}},
};
/* clang-format on */

Test(paper, curves_of_figures_5_and_6) {
    for (int i = 0; i < POINTS; i++)
        for (int k = 0; k < CURVES; k++) {
            double slope, x_t = points[i].x_t;
            double value = loss_at(curves[k].name, curves[k].gamma, curves[k].beta, x_t, &slope);
            cr_expect(rn_test_near(value, points[i].value[k], 6e-6, 0),
                      "%s (%g, %g) at %g: %.7g, want %g", curves[k].name, curves[k].gamma,
                      curves[k].beta, x_t, value, points[i].value[k]);
            cr_expect(rn_test_near(slope, points[i].slope[k], 6e-6, 0),
                      "slope of %s (%g, %g) at %g: %.7g, want %g", curves[k].name, curves[k].gamma,
                      curves[k].beta, x_t, slope, points[i].slope[k]);
        }
}

Test(paper, p_t_is_the_sigmoid_of_x_t) {
    for (int i = 0; i < POINTS; i++) {
        double p_t = exp(-loss_at("ce", 0, 0, points[i].x_t, NULL));
        cr_expect(rn_test_near(p_t, points[i].p_t, 6e-6, 0), "%g: %g", points[i].x_t, p_t);
    }
}

/* Appendix B: all slopes tend to -1 or 0 far out; those of FL go below -1 on the way. */
Test(paper, steepest_slopes_of_the_focal_loss) {
    const struct {
        double gamma, slope, x_t;
    } rows[] = {
        {.5, -1.00895, -4.018}, {1, -1.04533, -3.098}, {2, -1.12898, -2.79}, {5, -1.31461, -2.94}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double least = 0, at = 0;
        for (int k = -8000; k <= 8000; k++) {
            double slope;
            loss_at("fl", rows[i].gamma, 0, k / 1000., &slope);
            if (slope < least) least = slope, at = k / 1000.;
        }
        cr_expect(rn_test_near(least, rows[i].slope, 6e-6, 0), "gamma %g: %g", rows[i].gamma,
                  least);
        cr_expect(rn_test_near(at, rows[i].x_t, 0, is_double ? 1.5e-3 : .03), "gamma %g: at %g",
                  rows[i].gamma, at);
    }
}

/* ---- sec. 3.2 ------------------------------------------------------------------------------- */

Test(paper, easy_examples_are_down_weighted_as_in_section_3_2) {
    const struct {
        double p_t, ratio;
    } rows[] = {{.5, 4}, {.6, 6.25}, {.9, 100}, {.968, 976.5625}, {.9683772, 1000}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double x_t = logit_of(rows[i].p_t);
        double ratio = loss_at("ce", 0, 0, x_t, NULL) / loss_at("fl", 2, 0, x_t, NULL);
        cr_expect(rn_test_near(ratio, rows[i].ratio, is_double ? 1e-5 : 2e-5, 0),
                  "p_t %g: %.9g, want %g", rows[i].p_t, ratio, rows[i].ratio);
    }
}

Test(paper, hard_examples_are_down_weighted_at_most_four_times) {
    double last = 1;
    for (int i = 1; i <= 500; i++) {
        double x_t = logit_of(i / 1000.);
        double ratio = loss_at("ce", 0, 0, x_t, NULL) / loss_at("fl", 2, 0, x_t, NULL);
        cr_expect(ratio > last && ratio <= 4.00001, "p_t %g: %g after %g", i / 1000., ratio, last);
        last = ratio;
    }
}

Test(paper, focal_at_gamma_0_is_alpha_ce) {
    const rn_float x[] = {-1e4f, -88, -20, -3, -.5f, 0, .25f, 4, 17, 40, 110, 1e4f};
    enum { N = RN_COUNT(x) };
    for (int positive = 0; positive <= 1; positive++)
        for (int k = 0; k <= 4; k++) {
            int label[N];
            rn_float focal[N], entropy[N];
            for (int i = 0; i < N; i++) label[i] = positive ? 0 : RN_BACKGROUND;
            rn_loss_options options = {.gamma = 0, .alpha = (rn_float)(k / 4.)};
            double a = rn_loss_find("focal")->compute(focal, x, label, N, 1, &options, 1);
            double b = rn_loss_find("alpha-ce")->compute(entropy, x, label, N, 1, &options, 1);
            cr_expect(a == b && isfinite(a), "alpha %g: %.9g, %.9g", k / 4., a, b);
            for (int i = 0; i < N; i++)
                cr_expect(focal[i] == entropy[i], "alpha %g, x %g: %.9g, %.9g", k / 4.,
                          (double)x[i], (double)focal[i], (double)entropy[i]);
        }
}

Test(paper, fl_star_at_gamma_1_is_cross_entropy) {
    for (double x_t = -9; x_t <= 9; x_t += .25) {
        double star, entropy;
        double a = loss_at("fl-star", 1, 0, x_t, &star), b = loss_at("ce", 0, 0, x_t, &entropy);
        cr_expect(a == b && star == entropy, "%g: %.9g, %.9g", x_t, a, b);
    }
}

/* ---- sec. 3.1 and 3.3 ----------------------------------------------------------------------- */

/* All logits at the bias that gives the prior pi: the mean loss of a negative in the first step. */
Test(paper, the_prior_tames_the_first_iteration) {
    const struct {
        const char *name;
        double gamma, alpha, at_half, at_prior, ratio;
    } rows[] = {{"alpha-ce", 0, .5, 0.346574, 0.00502517, 68.97},
                {"alpha-ce", 0, .75, 0.173287, 0.00251258, 68.97},
                {"focal", 2, .25, 0.129965, 7.53775e-07, 172419}};
    enum { N = 100, CLASSES = 8 };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double mean[2];
        for (int prior = 0; prior <= 1; prior++) {
            rn_float logit[N * CLASSES];
            int label[N];
            for (int a = 0; a < N; a++) label[a] = RN_BACKGROUND;
            for (int k = 0; k < N * CLASSES; k++)
                logit[k] = (rn_float)(prior ? -log((1 - .01) / .01) : 0);
            rn_loss_options options = {.gamma = (rn_float)rows[i].gamma,
                                       .alpha = (rn_float)rows[i].alpha};
            mean[prior] =
                rn_loss_find(rows[i].name)->compute(NULL, logit, label, N, CLASSES, &options, 1) /
                (N * CLASSES);
        }
        cr_expect(rn_test_near(mean[0], rows[i].at_half, 6e-6, 0), "row %zu: %g", i, mean[0]);
        cr_expect(rn_test_near(mean[1], rows[i].at_prior, 6e-6, 0), "row %zu: %g", i, mean[1]);
        cr_expect(rn_test_near(mean[0] / mean[1], rows[i].ratio, 6e-5, 0), "row %zu: %g", i,
                  mean[0] / mean[1]);
    }
}

/* ---- what the textbook form gets wrong ------------------------------------------------------ */

Test(paper, the_tail_keeps_its_digits_where_p_t_rounds_to_1) {
    for (double x_t = 10; x_t <= 80; x_t += 2.5) { /* there q = exp(-x_t) to within its square */
        double slope, e = exp(-x_t), value = loss_at("fl", .5, 0, x_t, &slope);
        double want = sqrt(e) * e, relative = (is_double ? 1e-14 : 1e-5) + 2 * e;
        if (!is_double && want < 1e-37) break;
        cr_expect(rn_test_near(value, want, relative, 0), "%g: %g, want %g", x_t, value, want);
        cr_expect(rn_test_near(slope, -1.5 * want, relative, 0), "%g: slope %g", x_t, slope);
    }
}

Test(paper, one_term_is_what_the_sum_is_made_of) {
    for (double x_t = -20; x_t <= 20; x_t += 1.25) {
        rn_float value, slope;
        double want_slope, want = loss_at("fl", 1.5, 0, x_t, &want_slope);
        rn_focal_term(&value, &slope, (rn_float)x_t, (rn_float)1.5);
        cr_expect(rn_test_near((double)value, want, 1e-6, 0), "%g", x_t);
        cr_expect(rn_test_near((double)slope, want_slope, 1e-6, 0), "%g", x_t);
    }
}
