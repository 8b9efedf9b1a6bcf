#include "common/loss_scan.h"

#include <stdlib.h>

typedef struct scan {
    rn_loss_examples *examples;
    const rn_detector *detector;
    rn_filters filters;
    rn_arena arena;
} scan;

/* Labels of the anchors of a batch of one image. */
static int *assign(const scan *s, const rn_outputs *out, const rn_batch *batch, rn_arena *arena) {
    const rn_retinanet *net = &s->detector->net;
    size_t n = out->first[out->levels];
    int *label = rn_arena_alloc(arena, n * sizeof *label);
    int *match = rn_arena_alloc(arena, n * sizeof *match);
    float *iou = rn_arena_alloc(arena, n * sizeof *iou);
    rn_assign how = rn_retinanet_assign(&net->config);
    rn_assign_anchors(label, match, iou, rn_retinanet_anchors(net, out, arena), n, batch->box,
                      batch->label, batch->first[1], &how);
    return label;
}

static bool all_finite(const rn_float *x, size_t n) {
    bool finite = true;
    for (size_t i = 0; i < n; i++) finite &= isfinite(x[i]) != 0;
    return finite;
}

static rn_status add_image(scan *s, const rn_batch *batch, rn_err *err) {
    const rn_retinanet *net = &s->detector->net;
    rn_tape tape = {.arena = &s->arena, .filters = &s->filters};
    rn_tensor input = {.n = 1, .h = batch->h, .w = batch->w, .c = 3, .value = batch->pixel};
    rn_outputs out;
    rn_retinanet_forward(&out, &tape, net, &input);
    const int *label = assign(s, &out, batch, &s->arena);
    rn_status status = RN_OK;
    for (int l = 0; l < out.levels && status == RN_OK; l++) {
        size_t n = out.first[l + 1] - out.first[l];
        if (!all_finite(out.logit[l]->value, n * (size_t)net->columns))
            status = rn_fail(err, "image %zu: expected finite numbers from the network",
                             batch->image[0] + 1);
        else
            rn_loss_examples_add(s->examples, out.logit[l]->value, label + out.first[l], n,
                                 net->columns);
    }
    rn_arena_reset(&s->arena);
    return status;
}

static rn_status scan_all(scan *s, rn_loader *loader, rn_progress *progress,
                          const volatile int *stop, rn_err *err) {
    for (long i = 0; i < progress->total; i++) {
        const rn_batch *batch;
        if (stop && *stop) {
            rn_fail(err, "interrupted after %ld of %ld images", i, progress->total);
            return RN_INTERRUPTED;
        }
        if (rn_loader_next(&batch, loader, err) != RN_OK || add_image(s, batch, err) != RN_OK)
            return RN_ERROR;
        rn_progress_update(progress, i + 1, NULL);
    }
    return RN_OK;
}

static rn_status check(const rn_detector *detector, const rn_dataset *dataset, rn_err *err) {
    const rn_model_config *config = &detector->config.model;
    if (detector->net.loss->softmax)
        return rn_fail(err, "loss %s: expected a sigmoid loss, whose classes are apart",
                       detector->net.loss->name);
    if (config->num_classes != dataset->num_classes)
        return rn_fail(err, "a detector of %d classes: expected those of the data, %d",
                       config->num_classes, dataset->num_classes);
    return RN_OK;
}

rn_status loss_scan(rn_loss_examples *examples, const rn_detector *detector,
                    const rn_dataset *dataset, FILE *stream, const volatile int *stop,
                    rn_err *err) {
    const rn_train_config *train = &detector->config.train;
    rn_loader_options options = {.batch = 1,
                                 .size = train->size,
                                 .max_size = train->max_size,
                                 .scale_jitter = 1,
                                 .multiple = RN_IMAGE_MULTIPLE,
                                 .in_order = true,
                                 .threads = rn_parallel_threads(),
                                 .ahead = RN_LOADER_AHEAD};
    rn_loader *loader;
    scan s = {.examples = examples, .detector = detector};
    if (check(detector, dataset, err) != RN_OK ||
        rn_loader_start(&loader, dataset, &options, 0, err) != RN_OK)
        return RN_ERROR;
    rn_progress progress = rn_progress_start(stream, "scanning", 0, (long)dataset->num_images);
    rn_status status = scan_all(&s, loader, &progress, stop, err);
    rn_progress_end(&progress);
    rn_loader_stop(loader);
    rn_filters_free(&s.filters);
    rn_arena_free(&s.arena);
    return status;
}

rn_status loss_scan_file(rn_loss_examples *examples, const char *checkpoint,
                         const rn_dataset *dataset, FILE *stream, const volatile int *stop,
                         rn_err *err) {
    rn_detector detector;
    if (rn_detector_load(&detector, checkpoint, false, err) != RN_OK) return RN_ERROR;
    rn_status status = loss_scan(examples, &detector, dataset, stream, stop, err);
    if (status == RN_ERROR) rn_fail_in(err, "%s", checkpoint);
    rn_detector_free(&detector);
    return status;
}
