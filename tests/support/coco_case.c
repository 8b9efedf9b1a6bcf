#include "support/coco_case.h"
#include "base/json.h"
#include "base/vec.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static cJSON *load(const char *path) {
    cJSON *root = NULL;
    rn_err err = {""};
    cr_assert_eq(rn_json_load(&root, path, &err), RN_OK, "%s", err.text);
    return root;
}

static double number(const cJSON *object, const char *key, double otherwise) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static int compare_ids(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int64_t *sorted_ids(const cJSON *list, int *count) {
    *count = cJSON_GetArraySize(list);
    int64_t *id = rn_vec_zeros((size_t)*count, sizeof *id), *next = id;
    const cJSON *item;
    cJSON_ArrayForEach(item, list) *next++ = (int64_t)number(item, "id", -1);
    qsort(id, (size_t)*count, sizeof *id, compare_ids);
    return id;
}

int coco_case_index(const int64_t *id, int count, int64_t wanted) {
    for (int i = 0; i < count; i++)
        if (id[i] == wanted) return i;
    cr_assert_fail("id %lld is not there", (long long)wanted);
    return -1;
}

static void read_box(double box[4], const cJSON *item) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(item, "bbox");
    for (int i = 0; i < 4; i++) box[i] = cJSON_GetArrayItem(list, i)->valuedouble;
}

static int image_of(const coco_case *c, const cJSON *item) {
    return coco_case_index(c->image, c->num_images, (int64_t)number(item, "image_id", -1));
}

static int label_of(const coco_case *c, const cJSON *item) {
    return coco_case_index(c->category, c->num_classes, (int64_t)number(item, "category_id", -1));
}

coco_case coco_case_load(const char *truth_path, const char *results_path) {
    coco_case c = {0};
    cJSON *root = load(truth_path), *results = load(results_path);
    const cJSON *objects = cJSON_GetObjectItemCaseSensitive(root, "annotations"), *item;
    c.image = sorted_ids(cJSON_GetObjectItemCaseSensitive(root, "images"), &c.num_images);
    c.category = sorted_ids(cJSON_GetObjectItemCaseSensitive(root, "categories"), &c.num_classes);
    c.truth = rn_vec_zeros((size_t)cJSON_GetArraySize(objects), sizeof *c.truth);
    c.detection = rn_vec_zeros((size_t)cJSON_GetArraySize(results), sizeof *c.detection);
    double b[4];
    cJSON_ArrayForEach(item, objects) {
        read_box(b, item);
        c.truth[c.num_truths++] = (rn_eval_truth){.x = b[0],
                                                  .y = b[1],
                                                  .w = b[2],
                                                  .h = b[3],
                                                  .area = number(item, "area", b[2] * b[3]),
                                                  .image = image_of(&c, item),
                                                  .label = label_of(&c, item),
                                                  .crowd = number(item, "iscrowd", 0) != 0};
    }
    cJSON_ArrayForEach(item, results) {
        read_box(b, item);
        c.detection[c.num_detections++] = (rn_eval_detection){
            .x = b[0],
            .y = b[1],
            .w = b[2],
            .h = b[3],
            .score = number(item, "score", -1),
            .image = image_of(&c, item),
            .label = label_of(&c, item),
        };
    }
    cJSON_Delete(root);
    cJSON_Delete(results);
    return c;
}

void coco_case_free(coco_case *c) {
    free(c->image);
    free(c->category);
    free(c->truth);
    free(c->detection);
    *c = (coco_case){0};
}

rn_eval coco_case_eval(const coco_case *c) {
    rn_eval eval;
    rn_eval_options options = rn_eval_options_coco();
    rn_eval_compute(&eval, c->truth, c->num_truths, c->detection, c->num_detections, c->num_images,
                    c->num_classes, &options);
    return eval;
}
