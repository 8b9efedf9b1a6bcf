/* focal_term.h: the focal loss of a vector of logits (private to the kernels of lib/loss; derived
 * in focal_kernel.c). */
#ifndef RN_LOSS_FOCAL_TERM_H
#define RN_LOSS_FOCAL_TERM_H

#include "loss/logistic.h"
#include "loss/sigmoid_pass.h"

/* q^gamma. The usual exponents need no exp. */
RN_INLINE rn_vector rn_focal_focus(const rn_logistic *s, rn_float gamma) {
    if (gamma == 2) return s->q * s->q;
    if (gamma == 1) return s->q;
    if (gamma == 0) return rn_fill(1);
    return rn_vector_exp_product(rn_fill(-gamma), s->above, s->both);
}

/** Of logits x_t of the true side. */
RN_INLINE rn_term rn_focal_term_of(rn_vector x_t, rn_float gamma) {
    rn_logistic s = rn_logistic_of(x_t);
    rn_vector focus = rn_focal_focus(&s, gamma);
    return (rn_term){.value = focus * s.minus_log_p,
                     .slope = focus * (-gamma * (s.p * s.minus_log_p) - s.q)};
}

#endif
