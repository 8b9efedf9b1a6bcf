#include "eval/loss_share.h"
#include "base/check.h"
#include "base/parallel.h"
#include "base/vec.h"
#include "loss/focal.h"

#include <stdlib.h>

/* ---- curves ---------------------------------------------------------------------------------- */

static int compare_falling(const void *a, const void *b) {
    rn_float x = *(const rn_float *)a, y = *(const rn_float *)b;
    return (x < y) - (x > y);
}

void rn_loss_share_sort(rn_float *x_t, size_t n) {
    bool usable = true;
    for (size_t i = 0; i < n; i++) usable &= !isnan(x_t[i]);
    RN_CHECK(usable, "a logit is NaN");
    if (n) qsort(x_t, n, sizeof *x_t, compare_falling);
}

/* dFL/dx_t is negative everywhere (appendix B, eq. 10), so one order serves every gamma. */
rn_loss_curve rn_loss_curve_make(const rn_float *x_t, size_t n, double gamma) {
    rn_loss_curve curve = {rn_vec_zeros(n + 1, sizeof *curve.sum), n};
    bool sorted = true;
    rn_focal_check_gamma(&(rn_loss_options){.gamma = (rn_float)gamma});
    for (size_t i = 0; i < n; i++) {
        rn_float value, slope;
        sorted &= i == 0 || x_t[i] <= x_t[i - 1];
        rn_focal_term(&value, &slope, x_t[i], (rn_float)gamma);
        curve.sum[i + 1] = curve.sum[i] + (double)value;
    }
    RN_CHECK(sorted, "examples that are not sorted");
    RN_CHECK(isfinite(curve.sum[n]), "a loss that is not finite");
    return curve;
}

/* Share of the loss up to a place between example 0 and n: places 1, 2, ... are where examples
 * end. */
static double share_at(const rn_loss_curve *curve, double place) {
    size_t n = curve->n, whole = place < (double)n ? (size_t)place : n - 1;
    double below = curve->sum[whole];
    below += (place - (double)whole) * (curve->sum[whole + 1] - below);
    return below / curve->sum[n];
}

double rn_loss_curve_at(const rn_loss_curve *curve, double fraction) {
    RN_CHECK(fraction >= 0 && fraction <= 1, "fraction %g", fraction);
    if (!(curve->sum[curve->n] > 0)) return fraction;
    return share_at(curve, fraction * (double)curve->n);
}

double rn_loss_curve_hardest(const rn_loss_curve *curve, double fraction) {
    RN_CHECK(fraction >= 0 && fraction <= 1, "fraction %g", fraction);
    return 1 - rn_loss_curve_at(curve, 1 - fraction);
}

/* The largest distance at the ends of the examples of `a`. */
static double gap_at_examples(const rn_loss_curve *a, const rn_loss_curve *b) {
    double gap = 0;
    for (size_t i = 1; i < a->n; i++) {
        double fraction = (double)i / (double)a->n;
        gap = fmax(gap, fabs(rn_loss_curve_at(a, fraction) - rn_loss_curve_at(b, fraction)));
    }
    return gap;
}

double rn_loss_curve_gap(const rn_loss_curve *a, const rn_loss_curve *b) {
    return fmax(gap_at_examples(a, b), gap_at_examples(b, a));
}

void rn_loss_curve_free(rn_loss_curve *curve) {
    free(curve->sum);
    *curve = (rn_loss_curve){0};
}

/* ---- quadrants ------------------------------------------------------------------------------- */

/* Adds the examples of a block on one side of the limit: `logit` and `label` are as a loss wants
 * them, `grad` is room for as many. */
static void add_part(rn_loss_part *part, rn_float *grad, const rn_float *logit, const int *label,
                     size_t n, const rn_loss *loss, const rn_loss_options *options) {
    part->examples += (double)n;
    part->loss += loss->compute(grad, logit, label, n, 1, options, 1);
    for (size_t i = 0; i < n; i++) part->gradient += (double)fabs(grad[i]);
}

/* A block of examples, parted at x_t = limit: the easy ones from the front, the hard ones from the
 * back. */
typedef struct block {
    rn_float logit[RN_PARALLEL_BLOCK], grad[RN_PARALLEL_BLOCK];
    int label[RN_PARALLEL_BLOCK];
} block;

static void add_side(rn_loss_part *easy, rn_loss_part *hard, block *b, const rn_loss_side *side,
                     bool positive, double limit, const rn_loss *loss,
                     const rn_loss_options *options) {
    for (size_t i = 0; i < RN_PARALLEL_BLOCK; i++) b->label[i] = positive ? 0 : RN_BACKGROUND;
    for (size_t i = 0; i < rn_parallel_blocks(side->kept); i++) {
        const rn_float *x_t = side->x_t + i * RN_PARALLEL_BLOCK;
        size_t n = rn_parallel_block(i, side->kept), front = 0, back = n;
        for (size_t k = 0; k < n; k++)
            b->logit[(double)x_t[k] > limit ? front++ : --back] = positive ? x_t[k] : -x_t[k];
        add_part(easy, b->grad, b->logit, b->label, front, loss, options);
        add_part(hard, b->grad, b->logit + front, b->label, n - front, loss, options);
    }
    double weight = side->kept ? (double)side->seen / (double)side->kept : 1;
    for (int k = 0; k < 2; k++) {
        rn_loss_part *part = k ? easy : hard;
        *part =
            (rn_loss_part){part->examples * weight, part->loss * weight, part->gradient * weight};
    }
}

rn_loss_quadrants rn_loss_quadrants_make(const rn_loss_examples *examples, const rn_loss *loss,
                                         const rn_loss_options *options, double easy_above) {
    RN_CHECK(!loss->softmax, "%s has no positives and negatives of their own", loss->name);
    RN_CHECK(easy_above > 0 && easy_above < 1, "p_t of easy examples %g", easy_above);
    double limit = log(easy_above / (1 - easy_above));
    rn_loss_quadrants q = {0};
    block *b = rn_vec_zeros(1, sizeof *b);
    add_side(&q.easy_positive, &q.hard_positive, b, &examples->positive, true, limit, loss,
             options);
    add_side(&q.easy_negative, &q.hard_negative, b, &examples->negative, false, limit, loss,
             options);
    free(b);
    return q;
}

rn_loss_quadrants rn_loss_quadrants_shares(const rn_loss_quadrants *sums) {
    rn_loss_quadrants q = *sums;
    rn_loss_part *part[] = {&q.easy_negative, &q.hard_negative, &q.easy_positive, &q.hard_positive},
                 whole = {0};
    for (size_t i = 0; i < RN_COUNT(part); i++) {
        whole.examples += part[i]->examples;
        whole.loss += part[i]->loss;
        whole.gradient += part[i]->gradient;
    }
    for (size_t i = 0; i < RN_COUNT(part); i++)
        *part[i] = (rn_loss_part){part[i]->examples / whole.examples, part[i]->loss / whole.loss,
                                  part[i]->gradient / whole.gradient};
    return q;
}
