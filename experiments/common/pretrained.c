#include "common/pretrained.h"

#include <stdio.h>
#include <string.h>

rn_status pretrained_check(study *s, rn_err *err) {
    (void)s, (void)err;
    return RN_OK;
}

void pretrained_choose(run_request *request, const study *s) {
    const char *init = s->options.init.value;
    snprintf(request->init_key, sizeof request->init_key, "%.20s", init);
    if (strcmp(init, "random") != 0) snprintf(request->init, sizeof request->init, "%.700s", init);
}

rn_status pretrained_make(const study *s, const run_request *list, size_t count, rn_err *err) {
    (void)s, (void)list, (void)count, (void)err;
    return RN_OK;
}

rn_status pretrained_make_one(const char *folder, const volatile int *stop, rn_err *err) {
    (void)stop;
    return rn_fail(err, "%s: there is no pretraining yet", folder);
}
