#include "eval/coco_match.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

/* An object while the detections of its group take turns. */
typedef struct rn_coco_state {
    const rn_eval_truth *truth;
    bool ignored[RN_EVAL_AREAS];
    uint16_t taken[RN_EVAL_AREAS]; /* bit t: at threshold t */
} rn_coco_state;

/* An object that a detection might take. */
typedef struct rn_coco_overlap {
    rn_coco_state *state;
    double iou;
} rn_coco_overlap;

rn_coco_matcher rn_coco_matcher_make(const rn_eval_options *options) {
    const double most = 1e5 * 1e5; /* pycocotools' idea of "any size" */
    const double low[RN_EVAL_AREAS] = {0, 0, options->small_below, options->large_from};
    const double high[RN_EVAL_AREAS] = {most, options->small_below, options->large_from, most};
    rn_coco_matcher matcher = {0};
    for (int a = 0; a < RN_EVAL_AREAS; a++) {
        matcher.area_low[a] = low[a];
        matcher.area_high[a] = high[a];
    }
    for (int t = 0; t < RN_EVAL_IOUS; t++) matcher.threshold[t] = rn_eval_iou_at(t);
    return matcher;
}

void rn_coco_matcher_free(rn_coco_matcher *matcher) {
    free(matcher->state);
    free(matcher->overlap);
    *matcher = (rn_coco_matcher){0};
}

bool rn_coco_matcher_outside(const rn_coco_matcher *matcher, double area, int range) {
    return area < matcher->area_low[range] || area > matcher->area_high[range];
}

/* Intersection over union of x, y, w, h boxes; over the detection's own area when the object is a
 * crowd. The order of operations is that of pycocotools (maskApi.c, bbIou), and the Makefile keeps
 * the compiler from fusing them: a threshold may sit right on the value. */
static double overlap_of(const rn_eval_detection *d, const rn_eval_truth *g) {
    double w = fmin(d->w + d->x, g->w + g->x) - fmax(d->x, g->x);
    if (w <= 0) return 0;
    double h = fmin(d->h + d->y, g->h + g->y) - fmax(d->y, g->y);
    if (h <= 0) return 0;
    double intersection = w * h, area = d->w * d->h;
    return intersection / (g->crowd ? area : area + g->w * g->h - intersection);
}

/* The object that a detection takes at one threshold and area range, or NULL. Counting objects
 * first, ignored ones only when none of those will do. */
static rn_coco_state *best_object(const rn_coco_overlap *overlap, size_t count, double threshold,
                                  unsigned bit, int area) {
    rn_coco_state *best = NULL;
    for (int ignored = 0; ignored < 2 && !best; ignored++) {
        double least = threshold;
        for (size_t i = 0; i < count; i++) {
            rn_coco_state *state = overlap[i].state;
            if (state->ignored[area] != (ignored == 1)) continue;
            if ((state->taken[area] & bit) && !state->truth->crowd) continue;
            if (overlap[i].iou < least) continue;
            least = overlap[i].iou;
            best = state;
        }
    }
    return best;
}

/* Objects below the lowest threshold are out at every threshold; few are left. */
static size_t find_overlaps(rn_coco_matcher *matcher, size_t num_states,
                            const rn_eval_detection *detection) {
    size_t count = 0;
    for (size_t g = 0; g < num_states; g++) {
        double iou = overlap_of(detection, matcher->state[g].truth);
        if (iou < matcher->threshold[0]) continue;
        matcher->overlap[count++] = (rn_coco_overlap){&matcher->state[g], iou};
    }
    return count;
}

static void match_detection(rn_coco_match *match, rn_coco_matcher *matcher, size_t num_states,
                            const rn_eval_detection *detection) {
    size_t count = find_overlaps(matcher, num_states, detection);
    for (int a = 0; a < RN_EVAL_AREAS; a++) {
        bool outside = rn_coco_matcher_outside(matcher, detection->w * detection->h, a);
        unsigned found = 0, ignored = 0;
        for (int t = 0; t < RN_EVAL_IOUS; t++) {
            unsigned bit = 1U << t;
            rn_coco_state *state =
                count ? best_object(matcher->overlap, count, matcher->threshold[t], bit, a) : NULL;
            if (state) state->taken[a] = (uint16_t)(state->taken[a] | bit);
            if (state) found |= bit;
            if (state ? state->ignored[a] : outside) ignored |= bit;
        }
        match->found[a] = (uint16_t)found;
        match->ignored[a] = (uint16_t)ignored;
    }
}

void rn_coco_match_group(rn_coco_match *match, rn_coco_matcher *matcher,
                         const rn_coco_groups *groups, const rn_coco_group *group, size_t count,
                         const rn_eval_truth *truth, const rn_eval_detection *detection) {
    size_t n = group->num_truths;
    matcher->state =
        rn_vec_reserve(matcher->state, n, &matcher->state_capacity, sizeof *matcher->state);
    matcher->overlap =
        rn_vec_reserve(matcher->overlap, n, &matcher->overlap_capacity, sizeof *matcher->overlap);
    for (size_t g = 0; g < n; g++) {
        const rn_eval_truth *object = &truth[groups->truth[group->first_truth + g]];
        rn_coco_state *state = &matcher->state[g];
        *state = (rn_coco_state){.truth = object};
        for (int a = 0; a < RN_EVAL_AREAS; a++)
            state->ignored[a] = object->crowd || object->ignore ||
                                rn_coco_matcher_outside(matcher, object->area, a);
    }
    for (size_t i = 0; i < count; i++)
        match_detection(&match[i], matcher, n,
                        &detection[groups->rank[group->first_rank + i].index]);
}
