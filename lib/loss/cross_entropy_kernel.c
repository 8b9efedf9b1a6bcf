/* Cross entropy of the true side's logit x_t:
 *
 *     CE(x_t) = -log p_t        dCE/dx_t = -(1 - p_t)
 *
 * The slope is 1 for a hopeless example and 1/2 at p_t = .5, but it only falls as 1 - p_t: a
 * hundred thousand easy negatives at p_t = .99 add up to what a thousand hopeless examples do. */
#include "loss/cross_entropy.h"
#include "loss/logistic.h"
#include "loss/sigmoid_pass.h"

RN_INLINE rn_term cross_entropy_term(rn_vector x_t, const rn_loss_options *options) {
    rn_logistic s = rn_logistic_of(x_t);
    (void)options;
    return (rn_term){.value = s.minus_log_p, .slope = -s.q};
}

RN_SIGMOID_KERNEL(rn_cross_entropy, cross_entropy_term)

#ifdef RN_KERNEL_ONCE

double rn_cross_entropy_loss(rn_float *grad, const rn_float *logit, const int *label, size_t n,
                             int columns, const rn_loss_options *options, rn_float scale) {
    rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, 1, 1};
    return rn_sigmoid_sum(rn_cross_entropy_in_force(), &pass);
}

double rn_cross_entropy_alpha_loss(rn_float *grad, const rn_float *logit, const int *label,
                                   size_t n, int columns, const rn_loss_options *options,
                                   rn_float scale) {
    rn_sigmoid_check_alpha(options);
    rn_float alpha = options->alpha;
    rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, alpha, 1 - alpha};
    return rn_sigmoid_sum(rn_cross_entropy_in_force(), &pass);
}
#endif
