/* fpn.h: feature pyramid network (Lin et al., CVPR 2017), levels P3 to P7 as RetinaNet has them
 * (sec. 4, footnote 2): no P2; P6 is a 3x3 stride 2 convolution of C5 or P5, P7 one of relu(P6).
 * It may also begin at P4, or at P5: then nothing is left of the way down from the top. */
#ifndef RN_MODEL_FPN_H
#define RN_MODEL_FPN_H

#include "model/config.h"
#include "nn/conv.h"

/** The lowest level that there can be, and so the level of C3. Where a pyramid begins, and what
 * index 0 of its levels means, rn_fpn.first says. */
enum { RN_FPN_FIRST = 3, RN_FPN_LEVELS_MOST = 5 };

typedef struct rn_fpn {
    int first, levels; /**< P(first) .. P(first + levels - 1) */
    rn_p6_source p6_from;
    rn_conv lateral[3], output[3]; /**< of C3 to C5, from C(first) on */
    rn_conv p6, p7;
    rn_norm norm[RN_FPN_LEVELS_MOST]; /**< on P3 to P7, with a ReLU; kind none: neither */
} rn_fpn;

/** in: channels of C3, C4, C5. Names are PREFIXinner_blocks.0.0.weight,
 * PREFIXlayer_blocks.0.0.weight, PREFIXextra_blocks.p6.weight, and .1 for norms; number 0 is C3's,
 * 2 is C5's, wherever the pyramid begins. */
void rn_fpn_declare(rn_fpn *fpn, rn_params *params, const rn_model_config *config, const int in[3],
                    const char *prefix);

/** p: (levels). c: C3, C4, C5; those below the first level are not looked at. */
void rn_fpn_forward(rn_tensor **p, rn_tape *tape, const rn_fpn *fpn, rn_tensor *const c[3]);

#endif
