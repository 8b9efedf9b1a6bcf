/* hinge.h: hinge loss on p_t, which the paper tried and found unstable (sec. 5.1).
 * Arguments, units and errors are those of every loss: see rn_loss_function in classification.h. */
#ifndef RN_LOSS_HINGE_H
#define RN_LOSS_HINGE_H

#include "loss/classification.h"

/** max(0, margin - p_t): no loss above a value of p_t that the paper does not give. Reads margin,
 * in (0, 1]. At the corner p_t = margin the gradient is 0. */
rn_loss_function rn_hinge_loss;

#endif
