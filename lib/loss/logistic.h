/* logistic.h: the sigmoid of a vector of logits, its complement and their logarithms, each to full
 * relative precision (private to the kernels of lib/loss).
 *
 * With e = exp(-|x|), which never overflows, the larger of p = sigmoid(x) and q = 1 - p is
 * 1 / (1 + e), the smaller is e / (1 + e), and
 *
 *     -log p = max(-x, 0) + log1p(e)        -log q = max(x, 0) + log1p(e)
 *
 * Neither log(p) nor 1 - p is ever taken: the first is -inf once p underflows, the second is 0 once
 * p rounds to 1 (x > 17 in single precision) although q is exp(-17). NaN gives NaN. */
#ifndef RN_LOSS_LOGISTIC_H
#define RN_LOSS_LOGISTIC_H

#include "base/vector_math.h"

typedef struct rn_logistic {
    rn_vector p, q;        /**< sigmoid(x), sigmoid(-x) */
    rn_vector minus_log_p; /**< -log p: the cross entropy where x is the logit of the truth */
    rn_vector minus_log_q; /**< -log q, the sum of: */
    rn_vector above, both; /**< max(x, 0) and log1p(e) */
} rn_logistic;

RN_INLINE rn_logistic rn_logistic_of(rn_vector x) {
    rn_mask below = x < 0;
    rn_vector e = rn_vector_exp((rn_vector)((rn_mask)x | (rn_mask)rn_fill(-0.f))); /* of -|x| */
    rn_vector one = rn_fill(1), larger = one / (one + e), both = rn_vector_log1p(e);
    rn_vector above = (rn_vector)((rn_mask)x & ~below);
    return (rn_logistic){.p = rn_select(below, e, one) * larger,
                         .q = rn_select(below, one, e) * larger,
                         .minus_log_p = both - (rn_vector)((rn_mask)x & below),
                         .minus_log_q = both + above,
                         .above = above,
                         .both = both};
}

#endif
