/* near.h: is a number what it should be? NaN never is. */
#ifndef RN_TESTS_SUPPORT_NEAR_H
#define RN_TESTS_SUPPORT_NEAR_H

#include <math.h>
#include <stdbool.h>

/** |got - want| <= relative * |want| + absolute, both being finite. */
static inline bool rn_test_near(double got, double want, double relative, double absolute) {
    return isfinite(got) && isfinite(want) && fabs(got - want) <= relative * fabs(want) + absolute;
}

#endif
