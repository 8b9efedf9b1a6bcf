/* The layers on a tape: derivatives, fan-out, freezing, rehearsal, memory, threads. PyTorch's
 * numbers for the same layers are in test_golden.c. */
#include "base/parallel.h"
#include "base/rng.h"
#include "nn/conv.h"
#include "nn/eltwise.h"
#include "nn/pool.h"
#include "nn/upsample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A layer on an input x of (2, 7, 5, 6); parameters and a second input where it needs them. */
typedef struct layer_case layer_case;
struct layer_case {
    const char *name;
    void (*declare)(layer_case *l, rn_params *params);
    rn_tensor *(*forward)(const layer_case *l, rn_tape *tape, rn_tensor *x);
    rn_conv conv;
    rn_norm norm;
};

enum { N = 2, H = 7, W = 5, C = 6, K = 4 };

static rn_tensor *filled(rn_tape *tape, int n, int h, int w, int c, const char *name) {
    rn_tensor *t = rn_tape_tensor(tape, n, h, w, c, true);
    rn_rng rng = rn_rng_stream(2, name, 0);
    for (size_t i = 0; i < rn_tensor_count(t); i++)
        t->value[i] = (rn_float)rn_rng_range(&rng, -1, 1);
    return t;
}

static void declare_conv(layer_case *l, rn_params *p) {
    l->conv = rn_conv_declare(p, C, K, 3, 2, true, "conv");
}
static rn_tensor *conv(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    return rn_conv_forward(tape, &l->conv, NULL, true, x);
}
static void declare_frozen(layer_case *l, rn_params *p) {
    l->conv = rn_conv_declare(p, C, K, 3, 1, false, "conv");
    l->norm = rn_norm_declare(p, RN_NORM_FROZEN, K, 1, "norm");
}
static void declare_batch(layer_case *l, rn_params *p) {
    l->conv = rn_conv_declare(p, C, K, 3, 1, false, "conv");
    l->norm = rn_norm_declare(p, RN_NORM_BATCH, K, 1, "norm");
}
static void declare_group(layer_case *l, rn_params *p) {
    l->conv = rn_conv_declare(p, C, K, 1, 1, false, "conv");
    l->norm = rn_norm_declare(p, RN_NORM_GROUP, K, 2, "norm");
}
static rn_tensor *conv_norm(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    return rn_conv_forward(tape, &l->conv, &l->norm, true, x);
}
static rn_tensor *pool(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    (void)l;
    return rn_max_pool_forward(tape, x);
}
static rn_tensor *upsample(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    (void)l; /* 7 x 5 onto 17 x 9: factors that are not whole */
    return rn_upsample_add_forward(tape, filled(tape, N, 17, 9, C, "lateral"), x);
}
static rn_tensor *lateral(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    (void)l;
    return rn_upsample_add_forward(tape, x, filled(tape, N, 3, 2, C, "top"));
}
static rn_tensor *relu(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    (void)l;
    return rn_relu_forward(tape, x);
}
/* x feeds both branches: the gradients must add up. */
static rn_tensor *residual(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    (void)l;
    return rn_add_forward(tape, rn_relu_forward(tape, x), x, true);
}

static layer_case layers[] = {
    {.name = "conv, bias, relu", .declare = declare_conv, .forward = conv},
    {.name = "conv, frozen norm", .declare = declare_frozen, .forward = conv_norm},
    {.name = "conv, batch norm", .declare = declare_batch, .forward = conv_norm},
    {.name = "conv, group norm", .declare = declare_group, .forward = conv_norm},
    {.name = "max pool", .forward = pool},
    {.name = "upsample top", .forward = upsample},
    {.name = "upsample lateral", .forward = lateral},
    {.name = "relu", .forward = relu},
    {.name = "residual", .forward = residual},
};

/* A layer with random parameters (running variances stay positive). */
static void make(layer_case *l, rn_params *params) {
    *params = (rn_params){0};
    if (l->declare) l->declare(l, params);
    rn_params_commit(params, true);
    rn_rng rng = rn_rng_stream(3, l->name, 0);
    for (size_t i = 0; i < params->total; i++)
        params->value[i] += (rn_float)rn_rng_range(&rng, -.4, .4);
}

/* sum r y, with r drawn by place; leaves its gradient in the tape's tensors when it records. */
static double weighted_sum(const layer_case *l, rn_tape *tape, rn_tensor *x) {
    rn_tensor *y = l->forward(l, tape, x);
    rn_rng rng = rn_rng_stream(4, "upstream", 0);
    double sum = 0;
    for (size_t i = 0; i < rn_tensor_count(y); i++) {
        double r = rn_rng_range(&rng, -1, 1);
        sum += r * (double)y->value[i];
        if (y->grad) y->grad[i] += (rn_float)r;
    }
    return sum;
}

static double evaluate(const layer_case *l, const rn_float *x) {
    rn_arena arena = {0};
    rn_tape tape = {.arena = &arena, .training = true};
    rn_tensor *input = rn_tape_tensor(&tape, N, H, W, C, false);
    memcpy(input->value, x, rn_tensor_count(input) * sizeof *x);
    double sum = weighted_sum(l, &tape, input);
    rn_arena_free(&arena);
    return sum;
}

/* Along random signs: (f(v + h s) - f(v - h s)) / 2h against the sum of s * gradient. */
static double directional(const layer_case *l, rn_float *value, size_t count, const rn_float *x,
                          const rn_float *grad, double *want) {
    double h = sizeof(rn_float) == 8 ? 1e-6 : 1e-3, f[2];
    rn_float *kept = malloc(count * sizeof *kept);
    *want = 0;
    memcpy(kept, value, count * sizeof *kept);
    for (int side = 0; side < 2; side++) {
        rn_rng rng = rn_rng_stream(5, "signs", 0);
        *want = 0;
        for (size_t i = 0; i < count; i++) {
            double sign = rn_rng_uniform(&rng) < .5 ? -1 : 1;
            value[i] = kept[i] + (rn_float)(side ? -h * sign : h * sign);
            *want += sign * (double)grad[i];
        }
        f[side] = evaluate(l, x);
    }
    memcpy(value, kept, count * sizeof *kept);
    free(kept);
    return (f[0] - f[1]) / (2 * h);
}

Test(layers, gradients_are_derivatives) {
    double tolerance = sizeof(rn_float) == 8 ? 1e-6 : 1e-1; /* float: a ReLU may switch within h */
    for (size_t i = 0; i < RN_COUNT(layers); i++) {
        layer_case l = layers[i];
        rn_params params;
        rn_arena arena = {0};
        make(&l, &params);
        rn_tape tape = {.arena = &arena, .recording = true, .training = true};
        rn_tensor *x = filled(&tape, N, H, W, C, "x");
        weighted_sum(&l, &tape, x);
        rn_tape_backward(&tape);
        double want, got = directional(&l, x->value, rn_tensor_count(x), x->value, x->grad, &want);
        cr_expect(fabs(got - want) <= tolerance * (1 + fabs(want)), "%s, input: %g, derivative %g",
                  l.name, want, got);
        for (size_t p = 0; p < params.count; p++) {
            rn_param *param = params.list[p];
            if (!param->grad) continue;
            got = directional(&l, param->value, param->count, x->value, param->grad, &want);
            cr_expect(fabs(got - want) <= tolerance * (1 + fabs(want)), "%s, %s: %g, derivative %g",
                      l.name, param->name, want, got);
        }
        rn_arena_free(&arena);
        rn_params_free(&params);
    }
}

/* x and all parameter gradients after one pass on so many threads. */
static rn_float *gradients(size_t which, int threads, int passes, size_t *count) {
    layer_case l = layers[which];
    rn_params params;
    rn_arena arena = {0};
    rn_parallel_set_threads(threads);
    make(&l, &params);
    rn_float *result = calloc(params.trainable + N * H * W * C, sizeof *result);
    for (int pass = 0; pass < passes; pass++) {
        rn_tape tape = {.arena = &arena, .recording = true, .training = true};
        rn_tensor *x = filled(&tape, N, H, W, C, "x");
        weighted_sum(&l, &tape, x);
        rn_tape_backward(&tape);
        for (size_t i = 0; i < N * H * W * C; i++) result[params.trainable + i] += x->grad[i];
        rn_arena_reset(&arena);
    }
    if (params.trainable) memcpy(result, params.grad, params.trainable * sizeof *result);
    *count = params.trainable + N * H * W * C;
    rn_arena_free(&arena);
    rn_params_free(&params);
    return result;
}

Test(layers, the_number_of_threads_changes_no_bit) {
    for (size_t i = 0; i < RN_COUNT(layers); i++) {
        size_t count;
        rn_float *one = gradients(i, 1, 1, &count), *two = gradients(i, 2, 1, &count);
        rn_float *five = gradients(i, 5, 1, &count);
        cr_expect(memcmp(one, two, count * sizeof *one) == 0, "%s on 2 threads", layers[i].name);
        cr_expect(memcmp(one, five, count * sizeof *one) == 0, "%s on 5 threads", layers[i].name);
        free(one), free(two), free(five);
    }
}

Test(layers, two_passes_give_twice_the_gradient) {
    for (size_t i = 0; i < RN_COUNT(layers); i++) {
        size_t count;
        rn_float *once = gradients(i, 2, 1, &count), *twice = gradients(i, 2, 2, &count);
        double worst = 0, largest = 0;
        for (size_t j = 0; j < count; j++) {
            worst = fmax(worst, fabs((double)twice[j] - 2 * (double)once[j]));
            largest = fmax(largest, fabs((double)once[j]));
        }
        cr_expect(largest > 0 && worst <= 1e-5 * largest, "%s", layers[i].name);
        free(once), free(twice);
    }
}

Test(layers, inference_makes_no_nodes_and_gives_the_same_values) {
    for (size_t i = 0; i < RN_COUNT(layers); i++) {
        layer_case l = layers[i];
        rn_params params;
        rn_arena arena = {0};
        make(&l, &params);
        rn_tape recorded = {.arena = &arena, .recording = true}, plain = {.arena = &arena};
        rn_tensor *x = filled(&recorded, N, H, W, C, "x");
        rn_tensor *a = l.forward(&l, &recorded, x);
        rn_tape_mark mark = rn_tape_get_mark(&plain);
        rn_tensor *b = rn_tape_keep(&plain, mark, l.forward(&l, &plain, x));
        size_t kept = arena.in_use;
        cr_expect(plain.last == NULL && b->grad == NULL, "%s", l.name);
        cr_expect(memcmp(a->value, b->value, rn_tensor_count(a) * sizeof *a->value) == 0, "%s",
                  l.name);
        /* the kept tensor is all that is left: its struct and its values, rounded up to 64 bytes */
        cr_expect(kept - mark.arena.in_use <= rn_tensor_count(b) * sizeof(rn_float) + 4 * 64);
        rn_arena_free(&arena);
        rn_params_free(&params);
    }
}

Test(layers, an_absorbed_norm_equals_a_norm_behind_the_convolution) {
    static const rn_norm_kind kinds[] = {RN_NORM_FROZEN, RN_NORM_BATCH};
    for (size_t i = 0; i < RN_COUNT(kinds); i++) {
        layer_case l = {.name = "absorbed",
                        .declare = kinds[i] == RN_NORM_FROZEN ? declare_frozen : declare_batch};
        rn_params params;
        rn_arena arena = {0};
        make(&l, &params);
        rn_tape tape = {.arena = &arena}; /* not training: batch norm uses its running statistics */
        rn_tensor *x = filled(&tape, N, H, W, C, "x");
        rn_tensor *fused = rn_conv_forward(&tape, &l.conv, &l.norm, true, x);
        rn_tensor *apart =
            rn_norm_forward(&tape, &l.norm, rn_conv_forward(&tape, &l.conv, NULL, false, x), true);
        for (size_t j = 0; j < rn_tensor_count(fused); j++)
            cr_expect(fabs((double)(fused->value[j] - apart->value[j])) <= 1e-5);
        rn_arena_free(&arena);
        rn_params_free(&params);
    }
}

Test(layers, what_is_frozen_makes_no_node_and_gets_no_gradient) {
    rn_params params = {0};
    rn_arena arena = {0};
    rn_conv lower = rn_conv_declare(&params, C, K, 3, 1, true, "lower");
    rn_conv upper = rn_conv_declare(&params, K, K, 3, 1, true, "upper");
    cr_assert(rn_params_freeze(&params, "lower.") == 2);
    rn_params_commit(&params, true);
    rn_tape tape = {.arena = &arena, .recording = true, .training = true};
    rn_tensor *x = filled(&tape, N, H, W, C, "x");
    x->grad = NULL; /* an image */
    rn_tensor *middle = rn_conv_forward(&tape, &lower, NULL, true, x);
    cr_expect(tape.last == NULL && middle->grad == NULL && lower.weight->grad == NULL);
    rn_tensor *y = rn_conv_forward(&tape, &upper, NULL, true, middle);
    cr_expect(tape.last != NULL && y->grad != NULL && upper.weight->grad != NULL);
    rn_tape_backward(&tape);
    rn_arena_free(&arena);
    rn_params_free(&params);
}

/* A rehearsal takes the memory that the real thing takes, and none of it is touched. */
Test(layers, a_rehearsal_counts_what_a_step_takes) {
    for (size_t i = 0; i < RN_COUNT(layers); i++) {
        layer_case l = layers[i];
        rn_params params;
        rn_arena real = {0}, rehearsal = {0};
        rn_plan plan = {.memory = {.counting = true}};
        if (l.forward == upsample || l.forward == lateral) continue; /* fill a second input */
        make(&l, &params);
        rn_tape tape = {.arena = &real, .recording = true, .training = true};
        l.forward(&l, &tape, rn_tape_tensor(&tape, N, H, W, C, true));
        rn_tape dry = {.arena = &rehearsal, .plan = &plan, .recording = true, .training = true};
        l.forward(&l, &dry, rn_tape_tensor(&dry, N, H, W, C, true));
        size_t counted = plan.memory.in_use + rehearsal.in_use;
        /* a real convolution also keeps the two arrays of an absorbed norm */
        cr_expect(counted <= real.in_use && real.in_use - counted <= 256, "%s: %zu and %zu", l.name,
                  counted, real.in_use);
        cr_expect((plan.multiply_adds > 0) == (l.declare != NULL), "%s", l.name);
        rn_arena_free(&real), rn_arena_free(&rehearsal);
        rn_params_free(&params);
    }
}

Test(norm, running_statistics_follow_the_batch) {
    rn_params params = {0};
    rn_arena arena = {0};
    rn_norm norm = rn_norm_declare(&params, RN_NORM_BATCH, 1, 1, "norm");
    rn_params_commit(&params, true);
    rn_tape tape = {.arena = &arena, .training = true};
    rn_tensor *x = rn_tape_tensor(&tape, 1, 1, 4, 1, false);
    memcpy(x->value, (rn_float[]){1, 2, 3, 6}, 4 * sizeof(rn_float));
    rn_norm_forward(&tape, &norm, x, false);
    /* mean 3, unbiased variance 14 / 3, a tenth of the way from 0 and 1 */
    cr_expect(fabs((double)norm.mean->value[0] - .3) <= 1e-6);
    cr_expect(fabs((double)norm.variance->value[0] - (.9 + 14 / 30.)) <= 1e-6);
    rn_arena_free(&arena);
    rn_params_free(&params);
}

Test(param, the_slab_is_ordered_decayed_other_untrained) {
    rn_params params = {0};
    int c = 3;
    rn_norm frozen = rn_norm_declare(&params, RN_NORM_FROZEN, c, 1, "f");
    rn_param *bias = rn_params_declare(&params, RN_PARAM_BIAS, &c, "bias");
    rn_param *weight = rn_params_declare(&params, RN_PARAM_CONV, (int[]){1, 1, 2, 3}, "weight");
    rn_params_commit(&params, true);
    cr_expect(params.decayed == 6 && params.trainable == 9 && params.total == 21);
    cr_expect(weight->value == params.value && bias->value == params.value + 6);
    cr_expect(frozen.scale->value >= params.value + 9 && frozen.scale->grad == NULL);
    cr_expect(frozen.scale->value[0] == 1 && frozen.variance->value[2] == 1 && bias->value[0] == 0);
    cr_expect(rn_params_find(&params, "bias") == bias && rn_params_find(&params, "b") == NULL);
    rn_params_free(&params);
}

Test(param, a_name_twice_aborts, .signal = SIGABRT) {
    rn_params params = {0};
    int c = 3;
    rn_params_declare(&params, RN_PARAM_BIAS, &c, "bias");
    rn_params_declare(&params, RN_PARAM_BIAS, &c, "bias");
}

Test(layers, shapes_that_do_not_fit_abort, .signal = SIGABRT) {
    rn_arena arena = {0};
    rn_tape tape = {.arena = &arena};
    rn_add_forward(&tape, filled(&tape, 1, 2, 2, 3, "a"), filled(&tape, 1, 2, 3, 3, "b"), false);
}

/* P7 of one small picture is a single pixel: its batch norm falls back on the running statistics.
 */
Test(norm, a_single_pixel_uses_the_running_statistics) {
    rn_params params = {0};
    rn_arena arena = {0};
    layer_case l = {0};
    declare_batch(&l, &params);
    rn_params_commit(&params, true);
    for (size_t i = 0; i < l.conv.weight->count; i++)
        l.conv.weight->value[i] = (rn_float).01 * (rn_float)i;
    rn_tape tape = {.arena = &arena, .recording = true, .training = true};
    rn_tensor *x = filled(&tape, 1, 1, 1, C, "x");
    rn_tensor *y = rn_conv_forward(&tape, &l.conv, &l.norm, false, x);
    rn_tensor *sum = rn_conv_forward(&tape, &l.conv, NULL, false, x);
    for (int k = 0; k < K; k++) /* mean 0, variance 1 */
        cr_expect(fabs((double)(y->value[k] * sqrt(1 + (rn_float)1e-5) - sum->value[k])) <= 1e-6);
    y->grad[0] = 1;
    rn_tape_backward(&tape);
    double gradient = 0;
    for (size_t i = 0; i < l.conv.weight->count; i++)
        gradient += fabs((double)l.conv.weight->grad[i]);
    cr_expect(gradient > 0);
    cr_expect(l.norm.mean->value[0] == 0 && l.norm.variance->value[0] == 1);
    rn_arena_free(&arena);
    rn_params_free(&params);
}
