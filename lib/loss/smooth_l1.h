/* smooth_l1.h: the box regression loss (Girshick, Fast R-CNN, 2015, eq. 3, with a width beta).
 *
 *     smooth_l1(d) = d^2 / (2 beta)   for |d| < beta,   |d| - beta / 2   otherwise;   beta 0 is |d|
 *
 * Shapes   prediction, target, grad: (n, 4); label: (n). Rows with label < 0 count nowhere: their
 *          gradient is 0, and their prediction and target are not read.
 *
 * Units    sum over rows and coordinates, unscaled; grad (may be NULL) is that of sum * scale and
 *          is overwritten. The derivative of |d| at 0 is taken for 0.
 *
 * Errors   beta < 0 aborts (RN_CHECK). */
#ifndef RN_LOSS_SMOOTH_L1_H
#define RN_LOSS_SMOOTH_L1_H

#include "base/real.h"

#include <stddef.h>

double rn_smooth_l1_loss(rn_float *grad, const rn_float *prediction, const rn_float *target,
                         const int *label, size_t n, rn_float beta, rn_float scale);

#endif
