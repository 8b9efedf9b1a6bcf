#include "nn/upsample.h"
#include "support/layer.h"

#include <criterion/criterion.h>
#include <signal.h>

/* Height and width of the top and of the lateral map. */
static const int sizes[][4] = {{1, 1, 1, 1}, {1, 1, 4, 3}, {2, 3, 4, 6},     {2, 2, 5, 5},
                               {3, 2, 5, 3}, {5, 5, 7, 9}, {19, 25, 38, 50}, {4, 7, 4, 13}};

typedef struct operation {
    rn_tensor *lateral, *top;
} operation;

static rn_tensor *run(rn_tape *tape, const void *with) {
    const operation *o = with;
    return rn_upsample_add_forward(tape, o->lateral, o->top);
}

static operation make(layer_step *step, const int size[4]) {
    return (operation){.lateral = layer_input(step, 2, size[2], size[3], 3),
                       .top = layer_input(step, 2, size[0], size[1], 3)};
}

/* Pixel i of `large` begins at i / large of the map: the pixel of `small` that holds this place. */
static int source_of(int i, int small, int large) {
    int s = 0;
    while ((s + 1) * large <= i * small) s++;
    return s;
}

/* Values and, from whole numbers that add up exactly, gradients. */
static void expect_naive(layer_step *step, const int size[4]) {
    operation o = make(step, size);
    rn_tensor *y = run(&step->tape, &o);
    const rn_tensor *top = o.top;
    rn_float *dy = rn_tape_gradient(&step->tape, y);
    size_t top_count = rn_tensor_count(top);
    double *dtop = rn_arena_zeros(&step->arena, top_count, sizeof *dtop);
    for (size_t i = 0; i < rn_tensor_count(y); i++) {
        int c = (int)i % y->c, column = (int)i / y->c % y->w;
        int row = (int)i / y->c / y->w % y->h, n = (int)i / y->c / y->w / y->h;
        int from = source_of(row, top->h, y->h) * top->w + source_of(column, top->w, y->w);
        size_t at = (size_t)((n * top->h * top->w + from) * y->c + c);
        cr_assert(y->value[i] == o.lateral->value[i] + top->value[at], "%d x %d onto %d x %d",
                  top->h, top->w, y->h, y->w);
        dy[i] = (rn_float)rn_rng_below(&step->rng, 1000);
        dtop[at] += (double)dy[i];
    }
    rn_float *sent = layer_copy(step, dy, rn_tensor_count(y));
    rn_tape_backward(&step->tape);
    rn_tape_clear(&step->tape);
    layer_expect_near("gradient of top", top->grad, dtop, top_count);
    for (size_t i = 0; i < rn_tensor_count(y); i++)
        cr_assert(o.lateral->grad[i] == sent[i], "gradient of lateral");
}

Test(upsample, agrees_with_its_definition) {
    layer_step step;
    layer_open(&step, 1);
    for (size_t i = 0; i < RN_COUNT(sizes); i++) expect_naive(&step, sizes[i]);
    layer_close(&step);
}

/* 2 rows to 5: floor(2 i / 5). */
Test(upsample, two_rows_become_five) {
    layer_step step;
    layer_open(&step, 1);
    rn_tensor *lateral = layer_input(&step, 1, 5, 1, 1), *top = layer_input(&step, 1, 2, 1, 1);
    for (size_t i = 0; i < 5; i++) lateral->value[i] = 0;
    top->value[0] = 7, top->value[1] = 9;
    const rn_tensor *y = rn_upsample_add_forward(&step.tape, lateral, top);
    static const rn_float want[] = {7, 7, 7, 9, 9};
    for (size_t i = 0; i < 5; i++) cr_expect(y->value[i] == want[i], "row %zu", i);
    layer_close(&step);
}

Test(upsample, passes_what_every_operation_must) {
    static const int tried[][4] = {{2, 3, 5, 7}, {10, 13, 19, 26}};
    for (size_t i = 0; i < RN_COUNT(tried); i++) {
        layer_step step;
        layer_open(&step, 2);
        operation o = make(&step, tried[i]);
        layer_case c = {.name = "upsample", .run = run, .with = &o};
        c.leaf[0] = layer_leaf_tensor("lateral", o.lateral);
        c.leaf[1] = layer_leaf_tensor("top", o.top);
        layer_expect_derivative(&step, &c);
        layer_expect_same_bits(&step, &c);
        layer_expect_rehearsal(&step, &c);
        layer_expect_stored(&step, &c);
        layer_close(&step);
    }
}

Test(upsample, either_input_may_go_without_a_gradient) {
    for (int without = 0; without < 2; without++) {
        layer_step step;
        layer_open(&step, 3);
        operation o = make(&step, sizes[3]);
        layer_stop_gradient(without ? o.lateral : o.top);
        rn_tensor *y = run(&step.tape, &o);
        rn_float *dy = rn_tape_gradient(&step.tape, y);
        for (size_t i = 0; i < rn_tensor_count(y); i++) dy[i] = 1;
        rn_tape_backward(&step.tape);
        const rn_tensor *with = without ? o.top : o.lateral;
        double sum = 0;
        for (size_t i = 0; i < rn_tensor_count(with); i++) sum += (double)with->grad[i];
        cr_expect(sum == (double)rn_tensor_count(y)); /* every 1 arrived somewhere */
        layer_close(&step);
    }
}

Test(upsample, onto_a_smaller_map_aborts, .signal = SIGABRT) {
    layer_step step;
    layer_open(&step, 4);
    run(&step.tape, &(operation){layer_input(&step, 1, 2, 2, 1), layer_input(&step, 1, 2, 3, 1)});
}
