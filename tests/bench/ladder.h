/* ladder.h: one convolution, from the definition to Winograd, step by step. */
#ifndef RN_BENCH_LADDER_H
#define RN_BENCH_LADDER_H

#include <stdio.h>

/** Prints effective GFLOP/s of each step on one thread: the convolution 3x3 of 256 channels to 256
 * on a map of 64 x 64. */
void ladder_print(FILE *stream);

#endif
