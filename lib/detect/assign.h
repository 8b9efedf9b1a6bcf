/* assign.h: which anchor learns which object (sec. 4, "Anchors").
 *
 * An anchor takes the object with which its IoU is largest (the first among equals): positive from
 * `positive` on, background below `negative`, ignored in between. With `best_anchor` in [0, 1] the
 * anchors that are best for an object are positive too when that IoU is at least best_anchor; they
 * keep the object that is largest for them (torchvision, Detectron). Negative values turn it off.
 *
 * One intended difference from torchvision's Matcher: an object that no anchor touches stays
 * without one. There its best IoU, 0, is that of all the anchors that miss it, and all of them
 * become positive.
 *
 * Works object by object: no memory beyond its arguments, no IoU matrix, and the same bits on any
 * number of threads. */
#ifndef RN_DETECT_ASSIGN_H
#define RN_DETECT_ASSIGN_H

#include "detect/box.h"

#include <stddef.h>

typedef struct rn_assign {
    double positive, negative; /**< .5, .4; compared in single precision; 0 < positive */
    double best_anchor;        /**< -1 off, 0 always (torchvision), .4 (the authors' code) */
    double plus_one;           /**< see rn_box_iou */
} rn_assign;

/** label[a]: class of the object, -1 background, -2 ignored; match[a]: index of the object with the
 * largest IoU, -1 when none has one above 0; iou[a]: that IoU. object_class: (num_objects). Returns
 * the number of positive anchors. RN_CHECKs negative <= positive and 0 < positive. */
size_t rn_assign_anchors(int *label, int *match, float *iou, const rn_box *anchor,
                         size_t num_anchors, const rn_box *object, const int *object_class,
                         int num_objects, const rn_assign *assign);

#endif
