/* curves.h: numbers behind two pictures: precision over recall, and how a loss is spread over its
 * examples (figure 4 of the paper). Plain arrays, ready for a plot. */
#ifndef RN_EVAL_CURVES_H
#define RN_EVAL_CURVES_H

#include "base/real.h"
#include "eval/coco_eval.h"

#include <stdbool.h>
#include <stddef.h>

/** precision[r] at recall rn_eval_recall_at(r), interpolated as COCO does: the height of a curve
 * whose mean is the AP. label: a class, or -1 for the mean over all classes with objects; iou: a
 * threshold's index, or -1 for the mean over all ten; area as in rn_eval_ap. Returns false, and
 * fills with -1, where there are no objects. */
bool rn_curves_precision(double precision[RN_EVAL_RECALLS], const rn_eval *eval, int label, int iou,
                         int area);

/** share[k]: which part of the total loss the hardest fraction[k] of the n examples hold, both in
 * [0, 1]; between two examples it grows linearly. The curve of figure 4, which sorts by rising
 * loss, is 1 - share at 1 - fraction. Losses are finite and not negative (RN_CHECK); where all of
 * them are 0, or n is, each example counts the same. */
void rn_curves_loss_share(double *share, const double *fraction, size_t count, const rn_float *loss,
                          size_t n);

#endif
