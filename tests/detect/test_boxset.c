#include "detect/boxset.h"
#include "base/real.h"
#include "support/boxes.h"

#include <criterion/criterion.h>

/* The pairs with the largest distance and the most different sizes at a given IoU have a corner in
 * common: pair i has an IoU within 1% of `iou`. */
static void make_pair(rn_box pair[2], rn_rng *rng, int i, double iou) {
    double w = rn_rng_range(rng, 1, 200), h = rn_rng_range(rng, 1, 200);
    double share = iou * rn_rng_range(rng, .99, 1.01);
    double split = i % 4 < 2 ? 1 : rn_rng_uniform(rng); /* along x alone, or along both axes */
    float ww = (float)(w / pow(share, split)), hh = (float)(h / pow(share, 1 - split));
    float x = (float)rn_rng_range(rng, 0, 700), y = (float)rn_rng_range(rng, 0, 700);
    rn_box a = {x, y, x + (float)w, y + (float)h};
    pair[i / 4 % 2] = a;
    pair[1 - i / 4 % 2] = i % 2 ? (rn_box){a.x1, a.y1, a.x1 + ww, a.y1 + hh}
                                : (rn_box){a.x2 - ww, a.y2 - hh, a.x2, a.y2};
}

/* Every pair is a group of its own, among boxes of another one: questions go by cells. */
Test(boxset, finds_the_pairs_that_are_hardest_to_find) {
    enum { OTHERS = 3000, PAIRS = 4000 };
    const float thresholds[] = {.05f, .3f, .5f, .7f, .95f};
    for (size_t k = 0; k < RN_COUNT(thresholds); k++) {
        rn_arena arena = {0};
        rn_rng rng = rn_rng_stream(k, "test/boxset", 0);
        rn_boxset set = rn_boxset_start(OTHERS + PAIRS, thresholds[k], 0, &arena);
        for (int i = 0; i < OTHERS; i++)
            rn_boxset_add(&set, rn_test_box(&rng, 900, 900, 10, 100, 1. / 64), -1);
        int found = 0;
        for (int i = 0; i < PAIRS; i++) {
            rn_box pair[2];
            make_pair(pair, &rng, i, (double)thresholds[k]);
            cr_assert(!rn_boxset_overlaps(&set, pair[1], i), "its group is empty");
            rn_boxset_add(&set, pair[0], i);
            bool got = rn_boxset_overlaps(&set, pair[1], i);
            bool want = rn_box_iou(pair[0], pair[1], 0) > thresholds[k];
            cr_assert(got == want, "threshold %g: pair %d: %d", (double)thresholds[k], i, got);
            found += got;
        }
        cr_expect(found > PAIRS / 5 && found < PAIRS, "threshold %g: %d found",
                  (double)thresholds[k], found);
        rn_arena_free(&arena);
    }
}

Test(boxset, an_empty_set_overlaps_nothing) {
    rn_arena arena = {0};
    rn_boxset set = rn_boxset_start(0, -1, 0, &arena);
    cr_expect(!rn_boxset_overlaps(&set, (rn_box){0, 0, 1, 1}, 0));
    rn_arena_free(&arena);
}
