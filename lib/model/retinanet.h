/* retinanet.h: the whole detector: ResNet, FPN, two heads, anchors (sec. 4).
 *
 * image batch -> rn_retinanet_forward -> logits and box codes per level -> rn_detection_loss
 * (detection_loss.h) while training; image batch -> rn_retinanet_infer -> the same for candidates
 * -> rn_retinanet_detect afterwards. */
#ifndef RN_MODEL_RETINANET_H
#define RN_MODEL_RETINANET_H

#include "base/err.h"
#include "detect/anchor.h"
#include "detect/decode.h"
#include "loss/classification.h"
#include "model/config.h"
#include "model/fpn.h"
#include "model/head.h"
#include "model/resnet.h"

#include <stdint.h>

typedef struct rn_retinanet {
    rn_model_config config;
    const rn_loss *loss; /**< by which it is trained; tells softmax from sigmoid */
    int columns;         /**< logits an anchor */
    rn_params params;
    rn_resnet body;
    rn_fpn fpn;
    rn_head class_head, box_head;
    rn_anchor_spec anchors;
    rn_coder coder;
} rn_retinanet;

/** What a forward pass gives, level by level; tensors live in the tape's arena. */
typedef struct rn_outputs {
    int levels, image_h, image_w;
    rn_grid grid[RN_FPN_LEVELS_MOST];
    rn_tensor *logit[RN_FPN_LEVELS_MOST]; /**< (N, h, w, anchors a cell x columns) */
    rn_tensor *code[RN_FPN_LEVELS_MOST];  /**< (N, h, w, anchors a cell x 4) */
    size_t first[RN_FPN_LEVELS_MOST + 1]; /**< anchors before each level; the last is their total */
    rn_rank *best; /**< (N, levels): candidates, see rn_decode_rank; NULL: not ranked yet */
} rn_outputs;

/** Declares and commits all parameters, not initialised. config->num_classes >= 1. `frozen` names
 * the parts that are not trained, separated by commas: stem, layer1 .. layer4, body; "none" or "":
 * everything is; "auto": stem and layer1 are not if the backbone's norm is frozen. (A batch norm in
 * such a part still uses and follows the statistics of its batches.) With `training`
 * there are gradients. Fails on settings that contradict each other, on an unknown part, and on a
 * network that the machine's memory does not hold; then nothing is held. */
rn_status rn_retinanet_create(rn_retinanet *net, const rn_model_config *config, const char *frozen,
                              bool training, rn_err *err);

/** Random weights: He in the backbone (fan out, as torchvision), uniform Xavier in the pyramid,
 * N(0, head_std) or He in the towers, N(0, head_std) and the prior's bias in the last layers. */
void rn_retinanet_init(rn_retinanet *net, uint64_t seed);

void rn_retinanet_free(rn_retinanet *net);

/** image: (N, H, W, 3), normalised, H and W multiples of 32 (torchvision pads to that). While
 * recording, the outputs that want gradients have zeros there for the loss to set. */
void rn_retinanet_forward(rn_outputs *out, rn_tape *tape, const rn_retinanet *net,
                          rn_tensor *image);

/** The same for rn_retinanet_detect alone, not while recording: the class head comes first, and the
 * box head computes what the boxes of its candidates need, which is little where there are few. The
 * other codes are undefined; detections are the same, bit by bit. Score threshold and candidates a
 * level are those of net->config now, not of when rn_retinanet_detect is called. Threads may run a
 * pass each, with a tape and an arena of their own and the same filters. */
void rn_retinanet_infer(rn_outputs *out, rn_tape *tape, const rn_retinanet *net, rn_tensor *image);

/** The part of it between the heads: sets out->best from the logits, in the tape's arena. */
void rn_retinanet_rank(rn_outputs *out, rn_tape *tape, const rn_retinanet *net);

/** Sets levels, grid, first and image size for an image of h x w pixels, without a forward pass. */
void rn_retinanet_layout(rn_outputs *out, const rn_retinanet *net, int h, int w);

/** Anchors of all levels for these outputs, (out->first[levels]), in the arena. */
rn_box *rn_retinanet_anchors(const rn_retinanet *net, const rn_outputs *out, rn_arena *arena);

/** Detections of image `index` of the batch, after either of them, boxes clipped to height x width
 * (the image's own size within the padded batch). found: room for config.detections. Returns how
 * many. Threads may work on an image each, with a scratch arena of their own. */
size_t rn_retinanet_detect(rn_detection *found, const rn_retinanet *net, const rn_outputs *out,
                           const rn_box *anchor, int index, int height, int width,
                           rn_arena *scratch);

/** A side padded to a multiple of RN_IMAGE_MULTIPLE. */
int rn_retinanet_padded(int side);

/** Gives each multiple of this many pixels a whole number of cells on the levels up to P5. */
enum { RN_IMAGE_MULTIPLE = 32 };

#endif
