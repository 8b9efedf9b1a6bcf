/* pretrain.h: a backbone that has learnt to see before it becomes part of a detector.
 *
 * The paper starts from ResNets trained on ImageNet (sec. 4.1). For backbones of which there are no
 * such weights, this is the stand-in: the backbone as a classifier (model/classifier.h) of small
 * procedural pictures (data/crops.h), which takes seconds. The result is a file that
 * rn_initial_weights takes. */
#ifndef RN_TRAIN_PRETRAIN_H
#define RN_TRAIN_PRETRAIN_H

#include "base/option.h"
#include "data/crops.h"

#include <stdio.h>

/** Everything that decides the weights. */
typedef struct rn_pretrain_config {
    int backbone;          /**< row of rn_resnet_table */
    int norm, norm_groups; /**< rn_norm_kind; frozen is that of a detector which takes batch's */
    int crops, validation; /**< pictures to learn from, and others to test with */
    int epochs, batch;     /**< an incomplete batch at an epoch's end is left out */
    double learning_rate, momentum, weight_decay; /**< SGD; norms and biases do not decay */
    int warm_up;      /**< steps over which the rate grows from a tenth */
    rn_list lr_steps; /**< as fractions of the run: there the rate is multiplied by ... */
    double lr_factor; /**< ... this */
    int seed;
} rn_pretrain_config;

/** The table over rn_pretrain_config. */
rn_options rn_pretrain_options(void);

/** All defaults: tiny, batch norm. */
rn_pretrain_config rn_pretrain_default(void);

/** What the table cannot say: settings that contradict each other. */
rn_status rn_pretrain_check(const rn_pretrain_config *config, rn_err *err);

/** Where it goes; nothing is owned. */
typedef struct rn_pretrain_output {
    const char *path;         /**< gets the weights; NULL: nothing is written */
    FILE *progress;           /**< NULL: silent */
    const volatile int *stop; /**< set to end the run after the current step; may be NULL */
} rn_pretrain_output;

typedef struct rn_pretrain_result {
    long steps;
    double loss;     /**< mean cross entropy of the last epoch, while training */
    double accuracy; /**< share of the validation crops that are told right */
    int seen[RN_CROP_CLASSES], right[RN_CROP_CLASSES]; /**< validation crops of each class */
    double seconds;                                    /**< in all ... */
    double painting_seconds;                           /**< ... and of that to paint the crops */
    uint64_t weights; /**< rn_params_hash: equal runs have equal ones */
    bool diverged;    /**< loss, gradient or weights were not finite */
} rn_pretrain_result;

/** Paints the crops, trains, validates, writes a safetensors file: all parameters of the backbone
 * under the names that they have in a detector, the linear layer as fc.weight and fc.bias, and the
 * config and the result's numbers as metadata. The same bits on any number of threads. Fails with
 * RN_ERROR on a config that contradicts itself, a path where no file can appear (before any work)
 * and when the run diverges; with RN_INTERRUPTED when stopped. Then a file that was at `path` stays
 * as it was. */
rn_status rn_pretrain(rn_pretrain_result *result, const rn_pretrain_config *config,
                      const rn_pretrain_output *output, rn_err *err);

#endif
