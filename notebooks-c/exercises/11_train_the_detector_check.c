#include "check.h"

#include "loss/classification.h"
#include "train/schedule.h"

EXERCISE("1. The pencil", pencil) {
    EXPECT_NEAR(first_loss(1, 0, .01, 2, .25), .25 * .9801 * -log(.01), 1e-12);
    EXPECT_NEAR(first_loss(0, 1, .01, 2, .25), .75 * 1e-4 * -log(.99), 1e-15);
    EXPECT_NEAR(first_loss(1, 3, .5, 0, .5), 2 * log(2), 1e-12);
    rn_float x = (rn_float)-log(99), logit[] = {x, x, x};
    int label[] = {0, RN_BACKGROUND, RN_BACKGROUND};
    rn_loss_options options = {.gamma = 2, .alpha = (rn_float).25};
    const rn_loss *focal = rn_loss_find("focal");
    EXPECT_NEAR(first_loss(1, 2, .01, 2, .25),
                focal->compute(NULL, logit, label, 3, 1, &options, 1), 1e-6);
}

EXERCISE("2. The brake", brake) {
    EXPECT_NEAR(rate_of(0, .3, 10, .25, 100), .075, 1e-12);
    EXPECT_NEAR(rate_of(5, .3, 10, .25, 100), .1875, 1e-12);
    EXPECT_NEAR(rate_of(0, .3, 0, .25, 100), .3, 1e-12);
    rn_schedule schedule = {.rate = .05,
                            .warm_up = 30,
                            .warm_up_factor = .1,
                            .step = {20},
                            .num_steps = 1,
                            .factor = .1};
    for (long step = 0; step < 60; step++)
        EXPECT_NEAR(rate_of(step, .05, 30, .1, 20),
                    rn_schedule_rate(&schedule, step), 1e-12);
}

EXERCISE("3. The flywheel", flywheel) {
    double w[] = {1, -2}, v[] = {0, .5}, g[] = {.5, 1};
    momentum_step(w, v, g, 2, .1, .9, 0);
    EXPECT_NEAR(v[0], .5, 1e-12);
    EXPECT_NEAR(w[0], .95, 1e-12);
    EXPECT_NEAR(v[1], 1.45, 1e-12);
    EXPECT_NEAR(w[1], -2.145, 1e-12);
    double x = 4, speed = 0, none = 0;
    momentum_step(&x, &speed, &none, 1, .5, .9, .1);
    EXPECT_NEAR(x, 3.8, 1e-12);
    momentum_step(&x, &speed, &none, 1, .5, .9, .1);
    EXPECT_NEAR(speed, .74, 1e-12);
    EXPECT_NEAR(x, 3.43, 1e-12);
    momentum_step(&x, &speed, &none, 0, .5, .9, .1);
    EXPECT_NEAR(x, 3.43, 1e-12);
}
