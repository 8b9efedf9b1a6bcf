/* The hinge loss bends in p_t, not in x_t:
 *
 *     H(x_t) = max(0, margin - p_t)        dH/dx_t = -p_t (1 - p_t) where p_t < margin, else 0
 *
 * It ignores easy examples altogether, as intended. But where cross entropy and FL pull at a
 * hopeless example with a slope of 1, this one lets go: p_t (1 - p_t) vanishes at p_t = 0 as well.
 */
#include "loss/hinge.h"
#include "base/check.h"
#include "loss/logistic.h"
#include "loss/sigmoid_pass.h"

RN_INLINE rn_term hinge_term(rn_vector x_t, const rn_loss_options *options) {
    rn_logistic s = rn_logistic_of(x_t);
    rn_vector short_of = s.q - (1 - options->margin); /* margin - p_t, p_t not rounded to 1 */
    return (rn_term){.value = rn_select(short_of < 0, rn_fill(0), short_of),
                     .slope = rn_select(short_of <= 0, rn_fill(0), -s.p * s.q)};
}

RN_SIGMOID_KERNEL(rn_hinge, hinge_term)

#ifdef RN_KERNEL_ONCE

double rn_hinge_loss(rn_float *grad, const rn_float *logit, const int *label, size_t n, int columns,
                     const rn_loss_options *options, rn_float scale) {
    RN_CHECK(options->margin > 0 && options->margin <= 1, "margin is %g, want more than 0, up to 1",
             (double)options->margin);
    rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, 1, 1};
    return rn_sigmoid_sum(rn_hinge_in_force(), &pass);
}
#endif
