/* conv2d.h: convolution kernels, forward and backward, on plain arrays.
 *
 * Shapes   x: (N, H, W, C), w: (R, S, C, K), y: (N, H', W', K), dense, as rn_conv_dims says.
 * Errors   dims that describe no convolution abort (RN_CHECK). Outputs overlap no input.
 * Memory   scratch is taken from the arena and released; it depends on the threads in force.
 * Threads  work is split by shape alone: the same bits on any number of threads. */
#ifndef RN_TENSOR_CONV2D_H
#define RN_TENSOR_CONV2D_H

#include "base/arena.h"
#include "tensor/epilogue.h"
#include "tensor/im2col.h"

/** Overwrites y. */
void rn_conv2d_forward(rn_float *y, const rn_float *x, const rn_float *w,
                       const rn_epilogue *epilogue, const rn_conv_dims *d, rn_arena *scratch);

/** Turns the gradient of y into that of the sum, in place: dy * scale, 0 where y is not above 0
 * under a relu; adds the gradient of the shift (before scaling) to dshift, (K), unless NULL. */
void rn_conv2d_epilogue_backward(rn_float *dy, rn_float *dshift, const rn_float *y,
                                 const rn_epilogue *epilogue, const rn_conv_dims *d,
                                 rn_arena *scratch);

/** dx += the gradient of x; dsum: gradient of the sum, shape of y. */
void rn_conv2d_backward_data(rn_float *dx, const rn_float *dsum, const rn_float *w,
                             const rn_conv_dims *d, rn_arena *scratch);

/** dw += the gradient of w. */
void rn_conv2d_backward_weights(rn_float *dw, const rn_float *dsum, const rn_float *x,
                                const rn_conv_dims *d, rn_arena *scratch);

/** Bytes of scratch, at most, that the forward pass takes, or any pass with `training`, on the
 * threads in force. */
size_t rn_conv2d_scratch(const rn_conv_dims *d, bool training);

#endif
