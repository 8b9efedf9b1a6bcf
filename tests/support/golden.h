/* golden.h: vectors that PyTorch computed, from tests/golden, and how far the library is from them.
 * Whatever is wrong with a file ends the test. */
#ifndef RN_TESTS_SUPPORT_GOLDEN_H
#define RN_TESTS_SUPPORT_GOLDEN_H

#include "base/arena.h"
#include "train/safetensors.h"

/** How the axes of a tensor are permuted on the way from PyTorch. */
typedef enum rn_golden_order {
    RN_GOLDEN_AS_IS,
    RN_GOLDEN_IMAGE, /**< NCHW to NHWC */
    RN_GOLDEN_WEIGHT /**< OIHW to HWIO */
} rn_golden_order;

/** Loads tests/golden/NAME; free with rn_safetensors_free. */
void rn_golden_open(rn_safetensors *file, const char *name);

/** The tensor of that (formatted) name. */
const rn_safetensor *rn_golden_find(const rn_safetensors *file, const char *name, ...)
    __attribute__((format(printf, 2, 3)));

/** Its values, permuted, in the arena. */
rn_float *rn_golden_values(rn_arena *arena, const rn_safetensor *tensor, rn_golden_order order);

/** Where element i of PyTorch's tensor lies here. shape: as it is here, NHWC or HWIO. */
size_t rn_golden_place(size_t i, const int shape[4], rn_golden_order order);

/** max |got - want| / max |want|; infinite when something is not finite or all of `want` is 0. */
double rn_golden_distance(const rn_float *got, const rn_float *want, size_t count);

#endif
