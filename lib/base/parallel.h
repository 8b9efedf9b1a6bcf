/* parallel.h: how many threads the kernels use.
 *
 * Kernels split their work into blocks whose size and order of summation depend on shapes alone, so
 * the number of threads never changes a bit of a result. */
#ifndef RN_BASE_PARALLEL_H
#define RN_BASE_PARALLEL_H

#include <stddef.h>

/** Loops over long arrays go block by block, a block on one thread: small enough for its arrays to
 * stay in cache, and one alone is over before another thread has woken up. */
enum { RN_PARALLEL_BLOCK = 1 << 14 };

/** Blocks of an array: `#pragma omp parallel for if (blocks > 1)`. */
static inline size_t rn_parallel_blocks(size_t count) {
    return (count + RN_PARALLEL_BLOCK - 1) / RN_PARALLEL_BLOCK;
}

/** Elements of block i, which starts at i * RN_PARALLEL_BLOCK. */
static inline size_t rn_parallel_block(size_t i, size_t count) {
    size_t left = count - i * RN_PARALLEL_BLOCK;
    return left < RN_PARALLEL_BLOCK ? left : RN_PARALLEL_BLOCK;
}

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

/** Sets so many bytes to 0, on all threads. */
void rn_parallel_zero(void *memory, size_t bytes);

/** Physical memory of the machine in bytes (the container's limit where that is lower); 0 when
 * unknown. */
unsigned long long rn_parallel_machine_memory(void);

#endif
