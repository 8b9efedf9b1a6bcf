/* From a file of weights to a detector: checkpoints of this program know what they are; bare files
 * (torchvision's) are told by options. */
#include "retinanet/coco_names.h"
#include "retinanet/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many classes the last layer of bare weights tells apart. */
static rn_status count_classes(int *classes, const rn_safetensors *file, const rn_config *config,
                               const char *path, rn_err *err) {
    static const char name[] = "head.classification_head.cls_logits.bias";
    const rn_safetensor *last = rn_safetensors_find(file, name);
    const rn_model_config *m = &config->model;
    int per_cell = m->anchor_octaves * m->anchor_scales * m->anchor_ratios.count;
    int64_t outputs = last && last->dims == 1 ? last->shape[0] : 0;
    bool ohem = strcmp(config->model.loss.value, "ohem") == 0;
    const rn_loss *loss =
        rn_loss_find(ohem ? config->model.ohem_loss.value : config->model.loss.value);
    if (!last)
        return rn_fail(err, "%s: %s: expected (classes x %d), got nothing", path, name, per_cell);
    if (outputs < 1 || outputs > 1000000 || outputs % per_cell != 0)
        return rn_fail(err, "%s: %s: expected a multiple of %d anchors a cell, got %lld", path,
                       name, per_cell, (long long)outputs);
    *classes = (int)(outputs / per_cell) - (loss->softmax ? 1 : 0);
    if (*classes < 1)
        return rn_fail(err, "%s: %s: expected a class besides the background", path, name);
    return RN_OK;
}

/* Class c has the id c, as torchvision has it. */
static rn_category *number_classes(int classes) {
    rn_category *category = rn_vec_zeros((size_t)classes, sizeof *category);
    for (int c = 0; c < classes; c++) {
        char name[32];
        const char *coco = classes == COCO_CLASSES ? coco_names[c] : NULL;
        snprintf(name, sizeof name, "class %d", c);
        category[c] = (rn_category){c, rn_vec_text(coco ? coco : name)};
    }
    return category;
}

/* A file without this program's metadata: its classes are counted; only COCO's have names. */
static rn_status load_bare(rn_detector *detector, const rn_safetensors *file, const char *path,
                           const rn_config *config, rn_err *err) {
    rn_checkpoint_match match;
    int classes = 0;
    if (count_classes(&classes, file, config, path, err) != RN_OK) return RN_ERROR;
    rn_category *category = number_classes(classes);
    rn_status status = rn_detector_create(detector, config, category, classes, false, err);
    for (int c = 0; c < classes; c++) free(category[c].name);
    free(category);
    if (status == RN_OK)
        status = rn_checkpoint_take(&detector->net.params, &match, file, false, false, path, err);
    if (status == RN_OK && match.missing + match.other_shape > 0)
        status = rn_fail(err,
                         "%s: expected the weights of this network, but %zu tensors are missing "
                         "and %zu have another shape (%s)",
                         path, match.missing, match.other_shape, match.first_problem);
    return status;
}

/* The first option given that changes what a checkpoint's network is, or NULL. */
static const rn_option *find_override(const cli *given) {
    for (int i = 0; i < given->num_given; i++) {
        const rn_option *option = given->given[i].option;
        if (strcmp(option->group, "inference") != 0 && strcmp(option->name, "size") != 0 &&
            strcmp(option->name, "max-size") != 0)
            return option;
    }
    return NULL;
}

#define DECIDED                                                                                    \
    "the checkpoint's config decides that; expected only --size, --max-size and the inference "    \
    "options"

int check_overrides(const cli *given, const char *preset) {
    const rn_option *override = find_override(given);
    if (preset || cli_was_given(given, "model") || !override) return CLI_GO_ON;
    return cli_fail(CLI_USAGE, "--%s: " DECIDED, override->name);
}

static rn_status apply_to_checkpoint(rn_detector *detector, const char *preset, const cli *given,
                                     rn_err *err) {
    const rn_option *override = find_override(given);
    if (preset || override)
        return rn_fail(err, "--%s: " DECIDED, preset ? "preset" : override->name);
    if (cli_apply(given, &detector->config, err) != RN_OK) return RN_ERROR;
    fit_max_size(&detector->config, given);
    detector->net.config = detector->config.model;
    return rn_config_check(&detector->config, err);
}

rn_status load_detector(rn_detector *detector, const char *weights, const char *preset,
                        const cli *given, int *code, rn_err *err) {
    rn_safetensors file = {0};
    rn_config config;
    *code = CLI_FAILED;
    if (rn_safetensors_load(&file, weights, err) != RN_OK) return RN_ERROR;
    bool bare = !file.metadata || !cJSON_GetObjectItemCaseSensitive(file.metadata, "config");
    rn_status status = RN_OK;
    if (bare && !preset && !cli_was_given(given, "model")) {
        *code = CLI_USAGE;
        status = rn_fail(err,
                         "%s: bare weights, without config and classes: say what they are "
                         "(--preset torchvision, or --model and other options)",
                         weights);
    } else if (bare) {
        *code = CLI_USAGE;
        status = make_config(&config, preset, given, err);
        if (status == RN_OK)
            *code = CLI_FAILED, status = load_bare(detector, &file, weights, &config, err);
    }
    rn_safetensors_free(&file);
    if (!bare) {
        status = rn_detector_load(detector, weights, false, err);
        if (status == RN_OK)
            *code = CLI_USAGE, status = apply_to_checkpoint(detector, preset, given, err);
    }
    if (status != RN_OK) rn_detector_free(detector);
    return status;
}

rn_status check_inference_memory(const rn_detector *detector, rn_err *err) {
    const rn_train_config *train = &detector->config.train;
    unsigned long long machine = rn_parallel_machine_memory();
    rn_need need = rn_retinanet_plan(&detector->net, 1, rn_retinanet_padded(train->size),
                                     rn_retinanet_padded(train->max_size), false, NULL, NULL);
    if (machine == 0 || need.bytes <= machine) return RN_OK;
    return rn_fail(err,
                   "a picture of %d x %d needs %.1f GB, the machine has %.1f GB: use a smaller "
                   "--size or --max-size",
                   train->max_size, train->size, (double)need.bytes / 1e9, (double)machine / 1e9);
}

/* The data set's class for class c of bare weights: the one with the id c if all ids are within the
 * weights' classes (torchvision counts so), else the c-th if there are as many. */
static const rn_category *class_for(const rn_dataset *dataset, int classes, int c) {
    const rn_category *by_id = NULL;
    bool within = true;
    for (int k = 0; k < dataset->num_classes; k++) {
        int64_t id = dataset->category[k].id;
        within = within && id >= 0 && id < classes;
        if (id == c) by_id = &dataset->category[k];
    }
    if (within) return by_id;
    return dataset->num_classes == classes ? &dataset->category[c] : NULL;
}

rn_status borrow_names(rn_detector *detector, const char *data, const char *split,
                       const char *images, const char *role, rn_err *err) {
    int classes = detector->config.model.num_classes;
    rn_dataset dataset = {0};
    rn_dataset_request request = {.data = data, .images = images};
    if (detector->data || classes == COCO_CLASSES) return RN_OK;
    request.split = split ? split : rn_dataset_find_split(data, role);
    if (rn_dataset_load(&dataset, &request, err) != RN_OK) return RN_ERROR;
    for (int c = 0; c < classes; c++) {
        const rn_category *category = class_for(&dataset, classes, c);
        if (!category) continue;
        free(detector->category[c].name);
        detector->category[c] = (rn_category){category->id, rn_vec_text(category->name)};
    }
    rn_dataset_free(&dataset);
    return RN_OK;
}
