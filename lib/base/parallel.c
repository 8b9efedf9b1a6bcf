#include "base/parallel.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void rn_parallel_set_threads(int threads) {
    omp_set_num_threads(threads > 0 ? threads : omp_get_num_procs());
}

int rn_parallel_threads(void) { return omp_get_max_threads(); }

int rn_parallel_id(void) { return omp_get_thread_num(); }

size_t rn_parallel_ranges(size_t rows) {
    enum { ROWS_LEAST = 256, RANGES_MOST = 64 };
    size_t ranges = rows / ROWS_LEAST;
    return ranges < 1 ? 1 : ranges > RANGES_MOST ? RANGES_MOST : ranges;
}

void rn_parallel_zero(void *memory, size_t bytes) {
    enum { BLOCKS_LEAST = 16 }; /* zeros are fast */
    size_t blocks = rn_parallel_blocks(bytes);
#pragma omp parallel for schedule(static) if (blocks > BLOCKS_LEAST)
    for (size_t i = 0; i < blocks; i++)
        memset((char *)memory + i * RN_PARALLEL_BLOCK, 0, rn_parallel_block(i, bytes));
}

unsigned long long rn_parallel_machine_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    unsigned long long bytes = pages > 0 && page > 0
                                   ? (unsigned long long)pages * (unsigned long long)page
                                   : 0,
                       limit;
    FILE *group = fopen("/sys/fs/cgroup/memory.max", "r");
    if (group) {
        if (fscanf(group, "%llu", &limit) == 1 && (bytes == 0 || limit < bytes)) bytes = limit;
        fclose(group);
    }
    return bytes;
}
