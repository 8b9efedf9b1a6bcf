#include "eval/curves.h"
#include "base/rng.h"
#include "support/coco_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>

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

/* Losses 4, 3, 2, 1: the hardest half holds .7 of the total. */
Test(curves, loss_share_by_hand) {
    const rn_float loss[] = {2, 4, 1, 3};
    const struct {
        double fraction, share;
    } rows[] = {{0, 0}, {.125, .2}, {.25, .4}, {.5, .7}, {.625, .8}, {.75, .9}, {1, 1}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double share;
        rn_curves_loss_share(&share, &rows[i].fraction, 1, loss, RN_COUNT(loss));
        cr_expect(close_to(share, rows[i].share), "hardest %g: %g, want %g", rows[i].fraction,
                  share, rows[i].share);
    }
}

Test(curves, loss_share_rises_and_bends_down) {
    rn_rng rng = rn_rng_stream(1, "loss", 0);
    static rn_float loss[5000];
    double fraction[101], share[101];
    for (size_t i = 0; i < RN_COUNT(loss); i++) loss[i] = (rn_float)pow(rn_rng_uniform(&rng), 8);
    for (int k = 0; k <= 100; k++) fraction[k] = k / 100.;
    rn_curves_loss_share(share, fraction, 101, loss, RN_COUNT(loss));
    cr_expect(close_to(share[0], 0) && close_to(share[100], 1));
    for (int k = 1; k <= 100; k++)
        cr_expect(share[k] >= share[k - 1] && share[k] >= fraction[k] - 1e-12, "at %d: %g", k,
                  share[k]);
    for (int k = 1; k < 100; k++)
        cr_expect(share[k] - share[k - 1] >= share[k + 1] - share[k] - 1e-9, "bend at %d", k);
}

Test(curves, examples_without_loss_share_evenly) {
    const rn_float zero[3] = {0};
    const double fraction[] = {0, .3, 1};
    double share[3];
    rn_curves_loss_share(share, fraction, 3, zero, 3);
    for (int k = 0; k < 3; k++) cr_expect(share[k] == fraction[k]);
    rn_curves_loss_share(share, fraction, 3, NULL, 0);
    for (int k = 0; k < 3; k++) cr_expect(share[k] == fraction[k]);
}
