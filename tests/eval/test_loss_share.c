#include "eval/loss_share.h"
#include "base/parallel.h"
#include "base/vec.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const double loose = sizeof(rn_float) == sizeof(double) ? 1e-12 : 1e-6;

/* The logit whose cross entropy is `loss`. */
static rn_float with_loss(double loss) { return (rn_float)-log(expm1(loss)); }

/* Normal logits around `mean`. The caller frees. */
static rn_float *draw(size_t n, double mean, double deviation, const char *name) {
    rn_rng rng = rn_rng_stream(1, name, 0);
    rn_float *x = rn_vec_zeros(n, sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (rn_float)(mean + deviation * rn_rng_normal(&rng));
    return x;
}

static rn_loss_curve sorted_curve(rn_float *x_t, size_t n, double gamma) {
    rn_loss_share_sort(x_t, n);
    return rn_loss_curve_make(x_t, n, gamma);
}

/* ---- curves ---------------------------------------------------------------------------------- */

/* Losses 1, 2, 3, 4. */
Test(loss_share, curve_by_hand) {
    rn_float x_t[] = {with_loss(2), with_loss(4), with_loss(1), with_loss(3)};
    const struct {
        double fraction, share;
    } rows[] = {{0, 0}, {.125, .05}, {.25, .1}, {.5, .3}, {.75, .6}, {.875, .8}, {1, 1}};
    rn_loss_curve curve = sorted_curve(x_t, RN_COUNT(x_t), 0);
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double got = rn_loss_curve_at(&curve, rows[i].fraction),
               hardest = rn_loss_curve_hardest(&curve, 1 - rows[i].fraction);
        cr_expect(rn_test_near(got, rows[i].share, 0, loose), "at %g: %g, want %g",
                  rows[i].fraction, got, rows[i].share);
        cr_expect(rn_test_near(hardest, 1 - rows[i].share, 0, loose), "hardest %g: %g",
                  1 - rows[i].fraction, hardest);
    }
    rn_loss_curve_free(&curve);
}

static double evenly(double f) { return f * f; }
static double exponentially(double f) { return f < 1 ? f + (1 - f) * log1p(-f) : 1; }
static double even_loss(double u) { return 3 * u; }
static double exponential_loss(double u) { return -log1p(-u); }

/* Losses that are quantiles of a distribution, whose Lorenz curve is known. */
Test(loss_share, curves_in_closed_form) {
    enum { N = 20000 };
    const struct {
        const char *name;
        double (*loss)(double), (*share)(double);
    } rows[] = {{"even", even_loss, evenly}, {"exponential", exponential_loss, exponentially}};
    rn_float *x_t = rn_vec_zeros(N, sizeof *x_t);
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        for (int i = 0; i < N; i++) x_t[i] = with_loss(rows[r].loss((i + .5) / N));
        rn_loss_curve curve = sorted_curve(x_t, N, 0);
        for (int k = 0; k <= 100; k++) {
            double got = rn_loss_curve_at(&curve, k / 100.), want = rows[r].share(k / 100.);
            cr_expect(rn_test_near(got, want, 0, 1e-4), "%s at %d%%: %g, want %g", rows[r].name, k,
                      got, want);
        }
        rn_loss_curve_free(&curve);
    }
    free(x_t);
}

static int compare_rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Figure 4 as its text says: the loss of each, scaled to the sum 1, sorted, accumulated. */
static double naive_share(const rn_float *x_t, size_t n, double gamma, double fraction) {
    double *loss = rn_vec_zeros(n, sizeof *loss), sum = 0, share = 0;
    for (size_t i = 0; i < n; i++) {
        double p = 1 / (1 + exp(-(double)x_t[i])), q = 1 / (1 + exp((double)x_t[i]));
        loss[i] = pow(q, gamma) * -log(p), sum += loss[i];
    }
    qsort(loss, n, sizeof *loss, compare_rising);
    for (size_t i = 0; i < n; i++) {
        double part = fraction * (double)n - (double)i;
        share += loss[i] / sum * (part > 1 ? 1 : part > 0 ? part : 0);
    }
    free(loss);
    return share;
}

Test(loss_share, curve_and_gap_as_the_slow_way) {
    enum { POSITIVES = 300, NEGATIVES = 2100 };
    rn_float *positive = draw(POSITIVES, .5, 2, "positive"),
             *negative = draw(NEGATIVES, 4, 1.5, "negative");
    static const double gammas[] = {0, .5, 1, 2, 5};
    for (size_t g = 0; g < RN_COUNT(gammas); g++) {
        double gap = 0;
        rn_loss_curve a = sorted_curve(positive, POSITIVES, gammas[g]),
                      b = sorted_curve(negative, NEGATIVES, gammas[g]);
        for (int k = 0; k <= NEGATIVES; k += 7) { /* 2100 / 7 = 300: the places of both */
            double f = (double)k / NEGATIVES,
                   slow_a = naive_share(positive, POSITIVES, gammas[g], f),
                   slow_b = naive_share(negative, NEGATIVES, gammas[g], f);
            cr_expect(rn_test_near(rn_loss_curve_at(&a, f), slow_a, 0, loose), "positives");
            cr_expect(rn_test_near(rn_loss_curve_at(&b, f), slow_b, 0, loose), "negatives");
            gap = fmax(gap, fabs(slow_a - slow_b));
        }
        double got = rn_loss_curve_gap(&a, &b);
        cr_expect(got >= gap - loose && got <= gap + 7. / NEGATIVES * 7, "gamma %g: gap %g, %g",
                  gammas[g], got, gap);
        cr_expect(got == rn_loss_curve_gap(&b, &a), "symmetric");
        cr_expect(rn_loss_curve_gap(&a, &a) == 0);
        rn_loss_curve_free(&a), rn_loss_curve_free(&b);
    }
    free(positive), free(negative);
}

/* Losses 1, 2 against 1, 1, 4: the curves are 1/3 at .5, and 1/6, 1/3 at 1/3, 2/3. At 2/3 the first
 * is 1/3 + (1/3)(2/3) = 5/9, at 1/2 the second is 1/4. */
Test(loss_share, gap_by_hand) {
    rn_float two[] = {with_loss(1), with_loss(2)},
             three[] = {with_loss(1), with_loss(4), with_loss(1)};
    rn_loss_curve a = sorted_curve(two, 2, 0), b = sorted_curve(three, 3, 0);
    cr_expect(rn_test_near(rn_loss_curve_gap(&a, &b), 5. / 9 - 1. / 3, 0, loose), "%g",
              rn_loss_curve_gap(&a, &b));
    rn_loss_curve_free(&a), rn_loss_curve_free(&b);
}

Test(loss_share, a_curve_rises_and_bends_upward_more_with_gamma) {
    enum { N = 5000 };
    rn_float *x_t = draw(N, 3, 2, "bend");
    static const double gammas[] = {0, .5, 1, 2, 5};
    double before[101];
    for (size_t g = 0; g < RN_COUNT(gammas); g++) {
        double share[101];
        rn_loss_curve curve = sorted_curve(x_t, N, gammas[g]);
        for (int k = 0; k <= 100; k++) share[k] = rn_loss_curve_at(&curve, k / 100.);
        cr_expect(share[0] == 0 && share[100] == 1);
        for (int k = 1; k < 100; k++) {
            cr_expect(share[k] >= share[k - 1] && share[k] <= k / 100.);
            cr_expect(share[k] - share[k - 1] <= share[k + 1] - share[k] + 1e-12, "bend at %d", k);
            cr_expect(g == 0 || share[k] < before[k], "gamma %g at %d", gammas[g], k);
        }
        for (int k = 0; k <= 100; k++) before[k] = share[k];
        rn_loss_curve_free(&curve);
    }
    free(x_t);
}

Test(loss_share, examples_without_loss_share_evenly) {
    rn_float far[] = {(rn_float)1e4, (rn_float)1e4, (rn_float)1e4};
    for (size_t n = 0; n <= RN_COUNT(far); n += RN_COUNT(far)) {
        rn_loss_curve curve = sorted_curve(far, n, 2);
        const double fraction[] = {0, .3, 1};
        for (size_t k = 0; k < RN_COUNT(fraction); k++)
            cr_expect(rn_loss_curve_at(&curve, fraction[k]) == fraction[k]);
        cr_expect(rn_loss_curve_gap(&curve, &curve) == 0);
        rn_loss_curve_free(&curve);
    }
}

Test(loss_share, unsorted_examples_abort, .signal = SIGABRT) {
    rn_loss_curve_make((rn_float[]){1, 2}, 2, 0);
}

Test(loss_share, nan_aborts, .signal = SIGABRT) {
    rn_float x_t[] = {1, (rn_float)NAN};
    rn_loss_share_sort(x_t, 2);
}

/* ---- examples -------------------------------------------------------------------------------- */

Test(loss_share, anchors_become_examples) {
    const rn_float logit[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const int label[] = {1, RN_IGNORE, RN_BACKGROUND, 0};
    const rn_float positive[] = {2, 10}, negative[] = {-1, -3, -7, -8, -9, -11, -12};
    rn_loss_examples e = rn_loss_examples_start(0, 0);
    rn_loss_examples_add(&e, logit, label, 3, 3);
    rn_loss_examples_add(&e, logit + 9, label + 3, 1, 3);
    cr_assert(e.positive.kept == RN_COUNT(positive) && e.negative.kept == RN_COUNT(negative));
    cr_expect(e.positive.seen == RN_COUNT(positive) && e.negative.seen == RN_COUNT(negative));
    for (size_t i = 0; i < RN_COUNT(positive); i++) cr_expect(e.positive.x_t[i] == positive[i]);
    for (size_t i = 0; i < RN_COUNT(negative); i++) cr_expect(e.negative.x_t[i] == negative[i]);
    cr_expect(e.positive_anchors == 2 && e.background_anchors == 1);
    rn_loss_examples_free(&e);
}

/* 50 of 1000 negatives, 400 times: each is kept 20 times on average, with a deviation of 4.4. */
Test(loss_share, every_negative_is_as_likely_to_stay) {
    enum { N = 1000, KEPT = 50, TIMES = 400 };
    static rn_float logit[N];
    static int label[N], count[N];
    for (int i = 0; i < N; i++) logit[i] = (rn_float)-i, label[i] = RN_BACKGROUND;
    for (uint64_t seed = 0; seed < TIMES; seed++) {
        bool there[N] = {false};
        rn_loss_examples e = rn_loss_examples_start(KEPT, seed);
        rn_loss_examples_add(&e, logit, label, N, 1);
        cr_assert(e.negative.kept == KEPT && e.negative.seen == N && e.positive.kept == 0);
        for (int i = 0; i < KEPT; i++) {
            int k = (int)e.negative.x_t[i];
            cr_assert(k >= 0 && k < N && !there[k], "%d twice, or none of them", k);
            there[k] = true, count[k]++;
        }
        rn_loss_examples_free(&e);
    }
    double variance = 0, first = 0;
    for (int i = 0; i < N; i++) {
        cr_expect(count[i] >= 1 && count[i] <= 45, "negative %d stays %d times", i, count[i]);
        variance += (count[i] - 20.) * (count[i] - 20.) / N;
        first += i < N / 10 ? count[i] : 0;
    }
    cr_expect(variance > 15 && variance < 23, "variance %g, want 19", variance);
    cr_expect(first > 1850 && first < 2150, "the first tenth %g times, want 2000", first);
}

/* ---- quadrants ------------------------------------------------------------------------------- */

typedef struct quadrant_case {
    const char *loss;
    rn_loss_options options;
} quadrant_case;

static const quadrant_case cases[] = {
    {"ce", {.gamma = 0}},
    {"alpha-ce", {.alpha = (rn_float).75}},
    {"fl", {.gamma = 2}},
    {"focal", {.gamma = (rn_float).5, .alpha = (rn_float).25}},
    {"fl-star", {.gamma = 2, .alpha = (rn_float).25, .beta = 1}},
};

static rn_loss_examples two_sides(size_t positives, size_t negatives, size_t seen) {
    return (rn_loss_examples){
        .positive = {draw(positives, 0, 2, "positive"), positives, positives, positives},
        .negative = {draw(negatives, 3, 2, "negative"), negatives, negatives, seen}};
}

/* One example after the other; derivatives by their definition. */
static rn_loss_part naive_part(const rn_loss_side *side, bool positive, bool easy,
                               const quadrant_case *c) {
    rn_loss_part part = {0};
    const rn_loss *loss = rn_loss_find(c->loss);
    double weight = (double)side->seen / (double)side->kept;
    int label = positive ? 0 : RN_BACKGROUND;
    for (size_t i = 0; i < side->kept; i++) {
        double p = 1 / (1 + exp(-(double)side->x_t[i]));
        if ((p > .6) != easy) continue;
        rn_float x = positive ? side->x_t[i] : -side->x_t[i], grad;
        part.examples += weight;
        part.loss += weight * loss->compute(&grad, &x, &label, 1, 1, &c->options, 1);
        part.gradient += weight * fabs((double)grad);
    }
    return part;
}

static void expect_part(const char *loss, const rn_loss_part *got, const rn_loss_part *want) {
    cr_expect(rn_test_near(got->examples, want->examples, 1e-12, 0), "%s: %g examples, want %g",
              loss, got->examples, want->examples);
    cr_expect(rn_test_near(got->loss, want->loss, loose, 0), "%s: loss %g, want %g", loss,
              got->loss, want->loss);
    cr_expect(rn_test_near(got->gradient, want->gradient, loose, 0), "%s: gradient %g, want %g",
              loss, got->gradient, want->gradient);
}

Test(loss_share, quadrants_as_one_after_the_other) {
    rn_loss_examples e = two_sides(700, 40000, 120000);
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const quadrant_case *c = &cases[i];
        rn_loss_quadrants q = rn_loss_quadrants_make(&e, rn_loss_find(c->loss), &c->options, .6);
        const rn_loss_part want[] = {
            naive_part(&e.negative, false, true, c), naive_part(&e.negative, false, false, c),
            naive_part(&e.positive, true, true, c), naive_part(&e.positive, true, false, c)};
        expect_part(c->loss, &q.easy_negative, &want[0]);
        expect_part(c->loss, &q.hard_negative, &want[1]);
        expect_part(c->loss, &q.easy_positive, &want[2]);
        expect_part(c->loss, &q.hard_positive, &want[3]);
    }
    rn_loss_examples_free(&e);
}

/* CE: 3 negatives of p_t = .9, 1 of .5, 1 positive of p_t = .8, 1 of .1. */
Test(loss_share, quadrants_by_hand) {
    rn_float x9 = (rn_float)log(9), positive[] = {(rn_float)log(4), -x9},
             negative[] = {x9, 0, x9, x9};
    const rn_loss_examples e = {.positive = {positive, 2, 2, 2}, .negative = {negative, 4, 4, 4}};
    rn_loss_quadrants q =
        rn_loss_quadrants_make(&e, rn_loss_find("ce"), &(rn_loss_options){0}, RN_LOSS_EASY_ABOVE);
    rn_loss_quadrants s = rn_loss_quadrants_shares(&q);
    expect_part("easy negatives", &q.easy_negative, &(rn_loss_part){3, -3 * log(.9), .3});
    expect_part("hard negatives", &q.hard_negative, &(rn_loss_part){1, log(2), .5});
    expect_part("easy positives", &q.easy_positive, &(rn_loss_part){1, -log(.8), .2});
    expect_part("hard positives", &q.hard_positive, &(rn_loss_part){1, -log(.1), .9});
    double loss = -3 * log(.9) + log(2) - log(.8) - log(.1);
    expect_part("share", &s.easy_negative, &(rn_loss_part){.5, -3 * log(.9) / loss, .3 / 1.9});
    expect_part("share", &s.hard_positive, &(rn_loss_part){1 / 6., -log(.1) / loss, .9 / 1.9});
}

/* alpha .5 halves everything: the shares are those of CE. */
Test(loss_share, shares_do_not_depend_on_scale) {
    rn_loss_examples e = two_sides(300, 9000, 9000);
    rn_loss_quadrants a = rn_loss_quadrants_make(&e, rn_loss_find("ce"), &(rn_loss_options){0}, .6),
                      b = rn_loss_quadrants_make(&e, rn_loss_find("alpha-ce"),
                                                 &(rn_loss_options){.alpha = (rn_float).5}, .6);
    a = rn_loss_quadrants_shares(&a), b = rn_loss_quadrants_shares(&b);
    expect_part("easy", &b.easy_negative, &a.easy_negative);
    expect_part("hard", &b.hard_positive, &a.hard_positive);
    double sum =
        a.easy_negative.loss + a.hard_negative.loss + a.easy_positive.loss + a.hard_positive.loss;
    cr_expect(rn_test_near(sum, 1, 1e-12, 0));
    rn_loss_examples_free(&e);
}

Test(loss_share, the_same_on_any_number_of_threads) {
    rn_loss_examples e = two_sides(700, 40000, 40000);
    rn_loss_quadrants first = {0};
    for (int threads = 1; threads <= 3; threads++) {
        rn_parallel_set_threads(threads);
        rn_loss_quadrants q =
            rn_loss_quadrants_make(&e, rn_loss_find("focal"), &cases[3].options, .6);
        if (threads == 1) first = q;
        cr_expect(memcmp(&q, &first, sizeof q) == 0, "%d threads", threads);
    }
    rn_loss_examples_free(&e);
}

Test(loss_share, softmax_aborts, .signal = SIGABRT) {
    rn_loss_quadrants_make(&(rn_loss_examples){0}, rn_loss_find("softmax-ce"),
                           &(rn_loss_options){0}, .6);
}
