#include "train/config.h"
#include "base/check.h"
#include "base/real.h"
#include "data/dataset.h"
#include "loss/normaliser.h"
#include "model/resnet.h"
#include "nn/norm.h"

#include <math.h>
#include <string.h>

/* Where a default comes from. */
#define PAPER     "paper, "
#define DETECTRON "authors' code (Detectron)"
#define OURS      "this project"

#define MODEL(field)              offsetof(rn_config, model.field)
#define TRAIN(field)              offsetof(rn_config, train.field)
#define BOOL                      .kind = RN_OPTION_BOOL
#define INT(from, to)             .kind = RN_OPTION_INT, .low = (from), .high = (to)
#define NUMBER(from, to)          .kind = RN_OPTION_NUMBER, .low = (from), .high = (to)
#define NUMBER_OR(word, from, to) NUMBER(from, to), .choices = (word)
#define LIST(from, to)            .kind = RN_OPTION_LIST, .low = (from), .high = (to)
#define CHOICE(words)             .kind = RN_OPTION_CHOICE, .choices = (words)
#define TEXT(word)                .kind = RN_OPTION_TEXT, .choices = (word)

rn_options rn_config_options(void) {
    /* name, field, kind and range, default, source, help */
    static const rn_option table[] = {
#define ROW(text, field, type, standard, from, what)                                               \
    {.group = GROUP,                                                                               \
     .name = text,                                                                                 \
     .offset = field,                                                                              \
     type,                                                                                         \
     .initial = standard,                                                                          \
     .source = from,                                                                               \
     .help = what}
#define GROUP "network"
        ROW("model", MODEL(backbone), CHOICE(rn_resnet_choices), "r50", PAPER "sec. 4.1",
            "backbone"),
        ROW("norm", MODEL(norm), CHOICE(rn_norm_choices), "frozen", DETECTRON,
            "norm of the backbone"),
        ROW("norm-groups", MODEL(norm_groups), INT(1, 1024), "32", "Wu and He 2018",
            "groups of a group norm"),
        ROW("classes", MODEL(num_classes), INT(0, 100000), "0", OURS,
            "number of classes; 0: the data set's"),
        ROW("fpn-channels", MODEL(fpn_channels), INT(1, 4096), "256", PAPER "sec. 4",
            "channels of pyramid and heads"),
        ROW("first-level", MODEL(first_level), INT(3, 5), "3", PAPER "sec. 4",
            "lowest pyramid level"),
        ROW("top-level", MODEL(top_level), INT(5, 7), "7", PAPER "sec. 4", "highest pyramid level"),
        ROW("p6-from", MODEL(p6_from), CHOICE("c5|p5"), "c5", PAPER "footnote 2",
            "what P6 is computed from"),
        ROW("fpn-norm", MODEL(fpn_norm), CHOICE(rn_norm_choices), "none", DETECTRON,
            "norm and ReLU on each pyramid output"),
        ROW("head-convs", MODEL(head_convs), INT(0, 8), "4", PAPER "sec. 4",
            "convolutions in each tower"),
        ROW("head-norm", MODEL(head_norm), CHOICE(rn_norm_choices), "none", DETECTRON,
            "norm in the towers (batch: per level)"),
        ROW("head-he", MODEL(head_he), BOOL, "off", PAPER "sec. 4.1",
            "He initialisation in the towers"),
        ROW("head-std", MODEL(head_std), NUMBER(0, 10), "0.01", PAPER "sec. 4.1",
            "standard deviation of new weights"),
        ROW("prior", MODEL(prior), NUMBER(1e-9, .999999999), "0.01", PAPER "sec. 4.1",
            "initial probability of an object"),
#undef GROUP
#define GROUP "anchors"
        ROW("anchor-scales", MODEL(anchor_scales), INT(1, 8), "3", PAPER "sec. 4",
            "scales per octave"),
        ROW("anchor-octaves", MODEL(anchor_octaves), INT(1, 8), "1", PAPER "sec. 4",
            "octaves of scales on each level"),
        ROW("anchor-ratios", MODEL(anchor_ratios), LIST(.01, 100), "0.5,1,2", PAPER "sec. 4",
            "height / width"),
        ROW("anchor-size", MODEL(anchor_size), NUMBER(.1, 100), "4", PAPER "sec. 4",
            "smallest anchor of a level, in strides"),
        ROW("anchor-offset", MODEL(anchor_offset), NUMBER(0, 1), "0.5", DETECTRON,
            "centre of the first cell, in strides"),
        ROW("anchor-whole", MODEL(anchor_whole), BOOL, "off", OURS,
            "round anchors to whole pixels"),
        ROW("anchor-grid-stride", MODEL(anchor_grid_stride), BOOL, "off", OURS,
            "stride = image side / cells, rounded down"),
#undef GROUP
#define GROUP "assignment"
        ROW("positive-iou", MODEL(positive_iou), NUMBER(.01, 1), "0.5", PAPER "sec. 4",
            "positive from this IoU on"),
        ROW("negative-iou", MODEL(negative_iou), NUMBER(0, 1), "0.4", PAPER "sec. 4",
            "background below this IoU"),
        ROW("best-anchor", MODEL(best_anchor), NUMBER_OR("off", 0, 1), "0.4", DETECTRON,
            "an object's best anchor is positive from this IoU on"),
        ROW("box-mean", MODEL(box_mean), LIST(-100, 100), "0,0,0,0", DETECTRON,
            "means of the box codes"),
        ROW("box-std", MODEL(box_std), LIST(1e-6, 1000), "1,1,1,1", DETECTRON,
            "standard deviations of the box codes"),
        ROW("box-plus-one", MODEL(box_plus_one), BOOL, "off", OURS,
            "count boxes inclusively, as older code did"),
#undef GROUP
#define GROUP "loss"
        ROW("loss", MODEL(loss), TEXT("LOSS"), "focal", PAPER "sec. 3.2",
            "ce, alpha-ce, fl, focal, fl-star, hinge, softmax-ce, softmax-focal or ohem"),
        ROW("gamma", MODEL(gamma), NUMBER(0, 1000), "2", PAPER "sec. 4.1", "focusing"),
        ROW("alpha", MODEL(alpha), NUMBER_OR("auto", 0, 1), "0.25", PAPER "sec. 4.1",
            "weight of positives, 1 - alpha of negatives; auto: from their frequencies"),
        ROW("beta", MODEL(beta), NUMBER(-100, 100), "0", PAPER "app. A", "shift of FL*"),
        ROW("margin", MODEL(margin), NUMBER(1e-6, 1), "0.7", OURS,
            "p_t from which the hinge loss is 0"),
        ROW("class-alpha", MODEL(class_alpha), LIST(0, 1e6), "", OURS,
            "softmax losses: a weight per class, then the background's"),
        ROW("ohem-loss", MODEL(ohem_loss), TEXT("LOSS"), "ce", OURS,
            "loss that ohem ranks and trains by"),
        ROW("ohem-batch", MODEL(ohem_batch), INT(1, 1000000), "128", PAPER "table 1d",
            "anchors kept in an image"),
        ROW("ohem-nms", MODEL(ohem_nms), NUMBER(0, 1), "0.5", PAPER "table 1d",
            "IoU above which a harder neighbour suppresses"),
        ROW("ohem-boxes", MODEL(ohem_boxes), CHOICE("anchors|decoded"), "anchors", OURS,
            "boxes that suppress each other"),
        ROW("ohem-one-to-three", MODEL(ohem_one_to_three), BOOL, "off", PAPER "sec. 5.1",
            "at most three negatives a positive"),
        ROW("keep-negatives", MODEL(keep_negatives), NUMBER(0, 1), "1", OURS,
            "share of background anchors that count, drawn anew for each image and step"),
        ROW("class-weight", MODEL(class_weight), NUMBER(0, 1e6), "1", OURS,
            "weight of the classification loss"),
        ROW("smooth-l1-beta", MODEL(smooth_l1_beta), NUMBER(0, 100), "0.11", DETECTRON,
            "0 is L1; the paper gives none"),
        ROW("box-weight", MODEL(box_weight), NUMBER(0, 1e6), "1", DETECTRON,
            "weight of the box loss"),
        ROW("box-mean-of-four", MODEL(box_mean_of_four), BOOL, "off", DETECTRON,
            "mean over the coordinates, not their sum"),
        ROW("normaliser", MODEL(normaliser), CHOICE(rn_normaliser_choices), "image-positives",
            PAPER "sec. 4.1", "what losses are divided by"),
        ROW("normaliser-start", MODEL(normaliser_start), NUMBER(1, 1e9), "100", "Detectron2",
            "start of the moving average"),
        ROW("normaliser-momentum", MODEL(normaliser_momentum), NUMBER(0, .999999), "0.9",
            "Detectron2", "momentum of the moving average"),
#undef GROUP
#define GROUP "inference"
        ROW("score-threshold", MODEL(score_threshold), NUMBER(0, 1), "0.05", PAPER "sec. 4.1",
            "detections score above this"),
        ROW("top-per-level", MODEL(top_per_level), INT(1, 1000000), "1000", PAPER "sec. 4.1",
            "candidates a level"),
        ROW("nms-iou", MODEL(nms_iou), NUMBER(0, 1), "0.5", PAPER "sec. 4.1",
            "non-maximum suppression, class by class"),
        ROW("detections", MODEL(detections), INT(1, 100000), "100", DETECTRON, "at most, an image"),
#undef GROUP
#define GROUP "training"
        ROW("iters", TRAIN(iterations), INT(0, 1000000000), "90000", PAPER "sec. 4.1",
            "iterations"),
        ROW("batch", TRAIN(batch), INT(1, 4096), "16", PAPER "sec. 4.1", "images in an iteration"),
        ROW("accumulate", TRAIN(accumulate), INT(1, 4096), "1", OURS,
            "parts the batch is computed in (saves memory)"),
        ROW("lr", TRAIN(learning_rate), NUMBER(0, 1000), "0.01", PAPER "sec. 4.1", "learning rate"),
        ROW("momentum", TRAIN(momentum), NUMBER(0, .999999), "0.9", PAPER "sec. 4.1",
            "momentum of SGD"),
        ROW("weight-decay", TRAIN(weight_decay), NUMBER(0, 10), "0.0001", PAPER "sec. 4.1",
            "weight decay"),
        ROW("decay-all", TRAIN(decay_all), BOOL, "off", DETECTRON,
            "weight decay on biases and norms too"),
        ROW("warmup", TRAIN(warm_up), INT(0, 100000000), "500", DETECTRON,
            "iterations of linear warm-up"),
        ROW("warmup-factor", TRAIN(warm_up_factor), NUMBER(0, 1), "0.333333333333", DETECTRON,
            "first learning rate / lr"),
        ROW("lr-steps", TRAIN(lr_steps), LIST(0, 1), "0.666666666667,0.888888888889",
            PAPER "sec. 4.1", "where the rate drops, as fractions of iters"),
        ROW("lr-factor", TRAIN(lr_factor), NUMBER(0, 1), "0.1", PAPER "sec. 4.1",
            "by which it drops"),
        ROW("clip", TRAIN(clip), NUMBER(0, 1e12), "0", DETECTRON, "largest gradient norm; 0: off"),
        ROW("freeze", TRAIN(freeze), TEXT("PARTS"), "auto", DETECTRON,
            "parts not trained: none or some of stem,layer1,layer2,layer3,layer4,body; auto: "
            "stem,layer1 if the norm is frozen"),
        ROW("seed", TRAIN(seed), INT(0, 2147483647), "0", OURS,
            "of weights, order and augmentation"),
        ROW("save-every", TRAIN(save_every), INT(0, 1000000000), "1000", OURS,
            "iterations between checkpoints; 0: at the end"),
        ROW("eval-every", TRAIN(eval_every), INT(0, 1000000000), "0", OURS,
            "iterations between evaluations on --val-split; 0: at the end"),
#undef GROUP
#define GROUP "images"
        ROW("size", TRAIN(size), INT(32, 8192), "600", PAPER "sec. 5.1", "shorter side in pixels"),
        ROW("max-size", TRAIN(max_size), INT(32, 16384), "1000", "py-faster-rcnn",
            "longer side at most"),
        ROW("flip", TRAIN(flip), BOOL, "on", PAPER "sec. 4.1", "random horizontal flip"),
        ROW("scale-jitter", TRAIN(scale_jitter), NUMBER(1, 8), "1", PAPER "sec. 4.1",
            "random size between 1/j and j"),
        ROW("color-jitter", TRAIN(color_jitter), NUMBER(0, 1), "0", PAPER "sec. 4.1",
            "random brightness, contrast, saturation within 1 +- j"),
        ROW("boxes", TRAIN(boxes), CHOICE(rn_box_policy_choices), "drop", OURS,
            "what happens to bad boxes"),
#undef GROUP
#undef ROW
    };
    return (rn_options){table, RN_COUNT(table)};
}

rn_config rn_config_paper(void) {
    rn_config config;
    memset(&config, 0, sizeof config);
    rn_option_defaults(&config, rn_config_options());
    return config;
}

/* ---- presets ----------------------------------------------------------------------------------
 */

/* torchvision 0.14: retinanet_resnet50_fpn of models/detection/retinanet.py, and the training that
 * references/detection recommends for it, 26 epochs of COCO in batches of 16. */
static const rn_preset_row torchvision[] = {
    {"p6-from", "p5"},      {"anchor-offset", "0"},
    {"anchor-whole", "on"}, {"anchor-grid-stride", "on"},
    {"best-anchor", "0"},   {"smooth-l1-beta", "0"},
    {"detections", "300"},  {"size", "800"},
    {"max-size", "1333"},   {"decay-all", "on"},
    {"warmup", "1000"},     {"warmup-factor", "0.001"},
    {"iters", "190554"},    {"lr-steps", "0.615384615385,0.846153846154"},
};

/* Detectron2: configs/Base-RetinaNet.yaml, config/defaults.py, modeling/meta_arch/retinanet.py; but
 * for its training at a shorter side drawn from 640 to 800. Its constant 100 is for the images of
 * one GPU, two of a batch of 16: --accumulate 8 normalises such pairs. */
static const rn_preset_row detectron2[] = {
    {"anchor-offset", "0"},
    {"best-anchor", "0"},
    {"smooth-l1-beta", "0"},
    {"normaliser", "moving-average"},
    {"normaliser-start", "100"},
    {"normaliser-momentum", "0.9"},
    {"size", "800"},
    {"max-size", "1333"},
    {"decay-all", "on"},
    {"warmup", "1000"},
    {"warmup-factor", "0.001"},
};

/* yhenon/pytorch-retinanet: model.py, losses.py, anchors.py and dataloader.py. Not taken over: Adam
 * and its schedule, scale and shift of the norms being trained, the clamped probabilities, and that
 * detections have no limit. The last layers start at 0, the towers as in He et al. 2015. */
static const rn_preset_row pytorch_retinanet[] = {
    {"head-he", "on"},
    {"head-std", "0"},
    {"freeze", "none"},
    {"best-anchor", "off"},
    {"box-std", "0.1,0.1,0.2,0.2"},
    {"smooth-l1-beta", "0.111111111111"},
    {"box-mean-of-four", "on"},
    {"size", "608"},
    {"max-size", "1024"},
};

/* The network and the training that show the paper's effects in minutes on `scenes`. */
static const rn_preset_row scenes[] = {
    {"model", "tiny"},
    {"norm", "batch"},
    {"fpn-channels", "32"},
    {"top-level", "5"},
    {"fpn-norm", "batch"},
    {"head-convs", "2"},
    {"head-norm", "batch"},
    {"head-he", "on"},
    {"anchor-size", "3"},
    {"normaliser", "moving-average"},
    {"normaliser-start", "86"},
    {"normaliser-momentum", "0.95"},
    {"score-threshold", "0.01"},
    {"top-per-level", "400"},
    {"batch", "4"},
    {"iters", "3600"},
    {"warmup", "200"},
    {"size", "256"},
    {"max-size", "256"},
    {"save-every", "500"},
};

/* A few hundred real images, random weights, two cores. */
static const rn_preset_row small[] = {
    {"model", "tiny"},
    {"norm", "batch"},
    {"fpn-channels", "48"},
    {"top-level", "6"},
    {"fpn-norm", "batch"},
    {"head-convs", "2"},
    {"head-norm", "batch"},
    {"head-he", "on"},
    {"anchor-size", "3"},
    {"normaliser", "moving-average"},
    {"normaliser-momentum", "0.95"},
    {"score-threshold", "0.01"},
    {"batch", "4"},
    {"iters", "2000"},
    {"lr", "0.02"},
    {"warmup", "200"},
    {"size", "384"},
    {"max-size", "640"},
    {"scale-jitter", "1.25"},
    {"color-jitter", "0.2"},
    {"save-every", "500"},
};

const rn_preset *rn_preset_table(size_t *count) {
    static const rn_preset table[] = {
        {"paper", "the paper, and its authors' later code where it is silent", NULL, 0},
        {"torchvision", "retinanet_resnet50_fpn of torchvision", torchvision,
         RN_COUNT(torchvision)},
        {"detectron2", "Base-RetinaNet of Detectron2", detectron2, RN_COUNT(detectron2)},
        {"pytorch-retinanet",
         "yhenon/pytorch-retinanet, but for Adam and its clamped probabilities", pytorch_retinanet,
         RN_COUNT(pytorch_retinanet)},
        {"scenes", "the small network on the procedural set (default for --data scenes)", scenes,
         RN_COUNT(scenes)},
        {"small", "a few hundred images, random weights (default for small sets without --init)",
         small, RN_COUNT(small)},
    };
    *count = RN_COUNT(table);
    return table;
}

rn_status rn_config_preset(rn_config *config, const char *name, rn_err *err) {
    size_t count;
    const rn_preset *table = rn_preset_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) != 0) continue;
        for (size_t j = 0; j < table[i].count; j++) {
            const rn_option *option = rn_option_find(rn_config_options(), table[i].row[j].option);
            RN_CHECK(option, "preset %s: no option %s", name, table[i].row[j].option);
            if (rn_option_set(config, option, table[i].row[j].value, err) != RN_OK)
                return rn_fail_in(err, "preset %s", name);
        }
        return RN_OK;
    }
    return rn_fail(err, "--preset: expected one of the presets in --help, got \"%.60s\"", name);
}

rn_status rn_config_check(const rn_config *config, rn_err *err) {
    const rn_train_config *train = &config->train;
    if (train->batch % train->accumulate != 0)
        return rn_fail(err, "--accumulate: expected a divisor of --batch %d, got %d", train->batch,
                       train->accumulate);
    if (train->max_size < train->size)
        return rn_fail(err, "--max-size: expected at least --size %d, got %d", train->size,
                       train->max_size);
    return rn_model_config_check(&config->model, err);
}
