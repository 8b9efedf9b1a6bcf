#include "tensor/gemm.h"
#include "base/check.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef RN_NO_OPENBLAS
#include <cblas.h>
#endif

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- packing --------------------------------------------------------------------------------- */

/* Rows first .. first + rows - 1 of the panel that begins at column j. */
static void pack_rows(rn_float *restrict to, const rn_float *restrict b, size_t ldb,
                      bool transposed, size_t rows, size_t width, size_t full) {
    if (transposed) /* reads along rows of b: `rows` is small enough for the panel to stay close */
        for (size_t o = 0; o < width; o++)
            for (size_t l = 0; l < rows; l++) to[l * full + o] = b[o * ldb + l];
    for (size_t l = 0; l < rows; l++) {
        if (!transposed) memcpy(to + l * full, b + l * ldb, width * sizeof *to);
        if (full > width) memset(to + l * full + width, 0, (full - width) * sizeof *to);
    }
}

void rn_gemm_pack(rn_float *packed, const rn_gemm *gemm, const rn_float *b, size_t ldb,
                  bool transposed, size_t k, size_t n) {
    enum { ROWS = 64 };
    size_t all = rn_packed_columns(gemm, n), panel = smaller(gemm->panel, all);
    size_t panels = all ? (all + panel - 1) / panel : 0, parts = (k + ROWS - 1) / ROWS;
#pragma omp parallel for schedule(static) if (k * n > 1 << 14)
    for (size_t i = 0; i < panels * parts; i++) {
        size_t j = i / parts * panel, l = i % parts * ROWS;
        size_t full = smaller(gemm->panel, all - j), width = smaller(full, n - j);
        pack_rows(packed + j * k + l * full, b + (transposed ? j * ldb + l : l * ldb + j), ldb,
                  transposed, smaller(ROWS, k - l), width, full);
    }
}

bool rn_gemm_is_packed(const rn_gemm *gemm, size_t n) {
    return n <= gemm->panel && rn_packed_columns(gemm, n) == n;
}

/* ---- twins of the kernels -------------------------------------------------------------------- */

static void finish_rows(const rn_product *p) {
    const rn_epilogue *e = p->epilogue;
    for (size_t i = 0; e && i < p->m; i++) {
        rn_float *c = p->c + i * p->c_row;
        for (size_t j = 0; j < p->n; j++) {
            if (e->scale) c[j] *= e->scale[j];
            if (e->shift) c[j] += e->shift[j];
            if (e->residual) c[j] += e->residual[i * p->c_row + j];
            if (e->relu) c[j] = c[j] < 0 ? 0 : c[j]; /* NaN stays NaN */
        }
    }
}

static void multiply_plain(const rn_product *p) {
    const rn_float *first = p->b + p->b_first * p->n;
    for (size_t i = 0; i < p->m; i++) {
        rn_float *restrict c = p->c + i * p->c_row;
        for (size_t j = 0; j < p->n && !p->add; j++) c[j] = 0;
        for (size_t l = 0; l < p->k; l++) {
            const size_t runs = p->run ? l / p->run : 0, in_run = l - runs * p->run;
            const rn_float a = p->a[i * p->a_row + runs * p->run_step + in_run * p->a_step];
            const rn_float *restrict b = first + l * p->n;
            for (size_t j = 0; j < p->n; j++) c[j] += a * b[j];
        }
    }
    finish_rows(p);
}

const rn_gemm rn_gemm_plain = {
    .name = "plain", .panel = SIZE_MAX, .lanes = 1, .multiply = multiply_plain};

#ifndef RN_NO_OPENBLAS
/* Threads are the caller's. Often several of them come here at once. */
static void one_blas_thread(void) {
    if (openblas_get_num_threads() == 1) return;
#pragma omp critical(rn_openblas)
    openblas_set_num_threads(1);
}

static void multiply_openblas(const rn_product *p) {
    bool transposed = p->a_step != 1;
    size_t lda = transposed ? p->a_step : p->a_row, line = transposed ? p->m : p->k;
    /* lines that overlap, and runs: more than a BLAS understands */
    if (lda < line || p->k == 0 || p->run) {
        multiply_plain(p);
        return;
    }
    RN_CHECK(p->m <= INT_MAX && p->n <= INT_MAX && p->k <= INT_MAX && lda <= INT_MAX &&
                 p->c_row <= INT_MAX,
             "(%zu, %zu) times (%zu, %zu)", p->m, p->k, p->k, p->n);
    if (p->m == 0 || p->n == 0) return;
    one_blas_thread();
#ifdef RN_DOUBLE
    cblas_dgemm
#else
    cblas_sgemm
#endif
        (CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, (blasint)p->m,
         (blasint)p->n, (blasint)p->k, 1, p->a, (blasint)lda, p->b + p->b_first * p->n,
         (blasint)p->n, p->add, p->c, (blasint)p->c_row);
    finish_rows(p);
}

const rn_gemm rn_gemm_openblas = {
    .name = "openblas", .panel = SIZE_MAX, .lanes = 1, .multiply = multiply_openblas};
#endif

/* ---- choice ---------------------------------------------------------------------------------- */

static const rn_gemm *find(const char *name) {
    if (!name || !*name || strcmp(name, "kernel") == 0) return rn_gemm_kernel_in_force();
    if (strcmp(name, "plain") == 0) return &rn_gemm_plain;
#ifndef RN_NO_OPENBLAS
    if (strcmp(name, "openblas") == 0) return &rn_gemm_openblas;
#endif
    return NULL;
}

rn_status rn_gemm_check(rn_err *err) {
    const char *wanted = getenv("RN_GEMM");
    if (find(wanted)) return RN_OK;
    return rn_fail(err, "RN_GEMM: expected one of kernel, openblas, plain, got \"%s\"", wanted);
}

const rn_gemm *rn_gemm_in_force(void) {
    rn_err err;
    RN_CHECK(rn_gemm_check(&err) == RN_OK, "%s", err.text);
    return find(getenv("RN_GEMM"));
}
