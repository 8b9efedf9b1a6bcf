/* init.h: random initial weights. Each parameter draws from a stream of its own name: adding a
 * layer changes no other. */
#ifndef RN_NN_INIT_H
#define RN_NN_INIT_H

#include "nn/param.h"

/** N(0, std^2). */
void rn_init_normal(rn_param *param, double std, uint64_t seed);

/** Uniform on [-bound, bound). */
void rn_init_uniform(rn_param *param, double bound, uint64_t seed);

/** Of a convolution's weight: numbers that an output is summed from, and that an input goes into.
 * He et al. 2015 take sqrt(2 / fan) as standard deviation in front of a ReLU. */
double rn_init_fan_in(const rn_param *weight);
double rn_init_fan_out(const rn_param *weight);

#endif
