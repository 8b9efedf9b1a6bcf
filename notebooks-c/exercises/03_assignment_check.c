#include "check.h"

/* Counts, with the object on each of 32 x 32 places of a cell. */
static double counted(int strides, float iou) {
    enum { CELL = 32 };
    int count = 0;
    float s = (float)(CELL * strides);
    rn_box object = {0, 0, s, s};
    for (int y = -4 * CELL; y < 4 * CELL; y++)
        for (int x = -4 * CELL; x < 4 * CELL; x++) {
            float dx = (float)x + .5f, dy = (float)y + .5f;
            rn_box moved = {dx, dy, dx + s, dy + s};
            count += rn_box_iou(moved, object, 0) >= iou;
        }
    return (double)count / (CELL * CELL);
}

EXERCISE("1. Any bar", matches) {
    EXPECT_NEAR(matches_expected(1, .5), .252093, 1e-6);
    EXPECT_NEAR(matches_expected(4, .5), 4.033488, 1e-5);
    EXPECT_NEAR(matches_expected(4, 1), 0, 1e-9);
    EXPECT_NEAR(matches_expected(4, .3), counted(4, .3f), .05);
    EXPECT_NEAR(matches_expected(3, .7), counted(3, .7f), .05);
}

EXERCISE("2. Nobody's objects", nobody) {
    rn_box anchor[] = {{0, 0, 10, 10}, {20, 0, 30, 10}};
    rn_box object[] = {
        {0, 0, 10, 10}, {0, 0, 10, 20}, {22, 0, 32, 10}, {50, 50, 60, 60}};
    EXPECT_INT(orphans(anchor, 2, object, 4, .5f), 1);
    EXPECT_INT(orphans(anchor, 2, object, 4, .6f), 2);
    EXPECT_INT(orphans(anchor, 2, object, 4, .7f), 3);
    EXPECT_INT(orphans(anchor, 0, object, 4, .5f), 4);
    EXPECT_INT(orphans(anchor, 2, object, 0, .5f), 0);
}

EXERCISE("3. Odds", odds) {
    EXPECT_NEAR(no_for_each_yes(1001, 1, 0, 1), 1000, 1e-9);
    EXPECT_NEAR(no_for_each_yes(100, 10, 20, 1), 7, 1e-9);
    EXPECT_NEAR(no_for_each_yes(100, 10, 20, 4), 31, 1e-9);
    EXPECT_NEAR(no_for_each_yes(100, 0, 20, 4), 0, 1e-9);
}
