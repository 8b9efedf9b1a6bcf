#include "model/head.h"
#include "base/check.h"

static void declare_norms(rn_norm norm[], rn_params *params, const rn_model_config *config,
                          int levels, const char *prefix, int i) {
    int c = config->fpn_channels, groups = config->norm_groups;
    rn_norm_kind kind = (rn_norm_kind)config->head_norm;
    if (kind != RN_NORM_BATCH)
        norm[0] = rn_norm_declare(params, kind, c, groups, "%sconv.%d.1", prefix, i);
    for (int level = 0; level < levels; level++)
        norm[level] = kind != RN_NORM_BATCH
                          ? norm[0]
                          : rn_norm_declare(params, kind, c, groups, "%sconv.%d.1.%d", prefix, i,
                                            level + config->first_level - RN_FPN_FIRST);
}

void rn_head_declare(rn_head *head, rn_params *params, const rn_model_config *config, int levels,
                     int outputs, const char *prefix, const char *last) {
    int c = config->fpn_channels;
    bool bias = config->head_norm == RN_NORM_NONE;
    RN_CHECK(config->head_convs <= RN_HEAD_CONVS_MOST, "%d convolutions", config->head_convs);
    *head = (rn_head){.convs = config->head_convs};
    for (int i = 0; i < head->convs; i++) {
        head->conv[i] = rn_conv_declare(params, c, c, 3, 1, bias, "%sconv.%d.0", prefix, i);
        declare_norms(head->norm[i], params, config, levels, prefix, i);
    }
    head->last = rn_conv_declare(params, c, outputs, 3, 1, true, "%s%s", prefix, last);
}

void rn_head_forward(rn_tensor **out, rn_tape *tape, const rn_head *head, rn_tensor *const *p,
                     int levels) {
    rn_tape_mark mark = rn_tape_get_mark(tape);
    for (int i = 0; i <= head->convs; i++, p = out) {
        if (i < head->convs)
            rn_conv_forward_maps(out, tape, &head->conv[i], head->norm[i], true, p, (size_t)levels);
        else
            rn_conv_forward_maps(out, tape, &head->last, NULL, false, p, (size_t)levels);
        rn_tape_keep(tape, mark, out, (size_t)levels);
    }
}
