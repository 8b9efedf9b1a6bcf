/* plan.h: what a network will cost, found by a rehearsal of one step without computing it. */
#ifndef RN_MODEL_PLAN_H
#define RN_MODEL_PLAN_H

#include "model/retinanet.h"

typedef struct rn_need {
    size_t parameters; /**< elements, buffers included */
    size_t trainable;
    size_t bytes;      /**< at most: values, gradients, momentum, activations, the work space of the
                            kernels on the threads in force, and that of loss or decoding */
    size_t step_bytes; /**< the part of them that is taken from the tape's arena */
    double multiply_adds; /**< forward, convolutions only */
    size_t anchors;       /**< an image */
} rn_need;

/** For a batch (n, h, w, 3), training (forward and backward) or inference. `visit` (may be NULL) is
 * called for every convolution in the order of the forward pass, see rn_plan. */
rn_need rn_retinanet_plan(const rn_retinanet *net, int n, int h, int w, bool training,
                          void (*visit)(void *user, const char *weight, const rn_tensor *x,
                                        const rn_tensor *y, double multiply_adds),
                          void *user);

#endif
