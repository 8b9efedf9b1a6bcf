#include "detect/anchor.h"
#include "base/real.h"
#include "golden/detect_anchor.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>

static rn_anchor_spec torchvision_spec(void) {
    rn_anchor_spec spec = rn_anchor_spec_octave(5, 3, 4, 3, 3);
    spec.offset = 0;
    spec.whole_sizes = spec.stride_from_grid = true;
    return spec;
}

Test(anchor, those_of_torchvisions_retinanet_exactly) {
    rn_anchor_spec spec = torchvision_spec();
    rn_grid grid[5];
    rn_anchor_grid(grid, &spec, GOLDEN_HEIGHT, GOLDEN_WIDTH);
    for (int l = 0; l < 5; l++)
        cr_assert(grid[l].h == golden_grid[l][0] && grid[l].w == golden_grid[l][1], "level %d", l);
    size_t count = rn_anchor_count(&spec, grid);
    cr_assert(count == RN_COUNT(golden_anchor), "%zu anchors", count);
    rn_box *anchor = malloc(count * sizeof *anchor);
    rn_anchor_generate(anchor, &spec, grid, GOLDEN_HEIGHT, GOLDEN_WIDTH);
    for (size_t a = 0; a < count; a++) {
        const short *want = golden_anchor[a];
        rn_box b = anchor[a];
        cr_assert(b.x1 == want[0] && b.y1 == want[1] && b.x2 == want[2] && b.y2 == want[3],
                  "%zu: %g %g %g %g, want %d %d %d %d", a, (double)b.x1, (double)b.y1, (double)b.x2,
                  (double)b.y2, want[0], want[1], want[2], want[3]);
    }
    free(anchor);
}

/* Section 4: areas of 32^2 to 512^2 on P3 to P7, scales 2^0 2^(1/3) 2^(2/3), ratios 1:2 1:1 2:1. */
Test(anchor, the_papers_have_its_areas_ratios_and_centres) {
    rn_anchor_spec spec = rn_anchor_spec_octave(5, 3, 4, 3, 3);
    cr_assert(rn_anchor_per_cell(&spec) == 9);
    for (int l = 0; l < 5; l++) {
        double stride = 8 << l, side = 32 << l;
        rn_anchor_level level = rn_anchor_level_of(&spec, l, (rn_grid){9, 7}, 1, 1);
        for (int i = 0; i < 9; i++) {
            rn_box b = rn_anchor_at(&level, 4, 5, i);
            double w = (double)(b.x2 - b.x1), h = (double)(b.y2 - b.y1);
            double area = side * side * pow(4, (i % 3) / 3.), ratio = (double[]){.5, 1, 2}[i / 3];
            cr_expect(fabs(w * h / area - 1) <= 1e-5, "level %d shape %d: area %g", l, i, w * h);
            cr_expect(fabs(h / w / ratio - 1) <= 1e-5, "level %d shape %d: ratio %g", l, i, h / w);
            cr_expect(fabs((double)(b.x1 + b.x2) / 2 - 5.5 * stride) <= 1e-3, "level %d", l);
            cr_expect(fabs((double)(b.y1 + b.y2) / 2 - 4.5 * stride) <= 1e-3, "level %d", l);
        }
    }
}

Test(anchor, octaves_and_ratios_for_other_counts) {
    rn_anchor_spec spec = rn_anchor_spec_octave(2, 4, 3, 2, 4);
    cr_expect(spec.levels == 2 && spec.stride[0] == 16 && spec.stride[1] == 32);
    cr_expect(spec.size[0] == 48 && spec.size[1] == 96);
    cr_expect(spec.scale[0] == 1 && fabs(spec.scale[1] - sqrt(2)) <= 1e-12);
    for (int i = 0; i < 4; i++)
        cr_expect(fabs(spec.ratio[i] * spec.ratio[3 - i] - 1) <= 1e-12 &&
                  (i == 0 || fabs(spec.ratio[i] / spec.ratio[i - 1] - 2) <= 1e-12));
    spec = rn_anchor_spec_octave(1, 3, 4, 1, 1);
    cr_expect(spec.ratio[0] == 1 && spec.scale[0] == 1 && rn_anchor_per_cell(&spec) == 1);
}

Test(anchor, order_is_level_row_column_ratio_scale) {
    rn_anchor_spec spec = rn_anchor_spec_octave(2, 3, 4, 2, 3);
    rn_grid grid[2] = {{3, 2}, {2, 1}};
    rn_box anchor[48];
    cr_assert(rn_anchor_count(&spec, grid) == RN_COUNT(anchor));
    rn_anchor_generate(anchor, &spec, grid, 24, 16);
    size_t a = 0;
    for (int l = 0; l < 2; l++)
        for (int y = 0; y < grid[l].h; y++)
            for (int x = 0; x < grid[l].w; x++)
                for (int r = 0; r < 3; r++)
                    for (int s = 0; s < 2; s++, a++) {
                        double side = spec.size[l] * spec.scale[s], root = sqrt(spec.ratio[r]);
                        double cx = (x + .5) * spec.stride[l], cy = (y + .5) * spec.stride[l];
                        rn_box b = anchor[a];
                        cr_expect(fabs((double)b.x1 - (cx - side / root / 2)) <= 1e-4 &&
                                      fabs((double)b.y2 - (cy + side * root / 2)) <= 1e-4,
                                  "anchor %zu", a);
                    }
}

Test(anchor, a_level_without_cells_has_no_anchors) {
    rn_anchor_spec spec = torchvision_spec();
    rn_grid grid[5] = {{0, 0}, {2, 0}, {1, 1}, {0, 3}, {1, 1}};
    rn_box anchor[18];
    cr_assert(rn_anchor_count(&spec, grid) == 18);
    rn_anchor_generate(anchor, &spec, grid, 64, 32);
    cr_expect(anchor[0].x2 > anchor[0].x1 && anchor[17].x2 > anchor[17].x1);
    rn_anchor_grid(grid, &spec, 0, 100);
    cr_expect(rn_anchor_count(&spec, grid) == 0);
}

Test(anchor, refuses_a_spec_without_ratios, .signal = SIGABRT) {
    rn_anchor_spec spec = torchvision_spec();
    spec.num_ratios = 0;
    (void)rn_anchor_per_cell(&spec);
}

Test(anchor, refuses_a_stride_that_is_no_number, .signal = SIGABRT) {
    rn_anchor_spec spec = torchvision_spec();
    spec.stride[2] = NAN;
    (void)rn_anchor_per_cell(&spec);
}
