/* cross_entropy.h: sigmoid cross entropy (sec. 3, eq. 1) and its balanced form (sec. 3.1, eq. 3).
 * Arguments, units and errors are those of every loss: see rn_loss_function in classification.h. */
#ifndef RN_LOSS_CROSS_ENTROPY_H
#define RN_LOSS_CROSS_ENTROPY_H

#include "loss/classification.h"

/** CE = -log p_t. Reads no option. */
rn_loss_function rn_cross_entropy_loss;

/** alpha-CE = -alpha_t log p_t, alpha_t = alpha for positives, 1 - alpha for negatives. At alpha .5
 * it is half of CE. */
rn_loss_function rn_cross_entropy_alpha_loss;

#endif
