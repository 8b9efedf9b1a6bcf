/* Exercises of notebook 1. Fill in the functions, then: make check-exercises ONLY=01 */
#include "detect/box.h"

/* 1. How far may a square of this side be shifted sideways and still have this
 * IoU, between 0 and 1, with where it was? */
double largest_shift(double side, double iou) {
    (void)side, (void)iou;
    return -1; /* TODO */
}

/* 2. The same for a shift by d to the right and by d down; the result is d. */
double largest_diagonal_shift(double side, double iou) {
    (void)side, (void)iou;
    return -1; /* TODO */
}

/* 3. The index of the guess that has the largest IoU with the box, the first
 * among equals; -1 if none overlaps it. */
int best_match(rn_box box, const rn_box *guess, int count) {
    (void)box, (void)guess, (void)count;
    return -2; /* TODO */
}
