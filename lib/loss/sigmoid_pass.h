/* sigmoid_pass.h: the pass over all logits that the sigmoid losses share (private to lib/loss).
 *
 * Every class is its own yes-or-no question: the logit x of an anchor's own class is a positive,
 * all its others, and all of a background anchor, are negatives. A loss of this kind is a function
 * of
 *
 *     x_t = x for a positive, -x for a negative            p_t = sigmoid(x_t)
 *
 * and gives one term per logit: its value and its slope, d value / d x_t. The term knows neither
 * labels nor weights; the pass multiplies it by the weight of its side.
 *
 * Positives are few (one logit in 100,000), so the pass treats a piece of the logits as if all were
 * negatives, in one loop without branches, and then puts right what belongs to positive and ignored
 * rows. The pieces are small enough to stay in the first-level cache and know no rows: a loop over
 * the classes of each anchor would be short and slow.
 *
 * A loss compiles the pass around its own term, so that the term is inlined:
 *
 *     static inline rn_term my_term(rn_float x_t, const rn_loss_options *options) { ... }
 *     static double my_range(const void *pass, size_t first, size_t last) {
 *         return rn_sigmoid_range(my_term, pass, first, last);
 *     }
 *     double rn_my_loss(...) {
 *         rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, 1, 1};
 *         return rn_sigmoid_sum(my_range, &pass);
 *     } */
#ifndef RN_LOSS_SIGMOID_PASS_H
#define RN_LOSS_SIGMOID_PASS_H

#include "loss/classification.h"
#include "loss/rows.h"

typedef struct rn_term {
    rn_float value, slope; /**< the loss of a logit x_t, and d value / d x_t */
} rn_term;

typedef rn_term rn_term_function(rn_float x_t, const rn_loss_options *options);

/** The arguments of an rn_loss_function, and the weights of the two sides. */
typedef struct rn_sigmoid_pass {
    rn_float *grad;
    const rn_float *logit;
    const int *label;
    size_t n;
    int columns;
    const rn_loss_options *options;
    rn_float scale;
    rn_float positive, negative;
} rn_sigmoid_pass;

/** Checks the shapes and sums `range` (a call of rn_sigmoid_range) over all rows. */
double rn_sigmoid_sum(rn_rows_function *range, const rn_sigmoid_pass *pass);

/** Aborts unless the option is in range. */
void rn_sigmoid_check_alpha(const rn_loss_options *options);

/** Logits in a piece. */
enum { RN_PIECE = 512 };

/* value, slope: those of logits first .. first + count - 1, all taken for negatives; slope is by x.
 * Overwrites the entries of positive and ignored rows. */
static inline void rn_sigmoid_put_right(rn_float *value, rn_float *slope, rn_term_function *term,
                                        const rn_sigmoid_pass *pass, size_t first, size_t count) {
    size_t columns = (size_t)pass->columns, end = first + count;
    for (size_t row = first / columns; row * columns < end; row++) {
        int label = pass->label[row];
        if (label == RN_BACKGROUND) continue;
        size_t from = row * columns, to = from + columns;
        if (label == RN_IGNORE) {
            for (size_t k = from < first ? first : from; k < end && k < to; k++)
                value[k - first] = slope[k - first] = 0;
        } else if (from + (size_t)label >= first && from + (size_t)label < end) {
            size_t k = from + (size_t)label;
            rn_term t = term(pass->logit[k], pass->options);
            value[k - first] = pass->positive * t.value;
            slope[k - first] = pass->positive * t.slope;
        }
    }
}

/* Eight sums side by side: one alone would wait for each addition to finish. */
static inline double rn_sigmoid_add_up(const rn_float *value, size_t count) {
    double lane[8] = {0};
    size_t j = 0;
    for (; j + 8 <= count; j += 8)
        for (size_t l = 0; l < 8; l++) lane[l] += (double)value[j + l];
    for (; j < count; j++) lane[j % 8] += (double)value[j];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/** The sum over rows first .. last - 1; writes their gradient. */
static inline __attribute__((always_inline)) double rn_sigmoid_range(rn_term_function *term,
                                                                     const rn_sigmoid_pass *pass,
                                                                     size_t first, size_t last) {
    rn_float value[RN_PIECE], slope[RN_PIECE];
    size_t columns = (size_t)pass->columns, end = last * columns, count;
    double sum = 0;
    for (size_t k = first * columns; k < end; k += count) {
        count = end - k < RN_PIECE ? end - k : RN_PIECE;
        for (size_t j = 0; j < count; j++) {
            rn_term t = term(-pass->logit[k + j], pass->options);
            value[j] = pass->negative * t.value;
            slope[j] = -pass->negative * t.slope;
        }
        rn_sigmoid_put_right(value, slope, term, pass, k, count);
        sum += rn_sigmoid_add_up(value, count);
        if (pass->grad)
            for (size_t j = 0; j < count; j++) pass->grad[k + j] = slope[j] * pass->scale;
    }
    return sum;
}

#endif
