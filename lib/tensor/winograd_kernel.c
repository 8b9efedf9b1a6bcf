#include "tensor/winograd_kernel.h"

/* ---- the matrices, see winograd.c -------------------------------------------------------------
 *
 * A row for each point: 0, a, -a, (b, -b,) infinity. */

/* F(2x2, 3x3): a = 1. */
static const rn_float input2[4][4] = {{-1, 0, 1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}};
static const rn_float filter2[4][3] = {{-1, 0, 0},
                                       {(rn_float).5, (rn_float).5, (rn_float).5},
                                       {(rn_float).5, (rn_float)-.5, (rn_float).5},
                                       {0, 0, 1}};
static const rn_float output2[4][2] = {{1, 0}, {1, 1}, {1, -1}, {0, 1}};

/* F(4x4, 3x3): a = 3/4, b = 3/2. */
#define A  ((rn_float).75)
#define B  ((rn_float)1.5)
#define AA (A * A)
#define BB (B * B)
#define N0 (1 / (AA * BB))
#define NA (1 / (2 * AA * (AA - BB)))
#define NB (1 / (2 * BB * (BB - AA)))
static const rn_float input4[6][6] = {
    {AA * BB, 0, -AA - BB, 0, 1, 0}, {0, -A *BB, -BB, A, 1, 0}, {0, A *BB, -BB, -A, 1, 0},
    {0, -AA *B, -AA, B, 1, 0},       {0, AA *B, -AA, -B, 1, 0}, {0, AA *BB, 0, -AA - BB, 0, 1}};
static const rn_float filter4[6][3] = {{N0, 0, 0},           {NA, A *NA, AA *NA},
                                       {NA, -A *NA, AA *NA}, {NB, B *NB, BB *NB},
                                       {NB, -B *NB, BB *NB}, {0, 0, 1}};
static const rn_float output4[6][4] = {{1, 0, 0, 0},      {1, A, AA, A *AA},   {1, -A, AA, -A *AA},
                                       {1, B, BB, B *BB}, {1, -B, BB, -B *BB}, {0, 0, 0, 1}};

/* ---- one line of a tile ------------------------------------------------------------------------
 *
 * Points come in pairs of opposite sign, whose rows of each matrix differ in the sign of the odd
 * columns: both are had from one sum over the even columns and one over the odd. Loops are unrolled
 * and zeros of the matrices dropped by the compiler. */

/* sum over j = first, first + 2, ... of row[j] in[j * step] */
RN_INLINE rn_vector half_row(const rn_float *row, const rn_vector *in, size_t step, size_t columns,
                             size_t first) {
    rn_vector sum = rn_fill(0);
    bool any = false;
#pragma GCC unroll 3
    for (size_t j = first; j < columns; j += 2) {
        if (row[j] == 0) continue; /* NOLINT(clang-analyzer-core.*): a constant */
        rn_vector term = row[j] == 1 ? in[j * step] : row[j] * in[j * step];
        sum = any ? sum + term : term;
        any = true;
    }
    return sum;
}

/* out = M in; M: (t, columns). */
RN_INLINE void times(rn_vector *out, const rn_float *m, const rn_vector *in, size_t step, size_t t,
                     size_t columns) {
    out[0] = half_row(m, in, step, columns, 0); /* the point 0: even columns only */
#pragma GCC unroll 2
    for (size_t i = 1; i + 1 < t; i += 2) {
        rn_vector even = half_row(m + i * columns, in, step, columns, 0);
        rn_vector odd = half_row(m + i * columns, in, step, columns, 1);
        out[i] = even + odd;
        out[i + 1] = even - odd;
    }
    const rn_float *last = m + (t - 1) * columns;
    out[t - 1] = columns % 2 == 0 ? half_row(last, in, step, columns, 1)
                                  : half_row(last, in, step, columns, 0);
}

/* out = M' in; M: (t, columns). */
RN_INLINE void transposed_times(rn_vector *out, const rn_float *m, const rn_vector *in, size_t step,
                                size_t t, size_t columns) {
    rn_vector sum[2], difference[2];
#pragma GCC unroll 2
    for (size_t i = 1; i + 1 < t; i += 2) {
        sum[i / 2] = in[i * step] + in[(i + 1) * step];
        difference[i / 2] = in[i * step] - in[(i + 1) * step];
    }
#pragma GCC unroll 4
    for (size_t j = 0; j < columns; j++) {
        rn_vector total = rn_fill(0);
        bool any = false;
        if (m[j] != 0) total = m[j] * in[0], any = true;
#pragma GCC unroll 2
        for (size_t i = 1; i + 1 < t; i += 2) {
            rn_vector term = m[i * columns + j] * (j % 2 ? difference[i / 2] : sum[i / 2]);
            total = any ? total + term : term;
            any = true;
        }
        if (m[(t - 1) * columns + j] != 0) total += m[(t - 1) * columns + j] * in[(t - 1) * step];
        out[j] = total;
    }
}

/* ---- whole tiles ------------------------------------------------------------------------------
 *
 * `count` numbers of a vector are there; where it is the constant RN_LANES, the compiler leaves the
 * loops out. */

/* M X M', X: n x n pixels from `column` on, M: (t, n). To the first of t x t planes, at `to`. */
RN_INLINE void expand_vector(rn_float *to, size_t plane, size_t room, const rn_float *const *pixel,
                             size_t column, size_t count, const rn_float *m, size_t t, size_t n) {
    rn_vector half[RN_TILE_MOST * RN_TILE_MOST], line[RN_TILE_MOST], out[RN_TILE_MOST];
#pragma GCC unroll 6
    for (size_t i = 0; i < n; i++) { /* half: (n, t) = X M' */
#pragma GCC unroll 6
        for (size_t j = 0; j < n; j++) line[j] = rn_load_some(pixel[i * n + j] + column, count);
        times(half + i * t, m, line, 1, t, n);
    }
#pragma GCC unroll 6
    for (size_t j = 0; j < t; j++) {
        times(out, m, half + j, t, t, n);
#pragma GCC unroll 6
        for (size_t i = 0; i < t; i++) rn_store_some(to + (i * t + j) * plane, out[i], room);
    }
}

/* What becomes of finished pixels. */
typedef struct ending {
    const rn_float *scale, *shift, *residual; /* NULL: none */
    const rn_float *image;                    /* where the pixels are */
    bool relu, add;
} ending;

/* M' Y M, Y: t x t points, M: (t, n); pixels that are NULL are left out. */
RN_INLINE void reduce_vector(rn_float *const *pixel, size_t column, size_t count,
                             const rn_float *from, size_t plane, size_t room, const rn_float *m,
                             size_t t, size_t n, const ending *e) {
    rn_vector half[RN_TILE_MOST * RN_TILE_MOST], line[RN_TILE_MOST], out[RN_TILE_MOST];
    rn_vector scale = e->scale ? rn_load_some(e->scale + column, count) : rn_fill(1);
    rn_vector shift = e->shift ? rn_load_some(e->shift + column, count) : rn_fill(0);
    rn_vector least = rn_fill(e->relu ? 0 : -(rn_float)INFINITY);
#pragma GCC unroll 6
    for (size_t i = 0; i < t; i++) { /* half: (t, n) = Y M */
#pragma GCC unroll 6
        for (size_t j = 0; j < t; j++) line[j] = rn_load_some(from + (i * t + j) * plane, room);
        transposed_times(half + i * n, m, line, 1, t, n);
    }
#pragma GCC unroll 6
    for (size_t j = 0; j < n; j++) {
        transposed_times(out, m, half + j, n, t, n);
#pragma GCC unroll 6
        for (size_t i = 0; i < n; i++) {
            rn_float *to = pixel[i * n + j];
            if (!to) continue;
            rn_vector y = out[i] * scale + shift;
            if (e->add) y += rn_load_some(to + column, count);
            if (e->residual) y += rn_load_some(e->residual + (to - e->image) + column, count);
            rn_store_some(to + column, rn_select(y < least, least, y), count); /* NaN stays NaN */
        }
    }
}

/* Where the row's vector that begins at `column` is in each plane; *panel: the column at which its
 * panel begins, kept from vector to vector. */
RN_INLINE size_t place(const rn_planes *p, size_t row, size_t column, size_t *panel) {
    if (column - *panel >= p->panel) *panel += p->panel;
    size_t left = p->stride - *panel, width = left < p->panel ? left : p->panel;
    return *panel * p->rows + row * width + column - *panel;
}

RN_INLINE size_t at_most(size_t count, size_t most) { return count < most ? count : most; }

RN_INLINE void expand(const rn_planes *to, size_t row, const rn_float *const *pixel,
                      const rn_float *m, size_t t, size_t n) {
    size_t column = 0, panel = 0;
    for (; column + RN_LANES <= to->columns; column += RN_LANES)
        expand_vector(to->value + place(to, row, column, &panel), to->plane, RN_LANES, pixel,
                      column, RN_LANES, m, t, n);
    if (column < to->columns)
        expand_vector(to->value + place(to, row, column, &panel), to->plane,
                      at_most(to->stride - column, RN_LANES), pixel, column, to->columns - column,
                      m, t, n);
}

RN_INLINE void reduce(rn_float *const *pixel, const rn_planes *from, size_t row, const rn_float *m,
                      size_t t, size_t n, const ending *e) {
    size_t column = 0, panel = 0;
    for (; column + RN_LANES <= from->columns; column += RN_LANES)
        reduce_vector(pixel, column, RN_LANES, from->value + place(from, row, column, &panel),
                      from->plane, RN_LANES, m, t, n, e);
    if (column < from->columns)
        reduce_vector(pixel, column, from->columns - column,
                      from->value + place(from, row, column, &panel), from->plane,
                      at_most(from->stride - column, RN_LANES), m, t, n, e);
}

#define KERNELS(name, tile, side)                                                                  \
    static void name##_input(const rn_planes *to, size_t row, const rn_float *const *pixel) {      \
        expand(to, row, pixel, input##side[0], tile, tile);                                        \
    }                                                                                              \
    static void name##_gradient(const rn_planes *to, size_t row, const rn_float *const *pixel) {   \
        expand(to, row, pixel, output##side[0], tile, side);                                       \
    }                                                                                              \
    static void name##_filter(const rn_planes *to, size_t row, const rn_float *const *tap) {       \
        expand(to, row, tap, filter##side[0], tile, 3);                                            \
    }                                                                                              \
    static void name##_output(rn_float *const *pixel, const rn_float *image,                       \
                              const rn_planes *from, size_t row, const rn_epilogue *epilogue,      \
                              bool add) {                                                          \
        ending e = {epilogue->scale, epilogue->shift, epilogue->residual,                          \
                    image,           epilogue->relu,  add};                                        \
        reduce(pixel, from, row, output##side[0], tile, side, &e);                                 \
    }                                                                                              \
    static void name##_filter_gradient(rn_float *const *tap, const rn_planes *from, size_t row) {  \
        reduce(tap, from, row, filter##side[0], tile, 3, &(ending){.add = true});                  \
    }                                                                                              \
    const rn_winograd_kernels RN_KERNEL(rn_##name) = {.input = name##_input,                       \
                                                      .gradient = name##_gradient,                 \
                                                      .filter = name##_filter,                     \
                                                      .output = name##_output,                     \
                                                      .filter_gradient = name##_filter_gradient};

KERNELS(winograd2, 4, 2)
KERNELS(winograd4, 6, 4)
