#include "tensor/winograd_kernel.h"

/* ---- the matrices, see winograd.c -------------------------------------------------------------
 *
 * A row for each point: 0, a, -a, (b, -b,) infinity. B' reads pixels, A is transposed to write
 * them; backward-data uses the same two unless it is said otherwise. */

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

/* F(4x4, 3x3) at stride 2: the points 0, a, -a, b, infinity of the odd pixels, then the even ones
 * as they are. */
#define M0 (1 / (AA * B))
#define MA (1 / (2 * AA * (A - B)))
#define MC (-1 / (2 * AA * (A + B))) /* at -a */
#define MB (1 / (B * (BB - AA)))
static const rn_float input4_stride2[9][9] = {
    {AA * B, 0, -AA, 0, -B, 0, 1, 0, 0}, {0, 0, -A *B, 0, A - B, 0, 1, 0, 0},
    {0, 0, A *B, 0, -A - B, 0, 1, 0, 0}, {0, 0, -AA, 0, 0, 0, 1, 0, 0},
    {0, 0, AA *B, 0, -AA, 0, -B, 0, 1},  {0, 1, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 1, 0, 0, 0, 0, 0},         {0, 0, 0, 0, 0, 1, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0, 1, 0}};
static const rn_float filter4_stride2[9][3] = {{M0, 0, 0},     {MA, 0, A *MA}, {MC, 0, -A *MC},
                                               {MB, 0, B *MB}, {0, 0, 1},      {0, 1, 0},
                                               {0, 1, 0},      {0, 1, 0},      {0, 1, 0}};
static const rn_float output4_stride2[9][4] = {
    {1, 0, 0, 0}, {1, A, AA, A *AA}, {1, -A, AA, -A *AA}, {1, B, BB, B *BB}, {0, 0, 0, 1},
    {1, 0, 0, 0}, {0, 1, 0, 0},      {0, 0, 1, 0},        {0, 0, 0, 1}};
static const rn_float backward_input4_stride2[9][5] = {
    {AA * B, -AA, -B, 1, 0}, {0, -A *B, A - B, 1, 0}, {0, A *B, -A - B, 1, 0},
    {0, -AA, 0, 1, 0},       {0, AA *B, -AA, -B, 1},  {1, 0, 0, 0, 0},
    {0, 1, 0, 0, 0},         {0, 0, 1, 0, 0},         {0, 0, 0, 1, 0}};
static const rn_float backward_output4_stride2[9][8] = {
    {0, 1, 0, 0, 0, 0, 0, 0},      {0, 1, 0, A, 0, AA, 0, A *AA}, {0, 1, 0, -A, 0, AA, 0, -A *AA},
    {0, 1, 0, B, 0, BB, 0, B *BB}, {0, 0, 0, 0, 0, 0, 0, 1},      {1, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 1, 0, 0, 0, 0, 0},      {0, 0, 0, 0, 1, 0, 0, 0},      {0, 0, 0, 0, 0, 0, 1, 0}};

/* ---- one line of a tile ------------------------------------------------------------------------
 *
 * Loops are unrolled, and the zeros of the matrices dropped by the compiler. */

/* sum over i = first, first + by, ... of m[i * m_step] in[i * in_step] */
RN_INLINE rn_vector sum_up(const rn_float *m, size_t m_step, const rn_vector *in, size_t in_step,
                           size_t first, size_t end, size_t by) {
    rn_vector sum = rn_fill(0);
    bool any = false;
#pragma GCC unroll 9
    for (size_t i = first; i < end; i += by) {
        const rn_float factor = m[i * m_step]; /* NOLINT(clang-analyzer-core.*): a constant */
        if (factor == 0) continue;
        rn_vector term = factor == 1 ? in[i * in_step] : factor * in[i * in_step];
        sum = any ? sum + term : term;
        any = true;
    }
    return sum;
}

/* Do the points come in pairs of opposite sign? The rows of a pair differ in the sign of the odd
 * columns: both are had from one sum over the even columns and one over the odd. */
RN_INLINE bool in_pairs(size_t t) { return t % 2 == 0; }

/* out = M in; M: (t, columns). */
RN_INLINE void times(rn_vector *out, const rn_float *m, const rn_vector *in, size_t step, size_t t,
                     size_t columns) {
    if (!in_pairs(t)) {
#pragma GCC unroll 9
        for (size_t i = 0; i < t; i++) out[i] = sum_up(m + i * columns, 1, in, step, 0, columns, 1);
        return;
    }
    out[0] = sum_up(m, 1, in, step, 0, columns, 2); /* the point 0: even columns only */
#pragma GCC unroll 2
    for (size_t i = 1; i + 1 < t; i += 2) {
        rn_vector even = sum_up(m + i * columns, 1, in, step, 0, columns, 2);
        rn_vector odd = sum_up(m + i * columns, 1, in, step, 1, columns, 2);
        out[i] = even + odd;
        out[i + 1] = even - odd;
    }
    out[t - 1] = sum_up(m + (t - 1) * columns, 1, in, step, (columns + 1) % 2, columns, 2);
}

/* out = M' in; M: (t, columns). */
RN_INLINE void transposed_times(rn_vector *out, const rn_float *m, const rn_vector *in, size_t step,
                                size_t t, size_t columns) {
    rn_vector sum[2], difference[2];
    if (!in_pairs(t)) {
#pragma GCC unroll 9
        for (size_t j = 0; j < columns; j++) out[j] = sum_up(m + j, columns, in, step, 0, t, 1);
        return;
    }
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

/* Pixel (i, j) of n x n. */
RN_INLINE rn_float *pixel_at(const rn_pixels *of, bool even, size_t i, size_t j, size_t n) {
    return even ? of->first + i * of->row + j * of->column : of->each[i * n + j];
}

/* M X M', X: n x n pixels from `column` on, M: (t, n). To the first of t x t planes, at `to`.
 * even: the pixels lie evenly, a constant. */
RN_INLINE void expand_vector(rn_float *to, size_t plane, size_t room, const rn_pixels *pixels,
                             bool even, size_t column, size_t count, const rn_float *m, size_t t,
                             size_t n) {
    rn_vector half[RN_TILE_MOST * RN_TILE_MOST], line[RN_TILE_MOST], out[RN_TILE_MOST];
#pragma GCC unroll 9
    for (size_t i = 0; i < n; i++) { /* half: (n, t) = X M' */
#pragma GCC unroll 9
        for (size_t j = 0; j < n; j++)
            line[j] = rn_load_some(pixel_at(pixels, even, i, j, n) + column, count);
        times(half + i * t, m, line, 1, t, n);
    }
#pragma GCC unroll 9
    for (size_t j = 0; j < t; j++) {
        times(out, m, half + j, t, t, n);
#pragma GCC unroll 9
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
RN_INLINE void reduce_vector(const rn_pixels *pixels, bool even, size_t column, size_t count,
                             const rn_float *from, size_t plane, size_t room, const rn_float *m,
                             size_t t, size_t n, const ending *e) {
    rn_vector half[RN_TILE_MOST * RN_TILE_MOST], line[RN_TILE_MOST], out[RN_TILE_MOST];
    rn_vector scale = e->scale ? rn_load_some(e->scale + column, count) : rn_fill(1);
    rn_vector shift = e->shift ? rn_load_some(e->shift + column, count) : rn_fill(0);
    rn_vector least = rn_fill(e->relu ? 0 : -(rn_float)INFINITY);
#pragma GCC unroll 9
    for (size_t i = 0; i < t; i++) { /* half: (t, n) = Y M */
#pragma GCC unroll 9
        for (size_t j = 0; j < t; j++) line[j] = rn_load_some(from + (i * t + j) * plane, room);
        transposed_times(half + i * n, m, line, 1, t, n);
    }
#pragma GCC unroll 9
    for (size_t j = 0; j < n; j++) {
        transposed_times(out, m, half + j, n, t, n);
#pragma GCC unroll 9
        for (size_t i = 0; i < n; i++) {
            rn_float *to = pixel_at(pixels, even, i, j, n);
            if (!even && !to) continue;
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

/* All whole vectors of a row of channels; returns how many channels they are. */
RN_INLINE size_t expand_whole(const rn_planes *to, size_t row, const rn_pixels *pixels, bool even,
                              const rn_float *m, size_t t, size_t n, size_t *panel) {
    size_t column = 0;
    for (; column + RN_LANES <= to->columns; column += RN_LANES)
        expand_vector(to->value + place(to, row, column, panel), to->plane, RN_LANES, pixels, even,
                      column, RN_LANES, m, t, n);
    return column;
}

RN_INLINE size_t reduce_whole(const rn_pixels *pixels, bool even, const rn_planes *from, size_t row,
                              const rn_float *m, size_t t, size_t n, const ending *e,
                              size_t *panel) {
    size_t column = 0;
    for (; column + RN_LANES <= from->columns; column += RN_LANES)
        reduce_vector(pixels, even, column, RN_LANES, from->value + place(from, row, column, panel),
                      from->plane, RN_LANES, m, t, n, e);
    return column;
}

/* Even pixels, one by one. */
RN_INLINE rn_pixels one_by_one(rn_float **each, const rn_pixels *even, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) each[i * n + j] = pixel_at(even, true, i, j, n);
    return (rn_pixels){.each = each};
}

/* Even pixels have loops of their own where they are many: whole vectors at stride 1. */
RN_INLINE void expand(const rn_planes *to, size_t row, const rn_pixels *pixels, const rn_float *m,
                      size_t t, size_t n) {
    rn_float *each[RN_TILE_MOST * RN_TILE_MOST];
    rn_pixels listed = *pixels;
    size_t column = 0, panel = 0;
    if (!pixels->each && in_pairs(t)) column = expand_whole(to, row, pixels, true, m, t, n, &panel);
    if (column == to->columns) return;
    if (!pixels->each) listed = one_by_one(each, pixels, n);
    if (column == 0) column = expand_whole(to, row, &listed, false, m, t, n, &panel);
    if (column < to->columns)
        expand_vector(to->value + place(to, row, column, &panel), to->plane,
                      at_most(to->stride - column, RN_LANES), &listed, false, column,
                      to->columns - column, m, t, n);
}

RN_INLINE void reduce(const rn_pixels *pixels, const rn_planes *from, size_t row, const rn_float *m,
                      size_t t, size_t n, const ending *e) {
    rn_float *each[RN_TILE_MOST * RN_TILE_MOST];
    rn_pixels listed = *pixels;
    size_t column = 0, panel = 0;
    if (!pixels->each && in_pairs(t))
        column = reduce_whole(pixels, true, from, row, m, t, n, e, &panel);
    if (column == from->columns) return;
    if (!pixels->each) listed = one_by_one(each, pixels, n);
    if (column == 0) column = reduce_whole(&listed, false, from, row, m, t, n, e, &panel);
    if (column < from->columns)
        reduce_vector(&listed, false, column, from->columns - column,
                      from->value + place(from, row, column, &panel), from->plane,
                      at_most(from->stride - column, RN_LANES), m, t, n, e);
}

#define TO_PLANES(function, matrix, t, n)                                                          \
    static void function(const rn_planes *to, size_t row, const rn_pixels *pixels) {               \
        expand(to, row, pixels, matrix[0], t, n);                                                  \
    }
#define TO_PIXELS(function, matrix, t, n)                                                          \
    static void function(const rn_pixels *pixels, const rn_float *image, const rn_planes *from,    \
                         size_t row, const rn_epilogue *epilogue, bool add) {                      \
        ending e = {epilogue->scale, epilogue->shift, epilogue->residual,                          \
                    image,           epilogue->relu,  add};                                        \
        reduce(pixels, from, row, matrix[0], t, n, &e);                                            \
    }

/* which: end of the matrices' names; t points along the side of a tile, from `size` pixels of x to
 * `side` of y; and the functions of backward-data. */
#define KERNELS(which, t, size, side, its_input, its_output)                                       \
    TO_PLANES(input_of_##which, input##which, t, size)                                             \
    TO_PLANES(gradient_of_##which, output##which, t, side)                                         \
    TO_PIXELS(output_of_##which, output##which, t, side)                                           \
    TO_PLANES(filter_of_##which, filter##which, t, 3)                                              \
    static void filter_gradient_of_##which(const rn_pixels *taps, const rn_planes *from,           \
                                           size_t row) {                                           \
        reduce(taps, from, row, filter##which[0], t, 3, &(ending){.add = true});                   \
    }                                                                                              \
    const rn_winograd_kernels RN_KERNEL(rn_winograd##which) = {.input = input_of_##which,          \
                                                               .gradient = gradient_of_##which,    \
                                                               .backward_input = its_input,        \
                                                               .filter = filter_of_##which,        \
                                                               .output = output_of_##which,        \
                                                               .backward_output = its_output,      \
                                                               .filter_gradient =                  \
                                                                   filter_gradient_of_##which};

KERNELS(2, 4, 4, 2, input_of_2, output_of_2)
KERNELS(4, 6, 6, 4, input_of_4, output_of_4)

TO_PLANES(backward_input, backward_input4_stride2, 9, 5)
TO_PIXELS(backward_output, backward_output4_stride2, 9, 8)
KERNELS(4_stride2, 9, 9, 4, backward_input, backward_output)
