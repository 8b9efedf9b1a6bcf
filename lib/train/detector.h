/* detector.h: a trained network with its classes: what a checkpoint holds, ready to find things. */
#ifndef RN_TRAIN_DETECTOR_H
#define RN_TRAIN_DETECTOR_H

#include "base/progress.h"
#include "data/dataset.h"
#include "eval/coco_eval.h"
#include "model/retinanet.h"
#include "train/config.h"

/** Zero-initialise; free with rn_detector_free. */
typedef struct rn_detector {
    rn_config config;
    rn_retinanet net;
    rn_category *category; /**< (net.config.num_classes), owned */
    long step;             /**< iterations trained */
    double normaliser;     /**< running value of the loss's normaliser */
    char *data;            /**< what it was trained on, for messages; owned */
} rn_detector;

/** Makes an untrained one; rn_retinanet_init(&detector->net, seed) draws its weights. Class names
 * are copied. config.model.num_classes is set to num_classes. Fails as rn_retinanet_create. */
rn_status rn_detector_create(rn_detector *detector, const rn_config *config,
                             const rn_category *category, int num_classes, bool training,
                             rn_err *err);

/** Reads a checkpoint; with `training` also the optimiser's state. */
rn_status rn_detector_load(rn_detector *detector, const char *path, bool training, rn_err *err);

/** Writes a checkpoint; with `momentum` one that training can go on from. */
rn_status rn_detector_save(const rn_detector *detector, const char *path, bool momentum,
                           rn_err *err);

void rn_detector_free(rn_detector *detector);

/** Finds objects in one picture. found: room for config.model.detections; boxes in pixels of the
 * picture. filters: keeps the weights in their fast form from picture to picture, or NULL. The
 * arena is used and released. Returns how many. Threads may detect at once, with the same filters
 * and an arena each. */
size_t rn_detector_detect(rn_detection *found, const rn_detector *detector, const rn_image *image,
                          rn_filters *filters, rn_arena *arena);

/** What rn_detector_detect finds in each picture of a data set, in the order of its images, as
 * x, y, w, h; the caller frees *detection. Progress goes to the stream (NULL: none). `stop` (may be
 * NULL) ends it early with RN_INTERRUPTED. */
rn_status rn_detector_run(rn_eval_detection **detection, size_t *count, const rn_detector *detector,
                          const rn_dataset *dataset, FILE *stream, const volatile int *stop,
                          rn_err *err);

/** Metrics of such detections against the data set's objects; the caller frees with rn_eval_free.
 */
void rn_detector_evaluate(rn_eval *eval, const rn_dataset *dataset,
                          const rn_eval_detection *detection, size_t count,
                          const rn_eval_options *options);

#endif
