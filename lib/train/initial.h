/* initial.h: the weights that a detector starts from: random ones, then those of a file: of a
 * pretrained backbone (pretrain.h, torchvision's ImageNet weights), of a whole detector, or of any
 * part. */
#ifndef RN_TRAIN_INITIAL_H
#define RN_TRAIN_INITIAL_H

#include "train/checkpoint.h"
#include "train/detector.h"

/** Random weights by the config's seed, over which goes what `path` (NULL or "": nothing) has of
 * them, running statistics included: names and shapes that fit are taken, see rn_checkpoint_take.
 * *match tells how the file fits; zero without one. Fails on a file that cannot be read, one of
 * which nothing fits, and as rn_initial_check_frozen does. */
rn_status rn_initial_weights(rn_detector *detector, rn_checkpoint_match *match, const char *path,
                             rn_err *err);

/** A frozen norm is a pretrained one: fails where the network has frozen norms and the file (NULL:
 * random weights) has no statistics for them. `path` is for messages. */
rn_status rn_initial_check_frozen(const rn_retinanet *net, const rn_safetensors *file,
                                  const char *path, rn_err *err);

#endif
