#include "tensor/gemm.h"
#include "base/check.h"

#include <limits.h>

#ifndef RN_PLAIN_GEMM
#include <cblas.h>
#endif

/* Rows that overlap, or sizes beyond the int that a BLAS counts with. */
static void check_sizes(size_t ldc, size_t lda, rn_transpose ta, size_t ldb, rn_transpose tb,
                        size_t m, size_t n, size_t k) {
    RN_CHECK(m <= INT_MAX && n <= INT_MAX && k <= INT_MAX, "(%zu, %zu) times (%zu, %zu)", m, k, k,
             n);
    RN_CHECK(ldc >= n && lda >= (ta ? m : k) && ldb >= (tb ? k : n) && ldc <= INT_MAX &&
                 lda <= INT_MAX && ldb <= INT_MAX,
             "row strides %zu, %zu, %zu for (%zu, %zu) times (%zu, %zu)", ldc, lda, ldb, m, k, k,
             n);
}

void rn_gemm_plain(rn_float *restrict c, size_t ldc, const rn_float *restrict a, size_t lda,
                   rn_transpose ta, const rn_float *restrict b, size_t ldb, rn_transpose tb,
                   size_t m, size_t n, size_t k, rn_float beta) {
    check_sizes(ldc, lda, ta, ldb, tb, m, n, k);
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

#ifndef RN_PLAIN_GEMM
/* Threads are the caller's. Often several of them come here at once. */
static void one_blas_thread(void) {
    if (openblas_get_num_threads() == 1) return;
#pragma omp critical(rn_openblas)
    openblas_set_num_threads(1);
}

/* A BLAS wants strides of 1 at least, even of matrices without columns. */
static blasint blas_stride(size_t stride) { return stride > 0 ? (blasint)stride : 1; }
#endif

void rn_gemm(rn_float *c, size_t ldc, const rn_float *a, size_t lda, rn_transpose ta,
             const rn_float *b, size_t ldb, rn_transpose tb, size_t m, size_t n, size_t k,
             rn_float beta) {
    check_sizes(ldc, lda, ta, ldb, tb, m, n, k);
    if (m == 0 || n == 0) return;
#ifdef RN_PLAIN_GEMM
    rn_gemm_plain(c, ldc, a, lda, ta, b, ldb, tb, m, n, k, beta);
#else
    one_blas_thread();
    enum CBLAS_TRANSPOSE left = ta == RN_TRANSPOSED ? CblasTrans : CblasNoTrans;
    enum CBLAS_TRANSPOSE right = tb == RN_TRANSPOSED ? CblasTrans : CblasNoTrans;
#ifdef RN_DOUBLE
    cblas_dgemm
#else
    cblas_sgemm
#endif
        (CblasRowMajor, left, right, (blasint)m, (blasint)n, (blasint)k, 1, a, blas_stride(lda), b,
         blas_stride(ldb), beta, c, blas_stride(ldc));
#endif
}
