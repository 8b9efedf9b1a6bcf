/* loss_case.h: logits, labels and options to try every loss of the table with. */
#ifndef RN_TESTS_SUPPORT_LOSS_CASE_H
#define RN_TESTS_SUPPORT_LOSS_CASE_H

#include "loss/classification.h"

#include <stdint.h>

/** Owned by loss_case_free. grad has the place of a gradient and holds 7 everywhere. */
typedef struct loss_case {
    const rn_loss *loss;
    rn_loss_options options; /* class_alpha points to weights of the case's own */
    size_t n, logits;        /* logits = n * columns */
    int columns;
    rn_float *logit, *grad, *class_alpha;
    int *label;
} loss_case;

/** How many options loss_case_make knows; every loss allows the first. */
enum { LOSS_CASE_OPTIONS = 9 };

/** Does the loss allow options number o? FL* cannot have gamma 0. */
bool loss_case_allows(const rn_loss *loss, int o);

/** n random rows for num_classes classes with logits within +-spread, options number o. About a
 * third of the labels are positive, a sixth ignored. No logit is near the corner of the hinge. */
loss_case loss_case_make(const rn_loss *loss, int o, size_t n, int num_classes, double spread);
void loss_case_free(loss_case *c);

/** loss->compute of the case, with `grad` (may be NULL) and `scale`. */
double loss_case_compute(const loss_case *c, rn_float *grad, double scale);

/** "fl-star, options 3, 7 rows, 80 columns", in the caller's buffer of 128. */
const char *loss_case_name(char out[128], const loss_case *c);

#endif
