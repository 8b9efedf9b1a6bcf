/* conv2d.h: convolution, forward and backward, on plain arrays, by several algorithms.
 *
 * A convolution is a list of maps that share a filter: one map for most layers, one for each
 * pyramid level in a head, whose small levels then are not small work of their own.
 *
 * Shapes      x: (N, H, W, C), w: (R, S, C, K), y: (N, H', W', K), dense, as rn_conv_dims says.
 * Algorithms  (by these names the environment variable RN_CONV asks for one wherever it fits)
 *
 *   direct      the sum as it is defined, seven loops: to read and to compare with
 *   im2col      a matrix of what each output pixel sees, times the weights (conv_im2col.c)
 *   implicit    the same without the matrix, row by row (conv_implicit.c)
 *   winograd2   F(2x2, 3x3): 16 multiplications for what takes 36 (winograd.c)
 *   winograd4   F(4x4, 3x3): 36 for 144; at stride 2, 81 for 144
 *
 * 3x3, 256 to 256 channels on 64 x 64 pixels, one core of a Zen 5 (265 GFLOP/s at best), effective
 * GFLOP/s forward: direct 30, im2col with three loops 30, with OpenBLAS 78 (its kernels for
 * Haswell), with our product 240, winograd2 500, winograd4 840. `bench --ladder` measures that.
 *
 * Choice      rn_conv2d_choose. It depends on shapes and phase, never on threads; for inference on
 *             the filter's shape alone, since that is made ready for maps of all sizes.
 * Errors      dims that describe no convolution abort (RN_CHECK). Outputs overlap no input.
 * Memory      scratch is taken from the arena and released; it depends on the threads in force.
 * Threads     work is split by shape alone: the same bits on any number of threads. */
#ifndef RN_TENSOR_CONV2D_H
#define RN_TENSOR_CONV2D_H

#include "base/arena.h"
#include "tensor/gemm.h"
#include "tensor/im2col.h"

#include <stdint.h>

/** One input, its output and their gradients; each pass reads and writes its own part. All maps of
 * a list have the same c, k, r, s, stride and pad. */
typedef struct rn_conv_map {
    rn_conv_dims d;
    const rn_float *x;           /**< forward, backward-weights */
    rn_float *y;                 /**< forward: overwritten */
    const rn_epilogue *epilogue; /**< forward; NULL: none */
    const uint8_t *wanted;       /**< forward: (N, H', W'), 0 where nobody will read y, so that it
                                      may be left as it is; NULL: all is read */
    const rn_float *dsum;        /**< backward: gradient of the sum, shape of y */
    rn_float *dx;                /**< backward-data: the gradient of x is added to it, or */
    bool store_dx;               /**< stored: what is there does not matter */
} rn_conv_map;

typedef enum rn_conv_algorithm {
    RN_CONV_DIRECT,
    RN_CONV_IM2COL,
    RN_CONV_IMPLICIT,
    RN_CONV_WINOGRAD2,
    RN_CONV_WINOGRAD4,
    RN_CONV_ALGORITHMS
} rn_conv_algorithm;

typedef enum rn_conv_phase {
    RN_CONV_INFERENCE, /**< forward, with a filter that is made ready once and used often */
    RN_CONV_FORWARD,
    RN_CONV_BACKWARD_DATA,
    RN_CONV_BACKWARD_WEIGHTS
} rn_conv_phase;

const char *rn_conv_algorithm_name(rn_conv_algorithm algorithm);

/** The algorithm for a list of maps: RN_CONV's where that is set and fits, else the fastest by a
 * rule of thumb, see conv2d.c. Aborts where rn_conv2d_check fails. */
rn_conv_algorithm rn_conv2d_choose(const rn_conv_map *map, size_t maps, rn_conv_phase phase);

/** Fails when RN_CONV names no algorithm. */
rn_status rn_conv2d_check(rn_err *err);

/** Weights in the form that an algorithm multiplies with, for rn_conv2d_forward. */
typedef struct rn_conv_filter {
    rn_conv_algorithm algorithm;
    const rn_gemm *gemm;
    rn_float *ready;
} rn_conv_filter;

/** Makes w ready, in memory of the arena, for any list of maps of these c, k, r, s, stride, pad. */
rn_conv_filter rn_conv2d_filter(const rn_float *w, const rn_conv_dims *d,
                                rn_conv_algorithm algorithm, rn_arena *arena);

/** Overwrites each y. filter: NULL, or w made ready for these dims. */
void rn_conv2d_forward(const rn_conv_map *map, size_t maps, const rn_float *w,
                       const rn_conv_filter *filter, rn_arena *scratch);

/** read: (N, H, W), 1 where x has to be right for y to be right, to the last bit and by any
 * algorithm, where `wanted`, (N, H', W'), is not 0; elsewhere x may be anything, NaN too. For 3x3
 * kernels of stride 1 and padding 1. */
void rn_conv2d_reads(uint8_t *read, const uint8_t *wanted, const rn_conv_dims *d);

/** dx += (or =) the gradient of x, for each map. Where dsum is 0, w may be passed over: 0 times
 * infinity or NaN may be 0. */
void rn_conv2d_backward_data(const rn_conv_map *map, size_t maps, const rn_float *w,
                             rn_arena *scratch);

/** dw += the gradient of w, summed over the maps. Where dsum is 0, x may be passed over. */
void rn_conv2d_backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps,
                                rn_arena *scratch);

/** Turns the gradient of y into that of the sum, in place: dy * scale, 0 where y is not above 0
 * under a relu; adds the gradient of the shift (before scaling) to dshift, (K), and that of the
 * residual to dresidual, shape of y, or stores it there. Either may be NULL. */
void rn_conv2d_epilogue_backward(rn_float *dy, rn_float *dshift, rn_float *dresidual,
                                 bool store_dresidual, const rn_float *y,
                                 const rn_epilogue *epilogue, const rn_conv_dims *d,
                                 rn_arena *scratch);

/** Bytes of scratch, at most, that the forward pass takes (filter: as there) and those parts of the
 * backward pass that run, on the threads in force. */
size_t rn_conv2d_scratch(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,
                         bool backward_data, bool backward_weights);

#endif
