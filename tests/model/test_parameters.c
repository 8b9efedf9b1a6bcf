/* The networks have torchvision's parameters: the same names, shapes and number. */
#include "base/rng.h"
#include "model/retinanet.h"
#include "train/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/parameters.h"

static int by_name(const void *a, const void *b) {
    return strcmp((*(rn_param *const *)a)->name, (*(rn_param *const *)b)->name);
}

static uint64_t add_text(uint64_t hash, const char *text) {
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

static uint64_t hash_names_and_shapes(const rn_params *params) {
    uint64_t hash = 14695981039346656037u;
    rn_param **sorted = malloc(params->count * sizeof *sorted);
    memcpy(sorted, params->list, params->count * sizeof *sorted);
    qsort(sorted, params->count, sizeof *sorted, by_name);
    for (size_t i = 0; i < params->count; i++) {
        char text[160];
        const int *s = sorted[i]->shape; /* HWIO here, OIHW there */
        if (sorted[i]->kind == RN_PARAM_CONV)
            snprintf(text, sizeof text, "%s %dx%dx%dx%d;", sorted[i]->name, s[3], s[2], s[0], s[1]);
        else
            snprintf(text, sizeof text, "%s %d;", sorted[i]->name, s[0]);
        hash = add_text(hash, text);
    }
    free(sorted);
    return hash;
}

Test(parameters, are_those_of_torchvision) {
    for (size_t i = 0; i < RN_COUNT(parameters); i++) {
        rn_config config = rn_config_paper();
        rn_retinanet net;
        rn_err err;
        config.model.num_classes = 91;
        cr_assert(rn_option_set(&config, rn_option_find(rn_config_options(), "model"),
                                parameters[i].model, &err) == RN_OK);
        cr_assert(rn_retinanet_create(&net, &config.model, "", false, &err) == RN_OK, "%s",
                  err.text);
        cr_expect(net.params.total == parameters[i].elements, "%s: %zu, want %zu",
                  parameters[i].model, net.params.total, parameters[i].elements);
        cr_expect(net.params.count == parameters[i].tensors);
        cr_expect(hash_names_and_shapes(&net.params) == parameters[i].hash, "%s",
                  parameters[i].model);
        rn_retinanet_free(&net);
    }
}

/* Sec. 4.1: at the start every class has probability pi; with a softmax all classes together. */
Test(parameters, start_at_the_prior) {
    static const struct {
        const char *loss;
        double each;
    } rows[] = {{"focal", .01}, {"softmax-ce", .01 / 5}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_config config = rn_config_paper();
        rn_retinanet net;
        rn_err err;
        cr_assert(rn_config_preset(&config, "scenes", &err) == RN_OK);
        config.model.num_classes = 5;
        strcpy(config.model.loss.value, rows[i].loss);
        cr_assert(rn_retinanet_create(&net, &config.model, "", false, &err) == RN_OK, "%s",
                  err.text);
        rn_retinanet_init(&net, 1);
        const rn_float *bias = net.class_head.last.bias->value;
        double sum = net.loss->softmax ? 0 : 1;
        for (int c = 0; c < net.columns; c++)
            if (net.loss->softmax) sum += exp((double)bias[c]);
        for (int c = 0; c < 5; c++) {
            double e = exp((double)bias[c]), p = net.loss->softmax ? e / sum : e / (1 + e);
            cr_expect(fabs(p - rows[i].each) <= 1e-6, "%s: %g", rows[i].loss, p);
        }
        rn_retinanet_free(&net);
    }
}

/* The heads are shared but the levels are not alike: swapping two of them changes what comes out.
 */
Test(parameters, heads_are_shared_by_all_levels) {
    rn_config config = rn_config_paper();
    rn_retinanet net;
    rn_err err;
    cr_assert(rn_config_preset(&config, "scenes", &err) == RN_OK);
    config.model.num_classes = 2;
    config.model.head_norm = RN_NORM_NONE;
    cr_assert(rn_retinanet_create(&net, &config.model, "", false, &err) == RN_OK, "%s", err.text);
    rn_retinanet_init(&net, 1);
    rn_arena arena = {0};
    rn_tape tape = {.arena = &arena};
    rn_tensor *p = rn_tape_tensor(&tape, 1, 4, 4, config.model.fpn_channels, false);
    rn_rng rng = rn_rng_stream(1, "p", 0);
    for (size_t i = 0; i < rn_tensor_count(p); i++) p->value[i] = (rn_float)rn_rng_normal(&rng);
    rn_tensor *same[] = {p, p, p}, *out[3];
    rn_head_forward(out, &tape, &net.class_head, same, 3, NULL);
    cr_expect(memcmp(out[0]->value, out[2]->value, rn_tensor_count(out[0]) * sizeof(rn_float)) ==
              0);
    rn_tensor *x = rn_tape_tensor(&tape, 1, 64, 64, 3, false), *c[4], *levels[3], *swapped[3];
    for (size_t i = 0; i < rn_tensor_count(x); i++) x->value[i] = (rn_float)rn_rng_normal(&rng);
    rn_resnet_forward(c, &tape, &net.body, x);
    rn_fpn_forward(levels, &tape, &net.fpn, c + 1);
    rn_conv kept = net.fpn.output[0];
    net.fpn.output[0] = net.fpn.output[1], net.fpn.output[1] = kept;
    rn_fpn_forward(swapped, &tape, &net.fpn, c + 1);
    cr_expect(memcmp(levels[0]->value, swapped[0]->value,
                     rn_tensor_count(levels[0]) * sizeof(rn_float)) != 0);
    cr_expect(memcmp(levels[2]->value, swapped[2]->value,
                     rn_tensor_count(levels[2]) * sizeof(rn_float)) == 0);
    rn_arena_free(&arena);
    rn_retinanet_free(&net);
}
