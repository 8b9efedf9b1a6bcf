/* The layers against PyTorch: tests/golden/make_ops.py. */
#include "nn/conv.h"
#include "nn/eltwise.h"
#include "nn/pool.h"
#include "nn/upsample.h"
#include "support/golden.h"
#include "support/rule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Largest error over largest value: of single precision, or of the file, which is single. */
static const double tolerance = sizeof(rn_float) == 8 ? 2e-7 : 1e-5;

typedef struct bench {
    rn_safetensors file;
    rn_arena arena;
    rn_params params;
    rn_tape tape;
    char name[64]; /* "conv/3x3" */
} bench;

static void set_up(bench *b, const char *operation, const char *name) {
    *b = (bench){.tape = {.recording = true, .training = true}};
    b->tape.arena = &b->arena;
    snprintf(b->name, sizeof b->name, "%s/%s", operation, name);
    rn_golden_open(&b->file, "ops.safetensors");
}

static void tear_down(bench *b) {
    rn_safetensors_free(&b->file);
    rn_params_free(&b->params);
    rn_arena_free(&b->arena);
}

static rn_float *values(bench *b, const char *tensor, rn_golden_order order) {
    return rn_golden_values(&b->arena, rn_golden_find(&b->file, "%s/%s", b->name, tensor), order);
}

/* An input that wants its gradient. */
static rn_tensor *input(bench *b, const char *tensor) {
    const int64_t *shape = rn_golden_find(&b->file, "%s/%s", b->name, tensor)->shape;
    rn_tensor *x =
        rn_tape_tensor(&b->tape, (int)shape[0], (int)shape[2], (int)shape[3], (int)shape[1], true);
    memcpy(x->value, values(b, tensor, RN_GOLDEN_IMAGE), rn_tensor_count(x) * sizeof *x->value);
    x->grad = rn_arena_zeros(&b->arena, rn_tensor_count(x), sizeof *x->grad);
    return x;
}

static void set(bench *b, rn_param *param, const char *tensor) {
    rn_golden_order order = param->dims == 4 ? RN_GOLDEN_WEIGHT : RN_GOLDEN_AS_IS;
    cr_assert(rn_safetensor_count(rn_golden_find(&b->file, "%s/%s", b->name, tensor)) ==
              param->count);
    memcpy(param->value, values(b, tensor, order), param->count * sizeof *param->value);
}

static void expect(bench *b, const rn_float *got, const char *tensor, size_t count,
                   rn_golden_order order) {
    const rn_safetensor *want = rn_golden_find(&b->file, "%s/%s", b->name, tensor);
    cr_assert(rn_safetensor_count(want) == count, "%s has %zu elements, want %zu", want->name,
              count, rn_safetensor_count(want));
    double distance = rn_golden_distance(got, values(b, tensor, order), count);
    cr_expect(distance <= tolerance, "%s is off by %.2g", want->name, distance);
}

static void expect_gradient(bench *b, const rn_param *param, const char *tensor) {
    expect(b, param->grad, tensor, param->count,
           param->dims == 4 ? RN_GOLDEN_WEIGHT : RN_GOLDEN_AS_IS);
}

/* Compares y with PyTorch's, sends dy back and compares the gradient of x. */
static void run_back(bench *b, rn_tensor *y, rn_tensor *x, const char *dx) {
    size_t count = rn_tensor_count(y);
    expect(b, y->value, "y", count, RN_GOLDEN_IMAGE);
    memcpy(rn_tape_gradient(&b->tape, y), values(b, "dy", RN_GOLDEN_IMAGE),
           count * sizeof(rn_float));
    rn_tape_backward(&b->tape);
    expect(b, x->grad, dx, rn_tensor_count(x), RN_GOLDEN_IMAGE);
}

/* A convolution of the shapes in the file; the metadata has its stride and padding. */
static rn_conv declare_conv(bench *b, bool bias) {
    const int64_t *shape = rn_golden_find(&b->file, "%s/w", b->name)->shape;
    const char *geometry = rn_safetensors_text(&b->file, b->name);
    int stride = 0, pad = -1;
    cr_assert(geometry && sscanf(geometry, "%d %d", &stride, &pad) == 2);
    rn_conv conv = rn_conv_declare(&b->params, (int)shape[1], (int)shape[0], (int)shape[2], stride,
                                   bias, "%s", b->name);
    cr_assert(conv.pad == pad);
    return conv;
}

Test(golden, convolution) {
    const char *names[] = {"3x3",         "3x3_tiles",       "3x3_stride2", "3x3_stride2_even",
                           "3x3_pixel",   "7x7_stride2",     "1x1",         "7x7_stride2_even",
                           "1x1_stride2", "1x1_stride2_even"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        bench b;
        set_up(&b, "conv", names[i]);
        rn_conv conv = declare_conv(&b, true);
        rn_params_commit(&b.params, true);
        set(&b, conv.weight, "w");
        set(&b, conv.bias, "b");
        rn_tensor *x = input(&b, "x");
        run_back(&b, rn_conv_forward(&b.tape, &conv, NULL, false, x), x, "dx");
        expect_gradient(&b, conv.weight, "dw");
        expect_gradient(&b, conv.bias, "db");
        tear_down(&b);
    }
}

Test(golden, convolution_with_frozen_norm_and_relu) {
    bench b;
    set_up(&b, "frozen_norm", "relu");
    rn_conv conv = declare_conv(&b, false);
    rn_norm norm = rn_norm_declare(&b.params, RN_NORM_FROZEN, conv.weight->shape[3], 1, "norm");
    rn_params_commit(&b.params, true);
    set(&b, conv.weight, "w");
    set(&b, norm.scale, "weight");
    set(&b, norm.shift, "bias");
    set(&b, norm.mean, "mean");
    set(&b, norm.variance, "var");
    rn_tensor *x = input(&b, "x");
    run_back(&b, rn_conv_forward(&b.tape, &conv, &norm, true, x), x, "dx");
    expect_gradient(&b, conv.weight, "dw");
    cr_expect(!norm.scale->grad && !norm.shift->grad);
    tear_down(&b);
}

static rn_norm declare_norm(bench *b, rn_norm_kind kind, int groups) {
    int channels = (int)rn_golden_find(&b->file, "%s/x", b->name)->shape[1];
    rn_norm norm = rn_norm_declare(&b->params, kind, channels, groups, "norm");
    rn_params_commit(&b->params, true);
    set(b, norm.scale, "weight");
    set(b, norm.shift, "bias");
    return norm;
}

static void run_norm(bench *b, const rn_norm *norm, bool relu) {
    rn_tensor *x = input(b, "x");
    run_back(b, rn_norm_forward(&b->tape, norm, x, relu), x, "dx");
    expect_gradient(b, norm->scale, "dweight");
    expect_gradient(b, norm->shift, "dbias");
}

Test(golden, batch_norm_and_its_running_statistics) {
    const char *names[] = {"plain", "relu", "far_mean"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        bench b;
        set_up(&b, "batch_norm", names[i]);
        rn_norm norm = declare_norm(&b, RN_NORM_BATCH, 1);
        size_t channels = norm.scale->count;
        set(&b, norm.mean, "mean");
        set(&b, norm.variance, "var");
        rn_tape inference = {.arena = &b.arena};
        rn_tensor *x = input(&b, "x"), *y = rn_norm_forward(&inference, &norm, x, false);
        expect(&b, y->value, "y_eval", rn_tensor_count(y), RN_GOLDEN_IMAGE);
        run_norm(&b, &norm, strcmp(names[i], "relu") == 0);
        expect(&b, norm.mean->value, "mean_after", channels, RN_GOLDEN_AS_IS);
        expect(&b, norm.variance->value, "var_after", channels, RN_GOLDEN_AS_IS);
        tear_down(&b);
    }
}

Test(golden, group_norm) {
    const char *names[] = {"plain", "relu", "one_group", "one_channel"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        bench b;
        set_up(&b, "group_norm", names[i]);
        int groups = 0;
        cr_assert(sscanf(rn_safetensors_text(&b.file, b.name), "%d", &groups) == 1);
        rn_norm norm = declare_norm(&b, RN_NORM_GROUP, groups);
        run_norm(&b, &norm, strcmp(names[i], "relu") == 0);
        tear_down(&b);
    }
}

Test(golden, max_pool_with_ties) {
    const char *names[] = {"odd", "even", "ties", "negative", "pixel"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        bench b;
        set_up(&b, "max_pool", names[i]);
        rn_tensor *x = input(&b, "x");
        run_back(&b, rn_max_pool_forward(&b.tape, x), x, "dx");
        tear_down(&b);
    }
}

Test(golden, upsampling_onto_a_larger_map) {
    const char *names[] = {"double", "odd", "pixel", "uneven", "same"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        bench b;
        set_up(&b, "upsample", names[i]);
        rn_tensor *lateral = input(&b, "lateral"), *top = input(&b, "top");
        run_back(&b, rn_upsample_add_forward(&b.tape, lateral, top), top, "dtop");
        expect(&b, lateral->grad, "dlateral", rn_tensor_count(lateral), RN_GOLDEN_IMAGE);
        tear_down(&b);
    }
}

Test(golden, relu_at_zero_has_no_gradient) {
    bench b;
    set_up(&b, "relu", "zeros");
    rn_tensor *x = input(&b, "x");
    run_back(&b, rn_relu_forward(&b.tape, x), x, "dx");
    tear_down(&b);
}

/* What fills whole networks on both sides is the same on both, to the last bit. */
Test(golden, rule_of_names_is_pythons) {
    const char *names[] = {"", "image0", "backbone.body.conv1.weight"};
    bench b;
    set_up(&b, "rule", "");
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        const rn_safetensor *value = rn_golden_find(&b.file, "rule/%s", names[i]);
        const rn_safetensor *place = rn_golden_find(&b.file, "places/%s", names[i]);
        const rn_float *values = rn_golden_values(&b.arena, value, RN_GOLDEN_AS_IS);
        const rn_float *places = rn_golden_values(&b.arena, place, RN_GOLDEN_AS_IS);
        rn_float got[8];
        rn_rule_fill(got, RN_COUNT(got), names[i], (rn_rule_span){1, .1875});
        for (size_t k = 0; k < RN_COUNT(got); k++) {
            cr_expect(got[k] == values[k], "%s[%zu]: %.9g, want %.9g", value->name, k,
                      (double)got[k], (double)values[k]);
            cr_expect((double)rn_rule_index(names[i], k, 1000003) == (double)places[k]);
        }
    }
    tear_down(&b);
}
