/* normaliser.h: what a loss is divided by. One of the choices in which implementations differ most.
 *
 *   image-positives   each image by its own number of positive anchors, then the mean over images
 *                     (the paper, sec. 4.1; torchvision)
 *   batch-positives   all by the number of positives in the batch
 *   moving-average    as batch-positives, smoothed over steps (Detectron2): a running value that
 *                     starts at a constant, not at the first batch
 *   all-anchors       by the number of anchors that are not ignored
 *
 * Counts below 1 are taken for 1: an image without objects has a loss. */
#ifndef RN_LOSS_NORMALISER_H
#define RN_LOSS_NORMALISER_H

#include <stddef.h>

typedef enum rn_normaliser_kind {
    RN_NORMALISER_IMAGE_POSITIVES,
    RN_NORMALISER_BATCH_POSITIVES,
    RN_NORMALISER_MOVING_AVERAGE,
    RN_NORMALISER_ALL_ANCHORS
} rn_normaliser_kind;

/** "image-positives|batch-positives|moving-average|all-anchors", in the order of the enum. */
extern const char rn_normaliser_choices[];

typedef struct rn_normaliser {
    rn_normaliser_kind kind;
    double momentum; /**< of the moving average, in [0, 1): .9 in Detectron2 */
    double value;    /**< its running value, >= 0: the start, then updated; part of a checkpoint */
} rn_normaliser;

/** divisor[i] for each image of a batch: its loss sums are divided by it, and the quotients of all
 * images are added. positives[i], counted[i]: positive anchors of image i, and all that are not
 * ignored. The moving average takes in this batch first: value = momentum * value + (1 - momentum)
 * * max(1, positives of the batch). Aborts unless images >= 1 and the settings are in range. */
void rn_normaliser_divide(double *divisor, rn_normaliser *normaliser, const size_t *positives,
                          const size_t *counted, int images);

#endif
