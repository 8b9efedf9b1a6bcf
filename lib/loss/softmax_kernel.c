/* A softmax over columns is a sigmoid of the lead of the true column c over all others together:
 *
 *     p_c = exp(x_c) / sum_k exp(x_k) = sigmoid(x_t),     x_t = x_c - log sum_{k != c} exp(x_k)
 *
 * So every loss of p_t is at hand with its slope d/dx_t, finite wherever that is, and the chain
 * rule needs only how the lead depends on the logits: d x_t / d x_c = 1, and d x_t / d x_k = -s_k,
 * where s_k is column k's share of exp(x) among the others. The shares add up to 1, hence the
 * gradient of a row to 0.
 *
 * A row goes through the cache twice: its largest logit, then exp of what the others lack of it,
 * whose sum is all that the lead needs. These are kept where the gradient belongs, which they
 * become by a factor. */
#include "loss/softmax.h"
#include "base/check.h"
#include "loss/focal.h"
#include "loss/focal_term.h"

typedef struct rn_softmax_pass {
    rn_float *grad;
    const rn_float *logit;
    const int *label;
    size_t columns;
    rn_float gamma; /* 0 is cross entropy */
    const rn_float *class_alpha;
    rn_float scale;
} rn_softmax_pass;

typedef struct rn_softmax_kernel {
    rn_rows_function *range;
} rn_softmax_kernel;

RN_KERNEL_TABLE(rn_softmax_kernel, rn_softmax)

/* The logits k .. k + RN_LANES - 1 of a row but for the true one; -inf for that and past the end.
 */
RN_INLINE rn_vector others(const rn_float *x, size_t k, size_t c, size_t columns) {
    if (k + RN_LANES <= columns && c - k >= RN_LANES) return rn_load(x + k);
    rn_float some[RN_LANES];
    for (size_t l = 0; l < RN_LANES; l++)
        some[l] = k + l < columns && k + l != c ? x[k + l] : (rn_float)-INFINITY;
    return rn_load(some);
}

RN_INLINE rn_float largest_other(const rn_float *x, size_t c, size_t columns) {
    rn_vector most = rn_fill((rn_float)-INFINITY);
    for (size_t k = 0; k < columns; k += RN_LANES) {
        rn_vector here = others(x, k, c, columns);
        most = rn_select(here > most, here, most);
    }
    rn_float result = most[0];
    for (size_t l = 1; l < RN_LANES; l++)
        if (most[l] > result) result = most[l];
    return result;
}

/* sum_{k != c} exp(x_k - most); each goes to share[k], unless share is NULL. */
RN_INLINE double sum_of_others(rn_float *share, const rn_float *x, rn_float most, size_t c,
                               size_t columns) {
    rn_vector sums = {0};
    for (size_t k = 0; k < columns; k += RN_LANES) {
        rn_vector e = rn_vector_exp(others(x, k, c, columns) - most);
        sums += e;
        if (!share) continue;
        if (k + RN_LANES <= columns) {
            rn_store(share + k, e);
        } else {
            for (size_t l = 0; k + l < columns; l++) share[k + l] = e[l];
        }
    }
    double sum = 0;
    for (size_t l = 0; l < RN_LANES; l++) sum += (double)sums[l];
    return sum;
}

RN_INLINE double softmax_row(rn_float *grad, const rn_float *x, size_t c,
                             const rn_softmax_pass *pass) {
    rn_float most = largest_other(x, c, pass->columns);
    double sum = sum_of_others(grad, x, most, c, pass->columns);
    double lead = (double)x[c] - ((double)most + log(sum));
    rn_float weight = pass->class_alpha ? pass->class_alpha[c] : 1;
    rn_term term = rn_focal_term_of(rn_fill((rn_float)lead), pass->gamma);
    if (grad) {
        rn_float pull = weight * term.slope[0] * pass->scale;
        rn_float factor = (rn_float)((double)-pull / sum);
        for (size_t k = 0; k < pass->columns; k++) grad[k] *= factor;
        grad[c] = pull;
    }
    return (double)(weight * term.value[0]);
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

const rn_softmax_kernel RN_KERNEL(rn_softmax) = {.range = softmax_range};

#ifdef RN_KERNEL_ONCE

static double softmax_sum(const rn_softmax_pass *pass, size_t n, int columns) {
    RN_CHECK(columns >= 2, "%d columns, want a class and the background", columns);
    rn_rows_check_labels(pass->label, n, columns - 1);
    for (int k = 0; pass->class_alpha && k < columns; k++)
        RN_CHECK(pass->class_alpha[k] >= 0 && isfinite(pass->class_alpha[k]),
                 "class_alpha[%d] is %g, want 0 or more", k, (double)pass->class_alpha[k]);
    return rn_rows_sum(rn_softmax_in_force()->range, pass, n);
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
#endif
