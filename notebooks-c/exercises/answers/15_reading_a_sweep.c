/* Answers to the exercises of notebook 15. */
#include <math.h>

double paired_error(const double *a, const double *b, int count) {
    double mean = 0, sum = 0;
    for (int i = 0; i < count; i++) mean += (b[i] - a[i]) / count;
    for (int i = 0; i < count; i++) {
        double off = b[i] - a[i] - mean;
        sum += off * off;
    }
    return sqrt(sum / (count - 1) / count);
}

/* gain >= 2 s / sqrt(n), solved for n. Half the gain costs four times the
 * seeds. */
int seeds_needed(double gain, double s) {
    int n = (int)ceil(4 * s * s / (gain * gain));
    return n < 2 ? 2 : n;
}

double expected_best(int n) {
    const double step = 1e-3, root = sqrt(2), pi = acos(-1);
    double sum = 0;
    for (double x = -10; x < 10; x += step) {
        double density = exp(-x * x / 2) / sqrt(2 * pi);
        sum += x * n * density * pow(erfc(-x / root) / 2, n - 1) * step;
    }
    return sum;
}
