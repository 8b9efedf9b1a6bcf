/* rule.h: numbers that C and Python make alike from a tensor's name alone, so that golden tests of
 * whole networks need no files of weights. tests/golden/rule.py is the same rule.
 *
 *     h = FNV-1a (64 bits) of the name,   b = splitmix64(h + i),   u = (b >> 48) / 2^16
 *     value[i] = centre + (2 u - 1) radius
 *
 * with i the place in PyTorch's order (OIHW, NCHW). For the centres and radii in use that is exact
 * in single precision. splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014. */
#ifndef RN_TESTS_SUPPORT_RULE_H
#define RN_TESTS_SUPPORT_RULE_H

#include "data/image.h"
#include "nn/param.h"

#include <stdint.h>

/** Centre and radius. */
typedef struct rn_rule_span {
    double centre, radius;
} rn_rule_span;

uint64_t rn_rule_hash(const char *name);

/** 64 bits for place i of the tensor with that hash. */
uint64_t rn_rule_bits(uint64_t hash, size_t i);

void rn_rule_fill(rn_float *value, size_t count, const char *name, rn_rule_span span);

/** The i-th of the places that are looked at in a tensor of `size` elements, in PyTorch's order. */
size_t rn_rule_index(const char *name, size_t i, size_t size);

/** A picture; bits >> 56 are the values, in the order (channel, y, x). The caller frees. */
rn_image rn_rule_image(int height, int width, const char *name);

/** What a network's parameter is filled with, by its name and shape: convolutions by their fan-in,
 * norms and variances around 1, the last layer's bias around -2, the rest around 0. */
rn_rule_span rn_rule_span_of(const rn_param *param);

/** Fills every parameter and buffer. */
void rn_rule_fill_params(rn_params *params);

#endif
