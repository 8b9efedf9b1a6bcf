/* sgd.h: stochastic gradient descent with momentum and weight decay, over slabs of parameters.
 *
 *     v = momentum v + (g + weight_decay w),   w = w - rate v        (torch.optim.SGD)
 *
 * The rate multiplies after the momentum: a drop of the rate takes effect at once. */
#ifndef RN_TRAIN_SGD_H
#define RN_TRAIN_SGD_H

#include "base/arena.h"
#include "base/real.h"

#include <stddef.h>

typedef struct rn_sgd {
    double momentum, weight_decay;
} rn_sgd;

/** value, velocity, grad: (count). */
void rn_sgd_step(rn_float *value, rn_float *velocity, const rn_float *grad, size_t count,
                 const rn_sgd *sgd, double rate);

/** Euclidean norm, in double precision, the same bits on any number of threads. */
double rn_sgd_gradient_norm(const rn_float *grad, size_t count, rn_arena *scratch);

/** grad *= factor: clipping by the global norm. */
void rn_sgd_scale(rn_float *grad, size_t count, double factor);

#endif
