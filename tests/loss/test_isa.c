/* The losses on every instruction set that runs here, against their formulas in double. */
#include "base/isa.h"
#include "base/rng.h"
#include "base/vec.h"
#include "loss/classification.h"
#include "support/loss_case.h"
#include "support/naive_loss.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 301, COLUMNS = 7 }; /* no multiple of any vector */

static double focal(double x_t, double gamma, double *slope) {
    double p = 1 / (1 + exp(-x_t)), q = 1 / (1 + exp(x_t));
    double minus_log_p = x_t > 0 ? log1p(exp(-x_t)) : -x_t + log1p(exp(x_t));
    double focus = pow(q, gamma);
    *slope = -focus * (gamma * p * minus_log_p + q);
    return focus * minus_log_p;
}

static void check_gamma(const char *isa, double gamma) {
    static const double relative = sizeof(rn_float) == sizeof(double) ? 1e-12 : 9e-7;
    rn_float logit[ROWS * COLUMNS], grad[ROWS * COLUMNS];
    int label[ROWS];
    double want = 0, alpha = .25, scale = .5;
    rn_rng rng = rn_rng_stream(2, "logits", 0);
    for (int i = 0; i < ROWS; i++) label[i] = (int)rn_rng_below(&rng, COLUMNS + 2) - 2;
    for (int i = 0; i < ROWS * COLUMNS; i++)
        logit[i] = (rn_float)rn_rng_range(&rng, -1, 1) * (i % 2 ? 80 : 4);
    rn_loss_options options = {.gamma = (rn_float)gamma, .alpha = (rn_float)alpha};
    double got = rn_loss_find("focal")->compute(grad, logit, label, ROWS, COLUMNS, &options,
                                                (rn_float)scale);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        int truth = label[i / COLUMNS];
        bool positive = truth == i % COLUMNS;
        double slope, value = focal((double)logit[i] * (positive ? 1 : -1), gamma, &slope);
        double weight = truth == RN_IGNORE ? 0 : positive ? alpha : 1 - alpha;
        want += weight * value;
        slope *= weight * scale * (positive ? 1 : -1);
        cr_assert(rn_test_near((double)grad[i], slope, relative, 1e-37),
                  "%s, gamma %g, x %g: %.9g, want %.9g", isa, gamma, (double)logit[i],
                  (double)grad[i], slope);
    }
    cr_expect(rn_test_near(got, want, relative, 0), "%s, gamma %g: %.9g, want %.9g", isa, gamma,
              got, want);
}

static void on_every_isa(void (*check)(const char *isa)) {
    for (int isa = 0; isa < RN_ISA_COUNT; isa++) {
        if (!rn_isa_runs((rn_isa)isa)) continue;
        setenv("RN_ISA", rn_isa_name((rn_isa)isa), 1);
        check(rn_isa_name((rn_isa)isa));
    }
}

static void check_focal(const char *isa) {
    static const double gammas[] = {0, .5, 1, 1.5, 2, 2.7, 3, 5};
    for (size_t i = 0; i < RN_COUNT(gammas); i++) check_gamma(isa, (double)(rn_float)gammas[i]);
}

Test(loss_isa, focal_is_its_formula_everywhere) { on_every_isa(check_focal); }

/* One negative logit at a time: small values are not lost in a sum. */
static void check_values(const char *isa) {
    static const double relative = sizeof(rn_float) == sizeof(double) ? 1e-13 : 9e-7;
    static const double gammas[] = {0, 1, 1.5, 2, 5};
    rn_rng rng = rn_rng_stream(3, "logits", 0);
    for (int i = 0; i < 20000; i++) {
        rn_float x = (rn_float)(rn_rng_range(&rng, -80, 80) * exp2(-(double)rn_rng_below(&rng, 9)));
        double slope, gamma = (double)(rn_float)gammas[(size_t)i % RN_COUNT(gammas)];
        double want = focal(-(double)x, gamma, &slope);
        rn_loss_options options = {.gamma = (rn_float)gamma};
        double got =
            rn_loss_find("fl")->compute(NULL, &x, (int[]){RN_BACKGROUND}, 1, 1, &options, 1);
        cr_assert(rn_test_near(got, want, relative, 1e-37), "%s, gamma %g, x %g: %.9g, want %.9g",
                  isa, gamma, (double)x, got, want);
    }
}

Test(loss_isa, every_value_has_full_relative_precision) { on_every_isa(check_values); }

/* All losses and options against their naive twins, rows being shorter and longer than a vector. */
static void check_table(const char *isa) {
    static const bool is_double = sizeof(rn_float) == sizeof(double);
    static const int classes[] = {1, 3, 16, 80};
    size_t losses;
    const rn_loss *table = rn_loss_table(&losses);
    for (size_t i = 0; i < losses * LOSS_CASE_OPTIONS * RN_COUNT(classes); i++) {
        const rn_loss *loss = &table[i % losses];
        int option = (int)(i / losses % LOSS_CASE_OPTIONS);
        if (!naive_loss_knows(loss->name) || !loss_case_allows(loss, option)) continue;
        loss_case c = loss_case_make(loss, option, 40, classes[i / losses / LOSS_CASE_OPTIONS], 8);
        double *want = rn_vec_zeros(c.logits, sizeof *want), sum = naive_loss(want, &c);
        double got = loss_case_compute(&c, c.grad, 1), relative = is_double ? 1e-12 : 3e-6;
        double absolute = loss->uses_margin ? is_double ? 1e-15 : 4e-7 : 0;
        cr_assert(rn_test_near(got, sum, relative, absolute * (double)c.logits),
                  "%s, %s, options %d: %.9g, want %.9g", isa, loss->name, option, got, sum);
        for (size_t k = 0; k < c.logits; k++)
            cr_assert(rn_test_near((double)c.grad[k], want[k], relative, absolute),
                      "%s, %s, options %d: gradient %.9g, want %.9g", isa, loss->name, option,
                      (double)c.grad[k], want[k]);
        free(want);
        loss_case_free(&c);
    }
}

Test(loss_isa, every_loss_agrees_with_its_naive_twin) { on_every_isa(check_table); }

/* Far out a wrong logit costs what cross entropy does, a right one nothing. */
static void check_limits(const char *isa) {
    static const double far[] = {90, 104, 1e3, 1e4}, gammas[] = {0, 1, 1.5, 2};
    for (size_t i = 0; i < RN_COUNT(far) * RN_COUNT(gammas); i++) {
        rn_loss_options options = {.gamma = (rn_float)gammas[i % RN_COUNT(gammas)]};
        rn_float wrong = (rn_float)far[i / RN_COUNT(gammas)], x[2] = {wrong, -wrong}, grad[2];
        double value = rn_loss_find("fl")->compute(grad, x, (int[]){-1, -1}, 2, 1, &options, 1);
        cr_expect(value == (double)x[0] && grad[0] == 1, "%s, x %g: %g, slope %g", isa,
                  (double)x[0], value, (double)grad[0]);
        cr_expect(grad[1] >= 0 && grad[1] <= (rn_float)1e-37, "%s, x %g: slope %g", isa,
                  (double)x[1], (double)grad[1]);
    }
}

Test(loss_isa, far_out_the_limits_are_right) { on_every_isa(check_limits); }

/* Whatever a NaN holds besides: bits that an exponent could be added to. */
static void check_nan(const char *isa) {
    static const uint32_t bits[] = {0x7fc00000, 0x7fc00001, 0x7f800001, 0x7f8000ff,
                                    0xffc00001, 0x7fffffff, 0xffffffff};
    size_t losses;
    const rn_loss *table = rn_loss_table(&losses);
    for (size_t i = 0; i < losses * RN_COUNT(bits); i++) {
        const rn_loss *loss = &table[i / RN_COUNT(bits)];
        rn_loss_options options = {
            .gamma = i % 2 ? 2 : (rn_float)1.5, .alpha = (rn_float).25, .margin = 1};
        float nan;
        memcpy(&nan, &bits[i % RN_COUNT(bits)], sizeof nan);
        rn_float x[3] = {0, (rn_float)nan, 0}, grad[3];
        double value = loss->compute(grad, x, (int[]){1}, 1, 3, &options, 1);
        cr_expect(isnan(value) && isnan(grad[1]), "%s, %s, %08x: %g, slope %g", isa, loss->name,
                  bits[i % RN_COUNT(bits)], value, (double)grad[1]);
        value = loss->compute(grad, x, (int[]){0}, 1, 3, &options, 1);
        cr_expect(isnan(value) && isnan(grad[1]), "%s, %s, %08x: %g as a negative", isa, loss->name,
                  bits[i % RN_COUNT(bits)], value);
    }
}

Test(loss_isa, any_nan_comes_through) { on_every_isa(check_nan); }
