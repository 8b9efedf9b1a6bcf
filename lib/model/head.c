#include "model/head.h"
#include "base/check.h"
#include "tensor/conv2d.h"

#include <string.h>

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

/* Do the pixels of a layer depend on those around them alone? Not if its norm takes statistics. */
static bool is_local(const rn_head *head, const rn_tape *tape, rn_tensor *const *p, int levels) {
    for (int i = 0; i < head->convs; i++)
        for (int l = 0; l < levels; l++)
            if (head->norm[i][l].kind != RN_NORM_NONE &&
                !rn_norm_is_affine(&head->norm[i][l], tape, rn_tensor_pixels(p[l])))
                return false;
    return true;
}

/* Sets wanted[i], (levels), of each layer i from that of the last one: what the next reads. */
static void trace_back(uint8_t *wanted[][RN_FPN_LEVELS_MOST], rn_tape *tape, int last,
                       rn_tensor *const *p, int levels) {
    for (int i = last; i-- > 0;)
        for (int l = 0; l < levels; l++) {
            wanted[i][l] = rn_tape_alloc(tape, rn_tensor_pixels(p[l]));
            const rn_conv_dims d = {
                .n = p[l]->n, .h = p[l]->h, .w = p[l]->w, .r = 3, .s = 3, .stride = 1, .pad = 1};
            if (!tape->plan) rn_conv2d_reads(wanted[i][l], wanted[i + 1][l], &d);
        }
}

void rn_head_forward(rn_tensor **out, rn_tape *tape, const rn_head *head, rn_tensor *const *p,
                     int levels, uint8_t *const *wanted) {
    uint8_t *of_layer[RN_HEAD_CONVS_MOST + 1][RN_FPN_LEVELS_MOST];
    if (wanted && !is_local(head, tape, p, levels)) wanted = NULL;
    if (wanted) {
        memcpy(of_layer[head->convs], wanted, (size_t)levels * sizeof *wanted);
        trace_back(of_layer, tape, head->convs, p, levels);
    }
    rn_tape_mark mark = rn_tape_get_mark(tape);
    for (int i = 0; i <= head->convs; i++, p = out) {
        bool last = i == head->convs;
        rn_conv_forward_maps(out, tape, last ? &head->last : &head->conv[i],
                             last ? NULL : head->norm[i], !last, p, (size_t)levels,
                             wanted ? of_layer[i] : NULL);
        rn_tape_keep(tape, mark, out, (size_t)levels);
    }
}
