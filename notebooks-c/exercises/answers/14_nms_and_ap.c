/* Answers to the exercises of notebook 14. */
#include "detect/box.h"

#include <math.h>
#include <stdbool.h>

/* At each recall the best precision there or beyond. Whole numbers are compared,
 * since 3 * 0.1 is not 0.3. */
double voc_ap(const bool *right, int count, int objects) {
    double sum = 0;
    for (int place = 0; place <= 10; place++) {
        double best = 0;
        for (int i = 0, rights = 0; i < count; i++) {
            rights += right[i];
            if (10 * rights >= place * objects)
                best = fmax(best, (double)rights / (i + 1));
        }
        sum += best;
    }
    return sum / 11;
}

int nms(int *keep, const rn_box *box, const int *label, int count,
        float threshold) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
        bool stays = true;
        for (int k = 0; k < kept && stays; k++)
            stays = label[i] != label[keep[k]] ||
                    rn_box_iou(box[i], box[keep[k]], 0) <= threshold;
        if (stays) keep[kept++] = i;
    }
    return kept;
}

/* Precision goes down and up again, so the last place where it is high enough
 * counts, not the first where it is too low. */
double limit_for(const double *score, const bool *right, int count,
                 double precision) {
    double limit = 2;
    for (int i = 0, rights = 0; i < count; i++) {
        rights += right[i];
        if ((double)rights / (i + 1) >= precision) limit = score[i];
    }
    return limit;
}
