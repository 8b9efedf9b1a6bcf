#include "train/initial.h"
#include "support/folder.h"
#include "support/toy_data.h"

#include <criterion/criterion.h>
#include <string.h>

static void open_detector(rn_detector *detector, int norm) {
    rn_dataset data;
    rn_config config = toy_config(1);
    config.model.norm = norm;
    toy_data(&data, 5, 64, 64);
    toy_detector(detector, &config, &data);
    rn_dataset_free(&data);
}

Test(initial, without_a_file_weights_are_random_by_the_seed) {
    rn_err err;
    rn_checkpoint_match match;
    rn_detector a, b;
    open_detector(&a, RN_NORM_BATCH), open_detector(&b, RN_NORM_BATCH);
    cr_assert(rn_initial_weights(&a, &match, NULL, &err) == RN_OK);
    cr_assert(rn_initial_weights(&b, &match, "", &err) == RN_OK);
    cr_expect(match.taken == 0 && match.missing == 0);
    cr_expect(rn_params_hash(&a.net.params) == rn_params_hash(&b.net.params));
    b.config.train.seed++;
    cr_assert(rn_initial_weights(&b, &match, NULL, &err) == RN_OK);
    cr_expect(rn_params_hash(&a.net.params) != rn_params_hash(&b.net.params));
    rn_detector_free(&a), rn_detector_free(&b);
}

Test(initial, what_does_not_fit_is_refused_with_one_line) {
    folder f = folder_make();
    rn_err err = {""};
    rn_detector with_norm, frozen;
    rn_checkpoint_match match;
    rn_params foreign = {0};
    const char *path = folder_file(&f, "foreign.safetensors");
    open_detector(&with_norm, RN_NORM_BATCH), open_detector(&frozen, RN_NORM_FROZEN);
    rn_params_declare(&foreign, RN_PARAM_BIAS, (int[]){3}, "nobody.knows");
    rn_params_commit(&foreign, false);
    cr_assert(rn_checkpoint_save(path, &foreign, false, NULL, &err) == RN_OK, "%s", err.text);
    const struct {
        rn_detector *detector;
        const char *path, *words[2];
    } rows[] = {
        {&with_norm, path, {"foreign.safetensors: expected weights for this network", "none"}},
        {&with_norm, folder_file(&f, "none"), {"none", "No such file"}},
        {&frozen, path, {"--norm frozen: ", "has no backbone.body.bn1.running_var"}},
        {&frozen, NULL, {"--norm frozen needs pretrained weights", "--init FILE"}},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        cr_expect(rn_initial_weights(rows[i].detector, &match, rows[i].path, &err) == RN_ERROR);
        for (int w = 0; w < 2; w++)
            cr_expect(strstr(err.text, rows[i].words[w]), "row %zu: %s", i, err.text);
    }
    rn_params_free(&foreign);
    rn_detector_free(&with_norm), rn_detector_free(&frozen);
    folder_remove(&f);
}
