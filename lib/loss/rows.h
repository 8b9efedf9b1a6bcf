/* rows.h: sums over the rows of a loss, on all threads (private to lib/loss). */
#ifndef RN_LOSS_ROWS_H
#define RN_LOSS_ROWS_H

#include <stddef.h>

/** The sum over rows first .. last - 1 of what `context` describes. */
typedef double rn_rows_function(const void *context, size_t first, size_t last);

/** The sum over n rows, cut into ranges that depend on n alone and added in their order. */
double rn_rows_sum(rn_rows_function *range, const void *context, size_t n);

/** Aborts unless every label is RN_IGNORE, RN_BACKGROUND or below num_classes. */
void rn_rows_check_labels(const int *label, size_t n, int num_classes);

#endif
