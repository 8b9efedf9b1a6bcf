#include "check.h"
#include "detect/coder.h"

static const rn_coder coder = {.std = {1, 1, 1, 1}, .log_most = 4};

static rn_box flip(rn_box box, float width) {
    return (rn_box){width - box.x2, box.y1, width - box.x1, box.y2};
}

EXERCISE("1. In the mirror", mirrored) {
    rn_box object = {30, 20, 70, 50}, anchor = {10, 10, 50, 60};
    for (float width = 80; width < 400; width += 100) {
        rn_float t[4], want[4];
        rn_coder_encode(t, &coder, object, anchor);
        rn_coder_encode(want, &coder, flip(object, width), flip(anchor, width));
        code got = mirror((code){t[0], t[1], t[2], t[3]});
        EXPECT_NEAR(got.x, want[0], 1e-5);
        EXPECT_NEAR(got.y, want[1], 1e-5);
        EXPECT_NEAR(got.w, want[2], 1e-5);
        EXPECT_NEAR(got.h, want[3], 1e-5);
    }
}

EXERCISE("2. Sizes alone", sizes) {
    EXPECT_NEAR(iou_of_sizes(0, 0), 1, 1e-12);
    EXPECT_NEAR(iou_of_sizes(log(2), 0), .5, 1e-12);
    EXPECT_NEAR(iou_of_sizes(-log(2), -log(2)), .25, 1e-12);
    EXPECT_NEAR(iou_of_sizes(log(2), -log(2)), 1. / 3, 1e-12);
    rn_box anchor = {0, 0, 100, 100};
    for (float tw = -1; tw <= 1; tw += .25f)
        for (float th = -1; th <= 1; th += .25f) {
            rn_float t[4] = {0, 0, tw, th};
            rn_box box = rn_coder_decode(&coder, t, anchor);
            EXPECT_NEAR(iou_of_sizes(tw, th), rn_box_iou(box, anchor, 0), 1e-5);
        }
}

EXERCISE("3. The answer for many", many) {
    double few[] = {0, .1, .1, .2, 3}, one[] = {-7}, far[] = {-1e3, 5, 1e3};
    EXPECT_NEAR(best_constant(few, 5, 100), .68, 1e-8);
    EXPECT_NEAR(best_constant(few, 5, 1), .35, 1e-8);
    EXPECT_NEAR(best_constant(few, 5, .11), .4 / 3, 1e-8);
    EXPECT_NEAR(best_constant(few, 5, 1e-9), .1, 1e-8);
    EXPECT_NEAR(best_constant(one, 1, .11), -7, 1e-8);
    EXPECT_NEAR(best_constant(far, 3, 1), 5, 1e-8);
}
