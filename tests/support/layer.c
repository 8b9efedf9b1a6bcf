#include "support/layer.h"
#include "base/parallel.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <string.h>

void layer_open(layer_step *step, uint64_t seed) {
    *step = (layer_step){.tape = {.recording = true, .training = true},
                         .rng = rn_rng_stream(seed, "layer", 0)};
    step->tape.arena = &step->arena;
}

void layer_close(layer_step *step) {
    rn_params_free(&step->params);
    rn_arena_free(&step->arena);
}

rn_tensor *layer_input(layer_step *step, int n, int h, int w, int c) {
    rn_tensor *x = rn_tape_tensor(&step->tape, n, h, w, c, true);
    x->grad = rn_arena_zeros(&step->arena, rn_tensor_count(x), sizeof *x->grad);
    for (size_t i = 0; i < rn_tensor_count(x); i++)
        x->value[i] = (rn_float)rn_rng_normal(&step->rng);
    return x;
}

void layer_stop_gradient(rn_tensor *x) {
    x->grad = NULL;
    x->wants_grad = false;
}

void layer_stir(layer_step *step, const rn_param *param, double size) {
    for (size_t i = 0; i < param->count; i++)
        param->value[i] += (rn_float)(size * rn_rng_normal(&step->rng));
}

rn_float *layer_copy(layer_step *step, const rn_float *from, size_t count) {
    return memcpy(rn_arena_alloc(&step->arena, count * sizeof *from), from, count * sizeof *from);
}

void layer_expect_near(const char *what, const rn_float *got, const double *want, size_t count) {
    cr_assert(count > 0);
    for (size_t i = 0; i < count; i++)
        if (!rn_test_near((double)got[i], want[i], LAYER_TOLERANCE, LAYER_TOLERANCE))
            cr_assert_fail("%s[%zu]: %.9g, want %.9g", what, i, (double)got[i], want[i]);
}

layer_leaf layer_leaf_tensor(const char *name, const rn_tensor *tensor) {
    return (layer_leaf){name, tensor->value, tensor->grad, rn_tensor_count(tensor), true};
}

layer_leaf layer_leaf_param(const rn_param *param) {
    return (layer_leaf){param->name, param->value, param->grad, param->count, false};
}

/* Pieces of an arena are rounded up to 64 bytes, twice that under the address sanitizer. */
enum { SLACK = 1024 };

/* Random numbers of a fixed stream, the same whenever they are asked for. */
static double upstream(rn_rng *rng) { return rn_rng_range(rng, -1, 1); }

/* sum r y, computed without recording. */
static double weighted_sum(layer_step *step, const layer_case *c) {
    rn_arena_mark mark = rn_arena_get_mark(&step->arena);
    rn_tape tape = step->tape;
    tape.recording = false;
    const rn_tensor *y = c->run(&tape, c->with);
    rn_rng rng = rn_rng_stream(1, "upstream", 0);
    double sum = 0;
    for (size_t i = 0; i < rn_tensor_count(y); i++) sum += upstream(&rng) * (double)y->value[i];
    rn_arena_release(&step->arena, mark);
    return sum;
}

static void set_upstream(rn_float *gradient, size_t count) {
    rn_rng rng = rn_rng_stream(1, "upstream", 0);
    for (size_t i = 0; i < count; i++) gradient[i] = (rn_float)upstream(&rng);
}

/* Forward and backward from the gradient r; returns y. */
static rn_tensor *run_both_ways(rn_tape *tape, const layer_case *c) {
    rn_tensor *y = c->run(tape, c->with);
    cr_assert(y->wants_grad && tape->last, "%s: nothing was recorded", c->name);
    set_upstream(rn_tape_gradient(tape, y), rn_tensor_count(y));
    rn_tape_backward(tape);
    rn_tape_clear(tape);
    return y;
}

static double central_difference(layer_step *step, const layer_case *c, const layer_leaf *leaf,
                                 const signed char *sign) {
    double h = sizeof(rn_float) == 8 ? 0x1p-20 : 0x1p-11, f[2];
    rn_float *kept = layer_copy(step, leaf->value, leaf->count);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < leaf->count; i++)
            leaf->value[i] = kept[i] + (rn_float)((side ? -h : h) * sign[i]);
        f[side] = weighted_sum(step, c);
    }
    memcpy(leaf->value, kept, leaf->count * sizeof *kept);
    return (f[0] - f[1]) / (2 * h);
}

/* gradient: what backward added. Its length is what the slope along random signs is likely to be,
 * and so the measure of an error. */
static void expect_slopes(layer_step *step, const layer_case *c, const layer_leaf *leaf,
                          const double *gradient) {
    signed char *sign = rn_arena_alloc(&step->arena, leaf->count);
    double tolerance = sizeof(rn_float) == 8 ? 1e-7 : .03, square = 0;
    for (size_t i = 0; i < leaf->count; i++) square += gradient[i] * gradient[i];
    cr_assert(square > 0, "%s: no gradient of %s", c->name, leaf->name);
    for (int direction = 0; direction < 3; direction++) {
        double want = 0;
        for (size_t i = 0; i < leaf->count; i++) {
            sign[i] = rn_rng_below(&step->rng, 2) ? 1 : -1;
            want += sign[i] * gradient[i];
        }
        double slope = central_difference(step, c, leaf, sign);
        cr_expect(rn_test_near(want, slope, 0, tolerance * sqrt(square)),
                  "%s: along random signs of %s the gradient is %.9g, the slope %.9g", c->name,
                  leaf->name, want, slope);
    }
}

void layer_expect_derivative(layer_step *step, const layer_case *c) {
    double *gradient[LAYER_LEAVES] = {0};
    for (const layer_leaf *leaf = c->leaf; leaf->name; leaf++)
        for (size_t i = 0; leaf->grad && i < leaf->count; i++)
            leaf->grad[i] = (rn_float)(i % 5) - 2; /* something to add to */
    run_both_ways(&step->tape, c);
    for (size_t l = 0; c->leaf[l].name; l++) {
        const layer_leaf *leaf = &c->leaf[l];
        if (!leaf->grad) continue;
        gradient[l] = rn_arena_zeros(&step->arena, leaf->count, sizeof(double));
        for (size_t i = 0; i < leaf->count; i++)
            gradient[l][i] = (double)leaf->grad[i] - ((double)(i % 5) - 2);
        expect_slopes(step, c, leaf, gradient[l]);
    }
}

/* y, the gradients and the states, one after the other. */
static size_t copy_results(rn_float *to, const rn_tensor *y, const layer_case *c) {
    size_t count = rn_tensor_count(y);
    memcpy(to, y->value, count * sizeof *to);
    for (const layer_leaf *leaf = c->leaf; leaf->name; leaf++) {
        memcpy(to + count, leaf->grad ? leaf->grad : leaf->value, leaf->count * sizeof *to);
        count += leaf->count;
    }
    return count;
}

static rn_float *results(layer_step *step, const layer_case *c, int threads, bool recording,
                         size_t *count) {
    rn_tape tape = {.arena = &step->arena, .recording = recording, .training = step->tape.training};
    rn_float *before[LAYER_LEAVES] = {0};
    size_t total = 0;
    for (size_t l = 0; c->leaf[l].name; l++) {
        const layer_leaf *leaf = &c->leaf[l];
        total += leaf->count;
        before[l] = layer_copy(step, leaf->value, leaf->count);
        if (leaf->grad) memset(leaf->grad, 0, leaf->count * sizeof *leaf->grad);
    }
    rn_parallel_set_threads(threads);
    const rn_tensor *y = recording ? run_both_ways(&tape, c) : c->run(&tape, c->with);
    rn_float *copy = rn_arena_zeros(&step->arena, total + rn_tensor_count(y), sizeof *copy);
    *count = recording ? copy_results(copy, y, c) : rn_tensor_count(y);
    if (!recording) {
        cr_expect(!y->wants_grad && !tape.last, "%s: recorded without being asked to", c->name);
        memcpy(copy, y->value, *count * sizeof *copy);
    }
    for (size_t l = 0; c->leaf[l].name; l++)
        memcpy(c->leaf[l].value, before[l], c->leaf[l].count * sizeof(rn_float));
    return copy;
}

void layer_expect_same_bits(layer_step *step, const layer_case *c) {
    static const struct {
        int threads;
        bool recording;
    } other[] = {{2, true}, {5, true}, {2, false}};
    size_t count;
    const rn_float *want = results(step, c, 1, true, &count);
    for (size_t i = 0; i < RN_COUNT(other); i++) {
        const rn_float *got = results(step, c, other[i].threads, other[i].recording, &count);
        cr_expect(memcmp(got, want, count * sizeof *want) == 0, "%s: %d threads, %srecording",
                  c->name, other[i].threads, other[i].recording ? "" : "not ");
    }
}

void layer_expect_rehearsal(layer_step *step, const layer_case *c) {
    rn_arena small = {0}, real = {0};
    rn_plan plan = {.memory = {.counting = true}};
    rn_tape dry = {.arena = &small, .plan = &plan, .recording = true, .training = true};
    rn_tape tape = {.arena = &real, .recording = true, .training = true};
    const rn_float *before[LAYER_LEAVES] = {0};
    for (size_t l = 0; c->leaf[l].name; l++)
        before[l] = layer_copy(step, c->leaf[l].value, c->leaf[l].count);
    rn_tensor *dry_y = c->run(&dry, c->with), planned = *dry_y;
    for (size_t l = 0; c->leaf[l].name; l++)
        cr_expect(memcmp(before[l], c->leaf[l].value, c->leaf[l].count * sizeof(rn_float)) == 0,
                  "%s: a rehearsal touches %s", c->name, c->leaf[l].name);
    rn_tensor *y = c->run(&tape, c->with);
    size_t taken = real.in_use, counted = plan.memory.in_use + small.in_use;
    cr_expect(taken == counted, "%s takes %zu bytes, its rehearsal %zu", c->name, taken, counted);
    cr_expect(y->n == planned.n && y->h == planned.h && y->w == planned.w && y->c == planned.c);
    rn_tape_gradient(&dry, dry_y);
    rn_tape_backward(&dry);
    set_upstream(rn_tape_gradient(&tape, y), rn_tensor_count(y));
    taken = real.in_use;
    rn_tape_backward(&tape);
    cr_expect(real.in_use == taken, "%s: backward leaves scratch behind", c->name);
    cr_expect(real.peak <= plan.memory.peak + small.peak + SLACK,
              "%s takes %zu bytes at most, planned %zu", c->name, real.peak,
              plan.memory.peak + small.peak);
    rn_arena_free(&small), rn_arena_free(&real);
}

/* The only node's backward pass, with the gradient r of y and `start` in those of its inputs. */
static rn_float *send_back(layer_step *step, const layer_case *c, bool store, rn_float start) {
    rn_tape tape = {.arena = &step->arena, .recording = true, .training = step->tape.training};
    rn_tensor *y = c->run(&tape, c->with), *x;
    rn_node *node = tape.last;
    cr_assert(node && !node->before && node->stores && node->output[0] == y, "%s", c->name);
    set_upstream(rn_tape_gradient(&tape, y), rn_tensor_count(y));
    size_t count = 0;
    for (int i = 0; (x = node->input[i]); i++) {
        for (size_t k = 0; k < rn_tensor_count(x); k++) x->grad[k] = start;
        x->grad_is_new = store;
        count += rn_tensor_count(x);
    }
    node->backward(node, &step->arena);
    rn_float *gradients = rn_arena_zeros(&step->arena, count, sizeof *gradients), *to = gradients;
    for (int i = 0; (x = node->input[i]); to += rn_tensor_count(x), i++) {
        memcpy(to, x->grad, rn_tensor_count(x) * sizeof *to);
        x->grad_is_new = false;
    }
    return gradients;
}

void layer_expect_stored(layer_step *step, const layer_case *c) {
    const rn_float *added = send_back(step, c, false, 0);
    const rn_float *stored = send_back(step, c, true, NAN);
    size_t count = 0;
    for (const layer_leaf *leaf = c->leaf; leaf->name; leaf++)
        if (leaf->is_tensor) count += leaf->count;
    cr_assert(count > 0);
    for (size_t i = 0; i < count; i++)
        cr_assert(stored[i] == added[i], "%s: gradient %zu stored is %g, added to 0 %g", c->name, i,
                  (double)stored[i], (double)added[i]);
}
