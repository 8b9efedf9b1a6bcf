/* nms.h: greedy non-maximum suppression.
 *
 * Order is total: score descending, then index ascending. A box is dropped when its IoU with a kept
 * one is above the threshold (pycocotools' and torchvision's strict >, compared in single
 * precision). */
#ifndef RN_DETECT_NMS_H
#define RN_DETECT_NMS_H

#include "base/arena.h"
#include "detect/box.h"

#include <stddef.h>

/** order[i]: indices 0 .. n-1 sorted by score descending, index ascending. NaN scores come last.
 * n <= INT_MAX. */
void rn_nms_order(int *order, const float *score, size_t n);

/** keep: room for the smaller of n and `most`; receives indices into box, best first, and at most
 * `most`. group: boxes of different groups (classes) never suppress each other; NULL means one
 * group. A box without area or with NaN corners neither suppresses nor is suppressed. Scratch
 * memory is taken from the arena and released. Returns how many were kept. */
size_t rn_nms(int *keep, const rn_box *box, const float *score, const int *group, size_t n,
              float threshold, float plus_one, size_t most, rn_arena *scratch);

#endif
