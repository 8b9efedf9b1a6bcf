#include "eval/coco_eval.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/real.h"
#include "base/rng.h"
#include "base/vec.h"
#include "support/coco_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- golden: pycocotools, to the last bit ---------------------------------------------------- */

static const char GT[] = "tests/golden/coco_eval_gt.json", DT[] = "tests/golden/coco_eval_dt.json";

static cJSON *golden(void) {
    cJSON *root = NULL;
    rn_err err = {""};
    cr_assert_eq(rn_json_load(&root, "tests/golden/coco_eval.json", &err), RN_OK, "%s", err.text);
    return root;
}

Test(coco_eval, twelve_numbers_are_those_of_pycocotools) {
    coco_case c = coco_case_load(GT, DT);
    rn_eval eval = coco_case_eval(&c);
    cJSON *root = golden();
    for (int i = 0; i < RN_EVAL_NUMBERS; i++) {
        double want = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "numbers"), i)->valuedouble;
        cr_expect(eval.number[i] == want, "%s: %.17g, want %.17g", rn_eval_names[i], eval.number[i],
                  want);
    }
    cJSON_Delete(root);
    rn_eval_free(&eval);
    coco_case_free(&c);
}

/* precision: runs of count, value, ... */
static void expect_curve(const rn_eval *eval, const cJSON *runs, int iou, int label, int area) {
    int r = 0;
    for (const cJSON *run = runs->child; run; run = run->next->next)
        for (int k = 0; k < run->valueint; k++, r++) {
            double got = *rn_eval_precision(eval, iou, r, label, area);
            cr_expect(got == run->next->valuedouble,
                      "class %d area %d iou %d recall %d: precision %.17g, want %.17g", label, area,
                      iou, r, got, run->next->valuedouble);
        }
    cr_expect_eq(r, RN_EVAL_RECALLS);
}

Test(coco_eval, every_curve_is_that_of_pycocotools) {
    coco_case c = coco_case_load(GT, DT);
    rn_eval eval = coco_case_eval(&c);
    cJSON *root = golden();
    const cJSON *curve;
    int curves = 0;
    cJSON_ArrayForEach(curve, cJSON_GetObjectItem(root, "curves")) {
        int label = coco_case_index(c.category, c.num_classes,
                                    cJSON_GetObjectItem(curve, "category_id")->valueint);
        int area = cJSON_GetObjectItem(curve, "area")->valueint;
        int iou = cJSON_GetObjectItem(curve, "iou")->valueint;
        expect_curve(&eval, cJSON_GetObjectItem(curve, "precision"), iou, label, area);
        for (int m = 0; m < RN_EVAL_LIMITS; m++) {
            double got = *rn_eval_recall(&eval, iou, label, area, m);
            double want = cJSON_GetArrayItem(cJSON_GetObjectItem(curve, "recall"), m)->valuedouble;
            cr_expect(got == want, "class %d area %d iou %d limit %d: recall %.17g, want %.17g",
                      label, area, iou, m, got, want);
        }
        curves++;
    }
    cr_expect_eq(curves, c.num_classes * RN_EVAL_AREAS * RN_EVAL_IOUS);
    cJSON_Delete(root);
    rn_eval_free(&eval);
    coco_case_free(&c);
}

/* Larger, invented sets: the script beside the data makes them, pycocotools' numbers are there too.
 */
Test(coco_eval, larger_sets_agree_with_pycocotools) {
    const char *data = getenv("RN_DATA"), *build = getenv("RN_BUILD");
    if (!data || !build) cr_skip_test("skipped: RN_DATA is not set");
    char path[1024], truth[1024], results[1024], command[4096];
    snprintf(path, sizeof path, "%s/coco_results_reference.json", data);
    cJSON *root = NULL;
    const cJSON *row, *number;
    rn_err err;
    if (rn_json_load(&root, path, &err) != RN_OK) cr_skip_test("skipped: %s", err.text);
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(root, "cases")) {
        int images = cJSON_GetObjectItem(row, "images")->valueint;
        if (images > 200) continue; /* the rest takes python too long */
        snprintf(truth, sizeof truth, "%s/coco_eval_gt_%d.json", build, images);
        snprintf(results, sizeof results, "%s/coco_eval_dt_%d.json", build, images);
        snprintf(command, sizeof command, "python3 '%s/make_coco_results.py' '%s' '%s' %d %d >&2",
                 data, truth, results, images,
                 cJSON_GetObjectItem(row, "detections_per_image")->valueint);
        if (system(command) != 0) { /* NOLINT: a test's own words, quoted */
            cJSON_Delete(root);
            cr_skip_test("skipped: python3 did not make the larger sets");
        }
        coco_case c = coco_case_load(truth, results);
        rn_eval eval = coco_case_eval(&c);
        int i = 0;
        cJSON_ArrayForEach(number, cJSON_GetObjectItem(row, "pycocotools")) {
            cr_expect_str_eq(number->string, rn_eval_names[i]);
            cr_expect(fabs(eval.number[i] - number->valuedouble) < 1e-12,
                      "%d images, %s: %.17g, want %.17g", images, rn_eval_names[i], eval.number[i],
                      number->valuedouble);
            i++;
        }
        cr_expect_eq(i, RN_EVAL_NUMBERS);
        rn_eval_free(&eval);
        coco_case_free(&c);
        remove(truth);
        remove(results);
    }
    cJSON_Delete(root);
}

/* ---- by hand --------------------------------------------------------------------------------- */

static rn_eval evaluate(const rn_eval_truth *truth, size_t truths,
                        const rn_eval_detection *detection, size_t detections) {
    rn_eval eval;
    rn_eval_options options = rn_eval_options_coco();
    rn_eval_compute(&eval, truth, truths, detection, detections, 4, 2, &options);
    return eval;
}

Test(coco_eval, nothing_there_is_minus_one) {
    rn_eval eval = evaluate(NULL, 0, NULL, 0);
    for (int i = 0; i < RN_EVAL_NUMBERS; i++) cr_expect(eval.number[i] == -1);
    rn_eval_free(&eval);

    rn_eval_detection alone = {0, 0, 10, 10, .5, 0, 0};
    eval = evaluate(NULL, 0, &alone, 1);
    for (int i = 0; i < RN_EVAL_NUMBERS; i++) cr_expect(eval.number[i] == -1);
    rn_eval_free(&eval);
}

Test(coco_eval, an_object_nobody_found_is_zero_in_its_area_range) {
    rn_eval_truth small = {0, 0, 10, 10, 100, 1, 1, false, false};
    rn_eval eval = evaluate(&small, 1, NULL, 0);
    const double want[RN_EVAL_NUMBERS] = {0, 0, 0, 0, -1, -1, 0, 0, 0, 0, -1, -1};
    for (int i = 0; i < RN_EVAL_NUMBERS; i++)
        cr_expect(eval.number[i] == want[i], "%s: %g", rn_eval_names[i], eval.number[i]);
    cr_expect(rn_eval_ap(&eval, 0, -1, 0) == -1 && rn_eval_ap(&eval, 1, -1, 0) == 0);
    cr_expect(eval.truths[0] == 0 && eval.truths[1] == 1);
    rn_eval_free(&eval);
}

Test(coco_eval, areas_on_a_border_belong_to_both_ranges) {
    rn_eval_truth truth = {0, 0, 32, 32, 32 * 32, 0, 0, false, false};
    rn_eval_detection hit = {0, 0, 32, 32, .5, 0, 0};
    rn_eval eval = evaluate(&truth, 1, &hit, 1);
    cr_expect(eval.number[3] > .999 && eval.number[4] > .999 && eval.number[5] == -1);
    rn_eval_free(&eval);
}

/* Overlap with a crowd is relative to the detection, and any number of detections fits in. */
Test(coco_eval, a_crowd_takes_many_and_an_ignored_object_one) {
    rn_eval_truth truth[] = {{200, 200, 10, 10, 100, 0, 0, false, false}, /* the one to be found */
                             {0, 0, 100, 100, 10000, 0, 0, true, false}};
    rn_eval_detection found[] = {
        {200, 200, 10, 10, .1, 0, 0}, {1, 1, 20, 20, .9, 0, 0}, {3, 3, 20, 20, .8, 0, 0}};
    rn_eval eval = evaluate(truth, 2, found, 3);
    cr_expect(eval.number[0] > .999, "two detections in a crowd do no harm: %g", eval.number[0]);
    cr_expect_eq(eval.truths[0], 1);
    rn_eval_free(&eval);

    truth[1] = (rn_eval_truth){0, 0, 20, 20, 400, 0, 0, false, true};
    found[1] = found[2] = (rn_eval_detection){0, 0, 20, 20, .9, 0, 0};
    eval = evaluate(truth, 2, found, 3);
    cr_expect(fabs(eval.number[0] - .5) < 1e-12, "the second on an ignored object is wrong: %g",
              eval.number[0]);
    rn_eval_free(&eval);
}

Test(coco_eval, an_object_that_counts_is_preferred_to_an_ignored_one) {
    rn_eval_truth truth[] = {{0, 0, 20, 20, 400, 0, 0, false, true},
                             {0, 0, 20, 26, 520, 0, 0, false, false}};
    rn_eval_detection found = {0, 0, 20, 20, .9, 0, 0};
    rn_eval eval = evaluate(truth, 2, &found, 1);
    cr_expect(eval.number[1] > .999 && eval.number[2] > .999, "IoU 20/26 = .77 is enough there");
    cr_expect(*rn_eval_recall(&eval, 6, 0, 0, 2) == 0, "at .80 the ignored one takes it");
    rn_eval_free(&eval);
}

Test(coco_eval, an_overlap_right_on_the_threshold_is_enough) {
    const double iou[RN_EVAL_IOUS] = {
        .5, .55, .6, .65, .7, .75, .8, .85, 0.8999999999999999, /* as numpy's linspace has it */
        .95};
    for (int i = 0; i < RN_EVAL_IOUS; i++) {
        cr_expect(rn_eval_iou_at(i) == iou[i], "threshold %d is %.17g", i, rn_eval_iou_at(i));
        rn_eval_truth truth = {0, 0, 20, 20, 400, 0, 0, false, false};
        rn_eval_detection found = {0, 0, 20, 10 + i, .9, 0, 0}; /* IoU (10 + i) / 20 */
        rn_eval eval = evaluate(&truth, 1, &found, 1);
        for (int t = 0; t < RN_EVAL_IOUS; t++)
            cr_expect(*rn_eval_recall(&eval, t, 0, 0, 2) == (t <= i), "IoU %d at %d", i, t);
        rn_eval_free(&eval);
    }
    cr_expect(rn_eval_recall_at(0) == 0 && rn_eval_recall_at(29) == .29 &&
              rn_eval_recall_at(100) == 1);
}

/* The first detection overlaps both objects alike and takes the second, which leaves the other
 * detection, over the second alone, with nothing. */
Test(coco_eval, of_equal_overlaps_the_last_is_taken) {
    rn_eval_truth truth[] = {{0, 0, 20, 20, 400, 0, 0, false, false},
                             {10, 0, 20, 20, 400, 0, 0, false, false}};
    rn_eval_detection found[] = {{5, 0, 20, 20, .9, 0, 0}, {12, 0, 20, 20, .8, 0, 0}};
    rn_eval eval = evaluate(truth, 2, found, 2);
    cr_expect(*rn_eval_recall(&eval, 0, 0, 0, 2) == .5);
    rn_eval_free(&eval);
}

/* ---- properties ------------------------------------------------------------------------------ */

/* Objects and detections on a coarse grid with few scores: ties everywhere. */
static coco_case random_case(uint64_t seed) {
    rn_rng rng = rn_rng_stream(seed, "coco_eval", 0);
    coco_case c = {.num_images = 1 + (int)rn_rng_below(&rng, 9),
                   .num_classes = 1 + (int)rn_rng_below(&rng, 4),
                   .num_truths = rn_rng_below(&rng, 80),
                   .num_detections = rn_rng_below(&rng, 600)};
    c.truth = rn_vec_zeros(c.num_truths, sizeof *c.truth);
    c.detection = rn_vec_zeros(c.num_detections, sizeof *c.detection);
    for (size_t i = 0; i < c.num_truths; i++) {
        rn_eval_truth *g = &c.truth[i];
        g->x = 16 * (double)rn_rng_below(&rng, 4);
        g->y = 16 * (double)rn_rng_below(&rng, 4);
        g->w = 16 + 16 * (double)rn_rng_below(&rng, 6);
        g->h = 16 + 16 * (double)rn_rng_below(&rng, 6);
        g->area = g->w * g->h;
        g->image = (int)rn_rng_below(&rng, (uint32_t)c.num_images);
        g->label = (int)rn_rng_below(&rng, (uint32_t)c.num_classes);
        g->crowd = rn_rng_below(&rng, 6) == 0;
        g->ignore = rn_rng_below(&rng, 6) == 0;
    }
    for (size_t i = 0; i < c.num_detections; i++) {
        rn_eval_detection *d = &c.detection[i];
        d->x = 16 * (double)rn_rng_below(&rng, 4) + (double)rn_rng_below(&rng, 3);
        d->y = 16 * (double)rn_rng_below(&rng, 4);
        d->w = 16 + 16 * (double)rn_rng_below(&rng, 6);
        d->h = 16 + 16 * (double)rn_rng_below(&rng, 6) - (double)rn_rng_below(&rng, 3);
        d->score = .1 * (double)rn_rng_below(&rng, 11);
        d->image = (int)rn_rng_below(&rng, (uint32_t)c.num_images);
        d->label = (int)rn_rng_below(&rng, (uint32_t)c.num_classes);
    }
    return c;
}

static bool same_bits(const rn_eval *a, const rn_eval *b) {
    size_t classes = (size_t)a->num_classes;
    size_t precisions = classes * RN_EVAL_IOUS * RN_EVAL_RECALLS * RN_EVAL_AREAS;
    size_t recalls = classes * RN_EVAL_IOUS * RN_EVAL_AREAS * RN_EVAL_LIMITS;
    return a->num_classes == b->num_classes &&
           memcmp(a->precision, b->precision, precisions * sizeof(double)) == 0 &&
           memcmp(a->recall, b->recall, recalls * sizeof(double)) == 0 &&
           memcmp(a->number, b->number, sizeof a->number) == 0;
}

Test(coco_eval, one_and_two_threads_give_the_same_bits) {
    for (uint64_t seed = 0; seed < 10; seed++) {
        coco_case c = random_case(seed);
        rn_parallel_set_threads(1);
        rn_eval one = coco_case_eval(&c);
        rn_parallel_set_threads(2);
        rn_eval two = coco_case_eval(&c);
        cr_expect(same_bits(&one, &two), "seed %d", (int)seed);
        rn_eval_free(&one);
        rn_eval_free(&two);
        coco_case_free(&c);
    }
}

Test(coco_eval, objects_as_detections_score_one) {
    for (uint64_t seed = 0; seed < 10; seed++) {
        coco_case c = random_case(seed);
        c.detection = realloc(c.detection, (c.num_truths + 1) * sizeof *c.detection);
        c.num_detections = c.num_truths;
        for (size_t i = 0; i < c.num_truths; i++) {
            const rn_eval_truth *g = &c.truth[i];
            c.detection[i] = (rn_eval_detection){
                g->x, g->y, g->w, g->h, 1. / (double)(i + 1), g->image, g->label};
        }
        rn_eval eval = coco_case_eval(&c);
        for (int i = 0; i < RN_EVAL_NUMBERS; i++) {
            bool one = fabs(eval.number[i] - 1) < 1e-12, at_most = eval.number[i] <= 1;
            bool capped = i == 6 || i == 7; /* one or ten an image cannot find all */
            cr_expect((capped ? at_most : one) || eval.number[i] == -1, "seed %d %s: %g", (int)seed,
                      rn_eval_names[i], eval.number[i]);
        }
        cr_expect(eval.number[0] > 0);
        rn_eval_free(&eval);
        coco_case_free(&c);
    }
}

Test(coco_eval, the_order_of_images_and_lists_does_not_matter) {
    for (uint64_t seed = 0; seed < 10; seed++) {
        coco_case c = random_case(seed);
        for (size_t i = 0; i < c.num_detections; i++) /* ties would depend on the order */
            c.detection[i].score = (double)(i * 7919 % 10007);
        for (size_t i = 0; i < c.num_truths; i++) /* so would two objects in the same place */
            c.truth[i].w += (double)i / 1024;
        rn_eval before = coco_case_eval(&c);
        int *image = rn_vec_zeros((size_t)c.num_images, sizeof *image);
        rn_rng rng = rn_rng_stream(seed, "permutation", 0);
        rn_rng_permutation(&rng, image, c.num_images);
        for (size_t i = 0; i < c.num_truths; i++) c.truth[i].image = image[c.truth[i].image];
        for (size_t i = 0; i < c.num_detections; i++)
            c.detection[i].image = image[c.detection[i].image];
        for (size_t i = 0; i < c.num_detections / 2; i++) {
            rn_eval_detection swap = c.detection[i];
            c.detection[i] = c.detection[c.num_detections - 1 - i];
            c.detection[c.num_detections - 1 - i] = swap;
        }
        rn_eval after = coco_case_eval(&c);
        cr_expect(same_bits(&before, &after), "seed %d", (int)seed);
        free(image);
        rn_eval_free(&before);
        rn_eval_free(&after);
        coco_case_free(&c);
    }
}
