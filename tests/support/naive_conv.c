#include "support/naive_conv.h"
#include "base/rng.h"

#include <stdlib.h>

/* How many windows fit, by trying. */
static int fitting(int size, int pad, int kernel, int stride) {
    int count = 0;
    while (count * stride + kernel <= size + 2 * pad) count++;
    return count;
}

naive_conv_size naive_conv_size_of(const rn_conv_dims *d) {
    int out_h = fitting(d->h, d->pad, d->r, d->stride),
        out_w = fitting(d->w, d->pad, d->s, d->stride);
    return (naive_conv_size){(size_t)(d->n * d->h * d->w * d->c),
                             (size_t)(d->r * d->s * d->c * d->k),
                             (size_t)(d->n * out_h * out_w * d->k)};
}

void naive_conv(double *y, double *dx, double *dw, const rn_float *x, const rn_float *w,
                const rn_float *dy, const rn_conv_dims *d) {
    int out_h = fitting(d->h, d->pad, d->r, d->stride),
        out_w = fitting(d->w, d->pad, d->s, d->stride);
    for (int n = 0; n < d->n; n++)
        for (int p = 0; p < out_h; p++)
            for (int q = 0; q < out_w; q++)
                for (int r = 0; r < d->r; r++)
                    for (int s = 0; s < d->s; s++) {
                        int i = p * d->stride - d->pad + r, j = q * d->stride - d->pad + s;
                        if (i < 0 || i >= d->h || j < 0 || j >= d->w) continue;
                        for (int c = 0; c < d->c; c++)
                            for (int k = 0; k < d->k; k++) {
                                int at_x = ((n * d->h + i) * d->w + j) * d->c + c;
                                int at_w = ((r * d->s + s) * d->c + c) * d->k + k;
                                int at_y = ((n * out_h + p) * out_w + q) * d->k + k;
                                y[at_y] += (double)x[at_x] * (double)w[at_w];
                                dx[at_x] += (double)dy[at_y] * (double)w[at_w];
                                dw[at_w] += (double)dy[at_y] * (double)x[at_x];
                            }
                    }
}

rn_float *naive_random(size_t count, const char *name) {
    rn_float *array = malloc((count ? count : 1) * sizeof *array);
    rn_rng rng = rn_rng_stream(11, name, count);
    for (size_t i = 0; i < count; i++) array[i] = (rn_float)rn_rng_range(&rng, -1, 1);
    return array;
}

double naive_distance(const rn_float *got, const double *want, size_t count) {
    double difference = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(got[i]) || !isfinite(want[i])) return INFINITY;
        difference = fmax(difference, fabs((double)got[i] - want[i]));
        largest = fmax(largest, fabs(want[i]));
    }
    return largest > 0 ? difference / largest : difference;
}

double naive_dot(const rn_float *a, const rn_float *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}
