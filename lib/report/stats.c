#include "report/stats.h"
#include "base/check.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double rn_stats_mean(const double *value, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += value[i];
    return n ? sum / (double)n : NAN;
}

double rn_stats_sd(const double *value, size_t n) {
    if (n < 2) return NAN;
    double mean = rn_stats_mean(value, n), sum = 0;
    for (size_t i = 0; i < n; i++) sum += (value[i] - mean) * (value[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double rn_stats_median(const double *value, size_t n) {
    if (n == 0) return NAN;
    double *sorted = rn_vec_zeros(n, sizeof *sorted);
    memcpy(sorted, value, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_numbers);
    double median = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    free(sorted);
    return median;
}

/* The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz' method. It
 * converges quickly for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double result = d;
    for (int m = 1; m < 1000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double before = result;
        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            result *= c * d;
        }
        if (fabs(result - before) <= 1e-15 * fabs(result)) break;
    }
    return result;
}

/* I_x(a, b), regularised. */
static double incomplete_beta(double a, double b, double x) {
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* P(T > t) for t >= 0. */
static double t_tail(double t, double df) {
    return incomplete_beta(df / 2, 0.5, df / (df + t * t)) / 2;
}

double rn_stats_t_quantile(double p, double df) {
    RN_CHECK(p > 0 && p < 1 && df > 0, "p %g, %g degrees of freedom", p, df);
    double tail = p < 0.5 ? p : 1 - p, low = 0, high = 1;
    while (t_tail(high, df) > tail && high < 1e150) high *= 2;
    for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
        double middle = (low + high) / 2;
        if (t_tail(middle, df) > tail)
            low = middle;
        else
            high = middle;
    }
    double t = tail == 0.5 ? 0 : (low + high) / 2;
    return p < 0.5 ? -t : t;
}

rn_stats_interval rn_stats_paired(const double *a, const double *b, size_t n, double confidence) {
    RN_CHECK(confidence > 0 && confidence < 1, "confidence %g", confidence);
    double *difference = rn_vec_zeros(n, sizeof *difference);
    for (size_t i = 0; i < n; i++) difference[i] = a[i] - b[i];
    double mean = rn_stats_mean(difference, n), half = NAN;
    if (n >= 2)
        half = rn_stats_t_quantile((1 + confidence) / 2, (double)(n - 1)) *
               rn_stats_sd(difference, n) / sqrt((double)n);
    free(difference);
    return (rn_stats_interval){mean, mean - half, mean + half};
}

/* Twice the rank, from 2 on, so that it is whole: of equal values the mean of theirs. */
static double twice_the_rank(const double *value, size_t n, double of) {
    size_t less = 0, equal = 0;
    for (size_t i = 0; i < n; i++) {
        less += value[i] < of;
        equal += value[i] == of;
    }
    return (double)(2 * less + equal + 1);
}

double rn_stats_rank_correlation(const double *a, const double *b, size_t n) {
    double *x = rn_vec_zeros(2 * n, sizeof *x), *y = x + n;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(a[i]) || isnan(b[i])) continue;
        x[count] = a[i];
        y[count++] = b[i];
    }
    /* Twice a rank has the mean count + 1: these sums are of whole numbers. */
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < count; i++) {
        double u = twice_the_rank(x, count, x[i]) - (double)(count + 1);
        double v = twice_the_rank(y, count, y[i]) - (double)(count + 1);
        xx += u * u;
        yy += v * v;
        xy += u * v;
    }
    free(x);
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

void rn_stats_running_mean(double *smooth, const double *value, size_t n, size_t window) {
    RN_CHECK(window > 0, "a window of no values");
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        size_t count = 0;
        for (size_t k = i + 1 > window ? i + 1 - window : 0; k <= i; k++) {
            if (!isfinite(value[k])) continue;
            sum += value[k];
            count++;
        }
        smooth[i] = count ? sum / (double)count : NAN;
    }
}
