/* conv.h: a convolution layer: the convolution, then a norm or a bias, then perhaps a ReLU.
 *
 * A frozen norm (and a batch norm after training) is an affine map per channel and is applied while
 * the sums are still in cache, as is the ReLU. */
#ifndef RN_NN_CONV_H
#define RN_NN_CONV_H

#include "nn/norm.h"

#include <stdint.h>

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

/** y = relu(norm(conv(x)) + residual), as a residual block ends. residual: shape of y. */
rn_tensor *rn_conv_add_forward(rn_tape *tape, const rn_conv *conv, const rn_norm *norm,
                               rn_tensor *residual, rn_tensor *x);

enum { RN_CONV_MAPS_MOST = 8 };

/** The same of several maps, y[i] of x[i] with norm[i], as one piece of work. norm: (maps), or NULL
 * for none. maps: 1 to RN_CONV_MAPS_MOST. y may be x. wanted: NULL, or (maps) of (N, H', W'), 0
 * where nobody will read y (conv2d.h); then nothing is recorded and norms are affine. */
void rn_conv_forward_maps(rn_tensor **y, rn_tape *tape, const rn_conv *conv, const rn_norm *norm,
                          bool relu, rn_tensor *const *x, size_t maps, uint8_t *const *wanted);

/** Filters made ready for inference: each is transformed when it is first needed, and stays.
 * Zero-initialise; give it to the tapes of many forward passes (tape.h) through the same weights,
 * several at once if you like; free with rn_filters_free. */
typedef struct rn_filters {
    rn_arena arena;
    struct rn_ready_filter *list;
    size_t count, capacity;
} rn_filters;

void rn_filters_free(rn_filters *filters);

#endif
