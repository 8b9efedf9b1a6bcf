#include "check.h"

EXERCISE("1. The bias", bias) {
    EXPECT_NEAR(prior_bias(.5), 0, 1e-15);
    EXPECT_NEAR(prior_bias(.01), -4.5951198501345900, 1e-12);
    EXPECT_NEAR(prior_bias(.99), 4.5951198501345900, 1e-12);
    EXPECT_NEAR(prior_bias(1e-300), -690.77552789821, 1e-9);
}

EXERCISE("2. The first focal loss", first) {
    EXPECT_NEAR(first_loss(100, 1, .5, 0, .5), 101 * log(2) / 2, 1e-10);
    EXPECT_NEAR(first_loss(300, 3, .5, 0, .5), 101 * log(2) / 2, 1e-10);
    EXPECT_NEAR(first_loss(0, 7, .01, 2, .25), .25 * .9801 * log(100), 1e-10);
    EXPECT_NEAR(first_loss(100000, 30, .01, 2, .25), 1.1308944087851074, 1e-9);
    EXPECT_NEAR(first_loss(1e9, 1, 1e-12, 0, 0), .001, 1e-12);
}

EXERCISE("3. Sixteen hundred steps", steps) {
    double third = 1e5 / 30;
    EXPECT_NEAR(bias_after(0, .01, third, .01, .9), -4.59511985013459, 1e-12);
    EXPECT_NEAR(bias_after(1, .5, third, .01, .9), -.01 * (third - 1) / 2,
                1e-10);
    /* the second step: nothing pushes down any more, but the velocity goes on */
    EXPECT_NEAR(bias_after(2, .5, third, .01, .9), -31.6471686028, 1e-8);
    EXPECT_NEAR(bias_after(5000, .5, third, .01, .9), -log(third), 1e-6);
    EXPECT_NEAR(bias_after(20000, .01, 50, .01, 0), -log(50), 1e-6);
}
