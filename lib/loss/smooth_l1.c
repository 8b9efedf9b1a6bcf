#include "loss/smooth_l1.h"
#include "base/check.h"
#include "loss/rows.h"

typedef struct rn_smooth_l1_pass {
    rn_float *grad;
    const rn_float *prediction, *target;
    const int *label;
    rn_float beta, scale;
} rn_smooth_l1_pass;

/* beta 0 never meets the division; a NaN difference gives a NaN value and slope. */
static double smooth_l1(rn_float *slope, rn_float d, rn_float beta) {
    rn_float size = fabs(d);
    if (size < beta) {
        *slope = d / beta;
        return (double)(d * *slope / 2);
    }
    *slope = d > 0 ? 1 : d < 0 ? -1 : d;
    return (double)(size - beta / 2);
}

static double smooth_l1_range(const void *context, size_t first, size_t last) {
    const rn_smooth_l1_pass *pass = context;
    double sum = 0;
    for (size_t row = first; row < last; row++) {
        rn_float slope[4] = {0};
        for (size_t k = 0; k < 4 && pass->label[row] >= 0; k++) {
            size_t i = 4 * row + k;
            sum += smooth_l1(&slope[k], pass->prediction[i] - pass->target[i], pass->beta);
        }
        for (size_t k = 0; k < 4 && pass->grad; k++)
            pass->grad[4 * row + k] = slope[k] * pass->scale;
    }
    return sum;
}

double rn_smooth_l1_loss(rn_float *grad, const rn_float *prediction, const rn_float *target,
                         const int *label, size_t n, rn_float beta, rn_float scale) {
    RN_CHECK(beta >= 0 && isfinite(beta), "beta is %g, want 0 or more", (double)beta);
    rn_smooth_l1_pass pass = {grad, prediction, target, label, beta, scale};
    return rn_rows_sum(smooth_l1_range, &pass, n);
}
