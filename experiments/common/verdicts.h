/* verdicts.h: claims and their verdicts, printed by the program whose numbers they rest on. */
#ifndef RN_COMMON_VERDICTS_H
#define RN_COMMON_VERDICTS_H

#include "base/err.h"

/** Prints each of these claims ("c15 c25") with its verdict and the numbers behind it, judged by
 * what the experiments have left in the folder `out`. */
rn_status verdicts_print(const char *claims, const char *out, rn_err *err);

#endif
