#include "nn/conv.h"
#include "base/check.h"
#include "base/vec.h"
#include "nn/eltwise.h"
#include "tensor/conv2d.h"

#include <stdarg.h>
#include <stdlib.h>

rn_conv rn_conv_declare(rn_params *params, int c, int k, int kernel, int stride, bool bias,
                        const char *name, ...) {
    rn_conv conv = {.stride = stride, .pad = kernel / 2};
    char full[RN_PARAM_NAME_SIZE];
    va_list args;
    va_start(args, name);
    rn_param_name(full, name, args);
    va_end(args);
    conv.weight =
        rn_params_declare(params, RN_PARAM_CONV, (int[]){kernel, kernel, c, k}, "%s.weight", full);
    if (bias) conv.bias = rn_params_declare(params, RN_PARAM_BIAS, &k, "%s.bias", full);
    return conv;
}

/* ---- filters that are kept --------------------------------------------------------------------
 */

struct rn_ready_filter {
    const rn_param *weight;
    rn_conv_filter filter;
};

void rn_filters_free(rn_filters *filters) {
    rn_arena_free(&filters->arena);
    free(filters->list);
    *filters = (rn_filters){0};
}

static rn_conv_filter find_filter(rn_filters *filters, const rn_param *weight,
                                  const rn_conv_map *map, size_t maps) {
    size_t i = 0;
    while (i < filters->count && filters->list[i].weight != weight) i++;
    if (i == filters->count) {
        filters->list =
            rn_vec_reserve(filters->list, i + 1, &filters->capacity, sizeof *filters->list);
        filters->list[i].weight = weight;
        filters->list[i].filter =
            rn_conv2d_filter(weight->value, &map->d, rn_conv2d_choose(map, maps, RN_CONV_INFERENCE),
                             &filters->arena);
        filters->count++;
    }
    return filters->list[i].filter;
}

/* For passes that run at once. */
static rn_conv_filter ready_filter(rn_filters *filters, const rn_param *weight,
                                   const rn_conv_map *map, size_t maps) {
    rn_conv_filter filter;
#pragma omp critical(rn_filters)
    filter = find_filter(filters, weight, map, maps);
    return filter;
}

/* ---- the layer --------------------------------------------------------------------------------
 */

/* One map of the layer. */
typedef struct rn_conv_part {
    rn_tensor *x, *y, *residual; /* residual: NULL for none */
    rn_conv_dims dims;
    rn_epilogue epilogue;
} rn_conv_part;

typedef struct rn_conv_node {
    rn_node node;
    const rn_conv *conv;
    size_t maps;
    rn_conv_part *part; /* (maps) */
} rn_conv_node;

static void conv_backward(rn_node *base, rn_arena *scratch) {
    rn_conv_node *node = (rn_conv_node *)base;
    const rn_conv *conv = node->conv;
    rn_conv_map map[RN_CONV_MAPS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < node->maps; i++) {
        const rn_conv_part *part = &node->part[i];
        const rn_tensor *residual = part->residual;
        rn_conv2d_epilogue_backward(part->y->grad, conv->bias ? conv->bias->grad : NULL,
                                    residual ? residual->grad : NULL,
                                    residual && residual->grad_is_new, part->y->value,
                                    &part->epilogue, &part->dims, scratch);
        map[i] = (rn_conv_map){.d = part->dims,
                               .x = part->x->value,
                               .dsum = part->y->grad,
                               .store_dx = part->x->grad_is_new};
    }
    if (conv->weight->grad)
        rn_conv2d_backward_weights(conv->weight->grad, map, node->maps, scratch);
    for (size_t i = 0; i < node->maps; i++)
        if (node->part[i].x->grad) {
            map[count] = map[i];
            map[count++].dx = node->part[i].x->grad;
        }
    if (count) rn_conv2d_backward_data(map, count, conv->weight->value, scratch);
}

/* The affine map of norm or bias; the arrays live as long as the tape's step. */
static rn_epilogue make_epilogue(rn_tape *tape, const rn_conv *conv, const rn_norm *norm,
                                 bool relu) {
    rn_epilogue epilogue = {.shift = conv->bias ? conv->bias->value : NULL, .relu = relu};
    if (!norm) return epilogue;
    RN_CHECK(!conv->bias, "%s has a bias and a norm", conv->weight->name);
    size_t k = norm->scale->count;
    rn_float *scale = rn_tape_alloc(tape, 2 * k * sizeof *scale);
    if (!tape->plan) rn_norm_affine(scale, scale + k, norm);
    return (rn_epilogue){.scale = scale, .shift = scale + k, .relu = relu};
}

static rn_conv_dims dims_of(const rn_conv *conv, const rn_tensor *x) {
    const int *shape = conv->weight->shape;
    RN_CHECK(x->c == shape[2], "%s: input has %d channels, want %d", conv->weight->name, x->c,
             shape[2]);
    return (rn_conv_dims){.n = x->n,
                          .h = x->h,
                          .w = x->w,
                          .c = x->c,
                          .k = shape[3],
                          .r = shape[0],
                          .s = shape[1],
                          .stride = conv->stride,
                          .pad = conv->pad};
}

static void plan_convolution(rn_tape *tape, const rn_conv *conv, const rn_conv_filter *filter,
                             const rn_conv_part *part, const rn_conv_map *map, size_t maps) {
    rn_plan *plan = tape->plan;
    bool data = false;
    for (size_t i = 0; i < maps; i++) data |= tape->recording && part[i].x->wants_grad;
    rn_tape_note_scratch(
        tape, rn_conv2d_scratch(map, maps, filter, data, tape->recording && conv->weight->grad));
    for (size_t i = 0; i < maps; i++) {
        double multiply_adds = (double)rn_tensor_pixels(part[i].y) * (double)conv->weight->count;
        plan->multiply_adds += multiply_adds;
        if (plan->visit)
            plan->visit(plan->user, conv->weight->name, part[i].x, part[i].y, multiply_adds);
    }
}

/* residual: of the only map, whose norm is absorbed; or NULL. */
static void forward_maps(rn_tensor **y, rn_tape *tape, const rn_conv *conv, const rn_norm *norm,
                         bool relu, rn_tensor *residual, rn_tensor *const *x, size_t maps,
                         uint8_t *const *wanted) {
    RN_CHECK(maps >= 1 && maps <= RN_CONV_MAPS_MOST, "%zu maps", maps);
    RN_CHECK(!wanted || !tape->recording, "a gradient of what is left out");
    rn_conv_part *part = rn_arena_zeros(tape->arena, maps, sizeof *part);
    rn_conv_map map[RN_CONV_MAPS_MOST];
    bool absorbed[RN_CONV_MAPS_MOST], wants_grad = conv->weight->grad != NULL;
    if (norm && norm->kind == RN_NORM_NONE) norm = NULL;
    for (size_t i = 0; i < maps; i++) wants_grad |= x[i]->wants_grad;
    wants_grad |= residual && residual->wants_grad;
    for (size_t i = 0; i < maps; i++) {
        rn_conv_dims d = dims_of(conv, x[i]);
        part[i] = (rn_conv_part){.x = x[i], .residual = residual, .dims = d};
        part[i].y =
            rn_tape_tensor(tape, d.n, rn_conv_out_h(&d), rn_conv_out_w(&d), d.k, wants_grad);
        absorbed[i] = !norm || rn_norm_is_affine(&norm[i], tape, rn_tensor_pixels(part[i].y));
        if (absorbed[i]) part[i].epilogue = make_epilogue(tape, conv, norm ? &norm[i] : NULL, relu);
        if (residual) part[i].epilogue.residual = residual->value;
        RN_CHECK(!wanted || absorbed[i], "a norm of what is left out");
        map[i] = (rn_conv_map){.d = d,
                               .x = x[i]->value,
                               .y = part[i].y->value,
                               .epilogue = &part[i].epilogue,
                               .wanted = wanted ? wanted[i] : NULL};
    }
    rn_conv_filter ready, *filter = NULL;
    if (tape->filters) {
        ready = ready_filter(tape->filters, conv->weight, map, maps);
        filter = &ready;
    }
    if (tape->plan)
        plan_convolution(tape, conv, filter, part, map, maps);
    else
        rn_conv2d_forward(map, maps, conv->weight->value, filter, tape->arena);
    if (wants_grad && tape->recording) {
        rn_conv_node *node = rn_tape_node(tape, sizeof *node, conv_backward);
        node->conv = conv, node->maps = maps, node->part = part;
        node->node.stores = true;
        for (size_t i = 0; i < maps; i++) {
            rn_node_input(&node->node, part[i].x);
            if (residual) rn_node_input(&node->node, residual);
            rn_node_output(&node->node, part[i].y);
        }
    }
    for (size_t i = 0; i < maps; i++)
        y[i] = absorbed[i] ? part[i].y : rn_norm_forward(tape, &norm[i], part[i].y, relu);
}

void rn_conv_forward_maps(rn_tensor **y, rn_tape *tape, const rn_conv *conv, const rn_norm *norm,
                          bool relu, rn_tensor *const *x, size_t maps, uint8_t *const *wanted) {
    forward_maps(y, tape, conv, norm, relu, NULL, x, maps, wanted);
}

rn_tensor *rn_conv_forward(rn_tape *tape, const rn_conv *conv, const rn_norm *norm, bool relu,
                           rn_tensor *x) {
    rn_tensor *y;
    forward_maps(&y, tape, conv, norm, relu, NULL, &x, 1, NULL);
    return y;
}

rn_tensor *rn_conv_add_forward(rn_tape *tape, const rn_conv *conv, const rn_norm *norm,
                               rn_tensor *residual, rn_tensor *x) {
    rn_tensor *y;
    rn_conv_dims d = dims_of(conv, x);
    RN_CHECK(residual->n == d.n && residual->h == rn_conv_out_h(&d) &&
                 residual->w == rn_conv_out_w(&d) && residual->c == d.k,
             "%s: residual (%d, %d, %d, %d)", conv->weight->name, residual->n, residual->h,
             residual->w, residual->c);
    if (norm && norm->kind != RN_NORM_NONE && !rn_norm_is_affine(norm, tape, rn_im2col_rows(&d)))
        return rn_add_forward(tape, rn_conv_forward(tape, conv, norm, false, x), residual, true);
    forward_maps(&y, tape, conv, norm, true, residual, &x, 1, NULL);
    return y;
}
