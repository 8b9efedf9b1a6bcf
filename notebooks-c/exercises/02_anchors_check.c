#include "check.h"
#include "detect/anchor.h"

EXERCISE("1. Counting", counting) {
    EXPECT_INT(anchors_of(256, 256, 3, 9), 12096);
    EXPECT_INT(anchors_of(600, 800, 5, 9), 90360);
    EXPECT_INT(anchors_of(800, 1333, 5, 9), 200700);
    EXPECT_INT(anchors_of(8, 9, 1, 1), 2);
    EXPECT_INT(anchors_of(1, 1, 5, 3), 15);
}

EXERCISE("2. The worst place, for any bar", worst) {
    EXPECT_NEAR(strides_needed(0), .5, 1e-9);
    EXPECT_NEAR(strides_needed(1. / 7), 1, 1e-9);
    EXPECT_NEAR(strides_needed(1600. / 3008), 3, 1e-9);
    for (float iou = .125f; iou < .9f; iou += .125f) {
        float a = (float)strides_needed(iou);
        rn_box anchor = {0, 0, a, a}, moved = {.5f, .5f, a + .5f, a + .5f};
        EXPECT_NEAR(rn_box_iou(anchor, moved, 0), iou, 1e-5);
    }
}

EXERCISE("3. Backwards", backwards) {
    enum { SIDE = 96 };
    rn_anchor_spec spec = rn_anchor_spec_octave(3, 3, 3, 3, 3);
    rn_grid grid[3];
    rn_anchor_grid(grid, &spec, SIDE, SIDE);
    static rn_box anchor[2000];
    int count = (int)rn_anchor_count(&spec, grid);
    rn_anchor_generate(anchor, &spec, grid, SIDE, SIDE);
    for (int i = 0; i < count; i++) {
        place p = anchor_at(i, SIDE);
        int level = i < 144 * 9 ? 3 : i < 180 * 9 ? 4 : 5;
        EXPECT_INT(p.level, level);
        rn_grid cells = grid[p.level - 3];
        EXPECT_INT(p.row >= 0 && p.row < cells.h, 1);
        EXPECT_INT(p.column >= 0 && p.column < cells.w, 1);
        EXPECT_INT(p.ratio >= 0 && p.ratio < 3, 1);
        EXPECT_INT(p.scale >= 0 && p.scale < 3, 1);
        rn_anchor_level of =
            rn_anchor_level_of(&spec, p.level - 3, cells, SIDE, SIDE);
        rn_box box = rn_anchor_at(&of, p.row, p.column, 3 * p.ratio + p.scale);
        EXPECT_NEAR(box.x1, anchor[i].x1, 1e-4);
        EXPECT_NEAR(box.y1, anchor[i].y1, 1e-4);
        EXPECT_NEAR(box.x2, anchor[i].x2, 1e-4);
        EXPECT_NEAR(box.y2, anchor[i].y2, 1e-4);
    }
}
