/* What several subcommands do. */
#include "retinanet/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *text_or_null(const rn_option_text *text) { return *text->value ? text->value : NULL; }

const char *default_preset(const char *data, const char *init, size_t images) {
    enum { SMALL_SET_IMAGES = 5000 };
    if (rn_scenes_is(data)) return "scenes";
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

void fit_max_size(rn_config *config, const cli *given) {
    if (config->train.max_size < config->train.size && !cli_was_given(given, "max-size"))
        config->train.max_size = (int)(config->train.size * 5LL / 3); /* the paper's 600 and 1000 */
}

rn_status make_config(rn_config *config, const char *preset, const cli *given, rn_err *err) {
    *config = rn_config_paper();
    if ((preset && rn_config_preset(config, preset, err) != RN_OK) ||
        cli_apply(given, config, err) != RN_OK)
        return RN_ERROR;
    fit_max_size(config, given);
    return rn_config_check(config, err);
}
