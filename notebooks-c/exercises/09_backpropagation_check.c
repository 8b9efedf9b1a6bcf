#include "check.h"

EXERCISE("1. Upsampling, backward", upsampling) {
    double dtop[] = {100, 200}, dy[] = {1, 2, 3, 4, 5, 6, 7, 8};
    upsample_backward(dtop, dy, 1, 2);
    EXPECT_NEAR(dtop[0], 100 + 1 + 2 + 5 + 6, 1e-12);
    EXPECT_NEAR(dtop[1], 200 + 3 + 4 + 7 + 8, 1e-12);
    double tall[2] = {0};
    upsample_backward(tall, dy, 2, 1);
    EXPECT_NEAR(tall[0], 1 + 2 + 3 + 4, 1e-12);
    EXPECT_NEAR(tall[1], 5 + 6 + 7 + 8, 1e-12);
}

static double state(double w, double x, int n) {
    for (int k = 0; k < n; k++) x = tanh(w * x + 1);
    return x;
}

EXERCISE("2. A weight shared over time", recurrent) {
    EXPECT_NEAR(recurrent_gradient(.5, 2, 0), 0, 1e-12);
    double once = tanh(.5 * 2 + 1);
    EXPECT_NEAR(recurrent_gradient(.5, 2, 1), 2 * (1 - once * once), 1e-12);
    for (int n = 2; n <= 100; n += 14)
        for (double w = -1.5; w <= 1.5; w += .5) {
            double h = 1e-5, rise = state(w + h, .3, n) - state(w - h, .3, n);
            EXPECT_NEAR(recurrent_gradient(w, .3, n), rise / (2 * h),
                        1e-6 * fmax(1, fabs(rise / (2 * h))));
        }
}

static double cost(const double *x) {
    return x[0] * x[0] * x[1] + sin(x[2]) + 3 * x[3];
}

EXERCISE("3. The detective", detective) {
    double x[] = {2, 3, .5, 7}, right[] = {12, 4, cos(.5), 3};
    EXPECT_INT(wrong_part(cost, x, right, 4), -1);
    for (int i = 0; i < 4; i++) {
        double claim[4];
        for (int k = 0; k < 4; k++) claim[k] = right[k];
        claim[i] += .001;
        EXPECT_INT(wrong_part(cost, x, claim, 4), i);
        claim[i] = -right[i];
        EXPECT_INT(wrong_part(cost, x, claim, 4), i);
    }
    EXPECT_NEAR(x[0] + x[1] + x[2] + x[3], 12.5, 0);
}
