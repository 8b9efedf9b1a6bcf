/* coco_match.h: which detection finds which object, in one image and class (pycocotools,
 * evaluateImg).
 *
 * Detections take turns, best first. Each takes the free object with the largest IoU, the last
 * among equals, if that reaches the threshold; an object that counts is preferred to one that is
 * ignored; a crowd can be taken many times. All ten thresholds and all four area ranges are settled
 * in one pass, since they see the same overlaps. */
#ifndef RN_EVAL_COCO_MATCH_H
#define RN_EVAL_COCO_MATCH_H

#include "eval/coco_group.h"

#include <stdint.h>

/** What became of a detection: bit t stands for IoU threshold t. It is a true positive where it has
 * found something and is not ignored, a false positive where neither. */
typedef struct rn_coco_match {
    uint16_t found[RN_EVAL_AREAS];
    uint16_t ignored[RN_EVAL_AREAS]; /**< found an ignored object, or nothing and is out of range */
} rn_coco_match;

/** What does not change from group to group, and room to work in. */
typedef struct rn_coco_matcher {
    double threshold[RN_EVAL_IOUS];
    double area_low[RN_EVAL_AREAS], area_high[RN_EVAL_AREAS]; /**< both ends included */
    struct rn_coco_state *state;                              /**< of the group's objects */
    struct rn_coco_overlap *overlap;
    size_t state_capacity, overlap_capacity;
} rn_coco_matcher;

/** One for each thread; free with rn_coco_matcher_free. */
rn_coco_matcher rn_coco_matcher_make(const rn_eval_options *options);
void rn_coco_matcher_free(rn_coco_matcher *matcher);

/** Is an area outside the range, as an object's or a detection's? */
bool rn_coco_matcher_outside(const rn_coco_matcher *matcher, double area, int range);

/** match: (count), for the group's first `count` ranks, which are sorted. `truth` and `detection`
 * are the lists that the groups were made of. */
void rn_coco_match_group(rn_coco_match *match, rn_coco_matcher *matcher,
                         const rn_coco_groups *groups, const rn_coco_group *group, size_t count,
                         const rn_eval_truth *truth, const rn_eval_detection *detection);

#endif
