/* loss_share.h: who holds the loss: the easy examples or the hard ones (sec. 5.1, figure 4), the
 * positives or the negatives (sec. 3.2). Examples are given as x_t: see loss_examples.h. Sums are
 * in double precision and of fixed order. */
#ifndef RN_EVAL_LOSS_SHARE_H
#define RN_EVAL_LOSS_SHARE_H

#include "eval/loss_examples.h"
#include "loss/classification.h"

/** How the focal loss is spread over examples: a curve of figure 4. */
typedef struct rn_loss_curve {
    double *sum; /**< (n + 1): of the n = 0, 1, ... examples with the lowest loss; owned */
    size_t n;
} rn_loss_curve;

/** Sorts x_t from the easiest example to the hardest: falling, which is rising loss, whatever gamma
 * is. NaN aborts (RN_CHECK). */
void rn_loss_share_sort(rn_float *x_t, size_t n);

/** The curve of FL (eq. 4) for sorted x_t. Aborts where they are not sorted, or where a loss is not
 * finite. Free with rn_loss_curve_free. */
rn_loss_curve rn_loss_curve_make(const rn_float *x_t, size_t n, double gamma);

/** Which part of the whole loss the `fraction` of the examples with the lowest loss holds, both in
 * [0, 1]; between two examples it grows linearly. Where all losses are 0, or there are none, every
 * example counts the same. */
double rn_loss_curve_at(const rn_loss_curve *curve, double fraction);

/** Which part the hardest `fraction` of the examples holds: 1 - curve at 1 - fraction. */
double rn_loss_curve_hardest(const rn_loss_curve *curve, double fraction);

/** The largest vertical distance between two curves, exactly: they are straight between examples.
 */
double rn_loss_curve_gap(const rn_loss_curve *a, const rn_loss_curve *b);

void rn_loss_curve_free(rn_loss_curve *curve);

/** Examples of a kind: how many, their loss, and the sum of the |d loss / dx|. */
typedef struct rn_loss_part {
    double examples, loss, gradient;
} rn_loss_part;

/** Positive and negative examples, easy and hard ones. */
typedef struct rn_loss_quadrants {
    rn_loss_part easy_negative, hard_negative, easy_positive, hard_positive;
} rn_loss_quadrants;

/** Figure 1 calls examples with p_t > .6 well classified. */
#define RN_LOSS_EASY_ABOVE .6

/** Sums over the examples, of which those with p_t > easy_above are easy; a negative that was kept
 * counts for all that it stands for. `loss` is one of the sigmoid losses (RN_CHECK), as it is
 * trained by, options included. */
rn_loss_quadrants rn_loss_quadrants_make(const rn_loss_examples *examples, const rn_loss *loss,
                                         const rn_loss_options *options, double easy_above);

/** The same as shares of the whole, 0 to 1; of a whole that is 0, NAN. */
rn_loss_quadrants rn_loss_quadrants_shares(const rn_loss_quadrants *sums);

#endif
