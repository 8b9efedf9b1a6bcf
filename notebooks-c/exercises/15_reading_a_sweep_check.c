#include "check.h"

EXERCISE("1. In pairs", pairs) {
    double a[] = {20, 30, 25, 28}, b[] = {21, 32, 25, 29};
    /* The differences are 1, 2, 0, 1: variance 2 / 3. */
    EXPECT_NEAR(paired_error(a, b, 4), sqrt(2. / 3 / 4), 1e-12);
    EXPECT_NEAR(paired_error(b, a, 4), sqrt(2. / 3 / 4), 1e-12);
    EXPECT_NEAR(paired_error(a, a, 4), 0, 1e-12);
    EXPECT_NEAR(paired_error(a, b, 2), .5, 1e-12);
}

EXERCISE("2. How many seeds?", seeds) {
    EXPECT_INT(seeds_needed(1, 1), 4);
    EXPECT_INT(seeds_needed(.5, 1), 16);
    EXPECT_INT(seeds_needed(.8, 2.37), 36);
    EXPECT_INT(seeds_needed(10, 1), 2);
    EXPECT_INT(seeds_needed(1, 0), 2);
    EXPECT_INT(seeds_needed(.25, 1.1), 78);
}

EXERCISE("3. The curse, exactly", curse) {
    EXPECT_NEAR(expected_best(1), 0, 1e-4);
    EXPECT_NEAR(expected_best(2), .5641896, 1e-4);
    EXPECT_NEAR(expected_best(3), .8462844, 1e-4);
    EXPECT_NEAR(expected_best(5), 1.1629645, 1e-4);
    EXPECT_NEAR(expected_best(10), 1.5387527, 1e-4);
    EXPECT_NEAR(expected_best(1000), 3.2414358, 1e-4);
}
