#include "detect/nms.h"
#include "base/real.h"
#include "detect/anchor.h"
#include "detect/rank.h"
#include "golden/detect_nms.h"
#include "support/boxes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* n boxes with scores and groups; freed by free_scene. */
typedef struct scene {
    size_t n;
    rn_box *box;
    float *score;
    int *group;
} scene;

static scene new_scene(size_t n) {
    return (scene){n, calloc(n + 1, sizeof(rn_box)), calloc(n + 1, sizeof(float)),
                   calloc(n + 1, sizeof(int))};
}

static void free_scene(scene s) {
    free(s.box);
    free(s.score);
    free(s.group);
}

/* Selection by the definition: a sorted list, every pair compared. */
static size_t naive_nms(int *keep, scene s, float threshold, float plus_one, size_t most) {
    bool *done = calloc(s.n + 1, sizeof *done);
    size_t kept = 0;
    while (kept < most) {
        size_t best = s.n;
        for (size_t i = 0; i < s.n; i++)
            if (!done[i] && (best == s.n || rn_rank_before(s.score[i], i, s.score[best], best)))
                best = i;
        if (best == s.n) break;
        done[best] = true;
        keep[kept++] = (int)best;
        for (size_t i = 0; i < s.n; i++)
            if (s.group[i] == s.group[best] &&
                rn_box_iou(s.box[i], s.box[best], plus_one) > threshold)
                done[i] = true;
    }
    free(done);
    return kept;
}

static void expect_same(scene s, float threshold, float plus_one, size_t most, const char *what,
                        size_t row) {
    rn_arena arena = {0};
    int *got = calloc(s.n + 1, sizeof *got), *want = calloc(s.n + 1, sizeof *want);
    size_t wanted = naive_nms(want, s, threshold, plus_one, most);
    size_t kept = rn_nms(got, s.box, s.score, s.group, s.n, threshold, plus_one, most, &arena);
    cr_expect(arena.in_use == 0, "scratch memory is given back");
    cr_assert(kept == wanted, "%s, row %zu: kept %zu, want %zu", what, row, kept, wanted);
    for (size_t i = 0; i < kept; i++)
        cr_assert(got[i] == want[i], "%s, row %zu: place %zu: %d, want %d", what, row, i, got[i],
                  want[i]);
    free(got);
    free(want);
    rn_arena_free(&arena);
}

Test(nms, order_is_by_score_then_index_and_nan_last) {
    const float score[] = {.5f, NAN, .9f, .5f, -INFINITY, NAN, INFINITY, .9f, 0};
    const int want[] = {6, 2, 7, 0, 3, 8, 4, 1, 5};
    int order[RN_COUNT(score)];
    rn_nms_order(order, score, RN_COUNT(score));
    for (size_t i = 0; i < RN_COUNT(score); i++) cr_expect(order[i] == want[i], "place %zu", i);
    rn_nms_order(NULL, NULL, 0);
}

Test(nms, order_of_many_equal_scores) {
    enum { COUNT = 3000 };
    static float score[COUNT];
    static int order[COUNT];
    rn_rng rng = rn_rng_stream(1, "test/nms", 0);
    for (int i = 0; i < COUNT; i++) score[i] = (float)rn_rng_below(&rng, 20);
    rn_nms_order(order, score, COUNT);
    for (int i = 1; i < COUNT; i++) {
        float before = score[order[i - 1]], here = score[order[i]];
        cr_assert(before > here || (before == here && order[i - 1] < order[i]), "place %d", i);
    }
}

Test(nms, agrees_with_torchvisions_batched_nms) {
    scene s = new_scene(RN_COUNT(golden_box));
    rn_arena arena = {0};
    int keep[RN_COUNT(golden_box)];
    for (size_t i = 0; i < s.n; i++) {
        const float *b = golden_box[i];
        s.box[i] = (rn_box){b[0], b[1], b[2], b[3]};
        s.score[i] = (float)golden_score[i] / 1000;
        s.group[i] = golden_group[i];
    }
    size_t kept = rn_nms(keep, s.box, s.score, s.group, s.n, .5f, 0, s.n, &arena);
    cr_assert(kept == RN_COUNT(golden_keep), "kept %zu", kept);
    for (size_t i = 0; i < kept; i++) cr_expect(keep[i] == golden_keep[i], "place %zu", i);
    rn_arena_free(&arena);
    free_scene(s);
}

Test(nms, agrees_with_a_look_at_every_pair) {
    const struct {
        size_t n;
        double side, least, most, unit;
        uint32_t groups, scores;
        float threshold, plus_one;
        size_t limit;
    } rows[] = {
        {0, 50, 5, 20, 1, 1, 9, .5f, 0, 10},
        {1, 50, 5, 20, 1, 1, 9, .5f, 0, 10},
        {300, 60, 5, 30, 1, 3, 50, .5f, 0, 1000},
        {300, 60, 5, 30, 1, 3, 50, .5f, 0, 7},
        {300, 60, 5, 30, 1, 3, 50, .5f, 0, 0},
        {2000, 400, 2, 60, 1. / 64, 2, 1000, .5f, 0, 2000},
        {2000, 400, 2, 60, 1, 2, 1000, .7f, 1, 2000},
        {2000, 400, 2, 300, 1. / 64, 1, 1000, .95f, 0, 2000},
        {2000, 4000, 1, 900, 1, 1, 3, .3f, 1, 2000},
        {1500, 400, 2, 60, 1, 1, 1000, .1f, 0, 2000},
        {1500, 900, 2, 60, 1, 1, 1000, .01f, 0, 2000},
        {500, 60, 2, 30, 1, 2, 1000, 0, 0, 2000},
        {500, 60, 2, 30, 1, 2, 1000, -1, 0, 2000},
        {500, 60, 2, 30, 4, 2, 1000, 1, 0, 2000},
        {500, 60, 2, 30, 4, 2, 1000, 2, 0, 2000},
    };
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        rn_rng rng = rn_rng_stream(r, "test/nms/pairs", 0);
        scene s = new_scene(rows[r].n);
        for (size_t i = 0; i < s.n; i++) {
            s.box[i] = rn_test_box(&rng, rows[r].side, rows[r].side, rows[r].least, rows[r].most,
                                   rows[r].unit);
            s.score[i] = (float)rn_rng_below(&rng, rows[r].scores);
            s.group[i] = (int)rn_rng_below(&rng, rows[r].groups) - 1;
        }
        expect_same(s, rows[r].threshold, rows[r].plus_one, rows[r].limit, "random boxes", r);
        free_scene(s);
    }
}

/* The suppression among hard examples: many boxes whose IoUs take few values. */
Test(nms, agrees_with_a_look_at_every_pair_of_anchors) {
    rn_anchor_spec spec = rn_anchor_spec_octave(3, 3, 4, 3, 3);
    rn_grid grid[3];
    rn_anchor_grid(grid, &spec, 64, 96);
    scene s = new_scene(rn_anchor_count(&spec, grid));
    rn_anchor_generate(s.box, &spec, grid, 64, 96);
    rn_rng rng = rn_rng_stream(1, "test/nms/anchors", 0);
    const float threshold[] = {.4f, .5f, .6f, .7f};
    for (size_t i = 0; i < s.n; i++) s.score[i] = (float)rn_rng_uniform(&rng);
    for (size_t r = 0; r < RN_COUNT(threshold); r++)
        expect_same(s, threshold[r], 0, s.n, "anchors", r);
    free_scene(s);
}

/* Slivers, points, boxes far out, boxes turned inside out, NaN, infinities; NaN scores. */
Test(nms, agrees_with_a_look_at_every_pair_of_odd_boxes) {
    const float coordinate[] = {0,     1,      1.5f,  2,      1000, -1000,    1e-6f,    1e6f,
                                1e18f, -1e18f, 3e38f, 1e-38f, NAN,  INFINITY, -INFINITY};
    enum { COUNT = 1200 };
    for (size_t r = 0; r < 4; r++) {
        rn_rng rng = rn_rng_stream(r, "test/nms/odd", 0);
        scene s = new_scene(COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            float c[4];
            for (int k = 0; k < 4; k++)
                c[k] = coordinate[rn_rng_below(&rng, r % 2 ? RN_COUNT(coordinate) : 12)];
            s.box[i] = (rn_box){c[0], c[1], c[2], c[3]};
            s.score[i] = i % 9 == 8 ? NAN : (float)rn_rng_below(&rng, 500);
        }
        expect_same(s, r < 2 ? .5f : .05f, (float)(r / 2), COUNT, "odd boxes", r);
        free_scene(s);
    }
}

Test(nms, of_what_it_kept_keeps_all) {
    rn_rng rng = rn_rng_stream(5, "test/nms", 0);
    scene s = new_scene(800), kept;
    rn_arena arena = {0};
    int keep[800], again[800];
    for (size_t i = 0; i < s.n; i++) {
        s.box[i] = rn_test_box(&rng, 100, 100, 5, 40, 1);
        s.score[i] = (float)rn_rng_uniform(&rng);
        s.group[i] = (int)(i % 2);
    }
    size_t n = rn_nms(keep, s.box, s.score, s.group, s.n, .4f, 0, s.n, &arena);
    cr_assert(n > 10 && n < 700, "kept %zu", n);
    kept = new_scene(n);
    for (size_t i = 0; i < n; i++) {
        kept.box[i] = s.box[keep[i]];
        kept.score[i] = s.score[keep[i]];
        kept.group[i] = s.group[keep[i]];
    }
    cr_expect(rn_nms(again, kept.box, kept.score, kept.group, n, .4f, 0, n, &arena) == n);
    for (size_t i = 0; i < n; i++) cr_expect(again[i] == (int)i, "place %zu", i);
    rn_arena_free(&arena);
    free_scene(s);
    free_scene(kept);
}

Test(nms, an_iou_equal_to_the_threshold_suppresses_nothing) {
    const rn_box box[] = {{0, 0, 10, 10}, {0, 0, 10, 5}};
    const float score[] = {.9f, .8f};
    int keep[2];
    rn_arena arena = {0};
    cr_expect(rn_nms(keep, box, score, NULL, 2, .5f, 0, 2, &arena) == 2);
    cr_expect(rn_nms(keep, box, score, NULL, 2, .4999f, 0, 2, &arena) == 1);
    cr_expect(rn_nms(keep, box, score, (int[]){4, 5}, 2, .1f, 0, 2, &arena) == 2, "two groups");
    rn_arena_free(&arena);
}
