#include "nn/pool.h"
#include "nn/pool_kernel.h"
#include "support/layer.h"

#include <criterion/criterion.h>
#include <string.h>

static const int shapes[][4] = {{1, 1, 1, 1}, {1, 2, 1, 3},  {2, 5, 7, 3},  {1, 6, 4, 17},
                                {3, 1, 9, 2}, {2, 8, 11, 5}, {1, 7, 6, 64}, {2, 3, 2, 33}};

static rn_tensor *run(rn_tape *tape, const void *with) {
    return rn_max_pool_forward(tape, *(rn_tensor *const *)with);
}

static size_t at(const rn_tensor *t, int n, int y, int x, int c) {
    return (size_t)(((n * t->h + y) * t->w + x) * t->c + c);
}

/* Where the largest value of a window lies: NaN is larger than all numbers, the first wins among
 * equal numbers and the last among NaNs. */
static size_t winner_of(const rn_tensor *x, int n, int out_y, int out_x, int c) {
    size_t best = SIZE_MAX;
    for (int i = 2 * out_y - 1; i <= 2 * out_y + 1; i++)
        for (int j = 2 * out_x - 1; j <= 2 * out_x + 1; j++) {
            if (i < 0 || j < 0 || i >= x->h || j >= x->w) continue;
            size_t here = at(x, n, i, j, c);
            if (best == SIZE_MAX || isnan(x->value[here]) || x->value[here] > x->value[best])
                best = here;
        }
    return best;
}

/* dx: what each window sends to its winner, in reading order of the windows. */
static void expect_naive(layer_step *step, rn_tensor *x) {
    rn_float *dx = layer_copy(step, x->grad, rn_tensor_count(x));
    rn_tensor *y = rn_max_pool_forward(&step->tape, x);
    cr_assert(y->n == x->n && y->h == (x->h + 1) / 2 && y->w == (x->w + 1) / 2 && y->c == x->c);
    rn_float *dy = rn_tape_gradient(&step->tape, y);
    for (size_t i = 0; i < rn_tensor_count(y); i++)
        dy[i] = (rn_float)rn_rng_below(&step->rng, 1000); /* sums are exact */
    for (int n = 0; n < y->n; n++)
        for (int i = 0; i < y->h; i++)
            for (int j = 0; j < y->w; j++)
                for (int c = 0; c < y->c; c++) {
                    size_t from = winner_of(x, n, i, j, c), to = at(y, n, i, j, c);
                    dx[from] += dy[to];
                    cr_assert(memcmp(&y->value[to], &x->value[from], sizeof *x->value) == 0,
                              "(%d, %d, %d, %d) of %d x %d: %g, want %g", n, i, j, c, x->h, x->w,
                              (double)y->value[to], (double)x->value[from]);
                }
    rn_tape_backward(&step->tape);
    rn_tape_clear(&step->tape);
    cr_expect(memcmp(dx, x->grad, rn_tensor_count(x) * sizeof *dx) == 0, "gradient of %d x %d",
              x->h, x->w);
}

Test(pool, agrees_with_its_definition) {
    layer_step step;
    layer_open(&step, 1);
    for (size_t i = 0; i < RN_COUNT(shapes); i++)
        expect_naive(&step,
                     layer_input(&step, shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3]));
    layer_close(&step);
}

/* Behind a ReLU most windows are ties. */
Test(pool, agrees_with_its_definition_on_ties_infinities_and_nan) {
    static const rn_float some[] = {0, 0, 0, 1, -1, NAN, INFINITY, -INFINITY};
    layer_step step;
    layer_open(&step, 2);
    for (size_t i = 0; i < RN_COUNT(shapes); i++) {
        rn_tensor *x = layer_input(&step, shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3]);
        for (size_t k = 0; k < rn_tensor_count(x); k++) {
            x->value[k] = some[rn_rng_below(&step.rng, i % 2 ? 5 : RN_COUNT(some))];
            x->grad[k] = (rn_float)rn_rng_below(&step.rng, 100);
        }
        expect_naive(&step, x);
    }
    layer_close(&step);
}

Test(pool, passes_what_every_operation_must) {
    layer_step step;
    layer_open(&step, 3);
    enum { COUNT = 2 * 9 * 13 * 5 };
    rn_tensor *x = layer_input(&step, 2, 9, 13, 5);
    int order[COUNT];
    rn_rng_permutation(&step.rng, order, COUNT);
    for (size_t i = 0; i < COUNT; i++) /* far enough apart that no other value wins on the way */
        x->value[i] = (rn_float)order[i] / 16;
    layer_case c = {.name = "max pool", .run = run, .with = &x};
    c.leaf[0] = layer_leaf_tensor("x", x);
    layer_expect_derivative(&step, &c);
    layer_expect_same_bits(&step, &c);
    layer_expect_rehearsal(&step, &c);
    layer_expect_stored(&step, &c);
    layer_close(&step);
}

/* More channels than any vector has, and a rest of one. Three rows of three pixels lie in two
 * windows; the gradient goes to such a row, as a row between two rows of windows and as one of a
 * single row. */
Test(pool, every_instruction_set_gives_the_same_bits) {
    enum { C = 33, WIDTH = 3, OUT = 2 };
    rn_float value[3 * WIDTH * C], dy[2 * OUT * C];
    rn_float want[(OUT + 2 * WIDTH) * C], got[(OUT + 2 * WIDTH) * C];
    uint8_t winner[OUT * C], want_winner[OUT * C];
    rn_rng rng = rn_rng_stream(4, "pool", 0);
    for (size_t i = 0; i < RN_COUNT(value); i++)
        value[i] = i == 40 ? NAN : (rn_float)rn_rng_below(&rng, 4);
    for (size_t i = 0; i < RN_COUNT(dy); i++) dy[i] = (rn_float)rn_rng_normal(&rng);
    const rn_pool_lines lines = {
        {value, value + WIDTH * C, value + 2 * WIDTH * C}, {0, 3, 6}, 3, WIDTH, OUT};
    for (rn_isa isa = RN_ISA_BASELINE; isa < RN_ISA_COUNT; isa++) {
        if (!rn_isa_runs(isa)) continue;
        bool first = isa == RN_ISA_BASELINE;
        rn_float *y = first ? want : got, *dx = y + OUT * C;
        const rn_pool_kernels *kernels = rn_pool_kernels_for(isa);
        kernels->forward(y, first ? want_winner : winner, &lines, C);
        for (size_t i = 0; i < 2 * WIDTH * C; i++) dx[i] = dy[i % C]; /* something to add to */
        rn_pool_rows rows = {
            {dy, dy + OUT * C}, {want_winner, want_winner}, {3, 6}, .count = 2, .width = WIDTH,
            .out_width = OUT};
        kernels->backward(dx, &rows, C, false);
        rows.count = 1;
        kernels->backward(dx + WIDTH * C, &rows, C, true);
        if (first) continue;
        cr_expect(memcmp(got, want, sizeof got) == 0, "%s", rn_isa_name(isa));
        cr_expect(memcmp(winner, want_winner, sizeof winner) == 0, "%s", rn_isa_name(isa));
    }
}

/* ---- the mean over a map --------------------------------------------------------------------- */

static rn_tensor *run_mean(rn_tape *tape, const void *with) {
    return rn_mean_pool_forward(tape, *(rn_tensor *const *)with);
}

static void expect_naive_mean(layer_step *step, rn_tensor *x) {
    size_t count = (size_t)x->n * (size_t)x->c;
    double want[3 * 64];
    for (int n = 0; n < x->n; n++)
        for (int c = 0; c < x->c; c++) {
            double sum = 0;
            for (int i = 0; i < x->h * x->w; i++)
                sum += (double)x->value[at(x, n, i / x->w, i % x->w, c)];
            want[n * x->c + c] = sum / (x->h * x->w);
        }
    rn_tensor *y = rn_mean_pool_forward(&step->tape, x);
    cr_assert(y->n == x->n && y->h == 1 && y->w == 1 && y->c == x->c);
    layer_expect_near("mean pool", y->value, want, count);
    rn_tape_clear(&step->tape);
}

Test(pool, the_mean_agrees_with_its_definition) {
    layer_step step;
    layer_open(&step, 5);
    for (size_t i = 0; i < RN_COUNT(shapes); i++)
        expect_naive_mean(
            &step, layer_input(&step, shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3]));
    layer_close(&step);
}

Test(pool, the_mean_passes_what_every_operation_must) {
    layer_step step;
    layer_open(&step, 6);
    rn_tensor *x = layer_input(&step, 3, 5, 4, 7);
    layer_case c = {.name = "mean pool", .run = run_mean, .with = &x};
    c.leaf[0] = layer_leaf_tensor("x", x);
    layer_expect_derivative(&step, &c);
    layer_expect_same_bits(&step, &c);
    layer_expect_rehearsal(&step, &c);
    layer_expect_stored(&step, &c);
    layer_close(&step);
}
