#include "check.h"

EXERCISE("1. The tolerance", tolerance) {
    EXPECT_NEAR(largest_shift(30, .5), 10, 1e-9);
    EXPECT_NEAR(largest_shift(64, 1), 0, 1e-9);
    EXPECT_NEAR(largest_shift(8, 0), 8, 1e-9);
    for (float iou = .125f; iou < 1; iou += .125f) {
        float d = (float)largest_shift(128, iou);
        rn_box a = {0, 0, 128, 128}, b = {d, 0, 128 + d, 128};
        EXPECT_NEAR(rn_box_iou(a, b, 0), iou, 1e-6);
    }
}

EXERCISE("2. The diagonal", diagonal) {
    EXPECT_NEAR(largest_diagonal_shift(64, 1), 0, 1e-9);
    EXPECT_NEAR(largest_diagonal_shift(8, 0), 8, 1e-9);
    for (float iou = .125f; iou < 1; iou += .125f) {
        float d = (float)largest_diagonal_shift(128, iou);
        rn_box a = {0, 0, 128, 128}, b = {d, d, 128 + d, 128 + d};
        EXPECT_NEAR(rn_box_iou(a, b, 0), iou, 1e-6);
    }
}

EXERCISE("3. The best of many", best) {
    rn_box box = {10, 10, 20, 20};
    rn_box guess[] = {{30, 30, 40, 40},
                      {12, 10, 22, 20},
                      {11, 10, 21, 20},
                      {9, 10, 19, 20},
                      {0, 0, 100, 100}};
    EXPECT_INT(best_match(box, guess, 5), 2);
    EXPECT_INT(best_match(box, guess, 2), 1);
    EXPECT_INT(best_match(box, guess, 1), -1);
    EXPECT_INT(best_match(box, guess, 0), -1);
}
