#include "eval/curves.h"
#include "base/check.h"

bool rn_curves_precision(double precision[RN_EVAL_RECALLS], const rn_eval *eval, int label, int iou,
                         int area) {
    RN_CHECK(label >= -1 && label < eval->num_classes && iou >= -1 && iou < RN_EVAL_IOUS &&
                 area >= 0 && area < RN_EVAL_AREAS,
             "class %d of %d, IoU %d, area %d", label, eval->num_classes, iou, area);
    size_t curves = 0;
    for (int r = 0; r < RN_EVAL_RECALLS; r++) precision[r] = 0;
    for (int c = label < 0 ? 0 : label; c < (label < 0 ? eval->num_classes : label + 1); c++) {
        if (*rn_eval_precision(eval, 0, 0, c, area) < 0) continue;
        for (int t = iou < 0 ? 0 : iou; t < (iou < 0 ? RN_EVAL_IOUS : iou + 1); t++, curves++)
            for (int r = 0; r < RN_EVAL_RECALLS; r++)
                precision[r] += *rn_eval_precision(eval, t, r, c, area);
    }
    for (int r = 0; r < RN_EVAL_RECALLS; r++)
        precision[r] = curves ? precision[r] / (double)curves : -1;
    return curves > 0;
}
