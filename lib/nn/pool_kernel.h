/* pool_kernel.h: the innermost part of max pooling (private to lib/nn). */
#ifndef RN_NN_POOL_KERNEL_H
#define RN_NN_POOL_KERNEL_H

#include "base/kernel.h"

#include <stdint.h>

enum { RN_POOL_TAPS = 9, RN_POOL_SENDERS = 4 };

/** The pixels of a window that lie on the map, in reading order; at least one. */
typedef struct rn_pool_window {
    const rn_float *value[RN_POOL_TAPS];
    uint8_t tap[RN_POOL_TAPS]; /**< 3 * row + column within the window */
    int count;
} rn_pool_window;

/** The windows that an input pixel lies in, and as which of their taps. */
typedef struct rn_pool_senders {
    const rn_float *dy[RN_POOL_SENDERS];
    const uint8_t *winner[RN_POOL_SENDERS];
    uint8_t tap[RN_POOL_SENDERS];
    int count;
} rn_pool_senders;

typedef struct rn_pool_kernels {
    /** The largest value of a window, channel by channel, and the tap where it is: the first among
     * equals; NaN is larger than all numbers, and the last NaN wins. */
    void (*forward)(rn_float *y, uint8_t *winner, const rn_pool_window *window, size_t channels);
    /** dx += what the windows send to the pixel whose tap won; dx = that with `store`. */
    void (*backward)(rn_float *dx, const rn_pool_senders *senders, size_t channels, bool store);
} rn_pool_kernels;
RN_KERNEL_TABLE(rn_pool_kernels, rn_pool_kernels)

#endif
