/* checkpoint.h: a network on disk: parameters, and what a run needs to go on, in one safetensors
 * file.
 *
 * Parameters have torchvision's names and axis order (convolutions OIHW). Momentum is stored as
 * "optimizer.momentum.NAME". The metadata is an object of strings that the caller fills. */
#ifndef RN_TRAIN_CHECKPOINT_H
#define RN_TRAIN_CHECKPOINT_H

#include "nn/param.h"
#include "train/safetensors.h"

/** Writes all parameters and buffers and, with `momentum`, the optimiser's state; atomically: on
 * failure, or a kill at any moment, the file that was there before stays. */
rn_status rn_checkpoint_save(const char *path, const rn_params *params, bool momentum,
                             const cJSON *metadata, rn_err *err);

/** How a file fits a network. */
typedef struct rn_checkpoint_match {
    size_t taken, missing, other_shape; /**< parameters of the network */
    size_t unused;                      /**< tensors of the file that no parameter took */
    char first_problem[320]; /**< one line about the first missing or other shape, or "" */
} rn_checkpoint_match;

/** Copies values (and with `momentum` the optimiser's state) from a loaded file into committed
 * parameters. `strict`: anything missing or of another shape fails, naming it. Otherwise names that
 * match are taken, older torchvision names and bare backbone names (conv1.weight, layer1.0...)
 * included. `path` is for messages. */
rn_status rn_checkpoint_take(rn_params *params, rn_checkpoint_match *match,
                             const rn_safetensors *file, bool strict, bool momentum,
                             const char *path, rn_err *err);

#endif
