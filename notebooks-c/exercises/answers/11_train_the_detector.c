/* Answers to the exercises of notebook 11. */
#include <math.h>
#include <stddef.h>

/* With a prior of 0.5 a negative costs 0.75 / 4 * log 2 = 0.13 instead of 7.5e-7: a hundred
 * thousand of them cost 13 000, beside which the positives do not count. log1p: a prior may be
 * tiny. */
double first_loss(double positives, double negatives, double prior,
                  double gamma, double alpha) {
    double positive = alpha * pow(1 - prior, gamma) * -log(prior);
    double negative = (1 - alpha) * pow(prior, gamma) * -log1p(-prior);
    return positives * positive + negatives * negative;
}

double rate_of(long step, double rate, long warm_up, double factor, long drop) {
    if (step >= drop) rate /= 10;
    if (step >= warm_up) return rate;
    double done = (double)step / (double)warm_up;
    return rate * (factor + (1 - factor) * done);
}

/* With a constant gradient v tends to g (1 + .9 + .81 + ...) = 10 g: ten times the step. */
void momentum_step(double *w, double *v, const double *g, size_t n, double rate,
                   double momentum, double decay) {
    for (size_t i = 0; i < n; i++) {
        v[i] = momentum * v[i] + (g[i] + decay * w[i]);
        w[i] -= rate * v[i];
    }
}
