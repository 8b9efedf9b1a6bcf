/* Convolution by 3x3 filters with fewer multiplications (A. Lavin, S. Gray, "Fast algorithms for
 * convolutional neural networks", CVPR 2016; S. Winograd, "Arithmetic complexity of computations",
 * 1980).
 *
 * One dimension first. A filter g of 3 numbers slides over d and gives y_i = sum_j d_(i+j) g_j.
 * Read backward that is a product of polynomials: the product of g(x) and a polynomial of m
 * coefficients has degree m + 1, so it is known from its values at t = m + 2 points, and the value
 * of a product is a product of values. Evaluate, multiply t numbers, interpolate: t multiplications
 * for what took 3 m. Transposed (each of the three maps is linear) this turns into the sliding sum,
 *
 *     y = A' [(G g) * (B' d)]         y: m numbers, d: t numbers, *: number by number
 *
 * with a row for each point p in
 *
 *     A (t x m)   1, p, p^2, ...                       powers, to interpolate with
 *     G (t x 3)   (1, p, p^2) / N_p                    N_p = product of (p - q) over points q != p
 *     B' (t x t)  coefficients of product of (x - q)   over the finite points q != p
 *
 * and for the point infinity the highest coefficient: (0 .. 1) in A and G, the product over all
 * finite points in B'. In two dimensions tiles of t x t pixels give m x m outputs,
 *
 *     Y = A' [(G g G') * (B' d B)] A
 *
 * F(4x4, 3x3), with 6 points, multiplies 36 times for 144, F(2x2, 3x3) 16 times for 36.
 *
 * Channels. The sum over input channels may be taken before the last map, which is linear: for each
 * of the t x t points it is a matrix product, (tiles x C) times (C x K). So
 *
 *     forward            V = B' d B for each tile and channel      gather
 *                        U = G g G' for each pair of channels
 *                        M = V U at each point                     t x t products
 *                        Y = A' M A, and the epilogue              scatter
 *     backward-data      the same, of dy, by the filters rotated by 180 degrees, C and K exchanged
 *     backward-weights   dU = V' (A dy A') at each point, summed over tiles;  dg += G' dU G
 *
 * The transforms work on many channels at once (winograd_kernel.c), which is why channels are the
 * innermost dimension of a map. The rest of the file is only about what is in cache when: tiles go
 * through the whole forward pass in blocks, whose V and M stay close, while a slice of U (which is
 * 4 times as large as the weights) waits in the last-level cache for all of them. Which pixels
 * belong to a tile, and which tiles can be left out, is in winograd_tile.c.
 *
 * Points. Rounding errors grow with the spread of the powers. Of the sets {0, a, -a, b, -b, inf}
 * the usual 1 and 2 erred by 7.9e-6 of the largest output at C = 256 in a prototype, 3/4 and 3/2 by
 * 2.2e-6. All are exact in binary, only G is rounded. This file at C = 256, against sums in double
 * precision: 3.7e-6 forward, 4.2e-6 and 1.7e-6 backward; im2col 3.9e-7, 3.5e-7, 3.1e-7. With
 *
 *     a = 3/4, b = 3/2:  a^2 = 9/16, b^2 = 9/4, a^2 b^2 = 81/64, a^2 + b^2 = 45/16
 *
 *          | 81/64    0     -45/16   0      1   0 |        | 64/81       0        0     |
 *          |  0    -27/16   -9/4    3/4     1   0 |        | -128/243  -32/81   -8/27   |
 *     B' = |  0     27/16   -9/4   -3/4     1   0 |    G = | -128/243   32/81   -8/27   |
 *          |  0    -27/32   -9/16   3/2     1   0 |        |  32/243   16/81    8/27    |
 *          |  0     27/32   -9/16  -3/2     1   0 |        |  32/243  -16/81    8/27    |
 *          |  0     81/64    0    -45/16    0   1 |        |   0         0       1      |
 *
 *          | 1   1     1     1     1    0 |
 *     A' = | 0  3/4  -3/4   3/2  -3/2   0 |
 *          | 0  9/16  9/16  9/4   9/4   0 |
 *          | 0 27/64 -27/64 27/8 -27/8  1 |
 *
 * F(6x6) would save a little more and err by 1.6e-5.
 *
 * Stride 2. Of the pixels that output i sees, x_(2i-1), x_2i, x_(2i+1), the outer two are
 * neighbours among the odd pixels, and the middle one is even: a sliding sum of two numbers, g_0
 * and g_2, over the odd pixels, and a multiple, by g_1, of the even ones. The first is F(4, 2),
 * with the 5 points 0, a, -a, b and infinity, the second 4 numbers that are multiplied as they are:
 * 9 multiplications for 12, and in two dimensions 81 for 144. A tile sees 9 pixels, from an odd one
 * on. Of its 5 odd pixels B' makes
 *
 *     | 27/32  -9/16  -3/2   1   0 |
 *     |   0    -9/8   -3/4   1   0 |
 *     |   0     9/8   -9/4   1   0 |
 *     |   0    -9/16    0    1   0 |
 *     |   0    27/32  -9/16 -3/2 1 |
 *
 * and leaves its 4 even ones as they are. G has (1, 0, p) / N_p for a point, (0, 0, 1) for infinity
 * and (0, 1, 0) for an even pixel; A' has the powers of the points and then the unit matrix.
 * Backward-data is of the same kind: an odd pixel of dx gets g_2 of one dy and g_0 of the next, an
 * even one g_1 of one. So it has the same G, of the rotated filter; B' reads 5 numbers for both
 * kinds, and A' writes 8. Errors at C = 256: 2.5e-6 forward, 3.3e-6 and 1.0e-6 backward. It pays on
 * fewer layers, since U is 9 times as large as the weights and pixels are transformed for a smaller
 * gain (conv2d.c). */
#include "base/check.h"
#include "base/parallel.h"
#include "tensor/conv_method.h"
#include "tensor/winograd_tile.h"

#include <stdint.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

/* F(side x side, 3x3) at stride 1 or 2, and what it runs on. */
typedef struct winograd {
    int side;          /* output pixels of a tile, m */
    size_t points;     /* t x t */
    rn_patch x, y;     /* forward and backward-weights: what a tile sees of x, what it is of y */
    rn_patch dsum, dx; /* backward-data: what it sees of the gradient of y, and what it is of x's */
    const rn_winograd_kernels *kernels;
    const rn_gemm *gemm;
} winograd;

static winograd winograd_of(const rn_conv_dims *d, int side, const rn_gemm *gemm) {
    const bool by_two = d->stride == 2;
    const int t = by_two ? 2 * side + 1 : side + 2;
    winograd wino = {.side = side, .points = (size_t)(t * t), .gemm = gemm};
    wino.x = (rn_patch){d->stride, 1, t};
    wino.y = (rn_patch){1, 0, side};
    wino.dsum = by_two ? (rn_patch){1, 0, side + 1} : (rn_patch){1, 1, t};
    wino.dx = (rn_patch){d->stride, 0, d->stride * side};
    wino.kernels = by_two      ? rn_winograd4_stride2_in_force()
                   : side == 4 ? rn_winograd4_in_force()
                               : rn_winograd2_in_force();
    return wino;
}

static bool fits_both_strides(const rn_conv_dims *d) {
    return d->r == 3 && d->s == 3 && d->stride <= 2 && d->pad == 1;
}

static bool fits_stride1(const rn_conv_dims *d) { return fits_both_strides(d) && d->stride == 1; }

/* ---- planes ------------------------------------------------------------------------------------
 *
 * Neither rows nor planes are a power of two apart: they would fall into the same few lines of the
 * cache. */

enum { LINE = 16, ROWS_AT_ONCE = 12 };

static rn_planes plain_planes(size_t rows, size_t columns) {
    size_t stride = round_up(columns, LINE) + LINE;
    return (rn_planes){.plane = rows * stride + LINE,
                       .rows = rows,
                       .columns = columns,
                       .stride = stride,
                       .panel = SIZE_MAX};
}

static rn_planes packed_planes(size_t rows, size_t columns, const rn_gemm *gemm) {
    size_t stride = rn_packed_columns(gemm, columns);
    return (rn_planes){.plane = round_up(rows * stride, LINE) + LINE,
                       .rows = rows,
                       .columns = columns,
                       .stride = stride,
                       .panel = smaller(gemm->panel, stride)};
}

static rn_planes take(rn_planes planes, const winograd *wino, rn_arena *arena) {
    planes.value = rn_arena_alloc(arena, wino->points * planes.plane * sizeof *planes.value);
    return planes;
}

/* A filter of fewer pairs of channels is transformed before another thread has woken. */
enum { PAIRS_FOR_THREADS = 1 << 9 };

/* ---- filters --------------------------------------------------------------------------------- */

static rn_planes filter_planes(const rn_conv_dims *d, const rn_gemm *gemm) {
    return packed_planes((size_t)d->c, (size_t)d->k, gemm);
}

/* Those of input channel `row` for all output channels. */
static rn_pixels taps_of(rn_float *w, size_t row, size_t c, size_t k) {
    return (rn_pixels){.first = w + row * k, .row = 3 * c * k, .column = c * k};
}

static void transform_filter(rn_planes u, const rn_float *w, const winograd *wino) {
    size_t size = u.rows * u.columns;
#pragma omp parallel for schedule(static) if (size > PAIRS_FOR_THREADS)
    for (size_t row = 0; row < u.rows; row++) {
        rn_pixels taps = taps_of((rn_float *)w, row, u.rows, u.columns);
        wino->kernels->filter(&u, row, &taps);
    }
}

/* rotated: (3, 3, K, C), w turned by 180 degrees, input and output exchanged. */
static void rotate_filter(rn_float *restrict rotated, const rn_float *restrict w,
                          const rn_conv_dims *d) {
    enum { BLOCK = 16 };
    size_t c = (size_t)d->c, k = (size_t)d->k, blocks = (k + BLOCK - 1) / BLOCK;
#pragma omp parallel for schedule(static) if (c * k > PAIRS_FOR_THREADS)
    for (size_t b = 0; b < 9 * blocks; b++) {
        const rn_float *from = w + (8 - b / blocks) * c * k;
        rn_float *to = rotated + b / blocks * c * k;
        size_t first = b % blocks * BLOCK, last = smaller(first + BLOCK, k);
        for (size_t i = 0; i < c; i++)
            for (size_t j = first; j < last; j++) to[j * c + i] = from[i * k + j];
    }
}

/* ---- forward and backward-data --------------------------------------------------------------- */

typedef struct pass {
    winograd wino;
    bool backward; /* reads dsum and writes dx */
    rn_tile *tile;
    size_t tiles, block;     /* in the list, and in a block */
    size_t slices;           /* of the output channels, by whole panels */
    const rn_float *outside; /* zeros */
    rn_planes u, v, m;       /* filters; tiles times C, tiles times K of one block */
    size_t buffer;           /* numbers in v and m, which each thread has of its own */
    rn_float *memory;        /* those of all threads */
} pass;

/* Fewer are not worth a piece of work of their own. */
enum { TILES_LEAST = 24 };

static size_t panels_of(const rn_planes *u) { return (u->stride + u->panel - 1) / u->panel; }

/* A piece of work is a block of tiles times a slice of the output channels. The slice of U (9 MB
 * for 256 x 256 channels; all sizes here are those of F(4x4) at stride 1, 36 of 81 at stride 2) is
 * meant to stay in the last-level cache while the blocks pass, and to be used by enough tiles that
 * fetching it does not count; V is made anew for each slice, which costs little, and has about 900
 * KB, so that it is in the second-level cache when it is multiplied. Smaller blocks where else
 * there were fewer than 16 of them, narrower slices where there were fewer than 4 pieces. */
static void cut_work(pass *p) {
    enum { TILES_MOST = 72, NUMBERS = TILES_LEAST * 256 };
    enum { BLOCKS_WANTED = 16, WIDTH = 256, PIECES_WANTED = 4 };
    size_t most = larger(smaller(NUMBERS / p->u.rows, TILES_MOST), TILES_LEAST);
    size_t share = larger(round_up(p->tiles / BLOCKS_WANTED, ROWS_AT_ONCE), TILES_LEAST);
    p->block = smaller(smaller(share, most), round_up(p->tiles, ROWS_AT_ONCE));
    size_t blocks = (p->tiles + p->block - 1) / p->block;
    size_t panels = panels_of(&p->u);
    p->slices = larger((p->u.stride + WIDTH - 1) / WIDTH, PIECES_WANTED / blocks);
    p->slices = smaller(p->slices, panels);
}

/* Output channels before slice i. */
static size_t slice_first(const pass *p, size_t i) {
    return i < p->slices ? panels_of(&p->u) * i / p->slices * p->u.panel : p->u.stride;
}

static size_t widest_slice(const pass *p) {
    size_t width = 0;
    for (size_t i = 0; i < p->slices; i++)
        width = larger(width, slice_first(p, i + 1) - slice_first(p, i));
    return width;
}

/* The tiles and the memory of a pass, enough for all tiles if some are left out later. */
static pass make_pass(winograd wino, const rn_conv_map *map, size_t maps, size_t c, size_t k,
                      bool backward, rn_arena *scratch) {
    pass p = {.wino = wino, .backward = backward, .tiles = rn_tiles_count(map, maps, wino.side)};
    p.u = packed_planes(c, k, wino.gemm);
    cut_work(&p);
    p.v = plain_planes(p.block, c);
    p.m = plain_planes(p.block, widest_slice(&p));
    p.buffer = wino.points * (p.v.plane + p.m.plane);
    p.tile = rn_arena_alloc(scratch, p.tiles * sizeof *p.tile);
    p.outside = rn_arena_zeros(scratch, c, sizeof *p.outside);
    p.memory = rn_arena_alloc(scratch, p.buffer * (size_t)rn_parallel_threads() * sizeof *p.memory);
    if (!scratch->counting) rn_tiles_list(p.tile, map, maps, wino.side);
    return p;
}

/* The pixels of the tile from channel `first` on, and the epilogue for them. */
static void write_tile(const pass *p, const rn_tile *at, const rn_planes *m, size_t row,
                       size_t first) {
    rn_float *each[RN_TILE_MOST * RN_TILE_MOST];
    const rn_conv_map *map = at->map;
    rn_tile_images to =
        p->backward ? rn_tile_images_x(&map->d, map->dx) : rn_tile_images_y(&map->d, map->y);
    rn_epilogue e = !p->backward && map->epilogue ? *map->epilogue : (rn_epilogue){0};
    if (e.scale) e.scale += first;
    if (e.shift) e.shift += first;
    if (e.residual) e.residual += first;
    to.value += first;
    const rn_pixels pixels =
        rn_tile_pixels(each, at, to, p->backward ? p->wino.dx : p->wino.y, NULL);
    if (p->backward)
        p->wino.kernels->backward_output(&pixels, to.value, m, row, &e, !map->store_dx);
    else
        p->wino.kernels->output(&pixels, to.value, m, row, &e, false);
}

static rn_pixels find_input(rn_float **each, const pass *p, const rn_tile *at) {
    const rn_conv_map *map = at->map;
    return p->backward
               ? rn_tile_pixels(each, at, rn_tile_images_y(&map->d, map->dsum), p->wino.dsum,
                                p->outside)
               : rn_tile_pixels(each, at, rn_tile_images_x(&map->d, map->x), p->wino.x, p->outside);
}

/* Has the pixels of a tile on their way while the one before is transformed, unless it is so small
 * that the map is near anyway. */
static void ask_for_input(const pass *p, const rn_tile *at) {
    enum { CHANNELS_LEAST = 64 };
    const size_t line = 64 / sizeof(rn_float);
    const size_t size = (size_t)(p->backward ? p->wino.dsum : p->wino.x).size;
    rn_float *each[RN_TILE_MOST * RN_TILE_MOST];
    if (p->v.columns < CHANNELS_LEAST) return;
    const rn_pixels in = find_input(each, p, at);
    for (size_t i = 0; i < size * size; i++) {
        const rn_float *pixel =
            in.each ? in.each[i] : in.first + i / size * in.row + i % size * in.column;
        for (size_t c = 0; c < p->v.columns; c += line) __builtin_prefetch(pixel + c, 0, 2);
    }
}

static void run_block(const pass *p, size_t first, size_t slice, rn_float *buffer) {
    const winograd *wino = &p->wino;
    rn_planes v = p->v, m = p->m;
    size_t column = slice_first(p, slice), width = slice_first(p, slice + 1) - column;
    m.columns = smaller(width, p->u.columns - column);
    rn_float *each[RN_TILE_MOST * RN_TILE_MOST];
    size_t count = smaller(p->block, p->tiles - first);
    v.value = buffer, m.value = buffer + wino->points * v.plane;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count) ask_for_input(p, &p->tile[first + i + 1]);
        const rn_pixels pixels = find_input(each, p, &p->tile[first + i]);
        (p->backward ? wino->kernels->backward_input : wino->kernels->input)(&v, i, &pixels);
    }
    for (size_t i = 0; i < wino->points; i++)
        wino->gemm->multiply(&(rn_product){.m = count,
                                           .n = width,
                                           .k = v.columns,
                                           .a = v.value + i * v.plane,
                                           .a_row = v.stride,
                                           .a_step = 1,
                                           .b = p->u.value + i * p->u.plane + column * v.columns,
                                           .c = m.value + i * m.plane,
                                           .c_row = m.stride});
    for (size_t i = 0; i < count; i++) write_tile(p, &p->tile[first + i], &m, i, column);
}

/* Of the tiles that are not marked. */
static void run_pass(pass *p) {
    p->tiles = rn_tiles_drop(p->tile, p->tiles);
    if (p->tiles == 0) return;
    cut_work(p); /* the fewer tiles, the smaller blocks and the narrower slices */
    RN_CHECK(p->block <= p->v.rows && widest_slice(p) <= p->m.columns, "buffers of %zu x %zu",
             p->v.rows, p->m.columns);
    size_t blocks = (p->tiles + p->block - 1) / p->block;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < blocks * p->slices; i++)
        run_block(p, i % blocks * p->block, i / blocks,
                  p->memory + (size_t)rn_parallel_id() * p->buffer);
}

static void forward(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,
                    rn_arena *scratch, int side) {
    pass p = make_pass(winograd_of(&map->d, side, filter->gemm), map, maps, (size_t)map->d.c,
                       (size_t)map->d.k, false, scratch);
    if (scratch->counting) return;
    for (size_t i = 0; i < p.tiles; i++)
        if (rn_tile_is_unwanted(&p.tile[i], p.wino.y)) p.tile[i].map = NULL;
    p.u.value = filter->ready;
    run_pass(&p);
}

static void backward_data(const rn_conv_map *map, size_t maps, const rn_float *w,
                          const rn_gemm *gemm, rn_arena *scratch, int side) {
    size_t c = (size_t)map->d.c, k = (size_t)map->d.k;
    pass p = make_pass(winograd_of(&map->d, side, gemm), map, maps, k, c, true, scratch);
    rn_float *rotated = rn_arena_alloc(scratch, 9 * c * k * sizeof *rotated);
    p.u = take(p.u, &p.wino, scratch);
    if (scratch->counting) return;
    rn_tiles_mark(p.tile, p.tiles, p.wino.dsum, &p.wino.dx);
    rotate_filter(rotated, w, &map->d);
    transform_filter(p.u, rotated, &p.wino);
    run_pass(&p);
}

/* ---- backward-weights ------------------------------------------------------------------------
 *
 * The list of tiles is cut into parts with a dU of their own, each of which is one thread's, so
 * that no thread waits for another. Where dU is large, there is one part, and threads share the
 * points of each of its chunks. */

typedef struct weights_pass {
    winograd wino;
    rn_tile *tile;
    size_t tiles, parts, chunk;
    const rn_float *outside;
    rn_planes v, dm, du; /* tiles times C, tiles times K (packed) of a chunk; C times K of a part */
    size_t buffer;       /* numbers in v and dm, which each thread, or the only part, has */
    rn_float *memory;    /* those of all of them */
} weights_pass;

static void cut_weights(weights_pass *p, size_t c, size_t k) {
    enum { PARTS_MOST = 4, CHUNK = 256, LARGE = 1 << 18 }; /* LARGE: numbers in dU */
    const size_t most = p->wino.points * c * k > LARGE ? 1 : PARTS_MOST;
    p->parts = smaller(most, larger(1, p->tiles / TILES_LEAST));
    p->chunk = smaller(CHUNK, (p->tiles + p->parts - 1) / p->parts);
}

static void transform_tile(const weights_pass *p, const rn_planes *v, const rn_planes *dm,
                           size_t row, const rn_tile *at) {
    rn_float *each[RN_TILE_MOST * RN_TILE_MOST];
    const rn_conv_map *map = at->map;
    const rn_pixels x =
        rn_tile_pixels(each, at, rn_tile_images_x(&map->d, map->x), p->wino.x, p->outside);
    p->wino.kernels->input(v, row, &x);
    const rn_pixels y =
        rn_tile_pixels(each, at, rn_tile_images_y(&map->d, map->dsum), p->wino.y, p->outside);
    p->wino.kernels->gradient(dm, row, &y);
}

/* du = V' dM, or du += it. */
static void add_chunk(const weights_pass *p, const rn_planes *du, const rn_tile *chunk,
                      size_t tiles, bool add) {
    rn_planes v = p->v, dm = p->dm;
    v.value = p->memory + (p->parts > 1 ? (size_t)rn_parallel_id() * p->buffer : 0);
    dm.value = v.value + p->wino.points * v.plane;
    dm.rows = tiles; /* packed for so many */
#pragma omp parallel if (p->parts == 1)
    {
#pragma omp for schedule(static)
        for (size_t i = 0; i < tiles; i++) transform_tile(p, &v, &dm, i, &chunk[i]);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < p->wino.points; i++)
            p->wino.gemm->multiply(&(rn_product){.m = v.columns,
                                                 .n = dm.stride,
                                                 .k = tiles,
                                                 .a = v.value + i * v.plane,
                                                 .a_row = 1,
                                                 .a_step = v.stride,
                                                 .b = dm.value + i * dm.plane,
                                                 .c = du->value + i * du->plane,
                                                 .c_row = du->stride,
                                                 .add = add});
    }
}

static rn_planes du_of_part(const weights_pass *p, size_t part) {
    rn_planes du = p->du;
    du.value += part * p->wino.points * du.plane;
    return du;
}

static size_t part_first(const weights_pass *p, size_t part) { return p->tiles * part / p->parts; }

static void add_part(const weights_pass *p, size_t part) {
    const rn_planes du = du_of_part(p, part);
    const size_t begin = part_first(p, part), end = part_first(p, part + 1);
    for (size_t first = begin; first < end; first += p->chunk) {
        size_t kept = rn_tiles_drop(p->tile + first, smaller(p->chunk, end - first));
        if (first == begin || kept > 0) add_chunk(p, &du, p->tile + first, kept, first > begin);
    }
}

static void backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps, const rn_gemm *gemm,
                             rn_arena *scratch, int side) {
    weights_pass p = {.wino = winograd_of(&map->d, side, gemm)};
    const size_t c = (size_t)map->d.c, k = (size_t)map->d.k, width = rn_packed_columns(gemm, k);
    p.tiles = rn_tiles_count(map, maps, side);
    cut_weights(&p, c, width);
    p.tile = rn_arena_alloc(scratch, p.tiles * sizeof *p.tile);
    p.outside = rn_arena_zeros(scratch, larger(c, k), sizeof *p.outside);
    p.v = plain_planes(p.chunk, c);
    p.dm = packed_planes(p.chunk, k, gemm);
    p.du = plain_planes(c, width);
    p.du.columns = k;
    p.buffer = p.wino.points * (p.v.plane + p.dm.plane);
    const size_t threads = smaller(p.parts, (size_t)rn_parallel_threads());
    p.memory = rn_arena_alloc(scratch, threads * p.buffer * sizeof *p.memory);
    p.du.value = rn_arena_alloc(scratch, p.parts * p.wino.points * p.du.plane * sizeof *p.du.value);
    if (scratch->counting) return;
    rn_tiles_list(p.tile, map, maps, side);
    rn_tiles_mark(p.tile, p.tiles, p.wino.y, NULL);
#pragma omp parallel for schedule(dynamic) num_threads((int)threads) if (p.parts > 1)
    for (size_t i = 0; i < p.parts; i++) add_part(&p, i);
#pragma omp parallel for schedule(static) if (c * k > PAIRS_FOR_THREADS)
    for (size_t row = 0; row < c; row++)
        for (size_t part = 0; part < p.parts; part++) {
            const rn_planes du = du_of_part(&p, part);
            const rn_pixels taps = taps_of(dw, row, c, k);
            p.wino.kernels->filter_gradient(&taps, &du, row);
        }
}

/* ---- the two of them ------------------------------------------------------------------------- */

#define METHOD(side, fit)                                                                          \
    static size_t filter_size##side(const rn_conv_dims *d, const rn_gemm *gemm) {                  \
        return winograd_of(d, side, gemm).points * filter_planes(d, gemm).plane;                   \
    }                                                                                              \
    static void make_filter##side(rn_float *ready, const rn_float *w, const rn_conv_dims *d,       \
                                  const rn_gemm *gemm) {                                           \
        winograd wino = winograd_of(d, side, gemm);                                                \
        rn_planes u = filter_planes(d, gemm);                                                      \
        u.value = ready;                                                                           \
        transform_filter(u, w, &wino);                                                             \
    }                                                                                              \
    static void forward##side(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,   \
                              rn_arena *scratch) {                                                 \
        forward(map, maps, filter, scratch, side);                                                 \
    }                                                                                              \
    static void backward_data##side(const rn_conv_map *map, size_t maps, const rn_float *w,        \
                                    const rn_gemm *gemm, rn_arena *scratch) {                      \
        backward_data(map, maps, w, gemm, scratch, side);                                          \
    }                                                                                              \
    static void backward_weights##side(rn_float *dw, const rn_conv_map *map, size_t maps,          \
                                       const rn_gemm *gemm, rn_arena *scratch) {                   \
        backward_weights(dw, map, maps, gemm, scratch, side);                                      \
    }                                                                                              \
    const rn_conv_method rn_conv_winograd##side = {.name = "winograd" #side,                       \
                                                   .fits = fit,                                    \
                                                   .filter_size = filter_size##side,               \
                                                   .make_filter = make_filter##side,               \
                                                   .forward = forward##side,                       \
                                                   .backward_data = backward_data##side,           \
                                                   .backward_weights = backward_weights##side};

METHOD(2, fits_stride1)
METHOD(4, fits_both_strides)
