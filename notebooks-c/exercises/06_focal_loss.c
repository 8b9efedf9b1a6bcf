/* Exercises of notebook 6. Fill in the functions, then: make check-exercises ONLY=06 */
#include <math.h>

/* 1. The p_t at which FL is exactly `times` times cheaper than CE, gamma > 0. */
double cheap_from(double times, double gamma) {
    (void)times, (void)gamma;
    return -99; /* TODO */
}

/* 2. d/dx of -alpha_t (1 - p_t)^gamma log p_t for a logit x and y = 0 or 1, to
 * 10 digits for x between -100 and 100. */
double focal_gradient(double x, int y, double gamma, double alpha) {
    (void)x, (void)y, (void)gamma, (void)alpha;
    return -99; /* TODO */
}

/* 3. d/dx_t of -log(sigmoid(gamma x_t + beta)) / gamma, for any x_t, to 10
 * digits. */
double fl_star_slope(double x_t, double gamma, double beta) {
    (void)x_t, (void)gamma, (void)beta;
    return -99; /* TODO */
}
