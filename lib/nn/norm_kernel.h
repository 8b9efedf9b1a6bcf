/* norm_kernel.h: the passes of batch and group norm over the pixels of a map (private to lib/nn).
 *
 * Maps are (rows, c). Sums are taken in single precision over some dozen pixels at a time, and
 * added up in double precision: in the same order with any instruction set. */
#ifndef RN_NN_NORM_KERNEL_H
#define RN_NN_NORM_KERNEL_H

#include "base/kernel.h"

#include <stdbool.h>

/** y = factor (x - mean) + shift, or 0 where that is less and there is a relu. (c) each. */
typedef struct rn_norm_map {
    const rn_float *mean, *factor, *shift;
    bool relu;
} rn_norm_map;

/** dx = of_g g + of_x (x - mean) + constant, where g is dy, but 0 where the relu gave 0. (c) each.
 */
typedef struct rn_norm_slope {
    const rn_float *of_g, *of_x, *constant;
} rn_norm_slope;

typedef struct rn_norm_kernels {
    /** sums, (2, c), += the sums of x - from and of its square. */
    void (*moments)(double *sums, const rn_float *x, const rn_float *from, size_t rows, size_t c);
    void (*forward)(rn_float *y, const rn_float *x, const rn_norm_map *map, size_t rows, size_t c);
    /** sums, (2, c), += the sums of g and of g (x - mean). */
    void (*slopes)(double *sums, const rn_float *dy, const rn_float *x, const rn_norm_map *map,
                   size_t rows, size_t c);
    /** dx += its gradient; dx = that with `store`. */
    void (*backward)(rn_float *dx, bool store, const rn_float *dy, const rn_float *x,
                     const rn_norm_map *map, const rn_norm_slope *slope, size_t rows, size_t c);
} rn_norm_kernels;
RN_KERNEL_TABLE(rn_norm_kernels, rn_norm_kernels)

#endif
