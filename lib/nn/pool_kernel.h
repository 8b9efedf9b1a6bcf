/* pool_kernel.h: the innermost part of max pooling (private to lib/nn). */
#ifndef RN_NN_POOL_KERNEL_H
#define RN_NN_POOL_KERNEL_H

#include "base/kernel.h"

#include <stdint.h>

/** The two or three rows of input pixels that a row of windows lies in; on small maps one. */
typedef struct rn_pool_lines {
    const rn_float *value[3]; /**< (width, channels) */
    int tap[3];               /**< of the windows' first column in this row: 0, 3 or 6 */
    int count, width, out_width;
} rn_pool_lines;

/** The one or two rows of windows that a row of input pixels lies in. */
typedef struct rn_pool_rows {
    const rn_float *dy[2];    /**< (out_width, channels) */
    const uint8_t *winner[2]; /**< (out_width, channels) */
    int tap[2];               /**< of the windows' first column in this row: 0, 3 or 6 */
    int count, width, out_width;
} rn_pool_rows;

typedef struct rn_pool_kernels {
    /** y, winner: (out_width, channels): the largest value of each window, channel by channel, and
     * the tap where it is, 3 * row + column within the window: the first among equals; NaN is
     * larger than all numbers, and the last NaN wins. winner may be NULL. */
    void (*forward)(rn_float *y, uint8_t *winner, const rn_pool_lines *lines, size_t channels);
    /** dx, (width, channels), += what the windows send to the pixels whose tap won; dx = that with
     * `store`. */
    void (*backward)(rn_float *dx, const rn_pool_rows *rows, size_t channels, bool store);
} rn_pool_kernels;
RN_KERNEL_TABLE(rn_pool_kernels, rn_pool_kernels)

#endif
