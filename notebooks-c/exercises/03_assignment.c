/* Exercises of notebook 3. Fill in the functions, then: make check-exercises ONLY=03 */
#include "detect/box.h"

/* 1. How many anchors of the size and shape of an object have at least this IoU,
 * between 0 and 1, with it, on average? The side measures that many strides. */
double matches_expected(double strides, double iou) {
    (void)strides, (void)iou;
    return -1; /* TODO */
}

/* 2. How many of the objects have no anchor with an IoU of at least `bar`? */
int orphans(const rn_box *anchor, int anchors, const rn_box *object,
            int objects, float bar) {
    (void)anchor, (void)anchors, (void)object, (void)objects, (void)bar;
    return -1; /* TODO */
}

/* 3. The number of questions with the answer "no" for each with the answer "yes"
 * when every anchor but the ignored ones is asked for each class; 0 if no anchor
 * is positive. */
double no_for_each_yes(int anchors, int positives, int ignored, int classes) {
    (void)anchors, (void)positives, (void)ignored, (void)classes;
    return -1; /* TODO */
}
