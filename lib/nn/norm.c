/* Batch and group norm share their arithmetic. For one set of m values with mean mu, variance v and
 * s = 1 / sqrt(v + eps):
 *
 *     xhat = (x - mu) s,   y = gamma xhat + beta
 *     dx   = s (g - mean(g) - xhat mean(g xhat)),   g = gamma dy
 *
 * For batch norm a set is a channel of the batch, for group norm a group of channels of one image.
 * Sums are in double precision, over fixed ranges of pixels that are added in order. */
#include "nn/norm.h"
#include "base/check.h"
#include "base/parallel.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char rn_norm_choices[] = "none|frozen|batch|group";

rn_norm rn_norm_declare(rn_params *params, rn_norm_kind kind, int channels, int groups,
                        const char *name, ...) {
    char full[RN_PARAM_NAME_SIZE];
    va_list args;
    rn_norm norm = {.kind = kind, .eps = 1e-5, .momentum = .1, .groups = groups};
    if (kind == RN_NORM_NONE) return norm;
    va_start(args, name);
    rn_param_name(full, name, args);
    va_end(args);
    rn_param_kind learnt = kind == RN_NORM_FROZEN ? RN_PARAM_BUFFER : RN_PARAM_NORM;
    norm.scale = rn_params_declare(params, learnt, &channels, "%s.weight", full);
    norm.scale->initial = 1;
    norm.shift = rn_params_declare(params, learnt, &channels, "%s.bias", full);
    if (kind == RN_NORM_GROUP) {
        RN_CHECK(groups > 0, "%s has %d groups", full, groups);
        while (channels % norm.groups != 0) norm.groups--;
        return norm;
    }
    norm.mean = rn_params_declare(params, RN_PARAM_BUFFER, &channels, "%s.running_mean", full);
    norm.variance = rn_params_declare(params, RN_PARAM_BUFFER, &channels, "%s.running_var", full);
    norm.variance->initial = 1;
    return norm;
}

bool rn_norm_is_affine(const rn_norm *norm, const rn_tape *tape, size_t pixels) {
    return norm->kind == RN_NORM_FROZEN ||
           (norm->kind == RN_NORM_BATCH && (!tape->training || pixels == 1));
}

void rn_norm_affine(rn_float *a, rn_float *b, const rn_norm *norm) {
    for (size_t c = 0; c < norm->scale->count; c++) {
        a[c] = norm->scale->value[c] / sqrt(norm->variance->value[c] + (rn_float)norm->eps);
        b[c] = norm->shift->value[c] - norm->mean->value[c] * a[c];
    }
}

/* ---- sets ----------------------------------------------------------------------------------- */

/* Four pixels at a time: the sums, in double precision, are loaded and stored once for all four. */
enum { PIXELS = 4 };

/* Adds each channel's sum of x - from and of its square over `rows` pixels. x: (rows, c). */
static void add_moments(double *restrict sum, double *restrict square, const rn_float *restrict x,
                        const rn_float *restrict from, size_t rows, size_t c) {
    for (; rows >= PIXELS; rows -= PIXELS, x += PIXELS * c)
        for (size_t j = 0; j < c; j++) {
            double p = (double)(x[j] - from[j]), q = (double)(x[c + j] - from[j]);
            double r = (double)(x[2 * c + j] - from[j]), s = (double)(x[3 * c + j] - from[j]);
            sum[j] += (p + q) + (r + s);
            square[j] += (p * p + q * q) + (r * r + s * s);
        }
    for (; rows > 0; rows--, x += c)
        for (size_t j = 0; j < c; j++) {
            double p = (double)(x[j] - from[j]);
            sum[j] += p;
            square[j] += p * p;
        }
}

/* Adds each channel's sum of g and of g (x - mean) over `rows` pixels. g, x: (rows, c). */
static void add_slopes(double *restrict sum, double *restrict product, const rn_float *restrict g,
                       const rn_float *restrict x, const rn_float *restrict mean, size_t rows,
                       size_t c) {
    for (; rows >= PIXELS; rows -= PIXELS, g += PIXELS * c, x += PIXELS * c)
        for (size_t j = 0; j < c; j++) {
            double p = (double)g[j], q = (double)g[c + j];
            double r = (double)g[2 * c + j], s = (double)g[3 * c + j];
            sum[j] += (p + q) + (r + s);
            product[j] +=
                (p * (double)(x[j] - mean[j]) + q * (double)(x[c + j] - mean[j])) +
                (r * (double)(x[2 * c + j] - mean[j]) + s * (double)(x[3 * c + j] - mean[j]));
        }
    for (; rows > 0; rows--, g += c, x += c)
        for (size_t j = 0; j < c; j++) {
            sum[j] += (double)g[j];
            product[j] += (double)g[j] * (double)(x[j] - mean[j]);
        }
}

/* g = 0 where the relu gave 0, and then add_slopes, by and by: g is still in cache. */
static void add_relu_slopes(double *sum, double *product, rn_float *g, const rn_float *y,
                            const rn_float *x, const rn_float *mean, size_t rows, size_t c) {
    for (size_t i = 0, count; i < rows; i += count) {
        count = rows - i < PIXELS ? rows - i : PIXELS;
        rn_float *restrict dy = g + i * c;
        const rn_float *restrict value = y + i * c;
        for (size_t k = 0; k < count * c; k++) dy[k] = value[k] > 0 ? dy[k] : 0;
        add_slopes(sum, product, dy, x + i * c, mean, count, c);
    }
}

/* The pixels of one set of statistics, of the batch or of one image: from `first` on. */
typedef struct rn_norm_part {
    const rn_tensor *x, *y;
    bool relu;
    size_t first, rows;
} rn_norm_part;

/* sums: (2, c), of x - from and its square, or, backward, of g and g (x - from). */
static void channel_sums(double *sums, const rn_norm_part *part, const rn_float *from,
                         bool backward, rn_arena *scratch) {
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    size_t c = (size_t)part->x->c, rows = part->rows, ranges = rn_parallel_ranges(rows);
    double *partial = rn_arena_zeros(scratch, ranges * 2 * c, sizeof *partial);
#pragma omp parallel for schedule(static) if (ranges > 1 && rows * c > RN_PARALLEL_BLOCK)
    for (size_t i = 0; i < ranges; i++) {
        size_t begin = rows * i / ranges, count = rows * (i + 1) / ranges - begin;
        size_t at = (part->first + begin) * c;
        double *sum = partial + i * 2 * c, *second = sum + c;
        const rn_float *x = part->x->value + at;
        if (!backward)
            add_moments(sum, second, x, from, count, c);
        else if (part->relu)
            add_relu_slopes(sum, second, part->y->grad + at, part->y->value + at, x, from, count,
                            c);
        else
            add_slopes(sum, second, part->y->grad + at, x, from, count, c);
    }
    memset(sums, 0, 2 * c * sizeof *sums);
    for (size_t i = 0; i < ranges; i++)
        for (size_t j = 0; j < 2 * c; j++) sums[j] += partial[i * 2 * c + j];
    rn_arena_release(scratch, mark);
}

/* Joins the sums of each group of channels and gives every channel those of its group: (2, c). */
static void share_over_groups(double *sum, size_t c, size_t groups) {
    size_t width = c / groups;
    for (size_t half = 0; half < 2; half++)
        for (size_t g = 0; g < groups; g++) {
            double *set = sum + half * c + g * width, total = 0;
            for (size_t j = 0; j < width; j++) total += set[j];
            for (size_t j = 0; j < width; j++) set[j] = total;
        }
}

typedef struct rn_norm_node {
    rn_node node;
    const rn_norm *norm;
    rn_tensor *x, *y;
    rn_float *mean, *inverse; /* (batches, c): mu and s of the set that each channel is in */
    bool relu;
} rn_norm_node;

/* Batch norm treats the whole batch as one; group norm goes image by image. */
static size_t batches_of(const rn_norm *norm, const rn_tensor *x) {
    return norm->kind == RN_NORM_GROUP ? (size_t)x->n : 1;
}

/* Values in one set. */
static double set_size(const rn_norm *norm, const rn_tensor *x, size_t rows) {
    return (double)rows * (norm->kind == RN_NORM_GROUP ? x->c / norm->groups : 1);
}

static void update_running(const rn_norm *norm, const rn_float *mean, const double *variance,
                           double m) {
    rn_float rate = (rn_float)norm->momentum;
    for (size_t j = 0; j < norm->scale->count; j++) { /* the running variance is unbiased */
        rn_float *running = &norm->mean->value[j], *spread = &norm->variance->value[j];
        *running = (1 - rate) * *running + rate * mean[j];
        *spread = (1 - rate) * *spread + rate * (rn_float)(variance[j] * m / (m - 1));
    }
}

/* The pixels of image or batch b. */
static rn_norm_part part_of(const rn_norm_node *node, size_t b) {
    size_t rows = rn_tensor_pixels(node->x) / batches_of(node->norm, node->x);
    return (rn_norm_part){node->x, node->y, node->relu, b * rows, rows};
}

/* One pass: with d = x - from, where `from` is one of the values, the mean is from + mean(d) and
 * the variance mean(d^2) - mean(d)^2. As `from` is no further away than the values are spread,
 * little cancels. */
static void statistics(rn_norm_node *node, rn_arena *scratch) {
    const rn_norm *norm = node->norm;
    size_t c = (size_t)node->x->c;
    size_t width = norm->kind == RN_NORM_GROUP ? c / (size_t)norm->groups : 1;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    double *sum = rn_arena_alloc(scratch, 3 * c * sizeof *sum), *variance = sum + 2 * c;
    for (size_t b = 0; b < batches_of(norm, node->x); b++) {
        rn_norm_part part = part_of(node, b);
        double m = set_size(norm, node->x, part.rows);
        const rn_float *pixel = node->x->value + part.first * c;
        rn_float *mean = node->mean + b * c, *inverse = node->inverse + b * c;
        for (size_t j = 0; j < c; j++) mean[j] = pixel[j / width * width];
        channel_sums(sum, &part, mean, false, scratch);
        if (norm->kind == RN_NORM_GROUP) share_over_groups(sum, c, (size_t)norm->groups);
        for (size_t j = 0; j < c; j++) {
            double d = sum[j] / m;
            variance[j] = fmax(sum[c + j] / m - d * d, 0);
            mean[j] = (rn_float)((double)mean[j] + d);
            inverse[j] = (rn_float)(1 / sqrt(variance[j] + norm->eps));
        }
        if (norm->kind == RN_NORM_BATCH) update_running(norm, mean, variance, m);
    }
    rn_arena_release(scratch, mark);
}

static void normalise(const rn_norm_node *node) {
    const rn_tensor *x = node->x;
    size_t c = (size_t)x->c, batches = batches_of(node->norm, x);
    size_t rows = rn_tensor_pixels(x), rows_a_batch = rows / batches;
    const rn_float *restrict gamma = node->norm->scale->value;
    const rn_float *restrict beta = node->norm->shift->value;
#pragma omp parallel for schedule(static) if (rows * c > RN_PARALLEL_BLOCK)
    for (size_t i = 0; i < rows; i++) {
        const rn_float *restrict mean = node->mean + i / rows_a_batch * c;
        const rn_float *restrict inverse = node->inverse + i / rows_a_batch * c;
        const rn_float *restrict from = x->value + i * c;
        rn_float *restrict to = node->y->value + i * c;
        for (size_t j = 0; j < c; j++) {
            rn_float value = (from[j] - mean[j]) * (inverse[j] * gamma[j]) + beta[j];
            to[j] = node->relu && value < 0 ? 0 : value;
        }
    }
}

/* dx += of_g g + of_x (x - mean) + constant, with factors a channel: the equation at the top of the
 * file. */
typedef struct rn_norm_slope {
    rn_float *of_g, *of_x, *constant; /* (c) each */
} rn_norm_slope;

static void add_dx(const rn_norm_node *node, const rn_norm_slope *slope, size_t b) {
    rn_norm_part part = part_of(node, b);
    size_t c = (size_t)node->x->c, rows = part.rows;
    const rn_float *restrict mean = node->mean + b * c, *restrict of_g = slope->of_g;
    const rn_float *restrict of_x = slope->of_x, *restrict constant = slope->constant;
    bool store = node->x->grad_is_new;
#pragma omp parallel for schedule(static) if (rows * c > RN_PARALLEL_BLOCK)
    for (size_t i = 0; i < rows; i++) {
        size_t at = (part.first + i) * c;
        const rn_float *restrict x = node->x->value + at, *restrict g = node->y->grad + at;
        rn_float *restrict dx = node->x->grad + at;
        for (size_t j = 0; j < c; j++) {
            rn_float more = of_g[j] * g[j] + (of_x[j] * (x[j] - mean[j]) + constant[j]);
            dx[j] = store ? more : dx[j] + more;
        }
    }
}

static void norm_backward(rn_node *base, rn_arena *scratch) {
    rn_norm_node *node = (rn_norm_node *)base;
    const rn_norm *norm = node->norm;
    size_t c = (size_t)node->x->c;
    const rn_float *gamma = norm->scale->value;
    double *sum = rn_arena_alloc(scratch, 2 * c * sizeof *sum);
    rn_float *factors = rn_arena_alloc(scratch, 3 * c * sizeof *factors);
    rn_norm_slope slope = {factors, factors + c, factors + 2 * c};
    for (size_t b = 0; b < batches_of(norm, node->x); b++) {
        rn_norm_part part = part_of(node, b);
        double m = set_size(norm, node->x, part.rows);
        const rn_float *inverse = node->inverse + b * c;
        channel_sums(sum, &part, node->mean + b * c, true, scratch);
        for (size_t j = 0; j < c; j++) { /* the sums of dy and dy xhat become those of g, g xhat */
            sum[c + j] *= (double)inverse[j];
            if (norm->shift->grad) norm->shift->grad[j] += (rn_float)sum[j];
            if (norm->scale->grad) norm->scale->grad[j] += (rn_float)sum[c + j];
            sum[j] *= (double)gamma[j], sum[c + j] *= (double)gamma[j];
        }
        if (!node->x->grad) continue;
        if (norm->kind == RN_NORM_GROUP) share_over_groups(sum, c, (size_t)norm->groups);
        for (size_t j = 0; j < c; j++) {
            slope.of_g[j] = inverse[j] * gamma[j];
            slope.of_x[j] = -inverse[j] * inverse[j] * (rn_float)(sum[c + j] / m);
            slope.constant[j] = -inverse[j] * (rn_float)(sum[j] / m);
        }
        add_dx(node, &slope, b);
    }
}

/* ---- the frozen form, where no convolution absorbs it ---------------------------------------- */

static rn_tensor *affine_forward(rn_tape *tape, const rn_norm *norm, rn_tensor *x, bool relu) {
    RN_CHECK(!tape->recording || !x->wants_grad,
             "a frozen norm is trained through its convolution only");
    size_t c = (size_t)x->c;
    rn_tensor *y = rn_tape_tensor(tape, x->n, x->h, x->w, x->c, false);
    rn_float *a = rn_tape_alloc(tape, 2 * c * sizeof *a), *b = a + c;
    if (tape->plan) return y;
    rn_norm_affine(a, b, norm);
    for (size_t i = 0; i < rn_tensor_count(x); i++) {
        rn_float value = a[i % c] * x->value[i] + b[i % c];
        y->value[i] = relu && value < 0 ? 0 : value;
    }
    return y;
}

static size_t norm_scratch(const rn_tensor *x) {
    return (rn_parallel_ranges(rn_tensor_pixels(x)) * 2 + 5) * (size_t)x->c * sizeof(double);
}

rn_tensor *rn_norm_forward(rn_tape *tape, const rn_norm *norm, rn_tensor *x, bool relu) {
    RN_CHECK(norm->kind != RN_NORM_NONE && norm->scale->count == (size_t)x->c,
             "norm of %zu channels on %d", norm->scale ? norm->scale->count : 0, x->c);
    if (rn_norm_is_affine(norm, tape, rn_tensor_pixels(x)))
        return affine_forward(tape, norm, x, relu);
    rn_norm_node local = {.norm = norm, .x = x, .relu = relu}, *node = &local;
    size_t sets = batches_of(norm, x) * (size_t)x->c;
    rn_tensor *y = rn_tape_tensor(tape, x->n, x->h, x->w, x->c,
                                  x->wants_grad || norm->scale->grad || norm->shift->grad);
    rn_tape_note_scratch(tape, norm_scratch(x));
    if (y->wants_grad) {
        node = rn_tape_node(tape, sizeof *node, norm_backward);
        rn_node_input(&node->node, x);
        rn_node_output(&node->node, y);
        node->node.stores = true;
        node->norm = norm, node->x = x, node->relu = relu;
    }
    node->y = y;
    node->mean = rn_tape_alloc(tape, sets * sizeof(rn_float));
    node->inverse = rn_tape_alloc(tape, sets * sizeof(rn_float));
    if (tape->plan) return y;
    statistics(node, tape->arena);
    normalise(node);
    return y;
}
