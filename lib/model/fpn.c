#include "model/fpn.h"
#include "nn/eltwise.h"
#include "nn/upsample.h"

#include <stdio.h>

static rn_conv declare(rn_params *params, int c, int k, int kernel, int stride, bool bias,
                       const char *prefix, const char *name) {
    char full[RN_PARAM_NAME_SIZE];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    return rn_conv_declare(params, c, k, kernel, stride, bias, full);
}

void rn_fpn_declare(rn_fpn *fpn, rn_params *params, const rn_model_config *config, const int in[3],
                    const char *prefix) {
    int k = config->fpn_channels;
    bool bias = config->fpn_norm == RN_NORM_NONE;
    char name[RN_PARAM_NAME_SIZE];
    *fpn = (rn_fpn){.levels = config->top_level - RN_FPN_FIRST + 1,
                    .p6_from = (rn_p6_source)config->p6_from};
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "inner_blocks.%d.0", i);
        fpn->lateral[i] = declare(params, in[i], k, 1, 1, true, prefix, name);
        snprintf(name, sizeof name, "layer_blocks.%d.0", i);
        fpn->output[i] = declare(params, k, k, 3, 1, bias, prefix, name);
    }
    int c = fpn->p6_from == RN_P6_FROM_C5 ? in[2] : k;
    if (fpn->levels >= 4) fpn->p6 = declare(params, c, k, 3, 2, bias, prefix, "extra_blocks.p6");
    if (fpn->levels >= 5) fpn->p7 = declare(params, k, k, 3, 2, bias, prefix, "extra_blocks.p7");
    for (int i = 0; i < fpn->levels; i++) {
        if (i < 3)
            snprintf(name, sizeof name, "%slayer_blocks.%d.1", prefix, i);
        else
            snprintf(name, sizeof name, "%sextra_blocks.p%d_norm", prefix, i + RN_FPN_FIRST);
        fpn->norm[i] =
            rn_norm_declare(params, (rn_norm_kind)config->fpn_norm, k, config->norm_groups, name);
    }
}

static rn_tensor *output(rn_tape *tape, const rn_fpn *fpn, int i, const rn_conv *conv,
                         rn_tensor *x) {
    return rn_conv_forward(tape, conv, &fpn->norm[i], fpn->norm[i].kind != RN_NORM_NONE, x);
}

void rn_fpn_forward(rn_tensor **p, rn_tape *tape, const rn_fpn *fpn, rn_tensor *const c[3]) {
    rn_tensor *inner = NULL;
    for (int i = 2; i >= 0; i--) { /* top down */
        rn_tensor *lateral = rn_conv_forward(tape, &fpn->lateral[i], NULL, false, c[i]);
        inner = inner ? rn_upsample_add_forward(tape, lateral, inner) : lateral;
        p[i] = output(tape, fpn, i, &fpn->output[i], inner);
    }
    if (fpn->levels < 4) return;
    p[3] = output(tape, fpn, 3, &fpn->p6, fpn->p6_from == RN_P6_FROM_C5 ? c[2] : p[2]);
    if (fpn->levels >= 5) p[4] = output(tape, fpn, 4, &fpn->p7, rn_relu_forward(tape, p[3]));
}
