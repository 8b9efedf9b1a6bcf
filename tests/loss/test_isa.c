/* The sigmoid losses on every instruction set that runs here, against their formulas in double. */
#include "base/isa.h"
#include "base/rng.h"
#include "loss/classification.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { ROWS = 301, COLUMNS = 7 }; /* no multiple of any vector */

static double focal(double x_t, double gamma, double *slope) {
    double p = 1 / (1 + exp(-x_t)), q = 1 / (1 + exp(x_t));
    double minus_log_p = x_t > 0 ? log1p(exp(-x_t)) : -x_t + log1p(exp(x_t));
    double focus = pow(q, gamma);
    *slope = -focus * (gamma * p * minus_log_p + q);
    return focus * minus_log_p;
}

static void check(const char *isa, double gamma) {
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
        double some = relative * (1 + gamma * fabs((double)logit[i]) / 8); /* of exp(-gamma ..) */
        cr_assert(rn_test_near((double)grad[i], slope, gamma == 2 ? relative : some, 1e-37),
                  "%s, gamma %g, x %g: %.9g, want %.9g", isa, gamma, (double)logit[i],
                  (double)grad[i], slope);
    }
    cr_expect(rn_test_near(got, want, relative, 0), "%s, gamma %g: %.9g, want %.9g", isa, gamma,
              got, want);
}

Test(loss_isa, focal_is_its_formula_everywhere) {
    for (int isa = 0; isa < RN_ISA_COUNT; isa++) {
        if (!rn_isa_runs((rn_isa)isa)) continue;
        setenv("RN_ISA", rn_isa_name((rn_isa)isa), 1);
        check(rn_isa_name((rn_isa)isa), 2);
        check(rn_isa_name((rn_isa)isa), 1.5);
        check(rn_isa_name((rn_isa)isa), 0);
    }
}
