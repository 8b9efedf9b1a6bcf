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
    double rest_w,
        rest_h;       /**< what rounding took: see rn_object_size; 0 unless read as x, y, w, h */
    double area;      /**< COCO's own area of the outline; the box's where the file has none */
    int64_t id;       /**< annotation id; counted from 1 where the format has none */
    int label;        /**< class */
    bool crowd;       /**< COCO iscrowd */
    bool ignore;      /**< counts neither as found nor as missed (VOC "difficult", COCO "ignore") */
    const char *file; /**< owned by the data set: the file that says so; NULL when rendered */
    long line;        /**< its line there, 0 when unknown; for COCO the index in "annotations" */
} rn_object;

/** Width and height. A file that gives them (COCO) gets back its own numbers to the last bit, where
 * x2 - x1 has lost some to the rounding of x1 + w: an evaluation may depend on them. */
void rn_object_size(double *w, double *h, const rn_object *object);

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

/** Where a data set came from. */
typedef enum rn_format {
    RN_FORMAT_RENDERED, /**< no file: see rn_dataset.render */
    RN_FORMAT_COCO,
    RN_FORMAT_VOC,
    RN_FORMAT_CSV
} rn_format;

typedef struct rn_dataset rn_dataset;
struct rn_dataset {
    char *name; /**< for people: the last part of its path, and the split */
    rn_format format;
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
    /** "scenes", also with parameters (scenes_text.h); a COCO file (.json); a folder with
     * annotations/instances_SPLIT.json (COCO); a folder with Annotations/, ImageSets/Main/SPLIT.txt
     * and JPEGImages/ (VOC); a CSV file. */
    const char *data;
    /** "train+val" joins splits. A name that no split has is taken as a role ("train" finds
     * train2017). NULL: the split for training, or the only one. A file has no splits. */
    const char *split;
    const char *images; /**< folder of the pictures, or NULL: where the format puts them */
    const rn_category
        *category; /**< classes that are given (a checkpoint's), or NULL: the file's */
    int num_classes;
} rn_dataset_request;

/** Finds the format and reads it. Fails on an orphan annotation, an unknown class, no image.
 * Whether boxes make sense is not looked at, and pictures are not opened.
 *
 * Classes of the file: those of COCO in the order of their ids; those of VOC and CSV sorted by
 * name, VOC's from every file in Annotations/, so that splits agree. Given classes are matched by
 * name (by id too where several have the name); an object of another class is an error. The ids of
 * the file are kept, for results; given classes that it does not know get ids that it does not use.
 *
 * Image ids of joined COCO splits stay as they are unless two files use the same one: then images
 * are counted from 1. */
rn_status rn_dataset_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err);

/** Is it there, with that role? "train", "val" or "test" as this data set spells it, or NULL when
 * it has no such split (a file never has). Static text. */
const char *rn_dataset_find_split(const char *data, const char *role);

/** The picture of image `index`; the caller frees. */
rn_status rn_dataset_image(rn_image *image, const rn_dataset *dataset, size_t index, rn_err *err);

/** Takes width and height from the header of the picture where the annotations do not tell. Fails
 * on the first picture that cannot be read. */
rn_status rn_dataset_measure(rn_dataset *dataset, rn_err *err);

/** Writes where an object is annotated, "FILE:LINE" or "FILE: annotations[INDEX]"; returns `out`.
 */
char *rn_dataset_place(char *out, size_t size, const rn_dataset *dataset, const rn_object *object);

void rn_dataset_free(rn_dataset *dataset);

/** What can be wrong with a box, the worst first. */
typedef enum rn_box_fault {
    RN_BOX_FINE,
    RN_BOX_NOT_FINITE,
    RN_BOX_NO_AREA,    /**< a side below 1/100 pixel */
    RN_BOX_OUTSIDE,    /**< no area (as above) within the image */
    RN_BOX_REACHES_OUT /**< over the border of the image, by more than one pixel */
} rn_box_fault;

/** An image of unknown size (0) has no outside. */
rn_box_fault rn_object_fault(const rn_object *object, int width, int height);

/** "is not finite", "has no area", ... */
const char *rn_box_fault_text(rn_box_fault fault);

/** What to do with boxes that training cannot use: not finite, without area, or out of the image.
 */
typedef enum rn_box_policy {
    RN_BOXES_DROP, /**< leave out what is not finite or has no area within the image, count it */
    RN_BOXES_CLIP, /**< the same, and cut the others to the image */
    RN_BOXES_ERROR /**< fail on the first that has a fault */
} rn_box_policy;

/** "drop|clip|error", in the order of the enum. */
extern const char rn_box_policy_choices[];

typedef struct rn_repair {
    size_t dropped, clipped;
} rn_repair;

/** Applies the policy; records stay contiguous over objects. Boxes that reach out of the image by
 * at most one pixel are clipped under every policy and not counted. An image of unknown size clips
 * nothing: call rn_dataset_measure first. On failure the data set is as before. */
rn_status rn_dataset_repair(rn_repair *repair, rn_dataset *dataset, rn_box_policy policy,
                            rn_err *err);

#endif
