#include "retinanet/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct train_args {
    rn_option_text data, split, val_split, images, preset, init, out;
    bool resume;
    int threads;
} train_args;

#define TEXT(field, name, what) COMMAND_TEXT(train_args, field, name, "run", what)
static const rn_option own_options[] = {
    TEXT(data, "data", "data set: scenes, COCO file or folder, VOC folder, CSV file"),
    TEXT(split, "split", "part to train on (train; train+val joins two)"),
    TEXT(val_split, "val-split", "part to evaluate on at the end and every --eval-every"),
    TEXT(images, "images", "folder of the pictures, where the format does not say"),
    TEXT(preset, "preset", "set of options, see below (scenes, small or paper by the data)"),
    TEXT(init, "init", "weights to start from (safetensors, torchvision's names)"),
    TEXT(out, "out", "folder for checkpoint, log and curve"),
    {.name = "resume",
     .kind = RN_OPTION_BOOL,
     .offset = offsetof(train_args, resume),
     .initial = "off",
     .help = "go on from the checkpoint in --out, if there is one",
     .group = "run"},
    {.name = "threads",
     .kind = RN_OPTION_INT,
     .offset = offsetof(train_args, threads),
     .low = 0,
     .high = 1024,
     .initial = "0",
     .help = "threads; 0: one a core",
     .group = "run"},
};

/* ---- the config of a new run
 * ---------------------------------------------------------------------- */

/* A loss option that the chosen loss does not read would be ignored in silence: refuse it. */
static rn_status check_loss_options(const cli *c, const rn_config *config, rn_err *err) {
    bool ohem = strcmp(config->model.loss.value, "ohem") == 0;
    const rn_loss *loss =
        rn_loss_find(ohem ? config->model.ohem_loss.value : config->model.loss.value);
    if (!loss) return RN_OK; /* rn_config_check says so */
    const struct {
        const char *option;
        bool used;
    } rows[] = {{"gamma", loss->uses_gamma}, {"alpha", loss->uses_alpha},
                {"beta", loss->uses_beta},   {"margin", loss->uses_margin},
                {"ohem-loss", ohem},         {"ohem-batch", ohem},
                {"ohem-nms", ohem},          {"ohem-boxes", ohem},
                {"ohem-one-to-three", ohem}, {"class-alpha", loss->uses_class_alpha}};
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        if (cli_was_given(c, rows[i].option) && !rows[i].used)
            return rn_fail(err, "--%s: the loss \"%s\" does not use it", rows[i].option,
                           config->model.loss.value);
    return RN_OK;
}

static rn_status make_config(rn_config *config, const cli *c, const train_args *args,
                             const rn_dataset *dataset, rn_err *err) {
    const char *preset = *args->preset.value ? args->preset.value
                                             : default_preset(args->data.value, args->init.value,
                                                              dataset->num_images);
    *config = rn_config_paper();
    if (rn_config_preset(config, preset, err) != RN_OK || cli_apply(c, config, err) != RN_OK ||
        check_loss_options(c, config, err) != RN_OK)
        return RN_ERROR;
    if (config->train.max_size < config->train.size && !cli_was_given(c, "max-size"))
        config->train.max_size = config->train.size * 5 / 3; /* the paper's 600 and 1000 */
    if (rn_config_check(config, err) != RN_OK) return RN_ERROR;
    if (config->model.num_classes && config->model.num_classes != dataset->num_classes)
        return rn_fail(err, "--classes: the data set has %d, got %d", dataset->num_classes,
                       config->model.num_classes);
    if (config->model.norm == RN_NORM_FROZEN && !*args->init.value)
        return rn_fail(err, "--norm frozen needs pretrained weights (--init FILE); from random "
                            "weights use --norm batch or group");
    printf("preset %s\n", preset);
    return RN_OK;
}

/* A resumed run keeps its config; what is given must agree with it. */
static rn_status check_resumed(const cli *c, const rn_config *config, rn_err *err) {
    char before[4096], now[4096];
    rn_config changed = *config;
    if (cli_apply(c, &changed, err) != RN_OK) return RN_ERROR;
    for (int i = 0; i < c->num_given; i++) {
        const rn_option *option = c->given[i].option;
        rn_option_get(before, sizeof before, config, option);
        rn_option_get(now, sizeof now, &changed, option);
        if (strcmp(before, now) != 0 &&
            !(option->kind == RN_OPTION_NUMBER && strcmp(c->given[i].text, "auto") == 0))
            return rn_fail(err,
                           "--%s %s: the run to resume has %s; start a new one in another --out",
                           option->name, now, before);
    }
    return RN_OK;
}

/* ---- starting from other weights
 * ------------------------------------------------------------------- */

static rn_status init_from(rn_detector *detector, const char *path, rn_err *err) {
    rn_safetensors file = {0};
    rn_checkpoint_match match;
    if (rn_safetensors_load(&file, path, err) != RN_OK) return RN_ERROR;
    rn_status status =
        rn_checkpoint_take(&detector->net.params, &match, &file, false, false, path, err);
    rn_safetensors_free(&file);
    if (status != RN_OK) return status;
    printf("%s: %zu parameters taken, %zu not there, %zu of another shape, %zu tensors unused\n",
           path, match.taken, match.missing, match.other_shape, match.unused);
    if (match.taken == 0)
        return rn_fail(err, "%s: expected weights for this network, got none that fit (%s)", path,
                       match.first_problem);
    return RN_OK;
}

/* ---- what a run is told before it starts
 * ------------------------------------------------------------- */

static void print_settings(const rn_detector *detector, size_t memory) {
    const rn_model_config *m = &detector->config.model;
    const rn_train_config *t = &detector->config.train;
    int count;
    char normaliser[64], alpha[32];
    rn_option_choice(normaliser, sizeof normaliser, rn_normaliser_choices, m->normaliser);
    rn_text_from_double(alpha, sizeof alpha, m->alpha, 6);
    printf("network   %s, %d classes, P3 to P%d, %zu parameters (%zu trained), prior %g\n",
           rn_resnet_table(&count)[m->backbone].name, m->num_classes, m->top_level,
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
    printf("images    shorter side %d, longer at most %d; %d threads; memory %.1f GB\n", t->size,
           t->max_size, rn_parallel_threads(), (double)memory / 1e9);
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
        printf(" P%d %zu", RN_FPN_FIRST + l, report.level[l]);
    printf("\n");
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

/* ---- the run
 * ------------------------------------------------------------------------------------------- */

/* The detector to train: resumed, or new. *code is the exit code when it fails. */
static rn_status prepare(rn_detector *detector, const cli *c, const train_args *args,
                         const rn_dataset *dataset, int *code, rn_err *err) {
    char path[RN_PATH_SIZE];
    rn_config config;
    rn_text_path(path, sizeof path, args->out.value, "last.safetensors");
    bool exists = rn_file_exists(path);
    if (exists && !args->resume) {
        *code = CLI_USAGE;
        return rn_fail(err, "%s exists: go on with --resume, or choose another --out", path);
    }
    if (exists) {
        *code = CLI_FAILED;
        if (rn_detector_load(detector, path, true, err) != RN_OK) return RN_ERROR;
        printf("resuming %s at step %ld\n", path, detector->step);
        *code = CLI_USAGE;
        return check_resumed(c, &detector->config, err);
    }
    *code = CLI_USAGE;
    if (make_config(&config, c, args, dataset, err) != RN_OK) return RN_ERROR;
    if (rn_detector_create(detector, &config, dataset->category, dataset->num_classes, true, err) !=
        RN_OK)
        return RN_ERROR;
    *code = CLI_FAILED;
    rn_retinanet_init(&detector->net, (uint64_t)config.train.seed);
    if (*args->init.value && init_from(detector, args->init.value, err) != RN_OK) return RN_ERROR;
    if (isnan(config.model.alpha)) {
        double alpha = rn_train_alpha(detector, dataset);
        detector->config.model.alpha = detector->net.config.alpha = alpha;
        printf("alpha from the class frequencies: %.6g (%.0f negatives a positive)\n", alpha,
               alpha / (1 - alpha));
    }
    detector->data = rn_vec_text(args->data.value);
    return RN_OK;
}

static rn_status run(const cli *c, const train_args *args, rn_dataset *train, rn_dataset *validate,
                     rn_detector *detector, int *code, rn_err *err) {
    rn_trainer_result result;
    rn_repair repair;
    *code = CLI_FAILED;
    if (load_data(train, args->data.value, text_or_null(&args->split), text_or_null(&args->images),
                  "train", NULL, 0, err) != RN_OK)
        return RN_ERROR;
    if (prepare(detector, c, args, train, code, err) != RN_OK) return RN_ERROR;
    *code = CLI_FAILED;
    const rn_config *config = &detector->config;
    if (rn_dataset_measure(train, err) != RN_OK) return RN_ERROR;
    if (rn_dataset_repair(&repair, train, (rn_box_policy)config->train.boxes, err) != RN_OK)
        return RN_ERROR;
    if (repair.dropped || repair.clipped)
        printf("boxes: %zu dropped, %zu clipped (--boxes)\n", repair.dropped, repair.clipped);
    if (*args->val_split.value &&
        load_data(validate, args->data.value, args->val_split.value, text_or_null(&args->images),
                  "val", train->category, train->num_classes, err) != RN_OK)
        return RN_ERROR;
    size_t memory = rn_train_memory(detector, train);
    print_settings(detector, memory);
    print_coverage(detector, train);
    if (refuse_too_large(memory, err) != RN_OK) return RN_ERROR;
    if (detector->step >= config->train.iterations) {
        printf("%s is trained: %ld iterations are done\n", args->out.value, detector->step);
        return RN_OK;
    }
    if (rn_file_make_folder(args->out.value, err) != RN_OK ||
        save_config(detector, args->out.value, err) != RN_OK)
        return RN_ERROR;
    cli_catch_interrupts();
    rn_trainer_options options = {.train = train,
                                  .validate = validate->num_images ? validate : NULL,
                                  .folder = args->out.value,
                                  .progress = stderr,
                                  .stop = &cli_interrupted};
    rn_status status = rn_train(&result, detector, &options, err);
    rn_err plot_err;
    if (result.steps > 0 && rn_train_curve(args->out.value, args->data.value, &plot_err) != RN_OK)
        printf("no training curve: %s\n", plot_err.text);
    if (status != RN_OK) return status;
    printf("trained %ld steps in %.0f s, %.1f images/s; %s/last.safetensors, %s/training.png\n",
           result.steps, result.seconds, result.images_per_second, args->out.value,
           args->out.value);
    return RN_OK;
}

int cmd_train(int argc, char **argv) {
    train_args args = {0};
    cli c = {
        .usage = "retinanet train --data D --out DIR [options]",
        .about =
            "Trains a detector and writes DIR/last.safetensors, DIR/log.jsonl and "
            "DIR/training.png.\n"
            "Ctrl-C saves and stops (exit code 130); --resume goes on as if nothing had happened.",
        .own = {own_options, RN_COUNT(own_options)},
        .settings = &args,
        .config = rn_config_options()};
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return code;
    if (!*args.data.value) return cli_fail(CLI_USAGE, "--data: expected a data set, got nothing");
    if (!*args.out.value) return cli_fail(CLI_USAGE, "--out: expected a folder, got nothing");
    rn_parallel_set_threads(args.threads);
    rn_dataset train = {0}, validate = {0};
    rn_detector detector = {0};
    rn_err err = {""};
    rn_status status = run(&c, &args, &train, &validate, &detector, &code, &err);
    if (status == RN_ERROR)
        code = cli_fail(code, "%s", err.text);
    else
        code = cli_status(status, &err);
    rn_detector_free(&detector);
    rn_dataset_free(&validate);
    rn_dataset_free(&train);
    return code;
}
