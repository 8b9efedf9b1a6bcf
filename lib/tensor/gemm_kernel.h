/* gemm_kernel.h: the innermost part of a matrix product (private to lib/tensor).
 *
 * B is packed: cut into panels of `panel` columns (the last one narrower, filled up with zeros to
 * whole vectors), each panel's rows one after the other. Then
 *
 *     for each panel                     its rows stay in the first-level cache
 *         for each few rows of A         their products stay in registers
 *             C's tile += A's rows times the panel
 *
 * A is read as it lies, one number at a time, which is multiplied with a whole row of the panel:
 * it may have any strides, so that A' needs no transposing and a window of a picture no copy. */
#ifndef RN_TENSOR_GEMM_KERNEL_H
#define RN_TENSOR_GEMM_KERNEL_H

#include "base/kernel.h"
#include "tensor/epilogue.h"

/** c (m, n) = a (m, k) times b (k, n), or added to c. */
typedef struct rn_product {
    size_t m, n, k;
    const rn_float *a;
    size_t a_row, a_step; /**< element (i, l) of A is a[i * a_row + l * a_step] */
    const rn_float *b;    /**< packed, from row 0 of the panels */
    size_t b_rows;        /**< rows that the panels have, k at least */
    rn_float *c;
    size_t c_row;
    bool add;                    /**< to what is there */
    const rn_epilogue *epilogue; /**< of the finished sums, or NULL */
} rn_product;

typedef struct rn_gemm_kernels {
    void (*multiply)(const rn_product *product);
    /** Columns of a packed matrix of n columns: n rounded up to whole vectors. */
    size_t (*packed_columns)(size_t n);
    /** packed: (k, packed_columns(n)) in panels, from b, (k, n) with row stride ldb, or (n, k) when
     * transposed. */
    void (*pack)(rn_float *packed, const rn_float *b, size_t ldb, bool transposed, size_t k,
                 size_t n);
} rn_gemm_kernels;
RN_KERNEL_TABLE(rn_gemm_kernels)

#endif
