/* classifier.h: a ResNet that tells what a picture shows (He, Zhang, Ren, Sun, CVPR 2016,
 * sec. 3.3): the backbone, the mean over its last map, a linear layer, softmax. What a detector's
 * backbone is pretrained as.
 *
 * The backbone's parameters have the names that they have in a detector ("backbone.body.conv1..."),
 * so a file of one is taken by the other; the linear layer is "fc". */
#ifndef RN_MODEL_CLASSIFIER_H
#define RN_MODEL_CLASSIFIER_H

#include "loss/classification.h"
#include "model/resnet.h"

#include <stdint.h>

typedef struct rn_classifier {
    int num_classes;
    const rn_loss *loss; /**< softmax cross entropy */
    rn_params params;
    rn_resnet body;
    rn_conv last; /**< the linear layer: 1 x 1 on one pixel */
} rn_classifier;

/** Declares and commits all parameters, not initialised. backbone: row of rn_resnet_table.
 * groups: of group norm. num_classes >= 2. With `training` there are gradients. */
void rn_classifier_create(rn_classifier *net, int backbone, rn_norm_kind norm, int groups,
                          int num_classes, bool training);

/** Random weights: He in the backbone (fan out, as a detector's), N(0, .01) in the linear layer. */
void rn_classifier_init(rn_classifier *net, uint64_t seed);

void rn_classifier_free(rn_classifier *net);

/** Logits, (N, 1, 1, num_classes). image: (N, H, W, 3), normalised. */
rn_tensor *rn_classifier_forward(rn_tape *tape, const rn_classifier *net, rn_tensor *image);

/** Mean cross entropy over the N pictures and, while the tape records, its gradient for
 * rn_tape_backward. label: (N), classes from 0. The loss is the table's softmax-ce, whose last
 * column, elsewhere the background, is here a class as the others. */
double rn_classifier_loss(rn_tape *tape, const rn_classifier *net, rn_tensor *logit,
                          const int *label);

/** The class of each picture: the largest logit, the first among equals. predicted: (N). */
void rn_classifier_predict(int *predicted, const rn_tensor *logit);

#endif
