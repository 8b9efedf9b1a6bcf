/* eval_report.h: an evaluation as people and programs read it. */
#ifndef RN_RETINANET_EVAL_REPORT_H
#define RN_RETINANET_EVAL_REPORT_H

#include "retinanet.h"

#include <stdio.h>

/** COCO's twelve lines, then a row a class. name: (num_classes). */
void eval_print(FILE *stream, const rn_eval *eval, const rn_category *category);

/** The twelve numbers as top-level keys, fractions, null where there is no ground truth of the
 * kind, and "per_class". Written through a temporary file. */
rn_status eval_save_json(const rn_eval *eval, const rn_category *category, const char *path,
                         rn_err *err);

#endif
