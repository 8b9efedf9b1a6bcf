#include "train/detector.h"
#include "base/check.h"
#include "base/parallel.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/loader.h"
#include "data/transform.h"
#include "model/plan.h"
#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rn_status rn_detector_create(rn_detector *detector, const rn_config *config,
                             const rn_category *category, int num_classes, bool training,
                             rn_err *err) {
    *detector = (rn_detector){.config = *config, .normaliser = config->model.normaliser_start};
    detector->config.model.num_classes = num_classes;
    if (rn_retinanet_create(&detector->net, &detector->config.model, config->train.freeze.value,
                            training, err) != RN_OK)
        return RN_ERROR;
    detector->category = rn_vec_zeros((size_t)num_classes, sizeof *detector->category);
    for (int c = 0; c < num_classes; c++)
        detector->category[c] = (rn_category){category[c].id, rn_vec_text(category[c].name)};
    return RN_OK;
}

void rn_detector_free(rn_detector *detector) {
    for (int c = 0; detector->category && c < detector->config.model.num_classes; c++)
        free(detector->category[c].name);
    free(detector->category);
    free(detector->data);
    rn_retinanet_free(&detector->net);
    *detector = (rn_detector){0};
}

/* ---- checkpoint: the metadata -------------------------------------------------------------------
 */

static cJSON *classes_to_json(const rn_detector *detector) {
    cJSON *list = cJSON_CreateArray();
    for (int c = 0; c < detector->config.model.num_classes; c++) {
        cJSON *item = cJSON_CreateObject();
        rn_json_add_number(item, "id", (double)detector->category[c].id);
        cJSON_AddStringToObject(item, "name", detector->category[c].name);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

rn_status rn_detector_save(const rn_detector *detector, const char *path, bool momentum,
                           rn_err *err) {
    char number[32];
    cJSON *metadata = cJSON_CreateObject();
    cJSON_AddStringToObject(metadata, "format", "retinanet.c 1");
    rn_json_add_as_text(metadata, "config",
                        rn_option_to_json(&detector->config, rn_config_options()));
    rn_json_add_as_text(metadata, "classes", classes_to_json(detector));
    snprintf(number, sizeof number, "%ld", detector->step);
    cJSON_AddStringToObject(metadata, "step", number);
    rn_text_from_double(number, sizeof number, detector->normaliser, 0);
    cJSON_AddStringToObject(metadata, "normaliser", number);
    if (detector->data) cJSON_AddStringToObject(metadata, "data", detector->data);
    rn_status status = rn_checkpoint_save(path, &detector->net.params, momentum, metadata, err);
    cJSON_Delete(metadata);
    return status;
}

/* A metadata text that is JSON itself. The caller deletes. */
static rn_status metadata_json(cJSON **tree, const rn_safetensors *file, const char *key,
                               const char *path, rn_err *err) {
    const char *text;
    char name[RN_PATH_SIZE + 32];
    snprintf(name, sizeof name, "%s: metadata %s", path, key);
    if (!file->metadata)
        return rn_fail(err,
                       "%s: expected a checkpoint of this program (metadata with config and "
                       "classes), got bare weights",
                       path);
    if (rn_json_text(&text, file->metadata, key, (rn_json_place){.file = path}, err) != RN_OK)
        return RN_ERROR;
    return rn_json_parse(tree, text, strlen(text), name, err);
}

static rn_status read_classes(rn_category **category, int *count, const cJSON *list,
                              const char *path, rn_err *err) {
    const cJSON *item;
    int n = cJSON_GetArraySize(list);
    if (!cJSON_IsArray(list) || n < 1)
        return rn_json_expected((rn_json_place){.file = path}, "classes", "a list of classes", list,
                                err);
    *category = rn_vec_zeros((size_t)n, sizeof **category);
    *count = 0;
    cJSON_ArrayForEach(item, list) {
        rn_json_place place = {path, "classes", (size_t)*count};
        const char *name;
        int64_t id;
        if (rn_json_integer(&id, item, "id", INT64_MIN / 1024, INT64_MAX / 1024, place, err) !=
                RN_OK ||
            rn_json_text(&name, item, "name", place, err) != RN_OK)
            return RN_ERROR;
        (*category)[(*count)++] = (rn_category){id, rn_vec_text(name)};
    }
    return RN_OK;
}

static void free_classes(rn_category *category, int count) {
    for (int c = 0; c < count; c++) free(category[c].name);
    free(category);
}

static rn_status read_state(rn_detector *detector, const rn_safetensors *file, const char *path,
                            rn_err *err) {
    const char *text;
    int64_t step;
    rn_json_place place = {.file = path};
    if (rn_json_text(&text, file->metadata, "step", place, err) != RN_OK) return RN_ERROR;
    if (!rn_text_to_int(&step, text, 0, 1000000000))
        return rn_fail(err, "%s: step: expected a whole number, got \"%.40s\"", path, text);
    detector->step = (long)step;
    if (rn_json_text(&text, file->metadata, "normaliser", place, err) != RN_OK) return RN_ERROR;
    if (!rn_text_to_double(&detector->normaliser, text))
        return rn_fail(err, "%s: normaliser: expected a number, got \"%.40s\"", path, text);
    if (detector->normaliser < 0)
        return rn_fail(err, "%s: normaliser: expected 0 or more, got %s", path, text);
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(file->metadata, "data");
    if (cJSON_IsString(data)) detector->data = rn_vec_text(data->valuestring);
    return RN_OK;
}

static rn_status load_from(rn_detector *detector, const rn_safetensors *file, bool training,
                           const char *path, rn_err *err) {
    rn_config config = rn_config_paper();
    cJSON *tree = NULL;
    rn_category *category = NULL;
    int classes = 0;
    rn_checkpoint_match match;
    rn_status status = metadata_json(&tree, file, "config", path, err);
    if (status == RN_OK)
        status = rn_option_from_json(&config, rn_config_options(), tree, path, err);
    cJSON_Delete(tree);
    tree = NULL;
    if (status == RN_OK) status = metadata_json(&tree, file, "classes", path, err);
    if (status == RN_OK) status = read_classes(&category, &classes, tree, path, err);
    cJSON_Delete(tree);
    if (status == RN_OK && rn_config_check(&config, err) != RN_OK)
        status = rn_fail_in(err, "%s: config", path);
    if (status == RN_OK &&
        rn_detector_create(detector, &config, category, classes, training, err) != RN_OK)
        status = rn_fail_in(err, "%s: config", path);
    free_classes(category, classes);
    if (status == RN_OK) status = read_state(detector, file, path, err);
    if (status == RN_OK)
        status = rn_checkpoint_take(&detector->net.params, &match, file, true, training, path, err);
    return status;
}

rn_status rn_detector_load(rn_detector *detector, const char *path, bool training, rn_err *err) {
    rn_safetensors file = {0};
    *detector = (rn_detector){0};
    rn_status status = rn_safetensors_load(&file, path, err);
    if (status == RN_OK) status = load_from(detector, &file, training, path, err);
    rn_safetensors_free(&file);
    if (status != RN_OK) rn_detector_free(detector);
    return status;
}

/* ---- inference
 * ------------------------------------------------------------------------------------ */

/* input: one picture as `transform` made it, padded. Boxes come back in pixels of the picture. */
static size_t detect(rn_detection *found, const rn_retinanet *net, rn_tensor *input,
                     const rn_transform *transform, rn_filters *filters, rn_arena *arena) {
    rn_tape tape = {.arena = arena, .filters = filters};
    rn_outputs out;
    rn_retinanet_infer(&out, &tape, net, input);
    const rn_box *anchor = rn_retinanet_anchors(net, &out, arena);
    size_t count = rn_retinanet_detect(found, net, &out, anchor, 0, transform->height,
                                       transform->width, arena);
    for (size_t i = 0; i < count; i++)
        found[i].box = rn_transform_box_back(transform, found[i].box);
    return count;
}

size_t rn_detector_detect(rn_detection *found, const rn_detector *detector, const rn_image *image,
                          rn_filters *filters, rn_arena *arena) {
    const rn_train_config *train = &detector->config.train;
    rn_filters own = {0};
    rn_arena_mark mark = rn_arena_get_mark(arena);
    rn_tape tape = {.arena = arena};
    rn_transform transform =
        rn_transform_resize(image->height, image->width, train->size, train->max_size);
    rn_tensor *input = rn_tape_tensor(&tape, 1, rn_retinanet_padded(transform.height),
                                      rn_retinanet_padded(transform.width), 3, false);
    rn_transform_apply(input->value, input->h, input->w, image, &transform);
    size_t count =
        detect(found, &detector->net, input, &transform, filters ? filters : &own, arena);
    rn_arena_release(arena, mark);
    rn_filters_free(&own);
    return count;
}

static rn_eval_detection to_eval(const rn_detection *d, size_t image) {
    return (rn_eval_detection){.x = (double)d->box.x1,
                               .y = (double)d->box.y1,
                               .w = (double)d->box.x2 - (double)d->box.x1,
                               .h = (double)d->box.y2 - (double)d->box.y1,
                               .score = (double)d->score,
                               .image = (int)image,
                               .label = d->label};
}

typedef struct rn_run {
    const rn_detector *detector;
    int pictures;           /* at once */
    const rn_batch **batch; /* (pictures) each of one picture */
    rn_detection *found;    /* (pictures, most of one) */
    size_t *found_count;    /* (pictures) */
    rn_arena *arena;        /* (pictures) */
    rn_filters filters;
    rn_eval_detection *list;
    size_t count, capacity;
} rn_run;

/* Small pictures go through the network each on a thread of its own, as far as memory goes: within
 * one of them threads would wait for one another more than they compute. */
static int pictures_at_once(const rn_detector *detector, const rn_dataset *dataset) {
    enum { PIXELS_MOST = 1 << 17, MOST = 32, SHARE_OF_MEMORY = 4 };
    const rn_train_config *train = &detector->config.train;
    int h = rn_retinanet_padded(train->size), w = rn_retinanet_padded(train->max_size);
    if ((double)h * w > PIXELS_MOST) return 1;
    rn_need need = rn_retinanet_plan(&detector->net, 1, h, w, false, NULL, NULL);
    unsigned long long machine = rn_parallel_machine_memory(); /* 0: unknown */
    unsigned long long n = machine ? machine / SHARE_OF_MEMORY / need.step_bytes : MOST;
    unsigned long long threads = (unsigned long long)rn_parallel_threads();
    if (n > threads) n = threads;
    if (n > dataset->num_images) n = dataset->num_images;
    return n < 1 ? 1 : n > MOST ? MOST : (int)n;
}

static void make_run(rn_run *run, const rn_detector *detector, const rn_dataset *dataset) {
    size_t most = (size_t)detector->config.model.detections;
    *run = (rn_run){.detector = detector, .pictures = pictures_at_once(detector, dataset)};
    size_t n = (size_t)run->pictures;
    run->batch = rn_vec_zeros(n, sizeof *run->batch);
    run->found = rn_vec_zeros(n * most, sizeof *run->found);
    run->found_count = rn_vec_zeros(n, sizeof *run->found_count);
    run->arena = rn_vec_zeros(n, sizeof *run->arena);
}

/* But for the list. */
static void free_run(rn_run *run) {
    for (int i = 0; i < run->pictures; i++) rn_arena_free(&run->arena[i]);
    rn_filters_free(&run->filters);
    free(run->batch), free(run->found), free(run->found_count), free(run->arena);
}

static void detect_pictures(rn_run *run, int count) {
    const size_t most = (size_t)run->detector->config.model.detections;
#pragma omp parallel for schedule(dynamic) if (count > 1)
    for (int i = 0; i < count; i++) {
        const rn_batch *batch = run->batch[i];
        if (count > 1) rn_parallel_set_threads(1); /* the others have pictures of their own */
        rn_tensor input = {.n = 1, .h = batch->h, .w = batch->w, .c = 3, .value = batch->pixel};
        run->found_count[i] = detect(run->found + (size_t)i * most, &run->detector->net, &input,
                                     &batch->transform[0], &run->filters, &run->arena[i]);
        rn_arena_reset(&run->arena[i]);
    }
    for (int i = 0; i < count; i++) {
        const rn_detection *found = run->found + (size_t)i * most;
        size_t n = run->found_count[i];
        run->list = rn_vec_reserve(run->list, run->count + n, &run->capacity, sizeof *run->list);
        for (size_t k = 0; k < n; k++)
            run->list[run->count++] = to_eval(&found[k], run->batch[i]->image[0]);
    }
}

static rn_status run_all(rn_run *run, rn_loader *loader, rn_progress *progress,
                         const volatile int *stop, rn_err *err) {
    for (long i = 0, count; i < progress->total; i += count) {
        count = progress->total - i < run->pictures ? progress->total - i : run->pictures;
        if (stop && *stop) {
            rn_fail(err, "interrupted after %ld of %ld images", i, progress->total);
            return RN_INTERRUPTED;
        }
        for (int k = 0; k < count; k++)
            if (rn_loader_next(&run->batch[k], loader, err) != RN_OK) return RN_ERROR;
        detect_pictures(run, (int)count);
        rn_progress_update(progress, i + count, NULL);
    }
    return RN_OK;
}

/* Each picture is a batch, decoded ahead by the loader: in a batch of several the padding of one
 * would depend on the size of its neighbours, and with it, a little, what is found. */
rn_status rn_detector_run(rn_eval_detection **detection, size_t *count, const rn_detector *detector,
                          const rn_dataset *dataset, FILE *stream, const volatile int *stop,
                          rn_err *err) {
    const rn_config *config = &detector->config;
    rn_run run;
    make_run(&run, detector, dataset);
    rn_loader_options options = {.batch = 1,
                                 .size = config->train.size,
                                 .max_size = config->train.max_size,
                                 .scale_jitter = 1,
                                 .multiple = RN_IMAGE_MULTIPLE,
                                 .in_order = true,
                                 .threads = rn_parallel_threads(),
                                 .keep = run.pictures - 1,
                                 .ahead = run.pictures - 1 + RN_LOADER_AHEAD};
    rn_loader *loader;
    *detection = NULL, *count = 0;
    rn_status status = rn_loader_start(&loader, dataset, &options, 0, err);
    if (status == RN_OK) {
        rn_progress progress = rn_progress_start(stream, "detecting", 0, (long)dataset->num_images);
        status = run_all(&run, loader, &progress, stop, err);
        rn_progress_end(&progress);
        rn_loader_stop(loader);
    }
    free_run(&run);
    if (status == RN_OK)
        *detection = run.list, *count = run.count;
    else
        free(run.list);
    return status;
}

/* An image and its COCO id. */
typedef struct image_id {
    int64_t id;
    int index;
} image_id;

static int compare_ids(const void *a, const void *b) {
    const image_id *p = a, *q = b;
    if (p->id != q->id) return p->id < q->id ? -1 : 1;
    return p->index < q->index ? -1 : p->index > q->index;
}

/* The place of each image in the order of the ids, by which pycocotools ranks equal scores. */
static int *image_ranks(const rn_dataset *dataset) {
    image_id *list = rn_vec_zeros(dataset->num_images, sizeof *list);
    int *rank = rn_vec_zeros(dataset->num_images, sizeof *rank), n = (int)dataset->num_images;
    for (int i = 0; i < n; i++) list[i] = (image_id){dataset->image[i].id, i};
    qsort(list, dataset->num_images, sizeof *list, compare_ids);
    for (int i = 0; i < n; i++) rank[list[i].index] = i;
    free(list);
    return rank;
}

/* pycocotools looks at iscrowd alone: COCO's "ignore" does nothing there. */
static rn_eval_truth to_truth(const rn_object *o, const rn_dataset *dataset, int image) {
    rn_eval_truth truth = {.x = o->x1,
                           .y = o->y1,
                           .area = o->area,
                           .image = image,
                           .label = o->label,
                           .crowd = o->crowd,
                           .ignore = o->ignore && dataset->format != RN_FORMAT_COCO};
    rn_object_size(&truth.w, &truth.h, o);
    return truth;
}

void rn_detector_evaluate(rn_eval *eval, const rn_dataset *dataset,
                          const rn_eval_detection *detection, size_t count,
                          const rn_eval_options *options) {
    rn_eval_truth *truth = rn_vec_zeros(dataset->num_objects, sizeof *truth);
    rn_eval_detection *ranked = rn_vec_zeros(count, sizeof *ranked);
    int *rank = image_ranks(dataset);
    size_t n = 0;
    for (size_t i = 0; i < dataset->num_images; i++) {
        const rn_record *record = &dataset->image[i];
        for (size_t k = record->first; k < record->first + record->count; k++)
            truth[n++] = to_truth(&dataset->object[k], dataset, rank[i]);
    }
    for (size_t i = 0; i < count; i++) {
        ranked[i] = detection[i];
        ranked[i].image = rank[detection[i].image];
    }
    rn_eval_compute(eval, truth, n, ranked, count, (int)dataset->num_images, dataset->num_classes,
                    options);
    free(rank);
    free(ranked);
    free(truth);
}
