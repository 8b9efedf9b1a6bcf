#include "check.h"

EXERCISE("1. The bar", bar) {
    double loss[] = {.2, 5, 1, .1, 3, 3};
    EXPECT_NEAR(bar(loss, 6, 1), 5, 0);
    EXPECT_NEAR(bar(loss, 6, 2), 3, 0);
    EXPECT_NEAR(bar(loss, 6, 3), 3, 0);
    EXPECT_NEAR(bar(loss, 6, 4), 1, 0);
    EXPECT_NEAR(bar(loss, 6, 6), .1, 0);
    EXPECT_NEAR(bar(loss, 6, 100), .1, 0);
    EXPECT_NEAR(bar(loss, 1, 1), .2, 0);
}

/* The kept ones as the bits of a number, the first guess last. */
static int kept_bits(const double *loss, const int *y, int count, int batch) {
    int kept[16], bits = 0, chosen, sum = 0;
    for (int i = 0; i < 16; i++) kept[i] = 7;
    chosen = one_to_three(loss, y, kept, count, batch);
    for (int i = 0; i < count; i++) bits |= (kept[i] == 1) << i;
    for (int i = 0; i < count; i++) sum += kept[i];
    EXPECT_INT(chosen, sum);
    return bits;
}

EXERCISE("2. One to three", three) {
    double loss[] = {1, 9, 2, 8, 3, 7, 4, 6, 5, .5};
    int y[] = {1, 0, 1, 0, 0, 0, 0, 0, 0, 1};
    int none[10] = {0};
    EXPECT_INT(kept_bits(loss, y, 10, 4), 1 << 2 | 1 << 1 | 1 << 3 | 1 << 5);
    EXPECT_INT(kept_bits(loss, y, 10, 5),
               1 << 0 | 1 << 2 | 1 << 1 | 1 << 3 | 1 << 5);
    EXPECT_INT(kept_bits(loss, y, 10, 100), 01777);
    EXPECT_INT(kept_bits(loss, none, 10, 100), 1 << 1 | 1 << 3 | 1 << 5);
    EXPECT_INT(kept_bits(loss, none, 10, 2), 1 << 1 | 1 << 3);
    EXPECT_INT(kept_bits(loss, y, 1, 100), 1);
    double equal[] = {1, 1, 1, 1, 1, 1};
    int last[] = {0, 0, 0, 0, 1, 1};
    EXPECT_INT(kept_bits(equal, last, 6, 4), 1 << 4 | 7);
}

EXERCISE("3. Where they agree", half) {
    double p = half_weight(), q = 1 - p;
    EXPECT_NEAR(q * q * (1 - 2 * p * log(p) / q), .5, 1e-9);
    EXPECT_INT(p > 0 && p < 1, 1);
}
