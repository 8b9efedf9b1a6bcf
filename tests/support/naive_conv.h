/* naive_conv.h: convolution as its definition reads, seven loops in double precision, and random
 * arrays to feed it. */
#ifndef RN_TESTS_SUPPORT_NAIVE_CONV_H
#define RN_TESTS_SUPPORT_NAIVE_CONV_H

#include "tensor/im2col.h"

/** Numbers of elements of x, w and y. */
typedef struct naive_conv_size {
    size_t x, w, y;
} naive_conv_size;

naive_conv_size naive_conv_size_of(const rn_conv_dims *d);

/** y += the sums; dx += the gradient of x; dw += the gradient of w, where dy is that of y. */
void naive_conv(double *y, double *dx, double *dw, const rn_float *x, const rn_float *w,
                const rn_float *dy, const rn_conv_dims *d);

/** Uniform on [-1, 1), the same for the same name and count. The caller frees. */
rn_float *naive_random(size_t count, const char *name);

/** max |got - want| / max |want|, or the numerator alone where all of `want` is 0; infinite when a
 * number is not finite. */
double naive_distance(const rn_float *got, const double *want, size_t count);

/** sum a[i] b[i]. */
double naive_dot(const rn_float *a, const rn_float *b, size_t count);

#endif
