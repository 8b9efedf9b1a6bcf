/* Exercises of notebook 14. Fill in the functions, then: make check-exercises ONLY=14 */
#include "detect/box.h"

#include <stdbool.h>

/* 1. AP as the mean of the staircase at the recalls 0, 0.1, ... 1. The detections
 * are sorted, best first; objects > 0. */
double voc_ap(const bool *right, int count, int objects) {
    (void)right, (void)count, (void)objects;
    return -1; /* TODO */
}

/* 2. Which boxes stay, as indices? They are sorted, best first. A box is dropped
 * when its IoU with one that stays, of the same class, is above the threshold.
 * Returns how many stay. */
int nms(int *keep, const rn_box *box, const int *label, int count,
        float threshold) {
    (void)keep, (void)box, (void)label, (void)count, (void)threshold;
    return -1; /* TODO */
}

/* 3. The lowest of the scores for which the detections with at least that score
 * have at least this precision, or 2 if there is none. Scores fall from one to the
 * next. */
double limit_for(const double *score, const bool *right, int count,
                 double precision) {
    (void)score, (void)right, (void)count, (void)precision;
    return -1; /* TODO */
}
