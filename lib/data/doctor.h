/* doctor.h: what is wrong with a data set, all of it at once, before time is spent on training.
 *
 * A report is findings, each with its place, and counts. Nothing is printed and nothing is changed:
 * rn_dataset_repair mends what the policy covers. */
#ifndef RN_DATA_DOCTOR_H
#define RN_DATA_DOCTOR_H

#include "data/dataset.h"
#include "detect/anchor.h"

#include <stddef.h>

typedef enum rn_severity {
    RN_NOTE,    /**< to be known */
    RN_WARNING, /**< the policy repairs it, or the result will be worse */
    RN_SERIOUS  /**< training or evaluation would stop or go wrong */
} rn_severity;
enum { RN_SEVERITIES = RN_SERIOUS + 1 };

/** Serious or a warning as the policy has it: the first four. */
typedef enum rn_finding_kind {
    RN_FINDING_NOT_FINITE,
    RN_FINDING_NO_AREA,
    RN_FINDING_OUTSIDE,
    RN_FINDING_REACHES_OUT,   /**< left as it is under RN_BOXES_DROP: a note then */
    RN_FINDING_TWICE,         /**< the same image, class and box as another object (warning) */
    RN_FINDING_UNCOVERED,     /**< no anchor fits well enough (warning) */
    RN_FINDING_PICTURE,       /**< missing or unreadable (serious) */
    RN_FINDING_SIZE,          /**< of the picture is not as annotated (serious) */
    RN_FINDING_ANNOTATION_ID, /**< given to several objects (warning) */
    RN_FINDING_CATEGORY_IDS,  /**< with gaps, or not from 1 (note) */
    RN_FINDING_UNUSED_CLASS   /**< without objects (note) */
} rn_finding_kind;
enum { RN_FINDING_KINDS = RN_FINDING_UNUSED_CLASS + 1 };

/** "box is not finite", ... */
extern const char *const rn_finding_names[RN_FINDING_KINDS];

#define RN_FINDING_NONE ((size_t)-1)

typedef struct rn_finding {
    rn_finding_kind kind;
    rn_severity severity;
    size_t image, object; /**< indices in the data set, or RN_FINDING_NONE */
    char *text;           /**< what is wrong, without the place; owned by the report */
} rn_finding;

/** How far the pictures themselves are looked at. */
typedef enum rn_doctor_pictures {
    RN_PICTURES_SKIP,
    RN_PICTURES_HEADER, /**< there, and of the size that is annotated */
    RN_PICTURES_DECODE  /**< readable to the last byte: some milliseconds each, on all threads */
} rn_doctor_pictures;

/** How the network will see objects. */
typedef struct rn_doctor_anchors {
    const rn_anchor_spec *spec;
    double size, max_size; /**< as rn_transform_resize takes them */
    int multiple;          /**< the padded sides are multiples of this */
    float plus_one;        /**< as rn_box_iou takes it */
    double positive_iou;   /**< below this best IoU an object is uncovered */
} rn_doctor_anchors;

typedef struct rn_doctor_options {
    rn_box_policy policy;
    rn_doctor_pictures pictures;
    const rn_doctor_anchors *anchors; /**< NULL: anchors are not looked at */
} rn_doctor_options;

enum { RN_DOCTOR_OCTAVES = 17, RN_DOCTOR_IOUS = 10 };

typedef struct rn_doctor_report {
    rn_finding *finding; /**< by image, then object, then kind; last what concerns the whole set */
    size_t num_findings, capacity;
    size_t kinds[RN_FINDING_KINDS], severities[RN_SEVERITIES]; /**< numbers of findings */
    size_t *class_count; /**< (num_classes) objects, crowds among them */
    int num_classes;
    size_t empty_images;    /**< without objects: they are fine, and teach what background is */
    size_t pictures;        /**< looked at */
    size_t crowds, ignored; /**< objects that are neither found nor missed */
    size_t octave[RN_DOCTOR_OCTAVES]; /**< boxes with sqrt(area) in [2^k, 2^(k+1)), below 1 too in
                                         the first; without area not at all */
    size_t small, medium, large;  /**< by rn_object.area below 32^2, below 96^2, other: what counts
                                     in the evaluation (COCO has 32^2 and 96^2 on both sides) */
    size_t iou[RN_DOCTOR_IOUS];   /**< best IoU with an anchor in [k / 10, (k + 1) / 10); 1 in the
                                     last */
    size_t level[RN_LEVELS_MOST]; /**< which level has that anchor; [0]: the lowest */
    size_t uncovered;             /**< objects below positive_iou */
} rn_doctor_report;

/** Examines a data set that is not yet repaired; free the report with rn_doctor_free. Sizes that
 * the annotations lack are taken from the pictures unless those are skipped. Rendered pictures are
 * not looked at. */
rn_doctor_report rn_doctor_examine(const rn_dataset *dataset, const rn_doctor_options *options);

/** "PLACE: image FILE: box (x1, y1, x2, y2): TEXT", as far as it applies; returns `out`. */
char *rn_finding_line(char *out, size_t size, const rn_dataset *dataset, const rn_finding *finding);

void rn_doctor_free(rn_doctor_report *report);

#endif
