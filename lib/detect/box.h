/* box.h: axis-aligned boxes.
 *
 * A box is x1 y1 x2 y2 in pixels, half-open: the left upper pixel is [0, 1) x [0, 1), a box over it
 * is (0, 0, 1, 1), width is x2 - x1. Formats that count otherwise (VOC: 1-based, inclusive) are
 * converted where they are read. */
#ifndef RN_DETECT_BOX_H
#define RN_DETECT_BOX_H

typedef struct rn_box {
    float x1, y1, x2, y2;
} rn_box;

/** One found object; score in [0, 1], class counted from 0. */
typedef struct rn_detection {
    rn_box box;
    float score;
    int label;
} rn_detection;

float rn_box_area(rn_box box);

/** Intersection over union, in [0, 1]; 0 when the union is empty. `plus_one` (0 or 1) is added to
 * widths and heights: the inclusive pixel counting of older implementations. */
float rn_box_iou(rn_box a, rn_box b, float plus_one);

/** Cut to [0, width] x [0, height]. */
rn_box rn_box_clip(rn_box box, float width, float height);

#endif
