/* Batch and group norm share their arithmetic. For one set of m values with mean mu, variance v and
 * s = 1 / sqrt(v + eps):
 *
 *     xhat = (x - mu) s,   y = gamma xhat + beta
 *     dx   = s (g - mean(g) - xhat mean(g xhat)),   g = gamma dy
 *
 * For batch norm a set is a channel of the batch, for group norm a group of channels of one image.
 * Sums are over fixed ranges of pixels that are added in order, in double precision. Walking
 * backward, what the relu let pass is computed again from x rather than read from y: the passes
 * wait for memory more than they compute. */
#include "nn/norm.h"
#include "base/check.h"
#include "base/parallel.h"
#include "nn/norm_kernel.h"

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

typedef struct rn_norm_node {
    rn_node node;
    const rn_norm *norm;
    rn_tensor *x, *y;
    rn_float *mean, *inverse; /* (batches, c): mu and s of the set that each channel is in */
    rn_float *factor;         /* (batches, c): gamma s */
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

/* The pixels of one set of statistics, of the batch or of one image, and what is done to them. */
typedef struct rn_norm_part {
    const rn_norm_kernels *kernels;
    size_t rows, c, ranges; /* ranges of pixels, each the work of one thread */
    const rn_float *x;
    rn_float *y, *dy, *dx; /* dy, dx: NULL unless walking backward */
    bool store_dx;
    rn_norm_map map;
} rn_norm_part;

static rn_norm_part part_of(const rn_norm_node *node, size_t b) {
    const rn_tensor *x = node->x, *y = node->y;
    size_t c = (size_t)x->c, rows = rn_tensor_pixels(x) / batches_of(node->norm, x);
    size_t first = b * rows * c;
    return (rn_norm_part){
        .kernels = rn_norm_kernels_in_force(),
        .rows = rows,
        .c = c,
        .ranges = rn_parallel_ranges(rows),
        .x = x->value + first,
        .y = y->value + first,
        .dy = y->grad ? y->grad + first : NULL,
        .dx = x->grad ? x->grad + first : NULL,
        .store_dx = x->grad_is_new,
        .map = {node->mean + b * c, node->factor + b * c, node->norm->shift->value, node->relu}};
}

static bool is_large(const rn_norm_part *part) { return part->rows * part->c > RN_PARALLEL_BLOCK; }

/* First pixel of range i. */
static size_t range_first(const rn_norm_part *part, size_t i) {
    return part->rows * i / part->ranges;
}

/* sums: (2, c), of x - mean and its square, or, backward, of g and g (x - mean). */
static void channel_sums(double *sums, const rn_norm_part *part, bool backward, rn_arena *scratch) {
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    size_t c = part->c, ranges = part->ranges;
    double *partial = rn_arena_zeros(scratch, ranges * 2 * c, sizeof *partial);
#pragma omp parallel for schedule(static) if (is_large(part))
    for (size_t i = 0; i < ranges; i++) {
        size_t first = range_first(part, i), rows = range_first(part, i + 1) - first;
        double *own = partial + i * 2 * c;
        if (backward)
            part->kernels->slopes(own, part->dy + first * c, part->x + first * c, &part->map, rows,
                                  c);
        else
            part->kernels->moments(own, part->x + first * c, part->map.mean, rows, c);
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

static void update_running(const rn_norm *norm, const rn_float *mean, const double *variance,
                           double m) {
    rn_float rate = (rn_float)norm->momentum;
    for (size_t j = 0; j < norm->scale->count; j++) { /* the running variance is unbiased */
        rn_float *running = &norm->mean->value[j], *spread = &norm->variance->value[j];
        *running = (1 - rate) * *running + rate * mean[j];
        *spread = (1 - rate) * *spread + rate * (rn_float)(variance[j] * m / (m - 1));
    }
}

/* One pass: with d = x - from, where `from` is one of the values, the mean is from + mean(d) and
 * the variance mean(d^2) - mean(d)^2. As `from` is no further away than the values are spread,
 * little cancels. */
static void find_statistics(rn_norm_node *node, size_t b, rn_arena *scratch) {
    const rn_norm *norm = node->norm;
    const rn_norm_part part = part_of(node, b);
    size_t c = part.c, width = norm->kind == RN_NORM_GROUP ? c / (size_t)norm->groups : 1;
    double m = set_size(norm, node->x, part.rows);
    rn_float *mean = node->mean + b * c, *inverse = node->inverse + b * c;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    double *sum = rn_arena_alloc(scratch, 3 * c * sizeof *sum), *variance = sum + 2 * c;
    for (size_t j = 0; j < c; j++) mean[j] = part.x[j / width * width];
    channel_sums(sum, &part, false, scratch);
    if (norm->kind == RN_NORM_GROUP) share_over_groups(sum, c, (size_t)norm->groups);
    for (size_t j = 0; j < c; j++) {
        double d = sum[j] / m;
        variance[j] = fmax(sum[c + j] / m - d * d, 0);
        mean[j] = (rn_float)((double)mean[j] + d);
        inverse[j] = (rn_float)(1 / sqrt(variance[j] + norm->eps));
        node->factor[b * c + j] = inverse[j] * norm->scale->value[j];
    }
    if (norm->kind == RN_NORM_BATCH) update_running(norm, mean, variance, m);
    rn_arena_release(scratch, mark);
}

static void normalise(const rn_norm_part *part) {
#pragma omp parallel for schedule(static) if (is_large(part))
    for (size_t i = 0; i < part->ranges; i++) {
        size_t first = range_first(part, i), rows = range_first(part, i + 1) - first;
        part->kernels->forward(part->y + first * part->c, part->x + first * part->c, &part->map,
                               rows, part->c);
    }
}

static void add_dx(const rn_norm_part *part, const rn_norm_slope *slope) {
#pragma omp parallel for schedule(static) if (is_large(part))
    for (size_t i = 0; i < part->ranges; i++) {
        size_t first = range_first(part, i), rows = range_first(part, i + 1) - first;
        size_t at = first * part->c;
        part->kernels->backward(part->dx + at, part->store_dx, part->dy + at, part->x + at,
                                &part->map, slope, rows, part->c);
    }
}

static void norm_backward(rn_node *base, rn_arena *scratch) {
    rn_norm_node *node = (rn_norm_node *)base;
    const rn_norm *norm = node->norm;
    size_t c = (size_t)node->x->c;
    const rn_float *gamma = norm->scale->value;
    double *sum = rn_arena_alloc(scratch, 2 * c * sizeof *sum);
    rn_float *of_x = rn_arena_alloc(scratch, 2 * c * sizeof *of_x), *constant = of_x + c;
    for (size_t b = 0; b < batches_of(norm, node->x); b++) {
        const rn_norm_part part = part_of(node, b);
        double m = set_size(norm, node->x, part.rows);
        const rn_float *inverse = node->inverse + b * c;
        channel_sums(sum, &part, true, scratch);
        for (size_t j = 0; j < c; j++) { /* the sums of dy and dy xhat become those of g, g xhat */
            sum[c + j] *= (double)inverse[j];
            if (norm->shift->grad) norm->shift->grad[j] += (rn_float)sum[j];
            if (norm->scale->grad) norm->scale->grad[j] += (rn_float)sum[c + j];
            sum[j] *= (double)gamma[j], sum[c + j] *= (double)gamma[j];
        }
        if (!part.dx) continue;
        if (norm->kind == RN_NORM_GROUP) share_over_groups(sum, c, (size_t)norm->groups);
        for (size_t j = 0; j < c; j++) { /* the equation at the top of the file */
            of_x[j] = -inverse[j] * inverse[j] * (rn_float)(sum[c + j] / m);
            constant[j] = -inverse[j] * (rn_float)(sum[j] / m);
        }
        add_dx(&part, &(rn_norm_slope){part.map.factor, of_x, constant});
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
    node->factor = rn_tape_alloc(tape, sets * sizeof(rn_float));
    if (tape->plan) return y;
    for (size_t b = 0; b < batches_of(norm, x); b++) {
        find_statistics(node, b, tape->arena);
        const rn_norm_part part = part_of(node, b);
        normalise(&part);
    }
    return y;
}
