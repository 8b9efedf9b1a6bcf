/* Answers to the exercises of notebook 3. */
#include "detect/box.h"

#include <math.h>
#include <stdbool.h>

/* IoU >= q where the shared part (1 - u)(1 - v) >= c = 2 q / (1 + q), and
 * 4 int_0^(1 - c) (1 - c / (1 - u)) du = 4 (1 - c + c log c). */
double matches_expected(double strides, double iou) {
    double c = 2 * iou / (1 + iou);
    return 4 * (1 - c + c * log(c)) * strides * strides;
}

int orphans(const rn_box *anchor, int anchors, const rn_box *object,
            int objects, float bar) {
    int count = 0;
    for (int o = 0; o < objects; o++) {
        bool found = false;
        for (int a = 0; a < anchors && !found; a++)
            found = rn_box_iou(anchor[a], object[o], 0) >= bar;
        count += !found;
    }
    return count;
}

/* A question for each anchor and class; the positives have one "yes" each. */
double no_for_each_yes(int anchors, int positives, int ignored, int classes) {
    if (positives == 0) return 0;
    double asked = (double)(anchors - ignored) * classes;
    return (asked - positives) / positives;
}
