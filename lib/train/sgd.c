#include "train/sgd.h"
#include "base/parallel.h"

void rn_sgd_step(rn_float *value, rn_float *velocity, const rn_float *grad, size_t count,
                 const rn_sgd *sgd, double rate) {
    rn_float momentum = (rn_float)sgd->momentum, decay = (rn_float)sgd->weight_decay;
    rn_float step = (rn_float)rate;
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < count; i++) {
        velocity[i] = momentum * velocity[i] + (grad[i] + decay * value[i]);
        value[i] -= step * velocity[i];
    }
}

double rn_sgd_gradient_norm(const rn_float *grad, size_t count, rn_arena *scratch) {
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    size_t ranges = rn_parallel_ranges(count);
    double *partial = rn_arena_zeros(scratch, ranges, sizeof *partial), sum = 0;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < ranges; i++) {
        double square = 0;
#pragma omp simd reduction(+ : square)
        for (size_t j = count * i / ranges; j < count * (i + 1) / ranges; j++)
            square += (double)grad[j] * (double)grad[j];
        partial[i] = square;
    }
    for (size_t i = 0; i < ranges; i++) sum += partial[i];
    rn_arena_release(scratch, mark);
    return sqrt(sum);
}

void rn_sgd_scale(rn_float *grad, size_t count, double factor) {
    rn_float by = (rn_float)factor;
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < count; i++) grad[i] *= by;
}
