/* Answers to the exercises of notebook 1. */
#include "detect/box.h"

#include <math.h>

/* IoU = (s - d) / (s + d), solved for d. */
double largest_shift(double side, double iou) {
    return side * (1 - iou) / (1 + iou);
}

/* With q = (s - d)^2 shared, IoU = q / (2 s^2 - q), so q = 2 s^2 IoU / (1 + IoU). */
double largest_diagonal_shift(double side, double iou) {
    return side * (1 - sqrt(2 * iou / (1 + iou)));
}

/* "Larger than the best so far", not "at least as large": the first stays. */
int best_match(rn_box box, const rn_box *guess, int count) {
    int best = -1;
    float most = 0;
    for (int i = 0; i < count; i++) {
        float iou = rn_box_iou(box, guess[i], 0);
        if (iou > most) {
            most = iou;
            best = i;
        }
    }
    return best;
}
