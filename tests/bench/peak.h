/* peak.h: how fast this machine multiplies and adds: the limit that convolutions are measured by.
 */
#ifndef RN_BENCH_PEAK_H
#define RN_BENCH_PEAK_H

#include "base/kernel.h"

/** `rounds` times 12 independent chains of fused multiply-adds on whole vectors, which hides their
 * latency. Returns what must be used so that nothing is optimised away. */
typedef struct peak_kernels {
    rn_float (*chains)(size_t rounds);
    double flops; /**< of one round: a multiplication and an addition for each number */
} peak_kernels;
RN_KERNEL_TABLE(peak_kernels, peak_kernels)

/** The best of `seconds` of short trials, in flop/s, with the instruction set in force, on so many
 * threads at once. */
double peak_measure(int threads, double seconds);

#endif
