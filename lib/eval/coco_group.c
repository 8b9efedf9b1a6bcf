#include "eval/coco_group.h"
#include "base/check.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

/* Where an entry of either list belongs. */
typedef struct key {
    int label, image;
} key;

static int compare_ranks(const void *left, const void *right) {
    const rn_coco_rank *a = left, *b = right;
    if (a->score != b->score && !(isnan(a->score) && isnan(b->score)))
        return a->score > b->score || isnan(b->score) ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

void rn_coco_rank_sort(rn_coco_rank *rank, size_t n) {
    if (n > 1) qsort(rank, n, sizeof *rank, compare_ranks);
}

/* One pass of a stable counting sort: out receives the indices of `in` by label or by image. */
static void sort_pass(size_t *out, const size_t *in, const key *keys, size_t n, int buckets,
                      bool by_label) {
    size_t *start = rn_vec_zeros((size_t)buckets + 1, sizeof *start);
    for (size_t i = 0; i < n; i++) start[(by_label ? keys[i].label : keys[i].image) + 1]++;
    for (int b = 0; b < buckets; b++) start[b + 1] += start[b];
    for (size_t i = 0; i < n; i++) {
        key k = keys[in[i]];
        out[start[by_label ? k.label : k.image]++] = in[i];
    }
    free(start);
}

/* Indices 0 .. n - 1 by (label, image), otherwise as they came. The caller frees. */
static size_t *sorted_indices(const key *keys, size_t n, int num_images, int num_classes) {
    bool in_range = true;
    for (size_t i = 0; i < n; i++)
        in_range &= keys[i].image >= 0 && keys[i].image < num_images && keys[i].label >= 0 &&
                    keys[i].label < num_classes;
    RN_CHECK(in_range, "an entry outside the %d images or the %d classes", num_images, num_classes);
    size_t *order = rn_vec_zeros(n, sizeof *order), *by_image = rn_vec_zeros(n, sizeof *by_image);
    for (size_t i = 0; i < n; i++) order[i] = i;
    sort_pass(by_image, order, keys, n, num_images, false);
    sort_pass(order, by_image, keys, n, num_classes, true);
    free(by_image);
    return order;
}

static int compare_keys(key a, key b) {
    if (a.label != b.label) return a.label < b.label ? -1 : 1;
    return a.image < b.image ? -1 : a.image > b.image;
}

/* Length of the run of entries from `first` on that belong to k. */
static size_t run_length(const size_t *order, const key *keys, size_t first, size_t n, key k) {
    size_t last = first;
    while (last < n && compare_keys(keys[order[last]], k) == 0) last++;
    return last - first;
}

/* Walks both sorted lists side by side. */
static void find_groups(rn_coco_groups *groups, const size_t *truths, const key *truth_key,
                        size_t num_truths, const size_t *detections, const key *detection_key,
                        size_t num_detections, int num_classes) {
    size_t count = 0, capacity = 0, t = 0, d = 0;
    groups->class_first = rn_vec_zeros((size_t)num_classes + 1, sizeof *groups->class_first);
    while (t < num_truths || d < num_detections) {
        key k = t < num_truths ? truth_key[truths[t]] : detection_key[detections[d]];
        if (d < num_detections && compare_keys(detection_key[detections[d]], k) < 0)
            k = detection_key[detections[d]];
        groups->group = rn_vec_reserve(groups->group, count + 1, &capacity, sizeof *groups->group);
        rn_coco_group *group = &groups->group[count++];
        *group = (rn_coco_group){.label = k.label, .image = k.image};
        group->first_truth = t;
        group->first_rank = d;
        t += group->num_truths = run_length(truths, truth_key, t, num_truths, k);
        d += group->num_ranks = run_length(detections, detection_key, d, num_detections, k);
        groups->class_first[k.label + 1]++;
    }
    for (int c = 0; c < num_classes; c++) groups->class_first[c + 1] += groups->class_first[c];
}

void rn_coco_groups_make(rn_coco_groups *groups, const rn_eval_truth *truth, size_t num_truths,
                         const rn_eval_detection *detection, size_t num_detections, int num_images,
                         int num_classes) {
    key *truth_key = rn_vec_zeros(num_truths, sizeof *truth_key);
    key *detection_key = rn_vec_zeros(num_detections, sizeof *detection_key);
    for (size_t i = 0; i < num_truths; i++) truth_key[i] = (key){truth[i].label, truth[i].image};
    for (size_t i = 0; i < num_detections; i++)
        detection_key[i] = (key){detection[i].label, detection[i].image};

    *groups = (rn_coco_groups){0};
    groups->truth = sorted_indices(truth_key, num_truths, num_images, num_classes);
    size_t *order = sorted_indices(detection_key, num_detections, num_images, num_classes);
    find_groups(groups, groups->truth, truth_key, num_truths, order, detection_key, num_detections,
                num_classes);
    groups->rank = rn_vec_zeros(num_detections, sizeof *groups->rank);
    for (size_t i = 0; i < num_detections; i++)
        groups->rank[i] = (rn_coco_rank){.score = detection[order[i]].score, .index = order[i]};
    free(order);
    free(truth_key);
    free(detection_key);
}

void rn_coco_groups_free(rn_coco_groups *groups) {
    free(groups->group);
    free(groups->class_first);
    free(groups->truth);
    free(groups->rank);
    *groups = (rn_coco_groups){0};
}
