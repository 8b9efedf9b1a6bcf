/* rng.h: random numbers without hidden state: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * A stream is named by (seed, name, index): image 17 of "scenes/train" gets the same numbers on any
 * thread, rank or machine, whatever was drawn before. */
#ifndef RN_BASE_RNG_H
#define RN_BASE_RNG_H

#include <stdint.h>

typedef struct rn_rng {
    uint32_t key[2], counter[4], out[4];
    int used; /**< how many of out[] are spent */
} rn_rng;

/** A fresh stream; equal arguments give equal numbers. */
rn_rng rn_rng_stream(uint64_t seed, const char *name, uint64_t index);

/** Uniform on all 2^32 values. */
uint32_t rn_rng_u32(rn_rng *rng);

/** Uniform on [0, 1), 53 bits. */
double rn_rng_uniform(rn_rng *rng);

/** Uniform on [low, high); low when they are equal. */
double rn_rng_range(rn_rng *rng, double low, double high);

/** Uniform on 0 .. n - 1 without bias; n >= 1. */
uint32_t rn_rng_below(rn_rng *rng, uint32_t n);

/** Normal with mean 0 and standard deviation 1 (Box-Muller). The last bit depends on the C
 * library's log and cos. */
double rn_rng_normal(rn_rng *rng);

/** order[0 .. n-1] becomes a random permutation of 0 .. n-1 (Fisher-Yates). */
void rn_rng_permutation(rn_rng *rng, int *order, int n);

/** One Philox4x32-10 block: the counter enciphered under the key. */
void rn_rng_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

#endif
