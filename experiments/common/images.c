#include "common/images.h"
#include "common/run.h"
#include "base/progress.h"
#include "data/subset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[IMAGES_ROLES] = {"train", "val", "test"};

bool images_rendered(const char *data) {
    return strcmp(data, "scenes") == 0 || strncmp(data, "scenes:", 7) == 0;
}

bool images_with(char data[RN_PATH_SIZE], const char *parameters) {
    size_t used = strlen(data);
    if (!images_rendered(data)) return false;
    if (!*parameters) return true;
    snprintf(data + used, RN_PATH_SIZE - used, "%c%s", strchr(data, ':') ? ',' : ':', parameters);
    return true;
}

/* The part with that role of a set that has no splits. */
static void hold_out(rn_dataset *dataset, images_role role) {
    bool *keep = rn_vec_zeros(dataset->num_images, sizeof *keep);
    for (size_t i = 0; i < dataset->num_images; i++)
        keep[i] = role == (i % 5 < 3 ? IMAGES_TRAIN : i % 5 == 3 ? IMAGES_VAL : IMAGES_TEST);
    rn_dataset_keep(dataset, keep);
    free(keep);
}

rn_status images_load(rn_dataset *dataset, const char *data, const char *images, images_role role,
                      rn_err *err) {
    rn_dataset_request request = {.data = data, .images = *images ? images : NULL};
    rn_dataset train = {0};
    bool splits = rn_dataset_find_split(data, "train") != NULL;
    request.split = rn_dataset_find_split(data, role_names[role]);
    if (!request.split && role == IMAGES_TEST) request.split = rn_dataset_find_split(data, "val");
    if (splits && !request.split)
        return rn_fail(err, "%s: expected splits for training and validation, got no %s", data,
                       role_names[role]);
    if (splits && role != IMAGES_TRAIN) { /* classes are those that are trained on */
        if (images_load(&train, data, images, IMAGES_TRAIN, err) != RN_OK) return RN_ERROR;
        request.category = train.category, request.num_classes = train.num_classes;
    }
    rn_status status = rn_dataset_load(dataset, &request, err);
    rn_dataset_free(&train);
    if (status == RN_OK && !splits) hold_out(dataset, role);
    if (status == RN_OK && dataset->num_images == 0) {
        rn_dataset_free(dataset);
        return rn_fail(err, "%s: expected at least 5 images, got too few to hold some out", data);
    }
    return status;
}

static uint64_t mix_objects(uint64_t hash, const rn_dataset *dataset, const rn_record *image) {
    for (size_t k = image->first; k < image->first + image->count; k++) {
        const rn_object *o = &dataset->object[k];
        const double box[4] = {o->x1, o->y1, o->x2, o->y2};
        const unsigned char kind[2] = {o->crowd, o->ignore};
        hash = run_hash(hash, box, sizeof box);
        hash = run_hash(hash, &o->label, sizeof o->label);
        hash = run_hash(hash, &o->area, sizeof o->area);
        hash = run_hash(hash, kind, sizeof kind);
    }
    return hash;
}

static rn_status mix_picture(uint64_t *hash, const rn_record *image, rn_err *err) {
    char *bytes;
    size_t size;
    if (!image->path) return RN_OK; /* rendered */
    if (rn_file_read(&bytes, &size, image->path, (size_t)1 << 31, err) != RN_OK) return RN_ERROR;
    *hash = run_hash(*hash, bytes, size);
    free(bytes);
    return RN_OK;
}

/* How many there are of each kind comes first: what follows then belongs to one part alone. */
static rn_status mix_dataset(uint64_t *hash, const rn_dataset *dataset, rn_err *err) {
    const int64_t counts[2] = {(int64_t)dataset->num_images, (int64_t)dataset->num_classes};
    rn_progress progress =
        rn_progress_start(stderr, "reading the pictures", 0, (long)dataset->num_images);
    rn_status status = RN_OK;
    *hash = run_hash(*hash, counts, sizeof counts);
    for (size_t i = 0; i < dataset->num_images && status == RN_OK; i++) {
        const rn_record *image = &dataset->image[i];
        const int64_t numbers[3] = {image->width, image->height, (int64_t)image->count};
        *hash = run_hash(*hash, image->file_name, strlen(image->file_name) + 1);
        *hash = run_hash(*hash, numbers, sizeof numbers);
        *hash = mix_objects(*hash, dataset, image);
        status = mix_picture(hash, image, err);
        rn_progress_update(&progress, (long)i + 1, NULL);
    }
    rn_progress_end(&progress);
    return status;
}

char *images_key(char key[32], const char *data, const char *images, rn_err *err) {
    if (images_rendered(data)) return run_fingerprint(key, data);
    uint64_t hash = RUN_HASH;
    for (int role = 0; role < IMAGES_ROLES; role++) {
        rn_dataset dataset = {0};
        rn_status status = images_load(&dataset, data, images, (images_role)role, err);
        if (status == RN_OK) status = mix_dataset(&hash, &dataset, err);
        rn_dataset_free(&dataset);
        if (status != RN_OK) return NULL;
    }
    return run_hash_text(key, hash);
}

static int compare_areas(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

rn_eval_options images_eval_options(const rn_dataset *dataset) {
    rn_eval_options options = rn_eval_options_coco();
    size_t n = dataset->num_objects;
    if (dataset->format != RN_FORMAT_RENDERED || n < 3) return options;
    double *area = rn_vec_zeros(n, sizeof *area);
    for (size_t i = 0; i < n; i++) area[i] = dataset->object[i].area;
    qsort(area, n, sizeof *area, compare_areas);
    options.small_below = area[n / 3], options.large_from = area[2 * n / 3];
    free(area);
    return options;
}
