/* coco_group.h: detections and objects, brought together by class and image.
 *
 * COCO's evaluation compares only what belongs to the same image and the same class. This is the
 * one place that puts the two lists in order; matching (coco_match.h) and accumulation
 * (coco_eval.h) then work on ranges. */
#ifndef RN_EVAL_COCO_GROUP_H
#define RN_EVAL_COCO_GROUP_H

#include "eval/coco_eval.h"

#include <stddef.h>

/** One image and class: ranges of rn_coco_groups.truth and .rank. */
typedef struct rn_coco_group {
    int label, image;
    size_t first_truth, num_truths;
    size_t first_rank, num_ranks;
} rn_coco_group;

/** A detection by its score. */
typedef struct rn_coco_rank {
    double score;
    size_t index; /**< into the list the groups were made of */
} rn_coco_rank;

/** Groups in the order (class, image), only those with an object or a detection. */
typedef struct rn_coco_groups {
    rn_coco_group *group;
    size_t *class_first; /**< (num_classes + 1): group[class_first[c] .. class_first[c + 1] - 1] */
    size_t *truth;       /**< indices of objects, grouped, in the given order within a group */
    rn_coco_rank *rank;  /**< detections, grouped; sorted within a group by rn_coco_rank_sort */
} rn_coco_groups;

/** RN_CHECKs that images and labels are within range. The caller frees with rn_coco_groups_free. */
void rn_coco_groups_make(rn_coco_groups *groups, const rn_eval_truth *truth, size_t num_truths,
                         const rn_eval_detection *detection, size_t num_detections, int num_images,
                         int num_classes);

void rn_coco_groups_free(rn_coco_groups *groups);

/** Best first; equal scores by index, scores that are NaN last: a total order, the one that numpy's
 * stable argsort of the negated scores gives. */
void rn_coco_rank_sort(rn_coco_rank *rank, size_t n);

#endif
