#include "bench/peak.h"

enum { CHAINS = 12 };

static rn_float chains(size_t rounds) {
    rn_vector sum[CHAINS], factor = rn_fill((rn_float).999), term = rn_fill((rn_float).001), all;
    for (int i = 0; i < CHAINS; i++) sum[i] = rn_fill((rn_float)i);
    for (size_t r = 0; r < rounds; r++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term;
    all = sum[0];
    for (int i = 1; i < CHAINS; i++) all += sum[i];
    return all[0];
}

const peak_kernels RN_KERNEL(peak_kernels) = {.chains = chains, .flops = 2. * CHAINS * RN_LANES};
