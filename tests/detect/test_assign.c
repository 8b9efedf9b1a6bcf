#include "detect/assign.h"
#include "base/parallel.h"
#include "base/real.h"
#include "detect/anchor.h"
#include "golden/detect_anchor.h"
#include "golden/detect_assign.h"
#include "support/boxes.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Labels, matches and IoUs of one call. */
typedef struct outcome {
    size_t positives;
    int *label, *match;
    float *iou;
} outcome;

static outcome new_outcome(size_t n) {
    return (outcome){0, calloc(n + 1, sizeof(int)), calloc(n + 1, sizeof(int)),
                     calloc(n + 1, sizeof(float))};
}

static void free_outcome(outcome o) {
    free(o.label);
    free(o.match);
    free(o.iou);
}

static outcome assign(const rn_box *anchor, size_t n, const rn_box *object, const int *class_of,
                      int objects, const rn_assign *settings) {
    outcome o = new_outcome(n);
    o.positives =
        rn_assign_anchors(o.label, o.match, o.iou, anchor, n, object, class_of, objects, settings);
    return o;
}

/* The definition, on a full matrix of IoUs. */
static outcome naive(const rn_box *anchor, size_t n, const rn_box *object, const int *class_of,
                     int objects, const rn_assign *s) {
    outcome o = new_outcome(n);
    float *iou = calloc(n * (size_t)objects + 1, sizeof *iou);
    float *best = calloc((size_t)objects + 1, sizeof *best);
    for (int g = 0; g < objects; g++)
        for (size_t a = 0; a < n; a++) {
            float x = iou[(size_t)g * n + a] = rn_box_iou(object[g], anchor[a], (float)s->plus_one);
            if (x > best[g]) best[g] = x;
        }
    for (size_t a = 0; a < n; a++) {
        bool chosen = false;
        o.match[a] = -1;
        for (int g = 0; g < objects; g++) {
            float x = iou[(size_t)g * n + a];
            if (x > o.iou[a]) o.iou[a] = x, o.match[a] = g;
            if (s->best_anchor >= 0 && x > 0 && x == best[g] && x >= (float)s->best_anchor)
                chosen = true;
        }
        if (chosen || o.iou[a] >= (float)s->positive) {
            o.label[a] = class_of[o.match[a]];
            o.positives++;
        } else {
            o.label[a] = o.iou[a] < (float)s->negative ? -1 : -2;
        }
    }
    free(iou);
    free(best);
    return o;
}

static void expect_same(outcome got, outcome want, size_t n, const char *what) {
    cr_assert(got.positives == want.positives, "%s: %zu positives, want %zu", what, got.positives,
              want.positives);
    for (size_t a = 0; a < n; a++)
        cr_assert(got.label[a] == want.label[a] && got.match[a] == want.match[a] &&
                      got.iou[a] == want.iou[a],
                  "%s: anchor %zu: label %d match %d IoU %.9g, want %d %d %.9g", what, a,
                  got.label[a], got.match[a], (double)got.iou[a], want.label[a], want.match[a],
                  (double)want.iou[a]);
}

Test(assign, agrees_with_torchvisions_matcher) {
    enum { ANCHORS = RN_COUNT(golden_anchor), OBJECTS = RN_COUNT(golden_object) };
    static rn_box anchor[ANCHORS];
    rn_box object[OBJECTS];
    int class_of[OBJECTS];
    for (size_t a = 0; a < ANCHORS; a++) {
        const short *b = golden_anchor[a];
        anchor[a] = (rn_box){b[0], b[1], b[2], b[3]};
    }
    for (int g = 0; g < (int)OBJECTS; g++) {
        const float *b = golden_object[g];
        object[g] = (rn_box){b[0], b[1], b[2], b[3]};
        class_of[g] = 100 + g;
        float best = 0;
        for (size_t a = 0; a < ANCHORS; a++)
            best = fmaxf(best, rn_box_iou(object[g], anchor[a], 0));
        cr_expect(best == golden_best[g], "object %d: best IoU %.9g", g, (double)best);
    }
    const struct {
        const signed char *want;
        double best_anchor;
    } rows[] = {{golden_low_quality, 0}, {golden_plain, -1}};
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        rn_assign settings = {.5, .4, rows[r].best_anchor, 0};
        outcome o = assign(anchor, ANCHORS, object, class_of, OBJECTS, &settings);
        size_t positives = 0;
        for (size_t a = 0; a < ANCHORS; a++) {
            int want = rows[r].want[a];
            positives += want >= 0;
            cr_assert(o.label[a] == (want >= 0 ? 100 + want : want), "row %zu, anchor %zu: %d", r,
                      a, o.label[a]);
            if (want >= 0) cr_assert(o.match[a] == want);
        }
        cr_expect(o.positives == positives);
        free_outcome(o);
    }
}

/* Coarse units and repeated boxes make ties of anchors and of objects; counts lie on both sides of
 * the sizes of blocks and batches. */
Test(assign, agrees_with_a_full_matrix) {
    const struct {
        size_t anchors;
        int objects;
        double unit, side, most;
        rn_assign settings;
    } rows[] = {
        {1, 1, 1, 20, 10, {.5, .4, 0, 0}},
        {255, 3, 4, 40, 16, {.5, .4, 0, 0}},
        {256, 64, 2, 60, 24, {.5, .4, .4, 0}},
        {257, 65, 1, 60, 24, {.5, .4, .4, 1}},
        {1000, 200, 4, 100, 32, {.5, .4, 0, 0}},
        {5000, 7, 1. / 256, 200, 60, {.5, .4, -1, 0}},
        {5000, 7, 1. / 256, 200, 60, {.7, .3, .1, 1}},
        {3000, 40, 8, 3000, 200, {.4, .4, 0, 0}}, /* far apart: most blocks are passed over */
        {700, 5, 1, 60, 24, {.3, 0, .9, 0}},
    };
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        rn_rng rng = rn_rng_stream(r, "test/assign", 0);
        size_t n = rows[r].anchors;
        int objects = rows[r].objects;
        rn_box *anchor = malloc(n * sizeof *anchor),
               *object = malloc((size_t)objects * sizeof *object);
        int *class_of = malloc((size_t)objects * sizeof *class_of);
        double least = rows[r].most / 4;
        for (size_t a = 0; a < n; a++)
            anchor[a] =
                rn_test_box(&rng, rows[r].side, rows[r].side, least, rows[r].most, rows[r].unit);
        for (int g = 0; g < objects; g++) {
            object[g] = g % 7 == 6 ? object[g - 3]
                                   : rn_test_box(&rng, rows[r].side, rows[r].side, least,
                                                 rows[r].most, rows[r].unit);
            class_of[g] = (int)rn_rng_below(&rng, 20);
        }
        outcome want = naive(anchor, n, object, class_of, objects, &rows[r].settings);
        char what[32];
        for (int threads = 1; threads <= 3; threads++) {
            rn_parallel_set_threads(threads);
            outcome got = assign(anchor, n, object, class_of, objects, &rows[r].settings);
            snprintf(what, sizeof what, "row %zu, %d threads", r, threads);
            expect_same(got, want, n, what);
            free_outcome(got);
        }
        free_outcome(want);
        free(anchor);
        free(object);
        free(class_of);
    }
}

Test(assign, without_objects_all_is_background) {
    rn_box anchor[300];
    for (int a = 0; a < 300; a++) anchor[a] = (rn_box){0, 0, (float)a, 5};
    outcome o = assign(anchor, 300, NULL, NULL, 0, &(rn_assign){.5, .4, 0, 0});
    cr_expect(o.positives == 0);
    for (int a = 0; a < 300; a++)
        cr_expect(o.label[a] == -1 && o.match[a] == -1 && o.iou[a] == 0, "anchor %d", a);
    free_outcome(o);
}

Test(assign, without_anchors_nothing_happens) {
    rn_box object = {0, 0, 5, 5};
    cr_expect(rn_assign_anchors(NULL, NULL, NULL, NULL, 0, &object, (int[]){3}, 1,
                                &(rn_assign){.5, .4, 0, 0}) == 0);
}

/* An anchor that two objects want: it is the best that the small one has, and stays the large
 * one's, with which its IoU is larger. */
Test(assign, the_best_anchor_keeps_the_object_it_covers_best) {
    const rn_box anchor[] = {{0, 0, 10, 10}, {100, 100, 110, 110}};
    const rn_box object[] = {{0, 0, 10, 8}, {0, 0, 4, 5}};
    outcome o = assign(anchor, 2, object, (int[]){7, 9}, 2, &(rn_assign){.9, .1, 0, 0});
    cr_expect(o.positives == 1 && o.label[0] == 7 && o.match[0] == 0 && o.iou[0] == .8f);
    cr_expect(o.label[1] == -1 && o.match[1] == -1);
    free_outcome(o);
}

Test(assign, the_best_anchor_needs_its_threshold) {
    const rn_box anchor[] = {{0, 0, 10, 10}, {0, 0, 10, 9}};
    const rn_box object[] = {{0, 0, 3, 10}};
    const struct {
        double best_anchor;
        int label;
    } rows[] = {{-1, -1}, {0, 5}, {.3, 5}, {.31, -1}, {1, -1}};
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        rn_assign settings = {.5, .4, rows[r].best_anchor, 0};
        outcome o = assign(anchor, 2, object, (int[]){5}, 1, &settings);
        cr_expect(o.label[0] == rows[r].label, "row %zu: label %d", r, o.label[0]);
        cr_expect(o.label[1] == -1, "row %zu: not the best", r);
        free_outcome(o);
    }
}

Test(assign, thresholds_belong_to_the_upper_side) {
    const rn_box anchor[] = {{0, 0, 10, 5}, {0, 0, 10, 4}, {0, 0, 10, 3}};
    const rn_box object = {0, 0, 10, 10};
    outcome o = assign(anchor, 3, &object, (int[]){0}, 1, &(rn_assign){.5, .4, -1, 0});
    cr_expect(o.label[0] == 0, "IoU .5 is positive");
    cr_expect(o.label[1] == -2, "IoU .4 is ignored");
    cr_expect(o.label[2] == -1, "IoU .3 is background");
    free_outcome(o);
}

/* torchvision would make every anchor positive that misses the object. */
Test(assign, objects_that_no_anchor_touches_get_none) {
    const rn_box anchor[] = {{0, 0, 10, 10}, {20, 0, 30, 10}, {0, NAN, 5, 5}};
    const rn_box object[] = {
        {50, 50, 60, 60}, {5, 5, 5, 9}, {8, 8, 2, 2}, {NAN, 0, 10, 10}, {0, 0, INFINITY, 10}};
    const int class_of[] = {1, 1, 1, 1, 1};
    outcome o = assign(anchor, 3, object, class_of, 5, &(rn_assign){.5, .4, 0, 0});
    cr_expect(o.positives == 0);
    for (int a = 0; a < 3; a++) cr_expect(o.label[a] == -1 && o.match[a] == -1, "anchor %d", a);
    free_outcome(o);
}

Test(assign, refuses_thresholds_in_the_wrong_order, .signal = SIGABRT) {
    rn_assign_anchors(NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, &(rn_assign){.4, .5, 0, 0});
}
