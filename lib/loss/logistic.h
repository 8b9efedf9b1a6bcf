/* logistic.h: the sigmoid of one logit, its complement and their logarithms, each to full relative
 * precision (private to lib/loss).
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

#include "base/real.h"

typedef struct rn_logistic {
    rn_float p, q;        /**< sigmoid(x), sigmoid(-x) */
    rn_float minus_log_p; /**< -log p: the cross entropy where x is the logit of the truth */
    rn_float minus_log_q; /**< -log q */
} rn_logistic;

static inline rn_logistic rn_logistic_of(rn_float x) {
    rn_float e = exp(-fabs(x)), both = log1p(e), larger = 1 / (1 + e), smaller = e * larger;
    return (rn_logistic){.p = x >= 0 ? larger : smaller,
                         .q = x >= 0 ? smaller : larger,
                         .minus_log_p = (x < 0 ? -x : 0) + both,
                         .minus_log_q = (x > 0 ? x : 0) + both};
}

#endif
