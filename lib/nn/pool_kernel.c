#include "nn/pool_kernel.h"

#include <string.h>

/* The winner of each lane of a vector: an integer as wide as a number, stored as a byte. */
#ifdef RN_DOUBLE
typedef int64_t rn_taps __attribute__((vector_size(RN_VECTOR_BYTES)));
#else
typedef int32_t rn_taps __attribute__((vector_size(RN_VECTOR_BYTES)));
#endif
typedef uint8_t rn_winners __attribute__((vector_size(RN_LANES)));

RN_INLINE rn_taps fill_taps(int tap) { return tap - (rn_taps){0}; }

static void forward(rn_float *y, uint8_t *winner, const rn_pool_window *window, size_t channels) {
    size_t j = 0;
    for (; j + RN_LANES <= channels; j += RN_LANES) {
        rn_vector best = rn_load(window->value[0] + j);
        rn_taps its_tap = fill_taps(window->tap[0]);
        for (int t = 1; t < window->count; t++) {
            rn_vector value = rn_load(window->value[t] + j);
            rn_mask wins =
                (value > best) | (value != value); /* NOLINT(misc-redundant-expression): NaN */
            best = rn_select(wins, value, best);
            its_tap = (fill_taps(window->tap[t]) & (rn_taps)wins) | (its_tap & ~(rn_taps)wins);
        }
        rn_winners bytes = __builtin_convertvector(its_tap, rn_winners);
        rn_store(y + j, best);
        memcpy(winner + j, &bytes, sizeof bytes);
    }
    for (; j < channels; j++) {
        rn_float best = window->value[0][j];
        winner[j] = window->tap[0];
        for (int t = 1; t < window->count; t++) {
            rn_float value = window->value[t][j];
            if (!(value > best || isnan(value))) continue;
            best = value;
            winner[j] = window->tap[t];
        }
        y[j] = best;
    }
}

/* Pixel `column` lies in window column / 2 and, where it is odd, in the next one too. */
static void backward(rn_float *dx, const rn_pool_rows *rows, size_t channels, bool store) {
    for (int column = 0; column < rows->width; column++, dx += channels) {
        int first = column / 2, last = (column + 1) / 2;
        if (last == rows->out_width) last--;
        size_t j = 0;
        for (; j + RN_LANES <= channels; j += RN_LANES) {
            rn_vector sum = store ? rn_fill(0) : rn_load(dx + j);
            for (int r = 0; r < rows->count; r++)
                for (int o = first; o <= last; o++) {
                    size_t at = (size_t)o * channels + j;
                    rn_winners bytes;
                    memcpy(&bytes, rows->winner[r] + at, sizeof bytes);
                    rn_taps won = __builtin_convertvector(bytes, rn_taps) ==
                                  rows->tap[r] + column - 2 * o + 1;
                    sum += rn_select((rn_mask)won, rn_load(rows->dy[r] + at), rn_fill(0));
                }
            rn_store(dx + j, sum);
        }
        for (; j < channels; j++) {
            rn_float sum = store ? 0 : dx[j];
            for (int r = 0; r < rows->count; r++)
                for (int o = first; o <= last; o++) {
                    size_t at = (size_t)o * channels + j;
                    if (rows->winner[r][at] == rows->tap[r] + column - 2 * o + 1)
                        sum += rows->dy[r][at];
                }
            dx[j] = sum;
        }
    }
}

const rn_pool_kernels RN_KERNEL(rn_pool_kernels) = {.forward = forward, .backward = backward};
