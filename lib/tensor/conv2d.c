#include "tensor/conv2d.h"
#include "base/check.h"
#include "base/parallel.h"
#include "tensor/conv_method.h"
#include "tensor/winograd_tile.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const rn_conv_method *const methods[RN_CONV_ALGORITHMS] = {
    [RN_CONV_DIRECT] = &rn_conv_direct,
    [RN_CONV_IM2COL] = &rn_conv_im2col,
    [RN_CONV_IMPLICIT] = &rn_conv_implicit,
    [RN_CONV_WINOGRAD2] = &rn_conv_winograd2,
    [RN_CONV_WINOGRAD4] = &rn_conv_winograd4};

static void check_dims(const rn_conv_dims *d) {
    RN_CHECK(d->n > 0 && d->h > 0 && d->w > 0 && d->c > 0 && d->k > 0 && d->r > 0 && d->s > 0,
             "input (%d, %d, %d, %d), kernel (%d, %d, %d)", d->n, d->h, d->w, d->c, d->r, d->s,
             d->k);
    long long padded_h = d->h + 2LL * d->pad, padded_w = d->w + 2LL * d->pad;
    RN_CHECK(d->stride > 0 && d->pad >= 0 && padded_h >= d->r && padded_w >= d->s &&
                 padded_h <= INT_MAX && padded_w <= INT_MAX,
             "kernel %dx%d, stride %d, padding %d on a map of %dx%d", d->r, d->s, d->stride, d->pad,
             d->h, d->w);
}

static bool same_filter(const rn_conv_dims *a, const rn_conv_dims *b) {
    return a->c == b->c && a->k == b->k && a->r == b->r && a->s == b->s && a->stride == b->stride &&
           a->pad == b->pad;
}

static void check_maps(const rn_conv_map *map, size_t maps) {
    RN_CHECK(maps > 0, "no maps");
    for (size_t i = 0; i < maps; i++) {
        check_dims(&map[i].d);
        RN_CHECK(same_filter(&map->d, &map[i].d), "map %zu has a filter of its own", i);
    }
}

/* ---- choice ---------------------------------------------------------------------------------- */

const char *rn_conv_algorithm_name(rn_conv_algorithm algorithm) { return methods[algorithm]->name; }

rn_status rn_conv2d_check(rn_err *err) {
    const char *wanted = getenv("RN_CONV");
    if (!wanted || !*wanted) return RN_OK;
    for (int i = 0; i < RN_CONV_ALGORITHMS; i++)
        if (strcmp(wanted, methods[i]->name) == 0) return RN_OK;
    return rn_fail(
        err, "RN_CONV: expected one of direct, im2col, implicit, winograd2, winograd4, got \"%s\"",
        wanted);
}

static rn_conv_algorithm wanted_algorithm(const char *wanted) {
    int i = 0;
    rn_err err;
    RN_CHECK(rn_conv2d_check(&err) == RN_OK, "%s", err.text);
    while (strcmp(wanted, methods[i]->name) != 0) i++;
    return (rn_conv_algorithm)i;
}

/* Without Winograd: by im2col, unless the runs that it copies are too short for that. */
static rn_conv_algorithm choose_product(const rn_conv_map *map, size_t maps, rn_conv_phase phase) {
    enum { SHORT = 64, WIDE = 16 };
    const rn_conv_dims *d = &map->d;
    if (rn_im2col_is_identity(d) || d->s * d->c > SHORT || !rn_conv_implicit.fits(d))
        return RN_CONV_IM2COL;
    for (size_t i = 0; i < maps && phase != RN_CONV_INFERENCE; i++)
        if (rn_conv_out_w(&map[i].d) < WIDE) return RN_CONV_IM2COL;
    return RN_CONV_IMPLICIT;
}

/* Winograd pays where there are enough tiles for what transforming the filter costs, unless that is
 * done once for many calls, and enough channels for what transforming pixels costs. At stride 2 the
 * filter has 81 points and saves less, so that it must not be large either. */
static bool winograd4_pays(const rn_conv_dims *d, size_t tiles, rn_conv_phase phase) {
    enum { TILES_LEAST = 48, CHANNELS_LEAST = 16, PAIRS_MOST = 1 << 16 };
    const size_t least = phase == RN_CONV_INFERENCE ? 0 : (size_t)d->stride * TILES_LEAST;
    if (!rn_conv_winograd4.fits(d) || tiles < least) return false;
    return d->stride == 1 || (d->c >= CHANNELS_LEAST && d->k >= CHANNELS_LEAST &&
                              (size_t)d->c * (size_t)d->k <= PAIRS_MOST);
}

rn_conv_algorithm rn_conv2d_choose(const rn_conv_map *map, size_t maps, rn_conv_phase phase) {
    enum { TILES_FOR_2 = 12 };
    const char *wanted = getenv("RN_CONV");
    check_maps(map, maps);
    if (wanted && *wanted) {
        rn_conv_algorithm algorithm = wanted_algorithm(wanted);
        return methods[algorithm]->fits(&map->d) ? algorithm : RN_CONV_IM2COL;
    }
    size_t tiles = rn_tiles_count(map, maps, 4);
    if (winograd4_pays(&map->d, tiles, phase)) return RN_CONV_WINOGRAD4;
    if (rn_conv_winograd2.fits(&map->d) && tiles >= TILES_FOR_2) return RN_CONV_WINOGRAD2;
    return choose_product(map, maps, phase);
}

/* ---- passes ---------------------------------------------------------------------------------- */

static rn_conv_filter filter_for(const rn_float *w, const rn_conv_dims *d,
                                 rn_conv_algorithm algorithm, rn_arena *arena) {
    const rn_conv_method *method = methods[algorithm];
    rn_conv_filter filter = {algorithm, rn_gemm_in_force(), NULL};
    RN_CHECK(method->fits(d), "%s does not fit", method->name);
    filter.ready =
        rn_arena_alloc(arena, method->filter_size(d, filter.gemm) * sizeof *filter.ready);
    if (!arena->counting) method->make_filter(filter.ready, w, d, filter.gemm);
    return filter;
}

rn_conv_filter rn_conv2d_filter(const rn_float *w, const rn_conv_dims *d,
                                rn_conv_algorithm algorithm, rn_arena *arena) {
    check_dims(d);
    return filter_for(w, d, algorithm, arena);
}

void rn_conv2d_forward(const rn_conv_map *map, size_t maps, const rn_float *w,
                       const rn_conv_filter *filter, rn_arena *scratch) {
    rn_conv_filter own;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    check_maps(map, maps);
    if (!filter) {
        own = filter_for(w, &map->d, rn_conv2d_choose(map, maps, RN_CONV_FORWARD), scratch);
        filter = &own;
    }
    methods[filter->algorithm]->forward(map, maps, filter, scratch);
    rn_arena_release(scratch, mark);
}

void rn_conv2d_backward_data(const rn_conv_map *map, size_t maps, const rn_float *w,
                             rn_arena *scratch) {
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    rn_conv_algorithm algorithm = rn_conv2d_choose(map, maps, RN_CONV_BACKWARD_DATA);
    methods[algorithm]->backward_data(map, maps, w, rn_gemm_in_force(), scratch);
    rn_arena_release(scratch, mark);
}

void rn_conv2d_backward_weights(rn_float *dw, const rn_conv_map *map, size_t maps,
                                rn_arena *scratch) {
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    rn_conv_algorithm algorithm = rn_conv2d_choose(map, maps, RN_CONV_BACKWARD_WEIGHTS);
    methods[algorithm]->backward_weights(dw, map, maps, rn_gemm_in_force(), scratch);
    rn_arena_release(scratch, mark);
}

/* Where to, besides dy itself; NULL: nowhere. */
typedef struct epilogue_gradients {
    rn_float *shift;    /* (K), added to */
    rn_float *residual; /* as dy */
    bool store_residual;
} epilogue_gradients;

static void epilogue_backward_rows(rn_float *restrict dy, epilogue_gradients to,
                                   const rn_float *restrict y, const rn_epilogue *e, size_t rows,
                                   size_t k) {
    rn_float *restrict dshift = to.shift, *restrict dresidual = to.residual;
    for (size_t i = 0; i < rows; i++, dy += k, y += k) {
        if (e->relu)
            for (size_t j = 0; j < k; j++) dy[j] = y[j] > 0 ? dy[j] : 0;
        if (dshift)
            for (size_t j = 0; j < k; j++) dshift[j] += dy[j];
        if (dresidual && to.store_residual)
            for (size_t j = 0; j < k; j++) dresidual[i * k + j] = dy[j];
        else if (dresidual)
            for (size_t j = 0; j < k; j++) dresidual[i * k + j] += dy[j];
        if (e->scale)
            for (size_t j = 0; j < k; j++) dy[j] *= e->scale[j];
    }
}

static rn_float *shift_partials(rn_arena *scratch, const rn_conv_dims *d) {
    size_t ranges = rn_parallel_ranges(rn_im2col_rows(d));
    return rn_arena_alloc(scratch, ranges * (size_t)d->k * sizeof(rn_float));
}

void rn_conv2d_epilogue_backward(rn_float *dy, rn_float *dshift, rn_float *dresidual,
                                 bool store_dresidual, const rn_float *y,
                                 const rn_epilogue *epilogue, const rn_conv_dims *d,
                                 rn_arena *scratch) {
    static const rn_epilogue none = {0};
    check_dims(d);
    if (!epilogue) epilogue = &none;
    if (!dshift && !dresidual && !epilogue->relu && !epilogue->scale) return;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    size_t rows = rn_im2col_rows(d), k = (size_t)d->k, ranges = rn_parallel_ranges(rows);
    rn_float *partial = dshift ? shift_partials(scratch, d) : NULL;
#pragma omp parallel for schedule(static) if (ranges > 1)
    for (size_t i = 0; i < ranges; i++) {
        size_t first = rows * i / ranges, count = rows * (i + 1) / ranges - first;
        if (partial) memset(partial + i * k, 0, k * sizeof *partial);
        epilogue_gradients to = {partial ? partial + i * k : NULL,
                                 dresidual ? dresidual + first * k : NULL, store_dresidual};
        epilogue_backward_rows(dy + first * k, to, y + first * k, epilogue, count, k);
    }
    for (size_t i = 0; partial && i < ranges; i++)
        for (size_t j = 0; j < k; j++) dshift[j] += partial[i * k + j];
    rn_arena_release(scratch, mark);
}

size_t rn_conv2d_scratch(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,
                         bool backward_data, bool backward_weights) {
    rn_arena arena = {.counting = true};
    rn_conv2d_forward(map, maps, NULL, filter, &arena);
    if (backward_data) rn_conv2d_backward_data(map, maps, NULL, &arena);
    if (backward_weights) rn_conv2d_backward_weights(NULL, map, maps, &arena);
    for (size_t i = 0; i < maps && (backward_data || backward_weights); i++) {
        rn_arena_mark mark = rn_arena_get_mark(&arena);
        shift_partials(&arena, &map[i].d);
        rn_arena_release(&arena, mark);
    }
    return arena.peak;
}
