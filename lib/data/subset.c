#include "data/subset.h"
#include "base/check.h"

#include <stdlib.h>
#include <string.h>

void rn_dataset_keep(rn_dataset *dataset, const bool *keep) {
    size_t images = 0, objects = 0;
    RN_CHECK(!dataset->render, "%s: a part of a rendered set", dataset->name);
    for (size_t i = 0; i < dataset->num_images; i++) {
        rn_record *record = &dataset->image[i];
        if (!keep[i]) {
            free(record->path);
            free(record->file_name);
            continue;
        }
        memmove(dataset->object + objects, dataset->object + record->first,
                record->count * sizeof *dataset->object);
        record->first = objects;
        objects += record->count;
        dataset->image[images++] = *record;
    }
    dataset->num_images = images;
    dataset->num_objects = objects;
}
