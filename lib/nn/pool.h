/* pool.h: the two poolings of a ResNet: max pooling 3x3, stride 2, padding 1, which it begins with,
 * and the mean over each map, behind which a classifier begins. */
#ifndef RN_NN_POOL_H
#define RN_NN_POOL_H

#include "nn/tape.h"

/** y: (N, (H + 1) / 2, (W + 1) / 2, C). Among equals the first of the window in reading order gets
 * the gradient, as in PyTorch. */
rn_tensor *rn_max_pool_forward(rn_tape *tape, rn_tensor *x);

/** y: (N, 1, 1, C), the mean over each image's pixels. H and W at least 1. */
rn_tensor *rn_mean_pool_forward(rn_tape *tape, rn_tensor *x);

#endif
