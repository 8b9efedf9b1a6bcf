#include "nn/conv.h"
#include "support/layer.h"
#include "support/naive_conv.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

typedef struct operation {
    rn_conv conv;
    rn_norm norm;
    rn_tensor *x;
    bool relu;
} operation;

static rn_tensor *run(rn_tape *tape, const void *with) {
    const operation *o = with;
    return rn_conv_forward(tape, &o->conv, &o->norm, o->relu, o->x);
}

static const struct row {
    const char *name;
    int n, h, w, c, k, kernel, stride;
    bool bias;
    rn_norm_kind norm;
    bool relu;
} rows[] = {
    {"3x3", 2, 7, 5, 3, 4, 3, 1, false, RN_NORM_NONE, false},
    {"3x3, bias, relu, several ranges", 2, 23, 17, 5, 6, 3, 1, true, RN_NORM_NONE, true},
    {"3x3, stride 2, bias", 1, 8, 9, 4, 3, 3, 2, true, RN_NORM_NONE, false},
    {"1x1, frozen norm", 2, 5, 5, 6, 8, 1, 1, false, RN_NORM_FROZEN, false},
    {"7x7, stride 2, frozen norm, relu", 1, 21, 19, 3, 8, 7, 2, false, RN_NORM_FROZEN, true},
    {"1x1, stride 2, batch norm, relu", 2, 9, 8, 5, 4, 1, 2, false, RN_NORM_BATCH, true},
    {"3x3, group norm, relu", 2, 6, 7, 4, 6, 3, 1, false, RN_NORM_GROUP, true},
};

static operation make(layer_step *step, const struct row *row) {
    operation o = {.relu = row->relu};
    o.conv =
        rn_conv_declare(&step->params, row->c, row->k, row->kernel, row->stride, row->bias, "conv");
    o.norm = rn_norm_declare(&step->params, row->norm, row->k, 2, "norm");
    rn_params_commit(&step->params, true);
    for (size_t i = 0; i < step->params.count; i++) layer_stir(step, step->params.list[i], .3);
    for (size_t j = 0; o.norm.variance && j < o.norm.variance->count; j++)
        o.norm.variance->value[j] = (rn_float)rn_rng_range(&step->rng, .5, 2);
    o.x = layer_input(step, row->n, row->h, row->w, row->c);
    return o;
}

static layer_case case_of(const struct row *row, const layer_step *step, const operation *o) {
    layer_case c = {.name = row->name, .run = run, .with = o};
    c.leaf[0] = layer_leaf_tensor("x", o->x);
    for (size_t i = 0; i < step->params.count; i++)
        c.leaf[i + 1] = layer_leaf_param(step->params.list[i]);
    return c;
}

/* The sums by seven loops, then bias or frozen norm and ReLU as they are defined. */
Test(conv, agrees_with_its_definition) {
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        layer_step step;
        if (rows[r].norm > RN_NORM_FROZEN) continue; /* test_norm has their arithmetic */
        layer_open(&step, r);
        operation o = make(&step, &rows[r]);
        const rn_tensor *y = run(&step.tape, &o);
        rn_conv_dims dims = {.n = o.x->n, .h = o.x->h, .w = o.x->w, .c = o.x->c, .k = y->c};
        dims.r = dims.s = rows[r].kernel, dims.stride = rows[r].stride, dims.pad = dims.r / 2;
        cr_assert(y->n == dims.n && y->h == (dims.h - 1) / dims.stride + 1 &&
                  y->w == (dims.w - 1) / dims.stride + 1 && y->c == rows[r].k);
        double *want = rn_arena_zeros(&step.arena, rn_tensor_count(y), sizeof *want);
        double *dx = rn_arena_zeros(&step.arena, rn_tensor_count(o.x), sizeof *dx);
        double *dw = rn_arena_zeros(&step.arena, o.conv.weight->count, sizeof *dw);
        naive_conv(want, dx, dw, o.x->value, o.conv.weight->value, y->value, &dims);
        for (size_t i = 0; i < rn_tensor_count(y); i++) {
            size_t k = i % (size_t)y->c;
            if (o.conv.bias) want[i] += (double)o.conv.bias->value[k];
            if (o.norm.scale)
                want[i] = (want[i] - (double)o.norm.mean->value[k]) /
                              sqrt((double)o.norm.variance->value[k] + 1e-5) *
                              (double)o.norm.scale->value[k] +
                          (double)o.norm.shift->value[k];
            if (o.relu && want[i] < 0) want[i] = 0;
        }
        layer_expect_near(rows[r].name, y->value, want, rn_tensor_count(y));
        layer_close(&step);
    }
}

Test(conv, passes_what_every_operation_must) {
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        layer_step step;
        layer_open(&step, r);
        operation o = make(&step, &rows[r]);
        layer_case c = case_of(&rows[r], &step, &o);
        layer_expect_derivative(&step, &c);
        layer_expect_same_bits(&step, &c);
        layer_expect_rehearsal(&step, &c);
        layer_close(&step);
    }
}

/* What a head does on the levels of a pyramid. */
Test(conv, used_twice_its_gradients_add_up) {
    rn_float *gradient[3];
    layer_step step;
    layer_open(&step, 1);
    operation o = make(&step, &rows[2]);
    rn_tensor *x[2] = {o.x, layer_input(&step, 2, 3, 5, 4)};
    for (int which = 1; which <= 3; which++) { /* the first, the second, both */
        for (int i = 0; i < 2; i++) {
            if (!(which & 1 << i)) continue;
            rn_tensor *y = rn_conv_forward(&step.tape, &o.conv, NULL, false, x[i]);
            rn_float *dy = rn_tape_gradient(&step.tape, y);
            for (size_t k = 0; k < rn_tensor_count(y); k++) dy[k] = (rn_float)(k % 3) - 1;
        }
        rn_params_zero_grad(&step.params);
        rn_tape_backward(&step.tape);
        rn_tape_clear(&step.tape);
        gradient[which - 1] = layer_copy(&step, step.params.grad, step.params.trainable);
    }
    for (size_t i = 0; i < step.params.trainable; i++) {
        double want = (double)gradient[0][i] + (double)gradient[1][i];
        layer_expect_near("gradient", &gradient[2][i], &want, 1);
    }
    layer_close(&step);
}

Test(conv, a_frozen_weight_lets_the_gradient_through_and_gets_none) {
    layer_step step;
    layer_open(&step, 2);
    rn_conv conv = rn_conv_declare(&step.params, 4, 3, 3, 1, true, "conv");
    cr_assert(rn_params_freeze(&step.params, "conv.") == 2);
    rn_params_commit(&step.params, true);
    layer_stir(&step, conv.weight, 1);
    rn_tensor *x = layer_input(&step, 1, 4, 4, 4);
    operation o = {.conv = conv, .x = x};
    layer_case c = {.name = "frozen", .run = run, .with = &o};
    c.leaf[0] = layer_leaf_tensor("x", x);
    layer_expect_derivative(&step, &c);
    cr_expect(!conv.weight->grad && !conv.bias->grad);
    layer_close(&step);
}

typedef struct visited {
    char name[RN_PARAM_NAME_SIZE];
    int calls, height, width;
    double multiply_adds;
} visited;

static void visit(void *user, const char *weight, const rn_tensor *x, const rn_tensor *y,
                  double multiply_adds) {
    visited *v = user;
    v->calls++, v->multiply_adds = multiply_adds, v->height = x->h, v->width = y->w;
    memcpy(v->name, weight, strlen(weight) + 1);
}

Test(conv, a_rehearsal_counts_the_arithmetic) {
    layer_step step;
    visited seen = {0};
    layer_open(&step, 3);
    operation o = make(&step, &rows[4]);
    rn_arena small = {0};
    rn_plan plan = {.memory = {.counting = true}, .visit = visit, .user = &seen};
    rn_tape dry = {.arena = &small, .plan = &plan, .recording = true};
    run(&dry, &o);
    run(&dry, &o);
    double once = 11 * 10 * 8 * 7 * 7 * 3; /* 21 x 19 at stride 2 */
    cr_expect(plan.multiply_adds == 2 * once);
    cr_expect(seen.calls == 2 && seen.multiply_adds == once && seen.height == 21 &&
              seen.width == 10);
    cr_expect_str_eq(seen.name, "conv.weight");
    rn_arena_free(&small);
    layer_close(&step);
}

Test(conv, another_number_of_channels_aborts, .signal = SIGABRT) {
    layer_step step;
    layer_open(&step, 4);
    operation o = make(&step, &rows[0]);
    o.x = layer_input(&step, 1, 4, 4, 2);
    run(&step.tape, &o);
}

Test(conv, a_bias_and_a_norm_abort, .signal = SIGABRT) {
    layer_step step;
    layer_open(&step, 5);
    operation o = make(&step, &(struct row){"both", 1, 4, 4, 3, 4, 3, 1, true, RN_NORM_FROZEN, 0});
    run(&step.tape, &o);
}
