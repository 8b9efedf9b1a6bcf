#include "nn/eltwise.h"
#include "support/layer.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

/* a + b, and relu of it or not; a alone is a plain relu. */
typedef struct operation {
    rn_tensor *a, *b;
    bool relu;
} operation;

static rn_tensor *run(rn_tape *tape, const void *with) {
    const operation *o = with;
    return o->b ? rn_add_forward(tape, o->a, o->b, o->relu) : rn_relu_forward(tape, o->a);
}

static const struct row {
    const char *name;
    bool two, relu;
} rows[] = {{"relu", false, true}, {"add", true, false}, {"add and relu", true, true}};

static layer_case make(layer_step *step, operation *o, const struct row *row) {
    *o = (operation){.a = layer_input(step, 2, 7, 5, 3), .relu = row->relu};
    layer_case c = {.name = row->name, .run = run, .with = o};
    c.leaf[0] = layer_leaf_tensor("a", o->a);
    if (row->two) {
        o->b = layer_input(step, 2, 7, 5, 3);
        c.leaf[1] = layer_leaf_tensor("b", o->b);
    }
    return c;
}

Test(eltwise, values_are_what_they_say) {
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        layer_step step;
        operation o;
        layer_open(&step, i);
        layer_case c = make(&step, &o, &rows[i]);
        const rn_tensor *y = c.run(&step.tape, &o);
        for (size_t k = 0; k < rn_tensor_count(y); k++) {
            rn_float want = o.a->value[k];
            if (o.b) want += o.b->value[k];
            if (o.relu && want < 0) want = 0;
            cr_assert(y->value[k] == want, "%s[%zu]", rows[i].name, k);
        }
        layer_close(&step);
    }
}

Test(eltwise, passes_what_every_operation_must) {
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        layer_step step;
        operation o;
        layer_open(&step, i);
        layer_case c = make(&step, &o, &rows[i]);
        layer_expect_derivative(&step, &c);
        layer_expect_same_bits(&step, &c);
        layer_expect_rehearsal(&step, &c);
        layer_expect_stored(&step, &c);
        layer_close(&step);
    }
}

Test(eltwise, one_input_may_go_without_a_gradient) {
    layer_step step;
    layer_open(&step, 0);
    rn_tensor *a = layer_input(&step, 1, 1, 1, 2), *b = layer_input(&step, 1, 1, 1, 2);
    layer_stop_gradient(a);
    rn_tensor *y = rn_add_forward(&step.tape, a, b, false);
    memcpy(rn_tape_gradient(&step.tape, y), (rn_float[]){3, 4}, 2 * sizeof(rn_float));
    rn_tape_backward(&step.tape);
    cr_expect(b->grad[0] == 3 && b->grad[1] == 4);
    layer_close(&step);
}

Test(eltwise, a_tensor_plus_itself_has_slope_2) {
    layer_step step;
    layer_open(&step, 0);
    rn_tensor *a = layer_input(&step, 1, 1, 1, 2);
    rn_tensor *y = rn_add_forward(&step.tape, a, a, false);
    memcpy(rn_tape_gradient(&step.tape, y), (rn_float[]){3, 4}, 2 * sizeof(rn_float));
    rn_tape_backward(&step.tape);
    cr_expect(a->grad[0] == 6 && a->grad[1] == 8);
    layer_close(&step);
}

/* A network that diverges must be seen to. */
Test(eltwise, nan_goes_through_and_zero_has_no_slope) {
    layer_step step;
    layer_open(&step, 0);
    rn_tensor *a = layer_input(&step, 1, 1, 1, 3);
    a->value[0] = NAN, a->value[1] = 0, a->value[2] = -(rn_float)INFINITY;
    rn_tensor *y = rn_relu_forward(&step.tape, a);
    cr_expect(isnan(y->value[0]) && y->value[1] == 0 && y->value[2] == 0);
    memcpy(rn_tape_gradient(&step.tape, y), (rn_float[]){1, 1, 1}, 3 * sizeof(rn_float));
    rn_tape_backward(&step.tape);
    cr_expect(a->grad[1] == 0 && a->grad[2] == 0);
    layer_close(&step);
}

Test(eltwise, shapes_that_differ_abort, .signal = SIGABRT) {
    layer_step step;
    layer_open(&step, 0);
    rn_add_forward(&step.tape, layer_input(&step, 1, 2, 3, 1), layer_input(&step, 1, 3, 2, 1),
                   false);
}
