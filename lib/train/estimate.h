/* estimate.h: what a run will need, and what its data are like, before it starts. */
#ifndef RN_TRAIN_ESTIMATE_H
#define RN_TRAIN_ESTIMATE_H

#include "data/dataset.h"
#include "train/detector.h"

/** Memory that training takes at most, for the largest batch the data set can give. */
size_t rn_train_memory(const rn_detector *detector, const rn_dataset *dataset);

/** The part of it that a step takes and gives back: the trainer's arena. */
size_t rn_train_step_memory(const rn_detector *detector, const rn_dataset *dataset);

/** alpha from the class frequencies: alpha / (1 - alpha) = negatives / positives, counted over
 * (anchor, class) pairs of up to 200 images spread over the set, ignored anchors left out. */
double rn_train_alpha(const rn_detector *detector, const rn_dataset *dataset);

#endif
