#include "model/fpn.h"
#include "nn/eltwise.h"
#include "nn/upsample.h"

void rn_fpn_declare(rn_fpn *fpn, rn_params *params, const rn_model_config *config, const int in[3],
                    const char *prefix) {
    int k = config->fpn_channels, groups = config->norm_groups;
    rn_norm_kind norm = (rn_norm_kind)config->fpn_norm;
    bool bias = norm == RN_NORM_NONE;
    *fpn = (rn_fpn){.first = config->first_level,
                    .levels = config->top_level - config->first_level + 1,
                    .p6_from = (rn_p6_source)config->p6_from};
    for (int i = fpn->first - RN_FPN_FIRST; i < 3; i++) {
        fpn->lateral[i] =
            rn_conv_declare(params, in[i], k, 1, 1, true, "%sinner_blocks.%d.0", prefix, i);
        fpn->output[i] =
            rn_conv_declare(params, k, k, 3, 1, bias, "%slayer_blocks.%d.0", prefix, i);
        fpn->norm[i] = rn_norm_declare(params, norm, k, groups, "%slayer_blocks.%d.1", prefix, i);
    }
    int c = fpn->p6_from == RN_P6_FROM_C5 ? in[2] : k;
    if (config->top_level >= 6)
        fpn->p6 = rn_conv_declare(params, c, k, 3, 2, bias, "%sextra_blocks.p6", prefix);
    if (config->top_level >= 7)
        fpn->p7 = rn_conv_declare(params, k, k, 3, 2, bias, "%sextra_blocks.p7", prefix);
    for (int level = 6; level <= config->top_level; level++)
        fpn->norm[level - RN_FPN_FIRST] =
            rn_norm_declare(params, norm, k, groups, "%sextra_blocks.p%d_norm", prefix, level);
}

/* The output Pn, n = i + 3. */
static rn_tensor *output(rn_tape *tape, const rn_fpn *fpn, int i, const rn_conv *conv,
                         rn_tensor *x) {
    return rn_conv_forward(tape, conv, &fpn->norm[i], fpn->norm[i].kind != RN_NORM_NONE, x);
}

void rn_fpn_forward(rn_tensor **p, rn_tape *tape, const rn_fpn *fpn, rn_tensor *const c[3]) {
    rn_tensor *inner = NULL;
    int below = fpn->first - RN_FPN_FIRST, end = below + fpn->levels;
    for (int i = 2; i >= below; i--) { /* top down */
        rn_tensor *lateral = rn_conv_forward(tape, &fpn->lateral[i], NULL, false, c[i]);
        inner = inner ? rn_upsample_add_forward(tape, lateral, inner) : lateral;
        p[i - below] = output(tape, fpn, i, &fpn->output[i], inner);
    }
    if (end < 4) return;
    rn_tensor *p6 =
        output(tape, fpn, 3, &fpn->p6, fpn->p6_from == RN_P6_FROM_C5 ? c[2] : p[2 - below]);
    p[3 - below] = p6;
    if (end >= 5) p[4 - below] = output(tape, fpn, 4, &fpn->p7, rn_relu_forward(tape, p6));
}
