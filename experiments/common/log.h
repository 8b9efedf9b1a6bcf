/* log.h: the losses that a run has logged. */
#ifndef RN_COMMON_LOG_H
#define RN_COMMON_LOG_H

#include "base/err.h"

#include <stddef.h>

/** loss[i] becomes the number named `key` ("loss") of step i + 1, NAN where the log of the run's
 * folder has none. Of a step logged twice the last counts. */
rn_status log_read(double *loss, size_t steps, const char *folder, const char *key, rn_err *err);

#endif
