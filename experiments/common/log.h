/* log.h: what a run has logged, step by step. */
#ifndef RN_COMMON_LOG_H
#define RN_COMMON_LOG_H

#include "base/err.h"

#include <stddef.h>

/** value[i] becomes the number named `key` ("loss") of step i + 1, or the sum of its list of
 * numbers
 * ("positives": by level); NAN where the log of the run's folder has none. Of a step logged twice
 * the last counts. */
rn_status log_read(double *value, size_t steps, const char *folder, const char *key, rn_err *err);

#endif
