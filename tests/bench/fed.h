/* fed.h: training that is fed by the loader, as the trainer is: how long does a step wait? */
#ifndef RN_BENCH_FED_H
#define RN_BENCH_FED_H

#include "retinanet.h"

typedef struct fed {
    double step, idle; /**< seconds a step: all of it, and what of it was waiting for a batch */
} fed;

/** `steps` steps of `model` ("tiny", "r50") on a split of a data set, after one that does not
 * count. */
rn_status fed_train(fed *result, const char *model, const char *data, const char *split, int steps,
                    int threads, rn_err *err);

#endif
