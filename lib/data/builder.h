/* builder.h: putting a data set together, its objects in any order.
 *
 * Between rn_builder_begin and rn_builder_end, records have no objects yet (first, count are not
 * set). Texts in records and categories are copied. */
#ifndef RN_DATA_BUILDER_H
#define RN_DATA_BUILDER_H

#include "data/dataset.h"

#include <stddef.h>

/** Coordinates in files are finite and at most this far from 0; whatever is not is an error there.
 */
#define RN_COORDINATE_MOST 1e9

typedef struct rn_builder {
    rn_dataset *dataset;
    size_t *owner;                                     /**< image of each object */
    size_t images, objects, owners, categories, files; /**< capacities */
} rn_builder;

/** `dataset` becomes empty. */
rn_builder rn_builder_begin(rn_dataset *dataset, rn_format format);

/** A file that objects come from: the text that belongs into rn_object.file. */
const char *rn_builder_file(rn_builder *builder, const char *path);

/** Returns the class. */
int rn_builder_category(rn_builder *builder, int64_t id, const char *name);

/** Adds an image with `path` (may be NULL), `file_name`, id and size of `record`; returns its
 * index.
 */
size_t rn_builder_image(rn_builder *builder, const rn_record *record);

void rn_builder_object(rn_builder *builder, size_t image, const rn_object *object);

/** Groups the objects by image, in the order in which they were added. */
void rn_builder_end(rn_builder *builder);

/** Index in list[0 .. n-1] of the class with that name, with that id where several have the name;
 * -1 when none has it. */
int rn_builder_find_class(const rn_category *list, int n, const rn_category *wanted);

#endif
