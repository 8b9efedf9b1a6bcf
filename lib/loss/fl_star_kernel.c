/* FL* is the cross entropy of a logit that has been stretched and shifted, z = gamma x_t + beta:
 *
 *     FL*(x_t)   = -log sigmoid(z) / gamma        dFL* / dx_t = -(1 - sigmoid(z))
 *
 * Stretching makes the loss fall off sooner, exp(-gamma x_t) in place of exp(-x_t); the division
 * leaves the slope of a hopeless example at 1. beta moves the place where the fall begins. */
#include "loss/fl_star.h"
#include "base/check.h"
#include "loss/logistic.h"
#include "loss/sigmoid_pass.h"

RN_INLINE rn_term fl_star_term(rn_vector x_t, const rn_loss_options *options) {
    rn_logistic s = rn_logistic_of(options->gamma * x_t + options->beta);
    return (rn_term){.value = s.minus_log_p / options->gamma, .slope = -s.q};
}

RN_SIGMOID_KERNEL(rn_fl_star, fl_star_term)

#ifdef RN_KERNEL_ONCE

double rn_fl_star_loss(rn_float *grad, const rn_float *logit, const int *label, size_t n,
                       int columns, const rn_loss_options *options, rn_float scale) {
    RN_CHECK(options->gamma > 0 && isfinite(options->gamma), "gamma is %g, want more than 0",
             (double)options->gamma);
    RN_CHECK(isfinite(options->beta), "beta is %g", (double)options->beta);
    rn_sigmoid_check_alpha(options);
    rn_float alpha = options->alpha;
    rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, alpha, 1 - alpha};
    return rn_sigmoid_sum(rn_fl_star_in_force(), &pass);
}
#endif
