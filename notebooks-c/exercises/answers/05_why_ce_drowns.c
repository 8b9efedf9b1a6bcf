/* Answers to the exercises of notebook 5. */
#include <math.h>

/* A negative pushes with p, a positive with 1 - p. */
double break_even(double negatives, double positives, double p) {
    return positives * (1 - p) / negatives;
}

/* 1 - p_t is the push itself, of negatives as of positives. */
double easy_share(const double *x, const int *y, int count, double above) {
    double easy = 0, all = 0;
    for (int i = 0; i < count; i++) {
        double push = fabs(1 / (1 + exp(-x[i])) - y[i]);
        all += push;
        if (!y[i] && 1 - push > above) easy += push;
    }
    return easy / all;
}

/* negatives * p = positives * (1 - p), so the odds p / (1 - p) are
 * positives / negatives, and b is their logarithm: the class frequency. */
double blind_bias(double negatives, double positives) {
    return log(positives / negatives);
}
