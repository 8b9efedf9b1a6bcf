/* dataset.h: images, their objects and their classes, whatever file they came from.
 *
 * Classes are counted 0 .. num_classes - 1 in the order of the categories; the file's own ids (with
 * gaps, from 0 or 1) are kept beside them. Annotations are kept as they stand in the file, bad
 * boxes included: rn_dataset_repair applies a policy, rn_doctor (doctor.h) reports. */
#ifndef RN_DATA_DATASET_H
#define RN_DATA_DATASET_H

#include "base/err.h"
#include "data/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One annotated object; the box is half-open, in pixels of the image as a viewer shows it.
 * Doubles, since the evaluation must agree with COCO's in the last digit. */
typedef struct rn_object {
    double x1, y1, x2, y2;
    double area;      /**< COCO's own area of the outline; the box's where the file has none */
    int64_t id;       /**< annotation id; counted from 1 where the format has none */
    int label;        /**< class */
    bool crowd;       /**< COCO iscrowd */
    bool ignore;      /**< counts neither as found nor as missed (VOC "difficult", COCO "ignore") */
    const char *file; /**< owned by the data set: the file that says so */
    long line;        /**< its line there, 0 when unknown; for COCO the index in "annotations" */
} rn_object;

typedef struct rn_record {
    char *path;          /**< of the picture; NULL when it is rendered */
    char *file_name;     /**< as the annotation file has it, for results */
    int64_t id;          /**< COCO image id; counted from 1 elsewhere */
    int width, height;   /**< as annotated; 0 when the file does not say */
    size_t first, count; /**< its objects: object[first .. first + count - 1] */
} rn_record;

typedef struct rn_category {
    int64_t id;
    char *name;
} rn_category;

typedef struct rn_dataset rn_dataset;
struct rn_dataset {
    char *name;
    rn_record *image;
    size_t num_images;
    rn_object *object;
    size_t num_objects;
    rn_category *category;
    int num_classes;
    char **file; /**< texts that rn_object.file points to */
    size_t num_files;
    /** How a picture comes about; NULL means from record->path. `source` belongs to the data set
     * and is freed by free_source. Must be safe to call from several threads. */
    rn_status (*render)(rn_image *image, const rn_dataset *dataset, size_t index, rn_err *err);
    void *source;
    void (*free_source)(void *source);
};

/** What a user named: --data, --split, --images. */
typedef struct rn_dataset_request {
    const char *data;   /**< "scenes", a COCO file or folder, a VOC folder, a CSV file */
    const char *split;  /**< NULL: the format's default; "train+val" joins splits */
    const char *images; /**< folder of the pictures, or NULL: where the format puts them */
    const rn_category
        *category; /**< classes that are given (a checkpoint's), or NULL: the file's */
    int num_classes;
} rn_dataset_request;

/** Finds the format and reads it. Fails on an orphan annotation, an unknown class, no image. */
rn_status rn_dataset_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err);

/** Is it there, with that role? "train", "val" or "test" as this format spells it, or NULL when the
 * data set has no such split. Static text. */
const char *rn_dataset_find_split(const char *data, const char *role);

/** The picture of image `index`; the caller frees. */
rn_status rn_dataset_image(rn_image *image, const rn_dataset *dataset, size_t index, rn_err *err);

void rn_dataset_free(rn_dataset *dataset);

/** What to do with boxes that training cannot use: not finite, without area, or out of the image.
 */
typedef enum rn_box_policy {
    RN_BOXES_DROP, /**< leave out what is degenerate after clipping, count it */
    RN_BOXES_CLIP, /**< cut boxes to the image; drop what has no area left */
    RN_BOXES_ERROR /**< fail on the first */
} rn_box_policy;

/** "drop|clip|error", in the order of the enum. */
extern const char rn_box_policy_choices[];

typedef struct rn_repair {
    size_t dropped, clipped;
} rn_repair;

/** Applies the policy; records stay contiguous over objects. Boxes that reach out of the image by
 * at most one pixel are clipped under every policy and not counted. */
rn_status rn_dataset_repair(rn_repair *repair, rn_dataset *dataset, rn_box_policy policy,
                            rn_err *err);

#endif
