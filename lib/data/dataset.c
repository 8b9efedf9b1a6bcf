#include "data/dataset.h"
#include "base/check.h"
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/builder.h"
#include "data/coco.h"
#include "data/csv.h"
#include "data/pictures.h"
#include "data/scenes_text.h"
#include "data/voc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- formats ------------------------------------------------------------------------------- */

static rn_status load_scenes(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err) {
    return rn_scenes_load_text(dataset, request->data, request->split, err);
}

static const char *find_scenes_split(const char *data, const char *role) {
    static const char *const roles[] = {"train", "val", "test"};
    (void)data;
    for (size_t i = 0; i < RN_COUNT(roles); i++)
        if (strcmp(roles[i], role) == 0) return roles[i];
    return NULL;
}

/* The first that says it is its own. */
static const struct format {
    bool (*is)(const char *data);
    rn_status (*load)(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err);
    const char *(*find_split)(const char *data, const char *role);
} formats[] = {
    {rn_scenes_is, load_scenes, find_scenes_split},
    {rn_coco_is, rn_coco_load, rn_coco_find_split},
    {rn_voc_is, rn_voc_load, rn_voc_find_split},
    {rn_csv_is, rn_csv_load, rn_csv_find_split},
};

static const struct format *find_format(const char *data) {
    for (size_t i = 0; i < RN_COUNT(formats); i++)
        if (formats[i].is(data)) return &formats[i];
    return NULL;
}

const char *rn_dataset_find_split(const char *data, const char *role) {
    const struct format *format = find_format(data);
    return format ? format->find_split(data, role) : NULL;
}

/* Is it there, and may not be looked into? */
static bool is_closed(const char *folder) {
    return rn_file_is_folder(folder) && faccessat(AT_FDCWD, folder, R_OK | X_OK, AT_EACCESS) != 0;
}

static rn_status fail_format(const char *data, rn_err *err) {
    char *annotations = rn_pictures_path(data, "annotations");
    rn_status status;
    if (!rn_file_exists(data))
        status = rn_fail(err, "%s: expected \"scenes\" or a file or folder, got: %s", data,
                         strerror(errno));
    else if (is_closed(data) || is_closed(annotations))
        status = rn_fail(err, "%s: cannot open: %s", is_closed(data) ? data : annotations,
                         strerror(EACCES));
    else if (rn_file_is_folder(data))
        status = rn_fail(err,
                         "%s: expected annotations/instances_SPLIT.json (COCO) or Annotations/ "
                         "with XML files (VOC) in the folder, got neither",
                         data);
    else
        status = rn_fail(
            err, "%s: expected a COCO file (.json), a CSV file (.csv, .txt) or a folder", data);
    free(annotations);
    return status;
}

/* ---- classes that are given ---------------------------------------------------------------- */

static int64_t largest_id(const rn_category *category, int n) {
    int64_t most = 0;
    for (int k = 0; k < n; k++)
        if (category[k].id > most) most = category[k].id;
    return most;
}

/* The classes of the request, with the ids of the file where it knows them; an id of a class that
 * it does not know must not be that of another. */
static rn_category *copy_categories(const rn_category *own, int num_own, const rn_category *given,
                                    const int *to_given, int n) {
    rn_category *copy = rn_vec_zeros((size_t)n, sizeof *copy);
    bool *known = rn_vec_zeros((size_t)n, sizeof *known);
    int64_t next = largest_id(own, num_own);
    if (largest_id(given, n) > next) next = largest_id(given, n);
    for (int k = 0; k < n; k++) copy[k] = (rn_category){given[k].id, rn_vec_text(given[k].name)};
    for (int k = 0; k < num_own; k++) {
        int to = to_given[k];
        if (to < 0 || known[to]) continue;
        copy[to].id = own[k].id;
        known[to] = true;
    }
    for (int k = 0; k < n; k++)
        for (int j = 0; j < num_own && !known[k]; j++)
            if (own[j].id == copy[k].id) {
                copy[k].id = ++next;
                break;
            }
    free(known);
    return copy;
}

static void free_categories(rn_category *category, int n) {
    for (int k = 0; k < n; k++) free(category[k].name);
    free(category);
}

static rn_status map_classes(rn_dataset *d, const rn_category *given, int n, rn_err *err) {
    int *to_given = rn_vec_zeros((size_t)d->num_classes, sizeof *to_given);
    char place[RN_PATH_SIZE + 64];
    rn_status status = RN_OK;
    for (int k = 0; k < d->num_classes; k++)
        to_given[k] = rn_builder_find_class(given, n, &d->category[k]);
    for (size_t i = 0; i < d->num_objects && status == RN_OK; i++) {
        rn_object *object = &d->object[i];
        int label = to_given[object->label];
        if (label < 0)
            status = rn_fail(err, "%s: class: expected one of the %d given, got \"%s\"",
                             rn_dataset_place(place, sizeof place, d, object), n,
                             d->category[object->label].name);
        object->label = label;
    }
    rn_category *copy = copy_categories(d->category, d->num_classes, given, to_given, n);
    free_categories(d->category, d->num_classes);
    free(to_given);
    d->category = copy;
    d->num_classes = n;
    return status;
}

/* ---- loading ------------------------------------------------------------------------------- */

/* "PATH/coco", "train2017" becomes "coco train2017". */
static char *make_name(const rn_dataset_request *request) {
    char *path = rn_vec_text(request->data);
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') path[--n] = '\0';
    const char *last = rn_text_file_name(path), *split = request->split ? request->split : "";
    size_t size = strlen(last) + strlen(split) + 2;
    char *name = rn_vec_zeros(size, 1);
    snprintf(name, size, "%s%s%s", last, *split ? " " : "", split);
    free(path);
    return name;
}

static rn_status finish(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err) {
    if (!dataset->name) dataset->name = make_name(request);
    if (dataset->num_images == 0)
        return rn_fail(err, "%s: expected at least one image, got none", request->data);
    if (request->category)
        return map_classes(dataset, request->category, request->num_classes, err);
    if (dataset->num_classes == 0)
        return rn_fail(err, "%s: expected at least one class, got none", request->data);
    return RN_OK;
}

rn_status rn_dataset_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err) {
    *dataset = (rn_dataset){0};
    const struct format *format = find_format(request->data);
    if (!format) return fail_format(request->data, err);
    rn_status status = format->load(dataset, request, err);
    if (status == RN_OK) status = finish(dataset, request, err);
    if (status != RN_OK) rn_dataset_free(dataset);
    return status;
}

void rn_dataset_free(rn_dataset *dataset) {
    for (size_t i = 0; i < dataset->num_images; i++) {
        free(dataset->image[i].path);
        free(dataset->image[i].file_name);
    }
    for (size_t i = 0; i < dataset->num_files; i++) free(dataset->file[i]);
    free_categories(dataset->category, dataset->num_classes);
    if (dataset->free_source) dataset->free_source(dataset->source);
    free(dataset->image);
    free(dataset->object);
    free(dataset->file);
    free(dataset->name);
    *dataset = (rn_dataset){0};
}

/* ---- what is in it ------------------------------------------------------------------------- */

rn_status rn_dataset_image(rn_image *image, const rn_dataset *dataset, size_t index, rn_err *err) {
    RN_CHECK(index < dataset->num_images, "image %zu of %zu", index, dataset->num_images);
    *image = (rn_image){0};
    if (dataset->render) return dataset->render(image, dataset, index, err);
    return rn_image_load(image, dataset->image[index].path, err);
}

rn_status rn_dataset_measure(rn_dataset *dataset, rn_err *err) {
    for (size_t i = 0; i < dataset->num_images; i++) {
        rn_record *record = &dataset->image[i];
        if ((record->width > 0 && record->height > 0) || !record->path) continue;
        if (rn_image_size(&record->width, &record->height, record->path, err) != RN_OK)
            return RN_ERROR;
    }
    return RN_OK;
}

char *rn_dataset_place(char *out, size_t size, const rn_dataset *dataset, const rn_object *object) {
    const char *file = object->file ? object->file : dataset->name;
    if (dataset->format == RN_FORMAT_COCO)
        snprintf(out, size, "%s: annotations[%ld]", file, object->line);
    else if (object->line > 0)
        snprintf(out, size, "%s:%ld", file, object->line);
    else
        snprintf(out, size, "%s", file ? file : "an object");
    return out;
}

/* Both sums are exact: the rest is a few units in the last place of x2 or y2. */
void rn_object_size(double *w, double *h, const rn_object *object) {
    *w = (object->x2 - object->x1) + object->rest_w;
    *h = (object->y2 - object->y1) + object->rest_h;
}

/* ---- repair -------------------------------------------------------------------------------- */

const char rn_box_policy_choices[] = "drop|clip|error";

static rn_object clip(rn_object box, int width, int height) {
    box.x1 = fmin(fmax(box.x1, 0), width);
    box.x2 = fmin(fmax(box.x2, 0), width);
    box.y1 = fmin(fmax(box.y1, 0), height);
    box.y2 = fmin(fmax(box.y2, 0), height);
    box.rest_w = box.rest_h = 0;
    return box;
}

/* Training computes in single precision, which tells 1/100 pixel apart in the largest picture. */
static bool has_area(const rn_object *box) {
    static const double LEAST = 0.01;
    return box->x2 - box->x1 >= LEAST && box->y2 - box->y1 >= LEAST;
}

rn_box_fault rn_object_fault(const rn_object *object, int width, int height) {
    static const double TOLERANCE = 1; /* pixels */
    const rn_object *b = object;
    if (!isfinite(b->x1) || !isfinite(b->y1) || !isfinite(b->x2) || !isfinite(b->y2))
        return RN_BOX_NOT_FINITE;
    if (!has_area(b)) return RN_BOX_NO_AREA;
    if (width <= 0 || height <= 0) return RN_BOX_FINE;
    rn_object inside = clip(*b, width, height);
    if (!has_area(&inside)) return RN_BOX_OUTSIDE;
    bool near = b->x1 >= -TOLERANCE && b->y1 >= -TOLERANCE && b->x2 <= width + TOLERANCE &&
                b->y2 <= height + TOLERANCE;
    return near ? RN_BOX_FINE : RN_BOX_REACHES_OUT;
}

const char *rn_box_fault_text(rn_box_fault fault) {
    static const char *const texts[] = {"is fine", "is not finite", "has no area",
                                        "lies outside of the image", "reaches out of the image"};
    return texts[fault];
}

static rn_status fail_on_fault(const rn_dataset *d, const rn_record *image, rn_err *err) {
    char place[RN_PATH_SIZE + 64];
    for (size_t k = image->first; k < image->first + image->count; k++) {
        const rn_object *o = &d->object[k];
        rn_box_fault fault = rn_object_fault(o, image->width, image->height);
        if (fault != RN_BOX_FINE)
            return rn_fail(err, "%s: the box (%g, %g, %g, %g) in %s (%d x %d) %s",
                           rn_dataset_place(place, sizeof place, d, o), o->x1, o->y1, o->x2, o->y2,
                           image->file_name, image->width, image->height, rn_box_fault_text(fault));
    }
    return RN_OK;
}

static double box_area(const rn_object *box) { return (box->x2 - box->x1) * (box->y2 - box->y1); }

/* A box that is fine, too, may reach out by up to a pixel. An area that is not the box's (that of
 * COCO's outline) stays. */
static void cut_to_image(rn_object *object, const rn_record *image) {
    if (image->width <= 0 || image->height <= 0) return;
    double area = box_area(object);
    bool own_area = fabs(object->area - area) <= 1e-9 * area;
    *object = clip(*object, image->width, image->height);
    if (own_area) object->area = box_area(object);
}

/* Keeps object[kept ..] dense; returns the new end. */
static size_t repair_image(rn_repair *repair, rn_dataset *d, rn_record *image, size_t kept,
                           rn_box_policy policy) {
    size_t first = kept;
    RN_CHECK(image->first >= kept, "objects are not in the order of their images");
    for (size_t k = image->first; k < image->first + image->count; k++) {
        rn_object object = d->object[k];
        rn_box_fault fault = rn_object_fault(&object, image->width, image->height);
        if (fault != RN_BOX_FINE && fault != RN_BOX_REACHES_OUT) {
            repair->dropped++;
            continue;
        }
        if (fault == RN_BOX_FINE || policy == RN_BOXES_CLIP) cut_to_image(&object, image);
        repair->clipped += fault == RN_BOX_REACHES_OUT && policy == RN_BOXES_CLIP;
        d->object[kept++] = object;
    }
    image->first = first;
    image->count = kept - first;
    return kept;
}

rn_status rn_dataset_repair(rn_repair *repair, rn_dataset *dataset, rn_box_policy policy,
                            rn_err *err) {
    size_t kept = 0;
    *repair = (rn_repair){0};
    for (size_t i = 0; i < dataset->num_images && policy == RN_BOXES_ERROR; i++)
        if (fail_on_fault(dataset, &dataset->image[i], err) != RN_OK) return RN_ERROR;
    for (size_t i = 0; i < dataset->num_images; i++)
        kept = repair_image(repair, dataset, &dataset->image[i], kept, policy);
    dataset->num_objects = kept;
    return RN_OK;
}
