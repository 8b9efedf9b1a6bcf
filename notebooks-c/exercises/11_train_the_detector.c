/* Exercises of notebook 11. Fill in the functions, then: make check-exercises ONLY=11 */
#include <math.h>
#include <stddef.h>

/* 1. The sum of the focal loss before training, not normalised: so many positive and negative pairs
 * of anchor and class, all of which the network gives the probability `prior`. */
double first_loss(double positives, double negatives, double prior,
                  double gamma, double alpha) {
    (void)positives, (void)negatives, (void)prior, (void)gamma, (void)alpha;
    return -1; /* TODO */
}

/* 2. The learning rate of a step 0, 1, ...: it grows in a straight line from rate * factor at step
 * 0 to `rate` at step warm_up, and is a tenth of all that from step `drop` on. No warm-up where
 * warm_up is 0. */
double rate_of(long step, double rate, long warm_up, double factor, long drop) {
    (void)step, (void)rate, (void)warm_up, (void)factor, (void)drop;
    return -1; /* TODO */
}

/* 3. One update of n weights w with gradients g; v is the velocity. */
void momentum_step(double *w, double *v, const double *g, size_t n, double rate,
                   double momentum, double decay) {
    (void)w, (void)v, (void)g, (void)n, (void)rate, (void)momentum, (void)decay;
    /* TODO */
}
