#include "model/head.h"
#include "base/check.h"

#include <stdio.h>

static void declare_norms(rn_norm norm[], rn_params *params, const rn_model_config *config,
                          int levels, const char *prefix, int i) {
    char name[RN_PARAM_NAME_SIZE];
    rn_norm_kind kind = (rn_norm_kind)config->head_norm;
    for (int level = 0; level < levels; level++) {
        if (kind != RN_NORM_BATCH && level > 0) {
            norm[level] = norm[0];
            continue;
        }
        if (kind == RN_NORM_BATCH)
            snprintf(name, sizeof name, "%sconv.%d.1.%d", prefix, i, level);
        else
            snprintf(name, sizeof name, "%sconv.%d.1", prefix, i);
        norm[level] =
            rn_norm_declare(params, kind, config->fpn_channels, config->norm_groups, name);
    }
}

void rn_head_declare(rn_head *head, rn_params *params, const rn_model_config *config, int levels,
                     int outputs, const char *prefix, const char *last) {
    char name[RN_PARAM_NAME_SIZE];
    int c = config->fpn_channels;
    RN_CHECK(config->head_convs <= RN_HEAD_CONVS_MOST, "%d convolutions", config->head_convs);
    *head = (rn_head){.convs = config->head_convs};
    for (int i = 0; i < head->convs; i++) {
        snprintf(name, sizeof name, "%sconv.%d.0", prefix, i);
        head->conv[i] =
            rn_conv_declare(params, c, c, 3, 1, config->head_norm == RN_NORM_NONE, name);
        declare_norms(head->norm[i], params, config, levels, prefix, i);
    }
    snprintf(name, sizeof name, "%s%s", prefix, last);
    head->last = rn_conv_declare(params, c, outputs, 3, 1, true, name);
}

rn_tensor *rn_head_forward(rn_tape *tape, const rn_head *head, int level, rn_tensor *p) {
    for (int i = 0; i < head->convs; i++)
        p = rn_conv_forward(tape, &head->conv[i], &head->norm[i][level], true, p);
    return rn_conv_forward(tape, &head->last, NULL, false, p);
}
