/* Every product against sums of products in double precision. */
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

/* The kernels of all instruction sets that run here, and their twins. */
static size_t all_products(const rn_gemm *list[8]) {
    size_t count = 0;
    for (int isa = 0; isa < RN_ISA_COUNT; isa++)
        if (rn_isa_runs((rn_isa)isa)) list[count++] = rn_gemm_kernel_for((rn_isa)isa);
    list[count++] = &rn_gemm_plain;
#ifndef RN_NO_OPENBLAS
    list[count++] = &rn_gemm_openblas;
#endif
    return count;
}

typedef struct gemm_case {
    size_t m, n, k, gap; /* gap: unused elements between rows */
    bool left_transposed, right_transposed, add;
    bool scale, shift, residual, relu;
} gemm_case;

static rn_float *packed(const rn_gemm *gemm, const rn_float *b, const gemm_case *g) {
    rn_float *to = malloc((g->k * rn_packed_columns(gemm, g->n) + 1) * sizeof *to);
    rn_gemm_pack(to, gemm, b, (g->right_transposed ? g->k : g->n) + g->gap, g->right_transposed,
                 g->k, g->n);
    return to;
}

static double wanted(const gemm_case *g, const rn_float *a, const rn_float *b, double before,
                     const rn_float *factor, rn_float residual, size_t i, size_t j) {
    size_t lda = (g->left_transposed ? g->m : g->k) + g->gap;
    size_t ldb = (g->right_transposed ? g->k : g->n) + g->gap;
    double sum = g->add ? before : 0;
    for (size_t l = 0; l < g->k; l++)
        sum += (double)a[g->left_transposed ? l * lda + i : i * lda + l] *
               (double)b[g->right_transposed ? j * ldb + l : l * ldb + j];
    if (g->scale) sum *= (double)factor[j];
    if (g->shift) sum += (double)factor[j];
    if (g->residual) sum += (double)residual;
    return g->relu && sum < 0 ? 0 : sum;
}

static void check_product(const rn_gemm *gemm, const gemm_case *g) {
    size_t lda = (g->left_transposed ? g->m : g->k) + g->gap, ldc = g->n + g->gap;
    size_t count = g->m * ldc, ldb = (g->right_transposed ? g->k : g->n) + g->gap;
    rn_float *a = naive_random((g->left_transposed ? g->k : g->m) * lda, "a");
    rn_float *b = naive_random((g->right_transposed ? g->n : g->k) * ldb, "b");
    rn_float *factor = naive_random(g->n, "factor"), *before = naive_random(count, "c");
    rn_float *c = malloc((count + 1) * sizeof *c), *right = packed(gemm, b, g);
    rn_float *residual = naive_random(count, "residual");
    rn_epilogue e = {g->scale ? factor : NULL, g->shift ? factor : NULL,
                     g->residual ? residual : NULL, g->relu};
    for (size_t i = 0; !g->add && i < count; i++)
        if (i % ldc < g->n) before[i] = (rn_float)NAN; /* must not matter */
    memcpy(c, before, count * sizeof *c);
    gemm->multiply(
        &(rn_product){.m = g->m,
                      .n = g->n,
                      .k = g->k,
                      .a = a,
                      .a_row = g->left_transposed ? 1 : lda,
                      .a_step = g->left_transposed ? lda : 1,
                      .b = right,
                      .c = c,
                      .c_row = ldc,
                      .add = g->add,
                      .epilogue = g->scale || g->shift || g->residual || g->relu ? &e : NULL});
    double worst = 0;
    for (size_t i = 0; i < count; i++) {
        double want = (double)before[i]; /* the gap is not ours */
        if (i % ldc < g->n) want = wanted(g, a, b, want, factor, residual[i], i / ldc, i % ldc);
        double difference = fabs((double)c[i] - want);
        if (!(difference <= worst)) worst = isfinite(difference) ? difference : INFINITY;
    }
    cr_expect(worst <= tolerance * (double)(g->k + 1), "%s, %zu x %zu x %zu, %d%d add %d: %g",
              gemm->name, g->m, g->n, g->k, g->left_transposed, g->right_transposed, g->add, worst);
    free(a), free(b), free(factor), free(residual), free(before), free(c), free(right);
}

/* Sizes around those of tiles (6, 8, 12 rows), vectors, panels and parts of k. */
Test(gemm, agrees_with_sums_of_products) {
    static const size_t shapes[][3] = {
        {1, 1, 1},      {1, 17, 3},    {3, 5, 7},    {16, 16, 16},  {33, 20, 65}, {70, 1, 31},
        {2, 129, 9},    {96, 48, 300}, {13, 64, 40}, {25, 65, 129}, {7, 33, 128}, {11, 208, 20},
        {17, 100, 257}, {5, 3, 0},     {0, 3, 4},    {3, 0, 4},     {0, 0, 0}};
    const rn_gemm *products[8];
    size_t count = all_products(products);
    for (size_t i = 0; i < RN_COUNT(shapes); i++)
        for (size_t way = 0; way < 128; way++)
            for (size_t p = 0; p < count; p++) {
                gemm_case g = {.m = shapes[i][0],
                               .n = shapes[i][1],
                               .k = shapes[i][2],
                               .gap = way & 4 ? 3 : 0,
                               .left_transposed = way & 1,
                               .right_transposed = way & 2,
                               .add = way & 8,
                               .scale = way & 16,
                               .shift = way & 32,
                               .residual = way & 64,
                               .relu = way & 16};
                check_product(products[p], &g);
            }
}

/* Columns in runs are the same as the matrix that they are, written out; lines may overlap. */
Test(gemm, columns_may_come_in_runs) {
    enum { M = 29, ROW = 6, MOST = 700 };
    static const struct {
        size_t n, k, run, run_step;
    } cases[] = {{16, 27, 9, 100}, {33, 50, 9, 11},     {64, 147, 21, 400}, {7, 300, 300, 1000},
                 {5, 0, 4, 9},     {20, 700, 300, 310}, {130, 513, 1, 3},   {3, 256, 128, 64}};
    const rn_gemm *products[8];
    rn_float *a = naive_random(M * ROW + 4 * MOST, "a"), *b = naive_random((size_t)130 * MOST, "b");
    rn_float *plain = malloc(M * MOST * sizeof *plain);
    for (size_t i = 0; i < RN_COUNT(cases); i++)
        for (size_t p = all_products(products); p-- > 0;) {
            const size_t n = cases[i].n, k = cases[i].k, run = cases[i].run;
            rn_float *c = malloc(M * n * sizeof *c), *want = malloc(M * n * sizeof *want);
            rn_float *right = packed(products[p], b, &(gemm_case){.n = n, .k = k});
            for (size_t j = 0; j < M * k; j++)
                plain[j] = a[j / k * ROW + j % k / run * cases[i].run_step + j % k % run];
            rn_product product = {
                .m = M, .n = n, .k = k, .a_step = 1, .b = right, .c_row = n, .c = want};
            product.a = plain, product.a_row = k;
            products[p]->multiply(&product);
            product.a = a, product.a_row = ROW, product.c = c;
            product.run = run, product.run_step = cases[i].run_step;
            products[p]->multiply(&product);
            double worst = 0;
            for (size_t j = 0; j < M * n; j++) worst = fmax(worst, fabs((double)(c[j] - want[j])));
            cr_expect(worst <= tolerance * (double)(k + 1), "%s, case %zu: %g", products[p]->name,
                      i, worst);
            free(c), free(want), free(right);
        }
    free(a), free(b), free(plain);
}

Test(gemm, the_index_of_a_packed_number_is_where_it_was_put) {
    enum { K = 70, N = 150 };
    const rn_gemm *products[8];
    rn_float *b = naive_random((size_t)K * N, "b");
    for (size_t p = all_products(products); p-- > 0;) {
        rn_float *to = packed(products[p], b, &(gemm_case){.n = N, .k = K});
        size_t wrong = 0;
        for (size_t i = 0; i < (size_t)K * N; i++)
            wrong += to[rn_packed_index(products[p], K, N, i / N, i % N)] != b[i];
        cr_expect(wrong == 0, "%s: %zu", products[p]->name, wrong);
        free(to);
    }
    free(b);
}

/* Threads that call at once, the first call of the process among them, get what one gets alone. */
Test(gemm, calls_from_many_threads_change_no_bit) {
    enum { CALLS = 40, M = 37, N = 29, K = 150 };
    rn_float *a = naive_random((size_t)CALLS * M * K, "a"), *b = naive_random((size_t)K * N, "b");
    size_t piece = (size_t)M * N, bytes = CALLS * piece * sizeof(rn_float);
    rn_float *together = malloc(bytes), *alone = malloc(bytes);
    const rn_gemm *products[8];
    for (size_t p = all_products(products); p-- > 0;) {
        rn_float *right = packed(products[p], b, &(gemm_case){.n = N, .k = K});
        rn_product product = {
            .m = M, .n = N, .k = K, .a_row = K, .a_step = 1, .b = right, .c_row = N};
#pragma omp parallel for num_threads(5) firstprivate(product)
        for (size_t i = 0; i < CALLS; i++) {
            product.a = a + i * M * K, product.c = together + i * piece;
            products[p]->multiply(&product);
        }
        for (size_t i = 0; i < CALLS; i++) {
            product.a = a + i * M * K, product.c = alone + i * piece;
            products[p]->multiply(&product);
        }
        cr_expect(memcmp(together, alone, bytes) == 0, "%s", products[p]->name);
        free(right);
    }
    free(a), free(b), free(together), free(alone);
}

/* A network that has diverged must say so, not hide behind a relu. */
Test(gemm, nan_passes_the_relu) {
    const rn_gemm *products[8];
    rn_float a[] = {(rn_float)NAN, -1}, b[20], c[40];
    for (size_t j = 0; j < 20; j++) b[j] = 1;
    for (size_t p = all_products(products); p-- > 0;) {
        rn_float *right = packed(products[p], b, &(gemm_case){.n = 20, .k = 1});
        products[p]->multiply(&(rn_product){.m = 2,
                                            .n = 20,
                                            .k = 1,
                                            .a = a,
                                            .a_row = 1,
                                            .a_step = 1,
                                            .b = right,
                                            .c = c,
                                            .c_row = 20,
                                            .epilogue = &(rn_epilogue){.relu = true}});
        for (size_t j = 0; j < 20; j++) cr_expect(isnan(c[j]) && c[20 + j] == 0);
        free(right);
    }
}

Test(gemm, the_environment_chooses) {
    rn_err err;
    setenv("RN_GEMM", "plain", 1);
    cr_expect(rn_gemm_check(&err) == RN_OK && rn_gemm_in_force() == &rn_gemm_plain);
    setenv("RN_GEMM", "kernel", 1);
    cr_expect(rn_gemm_check(&err) == RN_OK && rn_gemm_in_force() == rn_gemm_kernel_in_force());
    setenv("RN_GEMM", "mkl", 1);
    cr_expect(rn_gemm_check(&err) == RN_ERROR);
}

Test(gemm, an_unknown_product_aborts, .signal = SIGABRT) {
    setenv("RN_GEMM", "mkl", 1);
    rn_gemm_in_force();
}
