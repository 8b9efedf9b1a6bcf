/* coco_curve.h: from ranked detections to interpolated precision (pycocotools, accumulate). */
#ifndef RN_EVAL_COCO_CURVE_H
#define RN_EVAL_COCO_CURVE_H

#include "eval/coco_match.h"

/** Precision of one class at the recalls 0, .01 ... 1, for one area range and IoU threshold.
 *
 * precision: RN_EVAL_RECALLS numbers, `stride` apart. match: (n), best detection first. truths >=
 * 1: objects that count. At each recall stands the largest precision reached there or beyond, 0
 * beyond the last recall reached. */
void rn_coco_curve(double *precision, size_t stride, const rn_coco_match *match, size_t n, int area,
                   int iou, size_t truths);

/** The mean, added up in the order of numpy (pairwise), so that no digit differs; n >= 1. */
double rn_coco_mean(const double *value, size_t n);

#endif
