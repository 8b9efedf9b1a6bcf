#include "nn/conv.h"
#include "nn/eltwise.h"
#include "nn/pool.h"
#include "nn/upsample.h"
#include "support/layer.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

/* A network in small: a stem, a residual block, a top-down step; every kind of operation. */
typedef struct net {
    rn_conv stem, a, b, lateral, top;
    rn_norm frozen, batch, group;
} net;

static void declare(net *n, rn_params *params) {
    n->stem = rn_conv_declare(params, 3, 8, 7, 2, false, "stem");
    n->frozen = rn_norm_declare(params, RN_NORM_FROZEN, 8, 1, "stem.norm");
    n->a = rn_conv_declare(params, 8, 8, 3, 1, false, "body.a");
    n->batch = rn_norm_declare(params, RN_NORM_BATCH, 8, 1, "body.a.norm");
    n->b = rn_conv_declare(params, 8, 8, 3, 2, false, "body.b");
    n->group = rn_norm_declare(params, RN_NORM_GROUP, 8, 4, "body.b.norm");
    n->lateral = rn_conv_declare(params, 8, 5, 1, 1, true, "lateral");
    n->top = rn_conv_declare(params, 8, 5, 1, 1, true, "top");
}

static void make(layer_step *step, net *n, const char *frozen) {
    layer_open(step, 1);
    declare(n, &step->params);
    if (frozen) cr_assert(rn_params_freeze(&step->params, frozen) > 0);
    rn_params_commit(&step->params, true);
    for (size_t i = 0; i < step->params.count; i++)
        if (!strstr(step->params.list[i]->name, "running_var"))
            layer_stir(step, step->params.list[i], .2);
}

static rn_tensor *forward(rn_tape *tape, const net *n, rn_tensor *image) {
    rn_tensor *c1 = rn_conv_forward(tape, &n->stem, &n->frozen, true, image);
    rn_tensor *c2 = rn_max_pool_forward(tape, c1);
    rn_tape_mark mark = rn_tape_get_mark(tape);
    rn_tensor *branch = rn_conv_forward(tape, &n->a, &n->batch, true, c2);
    rn_tensor *c3 = rn_add_forward(tape, branch, c2, true);
    rn_tape_keep(tape, mark, &c3, 1);
    rn_tensor *c4 = rn_conv_forward(tape, &n->b, &n->group, false, c3);
    rn_tensor *top = rn_conv_forward(tape, &n->top, NULL, false, rn_relu_forward(tape, c4));
    return rn_upsample_add_forward(tape, rn_conv_forward(tape, &n->lateral, NULL, false, c3), top);
}

static rn_tensor *image_of(layer_step *step) {
    rn_tensor *image = layer_input(step, 2, 43, 37, 3);
    layer_stop_gradient(image);
    return image;
}

static void set_gradient(rn_tape *tape, rn_tensor *y) {
    rn_float *dy = rn_tape_gradient(tape, y);
    for (size_t i = 0; i < rn_tensor_count(y); i++) dy[i] = (rn_float)(i % 7) - 3;
}

static void send_back(rn_tape *tape, rn_tensor *y) {
    set_gradient(tape, y);
    rn_tape_backward(tape);
}

static size_t nodes(const rn_tape *tape) {
    size_t count = 0;
    for (const rn_node *node = tape->last; node; node = node->before) count++;
    return count;
}

/* x goes three ways, one of them twice: y = (relu(x) + x) + relu(x), whose slope is 3 or 1. */
Test(tape, what_fans_out_adds_up) {
    layer_step step;
    layer_open(&step, 0);
    rn_tensor *x = layer_input(&step, 1, 3, 5, 2), *r = rn_relu_forward(&step.tape, x);
    rn_tensor *y = rn_add_forward(&step.tape, rn_add_forward(&step.tape, r, x, false), r, false);
    rn_float *dy = rn_tape_gradient(&step.tape, y);
    for (size_t i = 0; i < rn_tensor_count(y); i++) dy[i] = (rn_float)i;
    rn_tape_backward(&step.tape);
    for (size_t i = 0; i < rn_tensor_count(x); i++)
        cr_assert(x->grad[i] == (rn_float)i * (x->value[i] > 0 ? 3 : 1), "%zu", i);
    layer_close(&step);
}

Test(tape, a_network_has_the_gradient_of_its_parts) {
    layer_step step;
    net n;
    make(&step, &n, NULL);
    rn_tensor *image = image_of(&step);
    rn_tensor *y = forward(&step.tape, &n, image);
    cr_expect(nodes(&step.tape) == 11); /* 5 convolutions, 2 norms, pool, add, relu, upsample */
    send_back(&step.tape, y);
    for (size_t i = 0; i < step.params.count; i++) {
        const rn_param *param = step.params.list[i];
        double size = 0;
        for (size_t k = 0; param->grad && k < param->count; k++)
            size += fabs((double)param->grad[k]);
        cr_expect(!param->grad || (isfinite(size) && size > 0), "%s", param->name);
    }
    layer_close(&step);
}

/* Two micro-batches, each forward and backward, into the same gradients. */
Test(tape, two_passes_give_twice_the_gradient) {
    layer_step step;
    net n;
    make(&step, &n, NULL);
    rn_tensor *image = image_of(&step);
    rn_arena memory = {0};
    rn_float *once = NULL;
    for (int pass = 0; pass < 2; pass++) {
        rn_tape tape = {.arena = &memory, .recording = true, .training = true};
        send_back(&tape, forward(&tape, &n, image));
        if (!once) once = layer_copy(&step, step.params.grad, step.params.trainable);
        rn_arena_reset(&memory);
    }
    for (size_t i = 0; i < step.params.trainable; i++) {
        double twice = 2 * (double)once[i];
        layer_expect_near("gradient", &step.params.grad[i], &twice, 1);
    }
    rn_arena_free(&memory);
    layer_close(&step);
}

/* Both passes on one tape, backward once. */
Test(tape, two_recorded_passes_give_twice_the_gradient) {
    layer_step step;
    net n;
    make(&step, &n, NULL);
    rn_tensor *image = image_of(&step);
    send_back(&step.tape, forward(&step.tape, &n, image));
    rn_float *once = layer_copy(&step, step.params.grad, step.params.trainable);
    rn_params_zero_grad(&step.params);
    rn_tape_clear(&step.tape);
    cr_assert(nodes(&step.tape) == 0);
    rn_tensor *first = forward(&step.tape, &n, image);
    rn_tensor *second = forward(&step.tape, &n, image);
    set_gradient(&step.tape, first);
    send_back(&step.tape, second);
    for (size_t i = 0; i < step.params.trainable; i++) {
        double twice = 2 * (double)once[i];
        layer_expect_near("gradient", &step.params.grad[i], &twice, 1);
    }
    layer_close(&step);
}

Test(tape, the_second_step_asks_the_system_for_nothing) {
    layer_step step;
    net n;
    make(&step, &n, NULL);
    rn_tensor *image = image_of(&step);
    rn_arena memory = {0};
    size_t calls = 0;
    for (int round = 0; round < 3; round++) {
        rn_tape tape = {.arena = &memory, .recording = true, .training = true};
        send_back(&tape, forward(&tape, &n, image));
        rn_tape_clear(&tape);
        rn_arena_reset(&memory); /* after the first round the blocks become one */
        if (round == 0) calls = memory.system_calls;
        cr_expect(memory.system_calls == calls, "round %d", round);
    }
    rn_arena_free(&memory);
    layer_close(&step);
}

Test(tape, inference_gives_the_same_values_without_nodes_or_gradients) {
    layer_step step;
    net n;
    make(&step, &n, NULL);
    rn_tensor *image = image_of(&step);
    rn_tape recorded = {.arena = &step.arena, .recording = true}, plain = {.arena = &step.arena};
    for (int training = 0; training < 2; training++) {
        recorded.training = plain.training = training;
        const rn_tensor *want = forward(&recorded, &n, image);
        const rn_tensor *got = forward(&plain, &n, image);
        cr_expect(!plain.last && want->wants_grad && !got->wants_grad);
        cr_expect(memcmp(want->value, got->value, rn_tensor_count(want) * sizeof *want->value) ==
                  0);
    }
    layer_close(&step);
}

/* Blocks of inference, each kept: what is held does not grow with their number. */
Test(tape, keep_holds_one_result_and_its_values) {
    enum { H = 60, W = 50, C = 4 };
    layer_step step;
    layer_open(&step, 2);
    rn_tape tape = {.arena = &step.arena};
    rn_tensor *start = layer_input(&step, 1, H, W, C), *y = start;
    size_t held = 0, size = sizeof(rn_float) * H * W * C, base = step.arena.in_use;
    rn_tape_mark mark = rn_tape_get_mark(&tape);
    for (int block = 0; block < 20; block++) {
        for (int i = 0; i < 3; i++) y = rn_add_forward(&tape, y, start, false);
        rn_tape_keep(&tape, mark, &y, 1);
        if (block == 0) held = step.arena.in_use;
        cr_expect(step.arena.in_use == held, "block %d", block);
    }
    cr_expect(held - base >= size && held - base < size + 512);
    cr_expect(step.arena.peak < base + 5 * (size + 512)); /* the kept one and three more */
    for (size_t i = 0; i < rn_tensor_count(y); i++) {
        rn_float want = start->value[i];
        for (int k = 0; k < 60; k++) want += start->value[i];
        cr_assert(y->value[i] == want, "%zu", i);
    }
    layer_close(&step);
}

Test(tape, keep_does_nothing_while_recording) {
    layer_step step;
    layer_open(&step, 3);
    rn_tensor *x = layer_input(&step, 1, 2, 2, 1);
    rn_tape_mark mark = rn_tape_get_mark(&step.tape);
    rn_tensor *y = rn_relu_forward(&step.tape, x), *kept = y;
    size_t held = step.arena.in_use;
    rn_tape_keep(&step.tape, mark, &kept, 1);
    cr_expect(kept == y && step.arena.in_use == held);
    layer_close(&step);
}

/* The levels of a layer move together, over what the layer before left there. */
Test(tape, keep_moves_several_results_in_order) {
    static const int sides[] = {9, 40, 1};
    layer_step step;
    layer_open(&step, 4);
    rn_tape tape = {.arena = &step.arena};
    rn_tensor *start[3], *y[3];
    for (int i = 0; i < 3; i++) y[i] = start[i] = layer_input(&step, 1, sides[i], sides[i], 70);
    rn_tape_mark mark = rn_tape_get_mark(&tape);
    size_t held = 0;
    for (int layer = 0; layer < 5; layer++) {
        for (int i = 0; i < 3; i++) {
            rn_tensor *between = rn_add_forward(&tape, y[i], y[i], false);
            y[i] = rn_add_forward(&tape, between, start[i], false); /* 2 y + start */
        }
        rn_tape_keep(&tape, mark, y, 3);
        if (layer == 0) held = step.arena.in_use;
        cr_expect(step.arena.in_use == held);
    }
    for (int i = 0; i < 3; i++)
        for (size_t j = 0; j < rn_tensor_count(y[i]); j++) {
            rn_float want = start[i]->value[j];
            for (int layer = 0; layer < 5; layer++) want = want + want + start[i]->value[j];
            cr_assert(y[i]->value[j] == want, "map %d, %zu", i, j);
        }
    layer_close(&step);
}

Test(tape, what_is_frozen_below_makes_no_nodes) {
    layer_step step;
    net n;
    make(&step, &n, "stem.");
    rn_tensor *image = image_of(&step);
    rn_tensor *y = forward(&step.tape, &n, image);
    cr_expect(nodes(&step.tape) == 9); /* without the stem and its pool */
    rn_float *stem = layer_copy(&step, n.stem.weight->value, n.stem.weight->count);
    send_back(&step.tape, y);
    cr_expect(!n.stem.weight->grad && n.a.weight->grad);
    cr_expect(memcmp(stem, n.stem.weight->value, n.stem.weight->count * sizeof *stem) == 0);
    layer_close(&step);
}

/* The image first, as in a real step: memory of the step and of the rehearsal, piece for piece. */
Test(tape, a_rehearsal_counts_what_a_step_takes) {
    for (int recording = 0; recording < 2; recording++) {
        layer_step step;
        net n;
        make(&step, &n, NULL);
        rn_float *before = layer_copy(&step, step.params.value, step.params.total);
        rn_arena real = {0}, small = {0};
        rn_plan plan = {.memory = {.counting = true}};
        rn_tape dry = {.arena = &small, .plan = &plan, .recording = recording, .training = true};
        rn_tensor planned = *forward(&dry, &n, rn_tape_tensor(&dry, 2, 43, 37, 3, false));
        cr_expect(memcmp(before, step.params.value, step.params.total * sizeof *before) == 0);
        rn_tape tape = {.arena = &real, .recording = recording, .training = true};
        rn_tensor *image = rn_tape_tensor(&tape, 2, 43, 37, 3, false);
        memset(image->value, 0, rn_tensor_count(image) * sizeof *image->value);
        const rn_tensor *y = forward(&tape, &n, image);
        cr_expect(real.in_use == plan.memory.in_use + small.in_use, "%zu, rehearsed %zu",
                  real.in_use, plan.memory.in_use + small.in_use);
        cr_expect(y->h == planned.h && y->w == planned.w && y->c == planned.c);
        cr_expect(plan.memory.in_use > 20 * small.in_use); /* hardly anything is really taken */
        rn_arena_free(&real), rn_arena_free(&small);
        layer_close(&step);
    }
}

/* A chain of equal maps: two buffers do, however long it is. */
Test(tape, gradients_have_memory_only_while_they_are_needed) {
    enum { COUNT = 4 * 64 * 64 * 8 };
    for (int length = 2; length <= 16; length *= 2) {
        layer_step step;
        layer_open(&step, 6);
        rn_tensor *x = layer_input(&step, 4, 64, 64, 8), *y = x;
        for (int i = 0; i < length; i++) y = rn_relu_forward(&step.tape, y);
        size_t held = step.arena.in_use, size = COUNT * sizeof(rn_float);
        set_gradient(&step.tape, y);
        rn_float *want = layer_copy(&step, y->grad, COUNT);
        rn_tape_backward(&step.tape);
        cr_expect(step.arena.peak - held < 4 * size, "%d maps: %zu bytes", length,
                  step.arena.peak - held);
        for (size_t i = 0; i < COUNT; i++)
            cr_assert(x->grad[i] == (x->value[i] > 0 ? want[i] : 0), "%d maps, %zu", length, i);
        layer_close(&step);
    }
}

Test(tape, backward_leaves_no_memory_taken) {
    layer_step step;
    net n;
    make(&step, &n, NULL);
    rn_tensor *y = forward(&step.tape, &n, image_of(&step));
    set_gradient(&step.tape, y);
    size_t held = step.arena.in_use;
    rn_tape_backward(&step.tape);
    cr_expect(step.arena.in_use == held && !y->grad);
    layer_close(&step);
}

/* The lateral convolution is used once more, and what it gives there does not count. */
Test(tape, what_nothing_depends_on_is_passed_over) {
    layer_step step;
    net n;
    make(&step, &n, NULL);
    rn_tensor *image = image_of(&step), *other = layer_input(&step, 1, 3, 3, 8);
    send_back(&step.tape, forward(&step.tape, &n, image));
    rn_float *want = layer_copy(&step, step.params.grad, step.params.trainable);
    rn_tape_clear(&step.tape);
    rn_params_zero_grad(&step.params);
    rn_tensor *y = forward(&step.tape, &n, image);
    rn_conv_forward(&step.tape, &n.lateral, NULL, false, other);
    send_back(&step.tape, y);
    cr_expect(memcmp(want, step.params.grad, step.params.trainable * sizeof *want) == 0);
    for (size_t i = 0; i < rn_tensor_count(other); i++) cr_assert(other->grad[i] == 0);
    layer_close(&step);
}

Test(tape, a_gradient_starts_as_zeros_where_one_is_wanted) {
    layer_step step;
    layer_open(&step, 4);
    rn_tensor *with = rn_tape_tensor(&step.tape, 2, 3, 4, 5, true);
    const rn_tensor *without = rn_tape_tensor(&step.tape, 2, 3, 4, 5, false);
    cr_expect(with->wants_grad && !with->grad && !without->wants_grad);
    const rn_float *gradient = rn_tape_gradient(&step.tape, with);
    for (size_t i = 0; i < 120; i++) cr_assert(gradient[i] == 0);
    cr_expect(rn_tensor_count(with) == 120 && rn_tensor_pixels(with) == 24);
    step.tape.recording = false;
    cr_expect(!rn_tape_tensor(&step.tape, 2, 3, 4, 5, true)->wants_grad);
    layer_close(&step);
}

Test(tape, a_gradient_that_is_not_wanted_aborts, .signal = SIGABRT) {
    layer_step step;
    layer_open(&step, 4);
    rn_tape_gradient(&step.tape, rn_tape_tensor(&step.tape, 2, 3, 4, 5, false));
}

Test(tape, a_tensor_without_columns_aborts, .signal = SIGABRT) {
    layer_step step;
    layer_open(&step, 5);
    rn_tape_tensor(&step.tape, 1, 3, 0, 3, false);
}
