/* voc_file.h: reading one annotation of Pascal VOC; voc.h is the door for everybody else. */
#ifndef RN_DATA_VOC_FILE_H
#define RN_DATA_VOC_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rn_voc_object {
    char *name;
    double corner[4]; /**< xmin, ymin, xmax, ymax, as they stand in the file */
    bool difficult;
    long line;
} rn_voc_object;

/** Zero-initialise; free with rn_voc_file_free. */
typedef struct rn_voc_file {
    char *file_name;   /**< NULL when the file does not say */
    int width, height; /**< 0 when the file does not say */
    rn_voc_object *object;
    size_t count, capacity;
} rn_voc_file;

/** Parts of objects (heads, hands) are not read. Fails on whatever is not well-formed, on a DOCTYPE
 * (which could define entities), on a missing, doubled or unreadable value; `file` is empty then.
 */
rn_status rn_voc_file_read(rn_voc_file *file, const char *path, rn_err *err);

void rn_voc_file_free(rn_voc_file *file);

#endif
