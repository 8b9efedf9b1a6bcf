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

/** Width times height; 0 for a box turned inside out, NaN if a coordinate is NaN. */
float rn_box_area(rn_box box);

/** rn_box_area with plus_one added to both sides. */
float rn_box_area_plus(rn_box box, float plus_one);

/** Intersection over union, in [0, 1]; 0 when the union is empty or a coordinate is NaN.
 * `plus_one` (0 or 1) is added to widths and heights: the inclusive pixel counting of older
 * implementations. Symmetric to the last bit, and equal to torchvision's box_iou in it. */
float rn_box_iou(rn_box a, rn_box b, float plus_one);

/** rn_box_iou for loops that have the areas (rn_box_area_plus) already; the same bits. */
static inline float rn_box_iou_known(rn_box a, float area_a, rn_box b, float area_b,
                                     float plus_one) {
    float w = (a.x2 < b.x2 ? a.x2 : b.x2) - (a.x1 > b.x1 ? a.x1 : b.x1) + plus_one;
    float h = (a.y2 < b.y2 ? a.y2 : b.y2) - (a.y1 > b.y1 ? a.y1 : b.y1) + plus_one;
    float both = (w > 0 ? w : 0) * (h > 0 ? h : 0);
    float iou = both / (area_a + area_b - both); /* NaN for an empty union: 0 / 0 */
    return iou > 0 ? iou : 0;
}

/** Cut to [0, width] x [0, height]; NaN stays NaN. */
rn_box rn_box_clip(rn_box box, float width, float height);

#endif
