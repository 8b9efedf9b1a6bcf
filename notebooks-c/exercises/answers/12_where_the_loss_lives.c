/* Answers to the exercises of notebook 12. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int falling(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* A sorted copy, the largest first; the caller frees. */
static double *sorted(const double *loss, size_t n, double *sum) {
    double *copy = malloc(n * sizeof *copy);
    if (!copy) abort();
    memcpy(copy, loss, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, falling);
    *sum = 0;
    for (size_t i = 0; i < n; i++) *sum += copy[i];
    return copy;
}

double hardest_share(const double *loss, size_t n, double part) {
    double sum, most = 0, *copy = sorted(loss, n, &sum);
    size_t count = (size_t)(part * (double)n + .5);
    for (size_t i = 0; i < count; i++) most += copy[i];
    free(copy);
    return most / sum;
}

size_t hold_half(const double *loss, size_t n) {
    double sum, most = 0, *copy = sorted(loss, n, &sum);
    size_t count = 0;
    while (count < n && most < sum / 2) most += copy[count++];
    free(copy);
    return count;
}

/* |d FL / dx| of an example with this p_t and q_t = 1 - p_t. */
static double pull(double p_t, double q_t, double gamma) {
    return pow(q_t, gamma) * (q_t - gamma * p_t * log(p_t));
}

/* Bisection over the logit: the pull of the positives falls with p, that of the negatives grows.
 * For cross entropy p = positives / (positives + negatives), .001 at 1 to 1000. For gamma 2 and
 * alpha .25 it is .05: scores of such detectors are no frequencies. */
double resting_p(double positives, double negatives, double gamma,
                 double alpha) {
    double low = -60, high = 60;
    for (int i = 0; i < 200; i++) {
        double x = (low + high) / 2;
        double p = 1 / (1 + exp(-x)), q = 1 / (1 + exp(x));
        double up = alpha * positives * pull(p, q, gamma);
        double down = (1 - alpha) * negatives * pull(q, p, gamma);
        if (up > down)
            low = x;
        else
            high = x;
    }
    return 1 / (1 + exp(-low));
}
