/* Convolution as im2col and GEMM, block by block so that the matrix stays in cache.
 *
 * Forward: a block of output rows. Backward-data: the same block, dmatrix = dsum w', scattered onto
 * dx; neighbouring blocks touch the same input rows, so first the even blocks run, then the odd.
 * Backward-weights: dw = matrix' dsum sums over all pixels, in ranges of pixels with a partial dw
 * each, which are added in order. */
#include "tensor/conv2d.h"
#include "base/check.h"
#include "base/parallel.h"
#include "tensor/gemm.h"

#include <limits.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

/* Output pixels a block: a matrix of about 2 MB, but at least 8 blocks to share out where the layer
 * is large enough for that, and never below 32 rows, where packing would dominate the product. */
enum { MATRIX_ELEMENTS = 1 << 19, BLOCKS_WANTED = 8, ROWS_LEAST = 32 };

static size_t block_rows(const rn_conv_dims *d) {
    size_t rows = rn_im2col_rows(d), fit = MATRIX_ELEMENTS / rn_im2col_columns(d);
    size_t share = round_up((rows + BLOCKS_WANTED - 1) / BLOCKS_WANTED, 16);
    return larger(ROWS_LEAST, smaller(fit, share));
}

static void check_dims(const rn_conv_dims *d) {
    RN_CHECK(d->n > 0 && d->h > 0 && d->w > 0 && d->c > 0 && d->k > 0 && d->r > 0 && d->s > 0,
             "input (%d, %d, %d, %d), kernel (%d, %d, %d)", d->n, d->h, d->w, d->c, d->r, d->s,
             d->k);
    long long padded_h = d->h + 2LL * d->pad, padded_w = d->w + 2LL * d->pad;
    RN_CHECK(d->stride > 0 && d->pad >= 0 && padded_h >= d->r && padded_w >= d->s &&
                 padded_h <= INT_MAX && padded_w <= INT_MAX,
             "kernel %dx%d, stride %d, padding %d on a map of %dx%d", d->r, d->s, d->stride, d->pad,
             d->h, d->w);
}

/* One buffer of `elements` for each thread, on a cache line of its own. */
static rn_float *thread_buffers(rn_arena *scratch, size_t *stride, size_t elements) {
    *stride = round_up(elements, 64);
    return rn_arena_alloc(scratch, *stride * (size_t)rn_parallel_threads() * sizeof(rn_float));
}

static void apply_epilogue(rn_float *restrict y, const rn_epilogue *e, size_t rows, size_t k) {
    if (!e || (!e->scale && !e->shift && !e->relu)) return;
    for (size_t i = 0; i < rows; i++, y += k) {
        if (e->scale)
            for (size_t j = 0; j < k; j++) y[j] *= e->scale[j];
        if (e->shift)
            for (size_t j = 0; j < k; j++) y[j] += e->shift[j];
        if (e->relu) /* written so that NaN stays NaN */
            for (size_t j = 0; j < k; j++) y[j] = y[j] < 0 ? 0 : y[j];
    }
}

void rn_conv2d_forward(rn_float *y, const rn_float *x, const rn_float *w,
                       const rn_epilogue *epilogue, const rn_conv_dims *d, rn_arena *scratch) {
    check_dims(d);
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    bool identity = rn_im2col_is_identity(d);
    size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d), k = (size_t)d->k;
    size_t block = block_rows(d), blocks = (rows + block - 1) / block, stride;
    rn_float *buffer = thread_buffers(scratch, &stride, identity ? 0 : block * columns);
#pragma omp parallel for schedule(dynamic)
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * block, count = smaller(block, rows - first);
        const rn_float *matrix = x + first * columns;
        if (!identity) {
            rn_float *own = buffer + (size_t)rn_parallel_id() * stride;
            rn_im2col(own, x, d, first, count);
            matrix = own;
        }
        rn_gemm(y + first * k, k, matrix, columns, RN_AS_IS, w, k, RN_AS_IS, count, k, columns, 0);
        apply_epilogue(y + first * k, epilogue, count, k);
    }
    rn_arena_release(scratch, mark);
}

static void epilogue_backward_rows(rn_float *restrict dy, rn_float *restrict dshift,
                                   const rn_float *restrict y, const rn_epilogue *e, size_t rows,
                                   size_t k) {
    for (size_t i = 0; i < rows; i++, dy += k, y += k) {
        if (e->relu)
            for (size_t j = 0; j < k; j++) dy[j] = y[j] > 0 ? dy[j] : 0;
        if (dshift)
            for (size_t j = 0; j < k; j++) dshift[j] += dy[j];
        if (e->scale)
            for (size_t j = 0; j < k; j++) dy[j] *= e->scale[j];
    }
}

void rn_conv2d_epilogue_backward(rn_float *dy, rn_float *dshift, const rn_float *y,
                                 const rn_epilogue *epilogue, const rn_conv_dims *d,
                                 rn_arena *scratch) {
    static const rn_epilogue none = {0};
    check_dims(d);
    if (!epilogue) epilogue = &none;
    if (!dshift && !epilogue->relu && !epilogue->scale) return;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    size_t rows = rn_im2col_rows(d), k = (size_t)d->k, ranges = rn_parallel_ranges(rows);
    rn_float *partial = dshift ? rn_arena_zeros(scratch, ranges * k, sizeof *partial) : NULL;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < ranges; i++) {
        size_t first = rows * i / ranges, count = rows * (i + 1) / ranges - first;
        epilogue_backward_rows(dy + first * k, partial ? partial + i * k : NULL, y + first * k,
                               epilogue, count, k);
    }
    for (size_t i = 0; partial && i < ranges; i++)
        for (size_t j = 0; j < k; j++) dshift[j] += partial[i * k + j];
    rn_arena_release(scratch, mark);
}

/* Output pixels at least this far apart, counted in rows of the matrix, see no input pixel in
 * common: windows overlap up to (r - 1) / stride rows down and (s - 1) / stride pixels aside. */
static size_t reach_rows(const rn_conv_dims *d) {
    return (size_t)((d->r - 1) / d->stride) * (size_t)rn_conv_out_w(d) +
           (size_t)((d->s - 1) / d->stride) + 1;
}

void rn_conv2d_backward_data(rn_float *dx, const rn_float *dsum, const rn_float *w,
                             const rn_conv_dims *d, rn_arena *scratch) {
    check_dims(d);
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    bool identity = rn_im2col_is_identity(d);
    size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d), k = (size_t)d->k;
    size_t block = larger(block_rows(d), identity ? 1 : reach_rows(d));
    size_t blocks = (rows + block - 1) / block, stride;
    rn_float *buffer = thread_buffers(scratch, &stride, identity ? 0 : block * columns);
    for (size_t phase = 0; phase < 2; phase++) {
#pragma omp parallel for schedule(dynamic)
        for (size_t b = phase; b < blocks; b += 2) {
            size_t first = b * block, count = smaller(block, rows - first);
            rn_float *own =
                identity ? dx + first * columns : buffer + (size_t)rn_parallel_id() * stride;
            rn_gemm(own, columns, dsum + first * k, k, RN_AS_IS, w, k, RN_TRANSPOSED, count,
                    columns, k, identity);
            if (!identity) rn_col2im_add(dx, own, d, first, count);
        }
    }
    rn_arena_release(scratch, mark);
}

/* Ranges of pixels for the sum over pixels, a block each at least and up to 16; fewer, but two,
 * where that many partial sums would not fit PARTIAL_ELEMENTS (64 MB). */
static size_t weight_ranges(const rn_conv_dims *d) {
    enum { RANGES_MOST = 16, PARTIAL_ELEMENTS = 1 << 24 };
    size_t rows = rn_im2col_rows(d), block = block_rows(d);
    size_t fit = PARTIAL_ELEMENTS / (rn_im2col_columns(d) * (size_t)d->k);
    return smaller((rows + block - 1) / block, smaller(RANGES_MOST, larger(2, fit)));
}

void rn_conv2d_backward_weights(rn_float *dw, const rn_float *dsum, const rn_float *x,
                                const rn_conv_dims *d, rn_arena *scratch) {
    check_dims(d);
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    bool identity = rn_im2col_is_identity(d);
    size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d), k = (size_t)d->k;
    size_t size = columns * k, block = block_rows(d), ranges = weight_ranges(d), stride;
    rn_float *partial = rn_arena_alloc(scratch, ranges * size * sizeof *partial);
    rn_float *buffer = thread_buffers(scratch, &stride, identity ? 0 : block * columns);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < ranges; i++) {
        size_t start = rows * i / ranges, end = rows * (i + 1) / ranges;
        for (size_t first = start; first < end; first += block) {
            size_t count = smaller(block, end - first);
            const rn_float *matrix = x + first * columns;
            if (!identity) {
                rn_float *own = buffer + (size_t)rn_parallel_id() * stride;
                rn_im2col(own, x, d, first, count);
                matrix = own;
            }
            rn_gemm(partial + i * size, k, matrix, columns, RN_TRANSPOSED, dsum + first * k, k,
                    RN_AS_IS, columns, k, count, first > start);
        }
    }
#pragma omp parallel for schedule(static)
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < ranges; i++)
            for (size_t o = 0; o < k; o++) dw[j * k + o] += partial[i * size + j * k + o];
    rn_arena_release(scratch, mark);
}

size_t rn_conv2d_scratch(const rn_conv_dims *d, bool training) {
    size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d), k = (size_t)d->k;
    size_t block = training ? larger(block_rows(d), reach_rows(d)) : block_rows(d), elements = 0;
    if (!rn_im2col_is_identity(d))
        elements += round_up(block * columns, 64) * (size_t)rn_parallel_threads();
    if (training) elements += larger(weight_ranges(d) * columns, rn_parallel_ranges(rows)) * k;
    return elements * sizeof(rn_float);
}
