/* claim_tuning.c: alpha and gamma together, table 1b. */
#include "common/claim_grid.h"
#include "common/claim_list.h"
#include "common/paper.h"

#include <math.h>

/* The alpha with the best validation AP in one seed; NAN where an arm does not have that seed. */
static double best_alpha_of_seed(hearing *h, int gamma, int seed) {
    double highest = NAN, alpha = NAN;
    for (int a = 0; a < GRID_ALPHAS; a++) {
        const row_outcome *row = grid_row(h, gamma, a);
        const run_outcome *run = row ? row_run(row, seed) : NULL;
        double ap = run ? run_metric(run, METRIC_AP, true) : NAN;
        if (isnan(ap) && h->fewer) continue; /* one seed, and not every arm was run */
        if (isnan(ap)) return NAN;
        if (ap <= highest) continue;
        highest = ap;
        alpha = grid_alpha[a];
    }
    return alpha;
}

/* Best alpha of gamma 0 less that of gamma 2, seed by seed. */
static measured fall_of_alpha(hearing *h) {
    double value[OUTCOME_RUNS_MOST];
    size_t seeds = 0;
    hearing lookup = judge_open(&(judgement){0}, h->evidence);
    lookup.fewer = h->fewer;
    const row_outcome *first = grid_best(h, GAMMA_0);
    for (size_t i = 0; first && i < first->num_runs; i++) {
        double at_0 = best_alpha_of_seed(&lookup, GAMMA_0, first->run[i].seed);
        double at_2 = best_alpha_of_seed(&lookup, GAMMA_2, first->run[i].seed);
        if (!isnan(at_0 - at_2)) value[seeds++] = at_0 - at_2;
    }
    if (seeds == 0) judge_missing(h, "no seed has all alphas at gamma 0 and at gamma 2");
    return judge_values(h, value, seeds);
}

/* By how much the best alpha of this gamma is better, on validation, than that of the gamma before.
 */
static double lead_on_validation(hearing *h, int gamma, int best, int before) {
    const row_outcome *a = grid_row(h, gamma, best), *b = grid_row(h, gamma, before);
    return a && b ? row_mean(a, METRIC_AP, true) - row_mean(b, METRIC_AP, true) : INFINITY;
}

/* The choices are compared by the mean over seeds; the interval is that of the fall from gamma 0 to
 * 2, the choice being made in every seed for itself. A rise is a tie where the new best alpha leads
 * that of the gamma before by at most 1 sd, on validation, as the choice is made there. */
static void judge_c12(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e), unasked = judge_open(&(judgement){0}, e);
    int best[GRID_GAMMAS] = {0}, rises = 0, ties = 0;
    const row_outcome *row[GRID_GAMMAS];
    for (int g = 0; g < GRID_GAMMAS; g++) {
        row[g] = grid_best(&h, g);
        best[g] = grid_alpha_of(row[g]);
    }
    double sd = judge_tolerance(0, 1, row, GRID_GAMMAS);
    for (int g = 1; g < GRID_GAMMAS && !h.missing; g++) {
        if (best[g] <= best[g - 1]) continue;
        rises++;
        ties += lead_on_validation(&unasked, g, best[g], best[g - 1]) <= sd;
    }
    judge_say(&h, "best alpha");
    for (int g = 0; g < GRID_GAMMAS && !h.missing; g++)
        judge_say(&h, " %s", grid_alpha_text[best[g]]);
    judge_say(
        &h, " from gamma 0 to 5 (rises: %d, ties among them: %d); seed by seed from gamma 2 to 0 ",
        rises, ties);
    measured fall = h.missing ? (measured){NAN, NAN, NAN, 0} : fall_of_alpha(&h);
    judge_say_measured(&h, fall, 2);
    judge_say(&h, "; paper %g at 0, %g at 2", paper_number("c12.best_alpha.0"),
              paper_number("c12.best_alpha.5"));
    judge_holds(&h, rises == 0 || (rises == 1 && ties == 1), "the best alpha never rises");
    judge_holds(&h, best[GAMMA_2] < best[GAMMA_0], "best alpha(2) < best alpha(0)");
    judge_above(&h, fall, 0, "best alpha(2) < best alpha(0) seed by seed");
    judge_refute(&h, best[GAMMA_2] > best[GAMMA_0], fall.high < 0);
    judge_close(&h);
}

const claim claim_c12 = {
    .id = "c12",
    .experiment = "table_1b_fl_gamma",
    .statement = "The larger gamma, the smaller the best alpha.",
    .source = "sec. 4.1, 5.1, table 1b",
    .paper = ".75 .75 .75 .5 .25 .25 .25 at gamma 0 .1 .2 .5 1 2 5",
    .criterion =
        "From one gamma to the next the best alpha never rises (one tie within 1 sd excepted), and "
        "it is smaller at gamma 2 than at 0.",
    .refute_if = "It is larger at gamma 2 than at 0.",
    .judge = judge_c12};

static void judge_c13(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *row[2] = {grid_row(&h, GAMMA_2, ALPHA_025), grid_row(&h, GAMMA_2, ALPHA_05)};
    double tolerance = judge_tolerance(1, 2, row, 2);
    measured difference = judge_say_difference(&h, row[0], row[1]);
    judge_say(&h, ", tolerance %.1f; paper %+.1f", tolerance, paper_number("c13.difference"));
    judge_trains(&h, row[0]);
    judge_within(&h, difference, -tolerance, tolerance, "the difference is within the tolerance");
    judge_refute(&h, fabs(difference.mean) > judge_tolerance(2, 4, row, 2),
                 difference.low > tolerance || difference.high < -tolerance);
    judge_close(&h);
}

const claim claim_c13 = {
    .id = "c13",
    .experiment = "table_1b_fl_gamma",
    .statement =
        "At gamma 2, alpha .5 is nearly as good as .25: the weighted form is only slightly better.",
    .source = "sec. 3.2, 5.1",
    .paper = "34.0 - 33.6 = +0.4 (33.6 follows from the text)",
    .criterion = "At gamma 2 the APs of alpha .25 and .5 differ by at most max(1, 2 sd).",
    .refute_if = "They differ by more than 2 AP and more than 4 sd.",
    .judge = judge_c13};

static void judge_c14(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *fl = grid_best(&h, GAMMA_2), *ce = grid_best(&h, GAMMA_0);
    const row_outcome *plain = grid_row(&h, GAMMA_0, ALPHA_05);
    measured by_gamma = judge_difference(&h, fl, ce, 1);
    measured by_alpha = judge_difference(&h, ce, plain, 1);
    measured more =
        judge_sum(&h, (term[]){{fl, 1, METRIC_AP}, {ce, -2, METRIC_AP}, {plain, 1, METRIC_AP}}, 3);
    judge_say(&h, "gain of gamma %+.1f, of alpha %+.1f, the one less the other ", by_gamma.mean,
              by_alpha.mean);
    judge_say_measured(&h, more, 1);
    judge_say(&h, "; paper %+.1f and %+.1f", paper_number("c14.gain_gamma"),
              paper_number("c14.gain_alpha"));
    judge_above(&h, more, 0, "gamma gains more");
    judge_refute(&h, more.mean < 0, more.high < 0);
    judge_close(&h);
}

const claim claim_c14 = {.id = "c14",
                         .experiment = "table_1b_fl_gamma",
                         .statement = "Tuning gamma brings much more than tuning alpha.",
                         .source = "sec. 5.1",
                         .paper = "+2.9 and +0.9",
                         .criterion = "AP(gamma 2, best alpha) - AP(gamma 0, best alpha) is larger "
                                      "than AP(gamma 0, best alpha) - "
                                      "AP(gamma 0, alpha .5).",
                         .refute_if = "It is smaller, with the interval.",
                         .judge = judge_c14};
