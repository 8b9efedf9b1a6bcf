/* Focal loss in terms of x_t, the logit of the true side: x_t = x for a positive, -x for a
 * negative, p_t = sigmoid(x_t), q = 1 - p_t = sigmoid(-x_t).
 *
 *     FL(x_t)   = q^gamma (-log p_t)
 *     dFL/dx_t  = -q^gamma (gamma p_t (-log p_t) + q)
 *
 * The slope follows from d(-log p_t)/dx_t = -q and dq/dx_t = -p_t q; times y it is eq. 10 of
 * appendix B.
 *
 * What it does. A detector looks at 100,000 places in an image, and a few dozen hold an object. The
 * factor q^gamma is about 1 where the network is wrong (p_t near 0) and vanishes where it is right:
 * at gamma 2 an example of p_t = .9 costs 100 times less than by cross entropy, one of .968 about
 * 1000 times less, while one of p_t <= .5 costs at most 4 times less (sec. 3.2). The easy
 * background thereby stops drowning the rest, without being sampled away. alpha is a factor for
 * each side beside it; the larger gamma, the smaller the alpha that does best (table 1b), since
 * gamma has already taken most of the weight of the negatives away.
 *
 * What can go wrong. The form found in most code, CE * (1 - p_t)^gamma with p_t = exp(-CE), loses q
 * when p_t rounds to 1, and its derivative contains (1 - p_t)^(gamma - 1): infinity times 0 for
 * gamma < 1. Here every factor comes from the logit by itself (logistic.h), the slope has no
 * negative power, and
 *
 *     q^gamma = exp(-gamma (-log q))
 *
 * is at most 1 and at least 0 for any gamma. p_t (-log p_t) is at most 1/e, so that gamma may be as
 * large as a float can be. */
#include "loss/focal.h"
#include "base/check.h"
#include "loss/focal_term.h"

RN_INLINE rn_term focal_term(rn_vector x_t, const rn_loss_options *options) {
    return rn_focal_term_of(x_t, options->gamma);
}

RN_SIGMOID_KERNEL(rn_focal, focal_term)

#ifdef RN_KERNEL_ONCE

double rn_focal_loss(rn_float *grad, const rn_float *logit, const int *label, size_t n, int columns,
                     const rn_loss_options *options, rn_float scale) {
    rn_focal_check_gamma(options);
    rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, 1, 1};
    return rn_sigmoid_sum(rn_focal_in_force(), &pass);
}

double rn_focal_alpha_loss(rn_float *grad, const rn_float *logit, const int *label, size_t n,
                           int columns, const rn_loss_options *options, rn_float scale) {
    rn_focal_check_gamma(options);
    rn_sigmoid_check_alpha(options);
    rn_float alpha = options->alpha;
    rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, alpha, 1 - alpha};
    return rn_sigmoid_sum(rn_focal_in_force(), &pass);
}

void rn_focal_term(rn_float *value, rn_float *slope, rn_float x_t, rn_float gamma) {
    rn_focal_in_force()->one(value, slope, x_t, &(rn_loss_options){.gamma = gamma});
}

void rn_focal_check_gamma(const rn_loss_options *options) {
    RN_CHECK(options->gamma >= 0 && isfinite(options->gamma), "gamma is %g, want 0 or more",
             (double)options->gamma);
}
#endif
