#include "check.h"

EXERCISE("1. Back from probabilities", logits) {
    EXPECT_NEAR(logit_of(.5), 0, 1e-15);
    EXPECT_NEAR(logit_of(1e-12), -27.631021115927547, 1e-10);
    EXPECT_NEAR(logit_of(1e-300), -690.77552789821, 1e-9);
    EXPECT_NEAR(logit_of(.75), 1.0986122886681098, 1e-12);
    /* log(p / (1 - p)) = 4 d + 16 d^3 / 3 + ... at p = 1/2 + d. */
    EXPECT_NEAR(logit_of(.5 + 0x1p-30) / 0x1p-28, 1, 1e-12);
    for (double x = -30; x <= 10; x += .5)
        EXPECT_NEAR(logit_of(1 / (1 + exp(-x))), x, 1e-10);
}

EXERCISE("2. Many classes", classes) {
    double few[] = {1, 2, 3}, far[] = {1000, -1000, 999}, one[] = {-7},
           equal[] = {1e4, 1e4, 1e4, 1e4};
    EXPECT_NEAR(softmax_cross_entropy(few, 3, 2), .40760596444438, 1e-12);
    EXPECT_NEAR(softmax_cross_entropy(few, 3, 0), 2.40760596444438, 1e-12);
    EXPECT_NEAR(softmax_cross_entropy(far, 3, 0), .31326168751822, 1e-12);
    EXPECT_NEAR(softmax_cross_entropy(far, 3, 1), 2000.31326168751822, 1e-9);
    EXPECT_NEAR(softmax_cross_entropy(one, 1, 0), 0, 1e-12);
    EXPECT_NEAR(softmax_cross_entropy(equal, 4, 3), log(4), 1e-12);
}

EXERCISE("3. A look ahead", factor) {
    EXPECT_NEAR(modulating_factor(0, 1, 2), .25, 1e-12);
    EXPECT_NEAR(modulating_factor(0, 0, 0), 1, 1e-12);
    EXPECT_NEAR(modulating_factor(log(9), 1, 2), .01, 1e-12);
    EXPECT_NEAR(modulating_factor(log(9), 0, 1), .9, 1e-12);
    EXPECT_NEAR(modulating_factor(40, 1, 1) * exp(40), 1, 1e-12);
    EXPECT_NEAR(modulating_factor(-300, 0, 2) * exp(300) * exp(300), 1, 1e-11);
    EXPECT_NEAR(modulating_factor(-300, 1, 5), 1, 1e-12);
}
