/* classification.h: every classification loss behind one interface.
 *
 * A loss is a pure function of logits and labels that returns its value and writes its gradient; it
 * knows neither boxes nor the network. All are computed from logits in closed form and stay finite
 * for |x| <= 1e4 and any gamma in range. A NaN among the logits that count makes the value NaN.
 *
 * Shapes   logit, grad: (n, columns), row-major; a row is an anchor. label: (n), a class in
 *          [0, num_classes), RN_BACKGROUND or RN_IGNORE. The sigmoid losses have num_classes
 *          columns; the softmax losses have num_classes + 1, the last being the background.
 *
 * Units    natural logarithm; the sum over all rows is returned, unscaled. The gradient is that of
 *          the sum times `scale` and overwrites grad. The caller divides by its normaliser: it
 *          passes scale = 1 / normaliser. Rows labelled RN_IGNORE add nothing, their gradient is 0
 *          and their logits may be anything.
 *
 * Errors   options out of range, labels that are none and too few columns abort (RN_CHECK).
 *
 * Threads  rows are summed in fixed ranges: the same bits on any number of threads.
 *
 * To add a loss: its own .h and _kernel.c here, and a row in the table of classification.c. */
#ifndef RN_LOSS_CLASSIFICATION_H
#define RN_LOSS_CLASSIFICATION_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

/** Labels of anchors that belong to no object, and of those that count nowhere. */
enum { RN_BACKGROUND = -1, RN_IGNORE = -2 };

/** What the losses can be told; each reads only what its formula has. */
typedef struct rn_loss_options {
    rn_float gamma;  /**< focusing, >= 0 (FL, softmax FL) or > 0 (FL*) */
    rn_float alpha;  /**< weight of positives, 1 - alpha of negatives, 0 to 1 (alpha-CE, FL, FL*) */
    rn_float beta;   /**< shift of the logit (FL*) */
    rn_float margin; /**< p_t from which the hinge loss is 0, in (0, 1] */
    const rn_float *class_alpha; /**< softmax losses: a weight >= 0 per column; NULL for all 1 */
} rn_loss_options;

/** Sum of the loss; grad may be NULL. */
typedef double rn_loss_function(rn_float *grad, const rn_float *logit, const int *label, size_t n,
                                int columns, const rn_loss_options *options, rn_float scale);

/** One row of the table of losses. */
typedef struct rn_loss {
    const char *name;    /**< "focal", as on the command line and in logs */
    const char *formula; /**< one line for --help and table headers */
    rn_loss_function *compute;
    bool softmax;                                        /**< one more column: the background */
    bool uses_gamma, uses_alpha, uses_beta, uses_margin; /**< what of the options it reads */
    bool uses_class_alpha;
    bool divides_by_gamma; /**< gamma 0 is out of range */
} rn_loss;

/** The table: ce, alpha-ce, fl, focal (alpha-FL), fl-star, hinge, softmax-ce, softmax-focal. */
const rn_loss *rn_loss_table(size_t *count);

/** The row of that name, or NULL. */
const rn_loss *rn_loss_find(const char *name);

/** Columns that a head needs for num_classes classes. */
int rn_loss_columns(const rn_loss *loss, int num_classes);

/** value[i] = the loss of row i alone; 0 for ignored rows. */
void rn_loss_of_rows(double *value, const rn_float *logit, const int *label, size_t n, int columns,
                     const rn_loss *loss, const rn_loss_options *options);

/** Sum of the squares of `count` numbers, as of a gradient. */
double rn_loss_square(const rn_float *grad, size_t count);

/** The alpha that gives both sides the same total weight (sec. 3.1, inverse class frequency):
 * alpha / (1 - alpha) = negatives / positives. 0.5 when both are 0. */
rn_float rn_loss_alpha_auto(size_t positives, size_t negatives);

#endif
