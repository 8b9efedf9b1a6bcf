#include "retinanet/commands.h"
#include "retinanet/drawn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct detect_args {
    rn_option_text weights, preset, json, out, data, split, images;
    double score;
    int limit, threads;
} detect_args;

#define TEXT(field, name, value, what)                                                             \
    COMMAND_TEXT(detect_args, field, name, value, "options", what)
static const rn_option own_options[] = {
    TEXT(weights, "weights", "FILE", "checkpoint (safetensors)"),
    TEXT(preset, "preset", "NAME", "what bare weights are: torchvision, paper, ..."),
    {.name = "score",
     .kind = RN_OPTION_NUMBER,
     .offset = offsetof(detect_args, score),
     .low = 0,
     .high = 1,
     .initial = "0.5",
     .help = "show, draw and write detections from this score on",
     .group = "options"},
    TEXT(json, "json", "FILE", "write the detections here: COCO's result list plus file_name"),
    TEXT(out, "out", "DIR", "folder for the pictures with boxes drawn on them"),
    TEXT(data, "data", "DATA",
         "take the pictures of this data set instead; its objects are drawn dashed"),
    TEXT(split, "split", "NAME", "part of the data set (test, else val)"),
    TEXT(images, "images", "DIR", "folder of its pictures, where the format does not say"),
    {.name = "limit",
     .kind = RN_OPTION_INT,
     .offset = offsetof(detect_args, limit),
     .low = 0,
     .high = 1000000000,
     .initial = "0",
     .help = "pictures of the data set at most; 0: all",
     .group = "options"},
    COMMAND_THREADS(detect_args, threads),
};

/* All that is found on the way through the pictures. */
typedef struct detect_state {
    const detect_args *args;
    char *const *operand;
    size_t pictures, unreadable;
    rn_detector detector;
    rn_dataset dataset; /* empty for pictures named on the command line */
    rn_filters filters;
    rn_arena arena;
    rn_detection *found;
    rn_coco_result *result;
    size_t count, capacity;
    drawn_names drawn;
} detect_state;

static rn_status load_picture(rn_image *image, const detect_state *s, size_t i, rn_err *err) {
    if (s->dataset.num_images) return rn_dataset_image(image, &s->dataset, i, err);
    return rn_image_load(image, s->operand[i], err);
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

/* Draws objects and detections, and saves. */
static rn_status save_picture(detect_state *s, rn_image *image, size_t n, size_t index,
                              const char *file_name, rn_err *err) {
    char path[RN_PATH_SIZE];
    const rn_record *record = s->dataset.num_images ? &s->dataset.image[index] : NULL;
    for (size_t k = 0; record && k < record->count; k++) {
        const rn_object *o = &s->dataset.object[record->first + k];
        rn_box box = {(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2};
        rn_draw_truth(image, box, o->label);
    }
    for (size_t k = n; k-- > 0;)
        rn_draw_detection(image, &s->found[k], s->detector.category[s->found[k].label].name);
    return rn_image_save(image, drawn_path(path, &s->drawn, s->args->out.value, file_name), err);
}

static void print_found(const detect_state *s, const char *file_name, size_t n) {
    char cell[CLI_CELL_SIZE];
    printf("%s: %zu found", cli_cell(cell, file_name, 0), n);
    for (size_t k = 0; k < n && k < 5; k++)
        printf("%s %s %.2f", k ? "," : ":",
               cli_cell(cell, s->detector.category[s->found[k].label].name, 0),
               (double)s->found[k].score);
    printf("%s\n", n > 5 ? ", ..." : "");
}

/* A picture that cannot be read is said and counted; the others go on. */
static rn_status detect_one(detect_state *s, size_t i, rn_err *err) {
    rn_image image = {0};
    if (load_picture(&image, s, i, err) != RN_OK) {
        s->unreadable++;
        cli_fail(CLI_FAILED, "%s", err->text);
        return RN_OK;
    }
    const rn_record *record = s->dataset.num_images ? &s->dataset.image[i] : NULL;
    const char *file_name = record ? record->file_name : s->operand[i];
    size_t all = rn_detector_detect(s->found, &s->detector, &image, &s->filters, &s->arena), n = 0;
    while (n < all && (double)s->found[n].score >= s->args->score) n++;
    keep_results(s, n, record ? record->id : (int64_t)i + 1, file_name);
    print_found(s, file_name, n);
    rn_status status = RN_OK;
    if (*s->args->out.value) status = save_picture(s, &image, n, i, file_name, err);
    rn_image_free(&image);
    return status;
}

/* ---- before and after the pictures ----------------------------------------------------------- */

static rn_status open_dataset(detect_state *s, rn_err *err) {
    const detect_args *args = s->args;
    const char *role = rn_dataset_find_split(args->data.value, "test") ? "test" : "val";
    const char *split = text_or_null(&args->split), *images = text_or_null(&args->images);
    if (borrow_names(&s->detector, args->data.value, split, images, role, err) != RN_OK ||
        load_data(&s->dataset, args->data.value, split, images, role, s->detector.category,
                  s->detector.config.model.num_classes, err) != RN_OK)
        return RN_ERROR;
    s->pictures = s->dataset.num_images;
    if (args->limit && (size_t)args->limit < s->pictures) s->pictures = (size_t)args->limit;
    return RN_OK;
}

static rn_status open_folder(const detect_state *s, rn_err *err) {
    const char *folder = s->args->out.value;
    if (!*folder) return RN_OK;
    for (size_t i = 0; i < s->pictures; i++)
        if (drawn_check_folder(folder,
                               s->dataset.num_images ? s->dataset.image[i].path : s->operand[i],
                               err) != RN_OK)
            return RN_ERROR;
    return rn_file_make_folder(folder, err);
}

static rn_status prepare(detect_state *s, const cli *c, int *code, rn_err *err) {
    const detect_args *args = s->args;
    const char *const outputs[] = {args->json.value};
    *code = CLI_FAILED;
    if (cli_check_outputs(outputs, RN_COUNT(outputs), err) != RN_OK ||
        load_detector(&s->detector, args->weights.value, text_or_null(&args->preset), c, code,
                      err) != RN_OK)
        return RN_ERROR;
    *code = CLI_FAILED;
    if (check_inference_memory(&s->detector, err) != RN_OK ||
        (*args->data.value && open_dataset(s, err) != RN_OK) || open_folder(s, err) != RN_OK)
        return RN_ERROR;
    rn_model_config *model = &s->detector.net.config;
    if (!cli_was_given(c, "score-threshold")) /* --score below the threshold would do nothing */
        model->score_threshold = fmin(model->score_threshold, args->score);
    s->found = rn_vec_zeros((size_t)model->detections, sizeof *s->found);
    return RN_OK;
}

static rn_status finish(const detect_state *s, rn_err *err) {
    const detect_args *args = s->args;
    size_t read = s->pictures - s->unreadable;
    if (*args->json.value &&
        rn_coco_results_save(s->result, s->count, args->json.value, err) != RN_OK)
        return RN_ERROR;
    printf("%zu pictures, %zu objects found", read, s->count);
    if (*args->out.value) printf("; drawn to %s/", args->out.value);
    if (*args->json.value) printf("; written to %s", args->json.value);
    printf("\n");
    return RN_OK;
}

static rn_status detect_all(detect_state *s, const cli *c, int *code, rn_err *err) {
    if (prepare(s, c, code, err) != RN_OK) return RN_ERROR;
    cli_catch_interrupts();
    for (size_t i = 0; i < s->pictures && !cli_interrupted; i++)
        if (detect_one(s, i, err) != RN_OK) return RN_ERROR;
    if (!cli_interrupted) return finish(s, err);
    rn_fail(err, "interrupted");
    return RN_INTERRUPTED;
}

static int check_arguments(const cli *c, const detect_args *args) {
    if (!*args->weights.value)
        return cli_fail(CLI_USAGE, "--weights: expected a file, got nothing");
    if ((c->num_operands > 0) == (*args->data.value != '\0'))
        return cli_fail(CLI_USAGE, "expected pictures or --data, got %s",
                        c->num_operands ? "both" : "neither");
    if (!*args->data.value && (*args->split.value || *args->images.value || args->limit))
        return cli_fail(CLI_USAGE, "--split, --images and --limit: expected with --data only");
    return check_overrides(c, text_or_null(&args->preset));
}

int cmd_detect(int argc, char **argv) {
    detect_args args = {0};
    cli c = {.usage = "retinanet detect --weights FILE [options] PICTURE...",
             .about = "Finds objects in pictures (JPEG, PNG) or in those of a data set. A picture "
                      "that\n"
                      "cannot be read is named, the others go on, and the exit code is 1.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .config = rn_config_options(),
             .shown = "inference",
             .note = COMMAND_WEIGHTS_NOTE,
             .operands = "PICTURE..."};
    int code = cli_parse(&c, argc, argv);
    if (code == CLI_GO_ON) code = check_arguments(&c, &args);
    if (code != CLI_GO_ON) return code;
    rn_parallel_set_threads(args.threads);
    rn_err err = {""};
    detect_state s = {.args = &args, .operand = c.operand, .pictures = (size_t)c.num_operands};
    rn_status status = detect_all(&s, &c, &code, &err);
    if (status == RN_OK && s.unreadable)
        code = CLI_FAILED;
    else
        code = cli_status(status, code, &err);
    free(s.result), free(s.found);
    rn_name_set_free(&s.drawn);
    rn_filters_free(&s.filters);
    rn_arena_free(&s.arena);
    rn_dataset_free(&s.dataset);
    rn_detector_free(&s.detector);
    return code;
}
