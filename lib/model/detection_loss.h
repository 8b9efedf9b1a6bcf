/* detection_loss.h: from the network's outputs and the objects to one loss and its gradient: the
 * place where assignment, coder, classification loss, box loss and normaliser meet (sec. 4.1). */
#ifndef RN_MODEL_DETECTION_LOSS_H
#define RN_MODEL_DETECTION_LOSS_H

#include "detect/assign.h"
#include "loss/normaliser.h"
#include "model/retinanet.h"

/** The objects of a batch, in pixels of the network's input: those of image i are
 * first[i] .. first[i + 1] - 1. */
typedef struct rn_targets {
    const rn_box *box;
    const int *label;
    const int *first; /**< (images + 1) */
    int images;
    /** For keep_negatives: image i draws from a stream of its own, (seed, sample + i). */
    uint64_t seed, sample;
} rn_targets;

/** What a step's loss consists of. */
typedef struct rn_loss_report {
    double classification, box; /**< normalised and weighted by class_weight, box_weight */
    /** L2 norm of the gradient of `classification` with respect to the logits of the batch,
     * without `weight`; 0 where the outputs want no gradient. */
    double class_gradient;
    size_t positives[RN_FPN_LEVELS_MOST]; /**< level by level, from the first that there is */
    size_t positive, anchors;
    size_t ignored; /**< neither object nor background, by their IoU */
    size_t thinned; /**< background that keep_negatives left out */
    size_t sampled; /**< anchors that the classification loss looked at */
    /** The first term that is not finite, and the level (3: P3); term is NULL when all are. */
    const char *bad_term;
    int bad_image, bad_level;
} rn_loss_report;

/** The assignment that the config describes. */
rn_assign rn_retinanet_assign(const rn_model_config *config);

/** Writes the gradients of (classification + box) * weight to the outputs' grad, where these are
 * not NULL. `weight` is 1 / micro-batches with gradient accumulation. The moving average of the
 * normaliser is updated. Memory comes from the arena and is released. */
void rn_detection_loss(rn_loss_report *report, const rn_retinanet *net, const rn_outputs *out,
                       const rn_targets *targets, rn_normaliser *normaliser, double weight,
                       rn_arena *arena);

#endif
