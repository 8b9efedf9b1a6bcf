/* Exercises of notebook 12. Fill in the functions, then: make check-exercises ONLY=12 */
#include <math.h>
#include <stddef.h>

/* 1. Which part of the sum of n losses do the part * n largest hold? part * n is a whole number
 * (round it: .29 * 100 is 28.999... for a double), the sum is above 0. */
double hardest_share(const double *loss, size_t n, double part) {
    (void)loss, (void)n, (void)part;
    return -1; /* TODO */
}

/* 2. How few of the n losses hold at least half of the sum? The sum is above 0. */
size_t hold_half(const double *loss, size_t n) {
    (void)loss, (void)n;
    return 0; /* TODO */
}

/* 3. The probability p, the same for all examples, at which the focal loss of so many positives and
 * negatives (each above 0; 0 < alpha < 1, 0 <= gamma <= 5) has derivative 0. */
double resting_p(double positives, double negatives, double gamma,
                 double alpha) {
    (void)positives, (void)negatives, (void)gamma, (void)alpha;
    return -1; /* TODO */
}
