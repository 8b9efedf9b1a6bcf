/* Exercises of notebook 10. Fill in the functions, then: make check-exercises ONLY=10 */
#include <math.h>

typedef struct code {
    double x, y, w, h;
} code;

/* 1. The code of the flipped object for the flipped anchor, when the picture is
 * flipped left to right. */
code mirror(code t) {
    (void)t;
    return (code){-99, -99, -99, -99}; /* TODO */
}

/* 2. The IoU of an anchor with the box of the code (0, 0, tw, th). */
double iou_of_sizes(double tw, double th) {
    (void)tw, (void)th;
    return -1; /* TODO */
}

/* 3. The number for which the sum of smooth L1 of its distances to all targets is
 * smallest, to 9 digits; beta > 0, count > 0. */
double best_constant(const double *target, int count, double beta) {
    (void)target, (void)count, (void)beta;
    return -99; /* TODO */
}
