#include "retinanet/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct detect_args {
    rn_option_text weights, preset, json, out, data, split, images;
    double score;
    int limit, threads;
} detect_args;

#define TEXT(field, name, what) COMMAND_TEXT(detect_args, field, name, "run", what)
static const rn_option own_options[] = {
    TEXT(weights, "weights", "checkpoint (safetensors)"),
    TEXT(preset, "preset", "config of a bare torchvision file"),
    {.name = "score",
     .kind = RN_OPTION_NUMBER,
     .offset = offsetof(detect_args, score),
     .low = 0,
     .high = 1,
     .initial = "0.5",
     .help = "show and write detections from this score on",
     .group = "run"},
    TEXT(json, "json", "write the detections here: COCO's result list plus file_name"),
    TEXT(out, "out", "folder for the pictures with boxes drawn on them"),
    TEXT(data, "data", "take the pictures of this data set instead; its objects are drawn dashed"),
    TEXT(split, "split", "part of the data set (test, else val)"),
    TEXT(images, "images", "folder of its pictures, where the format does not say"),
    {.name = "limit",
     .kind = RN_OPTION_INT,
     .offset = offsetof(detect_args, limit),
     .low = 0,
     .high = 1000000000,
     .initial = "0",
     .help = "pictures of the data set at most; 0: all",
     .group = "run"},
    {.name = "threads",
     .kind = RN_OPTION_INT,
     .offset = offsetof(detect_args, threads),
     .low = 0,
     .high = 1024,
     .initial = "0",
     .help = "threads; 0: one a core",
     .group = "run"},
};

/* All that is found on the way through the pictures. */
typedef struct detect_state {
    const detect_args *args;
    rn_detector detector;
    rn_dataset dataset; /* empty for pictures named on the command line */
    rn_arena arena;
    rn_detection *found;
    rn_coco_result *result;
    size_t count, capacity;
} detect_state;

static rn_status load_picture(rn_image *image, const detect_state *s, char *const *operand,
                              size_t i, rn_err *err) {
    if (s->dataset.num_images) return rn_dataset_image(image, &s->dataset, i, err);
    return rn_image_load(image, operand[i], err);
}

static void keep_results(detect_state *s, size_t n, int64_t image_id, const char *file_name) {
    s->result = rn_vec_reserve(s->result, s->count + n, &s->capacity, sizeof *s->result);
    for (size_t k = 0; k < n; k++) {
        const rn_detection *d = &s->found[k];
        s->result[s->count++] = (rn_coco_result){.image = image_id,
                                                 .category = s->detector.category[d->label].id,
                                                 .x = (double)d->box.x1,
                                                 .y = (double)d->box.y1,
                                                 .w = (double)d->box.x2 - (double)d->box.x1,
                                                 .h = (double)d->box.y2 - (double)d->box.y1,
                                                 .score = (double)d->score,
                                                 .file_name = file_name};
    }
}

/* Draws objects and detections, and saves under the picture's name: as PNG but for JPEG files. */
static rn_status save_picture(const detect_state *s, rn_image *image, size_t n, size_t index,
                              const char *file_name, rn_err *err) {
    char path[RN_PATH_SIZE], name[RN_PATH_SIZE];
    const rn_record *record = s->dataset.num_images ? &s->dataset.image[index] : NULL;
    for (size_t k = 0; record && k < record->count; k++) {
        const rn_object *o = &s->dataset.object[record->first + k];
        rn_box box = {(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2};
        rn_draw_truth(image, box, o->label);
    }
    for (size_t k = n; k-- > 0;)
        rn_draw_detection(image, &s->found[k], s->detector.category[s->found[k].label].name);
    snprintf(name, sizeof name, "%s", rn_text_file_name(file_name));
    char *dot = strrchr(name, '.');
    bool jpeg = dot && (rn_text_same(dot, ".jpg") || rn_text_same(dot, ".jpeg"));
    if (!jpeg) snprintf(dot ? dot : name + strlen(name), 5, ".png");
    return rn_image_save(image, rn_text_path(path, sizeof path, s->args->out.value, name), err);
}

static rn_status detect_one(detect_state *s, char *const *operand, size_t i, rn_err *err) {
    rn_image image = {0};
    if (load_picture(&image, s, operand, i, err) != RN_OK) return RN_ERROR;
    const rn_record *record = s->dataset.num_images ? &s->dataset.image[i] : NULL;
    const char *file_name = record ? record->file_name : operand[i];
    size_t all = rn_detector_detect(s->found, &s->detector, &image, &s->arena), n = 0;
    while (n < all && (double)s->found[n].score >= s->args->score) n++;
    keep_results(s, n, record ? record->id : (int64_t)i + 1, file_name);
    printf("%s: %zu found", file_name, n);
    for (size_t k = 0; k < n && k < 5; k++)
        printf("%s %s %.2f", k ? "," : ":", s->detector.category[s->found[k].label].name,
               (double)s->found[k].score);
    printf("%s\n", n > 5 ? ", ..." : "");
    rn_status status = RN_OK;
    if (*s->args->out.value) status = save_picture(s, &image, n, i, file_name, err);
    rn_image_free(&image);
    return status;
}

static rn_status detect_all(detect_state *s, const cli *c, rn_err *err) {
    const detect_args *args = s->args;
    size_t pictures = (size_t)c->num_operands;
    if (load_detector(&s->detector, args->weights.value, text_or_null(&args->preset), c, err) !=
        RN_OK)
        return RN_ERROR;
    if (*args->data.value) {
        const char *role = rn_dataset_find_split(args->data.value, "test") ? "test" : "val";
        if (load_data(&s->dataset, args->data.value, text_or_null(&args->split),
                      text_or_null(&args->images), role, s->detector.category,
                      s->detector.config.model.num_classes, err) != RN_OK)
            return RN_ERROR;
        pictures = s->dataset.num_images;
        if (args->limit && (size_t)args->limit < pictures) pictures = (size_t)args->limit;
    }
    if (*args->out.value && rn_file_make_folder(args->out.value, err) != RN_OK) return RN_ERROR;
    s->found = rn_vec_zeros((size_t)s->detector.config.model.detections, sizeof *s->found);
    rn_status status = RN_OK;
    for (size_t i = 0; status == RN_OK && i < pictures && !cli_interrupted; i++)
        status = detect_one(s, c->operand, i, err);
    if (status == RN_OK && cli_interrupted) {
        rn_fail(err, "interrupted");
        return RN_INTERRUPTED;
    }
    if (status == RN_OK && *args->json.value)
        status = rn_coco_results_save(s->result, s->count, args->json.value, err);
    return status;
}

int cmd_detect(int argc, char **argv) {
    detect_args args = {0};
    cli c = {.usage = "retinanet detect --weights W [options] IMAGE...",
             .about = "Finds objects in pictures (JPEG, PNG) or in those of a data set.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .config = rn_config_options(),
             .operands = "IMAGE..."};
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return code;
    if (!*args.weights.value) return cli_fail(CLI_USAGE, "--weights: expected a file, got nothing");
    if ((c.num_operands > 0) == (*args.data.value != '\0'))
        return cli_fail(CLI_USAGE, "expected pictures or --data, got %s",
                        c.num_operands ? "both" : "neither");
    if ((code = check_overrides(&c, text_or_null(&args.preset))) != CLI_GO_ON) return code;
    rn_parallel_set_threads(args.threads);
    cli_catch_interrupts();
    rn_err err = {""};
    detect_state s = {.args = &args};
    rn_status status = detect_all(&s, &c, &err);
    free(s.result), free(s.found);
    rn_arena_free(&s.arena);
    rn_dataset_free(&s.dataset);
    rn_detector_free(&s.detector);
    return cli_status(status, &err);
}
