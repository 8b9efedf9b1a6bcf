/* coco_file.h: reading one COCO file; coco.h is the door for everybody else. */
#ifndef RN_DATA_COCO_FILE_H
#define RN_DATA_COCO_FILE_H

#include "data/builder.h"

/** Adds a file's images and objects. The first file brings the classes, later ones must do with
 * them. `split` (or NULL) helps to find the pictures, `images` (or NULL) is their folder. */
rn_status rn_coco_file_read(rn_builder *builder, const char *path, const char *split,
                            const char *images, rn_err *err);

#endif
