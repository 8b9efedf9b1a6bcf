/* log.h: what a run has logged, step by step. */
#ifndef RN_COMMON_LOG_H
#define RN_COMMON_LOG_H

#include <stddef.h>

/** value[i] becomes the number named `key` ("loss") of step i + 1, or the sum of its list of
 * numbers
 * ("positives": by level); NAN where the log of the run's folder has none. Of a step logged twice
 * the last counts. A log that cannot be read has none, with a line on stderr. */
void log_read(double *value, size_t steps, const char *folder, const char *key);

#endif
