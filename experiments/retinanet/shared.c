/* What several subcommands do. */
#include "retinanet/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *text_or_null(const rn_option_text *text) { return *text->value ? text->value : NULL; }

const char *default_preset(const char *data, const char *init, size_t images) {
    enum { SMALL_SET_IMAGES = 5000 };
    if (strcmp(data, "scenes") == 0) return "scenes";
    return (init && *init) || images >= SMALL_SET_IMAGES ? "paper" : "small";
}

rn_status load_data(rn_dataset *dataset, const char *data, const char *split, const char *images,
                    const char *role, const rn_category *category, int num_classes, rn_err *err) {
    rn_dataset_request request = {
        .data = data, .images = images, .category = category, .num_classes = num_classes};
    request.split = split ? split : rn_dataset_find_split(data, role);
    /* A set that has splits, but not this one, must not stand in for it in silence. */
    if (!request.split && strcmp(role, "train") != 0 && rn_dataset_find_split(data, "train"))
        return rn_fail(err, "%s: expected a split %s, got none; name one with --split", data, role);
    if (rn_dataset_load(dataset, &request, err) != RN_OK) return RN_ERROR;
    printf("%s%s%s: %zu images, %zu objects, %d classes\n", data, request.split ? ", " : "",
           request.split ? request.split : "", dataset->num_images, dataset->num_objects,
           dataset->num_classes);
    fflush(stdout);
    return RN_OK;
}

/* A file without this program's metadata: its classes are counted, not named. */
static rn_status load_bare(rn_detector *detector, const char *weights, const char *preset,
                           const cli *given, rn_err *err) {
    rn_config config = rn_config_paper();
    rn_safetensors file = {0};
    rn_checkpoint_match match;
    if (preset && rn_config_preset(&config, preset, err) != RN_OK) return RN_ERROR;
    if (cli_apply(given, &config, err) != RN_OK || rn_config_check(&config, err) != RN_OK)
        return RN_ERROR;
    if (rn_safetensors_load(&file, weights, err) != RN_OK) return RN_ERROR;
    const rn_safetensor *last =
        rn_safetensors_find(&file, "head.classification_head.cls_logits.bias");
    int per_cell = config.model.anchor_scales * config.model.anchor_ratios.count;
    int64_t classes = last && last->dims == 1 ? last->shape[0] / per_cell : 0;
    rn_status status = RN_OK;
    if (classes < 1 || classes > 100000 || last->shape[0] % per_cell != 0)
        status = rn_fail(err,
                         "%s: expected head.classification_head.cls_logits.bias of a multiple of "
                         "%d anchors, got %s",
                         weights, per_cell, last ? "another size" : "nothing");
    rn_category *category = rn_vec_zeros((size_t)classes + 1, sizeof *category);
    char(*name)[32] = rn_vec_zeros((size_t)classes + 1, sizeof *name);
    for (int c = 0; c < classes; c++) {
        snprintf(name[c], sizeof name[c], "class %d", c);
        category[c] = (rn_category){c, name[c]};
    }
    if (status == RN_OK)
        status = rn_detector_create(detector, &config, category, (int)classes, false, err);
    if (status == RN_OK)
        status =
            rn_checkpoint_take(&detector->net.params, &match, &file, true, false, weights, err);
    if (status != RN_OK) rn_detector_free(detector);
    free(category);
    free(name);
    rn_safetensors_free(&file);
    return status;
}

/* Options that change what the checkpoint's network is cannot be given beside it. */
static rn_status apply_to_checkpoint(rn_detector *detector, const char *preset, const cli *given,
                                     rn_err *err) {
    for (int i = 0; i < given->num_given; i++)
        if (strcmp(given->given[i].option->group, "inference") != 0 &&
            strcmp(given->given[i].option->group, "images") != 0)
            return rn_fail(err,
                           "--%s: the checkpoint's config decides that; expected only inference "
                           "and image options",
                           given->given[i].option->name);
    if (preset)
        return rn_fail(
            err,
            "--preset: the checkpoint has a config of its own; expected with bare weights only");
    if (cli_apply(given, &detector->config, err) != RN_OK) return RN_ERROR;
    detector->net.config = detector->config.model;
    return RN_OK;
}

int check_overrides(const cli *given, const char *preset) {
    if (preset || cli_was_given(given, "model")) return CLI_GO_ON;
    for (int i = 0; i < given->num_given; i++) {
        const rn_option *option = given->given[i].option;
        if (strcmp(option->group, "inference") != 0 && strcmp(option->group, "images") != 0)
            return cli_fail(CLI_USAGE,
                            "--%s: the checkpoint's config decides that; expected only "
                            "inference and image options",
                            option->name);
    }
    return CLI_GO_ON;
}

rn_status load_detector(rn_detector *detector, const char *weights, const char *preset,
                        const cli *given, rn_err *err) {
    if (preset || cli_was_given(given, "model")) {
        rn_safetensors file = {0};
        if (rn_safetensors_load(&file, weights, err) != RN_OK) return RN_ERROR;
        bool bare = !file.metadata || !cJSON_GetObjectItemCaseSensitive(file.metadata, "config");
        rn_safetensors_free(&file);
        if (bare) return load_bare(detector, weights, preset, given, err);
    }
    if (rn_detector_load(detector, weights, false, err) != RN_OK) return RN_ERROR;
    rn_status status = apply_to_checkpoint(detector, preset, given, err);
    if (status != RN_OK) rn_detector_free(detector);
    return status;
}
