/* naive_loss.h: slow, obvious twins of the classification losses, by name.
 *
 * Written as the paper writes them, from probabilities, in long double: no logit is rearranged, no
 * term shared with the library. Good for |x| <= 20. */
#ifndef RN_TESTS_SUPPORT_NAIVE_LOSS_H
#define RN_TESTS_SUPPORT_NAIVE_LOSS_H

#include "support/loss_case.h"

/** Is there a twin of that name? */
bool naive_loss_knows(const char *name);

/** The sum over all rows; grad (logits) receives the gradient of the sum. */
double naive_loss(double *grad, const loss_case *c);

#endif
