/* Exercises of notebook 15. Fill in the functions, then: make check-exercises ONLY=15 */
#include <math.h>

/* 1. The standard error of the mean of b[i] - a[i]; count is at least 2. */
double paired_error(const double *a, const double *b, int count) {
    (void)a, (void)b, (void)count;
    return -1; /* TODO */
}

/* 2. The least number of seeds, at least 2, of which the standard error is at
 * most half of `gain`, when differences deviate by s from seed to seed. */
int seeds_needed(double gain, double s) {
    (void)gain, (void)s;
    return -1; /* TODO */
}

/* 3. The expected largest of n independent standard normal numbers, to 4 digits
 * behind the point, for n from 1 to 1000. */
double expected_best(int n) {
    (void)n;
    return -1; /* TODO */
}
