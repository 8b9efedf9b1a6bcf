/* im2col.h: convolution as a matrix product.
 *
 * Row i of the matrix holds what output pixel i sees: R x S pixels of C channels, zeros where it
 * looks over the edge. Times the weights (R S C, K) it gives the output, so all the arithmetic is a
 * GEMM (Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
 * processing", 2006). */
#ifndef RN_TENSOR_IM2COL_H
#define RN_TENSOR_IM2COL_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

/** The geometry of one convolution. All but pad are 1 at least, h + 2 pad >= r and w + 2 pad >= s,
 * and both sums fit an int; the functions below take that for granted. */
typedef struct rn_conv_dims {
    int n, h, w, c; /**< input */
    int k, r, s;    /**< output channels, kernel height and width */
    int stride, pad;
} rn_conv_dims;

/** Output height and width: floor((h + 2 pad - r) / stride) + 1. */
static inline int rn_conv_out_h(const rn_conv_dims *d) {
    return (d->h + 2 * d->pad - d->r) / d->stride + 1;
}
static inline int rn_conv_out_w(const rn_conv_dims *d) {
    return (d->w + 2 * d->pad - d->s) / d->stride + 1;
}

/** Rows of the matrix: output pixels of the whole batch. */
static inline size_t rn_im2col_rows(const rn_conv_dims *d) {
    return (size_t)d->n * (size_t)rn_conv_out_h(d) * (size_t)rn_conv_out_w(d);
}

/** Columns: R S C. */
static inline size_t rn_im2col_columns(const rn_conv_dims *d) {
    return (size_t)d->r * (size_t)d->s * (size_t)d->c;
}

/** Is the input itself the matrix? 1x1 kernel, stride 1, no padding. */
static inline bool rn_im2col_is_identity(const rn_conv_dims *d) {
    return d->r == 1 && d->s == 1 && d->stride == 1 && d->pad == 0;
}

/** matrix: (rows, columns) with row stride `stride`, apart from x, receives rows first .. first +
 * rows - 1; what lies between the rows is left alone. */
void rn_im2col(rn_float *matrix, size_t stride, const rn_float *x, const rn_conv_dims *d,
               size_t first, size_t rows);

/** The adjoint: adds each entry of the matrix to the input pixel that it came from. */
void rn_col2im_add(rn_float *x, const rn_float *matrix, size_t stride, const rn_conv_dims *d,
                   size_t first, size_t rows);

#endif
