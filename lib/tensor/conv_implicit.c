/* Convolution as products without a matrix: for maps of few channels, where copying to the matrix
 * of im2col costs more than multiplying it.
 *
 * What neighbouring output pixels of a row see of one input row is a matrix already: each line of
 * it is S C numbers long and begins stride C numbers after the one before. A product reads its left
 * factor with any strides, so that
 *
 *     forward            y[p]   = sum over r of X[stride p - pad + r] w[r]
 *     backward-weights   dw[r] += sum over p of X[stride p - pad + r]' dsum[p]
 *
 * with p the row of y, need no copy, but for the few columns at both sides whose windows reach over
 * the edge: those go through im2col. Backward-data is im2col's. */
#include "base/parallel.h"
#include "tensor/conv_method.h"

#include <string.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* No window lies outside altogether. */
static bool fits(const rn_conv_dims *d) { return d->pad < d->r && d->pad < d->s; }

/* ---- which pixels ---------------------------------------------------------------------------- */

/* Windows of output columns first .. first + count - 1 stay within the input's columns; the other
 * columns are the edges. */
typedef struct inner {
    size_t first, count;
} inner;

static inner inner_of(const rn_conv_dims *d) {
    int out_w = rn_conv_out_w(d), first = (d->pad + d->stride - 1) / d->stride;
    int last = d->w + d->pad < d->s ? 0 : (d->w + d->pad - d->s) / d->stride + 1;
    if (last > out_w) last = out_w;
    return first < last ? (inner){(size_t)first, (size_t)(last - first)} : (inner){0, 0};
}

/* Output column of edge i, counted from the left. */
static size_t edge_column(inner in, size_t i) { return i < in.first ? i : i + in.count; }

static size_t edges_of(const rn_conv_dims *d) {
    return (size_t)rn_conv_out_w(d) - inner_of(d).count;
}

/* Where what the inner pixels of an output row (counted over the batch) see of kernel row r begins;
 * NULL above or below the map. */
static const rn_float *line_of(const rn_conv_map *map, size_t row, size_t r) {
    const rn_conv_dims *d = &map->d;
    size_t out_h = (size_t)rn_conv_out_h(d), w = (size_t)d->w;
    int y = (int)(row % out_h) * d->stride - d->pad + (int)r;
    if (y < 0 || y >= d->h) return NULL;
    size_t x = inner_of(d).first * (size_t)d->stride - (size_t)d->pad;
    return map->x + ((row / out_h * (size_t)d->h + (size_t)y) * w + x) * (size_t)d->c;
}

static size_t line_size(const rn_conv_dims *d) { return (size_t)d->s * (size_t)d->c; }

static size_t output_rows(const rn_conv_dims *d) { return (size_t)d->n * (size_t)rn_conv_out_h(d); }

/* ---- forward: w[r] packed, one after the other ----------------------------------------------- */

static size_t filter_size(const rn_conv_dims *d, const rn_gemm *gemm) {
    return rn_im2col_columns(d) * rn_packed_columns(gemm, (size_t)d->k);
}

static void make_filter(rn_float *ready, const rn_float *w, const rn_conv_dims *d,
                        const rn_gemm *gemm) {
    size_t k = (size_t)d->k, line = line_size(d);
    for (size_t r = 0; r < (size_t)d->r; r++)
        rn_gemm_pack(ready + r * line * rn_packed_columns(gemm, k), gemm, w + r * line * k, k,
                     false, line, k);
}

/* The epilogue for output pixels from `pixel` on. */
static rn_epilogue epilogue_at(const rn_conv_map *map, size_t pixel) {
    rn_epilogue e = map->epilogue ? *map->epilogue : (rn_epilogue){0};
    if (e.residual) e.residual += pixel * (size_t)map->d.k;
    return e;
}

/* The inner pixels of one output row. */
static void forward_inner(const rn_conv_map *map, const rn_conv_filter *filter, size_t row) {
    const rn_conv_dims *d = &map->d;
    size_t k = (size_t)d->k, line = line_size(d), first = 0, last = (size_t)d->r - 1;
    inner in = inner_of(d);
    size_t pixel = row * (size_t)rn_conv_out_w(d) + in.first;
    const rn_epilogue e = epilogue_at(map, pixel);
    while (!line_of(map, row, first)) first++;
    while (!line_of(map, row, last)) last--;
    for (size_t r = first; r <= last; r++)
        filter->gemm->multiply(
            &(rn_product){.m = in.count,
                          .n = k,
                          .k = line,
                          .a = line_of(map, row, r),
                          .a_row = (size_t)d->stride * (size_t)d->c,
                          .a_step = 1,
                          .b = filter->ready + r * line * rn_packed_columns(filter->gemm, k),
                          .c = map->y + pixel * k,
                          .c_row = k,
                          .add = r > first,
                          .epilogue = r == last ? &e : NULL});
}

/* One edge column of several output rows. buffer: (rows, R S C). */
static void forward_edge(const rn_conv_map *map, const rn_conv_filter *filter, size_t row,
                         size_t rows, size_t column, rn_float *buffer) {
    const rn_conv_dims *d = &map->d;
    size_t k = (size_t)d->k, line = line_size(d), columns = rn_im2col_columns(d);
    size_t out_w = (size_t)rn_conv_out_w(d);
    const rn_epilogue e = epilogue_at(map, row * out_w + column);
    for (size_t i = 0; i < rows; i++)
        rn_im2col(buffer + i * columns, columns, map->x, d, (row + i) * out_w + column, 1);
    for (size_t r = 0; r < (size_t)d->r; r++)
        filter->gemm->multiply(
            &(rn_product){.m = rows,
                          .n = k,
                          .k = line,
                          .a = buffer + r * line,
                          .a_row = columns,
                          .a_step = 1,
                          .b = filter->ready + r * line * rn_packed_columns(filter->gemm, k),
                          .c = map->y + (row * out_w + column) * k,
                          .c_row = out_w * k,
                          .add = r > 0,
                          .epilogue = r + 1 == (size_t)d->r ? &e : NULL});
}

enum { ROWS = 12 }; /* output rows at a time */

static void forward(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,
                    rn_arena *scratch) {
    size_t size = ROWS * rn_im2col_columns(&map->d);
    rn_float *buffer =
        rn_arena_alloc(scratch, size * (size_t)rn_parallel_threads() * sizeof *buffer);
    if (scratch->counting) return;
    for (size_t i = 0; i < maps; i++) {
        size_t rows = output_rows(&map[i].d), edges = edges_of(&map[i].d);
        inner in = inner_of(&map[i].d);
#pragma omp parallel for schedule(dynamic)
        for (size_t row = 0; row < rows; row += ROWS) {
            size_t count = smaller(ROWS, rows - row);
            for (size_t j = 0; j < count && in.count; j++) forward_inner(&map[i], filter, row + j);
            for (size_t j = 0; j < edges; j++)
                forward_edge(&map[i], filter, row, count, edge_column(in, j),
                             buffer + (size_t)rn_parallel_id() * size);
        }
    }
}

/* ---- backward-weights: chunks of output rows ------------------------------------------------- */

typedef struct weights_pass {
    const rn_gemm *gemm;
    const rn_conv_map *map;
    inner in;
    rn_float *packed;               /* dsum of the chunk */
    rn_float *edge_x, *edge_packed; /* the edge pixels: (rows, edges) of R S C, dsum */
    rn_float *edge_dsum;            /* before it is packed */
} weights_pass;

static size_t chunk_rows(const rn_conv_dims *d) {
    enum { PIXELS = 1 << 13 };
    size_t fit = PIXELS / (size_t)rn_conv_out_w(d);
    return smaller(output_rows(d), fit ? fit : 1);
}

static void gather_edges(const weights_pass *p, size_t row, size_t rows) {
    const rn_conv_map *map = p->map;
    const rn_conv_dims *d = &map->d;
    size_t edges = edges_of(d), columns = rn_im2col_columns(d), k = (size_t)d->k;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < rows * edges; i++) {
        size_t pixel = (row + i / edges) * (size_t)rn_conv_out_w(d) + edge_column(p->in, i % edges);
        rn_im2col(p->edge_x + i * columns, columns, map->x, d, pixel, 1);
        memcpy(p->edge_dsum + i * k, map->dsum + pixel * k, k * sizeof(rn_float));
    }
    rn_gemm_pack(p->edge_packed, p->gemm, p->edge_dsum, k, false, rows * edges, k);
}

/* Rows at .. at + m - 1 of dw[r], (S C, K). */
static void add_to_weights(rn_float *dw, const weights_pass *p, size_t row, size_t rows, size_t r,
                           size_t at, size_t m) {
    const rn_conv_dims *d = &p->map->d;
    size_t k = (size_t)d->k, edge_pixels = rows * edges_of(d), out_w = (size_t)rn_conv_out_w(d);
    size_t from = r * line_size(d) + at;
    rn_product product = {.m = m,
                          .n = k,
                          .k = p->in.count,
                          .a_row = 1,
                          .a_step = (size_t)d->stride * (size_t)d->c,
                          .b = p->packed,
                          .b_rows = rows * out_w,
                          .c = dw + from * k,
                          .c_row = k,
                          .add = true};
    for (size_t i = 0; i < rows && p->in.count; i++) {
        const rn_float *line = line_of(p->map, row + i, r);
        if (!line) continue;
        product.a = line + at, product.b_first = i * out_w + p->in.first;
        p->gemm->multiply(&product);
    }
    product.k = product.b_rows = edge_pixels, product.b = p->edge_packed, product.b_first = 0;
    product.a = p->edge_x + from, product.a_step = rn_im2col_columns(d);
    if (edge_pixels) p->gemm->multiply(&product);
}

static void add_chunk(rn_float *dw, const weights_pass *p, size_t row, size_t rows) {
    enum { DW_ROWS = 12 };
    const rn_conv_dims *d = &p->map->d;
    size_t k = (size_t)d->k, out_w = (size_t)rn_conv_out_w(d), line = line_size(d);
    size_t parts = (line + DW_ROWS - 1) / DW_ROWS;
    rn_gemm_pack(p->packed, p->gemm, p->map->dsum + row * out_w * k, k, false, rows * out_w, k);
    gather_edges(p, row, rows);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < (size_t)d->r * parts; i++) {
        size_t at = i % parts * DW_ROWS;
        add_to_weights(dw, p, row, rows, i / parts, at, smaller(DW_ROWS, line - at));
    }
}

static void weights_of_map(rn_float *dw, const rn_conv_map *map, const rn_gemm *gemm,
                           rn_arena *scratch) {
    const rn_conv_dims *d = &map->d;
    size_t rows = output_rows(d), chunk = chunk_rows(d), k = (size_t)d->k;
    size_t edges = chunk * edges_of(d), width = rn_packed_columns(gemm, k), size = sizeof(rn_float);
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    weights_pass p = {.gemm = gemm, .map = map, .in = inner_of(d)};
    p.packed = rn_arena_alloc(scratch, chunk * (size_t)rn_conv_out_w(d) * width * size);
    p.edge_x = rn_arena_alloc(scratch, edges * rn_im2col_columns(d) * size);
    p.edge_packed = rn_arena_alloc(scratch, edges * width * size);
    p.edge_dsum = rn_arena_alloc(scratch, edges * k * size);
    for (size_t row = 0; row < rows && !scratch->counting; row += chunk)
        add_chunk(dw, &p, row, smaller(chunk, rows - row));
    rn_arena_release(scratch, mark);
}

static void backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps, const rn_gemm *gemm,
                             rn_arena *scratch) {
    for (size_t i = 0; i < maps; i++) weights_of_map(dw, &map[i], gemm, scratch);
}

static void backward_data(const rn_conv_map *map, size_t maps, const rn_float *w,
                          const rn_gemm *gemm, rn_arena *scratch) {
    rn_conv_im2col.backward_data(map, maps, w, gemm, scratch);
}

const rn_conv_method rn_conv_implicit = {.name = "implicit",
                                         .fits = fits,
                                         .filter_size = filter_size,
                                         .make_filter = make_filter,
                                         .forward = forward,
                                         .backward_data = backward_data,
                                         .backward_weights = backward_weights};
