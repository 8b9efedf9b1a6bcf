/* Answers to the exercises of notebook 4. */
#include <math.h>

/* The odds are 1 + (2 p - 1) / (1 - p), and near p = 1/2 both differences are
 * exact: log1p gets all the digits behind the 1. Far from it log and log1p, each
 * of a number that is known to all its digits. */
double logit_of(double p) {
    if (p > .25 && p < .75) return log1p((2 * p - 1) / (1 - p));
    return log(p) - log1p(-p);
}

/* -log(e^x_t / sum e^x_k) = m + log(sum e^(x_k - m)) - x_t for any m; with the
 * largest logit no exponent is above 0 and one of them is 0. */
double softmax_cross_entropy(const double *logit, int count, int truth) {
    double m = logit[0], sum = 0;
    for (int k = 1; k < count; k++) m = fmax(m, logit[k]);
    for (int k = 0; k < count; k++) sum += exp(logit[k] - m);
    return log(sum) + (m - logit[truth]);
}

/* 1 - p_t is the probability of the other answer, a sigmoid again: with s = x
 * for y = 1 and -x for y = 0 it is 1 / (1 + e^s). */
double modulating_factor(double x, int y, double gamma) {
    double s = y ? x : -x;
    return pow(1 / (1 + exp(s)), gamma);
}
