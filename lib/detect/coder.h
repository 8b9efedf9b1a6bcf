/* coder.h: boxes as offsets from anchors (R-CNN parameterisation, Girshick et al. 2014, app. C).
 *
 *     t = ((x - xa) / wa, (y - ya) / ha, log(w / wa), log(h / ha)),   code = (t - mean) / std
 *
 * with x, y the centres. Decoding clamps the logarithms so that exp cannot overflow. Computed in
 * double precision, rounded once. */
#ifndef RN_DETECT_CODER_H
#define RN_DETECT_CODER_H

#include "base/real.h"
#include "detect/box.h"

typedef struct rn_coder {
    double mean[4], std[4]; /**< std > 0; torchvision's weights are 1 / std */
    double log_most;        /**< largest log(w / wa) on decoding: log(1000 / 16) */
    double plus_one;        /**< 0, or 1 for inclusive boxes of older implementations */
} rn_coder;

/** Sides below a millionth of a pixel count as that, of box and anchor: the code of a box without
 * area is finite (for coordinates up to 1e9; NaN gives NaN). */
void rn_coder_encode(rn_float code[4], const rn_coder *coder, rn_box box, rn_box anchor);

/** The box may leave the image (see rn_box_clip). A NaN in the code gives NaN corners. */
rn_box rn_coder_decode(const rn_coder *coder, const rn_float code[4], rn_box anchor);

#endif
