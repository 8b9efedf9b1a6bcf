/* A softmax over columns is a sigmoid of the lead of the true column c over all others together:
 *
 *     p_c = exp(x_c) / sum_k exp(x_k) = sigmoid(x_t),     x_t = x_c - log sum_{k != c} exp(x_k)
 *
 * So every loss of p_t is at hand with its slope d/dx_t, finite wherever that is, and the chain
 * rule needs only how the lead depends on the logits: d x_t / d x_c = 1, and d x_t / d x_k = -s_k,
 * where s_k is column k's share of exp(x) among the others. The shares add up to 1, hence the
 * gradient of a row to 0. */
#include "loss/softmax.h"
#include "base/check.h"
#include "loss/focal.h"
#include "loss/rows.h"

typedef struct rn_softmax_pass {
    rn_float *grad;
    const rn_float *logit;
    const int *label;
    size_t columns;
    rn_float gamma; /* 0 is cross entropy */
    const rn_float *class_alpha;
    rn_float scale;
} rn_softmax_pass;

/* log sum_{k != c} exp(x_k); share[k] = exp(x_k) over that sum, unless share is NULL. */
static double log_sum_of_others(rn_float *share, const rn_float *x, size_t c, size_t columns) {
    rn_float most = (rn_float)-INFINITY;
    double sum = 0;
    for (size_t k = 0; k < columns; k++)
        if (k != c && x[k] > most) most = x[k];
    for (size_t k = 0; k < columns; k++) {
        rn_float e = k == c ? 0 : exp(x[k] - most);
        sum += (double)e;
        if (share) share[k] = e;
    }
    if (share)
        for (size_t k = 0; k < columns; k++) share[k] = (rn_float)((double)share[k] / sum);
    return (double)most + log(sum);
}

static double softmax_row(rn_float *grad, const rn_float *x, size_t c,
                          const rn_softmax_pass *pass) {
    double lead = (double)x[c] - log_sum_of_others(grad, x, c, pass->columns);
    rn_float weight = pass->class_alpha ? pass->class_alpha[c] : 1, value, slope;
    rn_focal_term(&value, &slope, (rn_float)lead, pass->gamma);
    if (grad) {
        rn_float pull = weight * slope * pass->scale;
        for (size_t k = 0; k < pass->columns; k++) grad[k] *= -pull;
        grad[c] = pull;
    }
    return (double)(weight * value);
}

static double softmax_range(const void *context, size_t first, size_t last) {
    const rn_softmax_pass *pass = context;
    size_t columns = pass->columns;
    double sum = 0;
    for (size_t i = first; i < last; i++) {
        rn_float *grad = pass->grad ? pass->grad + i * columns : NULL;
        int label = pass->label[i];
        if (label != RN_IGNORE)
            sum += softmax_row(grad, pass->logit + i * columns,
                               label == RN_BACKGROUND ? columns - 1 : (size_t)label, pass);
        else if (grad)
            for (size_t k = 0; k < columns; k++) grad[k] = 0;
    }
    return sum;
}

static double softmax_sum(const rn_softmax_pass *pass, size_t n, int columns) {
    RN_CHECK(columns >= 2, "%d columns, want a class and the background", columns);
    rn_rows_check_labels(pass->label, n, columns - 1);
    for (int k = 0; pass->class_alpha && k < columns; k++)
        RN_CHECK(pass->class_alpha[k] >= 0 && isfinite(pass->class_alpha[k]),
                 "class_alpha[%d] is %g, want 0 or more", k, (double)pass->class_alpha[k]);
    return rn_rows_sum(softmax_range, pass, n);
}

double rn_softmax_cross_entropy_loss(rn_float *grad, const rn_float *logit, const int *label,
                                     size_t n, int columns, const rn_loss_options *options,
                                     rn_float scale) {
    rn_softmax_pass pass = {grad, logit, label, (size_t)columns, 0, options->class_alpha, scale};
    return softmax_sum(&pass, n, columns);
}

double rn_softmax_focal_loss(rn_float *grad, const rn_float *logit, const int *label, size_t n,
                             int columns, const rn_loss_options *options, rn_float scale) {
    rn_focal_check_gamma(options);
    rn_softmax_pass pass = {
        grad, logit, label, (size_t)columns, options->gamma, options->class_alpha, scale};
    return softmax_sum(&pass, n, columns);
}
