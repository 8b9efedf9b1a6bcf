#include "bench/focal.h"
#include "bench/tensors.h"

#include <stdlib.h>

static const size_t LOGITS = (size_t)FOCAL_ANCHORS * FOCAL_CLASSES;

void focal_make(focal *f) {
    rn_rng rng = rn_rng_stream(0, "bench/focal", 0);
    *f = (focal){rn_vec_zeros(LOGITS, sizeof *f->logit), rn_vec_zeros(LOGITS, sizeof *f->grad),
                 rn_vec_zeros(FOCAL_ANCHORS, sizeof *f->label), 0};
    for (size_t i = 0; i < LOGITS; i++) f->logit[i] = (rn_float)rn_rng_range(&rng, -9, 3);
    for (size_t i = 0; i < FOCAL_ANCHORS; i++)
        f->label[i] =
            rn_rng_below(&rng, 1000) == 0 ? (int)rn_rng_below(&rng, FOCAL_CLASSES) : RN_BACKGROUND;
}

double focal_run(focal *f) {
    const rn_loss_options options = {.gamma = 2, .alpha = (rn_float).25};
    double start = rn_clock_seconds();
    f->value = rn_loss_find("focal")->compute(f->grad, f->logit, f->label, FOCAL_ANCHORS,
                                              FOCAL_CLASSES, &options, 1);
    return rn_clock_seconds() - start;
}

rn_status focal_dump(focal *f, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    tensors list = {.count = 0};
    focal_run(f);
    tensors_add(&list, "logits", rn_dtype_real(), f->logit, 2, FOCAL_ANCHORS, FOCAL_CLASSES);
    tensors_add(&list, "gradient", rn_dtype_real(), f->grad, 2, FOCAL_ANCHORS, FOCAL_CLASSES);
    tensors_add(&list, "labels", RN_DTYPE_I32, f->label, 1, FOCAL_ANCHORS);
    tensors_add(&list, "value", RN_DTYPE_F64, &f->value, 1, 1);
    rn_text_path(path, sizeof path, folder, "output.safetensors");
    return tensors_save(&list, path, err);
}

void focal_free(focal *f) {
    free(f->logit);
    free(f->grad);
    free(f->label);
    *f = (focal){0};
}
