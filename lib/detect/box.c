#include "detect/box.h"

float rn_box_area(rn_box box) { return rn_box_area_plus(box, 0); }

float rn_box_area_plus(rn_box box, float plus_one) {
    float w = box.x2 - box.x1 + plus_one, h = box.y2 - box.y1 + plus_one;
    return (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
}

/* The areas are rounded to float before they are added. A compiler that inlines them here may fuse
 * one of the two products with the addition, and then iou(a, b) and iou(b, a) differ in the last
 * bit: `volatile` is the portable way to forbid that. */
float rn_box_iou(rn_box a, rn_box b, float plus_one) {
    volatile float area_a = rn_box_area_plus(a, plus_one), area_b = rn_box_area_plus(b, plus_one);
    return rn_box_iou_known(a, area_a, b, area_b, plus_one);
}

static float between(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

rn_box rn_box_clip(rn_box box, float width, float height) {
    return (rn_box){between(box.x1, 0, width), between(box.y1, 0, height),
                    between(box.x2, 0, width), between(box.y2, 0, height)};
}
