#include "eval/curves.h"
#include "support/coco_case.h"

#include <criterion/criterion.h>
#include <math.h>

static bool close_to(double got, double want) { return isfinite(got) && fabs(got - want) < 1e-12; }

static double mean(const double *value, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += value[i];
    return sum / n;
}

Test(curves, the_mean_of_a_curve_is_the_average_precision) {
    coco_case c =
        coco_case_load("tests/golden/coco_eval_gt.json", "tests/golden/coco_eval_dt.json");
    rn_eval eval = coco_case_eval(&c);
    double precision[RN_EVAL_RECALLS];
    int drawn = 0;
    for (int label = -1; label < c.num_classes; label++)
        for (int iou = -1; iou < RN_EVAL_IOUS; iou++)
            for (int area = 0; area < RN_EVAL_AREAS; area++) {
                bool there = rn_curves_precision(precision, &eval, label, iou, area);
                double ap = rn_eval_ap(&eval, label, iou, area);
                cr_expect(close_to(mean(precision, RN_EVAL_RECALLS), ap),
                          "class %d IoU %d area %d: AP %g", label, iou, area, ap);
                cr_expect_eq(there, ap >= 0);
                drawn += there;
                for (int r = 1; r < RN_EVAL_RECALLS; r++)
                    cr_expect(precision[r] <= precision[r - 1], "a curve that rises");
            }
    cr_expect(drawn > 100 && drawn < (c.num_classes + 1) * (RN_EVAL_IOUS + 1) * RN_EVAL_AREAS,
              "both kinds occur: %d", drawn);
    rn_eval_free(&eval);
    coco_case_free(&c);
}
