/* winograd_kernel.h: the transforms of winograd.c, many channels at a time (private to lib/tensor).
 */
#ifndef RN_TENSOR_WINOGRAD_KERNEL_H
#define RN_TENSOR_WINOGRAD_KERNEL_H

#include "base/kernel.h"
#include "tensor/epilogue.h"

#include <stddef.h>

enum { RN_TILE_MOST = 6 }; /* input pixels along the side of a tile, at most */

/** A matrix for each of the t x t points, (rows, columns): either packed as the B of a product, or
 * with rows `stride` apart, which is a single panel (panel: SIZE_MAX). Columns are filled up with
 * zeros to the stride. */
typedef struct rn_planes {
    rn_float *value; /**< point i begins at value + i * plane */
    size_t plane, rows, columns;
    size_t stride, panel;
} rn_planes;

typedef struct rn_winograd_kernels {
    /** One row of all planes from the pixels of a tile, each (columns) numbers: */
    void (*input)(const rn_planes *to, size_t row, const rn_float *const *pixel);
    void (*gradient)(const rn_planes *to, size_t row, const rn_float *const *pixel);
    void (*filter)(const rn_planes *to, size_t row, const rn_float *const *tap);
    /** And back; pixels that are NULL are left out. The residual lies as `image` does, in which the
     * pixels are. */
    void (*output)(rn_float *const *pixel, const rn_float *image, const rn_planes *from, size_t row,
                   const rn_epilogue *epilogue, bool add);
    void (*filter_gradient)(rn_float *const *tap, const rn_planes *from, size_t row);
} rn_winograd_kernels;
RN_KERNEL_TABLE(rn_winograd_kernels, rn_winograd2)
RN_KERNEL_TABLE(rn_winograd_kernels, rn_winograd4)

#endif
