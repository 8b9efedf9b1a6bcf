/* gemm.h: matrix product, C = A B + beta C, row-major. OpenBLAS on one thread, or a plain loop
 * where RN_PLAIN_GEMM is defined. The caller splits large products over threads:
 * OpenBLAS is set to one thread, for the whole process, on the first call. */
#ifndef RN_TENSOR_GEMM_H
#define RN_TENSOR_GEMM_H

#include "base/real.h"

#include <stddef.h>

typedef enum rn_transpose { RN_AS_IS, RN_TRANSPOSED } rn_transpose;

/** c: (m, n) with row stride ldc; a: (m, k), or (k, m) when transposed; b: (k, n), or (n, k). beta
 * 0 overwrites c (NaN there does no harm), beta 1 adds to it. c overlaps neither a nor b; what lies
 * between the rows of c is left alone; any size may be 0. A stride shorter than its row, or a size
 * beyond INT_MAX, aborts. */
void rn_gemm(rn_float *c, size_t ldc, const rn_float *a, size_t lda, rn_transpose ta,
             const rn_float *b, size_t ldb, rn_transpose tb, size_t m, size_t n, size_t k,
             rn_float beta);

/** The same by three plain loops: the twin that tests and readers compare with. */
void rn_gemm_plain(rn_float *c, size_t ldc, const rn_float *a, size_t lda, rn_transpose ta,
                   const rn_float *b, size_t ldb, rn_transpose tb, size_t m, size_t n, size_t k,
                   rn_float beta);

#endif
