/* dtype.h: the number types of tensors in files. */
#ifndef RN_TRAIN_DTYPE_H
#define RN_TRAIN_DTYPE_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum rn_dtype {
    RN_DTYPE_F64,
    RN_DTYPE_F32,
    RN_DTYPE_F16,
    RN_DTYPE_BF16,
    RN_DTYPE_I64,
    RN_DTYPE_I32,
    RN_DTYPE_U8
} rn_dtype;

/** Bytes of one element. */
size_t rn_dtype_size(rn_dtype dtype);

/** "F32". */
const char *rn_dtype_name(rn_dtype dtype);

/** The dtype of that name; false when it is none of those above. */
bool rn_dtype_find(rn_dtype *dtype, const char *name);

/** F64, F32, F16 or BF16? */
bool rn_dtype_is_real(rn_dtype dtype);

/** The dtype of rn_float. */
rn_dtype rn_dtype_real(void);

/** Converts out[0 .. count-1] from such a type; `bytes` may stand at any address. */
void rn_dtype_to_real(rn_float *out, rn_dtype dtype, const void *bytes, size_t count);

#endif
