/* Convolution as im2col and GEMM, block by block so that the matrix stays in cache.
 *
 *     forward            y = matrix w
 *     backward-data      dmatrix = dsum w', scattered onto dx
 *     backward-weights   dw += matrix' dsum
 *
 * Forward, a block is some output pixels. So it is in backward-data, where neighbouring blocks add
 * to the same input pixels: first all even blocks run, then the odd. Backward-weights sums over all
 * pixels, chunk by chunk. Where dw is small, pixels are cut into parts, each with a dw of its own
 * and the work of one thread; else all threads make a chunk's matrix, and then each takes some rows
 * of dw, so that no two add to the same number. */
#include "base/parallel.h"
#include "tensor/conv_method.h"

#include <string.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

/* Rows of the matrix are this far apart: never by a power of two, or all of a column would fall
 * into the same few lines of the cache. */
static size_t row_stride(size_t columns) { return round_up(columns, 16) + 16; }

/* Output pixels a block: what is read and written is about 512 KB, so that it stays in the
 * second-level cache, but there are at least 8 blocks to share out where the layer is large enough,
 * and a multiple of the rows that the product takes at once. */
static size_t block_rows(const rn_conv_dims *d) {
    enum { ELEMENTS = 1 << 17, BLOCKS_WANTED = 8, UNIT = 24, LEAST = 96 };
    size_t share = rn_im2col_rows(d) / BLOCKS_WANTED;
    size_t fit = larger(LEAST, ELEMENTS / (rn_im2col_columns(d) + (size_t)d->k));
    return larger(UNIT, smaller(fit, share) / UNIT * UNIT);
}

static size_t largest_block(const rn_conv_map *map, size_t maps) {
    size_t rows = 0;
    for (size_t i = 0; i < maps; i++) rows = larger(rows, block_rows(&map[i].d));
    return rows;
}

static bool fits(const rn_conv_dims *d) {
    (void)d;
    return true;
}

/* ---- forward --------------------------------------------------------------------------------- */

static size_t filter_size(const rn_conv_dims *d, const rn_gemm *gemm) {
    return rn_im2col_columns(d) * rn_packed_columns(gemm, (size_t)d->k);
}

static void make_filter(rn_float *ready, const rn_float *w, const rn_conv_dims *d,
                        const rn_gemm *gemm) {
    rn_gemm_pack(ready, gemm, w, (size_t)d->k, false, rn_im2col_columns(d), (size_t)d->k);
}

static void forward_block(const rn_conv_map *map, const rn_conv_filter *filter, size_t first,
                          size_t rows, rn_float *buffer) {
    const rn_conv_dims *d = &map->d;
    bool identity = rn_im2col_is_identity(d);
    size_t columns = rn_im2col_columns(d), k = (size_t)d->k, stride = row_stride(columns);
    rn_epilogue e = map->epilogue ? *map->epilogue : (rn_epilogue){0};
    if (e.residual) e.residual += first * k;
    if (!identity) rn_im2col(buffer, stride, map->x, d, first, rows);
    filter->gemm->multiply(&(rn_product){.m = rows,
                                         .n = k,
                                         .k = columns,
                                         .a = identity ? map->x + first * columns : buffer,
                                         .a_row = identity ? columns : stride,
                                         .a_step = 1,
                                         .b = filter->ready,
                                         .c = map->y + first * k,
                                         .c_row = k,
                                         .epilogue = map->epilogue ? &e : NULL});
}

static void forward(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,
                    rn_arena *scratch) {
    size_t size = largest_block(map, maps) * row_stride(rn_im2col_columns(&map->d));
    if (rn_im2col_is_identity(&map->d)) size = 0;
    rn_float *buffer =
        rn_arena_alloc(scratch, size * (size_t)rn_parallel_threads() * sizeof *buffer);
    if (scratch->counting) return;
    for (size_t i = 0; i < maps; i++) {
        size_t rows = rn_im2col_rows(&map[i].d), block = block_rows(&map[i].d);
#pragma omp parallel for schedule(dynamic) if (rows > block)
        for (size_t first = 0; first < rows; first += block)
            forward_block(&map[i], filter, first, smaller(block, rows - first),
                          buffer + (size_t)rn_parallel_id() * size);
    }
}

/* ---- backward-data --------------------------------------------------------------------------- */

/* Output pixels at least this far apart, counted in rows of the matrix, see no input pixel in
 * common: windows overlap up to (r - 1) / stride rows down and (s - 1) / stride pixels aside. */
static size_t reach_rows(const rn_conv_dims *d) {
    return (size_t)((d->r - 1) / d->stride) * (size_t)rn_conv_out_w(d) +
           (size_t)((d->s - 1) / d->stride) + 1;
}

static size_t scatter_rows(const rn_conv_dims *d) { return larger(block_rows(d), reach_rows(d)); }

/* packed: w'. */
static void backward_data_block(const rn_conv_map *map, const rn_float *packed, const rn_gemm *gemm,
                                size_t first, size_t rows, rn_float *buffer) {
    const rn_conv_dims *d = &map->d;
    bool identity = rn_im2col_is_identity(d);
    size_t columns = rn_im2col_columns(d), k = (size_t)d->k, stride = row_stride(columns);
    gemm->multiply(&(rn_product){.m = rows,
                                 .n = columns,
                                 .k = k,
                                 .a = map->dsum + first * k,
                                 .a_row = k,
                                 .a_step = 1,
                                 .b = packed,
                                 .c = identity ? map->dx + first * columns : buffer,
                                 .c_row = identity ? columns : stride,
                                 .add = identity && !map->store_dx});
    if (!identity) rn_col2im_add(map->dx, buffer, stride, d, first, rows);
}

static void backward_data(const rn_conv_map *map, size_t maps, const rn_float *w,
                          const rn_gemm *gemm, rn_arena *scratch) {
    size_t columns = rn_im2col_columns(&map->d), k = (size_t)map->d.k, most = 0;
    rn_float *packed =
        rn_arena_alloc(scratch, k * rn_packed_columns(gemm, columns) * sizeof *packed);
    for (size_t i = 0; i < maps; i++) most = larger(most, scatter_rows(&map[i].d));
    size_t size = rn_im2col_is_identity(&map->d) ? 0 : most * row_stride(columns);
    rn_float *buffer =
        rn_arena_alloc(scratch, size * (size_t)rn_parallel_threads() * sizeof *buffer);
    if (scratch->counting) return;
    rn_gemm_pack(packed, gemm, w, k, true, k, columns);
    for (size_t i = 0; i < maps; i++) {
        const rn_conv_dims *d = &map[i].d;
        size_t rows = rn_im2col_rows(d), block = scatter_rows(d),
               phases = reach_rows(d) > 1 ? 2 : 1;
        if (map[i].store_dx && !rn_im2col_is_identity(d))
            rn_parallel_zero(map[i].dx, (size_t)d->n * (size_t)d->h * (size_t)d->w * (size_t)d->c *
                                            sizeof(rn_float));
        for (size_t phase = 0; phase < phases; phase++) {
#pragma omp parallel for schedule(dynamic) if (rows > phases * block)
            for (size_t first = phase * block; first < rows; first += phases * block)
                backward_data_block(&map[i], packed, gemm, first, smaller(block, rows - first),
                                    buffer + (size_t)rn_parallel_id() * size);
        }
    }
}

/* ---- backward-weights ------------------------------------------------------------------------ */

typedef struct weights_pass {
    const rn_gemm *gemm;
    const rn_conv_map *map;
    size_t parts, chunk;   /* output pixels at a time */
    size_t count;          /* numbers in dw */
    rn_float *dw;          /* (parts, R S C, K), where there are several */
    size_t matrix, buffer; /* numbers in a matrix, and in all that a thread or the only part has: */
    rn_float *memory;      /* the chunk's matrix, of row_stride, and its dsum, packed */
} weights_pass;

static void cut_weights(weights_pass *p) {
    enum { ELEMENTS = 1 << 20, LEAST = 256, UNIT = 128, SMALL = 1 << 16, PARTS_MOST = 8 };
    const rn_conv_dims *d = &p->map->d;
    const size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d), k = (size_t)d->k;
    const size_t fit = ELEMENTS / larger(columns, k) / UNIT * UNIT;
    p->parts = columns * k <= SMALL ? larger(1, smaller(PARTS_MOST, rows / UNIT)) : 1;
    p->chunk = smaller((rows + p->parts - 1) / p->parts, larger(LEAST, fit));
}

/* Adds what output pixels first .. first + rows - 1 say. */
static void add_chunk(rn_float *dw, const weights_pass *p, size_t first, size_t rows) {
    enum { ROWS = 32, DW_ROWS = 24 };
    const rn_conv_dims *d = &p->map->d;
    size_t columns = rn_im2col_columns(d), k = (size_t)d->k, stride = row_stride(columns);
    const rn_float *dsum = p->map->dsum + first * k;
    const bool packed = rn_gemm_is_packed(p->gemm, k), identity = rn_im2col_is_identity(d);
    rn_float *matrix = p->memory + (p->parts > 1 ? (size_t)rn_parallel_id() * p->buffer : 0);
    rn_float *b = matrix + p->matrix;
    if (!packed) rn_gemm_pack(b, p->gemm, dsum, k, false, rows, k);
#pragma omp parallel if (p->parts == 1)
    {
#pragma omp for schedule(static)
        for (size_t i = 0; i < (identity ? 0 : rows); i += ROWS)
            rn_im2col(matrix + i * stride, stride, p->map->x, d, first + i,
                      smaller(ROWS, rows - i));
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < columns; i += DW_ROWS)
            p->gemm->multiply(
                &(rn_product){.m = smaller(DW_ROWS, columns - i),
                              .n = k,
                              .k = rows,
                              .a = (identity ? p->map->x + first * columns : matrix) + i,
                              .a_row = 1,
                              .a_step = identity ? columns : stride,
                              .b = packed ? dsum : b,
                              .c = dw + i * k,
                              .c_row = k,
                              .add = true});
    }
}

static void add_part(rn_float *dw, const weights_pass *p, size_t part) {
    const size_t rows = rn_im2col_rows(&p->map->d), end = rows * (part + 1) / p->parts;
    if (p->parts > 1) {
        dw = p->dw + part * p->count;
        memset(dw, 0, p->count * sizeof *dw);
    }
    for (size_t first = rows * part / p->parts; first < end; first += p->chunk)
        add_chunk(dw, p, first, smaller(p->chunk, end - first));
}

static void weights_of_map(rn_float *dw, const rn_conv_map *map, const rn_gemm *gemm,
                           rn_arena *scratch) {
    const size_t columns = rn_im2col_columns(&map->d), k = (size_t)map->d.k;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    weights_pass p = {.gemm = gemm, .map = map, .count = columns * k};
    cut_weights(&p);
    p.matrix = rn_im2col_is_identity(&map->d) ? 0 : p.chunk * row_stride(columns);
    p.buffer = p.matrix + (rn_gemm_is_packed(gemm, k) ? 0 : p.chunk * rn_packed_columns(gemm, k));
    const size_t threads = smaller(p.parts, (size_t)rn_parallel_threads());
    p.memory = rn_arena_alloc(scratch, threads * p.buffer * sizeof *p.memory);
    p.dw = rn_arena_alloc(scratch, (p.parts > 1 ? p.parts : 0) * p.count * sizeof *p.dw);
    if (!scratch->counting) {
#pragma omp parallel for schedule(dynamic) num_threads((int)threads) if (p.parts > 1)
        for (size_t i = 0; i < p.parts; i++) add_part(dw, &p, i);
        for (size_t i = 0; i < p.parts && p.parts > 1; i++)
            for (size_t j = 0; j < p.count; j++) dw[j] += p.dw[i * p.count + j];
    }
    rn_arena_release(scratch, mark);
}

static void backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps, const rn_gemm *gemm,
                             rn_arena *scratch) {
    for (size_t i = 0; i < maps; i++) weights_of_map(dw, &map[i], gemm, scratch);
}

const rn_conv_method rn_conv_im2col = {.name = "im2col",
                                       .fits = fits,
                                       .filter_size = filter_size,
                                       .make_filter = make_filter,
                                       .forward = forward,
                                       .backward_data = backward_data,
                                       .backward_weights = backward_weights};
