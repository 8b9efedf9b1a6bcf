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

/* Adds each channel's sums of g and of g xhat over `rows` pixels to the two halves of sum, (2, c).
 */
static void add_channel_sums(double *sum, const rn_float *g, const rn_float *x,
                             const rn_float *mean, const rn_float *inverse, size_t rows, size_t c) {
    for (size_t i = 0; i < rows; i++, g += c, x += c)
        for (size_t j = 0; j < c; j++) {
            sum[j] += (double)g[j];
            sum[c + j] += (double)g[j] * (double)((x[j] - mean[j]) * inverse[j]);
        }
}

/* sum: (2, c): the same over all rows, on all threads. */
static void channel_sums(double *sum, const rn_float *g, const rn_float *x, const rn_float *mean,
                         const rn_float *inverse, size_t rows, size_t c, rn_arena *scratch) {
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    size_t ranges = rn_parallel_ranges(rows);
    double *partial = rn_arena_zeros(scratch, ranges * 2 * c, sizeof *partial);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < ranges; i++) {
        size_t first = rows * i / ranges, count = rows * (i + 1) / ranges - first;
        add_channel_sums(partial + i * 2 * c, g + first * c, x + first * c, mean, inverse, count,
                         c);
    }
    memset(sum, 0, 2 * c * sizeof *sum);
    for (size_t i = 0; i < ranges; i++)
        for (size_t j = 0; j < 2 * c; j++) sum[j] += partial[i * 2 * c + j];
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

/* Two passes: the mean, then sum x (x - mean), which with the rounding of the mean taken out is the
 * sum of squared distances from it. */
static void statistics(rn_norm_node *node, rn_arena *scratch) {
    const rn_norm *norm = node->norm;
    const rn_tensor *x = node->x;
    size_t c = (size_t)x->c, batches = batches_of(norm, x), rows = rn_tensor_pixels(x) / batches;
    double m = set_size(norm, x, rows);
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    double *sum = rn_arena_alloc(scratch, 3 * c * sizeof *sum), *variance = sum + 2 * c;
    for (size_t b = 0; b < batches; b++) {
        const rn_float *from = x->value + b * rows * c;
        rn_float *mean = node->mean + b * c, *inverse = node->inverse + b * c;
        for (size_t j = 0; j < c; j++) mean[j] = 0, inverse[j] = 1;
        channel_sums(sum, from, from, mean, inverse, rows, c, scratch);
        if (norm->kind == RN_NORM_GROUP) share_over_groups(sum, c, (size_t)norm->groups);
        for (size_t j = 0; j < c; j++) mean[j] = (rn_float)(sum[j] / m);
        channel_sums(sum, from, from, mean, inverse, rows, c, scratch);
        if (norm->kind == RN_NORM_GROUP) share_over_groups(sum, c, (size_t)norm->groups);
        for (size_t j = 0; j < c; j++) {
            variance[j] = (sum[c + j] - (double)mean[j] * (sum[j] - m * (double)mean[j])) / m;
            inverse[j] = (rn_float)(1 / sqrt(fmax(variance[j], 0) + norm->eps));
        }
        if (norm->kind == RN_NORM_BATCH) update_running(norm, mean, variance, m);
    }
    rn_arena_release(scratch, mark);
}

static void normalise(const rn_norm_node *node) {
    const rn_tensor *x = node->x;
    size_t c = (size_t)x->c, batches = batches_of(node->norm, x);
    size_t rows = rn_tensor_pixels(x), rows_a_batch = rows / batches;
    const rn_float *gamma = node->norm->scale->value, *beta = node->norm->shift->value;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < rows; i++) {
        const rn_float *mean = node->mean + i / rows_a_batch * c, *from = x->value + i * c;
        const rn_float *inverse = node->inverse + i / rows_a_batch * c;
        rn_float *to = node->y->value + i * c;
        for (size_t j = 0; j < c; j++)
            to[j] = (from[j] - mean[j]) * inverse[j] * gamma[j] + beta[j];
        if (node->relu)
            for (size_t j = 0; j < c; j++) to[j] = to[j] < 0 ? 0 : to[j];
    }
}

static void relu_backward(rn_float *dy, const rn_float *y, size_t count) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}

/* sum: the two sums over the set that each channel is in, for image or batch b. */
static void add_dx(const rn_norm_node *node, const double *sum, double m, size_t b, size_t rows) {
    size_t c = (size_t)node->x->c, first = b * rows * c;
    const rn_float *mean = node->mean + b * c, *inverse = node->inverse + b * c;
    const rn_float *gamma = node->norm->scale->value;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < rows; i++) {
        const rn_float *x = node->x->value + first + i * c, *dy = node->y->grad + first + i * c;
        rn_float *dx = node->x->grad + first + i * c;
        for (size_t j = 0; j < c; j++)
            dx[j] += inverse[j] * (gamma[j] * dy[j] - (rn_float)(sum[j] / m) -
                                   (x[j] - mean[j]) * inverse[j] * (rn_float)(sum[c + j] / m));
    }
}

static void norm_backward(rn_node *base, rn_arena *scratch) {
    rn_norm_node *node = (rn_norm_node *)base;
    const rn_norm *norm = node->norm;
    const rn_tensor *x = node->x, *y = node->y;
    size_t c = (size_t)x->c, batches = batches_of(norm, x), rows = rn_tensor_pixels(x) / batches;
    double *sum = rn_arena_alloc(scratch, 2 * c * sizeof *sum);
    if (node->relu) relu_backward(y->grad, y->value, rn_tensor_count(y));
    for (size_t b = 0; b < batches; b++) {
        channel_sums(sum, y->grad + b * rows * c, x->value + b * rows * c, node->mean + b * c,
                     node->inverse + b * c, rows, c, scratch);
        for (size_t j = 0; j < c; j++) {
            if (norm->shift->grad) norm->shift->grad[j] += (rn_float)sum[j];
            if (norm->scale->grad) norm->scale->grad[j] += (rn_float)sum[c + j];
            sum[j] *= (double)norm->scale->value[j];
            sum[c + j] *= (double)norm->scale->value[j];
        }
        if (norm->kind == RN_NORM_GROUP) share_over_groups(sum, c, (size_t)norm->groups);
        if (x->grad) add_dx(node, sum, set_size(norm, x, rows), b, rows);
    }
}

/* ---- the frozen form, where no convolution absorbs it ------------------------------------------
 */

static rn_tensor *affine_forward(rn_tape *tape, const rn_norm *norm, rn_tensor *x, bool relu) {
    RN_CHECK(!tape->recording || !x->grad, "a frozen norm is trained through its convolution only");
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

rn_tensor *rn_norm_forward(rn_tape *tape, const rn_norm *norm, rn_tensor *x, bool relu) {
    RN_CHECK(norm->kind != RN_NORM_NONE && norm->scale->count == (size_t)x->c,
             "norm of %zu channels on %d", norm->scale ? norm->scale->count : 0, x->c);
    if (rn_norm_is_affine(norm, tape, rn_tensor_pixels(x)))
        return affine_forward(tape, norm, x, relu);
    rn_norm_node local = {.norm = norm, .x = x, .relu = relu}, *node = &local;
    size_t sets = batches_of(norm, x) * (size_t)x->c;
    rn_tensor *y = rn_tape_tensor(tape, x->n, x->h, x->w, x->c, x->grad || norm->scale->grad);
    if (y->grad) {
        node = rn_tape_node(tape, sizeof *node, norm_backward);
        node->norm = norm, node->x = x, node->relu = relu;
    }
    node->y = y;
    node->mean = rn_tape_alloc(tape, sets * sizeof(rn_float));
    node->inverse = rn_tape_alloc(tape, sets * sizeof(rn_float));
    rn_tape_note_scratch(tape, (rn_parallel_ranges(rn_tensor_pixels(x)) * 2 + 3) * (size_t)x->c *
                                   sizeof(double));
    if (tape->plan) return y;
    statistics(node, tape->arena);
    normalise(node);
    return y;
}
