#include "nn/pool_kernel.h"

#include <string.h>

/* The winner of each lane of a vector: an integer as wide as a number, stored as a byte. */
#ifdef RN_DOUBLE
typedef int64_t rn_taps __attribute__((vector_size(RN_VECTOR_BYTES)));
#else
typedef int32_t rn_taps __attribute__((vector_size(RN_VECTOR_BYTES)));
#endif
typedef uint8_t rn_winners __attribute__((vector_size(RN_LANES)));
typedef uint16_t rn_wider_winners __attribute__((vector_size(2 * RN_LANES)));

RN_INLINE rn_taps fill_taps(int tap) { return tap - (rn_taps){0}; }

/* `count` of RN_LANES channels from j on, in the calls below. */

RN_INLINE rn_taps load_winners(const uint8_t *from, size_t count) {
    rn_winners bytes = {0};
    memcpy(&bytes, from, count);
    /* by steps, since GCC takes a larger one lane by lane */
    return __builtin_convertvector(__builtin_convertvector(bytes, rn_wider_winners), rn_taps);
}

/* The window of output column `o`, whose input columns `first` to `last`, of 0 to 2, are on the
 * map. `lines` rows are. winner: NULL if nobody asks, which is a constant. */
RN_INLINE void best_of_window(rn_float *y, uint8_t *winner, const rn_pool_lines *rows, int lines,
                              int o, int first, int last, size_t channels, size_t j, size_t count) {
    size_t to = (size_t)o * channels + j, from = (size_t)(2 * o - 1 + first) * channels + j;
    rn_vector best = rn_load_some(rows->value[0] + from, count);
    rn_taps its_tap = fill_taps(rows->tap[0] + first);
#pragma GCC unroll 3
    for (int r = 0; r < lines; r++)
#pragma GCC unroll 3
        for (int column = first; column <= last; column++) {
            if (r == 0 && column == first) continue;
            size_t at = from + (size_t)(column - first) * channels;
            rn_vector value = rn_load_some(rows->value[r] + at, count);
            rn_mask wins =
                (value > best) | (value != value); /* NOLINT(misc-redundant-expression): NaN */
            best = rn_select(wins, value, best);
            if (winner)
                its_tap =
                    (fill_taps(rows->tap[r] + column) & (rn_taps)wins) | (its_tap & ~(rn_taps)wins);
        }
    rn_store_some(y + to, best, count);
    if (!winner) return;
    rn_winners bytes = __builtin_convertvector(its_tap, rn_winners);
    memcpy(winner + to, &bytes, count);
}

RN_INLINE void some_forward(rn_float *y, uint8_t *winner, const rn_pool_lines *rows,
                            size_t channels, size_t j, size_t count) {
    for (int o = 0; o < rows->out_width; o++) {
        int first = o == 0 ? 1 : 0, last = 2 * o + 1 < rows->width ? 2 : 1;
        if (first == 0 && last == 2 && rows->count == 3) /* all constants */
            best_of_window(y, winner, rows, 3, o, 0, 2, channels, j, count);
        else
            best_of_window(y, winner, rows, rows->count, o, first, last, channels, j, count);
    }
}

RN_INLINE void forward_rows(rn_float *y, uint8_t *winner, const rn_pool_lines *lines,
                            size_t channels) {
    size_t j = 0;
    for (; j + RN_LANES <= channels; j += RN_LANES)
        some_forward(y, winner, lines, channels, j, RN_LANES);
    if (j < channels) some_forward(y, winner, lines, channels, j, channels - j);
}

static void forward(rn_float *y, uint8_t *winner, const rn_pool_lines *lines, size_t channels) {
    if (winner)
        forward_rows(y, winner, lines, channels);
    else
        forward_rows(y, NULL, lines, channels);
}

/* What windows first .. first + windows - 1 of `count` rows send to pixel `column`. */
RN_INLINE rn_vector sent_to(const rn_pool_rows *rows, int count, int column, int first, int windows,
                            size_t channels, size_t j, size_t lanes) {
    rn_vector sum = rn_fill(0);
#pragma GCC unroll 2
    for (int r = 0; r < count; r++)
#pragma GCC unroll 2
        for (int o = first; o < first + windows; o++) {
            size_t at = (size_t)o * channels + j;
            rn_taps won =
                load_winners(rows->winner[r] + at, lanes) == rows->tap[r] + column - 2 * o + 1;
            sum += rn_select((rn_mask)won, rn_load_some(rows->dy[r] + at, lanes), rn_fill(0));
        }
    return sum;
}

/* Pixel `column` lies in window column / 2 and, where it is odd, in the next one too. */
RN_INLINE void some_backward(rn_float *dx, bool store, const rn_pool_rows *rows, int count,
                             size_t channels, size_t j, size_t lanes) {
    for (int column = 0; column < rows->width; column++) {
        int o = column / 2;
        rn_float *to = dx + (size_t)column * channels + j;
        rn_vector sum = column % 2 == 1 && o + 1 < rows->out_width
                            ? sent_to(rows, count, column, o, 2, channels, j, lanes)
                            : sent_to(rows, count, column, o, 1, channels, j, lanes);
        if (!store) sum += rn_load_some(to, lanes);
        rn_store_some(to, sum, lanes);
    }
}

RN_INLINE void backward_rows(rn_float *dx, bool store, const rn_pool_rows *rows, int count,
                             size_t channels) {
    size_t j = 0;
    for (; j + RN_LANES <= channels; j += RN_LANES)
        some_backward(dx, store, rows, count, channels, j, RN_LANES);
    if (j < channels) some_backward(dx, store, rows, count, channels, j, channels - j);
}

static void backward(rn_float *dx, const rn_pool_rows *rows, size_t channels, bool store) {
    if (rows->count == 1)
        backward_rows(dx, store, rows, 1, channels);
    else
        backward_rows(dx, store, rows, 2, channels);
}

const rn_pool_kernels RN_KERNEL(rn_pool_kernels) = {.forward = forward, .backward = backward};
