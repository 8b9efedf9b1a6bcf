/* config.h: what a RetinaNet is made of and how it is trained to see. Defaults, presets and the
 * table that describes every field are in train/config.h; here is only the struct. */
#ifndef RN_MODEL_CONFIG_H
#define RN_MODEL_CONFIG_H

#include "base/err.h"
#include "base/option.h"
#include "loss/classification.h"

#include <stdbool.h>

typedef enum rn_p6_source { RN_P6_FROM_C5, RN_P6_FROM_P5 } rn_p6_source;
typedef enum rn_ohem_boxes { RN_OHEM_ANCHORS, RN_OHEM_DECODED } rn_ohem_boxes;

/** Numbers are double or int, as the option table wants them. */
typedef struct rn_model_config {
    /* network */
    int backbone;    /**< row of rn_resnet_table: tiny, r18, ... */
    int norm;        /**< rn_norm_kind of the backbone */
    int norm_groups; /**< of group norm, everywhere */
    int num_classes;
    int fpn_channels;
    int first_level; /**< 3, 4 or 5: the lowest pyramid level */
    int top_level;   /**< 5, 6 or 7: the highest */
    int p6_from;     /**< rn_p6_source */
    int fpn_norm;    /**< rn_norm_kind on each output of the pyramid, with a ReLU; or none */
    int head_convs;  /**< convolutions in each tower */
    int head_norm;   /**< rn_norm_kind in the towers: batch has statistics of its own per level */
    bool head_he;    /**< He initialisation in the towers instead of head_std */
    double head_std; /**< of new layers' weights */
    double prior;    /**< pi: initial probability of "object" */
    /* anchors */
    int anchor_scales;       /**< per octave: 2^(i / n) */
    rn_list anchor_ratios;   /**< height / width */
    int anchor_octaves;      /**< on each level; 1: the next level goes on where one ends */
    double anchor_size;      /**< side of the smallest anchor of a level in strides */
    double anchor_offset;    /**< centre of the first cell in strides */
    bool anchor_whole;       /**< whole-pixel anchors, as torchvision */
    bool anchor_grid_stride; /**< stride from image and grid size, as torchvision */
    /* assignment and coding */
    double positive_iou, negative_iou;
    double best_anchor;        /**< NAN: off; else the least IoU of an object's best anchor */
    rn_list box_mean, box_std; /**< four each */
    bool box_plus_one;
    /* loss */
    rn_option_text loss; /**< name in rn_loss_table, or "ohem" */
    double gamma, alpha; /**< alpha NAN: from the class frequencies, set before training */
    double beta, margin;
    rn_list class_alpha; /**< softmax focal loss: a weight per class and one for the background */
    rn_option_text ohem_loss; /**< the loss that OHEM ranks and trains by */
    int ohem_batch;
    double ohem_nms;
    int ohem_boxes; /**< rn_ohem_boxes */
    bool ohem_one_to_three;
    double keep_negatives; /**< share of the background anchors that the classification loss sees */
    double class_weight;
    double smooth_l1_beta, box_weight;
    bool box_mean_of_four; /**< box loss as mean over the coordinates, as pytorch-retinanet */
    int normaliser;        /**< rn_normaliser_kind */
    double normaliser_start, normaliser_momentum;
    /* inference */
    double score_threshold;
    int top_per_level;
    double nms_iou;
    int detections; /**< at most, an image */
} rn_model_config;

/** Is the loss mined for hard examples? */
bool rn_model_uses_ohem(const rn_model_config *config);

/** The loss that is computed: `loss`, or `ohem_loss` under OHEM; NULL when there is none of that
 * name. */
const rn_loss *rn_model_loss(const rn_model_config *config);

/** Do the values go together? Fails with the option's name. */
rn_status rn_model_config_check(const rn_model_config *config, rn_err *err);

#endif
