/* eltwise.h: operations element by element. */
#ifndef RN_NN_ELTWISE_H
#define RN_NN_ELTWISE_H

#include "nn/tape.h"

/** y = max(x, 0); NaN stays NaN; the derivative at 0 is 0. */
rn_tensor *rn_relu_forward(rn_tape *tape, rn_tensor *x);

/** y = a + b, and relu of it if asked. Same shapes. */
rn_tensor *rn_add_forward(rn_tape *tape, rn_tensor *a, rn_tensor *b, bool relu);

#endif
