#include "train/trainer_log.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/version.h"

#include <math.h>
#include <stdio.h>

static void write_line(rn_runlog *log, cJSON *line) {
    rn_runlog_write(log, line);
    cJSON_Delete(line);
}

static double tenths(double x) { return round(10 * x) / 10; }

void rn_trainer_log_start(rn_runlog *log, const rn_detector *detector, const rn_dataset *dataset) {
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "version", RN_VERSION);
    rn_json_add_number(line, "from_step", (double)detector->step);
    cJSON_AddStringToObject(line, "data", dataset->name ? dataset->name : "");
    rn_json_add_number(line, "images", (double)dataset->num_images);
    rn_json_add_number(line, "objects", (double)dataset->num_objects);
    rn_json_add_number(line, "threads", rn_parallel_threads());
    cJSON_AddItemToObject(line, "config",
                          rn_option_to_json(&detector->config, rn_config_options()));
    write_line(log, line);
}

void rn_trainer_log_step(rn_runlog *log, const rn_detector *detector, const rn_trainer_line *step) {
    const rn_loss_report *r = step->report;
    cJSON *line = cJSON_CreateObject(), *positives;
    rn_json_add_number(line, "step", (double)detector->step);
    rn_json_add_number(line, "classification", r->classification);
    rn_json_add_number(line, "box", r->box);
    rn_json_add_number(line, "loss", r->classification + r->box);
    rn_json_add_number(line, "lr", step->rate);
    rn_json_add_number(line, "gradient_norm", step->gradient_norm);
    rn_json_add_number(line, "class_gradient", r->class_gradient);
    positives = cJSON_AddArrayToObject(line, "positives");
    for (int l = 0; l < detector->net.fpn.levels; l++)
        cJSON_AddItemToArray(positives, cJSON_CreateNumber((double)r->positives[l]));
    rn_json_add_number(line, "ignored", (double)r->ignored);
    rn_json_add_number(line, "thinned", (double)r->thinned);
    rn_json_add_number(line, "anchors", (double)r->anchors);
    rn_json_add_number(line, "sampled", (double)r->sampled);
    rn_json_add_number(line, "normaliser", detector->normaliser);
    rn_json_add_number(line, "images_per_second", tenths(step->images_per_second));
    rn_json_add_number(line, "idle_ms", tenths(1e3 * step->idle));
    write_line(log, line);
}

void rn_trainer_log_evaluation(rn_runlog *log, const rn_detector *detector, const rn_eval *eval) {
    cJSON *line = cJSON_CreateObject();
    rn_json_add_number(line, "step", (double)detector->step);
    for (int i = 0; i < RN_EVAL_NUMBERS; i++)
        rn_json_add_number(line, rn_eval_names[i], eval->number[i]);
    write_line(log, line);
}

void rn_trainer_log_end(rn_runlog *log, const rn_detector *detector) {
    char hash[32];
    cJSON *line = cJSON_CreateObject();
    snprintf(hash, sizeof hash, "%016llx",
             (unsigned long long)rn_params_hash(&detector->net.params));
    rn_json_add_number(line, "to_step", (double)detector->step);
    cJSON_AddStringToObject(line, "weights", hash);
    write_line(log, line);
}
