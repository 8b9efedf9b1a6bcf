/* gemm.h: matrix products, the arithmetic of every convolution.
 *
 * B comes packed: cut into panels of `panel` columns, the last one narrower and all filled up with
 * zero columns to a multiple of `lanes`; a panel's rows lie one after the other. A is read as it
 * lies, with any strides, so that neither A' nor a window of a picture needs a copy; its columns
 * may come in runs, as the rows of a window do. Packing is up to the caller, who often multiplies
 * many A by one B.
 *
 * Implementations, all behind one table; the environment variable RN_GEMM chooses:
 *
 *   kernel     gemm_kernel.c, for the instruction set in force (base/isa.h). The default.
 *   openblas   OpenBLAS on one thread
 *   plain      three loops
 *
 * They run on the calling thread; whoever has a large product splits it over threads. */
#ifndef RN_TENSOR_GEMM_H
#define RN_TENSOR_GEMM_H

#include "base/err.h"
#include "base/kernel.h"
#include "tensor/epilogue.h"

#include <stdbool.h>
#include <stddef.h>

/** c = a b, or c += a b, then the epilogue. Any size may be 0; c overlaps neither a nor b. */
typedef struct rn_product {
    size_t m, n, k; /**< a: (m, k), b: (k, n), c: (m, n) */
    const rn_float *a;
    size_t a_row, a_step; /**< element (i, l) of a is a[i * a_row + l * a_step]; one of them is 1 */
    size_t run, run_step; /**< in runs of `run` columns: a[i * a_row + l / run * run_step + l % run
                           * a_step]; both 0: all are one run */
    const rn_float *b;    /**< packed */
    size_t b_first, b_rows; /**< b is rows b_first .. b_first + k - 1 of the b_rows that are packed;
                                 both 0: all */
    rn_float *c;
    size_t c_row; /**< n at least; what lies between the rows is left alone */
    bool add;     /**< to what is in c, which else does not matter (NaN does no harm) */
    const rn_epilogue *epilogue; /**< of the finished sums, or NULL; its arrays begin with the
                                      first column, the residual lies as c does */
} rn_product;

typedef struct rn_gemm {
    const char *name;
    size_t panel, lanes; /**< columns, see above; panel: a multiple of lanes, or SIZE_MAX */
    void (*multiply)(const rn_product *product);
} rn_gemm;
RN_KERNEL_TABLE(rn_gemm, rn_gemm_kernel)

extern const rn_gemm rn_gemm_plain;
#ifndef RN_NO_OPENBLAS
extern const rn_gemm rn_gemm_openblas;
#endif

/** The one in force. Aborts where rn_gemm_check fails. */
const rn_gemm *rn_gemm_in_force(void);

/** Fails when RN_GEMM names none of them. */
rn_status rn_gemm_check(rn_err *err);

/** Columns of b when packed: n rounded up to lanes. */
static inline size_t rn_packed_columns(const rn_gemm *gemm, size_t n) {
    return (n + gemm->lanes - 1) / gemm->lanes * gemm->lanes;
}

/** Where element (row, column) of a packed b, (k, n), lies. */
static inline size_t rn_packed_index(const rn_gemm *gemm, size_t k, size_t n, size_t row,
                                     size_t column) {
    size_t first = column / gemm->panel * gemm->panel, left = rn_packed_columns(gemm, n) - first;
    return first * k + row * (left < gemm->panel ? left : gemm->panel) + column - first;
}

/** packed: k * rn_packed_columns(n) numbers, from b, (k, n) with row stride ldb, or (n, k) when
 * transposed. On all threads. */
void rn_gemm_pack(rn_float *packed, const rn_gemm *gemm, const rn_float *b, size_t ldb,
                  bool transposed, size_t k, size_t n);

/** Is a dense b of n columns packed as it lies? Then it needs no copy. */
bool rn_gemm_is_packed(const rn_gemm *gemm, size_t n);

#endif
