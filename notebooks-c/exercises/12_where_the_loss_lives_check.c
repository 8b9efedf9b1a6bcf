#include "check.h"

#include "loss/classification.h"

EXERCISE("1. The hardest", hardest) {
    double loss[] = {1, 4, 0, 2, 3}, before[5];
    memcpy(before, loss, sizeof loss);
    EXPECT_NEAR(hardest_share(loss, 5, .2), .4, 1e-12);
    EXPECT_NEAR(hardest_share(loss, 5, .4), .7, 1e-12);
    EXPECT_NEAR(hardest_share(loss, 5, 1), 1, 1e-12);
    EXPECT_NEAR(hardest_share(loss, 5, 0), 0, 1e-12);
    EXPECT_INT(memcmp(before, loss, sizeof loss), 0);
    static double even[100];
    for (int i = 0; i < 100; i++) even[i] = .1;
    EXPECT_NEAR(hardest_share(even, 100, .29), .29, 1e-12);
}

EXERCISE("2. Half of it", half) {
    double one[] = {0, 0, 5, 0}, few[] = {1, 2, 3, 4}, pair[] = {1, 1},
           crowd[] = {1, 1, 1, 1, 1, 6};
    EXPECT_INT(hold_half(one, 4), 1);
    EXPECT_INT(hold_half(few, 4), 2);
    EXPECT_INT(hold_half(pair, 2), 1);
    EXPECT_INT(hold_half(crowd, 6), 1);
    EXPECT_INT(hold_half(crowd, 5), 3);
}

/* The derivative for `positives` and `negatives` examples with the probability p. */
static double slope(double p, double positives, double negatives, double gamma,
                    double alpha) {
    rn_float x = (rn_float)log(p / (1 - p)), logit[] = {x, x}, grad[2];
    int label[] = {0, RN_BACKGROUND};
    rn_loss_options options = {.gamma = (rn_float)gamma,
                               .alpha = (rn_float)alpha};
    rn_loss_find("focal")->compute(grad, logit, label, 2, 1, &options, 1);
    return (double)grad[0] * positives / ((double)grad[1] * negatives);
}

EXERCISE("3. The balance", balance) {
    EXPECT_NEAR(resting_p(1, 999, 0, .5), .001, 1e-9);
    EXPECT_NEAR(resting_p(3, 1, 0, .5), .75, 1e-9);
    EXPECT_NEAR(resting_p(1, 3, 0, .75), .5, 1e-9);
    EXPECT_NEAR(resting_p(7, 7, 2, .5), .5, 1e-9);
    for (double gamma = 0; gamma <= 5; gamma++)
        for (double negatives = 1; negatives <= 1e5; negatives *= 10)
            EXPECT_NEAR(slope(resting_p(1, negatives, gamma, .25), 1, negatives,
                              gamma, .25),
                        -1, 1e-4);
}
