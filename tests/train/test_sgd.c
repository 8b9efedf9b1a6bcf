#include "train/sgd.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "support/golden.h"

#include <criterion/criterion.h>
#include <string.h>

static const double ROUNDING = sizeof(rn_float) == 4 ? 1e-6 : 1e-14;

/* A tensor of F64 in the arena. */
static rn_float *values(rn_arena *arena, const rn_safetensors *file, const char *name) {
    const rn_safetensor *tensor = rn_safetensors_find(file, name);
    cr_assert(tensor, "%s", name);
    rn_float *value = rn_arena_zeros(arena, rn_safetensor_count(tensor), sizeof *value);
    cr_assert(rn_safetensor_to_real(value, tensor));
    return value;
}

/* Two ranges, as the trainer makes them: weight decay on the first ten values only. */
Test(sgd, three_steps_are_those_of_pytorch) {
    rn_arena arena = {0};
    rn_safetensors file;
    rn_golden_open(&file, "sgd.safetensors");
    rn_float *value = values(&arena, &file, "value"), *grad = values(&arena, &file, "grad"),
             *rate = values(&arena, &file, "rate");
    rn_float *want_value = values(&arena, &file, "values"),
             *want_velocity = values(&arena, &file, "velocities");
    rn_float *want_norm = values(&arena, &file, "norms"), velocity[16] = {0};
    const rn_sgd decayed = {.momentum = .9, .weight_decay = .01}, other = {.momentum = .9};
    for (int step = 0; step < 3; step++, grad += 16) {
        double norm = rn_sgd_gradient_norm(grad, 16, &arena), want = (double)want_norm[step];
        cr_expect(fabs(norm - want) <= ROUNDING * want, "norm %.17g, want %.17g", norm, want);
        rn_sgd_step(value, velocity, grad, 10, &decayed, (double)rate[step]);
        rn_sgd_step(value + 10, velocity + 10, grad + 10, 6, &other, (double)rate[step]);
        double v = rn_golden_distance(value, want_value + (ptrdiff_t)16 * step, 16);
        double m = rn_golden_distance(velocity, want_velocity + (ptrdiff_t)16 * step, 16);
        cr_expect(v <= ROUNDING && m <= ROUNDING, "step %d: off by %g and %g", step, v, m);
    }
    rn_safetensors_free(&file);
    rn_arena_free(&arena);
}

/* Without momentum and decay: plain gradient descent, which does not look at the old velocity. */
Test(sgd, plain_descent) {
    rn_float value[3] = {1, -2, 3}, velocity[3] = {7, 7, 7}, grad[3] = {4, 0, -8};
    rn_sgd_step(value, velocity, grad, 3, &(rn_sgd){0}, .25);
    cr_expect(value[0] == 0 && value[1] == -2 && value[2] == 5);
    cr_expect(memcmp(velocity, grad, sizeof grad) == 0);
    rn_sgd_step(value, velocity, grad, 0, &(rn_sgd){0}, .25);
    cr_expect(value[0] == 0);
}

/* A drop of the rate takes effect at once: the velocity holds gradients, not displacements. */
Test(sgd, the_rate_multiplies_after_the_momentum) {
    rn_float value = 0, velocity = 0, grad = 1;
    rn_sgd_step(&value, &velocity, &grad, 1, &(rn_sgd){.momentum = .5}, 1);
    cr_expect(value == -1 && velocity == 1);
    rn_sgd_step(&value, &velocity, &grad, 1, &(rn_sgd){.momentum = .5}, 0);
    cr_expect(value == -1 && velocity == (rn_float)1.5);
}

enum { MANY = 100003 };

static void fill(rn_float *x, const char *name) {
    rn_rng rng = rn_rng_stream(5, name, 0);
    for (size_t i = 0; i < MANY; i++) x[i] = (rn_float)rn_rng_normal(&rng);
}

Test(sgd, any_number_of_threads_gives_the_same_bits) {
    static rn_float value[MANY], velocity[MANY], grad[MANY], first_value[MANY], first_grad[MANY];
    rn_arena arena = {0};
    double first_norm = 0;
    for (int threads = 1; threads <= 5; threads++) {
        rn_parallel_set_threads(threads);
        fill(value, "value");
        fill(velocity, "velocity");
        fill(grad, "grad");
        double norm = rn_sgd_gradient_norm(grad, MANY, &arena);
        rn_sgd_scale(grad, MANY, 1 / norm);
        rn_sgd_step(value, velocity, grad, MANY, &(rn_sgd){.9, 1e-4}, .1);
        if (threads == 1) {
            first_norm = norm;
            memcpy(first_value, value, sizeof value);
            memcpy(first_grad, grad, sizeof grad);
        }
        cr_expect(norm == first_norm, "%d threads: norm %.17g, want %.17g", threads, norm,
                  first_norm);
        cr_expect(memcmp(value, first_value, sizeof value) == 0, "%d threads", threads);
        cr_expect(memcmp(grad, first_grad, sizeof grad) == 0, "%d threads", threads);
    }
    rn_arena_free(&arena);
}

Test(sgd, the_norm_is_summed_in_double_precision) {
    static rn_float grad[MANY];
    rn_arena arena = {0};
    for (size_t i = 0; i < MANY; i++) grad[i] = (rn_float)1e-3;
    grad[MANY / 2] = 100; /* in single precision the small squares would be lost beside it */
    double want = sqrt(1e4 + (MANY - 1) * 1e-6), got = rn_sgd_gradient_norm(grad, MANY, &arena);
    cr_expect(fabs(got - want) <= 1e-9 * want, "%.17g, want %.17g", got, want);
    cr_expect(rn_sgd_gradient_norm(grad, 0, &arena) == 0);
    cr_expect(arena.in_use == 0);
    rn_sgd_scale(grad, MANY, 5 / got);
    got = rn_sgd_gradient_norm(grad, MANY, &arena);
    cr_expect(fabs(got - 5) <= 5 * fmax(ROUNDING, 1e-12), "clipped to 5: %.17g", got);
    rn_arena_free(&arena);
}

Test(sgd, one_bad_gradient_shows_in_the_norm) {
    rn_float grad[1000] = {0};
    rn_arena arena = {0};
    grad[999] = (rn_float)NAN;
    cr_expect(isnan(rn_sgd_gradient_norm(grad, 1000, &arena)));
    grad[999] = (rn_float)-INFINITY;
    cr_expect(isinf(rn_sgd_gradient_norm(grad, 1000, &arena)));
    rn_arena_free(&arena);
}
