#include "check.h"

EXERCISE("1. Break-even", even) {
    EXPECT_NEAR(break_even(100000, 30, 0), .0003, 1e-12);
    EXPECT_NEAR(break_even(100000, 30, .1), .00027, 1e-12);
    EXPECT_NEAR(break_even(1000, 100, .5), .05, 1e-12);
    EXPECT_NEAR(break_even(50, 50, 1), 0, 1e-12);
}

EXERCISE("2. The easy crowd", crowd) {
    double x[] = {log(1. / 9), log(1. / 4), log(1.), log(4.), log(1. / 9)};
    int y[] = {0, 0, 0, 1, 1};
    /* pushes .1 .2 .5 .2 .9, p_t .9 .8 .5 .8 .1 */
    EXPECT_NEAR(easy_share(x, y, 5, .6), .3 / 1.9, 1e-12);
    EXPECT_NEAR(easy_share(x, y, 5, .85), .1 / 1.9, 1e-12);
    EXPECT_NEAR(easy_share(x, y, 5, .4), .8 / 1.9, 1e-12);
    EXPECT_NEAR(easy_share(x, y, 3, 0), 1, 1e-12);
    EXPECT_NEAR(easy_share(x + 3, y + 3, 2, 0), 0, 1e-12);
}

EXERCISE("3. A detector without eyes", blind) {
    EXPECT_NEAR(blind_bias(50, 50), 0, 1e-12);
    EXPECT_NEAR(blind_bias(99, 1), log(1. / 99), 1e-12);
    EXPECT_NEAR(blind_bias(100000, 30), -8.1117280833082, 1e-10);
    /* at rest both sides push equally */
    double p = 1 / (1 + exp(-blind_bias(12345, 67)));
    EXPECT_NEAR(12345 * p, 67 * (1 - p), 1e-9);
}
