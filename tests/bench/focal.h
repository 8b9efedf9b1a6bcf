/* focal.h: the focal loss on its own: 100,000 anchors, 80 classes, one in a thousand positive. */
#ifndef RN_BENCH_FOCAL_H
#define RN_BENCH_FOCAL_H

#include "retinanet.h"

enum { FOCAL_ANCHORS = 100000, FOCAL_CLASSES = 80 };

typedef struct focal {
    rn_float *logit, *grad; /**< (FOCAL_ANCHORS, FOCAL_CLASSES) */
    int *label;
    double value;
} focal;

void focal_make(focal *f);
/** Value and gradient; returns the seconds. */
double focal_run(focal *f);
/** logits, labels, gradient and value in output.safetensors. */
rn_status focal_dump(focal *f, const char *folder, rn_err *err);
void focal_free(focal *f);

#endif
