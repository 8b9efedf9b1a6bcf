#include "model/classifier.h"
#include "base/check.h"
#include "nn/init.h"
#include "nn/pool.h"

void rn_classifier_create(rn_classifier *net, int backbone, rn_norm_kind norm, int groups,
                          int num_classes, bool training) {
    int specs;
    const rn_resnet_spec *table = rn_resnet_table(&specs);
    RN_CHECK(backbone >= 0 && backbone < specs, "backbone %d", backbone);
    RN_CHECK(num_classes >= 2, "%d classes", num_classes);
    *net = (rn_classifier){.num_classes = num_classes, .loss = rn_loss_find("softmax-ce")};
    rn_resnet_declare(&net->body, &net->params, &table[backbone], norm, groups, "backbone.body.");
    net->last = rn_conv_declare(&net->params, net->body.channels[3], num_classes, 1, 1, true, "fc");
    rn_params_commit(&net->params, training);
}

void rn_classifier_init(rn_classifier *net, uint64_t seed) {
    rn_params_reset(&net->params);
    for (size_t i = 0; i < net->params.count; i++) {
        rn_param *param = net->params.list[i];
        if (param->kind != RN_PARAM_CONV) continue;
        bool last = param == net->last.weight;
        rn_init_normal(param, last ? .01 : sqrt(2 / rn_init_fan_out(param)), seed);
    }
}

void rn_classifier_free(rn_classifier *net) {
    rn_params_free(&net->params);
    *net = (rn_classifier){0};
}

rn_tensor *rn_classifier_forward(rn_tape *tape, const rn_classifier *net, rn_tensor *image) {
    rn_tensor *c[4];
    rn_resnet_forward(c, tape, &net->body, image);
    return rn_conv_forward(tape, &net->last, NULL, false, rn_mean_pool_forward(tape, c[3]));
}

double rn_classifier_loss(rn_tape *tape, const rn_classifier *net, rn_tensor *logit,
                          const int *label) {
    size_t n = (size_t)logit->n;
    int background = net->num_classes - 1;
    RN_CHECK(logit->h == 1 && logit->w == 1 && logit->c == net->num_classes,
             "logits (%d, %d, %d, %d), %d classes", logit->n, logit->h, logit->w, logit->c,
             net->num_classes);
    int *column = rn_arena_alloc(tape->arena, n * sizeof *column);
    for (size_t i = 0; i < n; i++) {
        RN_CHECK(label[i] >= 0 && label[i] <= background, "label %d", label[i]);
        column[i] = label[i] == background ? RN_BACKGROUND : label[i];
    }
    rn_float *grad = logit->wants_grad ? rn_tape_gradient(tape, logit) : NULL;
    rn_loss_options options = {0};
    double sum = net->loss->compute(grad, logit->value, column, n, net->num_classes, &options,
                                    1 / (rn_float)n);
    return sum / (double)n;
}

void rn_classifier_predict(int *predicted, const rn_tensor *logit) {
    for (int i = 0; i < logit->n; i++) {
        const rn_float *x = logit->value + (size_t)i * (size_t)logit->c;
        predicted[i] = 0;
        for (int c = 1; c < logit->c; c++)
            if (x[c] > x[predicted[i]]) predicted[i] = c;
    }
}
