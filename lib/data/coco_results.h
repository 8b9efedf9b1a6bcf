/* coco_results.h: COCO's list of results, [{"image_id", "category_id", "bbox", "score"}, ...].
 *
 * Ids are the ground truth's own; boxes are x, y, w, h in pixels. Other members of an entry are
 * skipped on reading. Reading takes the file and 64 bytes an entry, no tree. */
#ifndef RN_DATA_COCO_RESULTS_H
#define RN_DATA_COCO_RESULTS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef struct rn_coco_result {
    int64_t image, category;
    double x, y, w, h, score;
    const char *file_name; /**< written if not NULL; NULL after reading. Not owned */
} rn_coco_result;

/** Zero-initialise. */
typedef struct rn_coco_results {
    rn_coco_result *item;
    size_t count;
} rn_coco_results;

/** Reads a whole list, in its order; [] is a list. Entries need all four members, ids that are
 * whole numbers, and finite numbers. Fails with "FILE:LINE:COLUMN: results[INDEX]: KEY: ...", and
 * leaves *results empty. Free with rn_coco_results_free. */
rn_status rn_coco_results_load(rn_coco_results *results, const char *path, rn_err *err);

/** Writes a list, one entry a line, with as few digits as give the same numbers back. Fails on
 * numbers that are not finite, and then writes nothing. */
rn_status rn_coco_results_save(const rn_coco_result *item, size_t count, const char *path,
                               rn_err *err);

void rn_coco_results_free(rn_coco_results *results);

#endif
