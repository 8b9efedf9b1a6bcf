/* verdicts.h: claims and their verdicts, printed by the program whose numbers they rest on. */
#ifndef RN_COMMON_VERDICTS_H
#define RN_COMMON_VERDICTS_H

#include "common/outcome.h"

/** Prints each of these claims ("c15 c25") with its verdict and the numbers behind it, judged by
 * what the experiments have left in the folder `out`, as far as it agrees with this program's `own`
 * outcome: see evidence_load. */
void verdicts_print(const char *claims, const outcome *own, const char *out);

#endif
