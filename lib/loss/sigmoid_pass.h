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
 * Where the time goes. Eight million logits an image are read once and their gradients written
 * once, so one pass does everything: a loss put together from sigmoid, log, power and sum over
 * whole arrays would go through memory at each of them. What remains is arithmetic, about half a
 * nanosecond a logit with 16 lanes: one exp, one log1p and one division, some sixty instructions
 * for a vector. (It takes as long for logits that are in the cache already, so gradients are stored
 * as usual: the backward pass will soon want them.) Positives are few, one logit in 100,000, so the
 * pass treats a piece of the logits as if all were negatives, in one loop without branches, and
 * then puts right what belongs to positive and ignored rows. The pieces are small enough to stay in
 * the first-level cache and know no rows: a loop over the classes of each anchor would be short and
 * slow.
 *
 * A loss is a file NAME_kernel.c, compiled for each instruction set (base/kernel.h), with its term
 * and, once, the function that the table of losses names:
 *
 *     RN_INLINE rn_term my_term(rn_vector x_t, const rn_loss_options *options) { ... }
 *     RN_SIGMOID_KERNEL(rn_my, my_term)
 *     #ifdef RN_KERNEL_ONCE
 *     double rn_my_loss(...) {
 *         rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, 1, 1};
 *         return rn_sigmoid_sum(rn_my_in_force(), &pass);
 *     }
 *     #endif */
#ifndef RN_LOSS_SIGMOID_PASS_H
#define RN_LOSS_SIGMOID_PASS_H

#include "base/kernel.h"
#include "loss/classification.h"
#include "loss/rows.h"

typedef struct rn_term {
    rn_vector value, slope; /**< the losses of logits x_t, and d value / d x_t */
} rn_term;

typedef rn_term rn_term_function(rn_vector x_t, const rn_loss_options *options);

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

/** What a loss is for one instruction set. */
typedef struct rn_sigmoid_kernel {
    rn_rows_function *range; /**< the sum over rows first .. last - 1; writes their gradient */
    void (*one)(rn_float *value, rn_float *slope, rn_float x_t, const rn_loss_options *options);
} rn_sigmoid_kernel;

/** Checks the shapes and sums over all rows. */
double rn_sigmoid_sum(const rn_sigmoid_kernel *kernel, const rn_sigmoid_pass *pass);

/** Aborts unless the option is in range. */
void rn_sigmoid_check_alpha(const rn_loss_options *options);

/** Logits in a piece. */
enum { RN_PIECE = 512 };

/* value: that of logits first .. first + count - 1, all taken for negatives; grad: their gradient.
 * Overwrites the entries of positive and ignored rows. */
RN_INLINE void rn_sigmoid_put_right(rn_float *value, rn_float *grad, rn_term_function *term,
                                    const rn_sigmoid_pass *pass, size_t first, size_t count) {
    size_t columns = (size_t)pass->columns, end = first + count;
    for (size_t row = first / columns; row * columns < end; row++) {
        int label = pass->label[row];
        if (label == RN_BACKGROUND) continue;
        size_t from = row * columns, to = from + columns;
        if (label == RN_IGNORE) {
            for (size_t k = from < first ? first : from; k < end && k < to; k++)
                value[k - first] = grad[k - first] = 0;
        } else if (from + (size_t)label >= first && from + (size_t)label < end) {
            size_t k = from + (size_t)label;
            rn_term t = term(rn_fill(pass->logit[k]), pass->options);
            value[k - first] = pass->positive * t.value[0];
            grad[k - first] = pass->positive * pass->scale * t.slope[0];
        }
    }
}

/* Half the numbers of a vector, and as many in double precision, which fill one again. */
typedef rn_float rn_half
    __attribute__((vector_size(RN_VECTOR_BYTES / 2), aligned(sizeof(rn_float)), may_alias));
typedef double rn_half_double __attribute__((vector_size(RN_LANES / 2 * sizeof(double))));

/* Many sums side by side: one alone would wait for each addition. */
RN_INLINE double rn_sigmoid_add_up(const rn_float *value, size_t count) {
    enum { HALF = RN_LANES / 2, SUMS = 4 };
    rn_half_double sums[SUMS] = {{0}};
    double sum = 0;
    size_t j = 0;
    for (; j + SUMS * HALF <= count; j += SUMS * HALF)
        for (size_t s = 0; s < SUMS; s++)
            sums[s] +=
                __builtin_convertvector(*(const rn_half *)(value + j + s * HALF), rn_half_double);
    for (; j < count; j++) sum += (double)value[j];
    rn_half_double all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    for (size_t l = 0; l < HALF; l++) sum += all[l];
    return sum;
}

RN_INLINE void rn_sigmoid_vector(rn_float *value, rn_float *grad, rn_vector x,
                                 rn_term_function *term, const rn_sigmoid_pass *pass) {
    rn_term t = term(-x, pass->options);
    rn_store(value, pass->negative * t.value);
    rn_store(grad, -pass->negative * pass->scale * t.slope);
}

RN_INLINE double rn_sigmoid_range(rn_term_function *term, const rn_sigmoid_pass *shared,
                                  size_t first, size_t last) {
    /* copies, of which the compiler knows that no gradient is stored there */
    const rn_loss_options options = shared->options ? *shared->options : (rn_loss_options){0};
    rn_sigmoid_pass own = *shared, *const pass = &own;
    own.options = &options;
    rn_float value[RN_PIECE], unwanted[RN_PIECE];
    size_t columns = (size_t)pass->columns, end = last * columns, count;
    double sum = 0;
    for (size_t k = first * columns; k < end; k += count) {
        const rn_float *x = pass->logit + k;
        /* cppcheck-suppress legacyUninitvar ; written, never read */
        rn_float *grad = pass->grad ? pass->grad + k : unwanted;
        count = end - k < RN_PIECE ? end - k : RN_PIECE;
        size_t j = 0;
        for (; j + RN_LANES <= count; j += RN_LANES)
            rn_sigmoid_vector(value + j, grad + j, rn_load(x + j), term, pass);
        if (j < count) { /* what is left over, filled up with zeros */
            rn_float some[RN_LANES] = {0}, some_grad[RN_LANES];
            for (size_t i = j; i < count; i++) some[i - j] = x[i];
            rn_sigmoid_vector(some, some_grad, rn_load(some), term, pass);
            for (size_t i = j; i < count; i++) value[i] = some[i - j], grad[i] = some_grad[i - j];
        }
        rn_sigmoid_put_right(value, grad, term, pass, k, count);
        sum += rn_sigmoid_add_up(value, count);
    }
    return sum;
}

/** Defines the table NAME of this instruction set from a term. */
#define RN_SIGMOID_KERNEL(name, term)                                                              \
    RN_KERNEL_TABLE(rn_sigmoid_kernel, name)                                                       \
    static double name##_range(const void *pass, size_t first, size_t last) {                      \
        return rn_sigmoid_range(term, pass, first, last);                                          \
    }                                                                                              \
    static void name##_one(rn_float *value, rn_float *slope, rn_float x_t,                         \
                           const rn_loss_options *options) {                                       \
        rn_term t = term(rn_fill(x_t), options);                                                   \
        *value = t.value[0];                                                                       \
        *slope = t.slope[0];                                                                       \
    }                                                                                              \
    const rn_sigmoid_kernel RN_KERNEL(name) = {.range = name##_range, .one = name##_one};

#endif
