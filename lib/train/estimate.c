#include "train/estimate.h"
#include "data/loader.h"
#include "data/transform.h"
#include "model/detection_loss.h"
#include "model/plan.h"

#include <math.h>

/* For the largest batch the data set can give; *batch: bytes of its pixels. */
static rn_need largest_need(size_t *batch, const rn_detector *detector, const rn_dataset *dataset) {
    const rn_train_config *train = &detector->config.train;
    int h = 0, w = 0;
    for (size_t i = 0; i < dataset->num_images; i++) {
        const rn_record *record = &dataset->image[i];
        rn_transform t = rn_transform_resize(record->height > 0 ? record->height : train->size,
                                             record->width > 0 ? record->width : train->max_size,
                                             train->scale_jitter * train->size,
                                             train->scale_jitter * train->max_size);
        h = t.height > h ? t.height : h, w = t.width > w ? t.width : w;
    }
    h = rn_retinanet_padded(h), w = rn_retinanet_padded(w);
    *batch = (size_t)train->batch * (size_t)h * (size_t)w * 3 * sizeof(rn_float);
    return rn_retinanet_plan(&detector->net, train->batch / train->accumulate, h, w, true, NULL,
                             NULL);
}

size_t rn_train_memory(const rn_detector *detector, const rn_dataset *dataset) {
    size_t batch, bytes = largest_need(&batch, detector, dataset).bytes;
    return bytes + RN_LOADER_AHEAD * batch;
}

size_t rn_train_step_memory(const rn_detector *detector, const rn_dataset *dataset) {
    size_t batch;
    return largest_need(&batch, detector, dataset).step_bytes;
}

/* Adds the (anchor, class) pairs of one image that are positive, and all that count; of those of
 * the background, the share that is kept. */
static void count_pairs(size_t *positives, size_t *pairs, const rn_detector *detector,
                        const rn_dataset *dataset, size_t image, rn_arena *arena) {
    const rn_record *record = &dataset->image[image];
    const rn_model_config *config = &detector->config.model;
    const rn_train_config *train = &detector->config.train;
    rn_assign assign = rn_retinanet_assign(config);
    rn_transform t =
        rn_transform_resize(record->height, record->width, train->size, train->max_size);
    rn_box *object = rn_arena_alloc(arena, record->count * sizeof *object);
    int *object_class = rn_arena_alloc(arena, record->count * sizeof *object_class);
    int objects = rn_loader_objects(object, object_class, dataset, image, &t);
    rn_outputs out;
    rn_retinanet_layout(&out, &detector->net, rn_retinanet_padded(t.height),
                        rn_retinanet_padded(t.width));
    size_t anchors = out.first[out.levels];
    int *label = rn_arena_alloc(arena, anchors * sizeof *label);
    int *match = rn_arena_alloc(arena, anchors * sizeof *match);
    float *iou = rn_arena_alloc(arena, anchors * sizeof *iou);
    *positives +=
        rn_assign_anchors(label, match, iou, rn_retinanet_anchors(&detector->net, &out, arena),
                          anchors, object, object_class, objects, &assign);
    size_t foreground = 0, background = 0;
    for (size_t a = 0; a < anchors; a++) {
        foreground += label[a] >= 0;
        background += label[a] == RN_BACKGROUND;
    }
    background = (size_t)llround(config->keep_negatives * (double)background);
    *pairs += (foreground + background) * (size_t)config->num_classes;
}

double rn_train_alpha(const rn_detector *detector, const rn_dataset *dataset) {
    enum { IMAGES_MOST = 200 };
    size_t positives = 0, pairs = 0;
    rn_arena arena = {0};
    size_t images = dataset->num_images < IMAGES_MOST ? dataset->num_images : IMAGES_MOST;
    for (size_t i = 0; i < images; i++) { /* spread over the set, which may be sorted */
        size_t image = i * dataset->num_images / images;
        if (dataset->image[image].width > 0)
            count_pairs(&positives, &pairs, detector, dataset, image, &arena);
        rn_arena_reset(&arena);
    }
    rn_arena_free(&arena);
    return (double)rn_loss_alpha_auto(positives, pairs - positives);
}
