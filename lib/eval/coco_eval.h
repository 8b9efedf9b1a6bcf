/* coco_eval.h: COCO's detection metrics, as pycocotools computes them (cocoeval.py, iouType bbox).
 *
 * Every number is the same to the last bit, for any number of threads.
 *
 * Two intended differences: a ground truth with annotation id 0 matches like any other (pycocotools
 * takes the id for "unmatched"), and a missing area is the box's (pycocotools stops). */
#ifndef RN_EVAL_COCO_EVAL_H
#define RN_EVAL_COCO_EVAL_H

#include <stdbool.h>
#include <stddef.h>

/** One ground truth. Boxes here are COCO's x, y, w, h in double precision. */
typedef struct rn_eval_truth {
    double x, y, w, h, area;
    int image, label; /**< image index, class index */
    bool crowd;       /**< may be found many times; overlaps are relative to the detection's area */
    bool ignore;      /**< counts neither as found nor as missed; a crowd is ignored as well */
} rn_eval_truth;

typedef struct rn_eval_detection {
    double x, y, w, h, score;
    int image, label;
} rn_eval_detection;

enum {
    RN_EVAL_IOUS = 10,     /**< .50 .55 ... .95 */
    RN_EVAL_RECALLS = 101, /**< 0 .01 ... 1 */
    RN_EVAL_AREAS = 4,     /**< all, small, medium, large */
    RN_EVAL_LIMITS = 3,    /**< 1, 10, 100 detections an image */
    RN_EVAL_NUMBERS = 12,
    RN_EVAL_CLASSES_MOST = 1 << 14 /**< 33 kB each */
};

typedef struct rn_eval_options {
    double small_below, large_from; /**< areas in square pixels: 32^2 and 96^2 are COCO's */
    int limit[RN_EVAL_LIMITS];      /**< 1, 10, 100 */
} rn_eval_options;

rn_eval_options rn_eval_options_coco(void);

/** -1 marks "no ground truth of this kind", as in pycocotools. */
typedef struct rn_eval {
    double number[RN_EVAL_NUMBERS]; /**< AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl */
    int num_classes;
    double *precision; /**< (RN_EVAL_IOUS, RN_EVAL_RECALLS, num_classes, RN_EVAL_AREAS), at the
                            largest limit; interpolated: the best at that recall or beyond */
    double *recall;    /**< (RN_EVAL_IOUS, num_classes, RN_EVAL_AREAS, RN_EVAL_LIMITS) */
    size_t *truths;    /**< (num_classes): objects that count (neither crowd nor ignored) */
} rn_eval;

/** Names of the twelve numbers, in order: "AP", "AP50", ... "ARl". */
extern const char *const rn_eval_names[RN_EVAL_NUMBERS];

/** Both lists in any order. Equal scores rank by image index, then by place in the list: count
 * images in the order of COCO's ids to agree with pycocotools. A limit holds for each image and
 * class. Images and labels outside the range abort (RN_CHECK). The caller frees with rn_eval_free.
 */
void rn_eval_compute(rn_eval *eval, const rn_eval_truth *truth, size_t num_truths,
                     const rn_eval_detection *detection, size_t num_detections, int num_images,
                     int num_classes, const rn_eval_options *options);

/** Means over the classes that have ground truth: AP of one class, or of all with label -1. iou: an
 * index into the ten thresholds, or -1 for their mean. area: 0 all, 1 small, 2 medium, 3 large. */
double rn_eval_ap(const rn_eval *eval, int label, int iou, int area);
double rn_eval_ar(const rn_eval *eval, int label, int area, int limit);

/** Entries of the two arrays above. */
double *rn_eval_precision(const rn_eval *eval, int iou, int recall, int label, int area);
double *rn_eval_recall(const rn_eval *eval, int iou, int label, int area, int limit);

/** The thresholds: 0 .. RN_EVAL_IOUS - 1 gives .50 ... .95, 0 .. RN_EVAL_RECALLS - 1 gives 0 ... 1.
 */
double rn_eval_iou_at(int index);
double rn_eval_recall_at(int index);

void rn_eval_free(rn_eval *eval);

#endif
