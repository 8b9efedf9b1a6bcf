/* coco_case.h: a COCO ground truth and a result list as the arrays that rn_eval_compute takes, read
 * in the plainest way, without the library's own loaders. */
#ifndef TESTS_SUPPORT_COCO_CASE_H
#define TESTS_SUPPORT_COCO_CASE_H

#include "eval/coco_eval.h"

#include <stdint.h>

typedef struct coco_case {
    int64_t *image, *category; /* ids, rising: the index is rn_eval's image or label */
    int num_images, num_classes;
    rn_eval_truth *truth;
    rn_eval_detection *detection;
    size_t num_truths, num_detections;
} coco_case;

/* Fails the test when a file cannot be read. */
coco_case coco_case_load(const char *truth_path, const char *results_path);
void coco_case_free(coco_case *c);

/* Place of an id in a rising list. */
int coco_case_index(const int64_t *id, int count, int64_t wanted);

/* With COCO's options. */
rn_eval coco_case_eval(const coco_case *c);

#endif
