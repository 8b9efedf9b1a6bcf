#include "bench/fed.h"
#include "bench/subject.h"

static rn_status run(fed *result, subject *s, const rn_dataset *dataset, int steps, rn_err *err) {
    const rn_train_config *train = &s->detector.config.train;
    const rn_loader_options options = {.batch = train->batch,
                                       .size = train->size,
                                       .max_size = train->max_size,
                                       .multiple = RN_IMAGE_MULTIPLE,
                                       .flip = true,
                                       .scale_jitter = train->scale_jitter,
                                       .color_jitter = train->color_jitter,
                                       .threads = rn_parallel_threads(),
                                       .ahead = RN_LOADER_AHEAD};
    rn_loader *loader;
    const rn_batch *batch;
    double start = 0, waited = 0;
    if (rn_loader_start(&loader, dataset, &options, 0, err) != RN_OK) return RN_ERROR;
    rn_status status = RN_OK;
    for (int i = -1; i < steps && status == RN_OK; i++) {
        if ((status = rn_loader_next(&batch, loader, err)) != RN_OK) break;
        subject_step(s, batch);
        if (i >= 0) continue;
        start = rn_clock_seconds();
        waited = rn_loader_waited(loader);
    }
    result->step = (rn_clock_seconds() - start) / steps;
    result->idle = (rn_loader_waited(loader) - waited) / steps;
    rn_loader_stop(loader);
    return status;
}

rn_status fed_train(fed *result, const char *model, const char *data, const char *split, int steps,
                    int threads, rn_err *err) {
    rn_dataset dataset = {0};
    const rn_dataset_request request = {.data = data, .split = split};
    rn_repair repair;
    subject s = {0};
    rn_parallel_set_threads(threads);
    rn_status status = rn_dataset_load(&dataset, &request, err);
    if (status == RN_OK) status = rn_dataset_measure(&dataset, err);
    if (status == RN_OK) status = rn_dataset_repair(&repair, &dataset, RN_BOXES_DROP, err);
    if (status == RN_OK)
        status = subject_make_for(&s, model, dataset.category, dataset.num_classes, err);
    if (status == RN_OK) status = run(result, &s, &dataset, steps, err);
    subject_free(&s);
    rn_dataset_free(&dataset);
    return status;
}
