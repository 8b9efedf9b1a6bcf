#include "loss/normaliser.h"
#include "base/check.h"

#include <math.h>

const char rn_normaliser_choices[] = "image-positives|batch-positives|moving-average|all-anchors";

static double at_least_one(double x) { return x < 1 ? 1 : x; }

static double total(const size_t *count, int images) {
    double sum = 0;
    for (int i = 0; i < images; i++) sum += (double)count[i];
    return at_least_one(sum);
}

/* What the whole batch is divided by. */
static double batch_divisor(rn_normaliser *normaliser, const size_t *positives,
                            const size_t *counted, int images) {
    if (normaliser->kind == RN_NORMALISER_ALL_ANCHORS) return total(counted, images);
    double now = total(positives, images), momentum = normaliser->momentum;
    if (normaliser->kind == RN_NORMALISER_BATCH_POSITIVES) return now;
    RN_CHECK(momentum >= 0 && momentum < 1, "momentum is %g, want 0 to below 1", momentum);
    RN_CHECK(normaliser->value >= 0 && isfinite(normaliser->value), "the running value is %g",
             normaliser->value);
    normaliser->value = momentum * normaliser->value + (1 - momentum) * now;
    return at_least_one(normaliser->value);
}

void rn_normaliser_divide(double *divisor, rn_normaliser *normaliser, const size_t *positives,
                          const size_t *counted, int images) {
    RN_CHECK(images >= 1, "%d images", images);
    if (normaliser->kind == RN_NORMALISER_IMAGE_POSITIVES) {
        for (int i = 0; i < images; i++) divisor[i] = images * at_least_one((double)positives[i]);
        return;
    }
    double all = batch_divisor(normaliser, positives, counted, images);
    for (int i = 0; i < images; i++) divisor[i] = all;
}
