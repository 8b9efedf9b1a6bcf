#include "nn/conv.h"
#include "base/check.h"
#include "tensor/conv2d.h"

#include <stdarg.h>

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

typedef struct rn_conv_node {
    rn_node node;
    const rn_conv *conv;
    rn_tensor *x, *y;
    rn_conv_dims dims;
    rn_epilogue epilogue;
} rn_conv_node;

static void conv_backward(rn_node *base, rn_arena *scratch) {
    rn_conv_node *node = (rn_conv_node *)base;
    const rn_conv *conv = node->conv;
    rn_float *dsum = node->y->grad;
    rn_conv2d_epilogue_backward(dsum, conv->bias ? conv->bias->grad : NULL, node->y->value,
                                &node->epilogue, &node->dims, scratch);
    if (conv->weight->grad)
        rn_conv2d_backward_weights(conv->weight->grad, dsum, node->x->value, &node->dims, scratch);
    if (node->x->grad)
        rn_conv2d_backward_data(node->x->grad, dsum, conv->weight->value, &node->dims, scratch);
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

static void plan_convolution(rn_tape *tape, const rn_conv *conv, const rn_conv_dims *dims,
                             const rn_tensor *x, const rn_tensor *y) {
    rn_plan *plan = tape->plan;
    double multiply_adds = (double)rn_tensor_pixels(y) * (double)conv->weight->count;
    plan->multiply_adds += multiply_adds;
    rn_tape_note_scratch(tape, rn_conv2d_scratch(dims, tape->recording));
    if (plan->visit) plan->visit(plan->user, conv->weight->name, x, y, multiply_adds);
}

rn_tensor *rn_conv_forward(rn_tape *tape, const rn_conv *conv, const rn_norm *norm, bool relu,
                           rn_tensor *x) {
    const int *shape = conv->weight->shape;
    if (norm && norm->kind == RN_NORM_NONE) norm = NULL;
    RN_CHECK(x->c == shape[2], "%s: input has %d channels, want %d", conv->weight->name, x->c,
             shape[2]);
    rn_conv_dims dims = {.n = x->n,
                         .h = x->h,
                         .w = x->w,
                         .c = x->c,
                         .k = shape[3],
                         .r = shape[0],
                         .s = shape[1],
                         .stride = conv->stride,
                         .pad = conv->pad};
    rn_tensor *y = rn_tape_tensor(tape, x->n, rn_conv_out_h(&dims), rn_conv_out_w(&dims), dims.k,
                                  x->grad || conv->weight->grad);
    bool absorbed = !norm || rn_norm_is_affine(norm, tape, rn_tensor_pixels(y));
    rn_epilogue epilogue = {0};
    if (absorbed) epilogue = make_epilogue(tape, conv, norm, relu);
    if (tape->plan)
        plan_convolution(tape, conv, &dims, x, y);
    else
        rn_conv2d_forward(y->value, x->value, conv->weight->value, &epilogue, &dims, tape->arena);
    if (y->grad) {
        rn_conv_node *node = rn_tape_node(tape, sizeof *node, conv_backward);
        node->conv = conv, node->x = x, node->y = y, node->dims = dims, node->epilogue = epilogue;
    }
    return absorbed ? y : rn_norm_forward(tape, norm, y, relu);
}
