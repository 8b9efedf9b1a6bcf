#include "detect/coverage.h"
#include "base/parallel.h"
#include "base/real.h"
#include "support/boxes.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* A look at every anchor; level: whose best it is, the first among equals. */
static float naive(int *level, rn_box box, const rn_box *anchor, const rn_anchor_spec *spec,
                   const rn_grid *grid, float plus_one) {
    float best = 0;
    *level = -1;
    for (int l = 0; l < spec->levels; l++) {
        size_t n = (size_t)grid[l].h * (size_t)grid[l].w * (size_t)rn_anchor_per_cell(spec);
        for (size_t a = 0; a < n; a++, anchor++) {
            float iou = rn_box_iou(box, *anchor, plus_one);
            if (iou > best) best = iou, *level = l;
        }
    }
    return best;
}

static void expect_agreement(const rn_anchor_spec *spec, int h, int w, const rn_box *box, size_t n,
                             float plus_one, const char *what, size_t row) {
    rn_grid grid[RN_LEVELS_MOST];
    rn_anchor_grid(grid, spec, h, w);
    rn_box *anchor = calloc(rn_anchor_count(spec, grid) + 1, sizeof *anchor);
    float *iou = calloc(n + 1, sizeof *iou);
    int *level = calloc(n + 1, sizeof *level);
    rn_anchor_generate(anchor, spec, grid, h, w);
    rn_coverage_of(iou, level, box, n, spec, grid, h, w, plus_one);
    for (size_t i = 0; i < n; i++) {
        int want_level;
        float want = naive(&want_level, box[i], anchor, spec, grid, plus_one);
        cr_assert(iou[i] == want && level[i] == want_level,
                  "%s, row %zu: box %zu: %.9g on level %d, want %.9g on %d", what, row, i,
                  (double)iou[i], level[i], (double)want, want_level);
    }
    free(anchor);
    free(iou);
    free(level);
}

Test(coverage, agrees_with_a_look_at_every_anchor) {
    const struct {
        int levels, first_level;
        double base;
        int scales, ratios, h, w;
        double offset;
        bool torchvision;
        double least, most, unit;
        float plus_one;
    } rows[] = {
        {5, 3, 4, 3, 3, 203, 317, .5, false, 1, 200, 1. / 64, 0},
        {5, 3, 4, 3, 3, 203, 317, 0, true, 1, 200, 1, 0},
        {5, 3, 4, 3, 3, 203, 317, 0, true, 1, 200, 1. / 64, 1},
        {3, 2, .5, 1, 1, 96, 96, .5, false, 1, 90, 1, 0}, /* boxes far larger than the anchors */
        {2, 5, 6, 2, 5, 96, 160, .25, false, 1, 60, 1. / 8, 1}, /* and far smaller */
        {4, 3, 2, 1, 1, 128, 128, .5, false, 8, 64, 8, 0},      /* ties between levels and cells */
        {1, 3, 4, 8, 16, 64, 64, .5, false, 1, 60, 1. / 64, 0},
        {3, 4, 3, 2, 2, 5, 7, .5, false, 1, 4, 1. / 64, 0}, /* grids of one cell */
    };
    enum { BOXES = 400 };
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        rn_anchor_spec spec = rn_anchor_spec_octave(rows[r].levels, rows[r].first_level,
                                                    rows[r].base, rows[r].scales, rows[r].ratios);
        spec.offset = rows[r].offset;
        spec.whole_sizes = spec.stride_from_grid = rows[r].torchvision;
        rn_rng rng = rn_rng_stream(r, "test/coverage", 0);
        rn_box box[BOXES];
        for (int i = 0; i < BOXES; i++) {
            box[i] =
                rn_test_box(&rng, rows[r].w, rows[r].h, rows[r].least, rows[r].most, rows[r].unit);
            if (i % 10 == 0) box[i].x1 -= 30, box[i].x2 -= 30; /* over the edge */
            if (i % 10 == 1) box[i].y1 += 500, box[i].y2 += 500;
            if (i % 10 == 2) box[i].x2 = (float)rows[r].w;
        }
        expect_agreement(&spec, rows[r].h, rows[r].w, box, BOXES, rows[r].plus_one, "random boxes",
                         r);
    }
}

Test(coverage, boxes_that_are_none_are_not_covered) {
    const rn_box box[] = {{5, 5, 5, 9},           {9, 9, 3, 3},
                          {NAN, 0, 5, 5},         {0, 0, INFINITY, 5},
                          {-3e38f, 0, 3e38f, 1},  {1e9f, 1e9f, 1.1e9f, 1.1e9f},
                          {-100, -100, -90, -90}, {0, 0, 64, 64}};
    rn_anchor_spec spec = rn_anchor_spec_octave(2, 3, 2, 1, 1);
    rn_grid grid[2];
    rn_anchor_grid(grid, &spec, 64, 64);
    float iou[RN_COUNT(box)];
    int level[RN_COUNT(box)];
    rn_coverage_of(iou, level, box, RN_COUNT(box), &spec, grid, 64, 64, 0);
    for (size_t i = 0; i + 1 < RN_COUNT(box); i++)
        cr_expect(iou[i] == 0 && level[i] == -1, "box %zu: %g on %d", i, (double)iou[i], level[i]);
    cr_expect(iou[7] == .25f && level[7] == 1, "the image itself: %g on level %d", (double)iou[7],
              level[7]);
    expect_agreement(&spec, 64, 64, box, RN_COUNT(box), 0, "odd boxes", 0);
    expect_agreement(&spec, 0, 64, box, RN_COUNT(box), 0, "no anchors", 0);
    rn_coverage_of(NULL, NULL, NULL, 0, &spec, grid, 64, 64, 0);
}

Test(coverage, an_anchor_covers_itself) {
    rn_anchor_spec spec = rn_anchor_spec_octave(3, 3, 4, 3, 3);
    rn_grid grid[3];
    rn_anchor_grid(grid, &spec, 64, 96);
    size_t n = rn_anchor_count(&spec, grid);
    rn_box *anchor = calloc(n, sizeof *anchor);
    float *iou = calloc(n, sizeof *iou);
    int *level = calloc(n, sizeof *level);
    rn_anchor_generate(anchor, &spec, grid, 64, 96);
    for (int threads = 1; threads <= 2; threads++) {
        rn_parallel_set_threads(threads);
        rn_coverage_of(iou, level, anchor, n, &spec, grid, 64, 96, 0);
        for (size_t a = 0, l = 0, first = 0; a < n; a++) {
            while (a - first >= 9 * (size_t)grid[l].h * (size_t)grid[l].w)
                first += 9 * (size_t)grid[l].h * (size_t)grid[l].w, l++;
            cr_assert(iou[a] == 1 && level[a] == (int)l, "anchor %zu", a);
        }
    }
    free(anchor);
    free(iou);
    free(level);
}
