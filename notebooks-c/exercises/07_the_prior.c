/* Exercises of notebook 7. Fill in the functions, then: make check-exercises ONLY=07 */
#include <math.h>

/* 1. The bias of which the sigmoid is pi, for pi from 1e-300 to .99. */
double prior_bias(double pi) {
    (void)pi;
    return -99; /* TODO */
}

/* 2. The focal loss over all guesses, all given the probability pi, divided by
 * the number of positives; also for pi = 1e-12 (mind the digits of 1 - pi). */
double first_loss(double negatives, double positives, double pi, double gamma,
                  double alpha) {
    (void)negatives, (void)positives, (void)pi, (void)gamma, (void)alpha;
    return -99; /* TODO */
}

/* 3. The bias after so many steps of SGD with momentum by cross entropy, from
 * the prior pi on; ratio is negatives / positives. */
double bias_after(int steps, double pi, double ratio, double rate,
                  double momentum) {
    (void)steps, (void)pi, (void)ratio, (void)rate, (void)momentum;
    return -99; /* TODO */
}
