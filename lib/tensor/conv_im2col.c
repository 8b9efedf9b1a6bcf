/* Convolution as im2col and GEMM, block by block so that the matrix stays in cache.
 *
 *     forward            y = matrix w
 *     backward-data      dmatrix = dsum w', scattered onto dx
 *     backward-weights   dw += matrix' dsum
 *
 * Forward, a block is some output pixels. So it is in backward-data, where neighbouring blocks add
 * to the same input pixels: first all even blocks run, then the odd. Backward-weights sums over all
 * pixels, chunk by chunk: first all threads make the chunk's matrix, then each takes some rows of
 * dw, so that no two add to the same number. */
#include "base/parallel.h"
#include "tensor/conv_method.h"

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
    rn_float *matrix; /* (chunk, columns) of row_stride */
    rn_float *packed; /* the chunk of dsum */
    size_t chunk;     /* output pixels at a time */
} weights_pass;

static size_t chunk_rows(const rn_conv_dims *d) {
    enum { ELEMENTS = 1 << 20, LEAST = 256, UNIT = 128 };
    size_t fit = ELEMENTS / rn_im2col_columns(d) / UNIT * UNIT;
    return smaller(rn_im2col_rows(d), larger(LEAST, fit));
}

/* Adds what output pixels first .. first + rows - 1 say. */
static void add_chunk(rn_float *dw, const rn_conv_map *map, const weights_pass *pass, size_t first,
                      size_t rows) {
    enum { ROWS = 32, DW_ROWS = 24 };
    const rn_conv_dims *d = &map->d;
    size_t columns = rn_im2col_columns(d), k = (size_t)d->k, stride = row_stride(columns);
    rn_gemm_pack(pass->packed, pass->gemm, map->dsum + first * k, k, false, rows, k);
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (size_t i = 0; i < rows; i += ROWS)
            rn_im2col(pass->matrix + i * stride, stride, map->x, d, first + i,
                      smaller(ROWS, rows - i));
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < columns; i += DW_ROWS)
            pass->gemm->multiply(&(rn_product){.m = smaller(DW_ROWS, columns - i),
                                               .n = k,
                                               .k = rows,
                                               .a = pass->matrix + i,
                                               .a_row = 1,
                                               .a_step = stride,
                                               .b = pass->packed,
                                               .c = dw + i * k,
                                               .c_row = k,
                                               .add = true});
    }
}

static void backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps, const rn_gemm *gemm,
                             rn_arena *scratch) {
    weights_pass pass = {.gemm = gemm};
    size_t k = rn_packed_columns(gemm, (size_t)map->d.k);
    for (size_t i = 0; i < maps; i++) pass.chunk = larger(pass.chunk, chunk_rows(&map[i].d));
    pass.packed = rn_arena_alloc(scratch, pass.chunk * k * sizeof *pass.packed);
    pass.matrix = rn_arena_alloc(scratch, pass.chunk * row_stride(rn_im2col_columns(&map->d)) *
                                              sizeof *pass.matrix);
    if (scratch->counting) return;
    for (size_t i = 0; i < maps; i++) {
        size_t rows = rn_im2col_rows(&map[i].d);
        for (size_t first = 0; first < rows; first += pass.chunk)
            add_chunk(dw, &map[i], &pass, first, smaller(pass.chunk, rows - first));
    }
}

const rn_conv_method rn_conv_im2col = {.name = "im2col",
                                       .fits = fits,
                                       .filter_size = filter_size,
                                       .make_filter = make_filter,
                                       .forward = forward,
                                       .backward_data = backward_data,
                                       .backward_weights = backward_weights};
