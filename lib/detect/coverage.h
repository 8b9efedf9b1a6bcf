/* coverage.h: how well the anchors cover the objects of a data set.
 *
 * An object whose best IoU is below the threshold for positives teaches little or nothing, which
 * training shows only as a box loss of 0. So it is asked before: for each box, the IoU of the
 * anchor that fits it best, the very number that rn_assign_anchors would compute. */
#ifndef RN_DETECT_COVERAGE_H
#define RN_DETECT_COVERAGE_H

#include "detect/anchor.h"
#include "detect/box.h"

#include <stddef.h>

/** iou[i]: the largest IoU of box[i], given in pixels of the network's input, with an anchor;
 * level[i]: the pyramid level that has it (an index into the spec, the first among equals), -1 when
 * the IoU is 0. grid: (levels), from the network or from rn_anchor_grid. Looks at a few anchors
 * around each box; bit by bit what a look at all of them gives. */
void rn_coverage_of(float *iou, int *level, const rn_box *box, size_t n, const rn_anchor_spec *spec,
                    const rn_grid *grid, int image_h, int image_w, float plus_one);

#endif
