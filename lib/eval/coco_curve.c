/* The interpolated precision changes only at true positives, so the curve is walked once,
 * backwards, from one to the next. With T objects, the k-th true positive and f false ones before
 * it give
 *
 *   precision  k / (f + k + eps)        eps = 2^-52, as in pycocotools
 *   for the recalls in ((k - 1) / T, k / T], and all below while it is the largest so far.
 */
#include "eval/coco_curve.h"

#include <float.h>

/* Gives `value` to all recalls above `recall`, from number r down; returns the next one. */
static int fill_down(double *precision, size_t stride, int r, double recall, double value) {
    for (; r >= 0 && rn_eval_recall_at(r) > recall; r--) precision[(size_t)r * stride] = value;
    return r;
}

void rn_coco_curve(double *precision, size_t stride, const rn_coco_match *match, size_t n, int area,
                   int iou, size_t truths) {
    size_t hits = 0, misses = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned found = match[i].found[area] >> iou & 1U;
        unsigned counts = ~(unsigned)match[i].ignored[area] >> iou & 1U;
        hits += found & counts;
        misses += ~found & counts;
    }
    double total = (double)truths, best = 0;
    int r = fill_down(precision, stride, RN_EVAL_RECALLS - 1, (double)hits / total, 0);
    for (size_t i = n; i-- > 0 && hits > 0;) {
        if (match[i].ignored[area] >> iou & 1U) continue;
        if (!(match[i].found[area] >> iou & 1U)) {
            misses--;
            continue;
        }
        double here = (double)hits / ((double)misses + (double)hits + DBL_EPSILON);
        if (here > best) best = here;
        hits--;
        r = fill_down(precision, stride, r, (double)hits / total, best);
    }
    fill_down(precision, stride, r, -1, best); /* recall 0: the whole curve lies at or beyond it */
}

static double pairwise_sum(const double *value, size_t n) {
    if (n > 128) {
        size_t half = n / 2 - n / 2 % 8;
        return pairwise_sum(value, half) + pairwise_sum(value + half, n - half);
    }
    double part[8] = {0}, sum = 0;
    size_t i = 0;
    for (; n >= 8 && i < n - n % 8; i++) part[i % 8] += value[i];
    sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
    for (; i < n; i++) sum += value[i];
    return sum;
}

double rn_coco_mean(const double *value, size_t n) { return pairwise_sum(value, n) / (double)n; }
