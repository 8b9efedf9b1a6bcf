/* fl_star.h: FL*, another loss that spares easy examples (appendix A, eq. 6 to 8).
 * Arguments, units and errors are those of every loss: see rn_loss_function in classification.h. */
#ifndef RN_LOSS_FL_STAR_H
#define RN_LOSS_FL_STAR_H

#include "loss/classification.h"

/** FL* = -alpha_t log(p_t*) / gamma, p_t* = sigmoid(gamma x_t + beta). Reads gamma > 0, beta and
 * alpha. The paper gives alpha .25 for it but prints no formula with alpha in it: the factor in
 * front is taken over from FL. */
rn_loss_function rn_fl_star_loss;

#endif
