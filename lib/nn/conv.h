/* conv.h: a convolution layer: the convolution, then a norm or a bias, then perhaps a ReLU.
 *
 * A frozen norm (and a batch norm after training) is an affine map per channel and is applied while
 * the sums are still in cache, as is the ReLU. */
#ifndef RN_NN_CONV_H
#define RN_NN_CONV_H

#include "nn/norm.h"

typedef struct rn_conv {
    rn_param *weight; /**< (R, S, C, K) */
    rn_param *bias;   /**< (K) or NULL */
    int stride, pad;
} rn_conv;

/** Declares NAME.weight and, with `bias`, NAME.bias: `kernel` x `kernel`, padded by kernel / 2. The
 * name is formatted. */
rn_conv rn_conv_declare(rn_params *params, int c, int k, int kernel, int stride, bool bias,
                        const char *name, ...) __attribute__((format(printf, 7, 8)));

/** y = relu(norm(conv(x))). norm: NULL or RN_NORM_NONE for none, and not together with a bias. */
rn_tensor *rn_conv_forward(rn_tape *tape, const rn_conv *conv, const rn_norm *norm, bool relu,
                           rn_tensor *x);

#endif
