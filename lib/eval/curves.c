#include "eval/curves.h"
#include "base/check.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

bool rn_curves_precision(double precision[RN_EVAL_RECALLS], const rn_eval *eval, int label, int iou,
                         int area) {
    RN_CHECK(label >= -1 && label < eval->num_classes && iou >= -1 && iou < RN_EVAL_IOUS &&
                 area >= 0 && area < RN_EVAL_AREAS,
             "class %d of %d, IoU %d, area %d", label, eval->num_classes, iou, area);
    size_t curves = 0;
    for (int r = 0; r < RN_EVAL_RECALLS; r++) precision[r] = 0;
    for (int c = label < 0 ? 0 : label; c < (label < 0 ? eval->num_classes : label + 1); c++) {
        if (*rn_eval_precision(eval, 0, 0, c, area) < 0) continue;
        for (int t = iou < 0 ? 0 : iou; t < (iou < 0 ? RN_EVAL_IOUS : iou + 1); t++, curves++)
            for (int r = 0; r < RN_EVAL_RECALLS; r++)
                precision[r] += *rn_eval_precision(eval, t, r, c, area);
    }
    for (int r = 0; r < RN_EVAL_RECALLS; r++)
        precision[r] = curves ? precision[r] / (double)curves : -1;
    return curves > 0;
}

static int compare_rising(const void *a, const void *b) {
    rn_float x = *(const rn_float *)a, y = *(const rn_float *)b;
    return (x > y) - (x < y);
}

/* Running sums from the smallest loss on: sum[i] of the i smallest. The caller frees. */
static double *rising_sums(const rn_float *loss, size_t n) {
    rn_float *sorted = rn_vec_zeros(n, sizeof *sorted);
    if (n) memcpy(sorted, loss, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_rising);
    double *sum = rn_vec_zeros(n + 1, sizeof *sum);
    for (size_t i = 0; i < n; i++) sum[i + 1] = sum[i] + (double)sorted[i];
    free(sorted);
    return sum;
}

void rn_curves_loss_share(double *share, const double *fraction, size_t count, const rn_float *loss,
                          size_t n) {
    bool usable = true;
    for (size_t i = 0; i < n; i++) usable &= loss[i] >= 0 && isfinite(loss[i]);
    RN_CHECK(usable, "a loss that is negative or not finite");
    double *sum = rising_sums(loss, n);
    for (size_t k = 0; k < count; k++) {
        RN_CHECK(fraction[k] >= 0 && fraction[k] <= 1, "fraction %g", fraction[k]);
        if (!(sum[n] > 0)) {
            share[k] = fraction[k];
            continue;
        }
        double easier = (1 - fraction[k]) * (double)n; /* that many are not counted */
        size_t whole = (size_t)easier < n ? (size_t)easier : n - 1;
        double below = sum[whole] + (easier - (double)whole) * (sum[whole + 1] - sum[whole]);
        share[k] = fmax(0, 1 - below / sum[n]);
    }
    free(sum);
}
