#include "tensor/im2col.h"

#include <string.h>

/* What output pixel (n, y, x) sees. */
typedef struct rn_window {
    const rn_conv_dims *d;
    int n, y, x;
} rn_window;

static rn_window window_at(const rn_conv_dims *d, size_t row) {
    size_t out_w = (size_t)rn_conv_out_w(d), out_h = (size_t)rn_conv_out_h(d);
    return (rn_window){d, (int)(row / (out_w * out_h)), (int)(row / out_w % out_h),
                       (int)(row % out_w)};
}

static void next_window(rn_window *at) {
    if (++at->x < rn_conv_out_w(at->d)) return;
    at->x = 0;
    if (++at->y < rn_conv_out_h(at->d)) return;
    at->y = 0;
    at->n++;
}

/* The part of kernel row r that lies inside the input: `taps` pixels from kernel column `first`, at
 * `offset` in x. Zero taps: all over the edge. */
typedef struct rn_span {
    int first, taps;
    size_t offset;
} rn_span;

static rn_span span_of(const rn_window *at, int r) {
    const rn_conv_dims *d = at->d;
    int y = at->y * d->stride - d->pad + r, x = at->x * d->stride - d->pad;
    int first = x < 0 ? -x : 0, last = x + d->s > d->w ? d->w - x : d->s;
    if (y < 0 || y >= d->h || last <= first) return (rn_span){0};
    size_t pixel = ((size_t)at->n * (size_t)d->h + (size_t)y) * (size_t)d->w + (size_t)(x + first);
    return (rn_span){first, last - first, pixel * (size_t)d->c};
}

/* Short runs, of few channels, are not worth a call of memcpy. */
static void copy(rn_float *restrict to, const rn_float *restrict from, size_t count) {
    if (count > 32)
        memcpy(to, from, count * sizeof *to);
    else
        for (size_t i = 0; i < count; i++) to[i] = from[i];
}

void rn_im2col(rn_float *matrix, size_t stride, const rn_float *x, const rn_conv_dims *d,
               size_t first, size_t rows) {
    rn_window at = window_at(d, first);
    size_t c = (size_t)d->c, width = (size_t)d->s * c;
    for (size_t i = 0; i < rows; i++, next_window(&at), matrix += stride) {
        rn_float *to = matrix;
        for (int r = 0; r < d->r; r++, to += width) {
            rn_span span = span_of(&at, r);
            size_t before = (size_t)span.first * c, inside = (size_t)span.taps * c;
            copy(to + before, x + span.offset, inside);
            for (size_t j = 0; j < before; j++) to[j] = 0;
            for (size_t j = before + inside; j < width; j++) to[j] = 0;
        }
    }
}

void rn_col2im_add(rn_float *x, const rn_float *matrix, size_t stride, const rn_conv_dims *d,
                   size_t first, size_t rows) {
    rn_window at = window_at(d, first);
    size_t c = (size_t)d->c, width = (size_t)d->s * c;
    for (size_t i = 0; i < rows; i++, next_window(&at), matrix += stride) {
        for (int r = 0; r < d->r; r++) {
            rn_span span = span_of(&at, r);
            rn_float *restrict to = x + span.offset;
            const rn_float *restrict from = matrix + (size_t)r * width + (size_t)span.first * c;
            for (size_t j = 0; j < (size_t)span.taps * c; j++) to[j] += from[j];
        }
    }
}
