/* config.h: every setting of a run, its default and where that comes from: one table.
 *
 * The table reads the command line, writes the config into checkpoints and logs, and prints --help.
 * Defaults are the paper's; where the paper is silent, those of the authors' later code
 * (Detectron). A preset is a list of settings that differ from the defaults. */
#ifndef RN_TRAIN_CONFIG_H
#define RN_TRAIN_CONFIG_H

#include "base/option.h"
#include "model/config.h"

typedef struct rn_train_config {
    int iterations, batch, accumulate;
    double learning_rate, momentum, weight_decay;
    bool decay_all; /**< weight decay on biases and norms too */
    int warm_up;
    double warm_up_factor;
    rn_list lr_steps; /**< as fractions of the iterations */
    double lr_factor;
    double clip;        /**< largest gradient norm; 0: off */
    int size, max_size; /**< shorter and longer side after resizing */
    bool flip;
    double scale_jitter; /**< sides are multiplied by exp(U(-log j, log j)); 1: off */
    double color_jitter; /**< brightness, contrast, saturation by 1 + U(-j, j); 0: off */
    int boxes;           /**< rn_box_policy */
    int seed;
    rn_option_text freeze;      /**< see rn_retinanet_create */
    int save_every, eval_every; /**< iterations; 0: at the end only */
} rn_train_config;

typedef struct rn_config {
    rn_model_config model;
    rn_train_config train;
} rn_config;

/** The table over rn_config. */
rn_options rn_config_options(void);

/** All defaults: the paper's detector. */
rn_config rn_config_paper(void);

/** One setting of a preset. */
typedef struct rn_preset_row {
    const char *option, *value;
} rn_preset_row;

typedef struct rn_preset {
    const char *name, *what; /**< what it is and its source, for --help */
    const rn_preset_row *row;
    size_t count;
} rn_preset;

const rn_preset *rn_preset_table(size_t *count);

/** Applies the settings of a preset on top of `config`; fails on an unknown name. */
rn_status rn_config_preset(rn_config *config, const char *name, rn_err *err);

/** What the table cannot say: settings that contradict each other. */
rn_status rn_config_check(const rn_config *config, rn_err *err);

#endif
