#include "eval/coco_eval.h"
#include "base/check.h"
#include "base/vec.h"
#include "eval/coco_curve.h"
#include "eval/coco_match.h"

#include <stdlib.h>

const char *const rn_eval_names[RN_EVAL_NUMBERS] = {"AP",  "AP50", "AP75",  "APs", "APm", "APl",
                                                    "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};

rn_eval_options rn_eval_options_coco(void) {
    return (rn_eval_options){.small_below = 32 * 32, .large_from = 96 * 96, .limit = {1, 10, 100}};
}

/* numpy's linspace, digit for digit. No threshold reaches 1 - 1e-10, where pycocotools caps them.
 */
double rn_eval_iou_at(int index) {
    const double step = (0.95 - 0.5) / (RN_EVAL_IOUS - 1);
    return index == RN_EVAL_IOUS - 1 ? 0.95 : index * step + 0.5;
}

double rn_eval_recall_at(int index) {
    return index == RN_EVAL_RECALLS - 1 ? 1.0 : index * (1.0 / (RN_EVAL_RECALLS - 1));
}

double *rn_eval_precision(const rn_eval *eval, int iou, int recall, int label, int area) {
    size_t row = (size_t)iou * RN_EVAL_RECALLS + (size_t)recall;
    return eval->precision + (row * (size_t)eval->num_classes + (size_t)label) * RN_EVAL_AREAS +
           area;
}

double *rn_eval_recall(const rn_eval *eval, int iou, int label, int area, int limit) {
    size_t row = (size_t)iou * (size_t)eval->num_classes + (size_t)label;
    return eval->recall + (row * RN_EVAL_AREAS + (size_t)area) * RN_EVAL_LIMITS + limit;
}

/* What the steps of one evaluation share. */
typedef struct evaluation {
    rn_eval *eval;
    const rn_eval_options *options;
    const rn_eval_truth *truth;
    const rn_eval_detection *detection;
    rn_coco_groups groups;
    rn_coco_match *match;  /* in the order of groups.rank; beyond the largest limit unused */
    rn_coco_match *ranked; /* the same, class by class and best first, within the largest limit */
    size_t *class_first;   /* (num_classes + 1): ranges of `ranked` */
} evaluation;

/* How many of a group's detections are looked at, under one of the limits. */
static size_t within_limit(const evaluation *e, const rn_coco_group *group, int limit) {
    size_t most = (size_t)e->options->limit[limit];
    return group->num_ranks < most ? group->num_ranks : most;
}

static void match_groups(evaluation *e) {
    long count = (long)e->groups.class_first[e->eval->num_classes];
#pragma omp parallel
    {
        rn_coco_matcher matcher = rn_coco_matcher_make(e->options);
#pragma omp for schedule(dynamic, 64)
        for (long i = 0; i < count; i++) {
            const rn_coco_group *group = &e->groups.group[i];
            rn_coco_rank_sort(e->groups.rank + group->first_rank, group->num_ranks);
            rn_coco_match_group(e->match + group->first_rank, &matcher, &e->groups, group,
                                within_limit(e, group, RN_EVAL_LIMITS - 1), e->truth, e->detection);
        }
        rn_coco_matcher_free(&matcher);
    }
}

/* Reserves each class its range of `ranked`. */
static void lay_out_classes(evaluation *e) {
    int num_classes = e->eval->num_classes;
    for (size_t i = 0; i < e->groups.class_first[num_classes]; i++) {
        const rn_coco_group *group = &e->groups.group[i];
        e->class_first[group->label + 1] += within_limit(e, group, RN_EVAL_LIMITS - 1);
    }
    for (int c = 0; c < num_classes; c++) e->class_first[c + 1] += e->class_first[c];
}

/* A class's detections of all images, best first; equal scores stay in the order of the images. */
static void rank_class(evaluation *e, int label) {
    size_t first = e->class_first[label], n = e->class_first[label + 1] - first, at = 0;
    rn_coco_rank *order = rn_vec_zeros(n, sizeof *order);
    for (size_t i = e->groups.class_first[label]; i < e->groups.class_first[label + 1]; i++) {
        const rn_coco_group *group = &e->groups.group[i];
        for (size_t k = 0; k < within_limit(e, group, RN_EVAL_LIMITS - 1); k++) {
            size_t index = group->first_rank + k;
            order[at++] = (rn_coco_rank){e->groups.rank[index].score, index};
        }
    }
    rn_coco_rank_sort(order, n);
    for (size_t i = 0; i < n; i++) e->ranked[first + i] = e->match[order[i].index];
    free(order);
}

/* Objects of a class that count, of any area (area < 0) or within a range. */
static size_t count_truths(const evaluation *e, const rn_coco_matcher *matcher, int label,
                           int area) {
    size_t count = 0;
    for (size_t i = e->groups.class_first[label]; i < e->groups.class_first[label + 1]; i++) {
        const rn_coco_group *group = &e->groups.group[i];
        for (size_t k = 0; k < group->num_truths; k++) {
            const rn_eval_truth *truth = &e->truth[e->groups.truth[group->first_truth + k]];
            bool outside = area >= 0 && rn_coco_matcher_outside(matcher, truth->area, area);
            count += !truth->crowd && !truth->ignore && !outside;
        }
    }
    return count;
}

/* True positives among a group's detections number first .. last - 1, added to hits[t]. */
static void count_hits(size_t hits[RN_EVAL_IOUS], const rn_coco_match *match, size_t first,
                       size_t last, int area) {
    for (size_t k = first; k < last; k++) {
        unsigned hit = match[k].found[area] & ~(unsigned)match[k].ignored[area];
        for (int t = 0; hit; t++, hit >>= 1) hits[t] += hit & 1U;
    }
}

static void fill_recall(evaluation *e, int label, int area, size_t truths) {
    size_t hits[RN_EVAL_LIMITS][RN_EVAL_IOUS] = {{0}};
    for (size_t i = e->groups.class_first[label]; i < e->groups.class_first[label + 1]; i++) {
        const rn_coco_group *group = &e->groups.group[i];
        for (int m = 0; m < RN_EVAL_LIMITS; m++)
            count_hits(hits[m], e->match + group->first_rank, m ? within_limit(e, group, m - 1) : 0,
                       within_limit(e, group, m), area);
    }
    for (int t = 0; t < RN_EVAL_IOUS; t++)
        for (size_t m = 0, sum = 0; m < RN_EVAL_LIMITS; m++) {
            sum += hits[m][t];
            *rn_eval_recall(e->eval, t, label, area, (int)m) = (double)sum / (double)truths;
        }
}

static void accumulate(evaluation *e, const rn_coco_matcher *matcher, int label, int area) {
    size_t truths = count_truths(e, matcher, label, area), first = e->class_first[label];
    if (truths == 0) return; /* everything stays at -1 */
    for (int t = 0; t < RN_EVAL_IOUS; t++)
        rn_coco_curve(rn_eval_precision(e->eval, t, 0, label, area),
                      (size_t)e->eval->num_classes * RN_EVAL_AREAS, e->ranked + first,
                      e->class_first[label + 1] - first, area, t, truths);
    fill_recall(e, label, area, truths);
}

static void accumulate_classes(evaluation *e) {
    rn_coco_matcher matcher = rn_coco_matcher_make(e->options);
    int num_classes = e->eval->num_classes;
#pragma omp parallel for schedule(dynamic, 1)
    for (int c = 0; c < num_classes; c++) {
        rank_class(e, c);
        e->eval->truths[c] = count_truths(e, &matcher, c, -1);
    }
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < num_classes * RN_EVAL_AREAS; i++)
        accumulate(e, &matcher, i / RN_EVAL_AREAS, i % RN_EVAL_AREAS);
    rn_coco_matcher_free(&matcher);
}

static void summarize(rn_eval *eval) {
    const double number[RN_EVAL_NUMBERS] = {
        rn_eval_ap(eval, -1, -1, 0), rn_eval_ap(eval, -1, 0, 0),
        rn_eval_ap(eval, -1, 5, 0), /* .75 */
        rn_eval_ap(eval, -1, -1, 1), rn_eval_ap(eval, -1, -1, 2),
        rn_eval_ap(eval, -1, -1, 3), rn_eval_ar(eval, -1, 0, 0),
        rn_eval_ar(eval, -1, 0, 1),  rn_eval_ar(eval, -1, 0, 2),
        rn_eval_ar(eval, -1, 1, 2),  rn_eval_ar(eval, -1, 2, 2),
        rn_eval_ar(eval, -1, 3, 2),
    };
    for (int i = 0; i < RN_EVAL_NUMBERS; i++) eval->number[i] = number[i];
}

static double *minus_ones(size_t n) {
    double *value = rn_vec_zeros(n, sizeof *value);
    for (size_t i = 0; i < n; i++) value[i] = -1;
    return value;
}

void rn_eval_compute(rn_eval *eval, const rn_eval_truth *truth, size_t num_truths,
                     const rn_eval_detection *detection, size_t num_detections, int num_images,
                     int num_classes, const rn_eval_options *options) {
    const int *limit = options->limit;
    RN_CHECK(limit[0] >= 1 && limit[0] <= limit[1] && limit[1] <= limit[2],
             "limits %d, %d, %d must rise", limit[0], limit[1], limit[2]);
    RN_CHECK(num_images >= 0 && num_classes >= 0 && num_classes <= RN_EVAL_CLASSES_MOST,
             "%d images, %d classes", num_images, num_classes);
    size_t classes = (size_t)num_classes;
    *eval = (rn_eval){.num_classes = num_classes};
    eval->precision = minus_ones(classes * RN_EVAL_IOUS * RN_EVAL_RECALLS * RN_EVAL_AREAS);
    eval->recall = minus_ones(classes * RN_EVAL_IOUS * RN_EVAL_AREAS * RN_EVAL_LIMITS);
    eval->truths = rn_vec_zeros(classes, sizeof *eval->truths);

    evaluation e = {.eval = eval, .options = options, .truth = truth, .detection = detection};
    rn_coco_groups_make(&e.groups, truth, num_truths, detection, num_detections, num_images,
                        num_classes);
    e.match = rn_vec_zeros(num_detections, sizeof *e.match);
    match_groups(&e);
    e.class_first = rn_vec_zeros(classes + 1, sizeof *e.class_first);
    lay_out_classes(&e);
    e.ranked = rn_vec_zeros(e.class_first[num_classes], sizeof *e.ranked);
    accumulate_classes(&e);
    summarize(eval);
    free(e.match);
    free(e.ranked);
    free(e.class_first);
    rn_coco_groups_free(&e.groups);
}

/* The range of an index that may be -1 for "all". */
typedef struct range {
    int first, last;
} range;

static range index_range(int index, int count) {
    RN_CHECK(index >= -1 && index < count, "index %d, expected -1 to %d", index, count - 1);
    return index < 0 ? (range){0, count} : (range){index, index + 1};
}

double rn_eval_ap(const rn_eval *eval, int label, int iou, int area) {
    range ious = index_range(iou, RN_EVAL_IOUS), labels = index_range(label, eval->num_classes);
    double *value =
        rn_vec_zeros((size_t)RN_EVAL_IOUS * RN_EVAL_RECALLS * (size_t)(labels.last - labels.first),
                     sizeof *value);
    size_t n = 0;
    for (int t = ious.first; t < ious.last; t++)
        for (int r = 0; r < RN_EVAL_RECALLS; r++)
            for (int c = labels.first; c < labels.last; c++) {
                double p = *rn_eval_precision(eval, t, r, c, area);
                if (p > -1) value[n++] = p;
            }
    double mean = n ? rn_coco_mean(value, n) : -1;
    free(value);
    return mean;
}

double rn_eval_ar(const rn_eval *eval, int label, int area, int limit) {
    range labels = index_range(label, eval->num_classes);
    double *value =
        rn_vec_zeros((size_t)RN_EVAL_IOUS * (size_t)(labels.last - labels.first), sizeof *value);
    size_t n = 0;
    for (int t = 0; t < RN_EVAL_IOUS; t++)
        for (int c = labels.first; c < labels.last; c++) {
            double recall = *rn_eval_recall(eval, t, c, area, limit);
            if (recall > -1) value[n++] = recall;
        }
    double mean = n ? rn_coco_mean(value, n) : -1;
    free(value);
    return mean;
}

void rn_eval_free(rn_eval *eval) {
    free(eval->precision);
    free(eval->recall);
    free(eval->truths);
    *eval = (rn_eval){0};
}
