/* focal.h: the focal loss (sec. 3.2, eq. 4 and 5).
 * Arguments, units and errors are those of every loss: see rn_loss_function in classification.h. */
#ifndef RN_LOSS_FOCAL_H
#define RN_LOSS_FOCAL_H

#include "loss/classification.h"

/** FL = -(1 - p_t)^gamma log p_t (eq. 4). Reads gamma >= 0; 0 is cross entropy. */
rn_loss_function rn_focal_loss;

/** alpha-FL = -alpha_t (1 - p_t)^gamma log p_t (eq. 5), the loss RetinaNet is trained by: gamma 2,
 * alpha .25. Reads gamma >= 0 and alpha: the weight of positives, 1 - alpha of negatives. */
rn_loss_function rn_focal_alpha_loss;

/** One term of eq. 4: the loss of a logit x_t on its true side, and its derivative d/dx_t. */
void rn_focal_term(rn_float *value, rn_float *slope, rn_float x_t, rn_float gamma);

/** Aborts unless gamma is finite and >= 0. */
void rn_focal_check_gamma(const rn_loss_options *options);

#endif
