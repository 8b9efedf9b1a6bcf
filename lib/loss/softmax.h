/* softmax.h: cross entropy and focal loss over classes that exclude each other, the background
 * being the last column. Arguments, units and errors are those of every loss: see rn_loss_function
 * in classification.h. */
#ifndef RN_LOSS_SOFTMAX_H
#define RN_LOSS_SOFTMAX_H

#include "loss/classification.h"

/** -alpha_c log p_c for the true column c (the last one for RN_BACKGROUND). Reads class_alpha. */
rn_loss_function rn_softmax_cross_entropy_loss;

/** -alpha_c (1 - p_c)^gamma log p_c, the form of focal loss for classification with a weight per
 * class. Reads gamma >= 0 and class_alpha. */
rn_loss_function rn_softmax_focal_loss;

#endif
