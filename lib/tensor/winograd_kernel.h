/* winograd_kernel.h: the transforms of winograd.c, many channels at a time (private to lib/tensor).
 */
#ifndef RN_TENSOR_WINOGRAD_KERNEL_H
#define RN_TENSOR_WINOGRAD_KERNEL_H

#include "base/kernel.h"
#include "tensor/epilogue.h"

#include <stddef.h>

enum { RN_TILE_MOST = 9 }; /* points or pixels along the side of a tile, at most */

/** A matrix for each of the t x t points, (rows, columns): either packed as the B of a product, or
 * with rows `stride` apart, which is a single panel (panel: SIZE_MAX). Columns are filled up with
 * zeros to the stride. */
typedef struct rn_planes {
    rn_float *value; /**< point i begins at value + i * plane */
    size_t plane, rows, columns;
    size_t stride, panel;
} rn_planes;

/** The n x n pixels of a tile, or taps of a filter. */
typedef struct rn_pixels {
    rn_float *const *each; /**< where each of them is, row by row; NULL: they lie evenly, */
    rn_float *first;       /**< from here on, */
    size_t row, column;    /**< so far apart */
} rn_pixels;

typedef struct rn_winograd_kernels {
    /** One row of all planes from the pixels of a tile, each (columns) numbers: of x, of the
     * gradient of y for backward-weights and for backward-data, and from the taps of a filter,
     * which lie evenly. */
    void (*input)(const rn_planes *to, size_t row, const rn_pixels *pixels);
    void (*gradient)(const rn_planes *to, size_t row, const rn_pixels *pixels);
    void (*backward_input)(const rn_planes *to, size_t row, const rn_pixels *pixels);
    void (*filter)(const rn_planes *to, size_t row, const rn_pixels *taps);
    /** And back, to y and to the gradient of x; pixels that are NULL are left out. The residual
     * lies as `image` does, in which the pixels are. */
    void (*output)(const rn_pixels *pixels, const rn_float *image, const rn_planes *from,
                   size_t row, const rn_epilogue *epilogue, bool add);
    void (*backward_output)(const rn_pixels *pixels, const rn_float *image, const rn_planes *from,
                            size_t row, const rn_epilogue *epilogue, bool add);
    void (*filter_gradient)(const rn_pixels *taps, const rn_planes *from, size_t row);
} rn_winograd_kernels;
RN_KERNEL_TABLE(rn_winograd_kernels, rn_winograd2)
RN_KERNEL_TABLE(rn_winograd_kernels, rn_winograd4)
RN_KERNEL_TABLE(rn_winograd_kernels, rn_winograd4_stride2)

#endif
