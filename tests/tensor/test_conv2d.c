/* The convolution kernels against seven plain loops, by their adjoints, and bit by bit. */
#include "tensor/conv2d.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "support/naive_conv.h"
#include "support/poison.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest errors over largest value, forward and of gradients. */
#ifdef RN_DOUBLE
static const double near_y = 1e-14, near_d = 1e-14, machine = 1e-16;
#else
static const double near_y = 1e-5, near_d = 2e-5, machine = 6e-8;
#endif

/* n h w c k r s stride pad */
static const rn_conv_dims cases[] = {
    {3, 1, 1, 8, 4, 3, 3, 1, 1},     /* one pixel */
    {3, 6, 6, 16, 17, 1, 1, 1, 0},   /* no matrix */
    {3, 31, 17, 33, 7, 1, 1, 1, 0},  /* no matrix, several blocks */
    {2, 31, 32, 6, 9, 1, 1, 2, 0},   /* pointwise, every second pixel */
    {1, 2, 3, 5, 6, 7, 7, 2, 3},     /* a kernel larger than the map */
    {1, 6, 9, 3, 2, 3, 1, 1, 0},     /* kernels that are not square */
    {3, 50, 3, 4, 6, 5, 3, 1, 2},    /* tall */
    {1, 3, 400, 2, 5, 1, 7, 1, 3},   /* wide */
    {1, 23, 31, 3, 8, 7, 7, 2, 3},   /* a stem */
    {1, 24, 90, 2, 3, 7, 7, 1, 3},   /* windows reach further than a block would be */
    {1, 97, 5, 2, 3, 7, 5, 1, 3},    /* the same, narrow */
    {2, 37, 41, 9, 5, 3, 3, 2, 1},   /* odd sides, stride 2 */
    {1, 64, 64, 32, 16, 3, 3, 1, 1}, /* several blocks and ranges */
    {3, 19, 23, 20, 31, 3, 3, 1, 1}, /* blocks that cross from one image into the next */
    {1, 48, 48, 120, 3, 5, 5, 3, 2}, /* blocks cut by the size of the matrix */
    {1, 56, 56, 64, 2, 7, 7, 1, 3},  /* ranges of more than one block */
    {1, 1, 1, 1, 1, 3, 3, 1, 1},     /* smallest */
    {2, 4, 4, 16, 32, 3, 3, 1, 1},   /* one whole tile an image */
    {1, 5, 7, 48, 36, 3, 3, 1, 1},   /* tiles that are cut */
    {3, 13, 2, 80, 81, 3, 3, 1, 1},  /* narrower than a tile, channels beyond a panel */
    {1, 33, 70, 65, 17, 3, 3, 1, 1}, /* several chunks of tiles */
    {2, 33, 70, 20, 70, 3, 3, 2, 1}, /* the same at stride 2 */
};

/* Every algorithm by every product on every instruction set that runs here. */
typedef struct way {
    const char *algorithm, *gemm;
    rn_isa isa;
} way;

static size_t all_ways(way list[64]) {
    static const char *const gemms[] = {"kernel", "openblas", "plain"};
    size_t count = 0;
    for (int a = 0; a < RN_CONV_ALGORITHMS; a++)
        for (size_t g = 0; g < RN_COUNT(gemms); g++)
            for (int isa = 0; isa < RN_ISA_COUNT; isa++)
                if (rn_isa_runs((rn_isa)isa) && (a != RN_CONV_DIRECT || (g == 0 && isa == 0)))
                    list[count++] =
                        (way){rn_conv_algorithm_name((rn_conv_algorithm)a), gemms[g], (rn_isa)isa};
    return count;
}

static void go(const way *w) {
    setenv("RN_CONV", w->algorithm, 1);
    setenv("RN_GEMM", w->gemm, 1);
    setenv("RN_ISA", rn_isa_name(w->isa), 1);
}

/* One convolution: random inputs, and room for what the kernels compute. */
typedef struct bench {
    const rn_conv_dims *d;
    naive_conv_size size;
    rn_float *x, *w, *dy, *y, *dx, *dw;
    rn_arena arena;
} bench;

static bench set_up(const rn_conv_dims *d) {
    naive_conv_size n = naive_conv_size_of(d);
    bench b = {.d = d,
               .size = n,
               .x = naive_random(n.x, "x"),
               .w = naive_random(n.w, "w"),
               .dy = naive_random(n.y, "dy"),
               .y = malloc(n.y * sizeof(rn_float)),
               .dx = naive_random(n.x, "dx"), /* gradients are added to what is there */
               .dw = naive_random(n.w, "dw")};
    memset(b.y, 0xff, n.y * sizeof *b.y); /* NaN: the output is overwritten */
    return b;
}

static void tear_down(bench *b) {
    free(b->x), free(b->w), free(b->dy), free(b->y), free(b->dx), free(b->dw);
    rn_arena_free(&b->arena);
}

static void forward(bench *b, const rn_epilogue *epilogue) {
    rn_conv_map map = {.d = *b->d, .x = b->x, .y = b->y, .epilogue = epilogue};
    rn_conv2d_forward(&map, 1, b->w, NULL, &b->arena);
}

static void run(bench *b) {
    rn_conv_map map = {.d = *b->d, .x = b->x, .dx = b->dx, .dsum = b->dy};
    forward(b, NULL);
    rn_conv2d_backward_data(&map, 1, b->w, &b->arena);
    rn_conv2d_backward_weights(b->dw, &map, 1, &b->arena);
}

static double *widened(const rn_float *values, size_t count) {
    double *wide = malloc(count * sizeof *wide);
    for (size_t i = 0; i < count; i++) wide[i] = (double)values[i];
    return wide;
}

static const char *text(char out[80], const rn_conv_dims *d) {
    snprintf(out, 80, "(%d, %d, %d, %d) to %d by %dx%d, stride %d, padding %d", d->n, d->h, d->w,
             d->c, d->k, d->r, d->s, d->stride, d->pad);
    return out;
}

static void check_bench(bench *b, const way *ways, size_t count) {
    rn_float *dx_before = naive_random(b->size.x, "dx"), *dw_before = naive_random(b->size.w, "dw");
    double *y = calloc(b->size.y, sizeof *y), *dx = widened(dx_before, b->size.x);
    double *dw = widened(dw_before, b->size.w);
    naive_conv(y, dx, dw, b->x, b->w, b->dy, b->d);
    for (size_t i = 0; i < count; i++) {
        go(&ways[i]);
        memset(b->y, 0xff, b->size.y * sizeof *b->y); /* NaN: the output is overwritten */
        memcpy(b->dx, dx_before, b->size.x * sizeof *b->dx);
        memcpy(b->dw, dw_before, b->size.w * sizeof *b->dw);
        run(b);
        double forward = naive_distance(b->y, y, b->size.y);
        double data = naive_distance(b->dx, dx, b->size.x);
        double weights = naive_distance(b->dw, dw, b->size.w);
        char name[80];
        cr_expect(forward <= near_y && data <= near_d && weights <= near_d,
                  "%s by %s, %s, %s: forward off by %.2g, data %.2g, weights %.2g",
                  text(name, b->d), ways[i].algorithm, ways[i].gemm, rn_isa_name(ways[i].isa),
                  forward, data, weights);
    }
    free(y), free(dx), free(dw), free(dx_before), free(dw_before);
}

static void check_against_loops(const rn_conv_dims *d, const way *ways, size_t count) {
    bench b = set_up(d);
    check_bench(&b, ways, count);
    tear_down(&b);
}

/* Where the gradient is stored, what is there does not matter. */
Test(conv2d, backward_data_adds_or_stores) {
    way ways[64];
    size_t count = all_ways(ways);
    for (size_t i = 0; i < RN_COUNT(cases); i++)
        for (size_t j = 0; j < count; j++) {
            bench b = set_up(&cases[i]);
            rn_conv_map map = {.d = cases[i], .x = b.x, .dx = b.dx, .dsum = b.dy};
            rn_float *zeros = calloc(b.size.x, sizeof *zeros);
            go(&ways[j]);
            memset(b.dx, 0xff, b.size.x * sizeof *b.dx);
            map.store_dx = true;
            rn_conv2d_backward_data(&map, 1, b.w, &b.arena);
            map.dx = zeros, map.store_dx = false;
            rn_conv2d_backward_data(&map, 1, b.w, &b.arena);
            size_t wrong = 0;
            for (size_t k = 0; k < b.size.x; k++) wrong += !(b.dx[k] == zeros[k]);
            cr_expect(wrong == 0, "case %zu by %s: %zu", i, ways[j].algorithm, wrong);
            free(zeros);
            tear_down(&b);
        }
}

Test(conv2d, every_algorithm_agrees_with_seven_loops) {
    way ways[64];
    size_t count = all_ways(ways);
    for (size_t i = 0; i < RN_COUNT(cases); i++) check_against_loops(&cases[i], ways, count);
}

/* Sizes around those of tiles, vectors and panels. */
Test(conv2d, winograd_agrees_on_a_grid_of_odd_shapes) {
    static const int sides[][2] = {{1, 1}, {2, 3}, {4, 4}, {5, 9}, {8, 7}, {17, 18}};
    static const int channels[][2] = {{1, 1}, {3, 5}, {15, 16}, {17, 33}, {64, 65}, {20, 130}};
    way ways[64];
    size_t count = all_ways(ways);
    for (int stride = 1; stride <= 2; stride++)
        for (size_t i = 0; i < RN_COUNT(sides); i++)
            for (size_t j = 0; j < RN_COUNT(channels); j++)
                check_against_loops(&(rn_conv_dims){3, sides[i][0], sides[i][1], channels[j][0],
                                                    channels[j][1], 3, 3, stride, 1},
                                    ways, count);
}

/* A gradient at one pixel, at every one: it must reach what lies next to it, over the borders of
 * tiles too. */
static void check_each_pixel(const rn_conv_dims *d) {
    way ways[64];
    size_t count = all_ways(ways);
    bench b = set_up(d);
    const size_t k = (size_t)d->k;
    rn_float *dy = naive_random(b.size.y, "dy");
    for (size_t i = 0; i < b.size.y; i += k) {
        memset(b.dy, 0, b.size.y * sizeof *b.dy);
        memcpy(b.dy + i, dy + i, k * sizeof *b.dy);
        check_bench(&b, ways, count);
    }
    free(dy);
    tear_down(&b);
}

Test(conv2d, a_gradient_of_one_pixel_is_not_lost) {
    check_each_pixel(&(rn_conv_dims){2, 5, 6, 5, 3, 3, 3, 1, 1});
    check_each_pixel(&(rn_conv_dims){2, 9, 11, 5, 3, 3, 3, 2, 1});
}

/* Both gradients of a convolution that has them at few pixels, the first tiles having none. With
 * `all`, another K output channels of weight 0, one with a gradient everywhere, keep tiles from
 * being left out. dw: (9 C, K). */
static void sparse_gradients(rn_float *dx, rn_float *dw, const rn_conv_dims *d, bool all,
                             bool store) {
    rn_conv_dims e = *d;
    e.k = all ? 2 * d->k : d->k;
    const naive_conv_size size = naive_conv_size_of(&e);
    const size_t k = (size_t)d->k, wide = (size_t)e.k, pixels = size.y / wide, rows = size.w / wide;
    rn_float *x = naive_random(size.x, "x"), *from = naive_random(rows * k, "w");
    rn_float *value = naive_random(pixels * k, "dy"), *w = calloc(size.w, sizeof *w);
    rn_float *dy = calloc(size.y, sizeof *dy), *sum = calloc(size.w, sizeof *sum);
    rn_rng rng = rn_rng_stream(3, "sparse", 0);
    for (size_t i = 0; i < rows; i++) memcpy(w + i * wide, from + i * k, k * sizeof *w);
    for (size_t i = 0; i < pixels; i++) {
        bool here = rn_rng_below(&rng, 30) == 0 && i > pixels / 2;
        if (here) memcpy(dy + i * wide, value + i * k, k * sizeof *dy);
        if (all) dy[i * wide + k] = 1;
    }
    rn_arena arena = {0};
    rn_conv_map map = {.d = e, .x = x, .dsum = dy, .dx = dx, .store_dx = store};
    poison(&arena);
    rn_conv2d_backward_data(&map, 1, w, &arena);
    poison(&arena);
    rn_conv2d_backward_weights(sum, &map, 1, &arena);
    for (size_t i = 0; i < rows; i++) memcpy(dw + i * k, sum + i * wide, k * sizeof *dw);
    free(x), free(from), free(value), free(w), free(dy), free(sum);
    rn_arena_free(&arena);
}

/* Nor do sums change by a bit for what is left out of them. */
Test(conv2d, gradients_without_the_tiles_left_out_are_the_same) {
    static const rn_conv_dims shapes[] = {{3, 33, 50, 7, 16, 3, 3, 1, 1},
                                          {1, 5, 9, 20, 32, 3, 3, 1, 1},
                                          {3, 65, 50, 7, 16, 3, 3, 2, 1}};
    way ways[64];
    size_t count = all_ways(ways);
    for (size_t i = 0; i < 2 * RN_COUNT(shapes); i++)
        for (size_t j = 0; j < count; j++) {
            const rn_conv_dims *d = &shapes[i / 2];
            if (strcmp(ways[j].gemm, "openblas") == 0) continue; /* sums depend on neighbours */
            naive_conv_size size = naive_conv_size_of(d);
            rn_float *dx[2], *dw[2];
            go(&ways[j]);
            for (int all = 0; all < 2; all++) {
                dx[all] = calloc(size.x, sizeof **dx), dw[all] = calloc(size.w, sizeof **dw);
                if (i % 2) memset(dx[all], 0xff, size.x * sizeof **dx);
                sparse_gradients(dx[all], dw[all], d, all, i % 2);
            }
            size_t wrong = 0;
            for (size_t l = 0; l < size.x; l++) wrong += !(dx[0][l] == dx[1][l]);
            for (size_t l = 0; l < size.w; l++) wrong += !(dw[0][l] == dw[1][l]);
            cr_expect(wrong == 0, "shape %zu by %s, %s, %s: %zu", i, ways[j].algorithm,
                      ways[j].gemm, rn_isa_name(ways[j].isa), wrong);
            for (int all = 0; all < 2; all++) free(dx[all]), free(dw[all]);
        }
}

/* What is wanted is the same as if all were, bit by bit, whatever else is in y. (A sum by OpenBLAS
 * depends on its neighbours.) */
Test(conv2d, what_is_wanted_is_right) {
    way ways[64];
    size_t count = all_ways(ways);
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        bench b = set_up(&cases[i]);
        const size_t k = (size_t)cases[i].k, pixels = b.size.y / k;
        uint8_t *wanted = calloc(pixels, 1);
        rn_float *y = malloc(b.size.y * sizeof *y);
        rn_rng rng = rn_rng_stream(1, "wanted", i);
        for (size_t j = 0; j < pixels; j++) wanted[j] = rn_rng_below(&rng, 16) == 0;
        for (size_t j = 0; j < count; j++) {
            rn_conv_map map = {.d = cases[i], .x = b.x, .y = y, .wanted = wanted};
            size_t wrong = 0;
            go(&ways[j]);
            forward(&b, NULL);
            memset(y, 0xff, b.size.y * sizeof *y);
            rn_conv2d_forward(&map, 1, b.w, NULL, &b.arena);
            double largest = 0, near = strcmp(ways[j].gemm, "openblas") == 0 ? near_y : 0;
            for (size_t l = 0; l < b.size.y; l++) largest = fmax(largest, fabs((double)b.y[l]));
            for (size_t l = 0; l < b.size.y; l++)
                wrong += wanted[l / k] && !(fabs((double)(y[l] - b.y[l])) <= near * largest);
            cr_expect(wrong == 0, "case %zu by %s, %s, %s: %zu", i, ways[j].algorithm, ways[j].gemm,
                      rn_isa_name(ways[j].isa), wrong);
        }
        free(wanted), free(y);
        tear_down(&b);
    }
}

/* What rn_conv2d_reads does not name may be NaN. */
Test(conv2d, what_is_not_read_does_not_matter) {
    static const rn_conv_dims shapes[] = {
        {2, 21, 26, 5, 7, 3, 3, 1, 1}, {1, 9, 3, 17, 16, 3, 3, 1, 1}, {3, 1, 5, 3, 4, 3, 3, 1, 1}};
    way ways[64];
    size_t count = all_ways(ways);
    for (size_t i = 0; i < 3 * RN_COUNT(shapes); i++) {
        const rn_conv_dims *d = &shapes[i / 3];
        bench b = set_up(d);
        const size_t c = (size_t)d->c, k = (size_t)d->k, pixels = b.size.y / k;
        uint8_t *wanted = calloc(pixels, 1), *read = malloc(pixels);
        rn_float *x = malloc(b.size.x * sizeof *x), *y = malloc(b.size.y * sizeof *y);
        rn_rng rng = rn_rng_stream(2, "wanted", i);
        for (size_t j = 0; j < pixels; j++) wanted[j] = rn_rng_below(&rng, 40) == 0;
        rn_conv2d_reads(read, wanted, d);
        for (size_t j = 0; j < b.size.x; j++) x[j] = read[j / c] ? b.x[j] : (rn_float)NAN;
        for (size_t j = 0; j < count; j++) {
            rn_conv_map map = {.d = *d, .x = x, .y = y, .wanted = wanted};
            size_t wrong = 0;
            go(&ways[j]);
            forward(&b, NULL);
            rn_conv2d_forward(&map, 1, b.w, NULL, &b.arena);
            for (size_t l = 0; l < b.size.y; l++)
                wrong += wanted[l / k] && !(fabs((double)(y[l] - b.y[l])) <= near_y);
            cr_expect(wrong == 0, "shape %zu by %s, %s, %s: %zu", i, ways[j].algorithm,
                      ways[j].gemm, rn_isa_name(ways[j].isa), wrong);
        }
        free(wanted), free(read), free(x), free(y);
        tear_down(&b);
    }
}

/* The gradient is in the first tile alone: the input of the others does not matter, nor what would
 * be sent on to the last. */
Test(conv2d, winograd_leaves_out_tiles_without_gradient) {
    static const struct {
        const char *algorithm;
        rn_conv_dims d;
    } layers[] = {{"winograd2", {1, 12, 12, 3, 4, 3, 3, 1, 1}},
                  {"winograd4", {1, 12, 12, 3, 4, 3, 3, 1, 1}},
                  {"winograd4", {1, 24, 24, 3, 4, 3, 3, 2, 1}}};
    for (size_t i = 0; i < RN_COUNT(layers); i++) {
        const rn_conv_dims d = layers[i].d;
        bench b = set_up(&d);
        rn_float weights = 0;
        setenv("RN_CONV", layers[i].algorithm, 1);
        memset(b.dy, 0, b.size.y * sizeof *b.dy);
        b.dy[0] = 1;
        for (size_t j = b.size.x / 2; j < b.size.x; j++) b.x[j] = (rn_float)NAN;
        run(&b);
        for (size_t j = 0; j < b.size.w; j++) weights += b.dw[j];
        b.w[0] = (rn_float)NAN;
        run(&b);
        cr_expect(isfinite(weights) && isfinite(b.dx[b.size.x - (size_t)d.c]), "%s, stride %d",
                  layers[i].algorithm, d.stride);
        tear_down(&b);
    }
}

/* A filter is made ready once, for maps of all sizes and for passes that run at once. */
Test(conv2d, the_choice_for_inference_depends_on_the_filter_alone) {
    static const int kernels[] = {1, 3, 7};
    unsetenv("RN_CONV");
    for (int i = 0; i < 3; i++)
        for (int stride = 1; stride <= 2; stride++)
            for (int c = 1; c <= 512; c *= 2) {
                const int k = kernels[i];
                rn_conv_map small = {.d = {1, 3, 3, c, c, k, k, stride, k / 2}};
                rn_conv_map large = {.d = {4, 200, 300, c, c, k, k, stride, k / 2}};
                cr_expect(rn_conv2d_choose(&small, 1, RN_CONV_INFERENCE) ==
                              rn_conv2d_choose(&large, 1, RN_CONV_INFERENCE),
                          "%dx%d, stride %d, %d channels", k, k, stride, c);
            }
}

static const char *chosen(rn_conv_dims d, rn_conv_phase phase) {
    rn_conv_map map = {.d = d};
    return rn_conv_algorithm_name(rn_conv2d_choose(&map, 1, phase));
}

/* Layers of ResNet-50, at 608 x 800. */
Test(conv2d, chooses_what_is_fast) {
    unsetenv("RN_CONV");
    const rn_conv_dims stem = {1, 608, 800, 3, 64, 7, 7, 2, 3},
                       p6 = {1, 19, 25, 2048, 256, 3, 3, 2, 1};
    const rn_conv_dims layer2 = {1, 152, 200, 128, 128, 3, 3, 2, 1},
                       p7 = {1, 10, 13, 256, 256, 3, 3, 2, 1};
    const rn_conv_dims head = {1, 76, 100, 256, 256, 3, 3, 1, 1},
                       small = {1, 5, 7, 256, 256, 3, 3, 1, 1};
    for (int phase = RN_CONV_INFERENCE; phase <= RN_CONV_BACKWARD_WEIGHTS; phase++) {
        rn_conv_phase now = (rn_conv_phase)phase;
        cr_expect_str_eq(chosen(stem, now), "implicit");
        cr_expect_str_eq(chosen(layer2, now), "winograd4");
        cr_expect_str_eq(chosen(head, now), "winograd4");
        cr_expect_str_eq(chosen(p6, now), "im2col");
        cr_expect_str_eq(chosen(p7, now), now == RN_CONV_INFERENCE ? "winograd4" : "im2col");
        cr_expect_str_eq(chosen(small, now), now == RN_CONV_INFERENCE ? "winograd4" : "im2col");
    }
}

Test(conv2d, agrees_with_seven_loops_for_every_kernel_stride_and_padding) {
    static const int kernels[] = {1, 3, 5, 7}, maps[][2] = {{1, 1}, {2, 5}, {8, 3}, {13, 11}};
    const way fast = {"im2col", "kernel", rn_isa_in_force()};
    int checked = 0;
    for (size_t i = 0; i < RN_COUNT(maps); i++)
        for (size_t j = 0; j < RN_COUNT(kernels); j++)
            for (int stride = 1; stride <= 3; stride++)
                for (int pad = 0; pad <= 3; pad++) {
                    int h = maps[i][0], w = maps[i][1], r = kernels[j];
                    if (h + 2 * pad < r || w + 2 * pad < r) continue;
                    check_against_loops(&(rn_conv_dims){3, h, w, 3, 5, r, r, stride, pad}, &fast,
                                        1);
                    checked++;
                }
    cr_expect(checked > 100);
}

/* <dy, conv(x, w)> = <backward(dy), x> = <backward(dy), w>: the map is linear in x and in w. */
Test(conv2d, backward_is_the_adjoint_of_forward) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        bench b = set_up(&cases[i]);
        memset(b.dx, 0, b.size.x * sizeof *b.dx);
        memset(b.dw, 0, b.size.w * sizeof *b.dw);
        run(&b);
        double forward = naive_dot(b.dy, b.y, b.size.y), size = 0;
        for (size_t j = 0; j < b.size.y; j++) size += fabs((double)b.dy[j] * (double)b.y[j]);
        double data = naive_dot(b.dx, b.x, b.size.x), weights = naive_dot(b.dw, b.w, b.size.w);
        char name[80];
        cr_expect(fabs(forward - data) <= 8 * machine * size, "%s: %.17g, data %.17g",
                  text(name, b.d), forward, data);
        cr_expect(fabs(forward - weights) <= 8 * machine * size, "%s: %.17g, weights %.17g",
                  text(name, b.d), forward, weights);
        tear_down(&b);
    }
}

/* ---- the epilogue ---- */

enum { K = 5 };
static const rn_conv_dims pointwise = {3, 20, 30, 2, K, 1, 1, 1, 0}; /* seven ranges of rows */
static const rn_conv_dims with_epilogue[] = {
    {3, 20, 30, 2, K, 1, 1, 1, 0}, {2, 9, 7, 6, K, 3, 3, 1, 1}, {1, 17, 30, 3, K, 7, 7, 2, 3}};
static const rn_float scale[K] = {2, -1, 0, (rn_float).5, 1};
static const rn_float shift[K] = {(rn_float).5, (rn_float)-.25, -1, 0, (rn_float).125};

/* The sixteen epilogues. */
static rn_epilogue epilogue_of(int i, const rn_float *residual) {
    return (rn_epilogue){i & 1 ? scale : NULL, i & 2 ? shift : NULL, i & 8 ? residual : NULL,
                         i & 4};
}

static void check_epilogues(const rn_conv_dims *d, const way *w) {
    bench b = set_up(d);
    rn_float *sum = malloc(b.size.y * sizeof *sum), *residual = naive_random(b.size.y, "residual");
    go(w);
    forward(&b, NULL);
    memcpy(sum, b.y, b.size.y * sizeof *sum);
    for (int i = 0; i < 16; i++) {
        rn_epilogue e = epilogue_of(i, residual);
        double *want = widened(sum, b.size.y);
        for (size_t j = 0; j < b.size.y; j++) {
            if (e.scale) want[j] *= (double)scale[j % K];
            if (e.shift) want[j] += (double)shift[j % K];
            if (e.residual) want[j] += (double)residual[j];
            if (e.relu && want[j] < 0) want[j] = 0;
        }
        forward(&b, &e);
        double distance = naive_distance(b.y, want, b.size.y);
        char name[80];
        cr_expect(distance <= near_y, "%s by %s, epilogue %d: %g", text(name, d), w->algorithm, i,
                  distance);
        free(want);
    }
    free(sum), free(residual);
    tear_down(&b);
}

Test(conv2d, the_epilogue_scales_shifts_adds_and_cuts) {
    way ways[64];
    size_t count = all_ways(ways);
    for (size_t i = 0; i < RN_COUNT(with_epilogue); i++)
        for (size_t j = 0; j < count; j++) check_epilogues(&with_epilogue[i], &ways[j]);
}

Test(conv2d, the_epilogue_backward_undoes_it_and_adds_the_gradients_of_its_parts) {
    for (int i = 0; i < 16; i++) {
        bench b = set_up(&pointwise);
        rn_float *residual = naive_random(b.size.y, "residual");
        rn_epilogue e = epilogue_of(i, residual);
        rn_float dshift[K] = {1, 2, 3, 4, 5}, *dresidual = naive_random(b.size.y, "dresidual");
        double *want = widened(b.dy, b.size.y), total[K] = {1, 2, 3, 4, 5};
        double *want_residual = widened(dresidual, b.size.y);
        forward(&b, &e);
        for (size_t j = 0; j < b.size.y; j++) {
            if (e.relu && b.y[j] == 0) want[j] = 0;
            total[j % K] += want[j];
            want_residual[j] = (i & 1 ? want_residual[j] : 0) + want[j];
            if (e.scale) want[j] *= (double)scale[j % K];
        }
        rn_float *again = malloc(b.size.y * sizeof *again);
        memcpy(again, b.dy, b.size.y * sizeof *again);
        rn_conv2d_epilogue_backward(b.dy, dshift, dresidual, !(i & 1), b.y, &e, b.d, &b.arena);
        rn_conv2d_epilogue_backward(again, NULL, NULL, false, b.y, &e, b.d, &b.arena);
        double dy = naive_distance(b.dy, want, b.size.y), shifts = naive_distance(dshift, total, K);
        double residuals = naive_distance(dresidual, want_residual, b.size.y);
        cr_expect(dy <= near_y && shifts <= near_y && residuals <= near_y,
                  "epilogue %d: dy %g, dshift %g, dresidual %g", i, dy, shifts, residuals);
        cr_expect(memcmp(again, b.dy, b.size.y * sizeof *again) == 0, "epilogue %d", i);
        free(want), free(again), free(residual), free(dresidual), free(want_residual);
        tear_down(&b);
    }
}

/* A network that has diverged must say so, not hide behind a relu. */
Test(conv2d, nan_passes_the_relu) {
    bench b = set_up(&pointwise);
    rn_epilogue e = epilogue_of(7, NULL);
    size_t nans = 0;
    b.x[2] = (rn_float)NAN; /* of the second pixel */
    forward(&b, &e);
    for (size_t j = 0; j < b.size.y; j++) nans += isnan(b.y[j]) ? 1 : 0;
    for (size_t j = K; j < 2 * (size_t)K; j++) cr_expect(isnan(b.y[j]), "channel %zu", j - K);
    cr_expect(nans == K);
    tear_down(&b);
}

/* ---- threads and memory ---- */

/* All that the four kernels compute: y, dx, dw, dsum, dshift. */
static rn_float *results(const rn_conv_dims *d, int threads, size_t *count) {
    bench b = set_up(d);
    naive_conv_size n = b.size;
    rn_float *shifts = naive_random((size_t)d->k, "shift");
    rn_epilogue e = {shifts, shifts, NULL, true};
    *count = n.y + n.x + n.w + n.y + (size_t)d->k;
    rn_float *all = calloc(*count, sizeof *all), *dx = all + n.y, *dw = dx + n.x, *dsum = dw + n.w;
    memcpy(dsum, b.dy, n.y * sizeof *dsum);
    rn_parallel_set_threads(threads);
    rn_conv_map map = {.d = *d, .x = b.x, .y = all, .epilogue = &e, .dsum = dsum, .dx = dx};
    rn_conv2d_forward(&map, 1, b.w, NULL, &b.arena);
    rn_conv2d_epilogue_backward(dsum, dsum + n.y, NULL, false, all, &e, d, &b.arena);
    rn_conv2d_backward_data(&map, 1, b.w, &b.arena);
    rn_conv2d_backward_weights(dw, &map, 1, &b.arena);
    free(shifts);
    tear_down(&b);
    return all;
}

Test(conv2d, the_number_of_threads_changes_no_bit) {
    static const int threads[] = {2, 5, 5};
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        size_t count;
        rn_float *one = results(&cases[i], 1, &count);
        for (size_t j = 0; j < RN_COUNT(threads); j++) {
            rn_float *many = results(&cases[i], threads[j], &count);
            char name[80];
            cr_expect(memcmp(one, many, count * sizeof *one) == 0, "%s on %d threads",
                      text(name, &cases[i]), threads[j]);
            free(many);
        }
        free(one);
    }
}

Test(conv2d, a_second_call_asks_the_system_for_nothing_and_leaves_nothing) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        bench b = set_up(&cases[i]);
        rn_float *dshift = calloc((size_t)b.d->k, sizeof *dshift);
        size_t calls = 0;
        for (int round = 0; round < 2; round++) {
            run(&b);
            rn_conv2d_epilogue_backward(b.dy, dshift, NULL, false, b.y,
                                        &(rn_epilogue){.relu = true}, b.d, &b.arena);
            cr_expect(b.arena.in_use == 0 && b.arena.system_calls > 0);
            cr_expect(round == 0 || b.arena.system_calls == calls, "case %zu: %zu more", i,
                      b.arena.system_calls - calls);
            rn_arena_reset(&b.arena);
            calls = b.arena.system_calls;
        }
        free(dshift);
        tear_down(&b);
    }
}

/* ---- misuse ---- */

static void forward_of(rn_conv_dims d) {
    rn_arena arena = {0};
    rn_float x[64] = {0}, w[64] = {0}, y[64];
    rn_conv_map map = {.d = d, .x = x, .y = y};
    rn_conv2d_forward(&map, 1, w, NULL, &arena);
    rn_arena_free(&arena);
}

Test(conv2d, the_smallest_one_is_fine) { forward_of((rn_conv_dims){1, 1, 1, 1, 1, 3, 3, 1, 1}); }

Test(conv2d, a_kernel_larger_than_the_padded_map_aborts, .signal = SIGABRT) {
    forward_of((rn_conv_dims){1, 2, 2, 1, 1, 5, 5, 1, 1});
}

Test(conv2d, stride_0_aborts, .signal = SIGABRT) {
    forward_of((rn_conv_dims){1, 2, 2, 1, 1, 1, 1, 0, 0});
}

Test(conv2d, padding_beyond_an_int_aborts, .signal = SIGABRT) {
    forward_of((rn_conv_dims){1, 2, 2, 1, 1, 1, 1, 1 << 20, 1 << 30});
}
