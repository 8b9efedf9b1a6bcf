#include "train/dtype.h"
#include "base/check.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [RN_DTYPE_F64] = {"F64", 8},   [RN_DTYPE_F32] = {"F32", 4}, [RN_DTYPE_F16] = {"F16", 2},
    [RN_DTYPE_BF16] = {"BF16", 2}, [RN_DTYPE_I64] = {"I64", 8}, [RN_DTYPE_I32] = {"I32", 4},
    [RN_DTYPE_U8] = {"U8", 1}};

size_t rn_dtype_size(rn_dtype dtype) { return dtypes[dtype].size; }

const char *rn_dtype_name(rn_dtype dtype) { return dtypes[dtype].name; }

bool rn_dtype_is_real(rn_dtype dtype) { return dtype <= RN_DTYPE_BF16; }

bool rn_dtype_find(rn_dtype *dtype, const char *name) {
    for (size_t i = 0; i < RN_COUNT(dtypes); i++)
        if (strcmp(dtypes[i].name, name) == 0) return *dtype = (rn_dtype)i, true;
    return false;
}

rn_dtype rn_dtype_real(void) {
    return sizeof(rn_float) == sizeof(double) ? RN_DTYPE_F64 : RN_DTYPE_F32;
}

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. BF16, in contrast, is the
 * upper half of a binary32. */
static float from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31,
             fraction = half & 0x3FF;
    if (exponent == 0) return copysignf((float)fraction * 0x1p-24f, from_bits(sign | 0x3F800000));
    if (exponent == 31) return from_bits(sign | 0x7F800000 | fraction << 13);
    return from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
}

static double read_element(rn_dtype dtype, const char *bytes) {
    double f64;
    float f32;
    uint16_t bits;
    switch (dtype) {
    case RN_DTYPE_F64: memcpy(&f64, bytes, sizeof f64); return f64;
    case RN_DTYPE_F32: memcpy(&f32, bytes, sizeof f32); return (double)f32;
    default: memcpy(&bits, bytes, sizeof bits);
    }
    return (double)(dtype == RN_DTYPE_F16 ? from_half(bits) : from_bits((uint32_t)bits << 16));
}

void rn_dtype_to_real(rn_float *out, rn_dtype dtype, const void *bytes, size_t count) {
    RN_CHECK(rn_dtype_is_real(dtype), "%s is no type of real numbers", rn_dtype_name(dtype));
    const char *from = bytes;
    if (count == 0) return;
    if (dtype == rn_dtype_real())
        memcpy(out, bytes, count * sizeof *out);
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (rn_float)read_element(dtype, from + i * rn_dtype_size(dtype));
}
