/* Convolution as it is defined:
 *
 *     y[n, p, q, k] = sum over r, s, c of
 *                     x[n, stride p - pad + r, stride q - pad + s, c] w[r, s, c, k]
 *
 * where x is 0 outside. Backward, each product of that sum sends the gradient of y, times one of
 * its factors, to the gradient of the other. */
#include "tensor/conv_method.h"

#include <string.h>

/* What the tap w between pixels x and y adds to one of the three; gradients take their places. */
static void add_tap(rn_conv_phase phase, rn_float *x, rn_float *y, rn_float *w, size_t c,
                    size_t k) {
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < k; j++)
            if (phase == RN_CONV_FORWARD)
                y[j] += x[i] * w[i * k + j];
            else if (phase == RN_CONV_BACKWARD_DATA)
                x[i] += y[j] * w[i * k + j];
            else
                w[i * k + j] += x[i] * y[j];
}

static void add_all_taps(rn_conv_phase phase, rn_float *x, rn_float *y, rn_float *w,
                         const rn_conv_dims *d) {
    size_t c = (size_t)d->c, k = (size_t)d->k;
    for (int n = 0; n < d->n; n++)
        for (int p = 0; p < rn_conv_out_h(d); p++)
            for (int q = 0; q < rn_conv_out_w(d); q++, y += k)
                for (int r = 0; r < d->r; r++)
                    for (int s = 0; s < d->s; s++) {
                        int i = d->stride * p - d->pad + r, j = d->stride * q - d->pad + s;
                        if (i < 0 || i >= d->h || j < 0 || j >= d->w) continue;
                        size_t pixel =
                            ((size_t)n * (size_t)d->h + (size_t)i) * (size_t)d->w + (size_t)j;
                        add_tap(phase, x + pixel * c, y,
                                w + ((size_t)r * (size_t)d->s + (size_t)s) * c * k, c, k);
                    }
}

static void forward(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,
                    rn_arena *scratch) {
    if (scratch->counting) return;
    for (const rn_conv_map *end = map + maps; map < end; map++) {
        const rn_epilogue *e = map->epilogue;
        size_t count = rn_im2col_rows(&map->d) * (size_t)map->d.k, k = (size_t)map->d.k;
        memset(map->y, 0, count * sizeof *map->y);
        add_all_taps(RN_CONV_FORWARD, (rn_float *)map->x, map->y, filter->ready, &map->d);
        for (size_t i = 0; e && i < count; i++) {
            if (e->scale) map->y[i] *= e->scale[i % k];
            if (e->shift) map->y[i] += e->shift[i % k];
            if (e->residual) map->y[i] += e->residual[i];
            if (e->relu) map->y[i] = map->y[i] < 0 ? 0 : map->y[i];
        }
    }
}

static void backward_data(const rn_conv_map *map, size_t maps, const rn_float *w,
                          const rn_gemm *gemm, rn_arena *scratch) {
    (void)gemm;
    for (size_t i = 0; i < maps && !scratch->counting; i++) {
        const rn_conv_dims *d = &map[i].d;
        size_t count = (size_t)d->n * (size_t)d->h * (size_t)d->w * (size_t)d->c;
        if (map[i].store_dx) memset(map[i].dx, 0, count * sizeof *map[i].dx);
        add_all_taps(RN_CONV_BACKWARD_DATA, map[i].dx, (rn_float *)map[i].dsum, (rn_float *)w, d);
    }
}

static void backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps, const rn_gemm *gemm,
                             rn_arena *scratch) {
    (void)gemm;
    for (size_t i = 0; i < maps && !scratch->counting; i++)
        add_all_taps(RN_CONV_BACKWARD_WEIGHTS, (rn_float *)map[i].x, (rn_float *)map[i].dsum, dw,
                     &map[i].d);
}

static bool fits(const rn_conv_dims *d) {
    (void)d;
    return true;
}

static size_t filter_size(const rn_conv_dims *d, const rn_gemm *gemm) {
    (void)gemm;
    return rn_im2col_columns(d) * (size_t)d->k;
}

static void make_filter(rn_float *ready, const rn_float *w, const rn_conv_dims *d,
                        const rn_gemm *gemm) {
    memcpy(ready, w, filter_size(d, gemm) * sizeof *ready);
}

const rn_conv_method rn_conv_direct = {.name = "direct",
                                       .fits = fits,
                                       .filter_size = filter_size,
                                       .make_filter = make_filter,
                                       .forward = forward,
                                       .backward_data = backward_data,
                                       .backward_weights = backward_weights};
