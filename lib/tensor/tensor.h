/* tensor.h: a dense NHWC block of numbers and, where one is wanted, its gradient.
 *
 * Element (n, y, x, c) is value[((n * h + y) * w + x) * c_count + c]. A tensor is a view: it owns
 * nothing, its arrays live in an arena or a slab. */
#ifndef RN_TENSOR_TENSOR_H
#define RN_TENSOR_TENSOR_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rn_tensor {
    int n, h, w, c;
    rn_float *value;
    rn_float *grad;   /**< same shape; NULL: nobody asks for the gradient, or there is none now */
    bool wants_grad;  /**< somebody asks for the gradient */
    bool grad_is_new; /**< grad is not set yet: store, do not add (see nn/tape.h) */
} rn_tensor;

/** Number of elements. */
static inline size_t rn_tensor_count(const rn_tensor *t) {
    return (size_t)t->n * (size_t)t->h * (size_t)t->w * (size_t)t->c;
}

/** Number of pixels over the whole batch. */
static inline size_t rn_tensor_pixels(const rn_tensor *t) {
    return (size_t)t->n * (size_t)t->h * (size_t)t->w;
}

#endif
