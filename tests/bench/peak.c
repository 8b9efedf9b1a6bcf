#include "bench/peak.h"
#include "base/clock.h"

enum { ROUNDS = 1 << 18 };

double peak_measure(int threads, double seconds) {
    const peak_kernels *kernels = peak_kernels_in_force();
    double end = rn_clock_seconds() + seconds, best = 0;
    double sum = 0;
    do {
        double start = rn_clock_seconds();
#pragma omp parallel num_threads(threads) reduction(+ : sum)
        sum += (double)kernels->chains(ROUNDS);
        double rate = threads * kernels->flops * ROUNDS / (rn_clock_seconds() - start);
        best = rate > best ? rate : best;
    } while (rn_clock_seconds() < end);
    return sum > 0 ? best : 0;
}
