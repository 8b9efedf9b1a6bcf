/* loss_examples.h: what a detector thinks of its positives and negatives, for a look at how a loss
 * is spread over them (figure 4).
 *
 * An example is a pair of an anchor and a class, as the sigmoid losses sum over them (the paper
 * leaves open whether its "windows" are anchors or pairs): of an anchor with an object, the
 * object's class is a positive and every other class a negative; of a background anchor, all
 * classes are negatives; an ignored anchor gives none. Each example is kept as x_t, the logit on
 * its true side: x of a positive, -x of a negative. */
#ifndef RN_EVAL_LOSS_EXAMPLES_H
#define RN_EVAL_LOSS_EXAMPLES_H

#include "base/real.h"
#include "base/rng.h"

#include <stddef.h>

/** Examples of one side. */
typedef struct rn_loss_side {
    rn_float *x_t; /**< (kept), owned */
    size_t kept, capacity;
    size_t seen; /**< each kept one stands for seen / kept of them */
} rn_loss_side;

/** Free with rn_loss_examples_free. */
typedef struct rn_loss_examples {
    rn_loss_side positive, negative;
    size_t positive_anchors, background_anchors;
    size_t most_negatives; /* 0: no limit */
    rn_rng rng;
} rn_loss_examples;

/** Keeps all positives, and of the negatives at most so many (0: all; the paper: about 1e7), each
 * set of that size being equally likely (reservoir sampling, Vitter 1985, algorithm R). */
rn_loss_examples rn_loss_examples_start(size_t most_negatives, uint64_t seed);

/** Adds the examples of n anchors. logit: (n, columns), a column a class; label: (n), a class,
 * RN_BACKGROUND or RN_IGNORE. Which negatives stay depends on the order of the calls. */
void rn_loss_examples_add(rn_loss_examples *examples, const rn_float *logit, const int *label,
                          size_t n, int columns);

void rn_loss_examples_free(rn_loss_examples *examples);

#endif
