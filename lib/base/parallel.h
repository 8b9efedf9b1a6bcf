/* parallel.h: how many threads the kernels use.
 *
 * Kernels split their work into blocks whose size and order of summation depend on shapes alone, so
 * the number of threads never changes a bit of a result. */
#ifndef RN_BASE_PARALLEL_H
#define RN_BASE_PARALLEL_H

#include <stddef.h>

/** Threads for the parallel regions that the calling thread starts from now on; 0 means all cores.
 */
void rn_parallel_set_threads(int threads);

/** The number in force. */
int rn_parallel_threads(void);

/** 0 .. rn_parallel_threads() - 1 inside a parallel region, 0 outside. */
int rn_parallel_id(void);

/** How many ranges a sum over `rows` is cut into: range i is [rows * i / n, rows * (i + 1) / n).
 * Each is summed by one thread, and their results are added in order. */
size_t rn_parallel_ranges(size_t rows);

/** Physical memory of the machine in bytes (the container's limit where that is lower); 0 when
 * unknown. */
unsigned long long rn_parallel_machine_memory(void);

#endif
