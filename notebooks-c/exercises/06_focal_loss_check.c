#include "check.h"

EXERCISE("1. A thousand times cheaper", cheap) {
    EXPECT_NEAR(cheap_from(100, 2), .9, 1e-12);
    EXPECT_NEAR(cheap_from(4, 2), .5, 1e-12);
    EXPECT_NEAR(cheap_from(1000, 2), .96837722339832, 1e-12);
    EXPECT_NEAR(cheap_from(32, 5), .5, 1e-12);
    EXPECT_NEAR(cheap_from(10, 1), .9, 1e-12);
}

EXERCISE("2. The gradient in x", gradient) {
    EXPECT_NEAR(focal_gradient(0, 1, 0, .5), -.25, 1e-12);
    EXPECT_NEAR(focal_gradient(0, 0, 0, .25), .375, 1e-12);
    EXPECT_NEAR(focal_gradient(0, 1, 2, 1), -.29828679513999, 1e-12);
    EXPECT_NEAR(focal_gradient(0, 0, 2, .25), .75 * .29828679513999, 1e-12);
    EXPECT_NEAR(focal_gradient(-100, 1, 2, .25), -.25, 1e-10);
    EXPECT_NEAR(focal_gradient(100, 0, 2, .25), .75, 1e-10);
    /* nearly right: (gamma + 1) q^(gamma + 1) */
    EXPECT_NEAR(focal_gradient(-100, 0, 1, 0) / (2 * exp(-200)), 1, 1e-10);
    EXPECT_NEAR(focal_gradient(40, 1, 2, 1) / (-3 * exp(-120)), 1, 1e-10);
}

EXERCISE("3. The other loss", star) {
    EXPECT_NEAR(fl_star_slope(0, 1, 0), -.5, 1e-12);
    EXPECT_NEAR(fl_star_slope(1, 2, 1), -.047425873177567, 1e-12);
    EXPECT_NEAR(fl_star_slope(-1000, 4, 0), -1, 1e-12);
    EXPECT_NEAR(fl_star_slope(10, 4, 0) * exp(40), -1, 1e-10);
}
