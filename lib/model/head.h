/* head.h: a tower of 3x3 convolutions and a last one, the same on every pyramid level (sec. 4). */
#ifndef RN_MODEL_HEAD_H
#define RN_MODEL_HEAD_H

#include "model/config.h"
#include "model/fpn.h"

enum { RN_HEAD_CONVS_MOST = 8 };

typedef struct rn_head {
    int convs;
    rn_conv conv[RN_HEAD_CONVS_MOST], last;
    /** Batch norm has statistics of its own for every level, other norms one set for all. */
    rn_norm norm[RN_HEAD_CONVS_MOST][RN_FPN_LEVELS_MOST];
} rn_head;

/** outputs: channels of the last convolution, anchors x columns. Names are PREFIXconv.0.0.weight,
 * norms PREFIXconv.0.1.weight (batch: PREFIXconv.0.1.LEVEL.weight, 0 for P3), and
 * PREFIXLAST.weight. */
void rn_head_declare(rn_head *head, rn_params *params, const rn_model_config *config, int levels,
                     int outputs, const char *prefix, const char *last);

/** out[i], (N, H, W, outputs), of p[i], for `levels` pyramid levels: (N, anchors of the level,
 * columns) in anchor order. Layer by layer: the levels of a layer are one piece of work. wanted:
 * NULL, or (levels) of (N, H, W), 0 where nobody will read out, so that it may hold anything; not
 * while recording. */
void rn_head_forward(rn_tensor **out, rn_tape *tape, const rn_head *head, rn_tensor *const *p,
                     int levels, uint8_t *const *wanted);

#endif
