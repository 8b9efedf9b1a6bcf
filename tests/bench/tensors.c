#include "bench/tensors.h"

#include <stdarg.h>

void tensors_add(tensors *list, const char *name, rn_dtype dtype, const void *bytes, int dims,
                 ...) {
    RN_CHECK(list->count < TENSORS_MOST, "more than %d arrays", TENSORS_MOST);
    rn_safetensor *t = &list->item[list->count++];
    *t = (rn_safetensor){.name = name, .dtype = dtype, .dims = dims, .bytes = bytes};
    va_list args;
    va_start(args, dims);
    t->size = rn_dtype_size(dtype);
    for (int i = 0; i < dims; i++) {
        t->shape[i] = va_arg(args, int);
        t->size *= (size_t)t->shape[i];
    }
    va_end(args);
}

rn_status tensors_save(const tensors *list, const char *path, rn_err *err) {
    return rn_safetensors_save(path, list->item, list->count, NULL, err);
}
