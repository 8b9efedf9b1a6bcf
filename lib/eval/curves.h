/* curves.h: precision over recall as plain arrays, ready for a plot. */
#ifndef RN_EVAL_CURVES_H
#define RN_EVAL_CURVES_H

#include "eval/coco_eval.h"

#include <stdbool.h>

/** precision[r] at recall rn_eval_recall_at(r), interpolated as COCO does: the height of a curve
 * whose mean is the AP. label: a class, or -1 for the mean over all classes with objects; iou: a
 * threshold's index, or -1 for the mean over all ten; area as in rn_eval_ap. Returns false, and
 * fills with -1, where there are no objects. */
bool rn_curves_precision(double precision[RN_EVAL_RECALLS], const rn_eval *eval, int label, int iou,
                         int area);

#endif
