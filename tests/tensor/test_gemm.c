/* Both products against sums of products in double precision. */
#include "tensor/gemm.h"
#include "support/naive_conv.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#ifdef RN_DOUBLE
static const double tolerance = 1e-14; /* of a sum of k products below 1, per product */
#else
static const double tolerance = 1e-6;
#endif

typedef void product(rn_float *c, size_t ldc, const rn_float *a, size_t lda, rn_transpose ta,
                     const rn_float *b, size_t ldb, rn_transpose tb, size_t m, size_t n, size_t k,
                     rn_float beta);
static const struct {
    const char *name;
    product *run;
} products[] = {{"gemm", rn_gemm}, {"gemm_plain", rn_gemm_plain}};

typedef struct gemm_case {
    size_t m, n, k, gap; /* gap: unused elements between rows */
    rn_transpose ta, tb;
    rn_float beta;
} gemm_case;

static rn_float at(const rn_float *matrix, size_t stride, rn_transpose t, size_t i, size_t j) {
    return t ? matrix[j * stride + i] : matrix[i * stride + j];
}

static void check_product(product *run, const char *name, const gemm_case *g) {
    size_t lda = (g->ta ? g->m : g->k) + g->gap, ldb = (g->tb ? g->k : g->n) + 2 * g->gap;
    size_t ldc = g->n + g->gap, count = g->m * ldc;
    rn_float *a = naive_random((g->ta ? g->k : g->m) * lda, "a");
    rn_float *b = naive_random((g->tb ? g->n : g->k) * ldb, "b");
    rn_float *before = naive_random(count, "c"), *c = malloc((count + 1) * sizeof *c);
    for (size_t i = 0; g->beta == 0 && i < count; i++)
        if (i % ldc < g->n) before[i] = (rn_float)NAN; /* must not matter */
    memcpy(c, before, count * sizeof *c);
    run(c, ldc, a, lda, g->ta, b, ldb, g->tb, g->m, g->n, g->k, g->beta);
    double worst = 0;
    for (size_t i = 0; i < count; i++) {
        double want = g->beta == 0 ? 0 : (double)g->beta * (double)before[i];
        if (i % ldc >= g->n) want = (double)before[i]; /* the gap is not ours */
        for (size_t l = 0; l < g->k && i % ldc < g->n; l++)
            want += (double)at(a, lda, g->ta, i / ldc, l) * (double)at(b, ldb, g->tb, l, i % ldc);
        double difference = fabs((double)c[i] - want);
        if (!(difference <= worst)) worst = isfinite(difference) ? difference : INFINITY;
    }
    cr_expect(worst <= tolerance * (double)(g->k + 1), "%s, %zu x %zu x %zu, %d%d, beta %g: %g",
              name, g->m, g->n, g->k, g->ta, g->tb, (double)g->beta, worst);
    free(a), free(b), free(before), free(c);
}

Test(gemm, agrees_with_sums_of_products) {
    static const size_t shapes[][3] = {{1, 1, 1},    {1, 17, 3},  {3, 5, 7},   {16, 16, 16},
                                       {33, 20, 65}, {70, 1, 31}, {2, 129, 9}, {96, 48, 300},
                                       {5, 3, 0},    {0, 3, 4},   {3, 0, 4},   {0, 0, 0}};
    static const rn_float betas[] = {0, 1, (rn_float)-.5};
    for (size_t i = 0; i < RN_COUNT(shapes); i++)
        for (size_t way = 0; way < 8 * RN_COUNT(betas); way++)
            for (size_t p = 0; p < RN_COUNT(products); p++) {
                gemm_case g = {.m = shapes[i][0],
                               .n = shapes[i][1],
                               .k = shapes[i][2],
                               .gap = way & 4 ? 3 : 0,
                               .ta = way & 1 ? RN_TRANSPOSED : RN_AS_IS,
                               .tb = way & 2 ? RN_TRANSPOSED : RN_AS_IS,
                               .beta = betas[way / 8]};
                check_product(products[p].run, products[p].name, &g);
            }
}

/* Threads that call at once, the first call of the process among them, get what one gets alone. */
Test(gemm, calls_from_many_threads_change_no_bit) {
    enum { CALLS = 40, M = 37, N = 29, K = 150 };
    rn_float *a = naive_random((size_t)CALLS * M * K, "a"), *b = naive_random((size_t)K * N, "b");
    size_t piece = (size_t)M * N, bytes = CALLS * piece * sizeof(rn_float);
    rn_float *together = malloc(bytes), *alone = malloc(bytes);
#pragma omp parallel for num_threads(5)
    for (size_t i = 0; i < CALLS; i++)
        rn_gemm(together + i * piece, N, a + i * M * K, K, RN_AS_IS, b, N, RN_AS_IS, M, N, K, 0);
    for (size_t i = 0; i < CALLS; i++)
        rn_gemm(alone + i * piece, N, a + i * M * K, K, RN_AS_IS, b, N, RN_AS_IS, M, N, K, 0);
    cr_expect(memcmp(together, alone, bytes) == 0);
    free(a), free(b), free(together), free(alone);
}

Test(gemm, a_row_stride_shorter_than_the_row_aborts, .signal = SIGABRT) {
    rn_float a[4] = {0}, b[4] = {0}, c[4];
    rn_gemm(c, 2, a, 1, RN_AS_IS, b, 2, RN_AS_IS, 2, 2, 2, 0);
}
