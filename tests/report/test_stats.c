#include "report/stats.h"
#include "base/real.h"

#include <criterion/criterion.h>

static bool near(double got, double want, double relative) {
    return isfinite(got) && fabs(got - want) <= relative * fmax(fabs(want), 1e-300);
}

Test(stats, mean_sd_and_median_by_hand) {
    const double value[] = {4, 1, 10, 3, 2};
    cr_expect(near(rn_stats_mean(value, 5), 4, 1e-15));
    cr_expect(near(rn_stats_sd(value, 5), sqrt(50. / 4), 1e-15));
    cr_expect(near(rn_stats_median(value, 5), 3, 0));
    cr_expect(near(rn_stats_median(value, 4), 3.5, 0));
    cr_expect(near(rn_stats_median(value, 1), 4, 0));
    cr_expect(isnan(rn_stats_mean(value, 0)) && isnan(rn_stats_sd(value, 1)) &&
              isnan(rn_stats_median(value, 0)));
}

/* Computed with 40 digits by integrating the density (mpmath). */
Test(stats, quantiles_of_students_distribution) {
    static const struct {
        double p, df, t;
    } rows[] = {{.975, 1, 12.706204736174693},   {.975, 2, 4.3026527297494618},
                {.975, 4, 2.7764451051977935},   {.975, 9, 2.262157162798205},
                {.975, 30, 2.0422724563012379},  {.975, 1000, 1.9623390808264081},
                {.95, 5, 2.0150483733330235},    {.6, 3, 0.27667066233268985},
                {.0005, 7, -5.4078825208617252}, {.9, .5, 10.270324410234511}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double t = rn_stats_t_quantile(rows[i].p, rows[i].df);
        cr_expect(near(t, rows[i].t, 1e-12), "p %g df %g: %.16g, want %.16g", rows[i].p, rows[i].df,
                  t, rows[i].t);
    }
    cr_expect(rn_stats_t_quantile(.5, 3) == 0);
}

Test(stats, paired_interval) {
    const double a[] = {39.7, 38.5, 40.1}, b[] = {36.8, 36.4, 36.5};
    rn_stats_interval interval = rn_stats_paired(a, b, 3, .95);
    double sd = rn_stats_sd((double[]){2.9, 2.1, 3.6}, 3);
    cr_expect(near(interval.mean, 8.6 / 3, 1e-12));
    cr_expect(near(interval.high - interval.mean, 4.3026527297494618 * sd / sqrt(3), 1e-12));
    cr_expect(near(interval.mean - interval.low, interval.high - interval.mean, 1e-12));
    interval = rn_stats_paired(a, b, 1, .95);
    cr_expect(near(interval.mean, 2.9, 1e-12) && isnan(interval.low) && isnan(interval.high));
}

/* With ties: the correlation of twice the ranks less their mean, their sums by hand. */
Test(stats, rank_correlation) {
    const struct {
        double a[7], b[7];
        size_t n;
        double want;
    } rows[] = {{{1, 2, 3, 4, 5}, {10, 20, 35, 35.5, 1e9}, 5, 1},
                {{1, 2, 3, 4, 5}, {5, 4, 3, 2, -1e9}, 5, -1},
                {{3, 1, 4, 2, 5}, {1, 2, 3, 4, 5}, 5, 1 - 6. * 10 / (5 * 24)},
                {{1, 2, 2, 3}, {1, 3, 2, 4}, 4, 18 / sqrt(18 * 20)},
                {{1, 1, 2, 2, 3, 3}, {6, 5, 5, 2, 2, 1}, 6, -56 / sqrt(64 * 66)},
                {{1, 1, 1, 2}, {4, 4, 3, 3}, 4, -8 / sqrt(12 * 16)},
                {{1, NAN, 2, 3}, {1, 9, 3, NAN}, 4, 1},
                {{-INFINITY, 0, INFINITY}, {1, 2, 3}, 3, 1}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double got = rn_stats_rank_correlation(rows[i].a, rows[i].b, rows[i].n);
        cr_expect(near(got, rows[i].want, 1e-15), "%zu: %.17g", i, got);
    }
    const double rising[] = {1, 2, 3}, level[] = {4, 4, 4};
    cr_expect(isnan(rn_stats_rank_correlation(rising, level, 3)));
    cr_expect(isnan(rn_stats_rank_correlation(level, rising, 3)));
    cr_expect(isnan(rn_stats_rank_correlation(rising, rising, 1)));
    cr_expect(isnan(rn_stats_rank_correlation(rising, rising, 0)));
}

Test(stats, running_mean_leaves_out_what_is_not_finite) {
    const double value[] = {NAN, 2, 4, INFINITY, 6, 8}, want[] = {0, 2, 3, 3, 5, 7};
    double smooth[6];
    rn_stats_running_mean(smooth, value, 6, 3);
    cr_expect(isnan(smooth[0]));
    for (int i = 1; i < 6; i++) cr_expect(near(smooth[i], want[i], 1e-15), "%d: %g", i, smooth[i]);
}
