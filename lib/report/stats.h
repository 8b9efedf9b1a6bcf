/* stats.h: what can be said about a few numbers: means, spreads, and whether two ways of doing a
 * thing differ, seed by seed. */
#ifndef RN_REPORT_STATS_H
#define RN_REPORT_STATS_H

#include <stddef.h>

/** NaN where n is 0. */
double rn_stats_mean(const double *value, size_t n);

/** Of a sample (divisor n - 1); NaN below two values. */
double rn_stats_sd(const double *value, size_t n);

/** The mean of the two in the middle where n is even; NaN where n is 0. No value may be NaN. */
double rn_stats_median(const double *value, size_t n);

/** The t with P(T <= t) = p for Student's distribution with df > 0 degrees of freedom, 0 < p < 1.
 */
double rn_stats_t_quantile(double p, double df);

/** A mean difference and the interval that covers the true one with the given confidence. */
typedef struct rn_stats_interval {
    double mean, low, high;
} rn_stats_interval;

/** a[i] - b[i] where both come from seed i; confidence: .95. Below two pairs low and high are NaN.
 */
rn_stats_interval rn_stats_paired(const double *a, const double *b, size_t n, double confidence);

/** Spearman's rank correlation: the correlation of the ranks, equal values sharing the mean of
 * theirs (which without ties is 1 - 6 sum d^2 / (n (n^2 - 1))). Pairs with a NaN are left out; NaN
 * where fewer than two are left or one side is all equal. */
double rn_stats_rank_correlation(const double *a, const double *b, size_t n);

/** smooth[i]: mean of the (at most `window`) values that end with value[i]. Values that are not
 * finite are left out; NaN where none is left. */
void rn_stats_running_mean(double *smooth, const double *value, size_t n, size_t window);

#endif
