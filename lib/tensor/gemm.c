#include "tensor/gemm.h"

#ifndef RN_PLAIN_GEMM
#include <cblas.h>
#endif

void rn_gemm_plain(rn_float *c, size_t ldc, const rn_float *a, size_t lda, rn_transpose ta,
                   const rn_float *b, size_t ldb, rn_transpose tb, size_t m, size_t n, size_t k,
                   rn_float beta) {
    for (size_t i = 0; i < m; i++) {
        rn_float *row = c + i * ldc;
        for (size_t j = 0; j < n; j++) row[j] = beta == 0 ? 0 : beta * row[j];
        for (size_t l = 0; l < k; l++) {
            rn_float left = ta == RN_TRANSPOSED ? a[l * lda + i] : a[i * lda + l];
            if (tb == RN_TRANSPOSED)
                for (size_t j = 0; j < n; j++) row[j] += left * b[j * ldb + l];
            else
                for (size_t j = 0; j < n; j++) row[j] += left * b[l * ldb + j];
        }
    }
}

void rn_gemm(rn_float *c, size_t ldc, const rn_float *a, size_t lda, rn_transpose ta,
             const rn_float *b, size_t ldb, rn_transpose tb, size_t m, size_t n, size_t k,
             rn_float beta) {
    if (m == 0 || n == 0) return;
#ifdef RN_PLAIN_GEMM
    rn_gemm_plain(c, ldc, a, lda, ta, b, ldb, tb, m, n, k, beta);
#else
    if (openblas_get_num_threads() != 1) openblas_set_num_threads(1); /* threads are the caller's */
    enum CBLAS_TRANSPOSE left = ta == RN_TRANSPOSED ? CblasTrans : CblasNoTrans;
    enum CBLAS_TRANSPOSE right = tb == RN_TRANSPOSED ? CblasTrans : CblasNoTrans;
#ifdef RN_DOUBLE
    cblas_dgemm
#else
    cblas_sgemm
#endif
        (CblasRowMajor, left, right, (blasint)m, (blasint)n, (blasint)k, 1, a, (blasint)lda, b,
         (blasint)ldb, beta, c, (blasint)ldc);
#endif
}
