#include "data/same.h"
#include "base/vec.h"

#include <stdlib.h>

static int compare_numbers(double a, double b) { return (a > b) - (a < b); }

static int compare_boxes(const rn_object *a, const rn_object *b) {
    int order = compare_numbers(a->label, b->label);
    if (!order) order = compare_numbers(a->crowd, b->crowd);
    if (!order) order = compare_numbers(a->x1, b->x1);
    if (!order) order = compare_numbers(a->y1, b->y1);
    if (!order) order = compare_numbers(a->x2, b->x2);
    return order ? order : compare_numbers(a->y2, b->y2);
}

static int compare_ids(const rn_object *a, const rn_object *b) {
    return (a->id > b->id) - (a->id < b->id);
}

/* For qsort on pointers: total orders, by the place in the data set at last. */
static int by_box(const void *a, const void *b) {
    const rn_object *p = *(const rn_object *const *)a, *q = *(const rn_object *const *)b;
    int order = compare_boxes(p, q);
    return order ? order : (p > q) - (p < q);
}

static int by_id(const void *a, const void *b) {
    const rn_object *p = *(const rn_object *const *)a, *q = *(const rn_object *const *)b;
    int order = compare_ids(p, q);
    return order ? order : (p > q) - (p < q);
}

/* Sorts n objects of the data set; equal ones are neighbours then, the first in front. */
static void find_earlier(size_t *earlier, const rn_dataset *dataset, const rn_object **object,
                         size_t n, int (*order)(const void *, const void *),
                         int (*compare)(const rn_object *, const rn_object *)) {
    if (n) qsort(object, n, sizeof *object, order);
    for (size_t i = 1, first = 0; i < n; i++)
        if (compare(object[i], object[first]) != 0)
            first = i;
        else
            earlier[object[i] - dataset->object] = (size_t)(object[first] - dataset->object);
}

void rn_same_boxes(size_t *earlier, const rn_dataset *d) {
    const rn_object **object = rn_vec_zeros(d->num_objects, sizeof *object);
    for (size_t k = 0; k < d->num_objects; k++) earlier[k] = RN_SAME_NONE;
    for (size_t i = 0; i < d->num_images; i++) {
        size_t n = 0;
        for (size_t k = 0; k < d->image[i].count; k++) {
            const rn_object *o = &d->object[d->image[i].first + k];
            if (rn_object_fault(o, 0, 0) != RN_BOX_NOT_FINITE) object[n++] = o;
        }
        find_earlier(earlier, d, object, n, by_box, compare_boxes);
    }
    free(object);
}

void rn_same_ids(size_t *earlier, const rn_dataset *d) {
    for (size_t k = 0; k < d->num_objects; k++) earlier[k] = RN_SAME_NONE;
    if (d->format != RN_FORMAT_COCO) return;
    const rn_object **object = rn_vec_zeros(d->num_objects, sizeof *object);
    for (size_t k = 0; k < d->num_objects; k++) object[k] = &d->object[k];
    find_earlier(earlier, d, object, d->num_objects, by_id, compare_ids);
    free(object);
}
