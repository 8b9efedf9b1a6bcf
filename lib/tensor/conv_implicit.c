/* Convolution as products without a matrix: for maps of few channels, where copying to the matrix
 * of im2col costs more than multiplying it.
 *
 * What neighbouring output pixels of a row see of one input row is a matrix already: each line of
 * it is S C numbers long and begins stride C numbers after the one before. A product reads its left
 * factor with any strides, and in runs, one for each row of the window, so that
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

/* ---- forward --------------------------------------------------------------------------------- */

/* The epilogue for output pixels from `pixel` on. */
static rn_epilogue epilogue_at(const rn_conv_map *map, size_t pixel) {
    rn_epilogue e = map->epilogue ? *map->epilogue : (rn_epilogue){0};
    if (e.residual) e.residual += pixel * (size_t)map->d.k;
    return e;
}

/* The inner pixels of one output row. */
static void forward_inner(const rn_conv_map *map, const rn_conv_filter *filter, size_t row) {
    const rn_conv_dims *d = &map->d;
    size_t k = (size_t)d->k, line = line_size(d), first = 0, end = (size_t)d->r;
    inner in = inner_of(d);
    size_t pixel = row * (size_t)rn_conv_out_w(d) + in.first;
    const rn_epilogue e = epilogue_at(map, pixel);
    while (!line_of(map, row, first)) first++;
    while (!line_of(map, row, end - 1)) end--;
    filter->gemm->multiply(&(rn_product){.m = in.count,
                                         .n = k,
                                         .k = (end - first) * line,
                                         .a = line_of(map, row, first),
                                         .a_row = (size_t)d->stride * (size_t)d->c,
                                         .a_step = 1,
                                         .run = line,
                                         .run_step = (size_t)d->w * (size_t)d->c,
                                         .b = filter->ready,
                                         .b_first = first * line,
                                         .b_rows = rn_im2col_columns(d),
                                         .c = map->y + pixel * k,
                                         .c_row = k,
                                         .epilogue = &e});
}

/* One edge column of several output rows. buffer: (rows, R S C). */
static void forward_edge(const rn_conv_map *map, const rn_conv_filter *filter, size_t row,
                         size_t rows, size_t column, rn_float *buffer) {
    const rn_conv_dims *d = &map->d;
    size_t k = (size_t)d->k, columns = rn_im2col_columns(d);
    size_t out_w = (size_t)rn_conv_out_w(d), pixel = row * out_w + column;
    const rn_epilogue e = epilogue_at(map, pixel);
    for (size_t i = 0; i < rows; i++)
        rn_im2col(buffer + i * columns, columns, map->x, d, pixel + i * out_w, 1);
    filter->gemm->multiply(&(rn_product){.m = rows,
                                         .n = k,
                                         .k = columns,
                                         .a = buffer,
                                         .a_row = columns,
                                         .a_step = 1,
                                         .b = filter->ready,
                                         .c = map->y + pixel * k,
                                         .c_row = out_w * k,
                                         .epilogue = &e});
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

/* ---- backward-weights --------------------------------------------------------------------------
 *
 * Output rows are cut into parts, each with a dw of its own and the work of one thread. */

typedef struct weights_pass {
    const rn_gemm *gemm;
    const rn_conv_map *map;
    inner in;
    size_t parts;
    rn_float *dw;     /* (parts, R S C, K) */
    size_t buffer;    /* numbers of a thread's own: */
    rn_float *memory; /* a row of dsum packed; edge pixels of ROWS rows: x, (R S C), and dsum */
} weights_pass;

static size_t weights_count(const rn_conv_dims *d) { return rn_im2col_columns(d) * (size_t)d->k; }

/* From all windows of a row but those at the edges. */
static void add_inner(rn_float *dw, const weights_pass *p, size_t row, rn_float *packed) {
    const rn_conv_dims *d = &p->map->d;
    size_t k = (size_t)d->k, out_w = (size_t)rn_conv_out_w(d), line = line_size(d);
    const rn_float *dsum = p->map->dsum + row * out_w * k;
    const bool is_packed = rn_gemm_is_packed(p->gemm, k);
    if (!is_packed) rn_gemm_pack(packed, p->gemm, dsum, k, false, out_w, k);
    for (size_t r = 0; r < (size_t)d->r; r++)
        if (line_of(p->map, row, r))
            p->gemm->multiply(&(rn_product){.m = line,
                                            .n = k,
                                            .k = p->in.count,
                                            .a = line_of(p->map, row, r),
                                            .a_row = 1,
                                            .a_step = (size_t)d->stride * (size_t)d->c,
                                            .b = is_packed ? dsum : packed,
                                            .b_first = p->in.first,
                                            .b_rows = out_w,
                                            .c = dw + r * line * k,
                                            .c_row = k,
                                            .add = true});
}

/* From the windows at the edges of several rows. */
static void add_edges(rn_float *dw, const weights_pass *p, size_t row, size_t rows, rn_float *x) {
    const rn_conv_dims *d = &p->map->d;
    size_t edges = edges_of(d), columns = rn_im2col_columns(d), k = (size_t)d->k;
    rn_float *dsum = x + rows * edges * columns, *packed = dsum + rows * edges * k;
    for (size_t i = 0; i < rows * edges; i++) {
        size_t pixel = (row + i / edges) * (size_t)rn_conv_out_w(d) + edge_column(p->in, i % edges);
        rn_im2col(x + i * columns, columns, p->map->x, d, pixel, 1);
        memcpy(dsum + i * k, p->map->dsum + pixel * k, k * sizeof *dsum);
    }
    rn_gemm_pack(packed, p->gemm, dsum, k, false, rows * edges, k);
    p->gemm->multiply(&(rn_product){.m = columns,
                                    .n = k,
                                    .k = rows * edges,
                                    .a = x,
                                    .a_row = 1,
                                    .a_step = columns,
                                    .b = packed,
                                    .c = dw,
                                    .c_row = k,
                                    .add = true});
}

static void add_part(const weights_pass *p, size_t part) {
    const rn_conv_dims *d = &p->map->d;
    size_t rows = output_rows(d), end = rows * (part + 1) / p->parts;
    rn_float *dw = p->dw + part * weights_count(d);
    rn_float *own = p->memory + (size_t)rn_parallel_id() * p->buffer;
    memset(dw, 0, weights_count(d) * sizeof *dw);
    for (size_t row = rows * part / p->parts, count; row < end; row += count) {
        count = smaller(ROWS, end - row);
        for (size_t i = 0; i < count && p->in.count; i++) add_inner(dw, p, row + i, own);
        if (edges_of(d)) add_edges(dw, p, row, count, own);
    }
}

static void weights_of_map(rn_float *dw, const rn_conv_map *map, const rn_gemm *gemm,
                           rn_arena *scratch) {
    enum { PARTS_MOST = 16 };
    const rn_conv_dims *d = &map->d;
    const size_t k = (size_t)d->k, width = rn_packed_columns(gemm, k), count = weights_count(d);
    const size_t edge_pixels = ROWS * edges_of(d);
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    weights_pass p = {.gemm = gemm, .map = map, .in = inner_of(d)};
    p.parts = smaller(PARTS_MOST, (output_rows(d) + ROWS - 1) / ROWS);
    p.dw = rn_arena_alloc(scratch, p.parts * count * sizeof *p.dw);
    p.buffer = (size_t)rn_conv_out_w(d) * width;
    if (p.buffer < edge_pixels * (rn_im2col_columns(d) + k + width))
        p.buffer = edge_pixels * (rn_im2col_columns(d) + k + width);
    const size_t threads = smaller(p.parts, (size_t)rn_parallel_threads());
    p.memory = rn_arena_alloc(scratch, threads * p.buffer * sizeof *p.memory);
    if (!scratch->counting) {
#pragma omp parallel for schedule(dynamic) num_threads((int)threads)
        for (size_t i = 0; i < p.parts; i++) add_part(&p, i);
        for (size_t i = 0; i < p.parts; i++)
            for (size_t j = 0; j < count; j++) dw[j] += p.dw[i * count + j];
    }
    rn_arena_release(scratch, mark);
}

static void backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps, const rn_gemm *gemm,
                             rn_arena *scratch) {
    for (size_t i = 0; i < maps; i++) weights_of_map(dw, &map[i], gemm, scratch);
}

/* ---- as im2col does it ----------------------------------------------------------------------- */

static size_t filter_size(const rn_conv_dims *d, const rn_gemm *gemm) {
    return rn_conv_im2col.filter_size(d, gemm);
}

static void make_filter(rn_float *ready, const rn_float *w, const rn_conv_dims *d,
                        const rn_gemm *gemm) {
    rn_conv_im2col.make_filter(ready, w, d, gemm);
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
