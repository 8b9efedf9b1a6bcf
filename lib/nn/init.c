#include "nn/init.h"
#include "base/rng.h"

void rn_init_normal(rn_param *param, double std, uint64_t seed) {
    rn_rng rng = rn_rng_stream(seed, param->name, 0);
    for (size_t i = 0; i < param->count; i++)
        param->value[i] = (rn_float)(std * rn_rng_normal(&rng));
}

void rn_init_uniform(rn_param *param, double bound, uint64_t seed) {
    rn_rng rng = rn_rng_stream(seed, param->name, 0);
    for (size_t i = 0; i < param->count; i++)
        param->value[i] = (rn_float)rn_rng_range(&rng, -bound, bound);
}

double rn_init_fan_in(const rn_param *weight) {
    return (double)weight->shape[0] * weight->shape[1] * weight->shape[2];
}

double rn_init_fan_out(const rn_param *weight) {
    return (double)weight->shape[0] * weight->shape[1] * weight->shape[3];
}
