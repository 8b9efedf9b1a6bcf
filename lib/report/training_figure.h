/* training_figure.h: how a run went, as a picture (plots/training.gp): losses on a logarithmic axis
 * over the iterations, their running mean, the steps of the learning rate, and the validation AP.
 */
#ifndef RN_REPORT_TRAINING_FIGURE_H
#define RN_REPORT_TRAINING_FIGURE_H

#include "base/err.h"

#include <stddef.h>

/** One line of a log. */
typedef struct rn_training_point {
    long iteration; /**< rising */
    double loss;
    double rate; /**< learning rate; NaN where unknown */
    double ap;   /**< on the validation set, a fraction; NaN where it was not measured */
} rn_training_point;

/** Draws n >= 1 points to `path` (.png) and leaves the numbers beside it, as rn_figure_save does.
 * The running mean covers about a fiftieth of the points; losses that are not positive and finite
 * have no place on the axis. A rate that falls below .7 of the one before is a step. */
rn_status rn_training_figure_save(const char *path, const char *title,
                                  const rn_training_point *point, size_t n, rn_err *err);

#endif
