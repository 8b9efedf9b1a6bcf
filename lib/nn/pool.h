/* pool.h: max pooling 3x3, stride 2, padding 1: the one that ResNets begin with. */
#ifndef RN_NN_POOL_H
#define RN_NN_POOL_H

#include "nn/tape.h"

/** y: (N, (H + 1) / 2, (W + 1) / 2, C). Among equals the first of the window in reading order gets
 * the gradient, as in PyTorch. */
rn_tensor *rn_max_pool_forward(rn_tape *tape, rn_tensor *x);

#endif
