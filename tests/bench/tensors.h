/* tensors.h: a few arrays in a file, for the other side to read. */
#ifndef RN_BENCH_TENSORS_H
#define RN_BENCH_TENSORS_H

#include "retinanet.h"

enum { TENSORS_MOST = 16 };

/** Zero-initialise. */
typedef struct tensors {
    rn_safetensor item[TENSORS_MOST];
    size_t count;
} tensors;

/** `bytes` and `name` are borrowed; behind `dims` the shape follows, as ints. */
void tensors_add(tensors *list, const char *name, rn_dtype dtype, const void *bytes, int dims, ...);

rn_status tensors_save(const tensors *list, const char *path, rn_err *err);

#endif
