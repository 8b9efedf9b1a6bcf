#include "data/coco.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/coco_file.h"
#include "data/pictures.h"
#include "data/splits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "instances_", SUFFIX[] = ".json", FOLDER[] = "annotations";

/* "instances_SPLIT.json" names its split; the caller frees; NULL when it is called otherwise. */
static char *split_of(const char *path) {
    const char *name = rn_text_file_name(path);
    size_t before = strlen(PREFIX), after = strlen(SUFFIX), n = strlen(name);
    if (n <= before + after || strncmp(name, PREFIX, before) != 0) return NULL;
    char *split = rn_vec_text(name + before);
    split[n - before - after] = '\0';
    return split;
}

static rn_status load_file(rn_builder *builder, const rn_dataset_request *request, rn_err *err) {
    char *split = split_of(request->data);
    rn_status status;
    if (request->split && !(split && strcmp(split, request->split) == 0))
        status = rn_fail(err, "%s: expected no split with a single file, got \"%s\"", request->data,
                         request->split);
    else
        status = rn_coco_file_read(builder, request->data, split, request->images, err);
    free(split);
    return status;
}

static int compare_ids(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Files that are joined may use the same ids. */
static void separate_ids(rn_dataset *dataset) {
    size_t n = dataset->num_images;
    int64_t *id = rn_vec_zeros(n, sizeof *id);
    bool twice = false;
    for (size_t i = 0; i < n; i++) id[i] = dataset->image[i].id;
    qsort(id, n, sizeof *id, compare_ids);
    for (size_t i = 1; i < n; i++) twice = twice || id[i] == id[i - 1];
    for (size_t i = 0; i < n && twice; i++) dataset->image[i].id = (int64_t)i + 1;
    free(id);
}

static rn_splits list_splits(const char *data) {
    char *folder = rn_pictures_path(data, FOLDER);
    rn_splits splits = rn_splits_list(folder, PREFIX, SUFFIX);
    free(folder);
    return splits;
}

static rn_status load_split(rn_builder *builder, const rn_dataset_request *request,
                            const char *split, rn_err *err) {
    char name[300];
    snprintf(name, sizeof name, "%s/%s%s%s", FOLDER, PREFIX, split, SUFFIX);
    char *path = rn_pictures_path(request->data, name);
    rn_status status = rn_coco_file_read(builder, path, split, request->images, err);
    free(path);
    return status;
}

static rn_status load_folder(rn_builder *builder, const rn_dataset_request *request, rn_err *err) {
    rn_splits splits = list_splits(request->data), chosen = {0};
    rn_status status = rn_splits_choose(&chosen, &splits, request->split, request->data, err);
    for (size_t i = 0; i < chosen.count && status == RN_OK; i++)
        status = load_split(builder, request, chosen.name[i], err);
    if (status == RN_OK && chosen.count > 1) separate_ids(builder->dataset);
    rn_splits_free(&splits);
    rn_splits_free(&chosen);
    return status;
}

rn_status rn_coco_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err) {
    rn_builder builder = rn_builder_begin(dataset, RN_FORMAT_COCO);
    rn_status status = rn_file_is_folder(request->data) ? load_folder(&builder, request, err)
                                                        : load_file(&builder, request, err);
    rn_builder_end(&builder);
    return status;
}

bool rn_coco_is(const char *data) {
    if (!rn_file_is_folder(data)) return rn_text_ends_with(data, SUFFIX);
    rn_splits splits = list_splits(data);
    bool found = splits.count > 0;
    rn_splits_free(&splits);
    return found;
}

const char *rn_coco_find_split(const char *data, const char *role) {
    rn_splits splits = list_splits(data);
    const char *found = rn_splits_find_role(&splits, role);
    rn_splits_free(&splits);
    return found;
}
