#include "retinanet/commands.h"
#include "retinanet/train_checks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct train_args {
    rn_option_text data, split, val_split, images, preset, init, out;
    bool resume;
    int threads;
} train_args;

#define TEXT(field, name, value, what) COMMAND_TEXT(train_args, field, name, value, "options", what)
static const rn_option own_options[] = {
    TEXT(data, "data", "DATA", COMMAND_DATA),
    TEXT(split, "split", "NAME", "part to train on (train; train+val joins two)"),
    TEXT(val_split, "val-split", "NAME", "part to evaluate on at the end and every --eval-every"),
    TEXT(images, "images", "DIR", "folder of the pictures, where the format does not say"),
    TEXT(preset, "preset", "NAME",
         "set of options, see below (scenes, small or paper by the data)"),
    TEXT(init, "init", "FILE",
         "weights to start from: of `retinanet pretrain`, or with torchvision's names"),
    TEXT(out, "out", "DIR", "folder for checkpoint, log and curve"),
    {.name = "resume",
     .kind = RN_OPTION_BOOL,
     .offset = offsetof(train_args, resume),
     .initial = "off",
     .help = "go on from the checkpoint in --out, if there is one",
     .group = "options"},
    COMMAND_THREADS(train_args, threads),
};

/* A run being made. */
typedef struct train_run {
    const cli *given;
    const train_args *args;
    char checkpoint[RN_PATH_SIZE];
    bool resumed;
    rn_dataset train, validate;
    rn_detector detector;
    int code; /* the exit code of a failure */
} train_run;

/* ---- starting from other weights ------------------------------------------------------------- */

static rn_status init_weights(rn_detector *detector, const char *path, rn_err *err) {
    rn_checkpoint_match match;
    if (rn_initial_weights(detector, &match, path, err) != RN_OK) return RN_ERROR;
    if (*path)
        printf("%s: %zu parameters taken, %zu not there, %zu of another shape, %zu tensors "
               "unused\n",
               path, match.taken, match.missing, match.other_shape, match.unused);
    return RN_OK;
}

/* ---- what a run is told before it starts ----------------------------------------------------- */

/* "0.8 GB", "71 MB". */
static char *memory_text(char out[32], double bytes) {
    snprintf(out, 32, bytes < 1e9 ? "%.0f MB" : "%.1f GB", bytes / (bytes < 1e9 ? 1e6 : 1e9));
    return out;
}

static void print_settings(const rn_detector *detector, size_t memory) {
    const rn_model_config *m = &detector->config.model;
    const rn_train_config *t = &detector->config.train;
    int count;
    char normaliser[64], alpha[32], gigabytes[32];
    rn_option_choice(normaliser, sizeof normaliser, rn_normaliser_choices, m->normaliser);
    rn_text_from_double(alpha, sizeof alpha, m->alpha, 6);
    printf("network   %s, %d classes, P%d to P%d, %zu parameters (%zu trained), prior %g\n",
           rn_resnet_table(&count)[m->backbone].name, m->num_classes, m->first_level, m->top_level,
           detector->net.params.total, detector->net.params.trainable, m->prior);
    printf("loss      %s: %s", m->loss.value, detector->net.loss->formula);
    if (detector->net.loss->uses_gamma) printf(", gamma %g", m->gamma);
    if (detector->net.loss->uses_alpha) printf(", alpha %s", alpha);
    if (detector->net.loss->uses_beta) printf(", beta %g", m->beta);
    if (detector->net.loss->uses_margin) printf(", margin %g", m->margin);
    if (strcmp(m->loss.value, "ohem") == 0)
        printf(", the hardest %d an image, NMS %g on %s%s", m->ohem_batch, m->ohem_nms,
               m->ohem_boxes == RN_OHEM_ANCHORS ? "anchors" : "decoded boxes",
               m->ohem_one_to_three ? ", 1:3" : "");
    printf("; smooth L1 beta %g, weight %g; divided by %s\n", m->smooth_l1_beta, m->box_weight,
           normaliser);
    printf("training  %d iterations of %d images, rate %g, warm-up %d, momentum %g, weight decay "
           "%g, seed %d\n",
           t->iterations, t->batch, t->learning_rate, t->warm_up, t->momentum, t->weight_decay,
           t->seed);
    printf("images    shorter side %d, longer at most %d; %d threads; memory %s at most\n", t->size,
           t->max_size, rn_parallel_threads(), memory_text(gigabytes, (double)memory));
    if (t->batch * 4 <= 16 && t->learning_rate >= .01 && m->norm == RN_NORM_FROZEN)
        printf("note: --lr %g is the paper's for 16 images an iteration; for %d try %g and %d "
               "times the iterations\n",
               t->learning_rate, t->batch, t->learning_rate * t->batch / 16, 16 / t->batch);
    fflush(stdout);
}

/* Do the anchors fit the objects? An object that no anchor matches teaches nothing. */
static void print_coverage(const rn_detector *detector, const rn_dataset *dataset) {
    const rn_config *config = &detector->config;
    rn_doctor_anchors anchors = {.spec = &detector->net.anchors,
                                 .size = config->train.size,
                                 .max_size = config->train.max_size,
                                 .multiple = RN_IMAGE_MULTIPLE,
                                 .plus_one = config->model.box_plus_one,
                                 .positive_iou = config->model.positive_iou};
    rn_doctor_report report = rn_doctor_examine(
        dataset, &(rn_doctor_options){.pictures = RN_PICTURES_SKIP, .anchors = &anchors});
    printf("anchors   %zu objects have none at IoU %g; best anchor by level:", report.uncovered,
           config->model.positive_iou);
    for (int l = 0; l < detector->net.fpn.levels; l++)
        printf(" P%d %zu", detector->net.fpn.first + l, report.level[l]);
    printf("\n");
    if (5 * report.uncovered > dataset->num_objects)
        printf("note: that is every fifth object or more; `retinanet doctor` shows their sizes\n");
    fflush(stdout);
    rn_doctor_free(&report);
}

static rn_status refuse_too_large(size_t memory, rn_err *err) {
    unsigned long long machine = rn_parallel_machine_memory();
    if (machine == 0 || memory <= machine) return RN_OK;
    return rn_fail(err,
                   "training needs %.1f GB, the machine has %.1f GB: use a smaller --size or "
                   "--batch, or --accumulate",
                   (double)memory / 1e9, (double)machine / 1e9);
}

static rn_status save_config(const rn_detector *detector, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    cJSON *tree = rn_option_to_json(&detector->config, rn_config_options());
    rn_status status =
        rn_json_save(tree, rn_text_path(path, sizeof path, folder, "config.json"), true, err);
    cJSON_Delete(tree);
    return status;
}

/* ---- the run --------------------------------------------------------------------------------- */

/* What tells data sets apart, wherever their folder lies: "bccd train+val, 292 images, 3932
 * objects". */
static char *describe(char *out, size_t size, const rn_dataset *dataset) {
    snprintf(out, size, "%s, %zu images, %zu objects", dataset->name, dataset->num_images,
             dataset->num_objects);
    return out;
}

/* The checkpoint first: it knows the classes, in the order in which the network has them. */
static rn_status load_all(train_run *run, rn_err *err) {
    const train_args *args = run->args;
    const char *images = text_or_null(&args->images);
    const rn_detector *d = &run->detector;
    if (run->resumed) {
        if (rn_detector_load(&run->detector, run->checkpoint, true, err) != RN_OK) return RN_ERROR;
        printf("resuming %s at step %ld of %d\n", run->checkpoint, d->step,
               d->config.train.iterations);
    }
    if (load_data(&run->train, args->data.value, text_or_null(&args->split), images, "train",
                  d->category, d->config.model.num_classes, err) != RN_OK)
        return RN_ERROR;
    if (*args->val_split.value &&
        load_data(&run->validate, args->data.value, args->val_split.value, images, "val",
                  run->train.category, run->train.num_classes, err) != RN_OK)
        return RN_ERROR;
    return rn_dataset_measure(&run->train, err);
}

/* The detector of a new run, its weights not yet set. */
static rn_status make_detector(train_run *run, rn_err *err) {
    const train_args *args = run->args;
    const rn_dataset *data = &run->train;
    rn_config config;
    const char *preset = *args->preset.value
                             ? args->preset.value
                             : default_preset(args->data.value, args->init.value, data->num_images);
    if (make_config(&config, preset, run->given, err) != RN_OK ||
        train_check_used(run->given, &config, err) != RN_OK)
        return RN_ERROR;
    if (config.model.num_classes && config.model.num_classes != data->num_classes)
        return rn_fail(err, "--classes: the data set has %d, got %d", data->num_classes,
                       config.model.num_classes);
    if (rn_detector_create(&run->detector, &config, data->category, data->num_classes, true, err) !=
        RN_OK)
        return RN_ERROR;
    if (!*args->init.value && rn_initial_check_frozen(&run->detector.net, NULL, NULL, err) != RN_OK)
        return RN_ERROR;
    printf("preset    %s\n", preset);
    return RN_OK;
}

static rn_status check_resumed(const train_run *run, const char *data, rn_err *err) {
    const rn_detector *detector = &run->detector;
    if (train_check_resumed(&detector->config, text_or_null(&run->args->preset), run->given, err) !=
        RN_OK)
        return RN_ERROR;
    if (detector->data && strcmp(detector->data, data) == 0) return RN_OK;
    return rn_fail(err, "--data: the run to resume has %s; got %s",
                   detector->data ? detector->data : "no name of its data", data);
}

static rn_status repair(train_run *run, rn_err *err) {
    rn_repair done;
    if (rn_dataset_repair(&done, &run->train, (rn_box_policy)run->detector.config.train.boxes,
                          err) != RN_OK)
        return RN_ERROR;
    if (done.dropped || done.clipped)
        printf("boxes     %zu dropped, %zu clipped (--boxes)\n", done.dropped, done.clipped);
    return RN_OK;
}

static void find_alpha(rn_detector *detector, const rn_dataset *dataset) {
    if (!isnan(detector->config.model.alpha)) return;
    double alpha = rn_train_alpha(detector, dataset);
    detector->config.model.alpha = detector->net.config.alpha = alpha;
    printf("alpha     %.6g from the class frequencies (%.0f negatives a positive)\n", alpha,
           alpha / (1 - alpha));
}

/* Everything that can be refused is refused here, before a file is written. */
static rn_status prepare(train_run *run, rn_err *err) {
    char data[RN_PATH_SIZE];
    rn_detector *detector = &run->detector;
    run->code = CLI_FAILED;
    if (load_all(run, err) != RN_OK) return RN_ERROR;
    run->code = CLI_USAGE;
    describe(data, sizeof data, &run->train);
    if ((run->resumed ? check_resumed(run, data, err) : make_detector(run, err)) != RN_OK)
        return RN_ERROR;
    run->code = CLI_FAILED;
    if (repair(run, err) != RN_OK) return RN_ERROR;
    size_t memory = rn_train_memory(detector, &run->train);
    if (refuse_too_large(memory, err) != RN_OK) return RN_ERROR;
    if (!run->resumed) {
        if (init_weights(detector, run->args->init.value, err) != RN_OK) return RN_ERROR;
        detector->data = rn_vec_text(data);
    }
    find_alpha(detector, &run->train);
    print_settings(detector, memory);
    print_coverage(detector, &run->train);
    return RN_OK;
}

static rn_status train(train_run *run, rn_err *err) {
    rn_trainer_result result;
    const char *folder = run->args->out.value;
    rn_trainer_options options = {.train = &run->train,
                                  .validate = run->validate.num_images ? &run->validate : NULL,
                                  .folder = folder,
                                  .progress = stderr,
                                  .stop = &cli_interrupted};
    cli_catch_interrupts();
    if (rn_file_make_folder(folder, err) != RN_OK ||
        save_config(&run->detector, folder, err) != RN_OK)
        return RN_ERROR;
    rn_status status = rn_train(&result, &run->detector, &options, err);
    rn_err plot_err;
    if (result.steps > 0 && rn_train_curve(folder, run->train.name, &plot_err) != RN_OK)
        printf("no training curve: %s\n", plot_err.text);
    if (status != RN_OK) return status;
    if (result.steps == 0) {
        printf("%s holds the untrained network\n", run->checkpoint);
        return RN_OK;
    }
    printf("trained %ld steps in %.*f s, %.1f images/s, waited %.1f ms a step for pictures; %s, "
           "%s/training.png\n",
           result.steps, result.seconds < 100 ? 1 : 0, result.seconds, result.images_per_second,
           1e3 * result.stages.data, run->checkpoint, folder);
    return RN_OK;
}

static rn_status run_all(train_run *run, rn_err *err) {
    if (prepare(run, err) != RN_OK) return RN_ERROR;
    if (!run->resumed || run->detector.step < run->detector.config.train.iterations)
        return train(run, err);
    printf("%s is trained: %ld iterations are done\n", run->args->out.value, run->detector.step);
    return RN_OK;
}

/* What is wrong whatever the data set holds. */
static int check_arguments(const cli *c, const train_args *args, train_run *run) {
    rn_err err;
    rn_config config;
    if (!*args->data.value) return cli_fail(CLI_USAGE, "--data: expected a data set, got nothing");
    if (!*args->out.value) return cli_fail(CLI_USAGE, "--out: expected a folder, got nothing");
    if (cli_was_given(c, "eval-every") && !*args->val_split.value)
        return cli_fail(CLI_USAGE, "--eval-every: expected with --val-split only");
    if (*args->preset.value && make_config(&config, args->preset.value, c, &err) != RN_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    rn_text_path(run->checkpoint, sizeof run->checkpoint, args->out.value, "last.safetensors");
    run->resumed = rn_file_exists(run->checkpoint);
    if (run->resumed && !args->resume)
        return cli_fail(CLI_USAGE, "%s exists: go on with --resume, or choose another --out",
                        run->checkpoint);
    return CLI_GO_ON;
}

int cmd_train(int argc, char **argv) {
    train_args args = {0};
    cli c = {.usage = "retinanet train --data DATA --out DIR [options]",
             .about =
                 "Trains a detector. DIR gets last.safetensors, log.jsonl, config.json and\n"
                 "training.png. Ctrl-C saves and stops (exit code 130); the same command with\n"
                 "--resume goes on as if nothing had happened.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .config = rn_config_options()};
    train_run run = {.given = &c, .args = &args};
    int code = cli_parse(&c, argc, argv);
    if (code == CLI_GO_ON) code = check_arguments(&c, &args, &run);
    if (code != CLI_GO_ON) return code;
    rn_parallel_set_threads(args.threads);
    rn_err err = {""};
    rn_status status = run_all(&run, &err);
    code = cli_status(status, run.code, &err);
    rn_detector_free(&run.detector);
    rn_dataset_free(&run.validate);
    rn_dataset_free(&run.train);
    return code;
}
