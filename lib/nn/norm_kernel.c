#include "nn/norm_kernel.h"

/* All passes go down the pixels with a vector of channels at a time, whose constants stay in
 * registers: a few pixels only, so that the next vector finds them in the first-level cache. Sums
 * are SUMS chains of additions, which do not wait for one another. */
enum { ROWS = 64, SUMS = 4 };

RN_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* `count` of RN_LANES channels in the calls below; where it is the constant RN_LANES, the compiler
 * leaves the loops out. */

RN_INLINE void add_up(double *total, const rn_vector sum[SUMS], size_t count) {
    rn_vector all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    for (size_t i = 0; i < count; i++) total[i] += (double)all[i];
}

/* The constants of some channels. */
typedef struct channels {
    rn_vector mean, factor, shift;
} channels;

RN_INLINE channels channels_at(const rn_norm_map *map, size_t j, size_t count) {
    return (channels){rn_load_some(map->mean + j, count), rn_load_some(map->factor + j, count),
                      rn_load_some(map->shift + j, count)};
}

/* The same expression forward and backward, so that both see the same sign. */
RN_INLINE rn_vector value_of(rn_vector away, const channels *at) {
    return away * at->factor + at->shift;
}

/* What of dy passes the relu; away: x - mean. */
RN_INLINE rn_vector gradient_of(rn_vector dy, rn_vector away, const channels *at, bool relu) {
    return relu ? rn_select(value_of(away, at) > 0, dy, rn_fill(0)) : dy;
}

RN_INLINE void some_moments(double *sums, const rn_float *x, const rn_float *from, size_t rows,
                            size_t c, size_t j, size_t count) {
    rn_vector sum[SUMS] = {0}, square[SUMS] = {0}, origin = rn_load_some(from + j, count);
    for (size_t i = 0; i < rows; i += SUMS)
#pragma GCC unroll 4
        for (size_t s = 0; s < SUMS; s++) {
            if (i + s >= rows) break;
            rn_vector away = rn_load_some(x + (i + s) * c + j, count) - origin;
            sum[s] += away;
            square[s] += away * away;
        }
    add_up(sums + j, sum, count);
    add_up(sums + c + j, square, count);
}

RN_INLINE void some_forward(rn_float *y, const rn_float *x, const rn_norm_map *map, size_t rows,
                            size_t c, size_t j, size_t count) {
    const channels at = channels_at(map, j, count);
    const rn_vector least = rn_fill(map->relu ? 0 : -(rn_float)INFINITY);
    for (size_t i = 0; i < rows; i++) {
        rn_vector value = value_of(rn_load_some(x + i * c + j, count) - at.mean, &at);
        value = rn_select(value < least, least, value); /* NaN stays NaN */
        rn_store_some(y + i * c + j, value, count);
    }
}

RN_INLINE void some_slopes(double *sums, const rn_float *dy, const rn_float *x,
                           const rn_norm_map *map, size_t rows, size_t c, size_t j, size_t count,
                           bool relu) {
    const channels at = channels_at(map, j, count);
    rn_vector sum[SUMS] = {0}, product[SUMS] = {0};
    for (size_t i = 0; i < rows; i += SUMS)
#pragma GCC unroll 4
        for (size_t s = 0; s < SUMS; s++) {
            if (i + s >= rows) break;
            size_t k = (i + s) * c + j;
            rn_vector away = rn_load_some(x + k, count) - at.mean;
            rn_vector g = gradient_of(rn_load_some(dy + k, count), away, &at, relu);
            sum[s] += g;
            product[s] += g * away;
        }
    add_up(sums + j, sum, count);
    add_up(sums + c + j, product, count);
}

RN_INLINE void some_backward(rn_float *dx, bool store, const rn_float *dy, const rn_float *x,
                             const rn_norm_map *map, const rn_norm_slope *slope, size_t rows,
                             size_t c, size_t j, size_t count, bool relu) {
    const channels at = channels_at(map, j, count);
    const rn_vector of_g = rn_load_some(slope->of_g + j, count);
    const rn_vector of_x = rn_load_some(slope->of_x + j, count);
    const rn_vector constant = rn_load_some(slope->constant + j, count);
    for (size_t i = 0; i < rows; i++) {
        size_t k = i * c + j;
        rn_vector away = rn_load_some(x + k, count) - at.mean;
        rn_vector g = gradient_of(rn_load_some(dy + k, count), away, &at, relu);
        rn_vector more = of_g * g + (of_x * away + constant);
        if (!store) more += rn_load_some(dx + k, count);
        rn_store_some(dx + k, more, count);
    }
}

/* `call` for every vector of channels of every few pixels: `here` of them from number `at` on. */
#define EVERYWHERE(call)                                                                           \
    for (size_t first = 0, here; first < rows; first += here) {                                    \
        size_t j = 0, at = first * c;                                                              \
        here = smaller(ROWS, rows - first);                                                        \
        for (; j + RN_LANES <= c; j += RN_LANES) call(RN_LANES);                                   \
        if (j < c) call(c - j);                                                                    \
    }

static void moments(double *sums, const rn_float *x, const rn_float *from, size_t rows, size_t c) {
#define CALL(count) some_moments(sums, x + at, from, here, c, j, count)
    EVERYWHERE(CALL)
#undef CALL
}

static void forward(rn_float *y, const rn_float *x, const rn_norm_map *map, size_t rows, size_t c) {
#define CALL(count) some_forward(y + at, x + at, map, here, c, j, count)
    EVERYWHERE(CALL)
#undef CALL
}

static void slopes(double *sums, const rn_float *dy, const rn_float *x, const rn_norm_map *map,
                   size_t rows, size_t c) {
#define CALL(count) some_slopes(sums, dy + at, x + at, map, here, c, j, count, map->relu)
    EVERYWHERE(CALL)
#undef CALL
}

static void backward(rn_float *dx, bool store, const rn_float *dy, const rn_float *x,
                     const rn_norm_map *map, const rn_norm_slope *slope, size_t rows, size_t c) {
#define CALL(count)                                                                                \
    some_backward(dx + at, store, dy + at, x + at, map, slope, here, c, j, count, map->relu)
    EVERYWHERE(CALL)
#undef CALL
}

const rn_norm_kernels RN_KERNEL(rn_norm_kernels) = {
    .moments = moments, .forward = forward, .slopes = slopes, .backward = backward};
