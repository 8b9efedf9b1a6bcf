#include "train/initial.h"
#include "base/text.h"

#include <string.h>

rn_status rn_initial_check_frozen(const rn_retinanet *net, const rn_safetensors *file,
                                  const char *path, rn_err *err) {
    const rn_model_config *m = &net->config;
    const struct {
        const char *prefix, *option;
        int norm;
    } parts[] = {{"backbone.body.", "norm", m->norm},
                 {"backbone.fpn.", "fpn-norm", m->fpn_norm},
                 {"head.", "head-norm", m->head_norm}};
    for (size_t i = 0; i < net->params.count; i++) {
        const char *name = net->params.list[i]->name;
        for (size_t p = 0; p < RN_COUNT(parts); p++) {
            size_t length = strlen(parts[p].prefix);
            if (parts[p].norm != RN_NORM_FROZEN || strncmp(name, parts[p].prefix, length) != 0 ||
                !rn_text_ends_with(name, ".running_var"))
                continue;
            if (!file)
                return rn_fail(err,
                               "--%s frozen needs pretrained weights (--init FILE); from random "
                               "weights use --%s batch or group",
                               parts[p].option, parts[p].option);
            if (!rn_safetensors_find(file, name) &&
                !(p == 0 && rn_safetensors_find(file, name + length)))
                return rn_fail(
                    err, "--%s frozen: %s has no %s; use --%s batch or group, or other weights",
                    parts[p].option, path, name, parts[p].option);
        }
    }
    return RN_OK;
}

static rn_status take(rn_retinanet *net, rn_checkpoint_match *match, const rn_safetensors *file,
                      const char *path, rn_err *err) {
    if (rn_initial_check_frozen(net, file, path, err) != RN_OK ||
        rn_checkpoint_take(&net->params, match, file, false, false, path, err) != RN_OK)
        return RN_ERROR;
    if (match->taken == 0)
        return rn_fail(err, "%s: expected weights for this network, got none that fit (%s)", path,
                       match->first_problem);
    return RN_OK;
}

rn_status rn_initial_weights(rn_detector *detector, rn_checkpoint_match *match, const char *path,
                             rn_err *err) {
    rn_retinanet *net = &detector->net;
    rn_safetensors file = {0};
    *match = (rn_checkpoint_match){0};
    rn_retinanet_init(net, (uint64_t)detector->config.train.seed);
    if (!path || !*path) return rn_initial_check_frozen(net, NULL, NULL, err);
    if (rn_safetensors_load(&file, path, err) != RN_OK) return RN_ERROR;
    rn_status status = take(net, match, &file, path, err);
    rn_safetensors_free(&file);
    return status;
}
