#include "data/builder.h"
#include "base/check.h"
#include "base/vec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

rn_builder rn_builder_begin(rn_dataset *dataset, rn_format format) {
    *dataset = (rn_dataset){.format = format};
    return (rn_builder){.dataset = dataset};
}

const char *rn_builder_file(rn_builder *builder, const char *path) {
    rn_dataset *d = builder->dataset;
    d->file = rn_vec_reserve(d->file, d->num_files + 1, &builder->files, sizeof *d->file);
    return d->file[d->num_files++] = rn_vec_text(path);
}

int rn_builder_category(rn_builder *builder, int64_t id, const char *name) {
    rn_dataset *d = builder->dataset;
    size_t n = (size_t)d->num_classes;
    RN_CHECK(d->num_classes < INT_MAX, "%d classes", d->num_classes);
    d->category = rn_vec_reserve(d->category, n + 1, &builder->categories, sizeof *d->category);
    d->category[n] = (rn_category){id, rn_vec_text(name)};
    return d->num_classes++;
}

size_t rn_builder_image(rn_builder *builder, const rn_record *record) {
    rn_dataset *d = builder->dataset;
    d->image = rn_vec_reserve(d->image, d->num_images + 1, &builder->images, sizeof *d->image);
    rn_record *r = &d->image[d->num_images];
    *r = *record;
    r->path = record->path ? rn_vec_text(record->path) : NULL;
    r->file_name = rn_vec_text(record->file_name);
    r->first = r->count = 0;
    return d->num_images++;
}

void rn_builder_object(rn_builder *builder, size_t image, const rn_object *object) {
    rn_dataset *d = builder->dataset;
    size_t n = d->num_objects;
    RN_CHECK(image < d->num_images, "image %zu of %zu", image, d->num_images);
    d->object = rn_vec_reserve(d->object, n + 1, &builder->objects, sizeof *d->object);
    builder->owner =
        rn_vec_reserve(builder->owner, n + 1, &builder->owners, sizeof *builder->owner);
    d->object[n] = *object;
    builder->owner[n] = image;
    d->num_objects++;
}

/* A counting sort by image. */
void rn_builder_end(rn_builder *builder) {
    rn_dataset *d = builder->dataset;
    rn_object *sorted = rn_vec_zeros(d->num_objects, sizeof *sorted);
    size_t first = 0;
    for (size_t k = 0; k < d->num_objects; k++) d->image[builder->owner[k]].count++;
    for (size_t i = 0; i < d->num_images; i++) {
        d->image[i].first = first;
        first += d->image[i].count;
        d->image[i].count = 0;
    }
    for (size_t k = 0; k < d->num_objects; k++) {
        rn_record *image = &d->image[builder->owner[k]];
        sorted[image->first + image->count++] = d->object[k];
    }
    free(d->object);
    free(builder->owner);
    d->object = sorted;
    *builder = (rn_builder){0};
}

int rn_builder_find_class(const rn_category *list, int n, const rn_category *wanted) {
    int found = -1;
    for (int k = 0; k < n; k++) {
        if (strcmp(list[k].name, wanted->name) != 0) continue;
        if (list[k].id == wanted->id) return k;
        if (found < 0) found = k;
    }
    return found;
}
