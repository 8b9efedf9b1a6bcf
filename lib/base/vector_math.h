/* vector_math.h: exp and log1p of whole vectors, for kernels (base/kernel.h).
 *
 * exp(x) = 2^n exp(r) with n = round(x / log 2) and r = x - n log 2, where log 2 is split into a
 * short high part, whose product with n is exact, and the rest (W. Cody, W. Waite, "Software manual
 * for the elementary functions", 1980). exp(r) = 1 + r + r^2 q(r) on |r| <= log(2) / 2, and
 * log1p(e) = e l(e) on [0, 1], with polynomials whose largest relative error is least: found by the
 * exchange algorithm of Remez, in double precision, then rounded to float; without that rounding
 * the errors are 3.1e-9 and 3.0e-8. In double precision each lane goes through libm. */
#ifndef RN_BASE_VECTOR_MATH_H
#define RN_BASE_VECTOR_MATH_H

#include "base/kernel.h"

#ifdef RN_DOUBLE

RN_INLINE rn_vector rn_vector_exp(rn_vector x) {
    for (int i = 0; i < RN_LANES; i++) x[i] = exp(x[i]);
    return x;
}

RN_INLINE rn_vector rn_vector_log1p(rn_vector e) {
    for (int i = 0; i < RN_LANES; i++) e[i] = log1p(e[i]);
    return e;
}

#else

typedef unsigned rn_vector_bits __attribute__((vector_size(RN_VECTOR_BYTES)));

/** exp(x) for x <= 0; 0 where that is below the smallest normal number. NaN gives NaN. */
RN_INLINE rn_vector rn_vector_exp(rn_vector x) {
    const float shift = 0x1.8p23f; /* added, it rounds: one unit of its last place is 1 */
    const rn_vector least = rn_fill(-87.33654f);
    rn_vector inside = rn_select(x < least, least, x);
    rn_vector shifted = inside * 0x1.715476p0f + shift, n = shifted - shift;
    rn_vector r = inside - n * 0.693359375f - n * -2.12194440e-4f;
    rn_vector q = rn_fill(0.001381459878757596f);
    q = q * r + 0.008368716575205326f;
    q = q * r + 0.04166838899254799f;
    q = q * r + 0.1666652113199234f;
    q = q * r + 0.4999999403953552f;
    rn_vector value = q * (r * r) + r + 1;
    rn_vector_bits scaled = (rn_vector_bits)value + ((rn_vector_bits)shifted << 23); /* 2^n */
    return rn_select(x < least, rn_fill(0), (rn_vector)scaled);
}

/** log(1 + e) for 0 <= e <= 1, to full relative precision. NaN gives NaN. */
RN_INLINE rn_vector rn_vector_log1p(rn_vector e) {
    rn_vector l = rn_fill(0.00523269409f);
    l = l * e - 0.0295052398f;
    l = l * e + 0.0782259554f;
    l = l * e - 0.136632457f;
    l = l * e + 0.191060066f;
    l = l * e - 0.24842982f;
    l = l * e + 0.333190978f;
    l = l * e - 0.499994934f;
    l = l * e + 0.99999994f;
    return l * e;
}

#endif

#endif
