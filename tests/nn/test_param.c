#include "nn/param.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A buffer, a bias, two weights, a norm: not in the order of the slab. */
typedef struct net {
    rn_params params;
    rn_param *mean, *bias, *first, *scale, *second;
} net;

static rn_param *declare(rn_params *params, rn_param_kind kind, int k, const char *name) {
    return rn_params_declare(params, kind, kind == RN_PARAM_CONV ? (int[]){3, 1, 2, k} : &k, "%s",
                             name);
}

static void make(net *n) {
    *n = (net){0};
    n->mean = declare(&n->params, RN_PARAM_BUFFER, 7, "body.norm.running_mean");
    n->bias = declare(&n->params, RN_PARAM_BIAS, 5, "head.conv.bias");
    n->first = declare(&n->params, RN_PARAM_CONV, 4, "body.conv.weight");
    n->scale = declare(&n->params, RN_PARAM_NORM, 3, "body.norm.weight");
    n->second = declare(&n->params, RN_PARAM_CONV, 5, "head.conv.weight");
    n->scale->initial = 1;
}

Test(param, the_slab_holds_decayed_then_other_then_untrained) {
    net n;
    make(&n);
    rn_params_commit(&n.params, true);
    cr_expect(n.params.decayed == 24 + 30 && n.params.trainable == 54 + 8 &&
              n.params.total == 62 + 7);
    const struct {
        const rn_param *param;
        size_t at;
        bool trained;
    } want[] = {{n.first, 0, true},
                {n.second, 24, true},
                {n.bias, 54, true},
                {n.scale, 59, true},
                {n.mean, 62, false}};
    for (size_t i = 0; i < RN_COUNT(want); i++) {
        const rn_param *param = want[i].param;
        cr_expect(param->value == n.params.value + want[i].at, "%s", param->name);
        cr_expect(param->grad == (want[i].trained ? n.params.grad + want[i].at : NULL), "%s",
                  param->name);
        cr_expect(param->momentum == (want[i].trained ? n.params.momentum + want[i].at : NULL));
    }
    rn_params_free(&n.params);
}

Test(param, shapes_and_counts_are_as_declared) {
    net n;
    make(&n);
    cr_expect(n.first->dims == 4 && n.first->count == 24);
    cr_expect(memcmp(n.first->shape, (int[]){3, 1, 2, 4}, sizeof n.first->shape) == 0);
    cr_expect(n.bias->dims == 1 && n.bias->shape[0] == 5 && n.bias->count == 5);
    rn_params_free(&n.params);
}

Test(param, what_is_frozen_by_its_prefix_leaves_the_trained_parts) {
    net n;
    make(&n);
    cr_expect(rn_params_freeze(&n.params, "nothing") == 0);
    cr_expect(rn_params_freeze(&n.params, "body.") == 3);
    rn_params_commit(&n.params, true);
    cr_expect(n.params.decayed == 30 && n.params.trainable == 35 && n.params.total == 69);
    cr_expect(n.second->value == n.params.value && n.bias->value == n.params.value + 30);
    cr_expect(!n.first->grad && !n.first->momentum && !n.scale->grad && n.second->grad);
    rn_params_free(&n.params);
}

Test(param, starts_at_the_initial_values_and_returns_to_them) {
    net n;
    make(&n);
    n.bias->initial = (rn_float)-4.5;
    rn_params_commit(&n.params, true);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < n.params.count; i++) {
            const rn_param *param = n.params.list[i];
            for (size_t k = 0; k < param->count; k++)
                cr_assert(param->value[k] == param->initial, "%s", param->name);
        }
        for (size_t i = 0; i < n.params.total; i++) n.params.value[i] = 7;
        rn_params_reset(&n.params);
    }
    for (size_t i = 0; i < n.params.trainable; i++)
        cr_assert(n.params.grad[i] == 0 && n.params.momentum[i] == 0);
    rn_params_free(&n.params);
}

Test(param, without_training_there_is_only_the_slab_of_values) {
    net n;
    make(&n);
    rn_params_commit(&n.params, false);
    cr_expect(!n.params.grad && !n.params.momentum && !n.first->grad && !n.first->momentum);
    rn_params_zero_grad(&n.params); /* nothing to do */
    cr_expect(n.scale->value[2] == 1 && n.params.total == 69);
    rn_params_free(&n.params);
}

Test(param, zero_grad_touches_gradients_alone) {
    net n;
    make(&n);
    rn_params_commit(&n.params, true);
    for (size_t i = 0; i < n.params.trainable; i++)
        n.params.grad[i] = 2, n.params.momentum[i] = 3, n.params.value[i] = 4;
    rn_params_zero_grad(&n.params);
    for (size_t i = 0; i < n.params.trainable; i++)
        cr_assert(n.params.grad[i] == 0 && n.params.momentum[i] == 3 && n.params.value[i] == 4);
    rn_params_free(&n.params);
}

Test(param, the_fingerprint_sees_every_bit) {
    net n;
    make(&n);
    rn_params_commit(&n.params, true);
    uint64_t before = rn_params_hash(&n.params);
    n.params.grad[0] = 1;
    cr_expect(rn_params_hash(&n.params) == before);
    for (size_t i = 0; i < n.params.total; i++) {
        rn_float kept = n.params.value[i];
        n.params.value[i] = kept == 0 ? -kept : nextafter(kept, (rn_float)2);
        cr_assert(rn_params_hash(&n.params) != before, "value %zu", i);
        n.params.value[i] = kept;
    }
    cr_expect(rn_params_hash(&n.params) == before);
    rn_params_free(&n.params);
}

Test(param, is_found_by_its_whole_name) {
    net n;
    make(&n);
    cr_expect(rn_params_find(&n.params, "body.norm.weight") == n.scale);
    cr_expect(!rn_params_find(&n.params, "body.norm") && !rn_params_find(&n.params, "") &&
              !rn_params_find(&n.params, "body.norm.weight2"));
    rn_params_free(&n.params);
}

Test(param, pointers_stay_valid_over_many_declarations) {
    rn_params params = {0};
    rn_param *declared[300];
    for (int i = 0; i < 300; i++)
        declared[i] = rn_params_declare(&params, RN_PARAM_BIAS, (int[]){i % 7 + 1}, "b%d", i);
    rn_params_commit(&params, true);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "b%d", i);
        cr_assert(rn_params_find(&params, name) == declared[i] && params.list[i] == declared[i]);
    }
    rn_params_free(&params);
}

Test(param, free_accepts_nothing_and_can_be_repeated) {
    net n;
    make(&n);
    rn_params_commit(&n.params, true);
    rn_params_free(&n.params);
    rn_params_free(&n.params);
    cr_expect(n.params.count == 0 && !n.params.value && !n.params.list);
}

/* ---- misuse --------------------------------------------------------------------------------- */

Test(param, a_name_twice_aborts, .signal = SIGABRT) {
    rn_params params = {0};
    declare(&params, RN_PARAM_BIAS, 2, "bias");
    declare(&params, RN_PARAM_NORM, 3, "bias");
}

Test(param, a_name_too_long_aborts, .signal = SIGABRT) {
    rn_params params = {0};
    rn_params_declare(&params, RN_PARAM_BIAS, (int[]){1}, "%*d", RN_PARAM_NAME_SIZE, 1);
}

Test(param, no_channels_abort, .signal = SIGABRT) {
    rn_params params = {0};
    declare(&params, RN_PARAM_CONV, 0, "weight");
}

Test(param, more_elements_than_memory_has_addresses_abort, .signal = SIGABRT) {
    rn_params params = {0};
    rn_params_declare(&params, RN_PARAM_CONV, (int[]){1 << 30, 1 << 30, 1 << 30, 1}, "huge");
}

Test(param, declaring_after_the_commit_aborts, .signal = SIGABRT) {
    net n;
    make(&n);
    rn_params_commit(&n.params, true);
    declare(&n.params, RN_PARAM_BIAS, 2, "late");
}

Test(param, freezing_after_the_commit_aborts, .signal = SIGABRT) {
    net n;
    make(&n);
    rn_params_commit(&n.params, true);
    rn_params_freeze(&n.params, "body.");
}

Test(param, committing_twice_aborts, .signal = SIGABRT) {
    net n;
    make(&n);
    rn_params_commit(&n.params, true);
    rn_params_commit(&n.params, true);
}
