#include "common/pretrained.h"
#include "common/jobs.h"
#include "common/sources.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char PRETRAINED[] = "pretrained", RANDOM[] = "random", CONFIG[] = "pretrain.json",
                  WEIGHTS[] = "weights.safetensors";

/* ---- which --------------------------------------------------------------------------------- */

rn_status pretrained_check(study *s, rn_err *err) {
    const char *init = s->options.init.value;
    rn_safetensors file = {0};
    char *bytes;
    size_t size;
    if (strcmp(init, PRETRAINED) == 0 || strcmp(init, RANDOM) == 0) return RN_OK;
    if (rn_safetensors_load(&file, init, err) != RN_OK) return RN_ERROR;
    rn_safetensors_free(&file);
    if (rn_file_read(&bytes, &size, init, (size_t)1 << 34, err) != RN_OK) return RN_ERROR;
    run_hash_text(s->init_key, run_hash(RUN_HASH, bytes, size));
    free(bytes);
    return RN_OK;
}

static rn_pretrain_config config_for(const study *s, const rn_model_config *model) {
    rn_pretrain_config config = rn_pretrain_default();
    config.backbone = model->backbone;
    config.norm = model->norm, config.norm_groups = model->norm_groups;
    if (s->budget->pretrain) {
        config.crops = s->budget->pretrain, config.validation = s->budget->pretrain / 4;
        config.epochs = 1;
    }
    return config;
}

static char *key_of(char key[RUN_KEY_SIZE], const rn_pretrain_config *config) {
    cJSON *tree = rn_option_to_json(config, rn_pretrain_options());
    cJSON_AddStringToObject(tree, "sources", sources_version);
    char *text = cJSON_PrintUnformatted(tree);
    run_fingerprint(key, text);
    free(text);
    cJSON_Delete(tree);
    return key;
}

static char *folder_of(char path[RN_PATH_SIZE], const study *s, const char *key) {
    char all[RN_PATH_SIZE];
    rn_text_path(all, sizeof all, s->options.out.value, PRETRAINED);
    return rn_text_path(path, RN_PATH_SIZE, all, key);
}

void pretrained_choose(run_request *request, const study *s) {
    const char *init = s->options.init.value;
    char folder[RN_PATH_SIZE];
    if (strcmp(init, RANDOM) == 0) {
        snprintf(request->init_key, sizeof request->init_key, "%s", RANDOM);
    } else if (strcmp(init, PRETRAINED) == 0) {
        rn_pretrain_config config = config_for(s, &request->config.model);
        folder_of(folder, s, key_of(request->init_key, &config));
        rn_text_path(request->init, sizeof request->init, folder, WEIGHTS);
    } else {
        snprintf(request->init, sizeof request->init, "%s", init);
        memcpy(request->init_key, s->init_key, sizeof s->init_key);
    }
}

/* Weights that are broken are made again, and said so. */
static bool are_there(const char *path) {
    rn_safetensors file = {0};
    rn_err err;
    if (!rn_file_exists(path)) return false;
    bool whole = rn_safetensors_load(&file, path, &err) == RN_OK;
    if (!whole) fprintf(stderr, "%s; it is made again\n", err.text);
    rn_safetensors_free(&file);
    return whole;
}

/* ---- making them ----------------------------------------------------------------------------- */

static rn_status prepare(job *j, const study *s, const run_request *request, rn_err *err) {
    char path[RN_PATH_SIZE], name[32];
    rn_pretrain_config config = config_for(s, &request->config.model);
    folder_of(j->folder, s, request->init_key);
    snprintf(j->what, sizeof j->what, "pretraining %s",
             rn_option_choice(name, sizeof name, rn_resnet_choices, config.backbone));
    j->cost = 1;
    if (rn_file_make_folder(j->folder, err) != RN_OK) return RN_ERROR;
    cJSON *tree = rn_option_to_json(&config, rn_pretrain_options());
    rn_status status =
        rn_json_save(tree, rn_text_path(path, sizeof path, j->folder, CONFIG), true, err);
    cJSON_Delete(tree);
    return status;
}

static double unknown_progress(const char *folder) {
    (void)folder;
    return 0;
}

rn_status pretrained_make(const study *s, const run_request *list, size_t count, rn_err *err) {
    job *missing = rn_vec_zeros(count, sizeof *missing);
    size_t jobs = 0;
    rn_status status = RN_OK;
    for (size_t i = 0; i < count && status == RN_OK; i++) {
        size_t first = 0;
        if (strcmp(s->options.init.value, PRETRAINED) != 0) continue;
        while (strcmp(list[first].init_key, list[i].init_key) != 0) first++;
        if (first == i && !are_there(list[i].init))
            status = prepare(&missing[jobs++], s, &list[i], err);
    }
    jobs_options options = {.flag = "--pretrain",
                            .at_once = s->options.jobs ? s->options.jobs : rn_parallel_threads(),
                            .threads = s->options.threads,
                            .progress = unknown_progress,
                            .title = "pretraining",
                            .stream = stderr};
    if (status == RN_OK) status = jobs_run(missing, jobs, &options, err);
    free(missing);
    return status;
}

static rn_status save_result(const char *folder, const rn_pretrain_result *result, rn_err *err) {
    char path[RN_PATH_SIZE];
    cJSON *tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "sources", sources_version);
    rn_json_add_number(tree, "accuracy", result->accuracy);
    rn_json_add_number(tree, "loss", result->loss);
    rn_json_add_number(tree, "seconds", result->seconds);
    rn_status status =
        rn_json_save(tree, rn_text_path(path, sizeof path, folder, "result.json"), true, err);
    cJSON_Delete(tree);
    return status;
}

static rn_status make(const char *folder, const volatile int *stop, rn_err *err) {
    char path[RN_PATH_SIZE];
    cJSON *tree;
    rn_pretrain_config config = rn_pretrain_default();
    rn_pretrain_result result;
    rn_text_path(path, sizeof path, folder, CONFIG);
    if (rn_json_load(&tree, path, err) != RN_OK) return RN_ERROR;
    rn_status status = rn_option_from_json(&config, rn_pretrain_options(), tree, path, err);
    cJSON_Delete(tree);
    rn_text_path(path, sizeof path, folder, WEIGHTS);
    if (status == RN_OK && are_there(path)) return RN_OK; /* another process has made it */
    if (status == RN_OK)
        status =
            rn_pretrain(&result, &config, &(rn_pretrain_output){.path = path, .stop = stop}, err);
    return status == RN_OK ? save_result(folder, &result, err) : status;
}

rn_status pretrained_make_one(const char *folder, const volatile int *stop, rn_err *err) {
    int lock;
    rn_status status = run_lock(&lock, folder, stop, err);
    if (status != RN_OK) return status;
    status = make(folder, stop, err);
    close(lock);
    return status;
}
