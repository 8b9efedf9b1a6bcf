/* The convolution kernels against seven plain loops, and the adjoint identities. */
#include "base/parallel.h"
#include "base/rng.h"
#include "tensor/conv2d.h"
#include "tensor/gemm.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef RN_DOUBLE
static const double TIGHT = 1e-12;
#else
static const double TIGHT = 2e-5;
#endif

/* n h w c k r s stride pad */
static const rn_conv_dims cases[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0},     {1, 5, 7, 3, 4, 3, 3, 1, 1},     {2, 9, 8, 5, 7, 3, 3, 2, 1},
    {3, 6, 6, 16, 17, 1, 1, 1, 0},   {2, 7, 5, 4, 3, 1, 1, 2, 0},     {1, 23, 31, 3, 8, 7, 7, 2, 3},
    {1, 2, 2, 5, 6, 3, 3, 1, 1},     {3, 1, 1, 8, 4, 3, 3, 1, 1},     {1, 11, 4, 2, 3, 5, 5, 3, 2},
    {1, 6, 9, 3, 2, 3, 1, 1, 0},     {2, 40, 33, 12, 20, 3, 3, 1, 1}, {2, 37, 41, 9, 5, 3, 3, 2, 1},
    {1, 64, 64, 32, 16, 3, 3, 1, 1}, {1, 4, 4, 2, 2, 3, 3, 1, 2},     {3, 50, 3, 4, 6, 5, 3, 1, 2},
};

static rn_float *random_array(size_t count, const char *name, size_t index) {
    rn_float *array = malloc((count ? count : 1) * sizeof *array);
    rn_rng rng = rn_rng_stream(11, name, index);
    for (size_t i = 0; i < count; i++) array[i] = (rn_float)rn_rng_range(&rng, -1, 1);
    return array;
}

typedef struct sizes {
    size_t x, w, y;
} sizes;

static sizes sizes_of(const rn_conv_dims *d) {
    return (sizes){(size_t)(d->n * d->h * d->w * d->c), (size_t)(d->r * d->s * d->c * d->k),
                   rn_im2col_rows(d) * (size_t)d->k};
}

typedef void visit(void *user, size_t y, size_t x, size_t w);

/* Calls for every product y += x * w of the convolution: indices into the three arrays. */
static void each_product(const rn_conv_dims *d, visit *f, void *user) {
    int out_h = rn_conv_out_h(d), out_w = rn_conv_out_w(d);
    for (int n = 0; n < d->n; n++)
        for (int p = 0; p < out_h; p++)
            for (int q = 0; q < out_w; q++)
                for (int r = 0; r < d->r; r++)
                    for (int s = 0; s < d->s; s++) {
                        int i = p * d->stride - d->pad + r, j = q * d->stride - d->pad + s;
                        if (i < 0 || i >= d->h || j < 0 || j >= d->w) continue;
                        for (int c = 0; c < d->c; c++)
                            for (int k = 0; k < d->k; k++)
                                f(user, (size_t)(((n * out_h + p) * out_w + q) * d->k + k),
                                  (size_t)(((n * d->h + i) * d->w + j) * d->c + c),
                                  (size_t)(((r * d->s + s) * d->c + c) * d->k + k));
                    }
}

typedef struct twin {
    const rn_float *x, *w, *dy;
    double *y, *dx, *dw;
} twin;

static void add_product(void *user, size_t y, size_t x, size_t w) {
    twin *t = user;
    t->y[y] += (double)t->x[x] * (double)t->w[w];
    t->dx[x] += (double)t->dy[y] * (double)t->w[w];
    t->dw[w] += (double)t->dy[y] * (double)t->x[x];
}

/* Largest difference over the largest value; NaN where anything is NaN. */
static double distance(const rn_float *got, const double *want, size_t count) {
    double worst = 0, largest = 1e-30;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)got[i] - want[i]);
        if (!(difference <= worst)) worst = difference;
        largest = fmax(largest, fabs(want[i]));
    }
    return worst / largest;
}

Test(conv2d, agrees_with_seven_loops_forward_and_backward) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const rn_conv_dims *d = &cases[i];
        sizes n = sizes_of(d);
        rn_arena arena = {0};
        twin t = {random_array(n.x, "x", i),   random_array(n.w, "w", i),
                  random_array(n.y, "dy", i),  calloc(n.y, sizeof(double)),
                  calloc(n.x, sizeof(double)), calloc(n.w, sizeof(double))};
        rn_float *y = malloc(n.y * sizeof *y), *dx = random_array(n.x, "dx", i);
        rn_float *dw = random_array(n.w, "dw", i);
        memset(y, 0xff, n.y * sizeof *y); /* NaN: the output must be overwritten */
        for (size_t j = 0; j < n.x; j++) t.dx[j] = (double)dx[j]; /* gradients are added */
        for (size_t j = 0; j < n.w; j++) t.dw[j] = (double)dw[j];
        each_product(d, add_product, &t);
        rn_conv2d_forward(y, t.x, t.w, NULL, d, &arena);
        rn_conv2d_backward_data(dx, t.dy, t.w, d, &arena);
        rn_conv2d_backward_weights(dw, t.dy, t.x, d, &arena);
        double forward = distance(y, t.y, n.y), data = distance(dx, t.dx, n.x);
        double weights = distance(dw, t.dw, n.w);
        cr_expect(forward <= TIGHT && data <= TIGHT && weights <= TIGHT,
                  "case %zu: forward %g, data %g, weights %g", i, forward, data, weights);
        free((void *)t.x), free((void *)t.w), free((void *)t.dy);
        free(t.y), free(t.dx), free(t.dw), free(y), free(dx), free(dw);
        rn_arena_free(&arena);
    }
}

Test(conv2d, the_epilogue_scales_shifts_and_cuts) {
    rn_conv_dims d = {1, 3, 3, 2, 3, 1, 1, 1, 0};
    rn_float x[18], w[6], plain[27], y[27], dy[27], before[27], dshift[3] = {1, 1, 1};
    rn_float scale[3] = {2, -1, 0}, shift[3] = {.5f, -.25f, -1};
    rn_epilogue e = {scale, shift, true};
    rn_arena arena = {0};
    rn_rng rng = rn_rng_stream(1, "epilogue", 0);
    for (int i = 0; i < 18; i++) x[i] = (rn_float)rn_rng_range(&rng, -1, 1);
    for (int i = 0; i < 6; i++) w[i] = (rn_float)rn_rng_range(&rng, -1, 1);
    for (int i = 0; i < 27; i++) before[i] = dy[i] = (rn_float)rn_rng_range(&rng, -1, 1);
    x[0] = (rn_float)NAN;
    rn_conv2d_forward(plain, x, w, NULL, &d, &arena);
    rn_conv2d_forward(y, x, w, &e, &d, &arena);
    rn_conv2d_epilogue_backward(dy, dshift, y, &e, &d, &arena);
    double sum[3] = {1, 1, 1};
    for (int i = 0; i < 27; i++) {
        double want = fmax(0, (double)(scale[i % 3] * plain[i] + shift[i % 3]));
        if (i < 3) {
            cr_expect(isnan(y[i]), "NaN must not be cut to 0");
            continue;
        }
        cr_expect(fabs((double)y[i] - want) <= 1e-6);
        cr_expect(dy[i] == (y[i] > 0 ? before[i] * scale[i % 3] : 0));
        if (y[i] > 0) sum[i % 3] += (double)before[i];
    }
    for (int k = 0; k < 3; k++) cr_expect(fabs((double)dshift[k] - sum[k]) <= 1e-5);
    rn_arena_free(&arena);
}

/* Everything that one case computes, one array after the other. */
static rn_float *all_results(const rn_conv_dims *d, size_t i, int threads, size_t *count) {
    sizes n = sizes_of(d);
    rn_arena arena = {0};
    rn_float *x = random_array(n.x, "x", i), *w = random_array(n.w, "w", i);
    rn_float *dy = random_array(n.y, "dy", i), *shift = random_array((size_t)d->k, "shift", i);
    *count = n.y + n.x + n.w + (size_t)d->k + n.y;
    rn_float *all = calloc(*count, sizeof *all), *dx = all + n.y, *dw = dx + n.x;
    rn_float *dshift = dw + n.w, *dsum = dshift + d->k;
    rn_epilogue e = {NULL, shift, true};
    rn_parallel_set_threads(threads);
    rn_conv2d_forward(all, x, w, &e, d, &arena);
    memcpy(dsum, dy, n.y * sizeof *dy);
    rn_conv2d_epilogue_backward(dsum, dshift, all, &e, d, &arena);
    rn_conv2d_backward_data(dx, dsum, w, d, &arena);
    rn_conv2d_backward_weights(dw, dsum, x, d, &arena);
    free(x), free(w), free(dy), free(shift);
    rn_arena_free(&arena);
    return all;
}

Test(conv2d, the_number_of_threads_changes_no_bit) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        size_t count;
        rn_float *one = all_results(&cases[i], i, 1, &count);
        rn_float *two = all_results(&cases[i], i, 2, &count);
        rn_float *five = all_results(&cases[i], i, 5, &count);
        cr_expect(memcmp(one, two, count * sizeof *one) == 0, "case %zu on 2 threads", i);
        cr_expect(memcmp(one, five, count * sizeof *one) == 0, "case %zu on 5 threads", i);
        free(one), free(two), free(five);
    }
}

Test(conv2d, a_second_call_asks_the_system_for_nothing) {
    const rn_conv_dims *d = &cases[12];
    sizes n = sizes_of(d);
    rn_arena arena = {0};
    rn_float *x = random_array(n.x, "x", 0), *w = random_array(n.w, "w", 0);
    rn_float *y = malloc(n.y * sizeof *y);
    size_t calls = 0;
    for (int round = 0; round < 3; round++) {
        rn_conv2d_forward(y, x, w, NULL, d, &arena);
        rn_conv2d_backward_data(x, y, w, d, &arena);
        rn_conv2d_backward_weights(w, y, x, d, &arena);
        if (round == 0) rn_arena_reset(&arena);
        if (round == 1) calls = arena.system_calls;
    }
    cr_expect(arena.system_calls == calls && arena.in_use == 0);
    free(x), free(w), free(y);
    rn_arena_free(&arena);
}

Test(im2col, col2im_is_the_adjoint) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const rn_conv_dims *d = &cases[i];
        size_t n = sizes_of(d).x, m = rn_im2col_rows(d) * rn_im2col_columns(d);
        rn_float *x = random_array(n, "x", i), *r = random_array(m, "r", i);
        rn_float *ax = malloc(m * sizeof *ax), *ar = calloc(n, sizeof *ar);
        double left = 0, right = 0, size = 0;
        rn_im2col(ax, x, d, 0, rn_im2col_rows(d));
        rn_col2im_add(ar, r, d, 0, rn_im2col_rows(d));
        for (size_t j = 0; j < m; j++) left += (double)r[j] * (double)ax[j];
        for (size_t j = 0; j < n; j++) right += (double)x[j] * (double)ar[j];
        for (size_t j = 0; j < n; j++) size += fabs((double)x[j] * (double)ar[j]);
        cr_expect(fabs(left - right) <= TIGHT * (size + 1e-30), "case %zu: %g and %g", i, left,
                  right);
        free(x), free(r), free(ax), free(ar);
    }
}

Test(gemm, agrees_with_the_plain_loops) {
    static const size_t shape[][3] = {{1, 1, 1}, {3, 5, 7}, {16, 16, 16}, {33, 20, 65}, {5, 1, 0}};
    for (size_t i = 0; i < RN_COUNT(shape); i++)
        for (int way = 0; way < 8; way++) {
            size_t m = shape[i][0], n = shape[i][1], k = shape[i][2];
            rn_transpose ta = way & 1 ? RN_TRANSPOSED : RN_AS_IS;
            rn_transpose tb = way & 2 ? RN_TRANSPOSED : RN_AS_IS;
            rn_float beta = (rn_float)(way / 4);
            size_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 2, ldc = n + 1;
            rn_float *a = random_array((ta ? k : m) * lda, "a", i);
            rn_float *b = random_array((tb ? n : k) * ldb, "b", i);
            rn_float *c = random_array(m * ldc, "c", i), *want = malloc(m * ldc * sizeof *want);
            if (beta == 0)
                for (size_t j = 0; j < m * ldc; j++) c[j] = (rn_float)NAN; /* must not matter */
            memcpy(want, c, m * ldc * sizeof *want);
            rn_gemm(c, ldc, a, lda, ta, b, ldb, tb, m, n, k, beta);
            rn_gemm_plain(want, ldc, a, lda, ta, b, ldb, tb, m, n, k, beta);
            for (size_t row = 0; row < m; row++)
                for (size_t j = 0; j < n; j++)
                    cr_expect(fabs((double)(c[row * ldc + j] - want[row * ldc + j])) <= TIGHT,
                              "%zux%zux%zu way %d", m, n, k, way);
            free(a), free(b), free(c), free(want);
        }
}
