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
